/* The page's start. In the shell it signs in first, then asks for the address it stands at. */
import * as compose from "./compose.js";
import * as fresh from "./fresh.js";
import * as live from "./live.js";
import * as session from "./session.js";
import * as tg from "./tg.js";
import * as theme from "./theme.js";
import * as ui from "./ui.js";

const TIMEOUT_MS = 10_000;

async function fill() {
  const main = document.getElementById("main");
  if (!tg.inside) { main.replaceChildren(ui.copyOf("tpl-enter")); return; }
  if (!await session.enter()) { main.replaceChildren(ui.copyOf("tpl-over")); return; }
  const asked = /^[a-z]+(-[\w-]+)?$/.test(tg.startParam) ? `/app/${tg.startParam.replace("-", "/")}` : "";
  const here = location.pathname + location.search;
  const path = here === "/app" && asked ? asked : here;
  // Home lies beneath a page that a message led to.
  history.replaceState({ htmx: true }, "", "/app");
  if (path !== "/app") history.pushState({ htmx: true }, "", path);
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
