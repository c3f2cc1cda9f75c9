/* What changes by itself: the tick that lists and dialogs ask by, the lost network, failed requests. */
import { copyOf, isPage, say, word } from "./ui.js";

const IDLE_MS = 300_000;
const SLOW_SECONDS = 30;
const MOST_REPORTS = 5;
let touched = Date.now();
let timer = 0;
let lostAt = 0;

/* `data-live` of the page: seconds between two looks; none, no look. */
function plan() {
  clearTimeout(timer);
  const asked = Number(document.getElementById("main")?.dataset.live ?? 0);
  if (!asked || document.hidden) return;
  const seconds = Date.now() - touched > IDLE_MS ? Math.max(asked, SLOW_SECONDS) : asked;
  timer = setTimeout(() => { tick(); plan(); }, seconds * 1000);
}

export function tick() {
  if (navigator.onLine) document.body.dispatchEvent(new CustomEvent("tick"));
}

function network(lost) {
  const shown = document.getElementById("offline");
  if (!lost) { shown?.remove(); lostAt = 0; return; }
  if (shown) return;
  lostAt ||= Date.now();
  const box = copyOf("tpl-offline");
  box.id = "offline";
  const time = box.querySelector("[data-slot=at]");
  if (time) time.textContent = new Date(lostAt).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  document.getElementById("main")?.prepend(box);
}

/* A look that would show the same again gets 204 and moves nothing. */
let seen = { path: "", version: "" };
function ask(event) {
  const { detail } = event;
  if (detail.triggeringEvent?.type === "tick" && detail.path === seen.path) detail.headers["X-Version"] = seen.version;
}
function note(event) {
  network(false);
  const version = event.detail.xhr.getResponseHeader("X-Version");
  if (version) seen = { path: event.detail.pathInfo.requestPath, version };
}

/* A page that did not come is an error with a way to ask again; an act that failed is a word. */
function failed(event) {
  const { detail } = event;
  const status = detail.xhr?.status ?? 0;
  let [code, said] = ["", ""];
  try { ({ trace: code, code: said } = JSON.parse(detail.xhr.response).error); } catch { /* not ours */ }
  if (status === 401) { over(); return; }
  const lost = detail.elt?.matches?.("[data-compose]") ? "waits" : "noNet";
  if (!isPage(detail)) { say(word(WORDS[status] ?? (status ? "failed" : lost))); return; }
  if (status === 403 && said === "auth.no_seat") { show(copyOf("tpl-seatless")); return; }
  if (status === 403 || status === 404) { show(copyOf(`tpl-${WORDS[status]}`)); return; }
  unloaded(detail.pathInfo.requestPath, code);
}

function unloaded(path, code = "") {
  const box = copyOf("tpl-error");
  box.querySelector("[data-retry]").href = path;
  box.querySelector("[data-slot=code]").textContent = code;
  const copy = box.querySelector("[data-copy]");
  copy.hidden = !code;
  copy.dataset.copy = code;
  show(box);
}

/* What broke, without a word of what people wrote: kind, class, our file and line. */
let told = 0;
function report(event) {
  const error = event.error ?? event.reason;
  if ((told += 1) > MOST_REPORTS) return;
  const [, file, line] = /([\w-]+\.js):(\d+)/.exec(error?.stack ?? "") ?? [];
  const body = JSON.stringify({ kind: event.type, name: String(error?.name ?? ""), file, line: Number(line ?? 0) });
  fetch("/app/errors", { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body }).catch(() => {});
}

function show(box) {
  document.getElementById("main").removeAttribute("aria-busy");
  document.getElementById("main").replaceChildren(box);
  window.htmx.process(box);
  box.querySelector("h1")?.focus({ preventScroll: true });
}

const WORDS = { 403: "forbidden", 404: "gone", 429: "busy", 503: "busy" };

/* A browser gets the way to sign in from the server; the Mini App is opened anew. */
function over() {
  if (document.body.hasAttribute("data-shell")) document.getElementById("main").replaceChildren(copyOf("tpl-over"));
  else location.reload();
}

export function start() {
  for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => { touched = Date.now(); }, { passive: true });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); plan(); });
  document.addEventListener("htmx:afterSettle", plan);
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:historyCacheMissLoadError", (event) => unloaded(event.detail.path));
  document.addEventListener("htmx:sendError", (event) => { network(true); failed(event); });
  document.addEventListener("htmx:configRequest", ask);
  document.addEventListener("htmx:afterOnLoad", note);
  for (const name of ["error", "unhandledrejection"]) addEventListener(name, report);
  addEventListener("offline", () => network(true));
  addEventListener("online", () => { network(false); tick(); });
  if (!navigator.onLine) network(true);
  plan();
}
