/* The page's start: words, theme, bell, and one paint of all panes per ring. */
import * as api from "./api.js";
import * as buyer from "./buyer.js";
import * as faults from "./faults.js";
import * as group from "./group.js";
import * as log from "./log.js";
import * as sheet from "./sheet.js";
import * as theme from "./theme.js";
import { $, h, icon, toast } from "./dom.js";
import { t, translate } from "./i18n.js";
import { chosen, query, recall, remember, seen, take } from "./state.js";

const PANES = [["buyer", "user", "tabBuyer"], ["group", "plane", "tabGroup"],
  ["faults", "warn", "tabFaults"], ["journal", "lanes", "tabJournal"]];
let busy = false;
let again = false;

/* One request at a time; what rings meanwhile is one more. */
export async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const asked = query();
    take(await api.get(`state?${asked}`));
    // The first answer may choose what to look at: then look once more, at that.
    if (query() !== asked) take(await api.get(`state?${query()}`));
    offline(false);
    paint();
  } catch {
    offline(true);
  } finally {
    busy = false;
    if (again) { again = false; setTimeout(refresh, 60); }
  }
}

function paint() {
  if (!seen) return;
  remember();
  $("city").dataset.pane = chosen.pane;
  verdict();
  $("kill").hidden = !seen.can_kill;
  buyer.paint();
  group.paint();
  faults.paint();
  log.paint();
  tabs();
}

function offline(on) {
  $("offline").hidden = !on;
  $("offline").textContent = on ? t("offline") : "";
}

function verdict() {
  const { lost, doubled, waiting } = seen.judge;
  const bad = lost + doubled > 0;
  const full = t("lostDoubled", { lost, doubled }) + (waiting ? t("onTheWay", { waiting }) : "");
  const chip = $("verdict");
  if (chip.look === full) return;
  chip.look = full;
  chip.className = `chip verdict ${bad ? "bad" : "ok"}`;
  chip.replaceChildren(icon(bad ? "bad" : "check", "xs"), h("span", { class: "full" }, full),
    h("span", { class: "short", "aria-hidden": "true" }, t(bad ? "short" : "shortClean", { lost, doubled })));
  chip.setAttribute("aria-label", full);
}

function explain() {
  const { lost, doubled, waiting, out_of_order: order } = seen.judge;
  const rows = [["vLost", lost], ["vDoubled", doubled], ["vOrder", order], ["vWaiting", waiting]];
  sheet.open(t("verdictTitle"), h("p", { class: "cap" }, t("verdictText")),
    h("dl", { class: "verdict-lines" }, rows.flatMap(([key, count]) => [
      h("dt", {}, `${t(key)}: ${count}`), h("dd", {}, t(`${key}Text`)),
    ])));
}

function tabs() {
  const unread = seen.groups.flatMap((one) => one.topics).reduce((sum, one) => sum + one.unread, 0);
  const mine = seen.dialogs.reduce((sum, one) => sum + one.unread, 0);
  const counts = { buyer: mine, group: unread, faults: seen.faults.length };
  const look = JSON.stringify([counts, chosen.pane]);
  if ($("tabs").look === look) return;
  $("tabs").look = look;
  const held = document.activeElement?.dataset?.pane;
  $("tabs").replaceChildren(...PANES.map(([name, sign, key]) => h(
    "button",
    { type: "button", "data-pane": name, "aria-current": chosen.pane === name ? "true" : null,
      onclick: () => { chosen.pane = name; paint(); refresh(); } },
    icon(sign), t(key), counts[name] ? h("span", { class: "cnt" }, String(counts[name])) : null,
  )));
  if (held) $("tabs").querySelector(`[data-pane=${held}]`)?.focus();
}

async function kill() {
  try {
    const { killed } = await api.post("kill", { child: "worker" });
    toast(t("killed", { pid: killed }));
  } catch (error) {
    toast(t("notKilled", { why: error.message }));
  }
}

translate();
theme.start();
sheet.start();
recall();
for (const pane of [buyer, group, faults]) pane.start(refresh);
$("verdict").addEventListener("click", explain);
$("new-buyer").addEventListener("click", () => buyer.fresh(refresh));
$("kill").addEventListener("click", kill);
api.listen(refresh, offline);
refresh();
