"""What is asked of every page: no finding of axe, nothing clipped or covered; and its picture, where one is wanted."""

import os
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

WIDTHS = (375, 1400)
_HEIGHT = 900
_AXE = Path(__file__).parent / "axe/axe.min.js"
_CLIPPED = Path(__file__).parent / "clipped.js"
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},  # which axe leaves off by itself
}
SCREENSHOTS = "TELLUSONCE_SCREENSHOTS"
"""The environment variable that names the folder for pictures."""


def assert_accessible(page: Page) -> None:
    """Axe finds nothing, by WCAG 2.2 AA and its own rule for the size of targets."""
    page.evaluate(_text(_AXE))
    findings = page.evaluate("(rules) => axe.run(document, rules)", _RULES)["violations"]
    said = [
        f"{found['id']}: {node['target']} {node['failureSummary']}" for found in findings for node in found["nodes"]
    ]
    assert not said, f"{page.url}: " + "\n".join(said)


def assert_nothing_clipped(page: Page) -> None:
    """At both widths nothing is beyond the page's edge, cut off, or covers what can be pressed."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        found = page.evaluate(_text(_CLIPPED))
        assert not found, f"{page.url} at {width}: " + "\n".join(found)


def screenshot(page: Page, name: str) -> None:
    """Pictures of the whole page at both widths, in the folder that the environment names, if it names one."""
    folder = os.environ.get(SCREENSHOTS)
    if folder is None:
        return
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def assert_fit_to_show(page: Page, name: str) -> None:
    """All of it."""
    assert_accessible(page)
    assert_nothing_clipped(page)
    screenshot(page, name)


@cache
def _text(path: Path) -> str:
    return path.read_text()
