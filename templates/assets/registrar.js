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

// A file is read here and sent in parts, each as a form of lines; what became of them comes back as rows.
function* partsOf(lines, characters, most) {
  let part = [];
  let length = 0;
  for (const line of lines) {
    const longer = encodeURIComponent(line).length;
    if (part.length && (length + longer > characters * 3 || part.length === most)) {
      yield part;
      part = [];
      length = 0;
    }
    part.push(line);
    length += longer;
  }
  if (part.length) yield part;
}

for (const form of document.querySelectorAll("form[data-imports]")) {
  const [shown, rows] = [document.querySelector(".imported"), document.querySelector(".imported__rows")];
  const [soFar, progress] = [shown.querySelector(".imported__so-far"), shown.querySelector("progress")];

  form.addEventListener("submit", async (event) => {
    const [file] = form.querySelector("[type=file]").files;
    if (!file) return;
    event.preventDefault();
    const lines = (await file.text()).split(/\r?\n/);
    while (lines.length && !lines.at(-1).trim()) lines.pop();
    rows.replaceChildren();
    shown.hidden = progress.hidden = false;
    let done = 0;
    for (const part of partsOf(lines, Number(form.dataset.partCharacters), Number(form.dataset.partLines))) {
      const fields = new URLSearchParams(new FormData(form));
      fields.set("lines", part.join("\n"));
      fields.set("before", String(done));
      fields.set("part", "yes");
      const answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual" }).catch(() => null);
      if (!answer?.ok) {
        soFar.textContent = soFar.dataset.broken;
        return;
      }
      rows.insertAdjacentHTML("beforeend", await answer.text());
      done += part.length;
      progress.value = done / lines.length;
      soFar.textContent = soFar.dataset.says
        .replace("{done}", done).replace("{all}", lines.length)
        .replace("{refused}", rows.querySelectorAll("[data-refused=yes]").length);
    }
  });
}
