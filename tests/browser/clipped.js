// What is wider than the window, text that its own box cuts off, and what covers what can be pressed. What is hidden on
// purpose, for those who are read to, is not looked at.
() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide`);
  const seen = [...document.body.querySelectorAll("*")].filter((element) => {
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    return element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && box.width > 1 && box.height > 1
      && style.clipPath === "none" && !element.closest(".govuk-visually-hidden, .govuk-skip-link, svg");
  });
  const named = (element) => `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.trim().slice(0, 40)}`;
  for (const element of seen) {
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    if (box.right > root.clientWidth + 1 || box.left < -1) found.push(`beyond the edge: ${named(element)}`);
    if (["hidden", "clip"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1)
      found.push(`cut off: ${named(element)}`);
    if (["hidden", "clip"].includes(style.overflowY) && element.scrollHeight > element.clientHeight + 1)
      found.push(`cut off below: ${named(element)}`);
  }
  const controls = seen.filter((element) => element.matches("a, button, input:not([type=radio]):not([type=checkbox]), select, textarea, summary"));
  controls.forEach((one, index) => {
    for (const other of controls.slice(index + 1)) {
      if (one.contains(other) || other.contains(one)) continue;
      for (const a of one.getClientRects()) for (const b of other.getClientRects())
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
          found.push(`${named(one)} covers ${named(other)}`);
    }
  });
  return found;
}
