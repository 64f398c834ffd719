// Looks for news while the page is in view, puts it in its place, and says it to those who are read to. Without this
// the page is loaded again by its link.
const EVERY_MILLISECONDS = 3000;
const FOR_MILLISECONDS = 30 * 60 * 1000;
const region = document.getElementById("progress");
const news = document.getElementById("progress-news");
const began = Date.now();

const standings = (root) =>
  new Map([...root.querySelectorAll("[data-agency]")].map((item) => [
    item.dataset.agency,
    { step: item.dataset.step, said: `${item.dataset.agency}: ${item.querySelector("[data-status]").textContent.trim()}` },
  ]));

async function look() {
  if (document.hidden) return;
  const answer = await fetch(region.dataset.now, { redirect: "error", cache: "no-store" });
  if (!answer.ok) throw new Error("no answer");
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  const before = standings(region), after = standings(now);
  const changed = [...after].filter(([agency, { step }]) => before.get(agency)?.step !== step);
  if (region.innerHTML.trim() === now.innerHTML.trim()) return;
  region.replaceChildren(...now.childNodes);
  news.textContent = changed.map(([, { said }]) => said).join(". ");
}

if (region) {
  document.getElementById("progress-reload").hidden = true;
  const timer = setInterval(async () => {
    try {
      if (Date.now() - began > FOR_MILLISECONDS) throw new Error("long enough");
      await look();
    } catch {
      clearInterval(timer);
      document.getElementById("progress-reload").hidden = false;
    }
  }, EVERY_MILLISECONDS);
}
