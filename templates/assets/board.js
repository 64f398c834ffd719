// Keeps what is shown up to date. Without scripts, reloading does.
const live = document.getElementById("live");
if (live) {
  const events = new EventSource(live.dataset.events);
  events.addEventListener("standing", async ({ data }) => {
    const shown = document.getElementById("live");
    if (data === shown.dataset.standing || document.hidden) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return events.close();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    if (!fresh) return;
    const at = shown.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    shown.replaceWith(fresh);
    if (at) fresh.querySelector(`[href="${CSS.escape(at)}"]`)?.focus();
  });
  addEventListener("pagehide", () => events.close());
}
// One tick for all of a page.
const all = document.getElementById("pick-all");
all?.closest("[hidden]")?.removeAttribute("hidden");
all?.addEventListener("change", () => {
  for (const box of document.querySelectorAll('input[name="follow_up"]')) box.checked = all.checked;
});
