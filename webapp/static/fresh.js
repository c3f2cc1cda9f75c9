/* News never moves what a finger aims at: it waits behind a pill that counts it. Whoever looks at
   the newest end and touches nothing simply sees it come. */
const CALM_MS = 2000;
const NEAR = 80;
let touched = 0;
let isDown = false;
let held = null;
let place = null;

const $ = (id) => document.getElementById(id);

function show(count) {
  const pill = $("fresh");
  if (!pill) return;
  const form = new Intl.PluralRules(document.documentElement.lang).select(count);
  if (count) pill.textContent = pill.dataset[form].replace(/\d+/, count);
  pill.hidden = !count;
}

const isCalm = () => scrollY < NEAR && !isDown && Date.now() - touched > CALM_MS
  && !$("list").contains(document.activeElement);

/* Rows that came, and rows that went up past others. */
function news(next) {
  const rows = [...$("list").querySelectorAll("a.cell")].map((row) => row.id);
  let [count, least] = [0, Infinity];
  for (const { id } of [...next.querySelectorAll("a.cell")].reverse()) {
    const at = rows.indexOf(id);
    if (at < 0 || at > least) count += 1; else least = at;
  }
  return count;
}

function put() {
  $("list").replaceWith(held);
  window.htmx.process(held);
  held = null;
  show(0);
}

/* Rows that stay tell their news where they stand. */
function hold(event) {
  const { detail } = event;
  held = new DOMParser().parseFromString(detail.serverResponse, "text/html").getElementById("list");
  if (!held) return;
  detail.shouldSwap = false;
  if (isCalm()) { put(); return; }
  show(news(held));
  if (isDown) return;
  for (const row of held.querySelectorAll("a.cell")) $(row.id)?.replaceChildren(...row.cloneNode(true).childNodes);
}

/* A thread is scrolled by the window, or by itself beside a list. */
const scroller = () => {
  const talk = document.querySelector(".talk");
  return talk?.clientHeight ? talk : document.scrollingElement;
};
const isLow = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
const turns = () => [...document.querySelectorAll("#chat .turn")];
const top = (turn) => turn.getBoundingClientRect().top;

function remember() {
  const all = turns();
  const seen = all.find((turn) => top(turn) > 0);
  place = { isLow: isLow(scroller()), seen, top: seen && top(seen), last: all.at(-1)?.id, count: place?.count ?? 0 };
}

function stay() {
  const box = scroller();
  if (place.isLow) { box.scrollTop = box.scrollHeight; place = null; return; }
  const seen = place.seen && $(place.seen.id);
  if (seen) box.scrollTop += top(seen) - place.top;
  const all = turns();
  const last = all.findIndex((turn) => turn.id === place.last);
  if (last >= 0) place.count += all.length - 1 - last;
  show(place.count);
}

function bring() {
  const box = scroller();
  if (!held) { box.scrollTop = box.scrollHeight; return; }
  put();
  box.scrollTop = 0;
  $("list").querySelector("a.cell").focus({ preventScroll: true });
}

export function start() {
  for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel", "wheel", "keydown"]) {
    addEventListener(name, () => {
      touched = Date.now();
      if (name !== "pointermove") isDown = name === "pointerdown";
    }, { passive: true });
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    const isTick = requestConfig?.triggeringEvent?.type === "tick";
    if (target?.id === "main") held = place = null;
    if (isTick && target?.id === "list") hold(event);
    if (isTick && target?.id === "chat") remember();
  });
  document.addEventListener("htmx:afterSettle", (event) => { if (place && event.detail.elt?.id === "chat") stay(); });
  document.addEventListener("click", (event) => { if (event.target.closest("#fresh")) bring(); });
  document.addEventListener("scroll", () => { if (place && isLow(scroller())) { place = null; show(0); } }, { passive: true, capture: true });
  document.body.addEventListener("tick", () => { if (held && isCalm()) put(); });
}
