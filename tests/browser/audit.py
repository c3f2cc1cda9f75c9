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

from playwright.async_api import Page, ViewportSize

HERE = Path(__file__).parent
SCRIPT = (HERE / "audit.js").read_text(encoding="utf-8")
WALK = (HERE / "walk.js").read_text(encoding="utf-8")
AXE = Path(
    str(distribution("axe-playwright-python").locate_file("axe_playwright_python/axe.min.js"))
).read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONES = (ViewportSize(width=320, height=640), ViewportSize(width=360, height=740))
DESKTOP = ViewportSize(width=1280, height=800)
MOST_STEPS = 160


async def audit(page: Page) -> list[str]:
    """Everything wrong with what is on the screen now."""
    return await axe(page) + await layout(page)


def clean(found: dict[str, list[str]]) -> None:
    """Fail with one line per fault, by what was looked at."""
    lines = [f"{where}: {fault}" for where, faults in found.items() for fault in faults]
    assert not lines, "\n".join(["", *lines])


async def axe(page: Page, only: list[str] | None = None) -> list[str]:
    """What axe calls a violation, one sentence per place; `only` some rules of it."""
    if not await page.evaluate("() => Boolean(window.axe)"):
        await page.evaluate(AXE)
    asked = {"type": "rule", "values": only} if only else {"type": "tag", "values": RULES}
    answer: dict[str, Any] = await page.evaluate(
        "(asked) => axe.run(document, { runOnly: asked, resultTypes: ['violations'],"
        " rules: { 'target-size': { enabled: false } } })",  # layout() asks for 44 px, not 24
        asked,
    )
    return [
        f"axe {rule['id']}: {node['target']} {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in answer["violations"]
        for node in rule["nodes"]
    ]


async def contrast(page: Page) -> list[str]:
    """Axe's contrast alone, for one palette more."""
    return await axe(page, ["color-contrast"])


async def layout(page: Page) -> list[str]:
    """Scroll, cut words, targets, sizes."""
    found: list[str] = await page.evaluate(SCRIPT)
    return found


async def walk(page: Page) -> list[str]:
    """Go through the page by Tab alone; what is not reached, not shown or not in view."""
    # A page that has just come puts the focus on its heading once it has settled.
    await page.wait_for_function(
        "() => !document.querySelector('.htmx-request,.htmx-swapping,.htmx-settling,.htmx-added')"
    )
    await page.evaluate(WALK)
    faults = []
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        standing = await page.evaluate("() => walk.step()")
        if standing is None:
            break
        if not standing["shown"]:
            faults.append(f"focus is not shown: {standing['html']}")
        if not standing["inside"]:
            faults.append(f"focus is out of view: {standing['html']}")
    missed: list[str] = await page.evaluate("() => walk.missed()")
    return faults + [f"not reached by keyboard: {html}" for html in missed]
