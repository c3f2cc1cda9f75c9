/* Small manners of every page: focus, sheets, toasts, keys, secrets, one act for a double tap. */
import * as tg from "./tg.js";

const FADE_MS = 8000;
const SLOW_MS = 300;
const $ = (id) => document.getElementById(id);

export const copyOf = (id) => $(id).content.firstElementChild.cloneNode(true);
export const word = (name) => $("words").dataset[name] ?? "";

export function say(text) {
  const box = copyOf("tpl-toast");
  box.querySelector("[data-slot=text]").textContent = text;
  $("toasts").append(box);
  leave(box);
}

/* Never from under a finger, a pointer or the keyboard. */
function leave(box) {
  setTimeout(() => {
    if (box.matches(".toast:hover, .toast:focus-within")) leave(box);
    else if (box.matches(".toast")) box.remove();
    else box.classList.add("spent"); // its place stays: nothing moves
  }, FADE_MS);
}

const ACTS = {
  closeSheet: () => $("sheet").close(),
  close: () => tg.close(),
  copy: async (node) => { await navigator.clipboard.writeText(node.dataset.copy); say(word("copied")); },
  reveal: (node) => {
    const field = $(node.dataset.reveal);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    node.setAttribute("aria-pressed", String(!shown));
  },
};

function act(event) {
  for (const [name, work] of Object.entries(ACTS)) {
    const node = event.target.closest(`[data-${name.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}]`);
    if (node) work(node);
  }
  if (event.target === $("sheet")) $("sheet").close();
}

export const isPage = (detail) => detail.target?.id === "main" && detail.requestConfig?.verb === "get";

/* A page that is long in coming shows the shape of rows; a filter keeps its row in sight. */
let slow = 0;
function wait(event) {
  clearTimeout(slow);
  if (!isPage(event.detail) || event.detail.elt.matches?.(".fchip")) return;
  // What stood there is hidden, not gone: htmx asks the link that was pressed where its answer goes.
  slow = setTimeout(() => {
    const main = $("main");
    for (const one of main.children) one.hidden = true;
    main.setAttribute("aria-busy", "true");
    main.prepend(copyOf("tpl-skeleton"));
  }, SLOW_MS);
}

/* A new page is read from its heading; a filter keeps the finger where it was. */
let before = "";
function settle(event) {
  if (event.detail.target?.id !== "main" && event.detail.elt?.id !== "main") return;
  const main = $("main");
  document.documentElement.lang = main.lang || document.documentElement.lang;
  const kept = before ? main.querySelector(`.fchip[href="${CSS.escape(before)}"]`) : null;
  const bad = main.querySelector("[aria-invalid=true]");
  (bad ?? kept ?? main.querySelector("h1[tabindex]") ?? main).focus({ preventScroll: !bad });
  queueMicrotask(arrange); // after htmx's own scroll to the top: a talk is read from its end
}

/* What depends on the page that is shown now. */
export function arrange() {
  const main = $("main");
  main.querySelector(".filters [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  tg.back(location.pathname !== "/app");
  const bar = main.querySelector("[data-bar]");
  const native = tg.buttons(bar?.querySelector("[data-main]"), bar?.querySelector("[data-second]"));
  if (bar) bar.hidden = native;
  const talk = main.querySelector("[data-bottom]");
  if (talk) {
    scrollTo(0, document.documentElement.scrollHeight);
    const box = talk.closest(".talk") ?? talk; // beside a list it scrolls by itself
    box.scrollTop = box.scrollHeight;
  }
  fade();
}

function fade() {
  for (const box of document.querySelectorAll("[data-fades]")) {
    box.removeAttribute("data-fades");
    leave(box);
  }
}

/* Two taps are one act: the button rests while its request is out. */
function rest(form, on) {
  if (!form?.matches?.("form")) return;
  // The mode too: a note begun while an answer is out would find the box turned back to answers.
  for (const button of form.querySelectorAll("button[type=submit],[data-mode]")) button.disabled = on;
  for (const button of document.querySelectorAll(`button[form="${CSS.escape(form.id || "-")}"]`)) button.disabled = on;
  tg.progress(on && Boolean(document.querySelector("[data-bar]")));
}

/* Single keys act outside of fields only, and can be switched off (they meet with screen readers'). */
const OFF = "keys-off";
const areOff = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };

function help() {
  $("sheet").replaceChildren(copyOf("tpl-keys"));
  $("keys-on").checked = !areOff();
  $("sheet").showModal();
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input,textarea,select,dialog")) return;
  if (event.key === "?") { help(); return; }
  if (areOff()) return;
  if (event.key === "j" || event.key === "k") { walk(event.key === "j" ? 1 : -1); return; }
  const node = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!node) return;
  event.preventDefault();
  if (node.matches("input,textarea")) node.focus(); else node.click();
}

function walk(step) {
  const rows = [...document.querySelectorAll("#main a.cell")];
  const at = rows.indexOf(document.activeElement);
  rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : (at + step + rows.length) % rows.length]?.focus();
}

/* The tab bar comes anew with every page: whoever stands on it stays there. */
function keepPlace() {
  let stood = "";
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    stood = event.detail.target.contains(document.activeElement) ? document.activeElement.id : "";
  });
  document.addEventListener("htmx:oobAfterSwap", () => { if (stood) $(stood)?.focus({ preventScroll: true }); });
}

export function start() {
  keepPlace();
  document.addEventListener("click", act);
  document.addEventListener("keydown", key);
  document.addEventListener("change", (event) => {
    if (event.target.id !== "keys-on") return;
    try { localStorage.setItem(OFF, event.target.checked ? "" : "1"); } catch { /* storage may be off */ }
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    before = event.detail.elt.matches?.(".fchip") ? event.detail.elt.getAttribute("href") : "";
    rest(event.detail.elt, true);
    wait(event);
  });
  document.addEventListener("htmx:afterRequest", (event) => { clearTimeout(slow); rest(event.detail.elt, false); });
  document.addEventListener("htmx:afterSettle", settle);
  document.addEventListener("htmx:historyRestore", arrange);
  document.addEventListener("sheet-open", () => { if (!$("sheet").open) $("sheet").showModal(); });
  // A look never takes away what was just pressed: htmx would not know any more where its answer goes.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const isLook = event.detail.elt.matches?.("[hx-trigger^=tick]");
    if (isLook && $("main").querySelector(".htmx-request:not([hx-trigger^=tick])")) event.preventDefault();
  });
  // What was chosen in a sheet brings a new page: the sheet has done its work, and so have the looks at the old one.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "main") return;
    $("sheet").close();
    for (const one of $("main").querySelectorAll("[hx-trigger^=tick]")) {
      one.addEventListener("htmx:beforeOnLoad", (late) => late.preventDefault());
    }
  });
  document.addEventListener("sheet-close", () => $("sheet").close());
  document.addEventListener("haptic", (event) => tg.haptic(event.detail.value));
  arrange();
}
