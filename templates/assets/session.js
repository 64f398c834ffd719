// Warns two minutes before a session ends, and leads to where one says who one is when it has. Without this file the page
// says when that will be.
const WARNING_SECONDS = 120;
const said = document.getElementById("session");
const dialog = document.getElementById("session-dialog");
let timers = [];

function leave() {
  location.assign(location.pathname + location.search);
}

function begin(seconds) {
  timers.forEach(clearTimeout);
  timers = [setTimeout(leave, (seconds + 1) * 1000)];
  if (seconds > WARNING_SECONDS) timers.push(setTimeout(() => dialog.showModal(), (seconds - WARNING_SECONDS) * 1000));
}

async function goOn() {
  dialog.close();
  const answer = await fetch("/session");
  if (!answer.ok) return leave();
  said.hidden = true; // the time that it says was put off
  begin((await answer.json()).seconds);
}

document.getElementById("session-stay").addEventListener("click", goOn);
dialog.addEventListener("cancel", goOn);
begin(Number(said.dataset.seconds));
