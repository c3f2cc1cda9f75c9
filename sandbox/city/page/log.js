/* Bottom: every call that crossed the city's border, in words. */
import { $, h, icon, keep } from "./dom.js";
import { moment, t } from "./i18n.js";
import { seen } from "./state.js";

const NAMES = { avito: "Avito", telegram: "Telegram" };
const AVITO = {
  sendImage: "wPicture", uploadImages: "wUpload", read: "wRead", chats: "wPoll", messages: "wHistory",
  token: "wToken", subscribe: "wSubs", unsubscribe: "wSubs", subscriptions: "wSubs", self: "wSelf",
  getVoiceFiles: "wVoices", items: "wItems", item: "wItems", delete: "wUndo", chat: "wDialog",
};
const TELEGRAM = {
  answercallbackquery: "wPress2", sendchataction: "wTyping", getupdates: "wUpdates", setwebhook: "wHook",
  deletewebhook: "wHook", getwebhookinfo: "wHook", getme: "wMe", getchat: "wChatInfo",
  getchatmember: "wChatInfo", getchatadministrators: "wChatInfo", setmycommands: "wProfile",
  setchatmenubutton: "wProfile", deletemycommands: "wProfile",
};

export function paint() {
  const rows = seen.journal.map(row);
  keep($("log"), rows, (one) => one.seq, (one) => h("tr", {},
    h("td", {}, one.at), h("td", {}, one.way), h("td", { title: one.what }, one.what),
    h("td", {}, h("span", { class: `b ${one.tone}` }, icon(one.sign, "xs"), ` ${one.answer}`)),
    h("td", { class: "mono", title: one.trace }, one.short)));
  $("log-empty").hidden = rows.length > 0;
}

function row(entry) {
  const provider = NAMES[entry.provider] ?? entry.provider;
  const trace = entry.trace || "";
  return {
    seq: entry.seq, at: moment(entry.at), trace,
    way: entry.kind === "call" ? `${t("us")} → ${provider}` : `${provider} → ${t("us")}`,
    what: what(entry), short: trace.length > 8 ? `${trace.slice(0, 4)}…${trace.slice(-2)}` : trace,
    ...answer(entry),
  };
}

function answer(entry) {
  const { status, answered, outcome } = entry;
  const ms = Math.max(1, Math.round(entry.ms));
  if (!answered) {
    return outcome === "accepted"
      ? { tone: "t-unk", sign: "q", answer: t("aSilent") }
      : { tone: "t-idle", sign: "clock", answer: t("aWait") };
  }
  if (!status) return { tone: "t-bad", sign: "bad", answer: t("aDead") };
  if (status === 429) {
    const wait = /^wait (\d+)$/.exec(entry.note)?.[1];
    return { tone: "t-warn", sign: "warn", answer: wait ? t("aRate", { status, wait }) : t("aBusy", { status }) };
  }
  if (outcome === "fault") return { tone: "t-warn", sign: "warn", answer: t("aFault", { status }) };
  const words = t(entry.note === "delay" ? "aDelayed" : "aOk", { status, ms });
  return status < 300
    ? { tone: "t-ok", sign: "check", answer: words }
    : { tone: "t-bad", sign: "bad", answer: words };
}

const quote = (text) => {
  const whole = String(text ?? "").replace(/\s+/g, " ").trim();
  return whole ? `«${whole.length > 70 ? `${whole.slice(0, 69)}…` : whole}»` : "";
};

function what(entry) {
  if (entry.provider === "avito") return entry.kind === "hook" ? fromAvito(entry) : toAvito(entry);
  return entry.kind === "hook" ? fromTelegram(entry) : toTelegram(entry);
}

function fromAvito(entry) {
  const value = entry.body.payload?.value ?? {};
  const same = seen.journal.filter((one) => one.kind === "hook" && one.seq <= entry.seq
    && one.body.payload?.value?.id === value.id && one.method === entry.method).length;
  const words = value.type === "text" ? quote(value.content.text) : t(value.type);
  const own = value.author_id === value.user_id;
  const name = seen.buyers.find((one) => one.id === value.author_id)?.name ?? "?";
  return t(own ? "wEcho" : "wFrom", { name, what: words }) + (same > 1 ? t("wAgain", { n: same }) : "");
}

function toAvito(entry) {
  if (entry.method === "send") return t("wAnswer", { what: quote(entry.body.message?.text) });
  return t(AVITO[entry.method] ?? entry.method);
}

function fromTelegram(entry) {
  const kind = entry.method;
  const body = entry.body[kind] ?? {};
  const name = body.from?.first_name ?? body.user?.first_name ?? "?";
  if (kind === "callback_query") return t("wPress", { name });
  if (kind === "my_chat_member") return t("wMember");
  if (kind === "message_reaction") return t("wReaction", { name });
  const words = quote(body.text ?? body.caption) || mark(body);
  if (!words) return t("wService");
  return t(kind === "edited_message" ? "wEdit" : "wMessage", { name, what: words });
}

function mark(body) {
  const kinds = ["photo", "document", "voice", "sticker", "video", "audio", "animation"];
  const found = kinds.find((one) => body[one]);
  return found ? t(`${found}Mark`) : body.location ? t("location") : "";
}

function toTelegram(entry) {
  const method = entry.method.toLowerCase();
  const body = entry.body;
  const thread = body.message_thread_id;
  const id = body.message_id ?? "";
  if (method === "createforumtopic") return t("wTopic", { what: quote(body.name) });
  if (method === "editforumtopic") return t("wRename", { thread, what: quote(body.name) });
  if (method === "pinchatmessage") return t("wPin", { id });
  if (method === "setmessagereaction") return t("wReact", { id, what: reaction(body.reaction) });
  if (method === "deletemessage") return t("wDelete", { id });
  if (method === "editmessagetext") return t("wEditText", { id, what: quote(plain(body.text)) });
  if (TELEGRAM[method]) return t(TELEGRAM[method]);
  if (!method.startsWith("send")) return entry.method;
  const kind = method.slice(4);
  const words = quote(plain(body.text ?? body.caption)) || t(`${kind}Mark`);
  return thread ? t("wTo", { thread, what: words }) : t("wChat", { what: words });
}

const plain = (text) => String(text ?? "").replace(/<[^>]*>/g, "");

function reaction(given) {
  const list = typeof given === "string" ? JSON.parse(given || "[]") : given ?? [];
  return list.map((one) => one.emoji).join(" ") || "–";
}
