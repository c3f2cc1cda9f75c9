/* The page's start. In the shell it signs in first, then asks for the address it stands at. */
import * as compose from "./compose.js";
import * as fresh from "./fresh.js";
import * as live from "./live.js";
import * as session from "./session.js";
import * as tg from "./tg.js";
import * as theme from "./theme.js";
import * as ui from "./ui.js";

const TIMEOUT_MS = 10_000;
const OPENS = "/app/open";

async function fill() {
  const main = document.getElementById("main");
  if (!tg.inside) { main.replaceChildren(ui.copyOf("tpl-enter")); return; }
  if (!await session.enter()) { main.replaceChildren(ui.copyOf("tpl-over")); return; }
  const here = location.pathname + location.search;
  const path = here === "/app" && tg.startParam ? `${OPENS}?to=${encodeURIComponent(tg.startParam)}` : here;
  // Home lies beneath a page that a message led to; what a link names puts itself on top.
  history.replaceState({ htmx: true }, "", "/app");
  if (path !== "/app" && !path.startsWith(OPENS)) history.pushState({ htmx: true }, "", path);
  await window.htmx.ajax("GET", path, { target: "#main", swap: "outerHTML" });
}

async function begin() {
  theme.start(tg.colours());
  window.htmx.config.timeout = TIMEOUT_MS;
  session.start();
  ui.start();
  live.start();
  fresh.start();
  compose.start();
  await tg.arrive(() => theme.paint(tg.colours()));
  if (tg.inside) theme.paint(tg.colours());
  if (document.body.hasAttribute("data-shell")) await fill();
}

begin();
