/* The reply box: grows, turns to a note, takes ready answers, keeps the draft, waits for the network. */
import { authorized } from "./session.js";

const MOST_ROWS = 6;
const LINE = 21;
const DRAFT_MS = 800;
const PING_MS = 4000;
let timer = 0;
let waiting = null;
let pinged = {};

const box = () => document.querySelector("[data-compose]");
const field = () => document.getElementById("reply-text");

function fit() {
  const area = field();
  if (!area) return;
  // Rows: htmx carries a style over, and the policy allows none.
  area.rows = 1;
  area.rows = Math.min(Math.max(1, Math.round((area.scrollHeight - 20) / LINE)), MOST_ROWS);
}

/* The worst leak is a note sent to a buyer: colour, place and button change together. */
function turn() {
  const form = box();
  const note = form.classList.toggle("as-note");
  form.action = note ? form.dataset.note : form.dataset.reply;
  document.getElementById("reply-mode").setAttribute("aria-pressed", String(note));
  const side = note ? "inside" : "to";
  field().placeholder = field().dataset[note ? side : "here"];
  field().setAttribute("aria-label", field().dataset[side]);
  const send = document.getElementById("reply-send");
  send.setAttribute("aria-label", send.dataset[side]);
  window.htmx.process(form);
  field().focus();
}

function insert(text) {
  const area = field();
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

async function put(form, path, what) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": form.elements.csrf.value };
  const body = JSON.stringify(what);
  try { await fetch(path, await authorized({ method: "PUT", headers, body })); } catch { /* next time */ }
}

function keepDraft() {
  const [form, area] = [box(), field()];
  if (!form?.dataset.draft) return;
  clearTimeout(timer);
  timer = setTimeout(() => put(form, form.dataset.draft, { text: area.value }), DRAFT_MS);
}

/* Colleagues see who writes an answer; a note is nobody's answer. */
function ping() {
  const form = box();
  const path = form?.dataset.presence;
  if (!path || form.classList.contains("as-note") || (pinged.path === path && Date.now() - pinged.at < PING_MS)) return;
  pinged = { path, at: Date.now() };
  put(form, path, { typing: true });
}

function named(input) {
  const line = document.getElementById("reply-file-name");
  line.textContent = input.files[0]?.name ?? "";
  line.hidden = !input.files.length;
}

export function start() {
  document.addEventListener("input", (event) => {
    if (event.target === field()) { fit(); keepDraft(); ping(); }
    if (event.target.id === "reply-file") named(event.target);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-mode]")) turn();
    const ready = event.target.closest("[data-insert]");
    if (ready) insert(ready.dataset.insert);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target === field() && event.key === "Enter" && (event.ctrlKey || event.metaKey)) box().requestSubmit();
  });
  // What was sent is no draft any more.
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt === box()) clearTimeout(timer); });
  // The same form with the same key goes once more when anything answers, unless it was left.
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => { if (event.detail.elt === box()) waiting = box(); });
  }
  document.addEventListener("focusin", (event) => { if (event.target === field()) ping(); });
  document.addEventListener("htmx:afterOnLoad", () => {
    const form = waiting;
    waiting = null;
    if (form && form === box()) form.requestSubmit();
  });
  document.addEventListener("htmx:afterSettle", fit);
  fit();
}
