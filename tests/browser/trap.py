"""What must not happen to a page whatever people wrote on it: nothing runs, nothing is fetched
from elsewhere, nothing stands in it but text.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.async_api import Dialog, Page, Request, Route

from tests.naughty import TRAP

OURS = {"127.0.0.1", "telegram.org", ""}
PIXEL = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
INSPECT = r"""() => {
  const found = window.caught.splice(0);
  const leads = ["href", "src", "action", "formaction", "data", "xlink:href", "poster"];
  const root = document.documentElement;
  const acts = (node, name) => /^(on|hx-on|data-hx|srcdoc|ping)/i.test(name)
    || (name === "style" && node !== root);
  const runs = (name, value) => leads.includes(name)
    && /^[\s\x00-\x20]*(javascript|vbscript|data:text)/i.test(value);
  for (const node of document.querySelectorAll("*"))
    for (const { name, value } of node.attributes)
      if (acts(node, name) || runs(name, value)) found.push(`${node.tagName} ${name}=${value}`);
  const strange = "x,iframe,object,embed,math,marquee,base,video,style,frame,script:not([src]),"
    + "link:not([rel=icon],[rel=stylesheet]),img:not([alt]),form:not([action^='/app'])";
  for (const node of document.querySelectorAll(strange)) found.push(node.outerHTML.slice(0, 200));
  for (const id of ["main", "nav", "sheet", "words", "toasts"])
    if (document.querySelectorAll(`#${id}`).length !== 1) found.push(`not one #${id}`);
  if (root.scrollWidth > root.clientWidth) found.push(`scrolls sideways: ${root.scrollWidth}`);
  return found;
}"""
SHOW = """async ([path, target]) => {
  const swap = target === "#main" ? "outerHTML" : "innerHTML";
  await window.htmx.ajax("GET", path, { target, swap });
  await new Promise((done) => setTimeout(done, 40)); // what would run by itself has run
}"""


class Trap:
    """Set before the first page is opened."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.caught: list[str] = []
        page.on("dialog", self._dialog)
        page.on("request", self._request)

    async def set(self) -> None:
        await self._page.add_init_script(TRAP)
        await self._page.route("**/app/files/*", self._picture)

    async def show(self, path: str, *, is_sheet: bool = False) -> list[str]:
        """Go to a page as the Mini App does; return what is wrong with it."""
        await self._page.evaluate(SHOW, [path, "#sheet" if is_sheet else "#main"])
        found = await self.faults(path)
        if is_sheet:
            await self._page.evaluate("() => document.getElementById('sheet').close()")
        return found

    async def faults(self, where: str) -> list[str]:
        """Return what happened to the page since the last look, and what stands in it."""
        said: list[str] = await self._page.evaluate(INSPECT)
        said += self.caught
        self.caught = []
        return [f"{where}: {one}" for one in said]

    async def _dialog(self, dialog: Dialog) -> None:
        self.caught.append(f"dialog {dialog.message}")
        await dialog.dismiss()

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in OURS and not request.url.startswith("data:"):
            self.caught.append(f"asked for {request.url}")

    async def _picture(self, route: Route) -> None:
        await route.fulfill(status=200, content_type="image/gif", body=PIXEL)
