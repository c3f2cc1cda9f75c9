/* Right: how providers misbehave, and what may befall the group. */
import { act, get, post, remove } from "./api.js";
import { $, arrows, h, keep, toast } from "./dom.js";
import { left, t } from "./i18n.js";
import * as sheet from "./sheet.js";
import { newAccount, newBot } from "./made.js";
import { chosen, group, seen } from "./state.js";

const WRITES = "sendmessage,sendphoto,senddocument,sendvoice,sendlocation,sendmediagroup,createforumtopic";
const PROVIDERS = [["avito", "Avito"], ["telegram", "Telegram"]];
const FAULTS = {
  avito: [
    { id: "rate_limit", name: "f429", note: "f429Text", body: { retry_after: 30, seconds: 60 } },
    { id: "delay", name: "fSlow", note: "fSlowText", body: { delay: 6 } },
    { id: "accept_then_hang", name: "fHang", body: { method: "send,sendimage" } },
    { id: "server_error", name: "f503", note: "fTenth", body: { status: 503, probability: 0.1 } },
    { id: "html", name: "fHtml", body: { status: 502 } },
    { id: "duplicate", name: "fTwice", once: true, body: { times: 5, count: 1 } },
    { id: "reorder", name: "fShuffle", body: { window: 1.5 } },
    { id: "expire_token", name: "fExpired", body: {} },
    { id: "refuse_refresh", name: "fNoKey", body: {} },
    { id: "silent", name: "fSilent", body: {} },
  ],
  telegram: [
    { id: "rate_limit", name: "f429", note: "f429Text", body: { retry_after: 30, seconds: 60 } },
    { id: "delay", name: "fSlow", note: "fSlowText", body: { delay: 6 } },
    { id: "accept_then_hang", name: "fHang", body: { method: WRITES } },
    { id: "server_error", name: "f502", note: "fTenth", body: { status: 502, probability: 0.1 } },
    { id: "duplicate", name: "fTwice", once: true, body: { times: 5, count: 1 } },
    { id: "reorder", name: "fShuffle", body: { window: 1.5 } },
    { id: "revoke", name: "fRevoked", body: {} },
    { id: "silent", name: "fSilentTg", body: {} },
    { id: "limits", name: "fLimits", note: "fLimitsText" },
  ],
};
let refresh = () => {};
let skew = 0;

export function start(ring) {
  refresh = ring;
  arrows($("providers"));
  $("clear-faults").addEventListener("click", async () => {
    await remove("faults");
    await act("telegram/set_limits", { enabled: false });
    refresh();
  });
  setInterval(() => {
    if (!seen?.faults.some((one) => one.until) || document.hidden) return;
    if (seen.faults.some((one) => one.until && one.until < now())) refresh();
    paint();
  }, 1000);
}

const now = () => Date.now() / 1000 + skew;

export function paint() {
  if (seen.now !== paint.at) { skew = seen.now - Date.now() / 1000; paint.at = seen.now; }
  keep($("providers"), PROVIDERS.map(([id, name]) => ({ id, name, on: id === chosen.provider,
    count: seen.faults.filter((one) => one.provider === id).length })), (one) => one.id, (one) => h(
    "button", { type: "button", role: "tab", "aria-selected": String(one.on), tabindex: one.on ? "0" : "-1",
      onclick: () => { chosen.provider = one.id; paint(); } },
    one.name, one.count ? h("span", { class: "cnt" }, String(one.count)) : null));
  const rows = FAULTS[chosen.provider].map((one) => ({ ...one, ...standing(one) }));
  keep($("fault-list"), [...rows, ...acts()], (one) => `${chosen.provider}/${one.id}`, row);
  $("clear-faults").disabled = !seen.faults.length && !seen.limits;
}

function standing(one) {
  if (one.id === "limits") return { on: seen.limits };
  const found = seen.faults.find((fault) => fault.provider === chosen.provider && fault.kind === one.id);
  if (!found) return { on: false };
  const note = found.until ? t("f429Left", { left: left(found.until - now()) }) : one.note ? t(one.note) : "";
  const hits = found.hits && !found.until ? t("strikes", { n: found.hits }) : "";
  return { on: true, fault: found.id, words: [note, hits].filter(Boolean).join(" · ") };
}

function acts() {
  if (chosen.provider === "avito") {
    return [{ id: "people", title: "byPeople" }, { id: "app", name: "fromAppAct", act: "writeIt" },
      { id: "block", name: "blockBuyer", act: "doIt" },
      { id: "account", name: "newAccount", act: "makeIt" }];
  }
  return [{ id: "group", title: "inGroup" }, { id: "drop", name: "dropTopic", act: "doIt" },
    { id: "close", name: "closeTopic", act: "doIt" }, { id: "open", name: "openTopic", act: "doIt" },
    { id: "kick", name: "kickBot", act: "doIt" }, { id: "back", name: "returnBot", act: "doIt" },
    { id: "father", title: "botFather" }, { id: "bot", name: "newBot", act: "makeIt" }];
}

function row(one) {
  if (one.title) return h("h3", {}, t(one.title));
  const words = one.words ?? (one.note ? t(one.note) : "");
  const name = h("span", { class: "grow" }, t(one.name), words ? h("span", { class: "cap" }, words) : null);
  const label = t(one.name);
  if (one.act) {
    return h("div", { class: "flt" }, name, h("button", { class: "btn plain sm", type: "button",
      "aria-label": `${t(one.act)}: ${label}`, onclick: () => befall(one.id) }, t(one.act)));
  }
  if (one.once) {
    return h("div", { class: `flt${one.on ? " on" : ""}` }, name, h("button", { class: "btn plain sm", type: "button",
      "aria-label": `${t("once")}: ${label}`, onclick: () => { add(one); toast(t("twiceNext")); } }, t("once")));
  }
  return h("div", { class: `flt${one.on ? " on" : ""}` }, name, h("button", { class: "sw", type: "button",
    role: "switch", "aria-checked": String(one.on), "aria-label": label, onclick: () => flip(one) }));
}

async function flip(one) {
  if (one.id === "limits") await act("telegram/set_limits", { enabled: !one.on });
  else if (one.on) await remove(`faults/${one.fault}`);
  else await add(one);
  refresh();
}

const add = (one) => post("faults", { provider: chosen.provider, kind: one.id, ...one.body });

function befall(id) {
  if (id === "app" || id === "block") return seller(id);
  if (id === "bot") return newBot(refresh);
  if (id === "account") return newAccount(refresh);
  const forum = group() ?? seen.groups[0];
  const bot = forum?.bots[0] ?? seen.bots.at(-1)?.username;
  const topic = { chat_id: forum?.id, thread: chosen.thread };
  if (["drop", "close", "open"].includes(id) && (!group() || chosen.thread <= 1)) return toast(t("noThread"));
  const name = { drop: "delete_topic", close: "close_topic", open: "reopen_topic", kick: "kick_bot", back: "return_bot" }[id];
  return done(act(`telegram/${name}`, ["kick", "back"].includes(id) ? { chat_id: forum?.id, bot: `@${bot}` } : topic));
}

function seller(id) {
  if (!chosen.dialog) return toast(t("noDialog"));
  if (id === "block") {
    return done(act("avito/block_buyer", { account_id: chosen.account, buyer_id: chosen.buyer }));
  }
  return sheet.ask(t("fromAppAct"), t("fromAppField"), "", t("send"), (text) => act(
    "avito/seller_types_in_app", { account_id: chosen.account, chat_id: chosen.dialog, text }));
}

async function done(work) {
  if (await work !== null) toast(t("fDone"));
  refresh();
  return get("faults");
}
