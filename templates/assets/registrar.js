// Keeps what is typed as a draft while it is being typed. Without this it is kept when the page is saved.
const PAUSE_MILLISECONDS = 600;

for (const form of document.querySelectorAll("form[data-keeps]")) {
  const status = form.querySelector(".kept");
  let waiting;

  const keep = async () => {
    const fields = new URLSearchParams(new FormData(form));
    fields.append("autosave", "yes");
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual", keepalive: true });
      status.textContent = answer.status === 204 ? form.dataset.kept : form.dataset.notKept;
    } catch {
      status.textContent = form.dataset.notKept;
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, PAUSE_MILLISECONDS);
  });
  form.addEventListener("submit", () => clearTimeout(waiting));
}

for (const button of document.querySelectorAll("[data-prints]")) {
  button.addEventListener("click", () => window.print());
}
