"""What a page must hold everywhere, asked of the page as Chromium draws it.

`audit(page)` returns sentences, none for a good page: axe's WCAG 2.2 AA rules (contrast ≥ 4.5
included), no sideways scroll, no cut words, touch targets of 44 px, no text under 12 px.
`layout(page)` is the same without axe, for widths where colours cannot differ.
`walk(page)` presses Tab through the page and names what the keyboard cannot reach or show.
"""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from playwright.async_api import Page

SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
AXE = Path(
    str(distribution("axe-playwright-python").locate_file("axe_playwright_python/axe.min.js"))
).read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONES = ({"width": 320, "height": 640}, {"width": 360, "height": 740})
DESKTOP = {"width": 1280, "height": 800}
MOST_STEPS = 160

START = """() => {
  const asks = "a[href],button:not(:disabled),input:not([type=hidden]):not(:disabled)," +
    "select:not(:disabled),textarea:not(:disabled),summary,[tabindex]";
  const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
  const sign = (one) => one.outerHTML.slice(0, 160).replace(/[0-9]+/g, "");
  const wanted = [...top.querySelectorAll(asks)].filter((one) => one.tabIndex >= 0
    && one.checkVisibility({ checkVisibilityCSS: true }) && !one.closest("[inert]"));
  window.walk = { sign, wanted, reached: new Set(), signs: new Set(), first: null };
  document.activeElement?.blur();
}"""
STEP = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const { walk } = window;
  if (walk.first === one && walk.reached.size > 1) return null;
  walk.first ??= one;
  walk.reached.add(one);
  walk.signs.add(walk.sign(one));
  const style = getComputedStyle(one);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5;
  const edge = one.matches("input,textarea,select") && style.borderTopColor !== style.backgroundColor;
  const box = one.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return { shown: ring || edge || one.tagName === "AUDIO", inside, html: one.outerHTML.slice(0, 160) };
}"""
# A live page redraws what it shows: what was redrawn on the way counts by its looks.
END = """() => walk.wanted
  .filter((one) => one.isConnected ? !walk.reached.has(one) : !walk.signs.has(walk.sign(one)))
  .map((one) => one.outerHTML.slice(0, 160))"""


async def audit(page: Page) -> list[str]:
    """Everything wrong with what is on the screen now."""
    return await axe(page) + await layout(page)


def clean(found: dict[str, list[str]]) -> None:
    """Fail with one line per fault, by what was looked at."""
    lines = [f"{where}: {fault}" for where, faults in found.items() for fault in faults]
    assert not lines, "\n".join(["", *lines])


async def axe(page: Page) -> list[str]:
    """What axe calls a violation, one sentence per place."""
    if not await page.evaluate("() => Boolean(window.axe)"):
        await page.evaluate(AXE)
    answer: dict[str, Any] = await page.evaluate(
        "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", RULES
    )
    return [
        f"axe {rule['id']}: {node['target']} {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in answer["violations"]
        for node in rule["nodes"]
    ]


async def layout(page: Page) -> list[str]:
    """Scroll, cut words, targets, sizes."""
    found: list[str] = await page.evaluate(SCRIPT)
    return found


async def walk(page: Page) -> list[str]:
    """Go through the page by Tab alone; what is not reached, not shown or not in view."""
    await page.evaluate(START)
    faults = []
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        standing = await page.evaluate(STEP)
        if standing is None:
            break
        if not standing["shown"]:
            faults.append(f"focus is not shown: {standing['html']}")
        if not standing["inside"]:
            faults.append(f"focus is out of view: {standing['html']}")
    missed: list[str] = await page.evaluate(END)
    return faults + [f"not reached by keyboard: {html}" for html in missed]
