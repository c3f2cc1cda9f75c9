/* Middle: Telegram as a manager sees it: a group with topics, and private chats with the bots. */
import { act } from "./api.js";
import { draw } from "./bubbles.js";
import { $, arrows, base64, growing, h, icon, keep, stick, toast } from "./dom.js";
import { t } from "./i18n.js";
import * as sheet from "./sheet.js";
import { follow, openApp } from "./links.js";
import { bot, chat, chosen, group, person, seen } from "./state.js";

const GENERAL = 1;
const EMOJI = ["👍", "❤️", "🔥", "👌", "🙏", "😁", "🤔", "👀", "🎉", "💔"];
let refresh = () => {};
let fit = () => {};
let painted = "";

export function start(ring) {
  refresh = ring;
  fit = growing($("talk-text"));
  arrows($("places"));
  $("back").addEventListener("click", () => { chosen.thread = 0; refresh(); });
  $("pinned").addEventListener("click", showPinned);
  $("attach").addEventListener("change", sendFile);
  $("attach-open").addEventListener("click", () => $("attach").click());
  $("talk-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("talk-text").value.trim();
    if (text) say(text);
  });
}

const where = () => ({
  user_id: chosen.me, chat: chat(), ...(group() && chosen.thread ? { thread: chosen.thread } : {}),
});

async function say(text) {
  const reply = chosen.replyTo ? { reply_to: chosen.replyTo.id } : {};
  $("talk-text").value = "";
  fit();
  chosen.replyTo = null;
  const done = await act("telegram/user_says", { ...where(), ...reply, text });
  if (done === null) $("talk-text").value = text;
  $("talk").scrollTop = $("talk").scrollHeight;
  refresh();
}

async function sendFile() {
  const [file] = $("attach").files;
  $("attach").value = "";
  if (!file) return;
  const kind = /^image\/(png|jpeg|gif|webp)$/.test(file.type) ? "photo" : "document";
  await act("telegram/user_sends", { ...where(), kind, data: await base64(file), name: file.name, mime: file.type });
}

export function paint() {
  const forum = group();
  const one = bot();
  if (forum && !forum.topics.some((topic) => topic.id === chosen.thread)) chosen.thread = firstTopic(forum);
  const name = person()?.name ?? "";
  const topic = matchMedia("(max-width:759px)").matches && forum?.topics.find((row) => row.id === chosen.thread);
  $("place-title").textContent = topic ? topicName(topic) : forum ? forum.title : one?.name ?? "";
  $("place-note").textContent = topic ? forum.title : t(forum ? "groupNote" : "privateNote", { name });
  $("place-icon").setAttribute("href", `/icons.svg#${forum ? "users" : "bot"}`);
  $("split").classList.toggle("solo", !forum);
  $("split").classList.toggle("open", Boolean(forum && chosen.thread));
  $("city").classList.toggle("in-thread", Boolean(forum && chosen.thread));
  people();
  places();
  topics(forum);
  thread(name);
}

/* A wide page opens the newest topic by itself; a phone shows the list first. */
function firstTopic(forum) {
  return matchMedia("(min-width:760px)").matches ? forum.topics[0]?.id ?? 0 : 0;
}

function people() {
  keep($("people"), seen.people.map((one) => ({ ...one, on: one.id === chosen.me })), (one) => one.id,
    (one) => h("button", { type: "button", "aria-pressed": String(one.on),
      onclick: () => { chosen.me = one.id; chosen.replyTo = null; refresh(); } }, one.name));
}

function places() {
  const rows = [
    ...seen.groups.map((one) => ({
      id: String(one.id), name: t("group"), unread: one.topics.reduce((sum, topic) => sum + topic.unread, 0),
    })),
    ...seen.bots.map((one) => ({ id: `bot:${one.id}`, name: `@${one.username}`, unread: one.unread })),
  ].map((one) => ({ ...one, on: one.id === chosen.place }));
  keep($("places"), rows, (one) => one.id, (one) => h(
    "button", { type: "button", role: "tab", "aria-selected": String(one.on), tabindex: one.on ? "0" : "-1",
      onclick: () => { chosen.place = one.id; chosen.thread = 0; chosen.replyTo = null; refresh(); } },
    one.name, one.unread && !one.on ? h("span", { class: "cnt" }, String(one.unread)) : null));
}

function topics(forum) {
  const rows = (forum?.topics ?? []).map((one) => ({ ...one, on: one.id === chosen.thread }));
  keep($("topics"), rows, (one) => one.id, (one) => {
    const [dot, name] = split(topicName(one));
    const mark = one.preview.kind ? `${t(`${one.preview.kind}Mark`)}${one.preview.text ? ": " : ""}` : "";
    const by = one.preview.by ? `${one.preview.by}: ` : "";
    return h("button", { class: "topic", type: "button", "aria-current": one.on ? "true" : null,
      onclick: () => { chosen.thread = one.id; chosen.replyTo = null; refresh(); } },
    h("span", { class: "dot", "aria-hidden": "true" }, dot || (one.id === GENERAL ? "#" : "💬")),
    h("span", { class: "grow" }, h("span", { class: `${one.unread ? "b" : "m"} cut` }, name),
      h("span", { class: "cap cut" }, one.is_closed ? t("closedTopic") : by + mark + one.preview.text)),
    one.unread ? h("span", { class: "cnt" }, String(one.unread)) : null);
  });
}

const topicName = (one) => (one.id === GENERAL ? t("general") : one.name);

/* Titles begin with a state mark: it is drawn apart, so that names line up. */
function split(name) {
  const found = /^(\p{Extended_Pictographic}\ufe0f?)\s*(.*)$/u.exec(name);
  return found ? [found[1], found[2]] : ["", name];
}

function thread(name) {
  const posts = seen.thread?.posts ?? [];
  const key = `${chosen.place}/${chosen.thread}/${chosen.me}`;
  if (key !== painted) { $("talk").replaceChildren(); painted = key; }
  const rows = posts.length ? posts : [{ id: "void", bot: bot()?.id ?? 0 }];
  // What stands around the list takes its room first: sticking to the end needs the final height.
  stick($("talk"), () => {
    pinnedLine();
    replying();
    commands();
    keep($("talk"), rows, (one) => one.id, (one) => (
      one.id === "void" ? empty(one) : draw(one, chosen.me, { onMenu: menu, onPress: press, onLink: (url) => follow(url, refresh) })));
  });
  const hint = t("writeAs", { name });
  $("talk-text").placeholder = hint;
  $("talk-text").setAttribute("aria-label", hint);
}

function empty(one) {
  const alone = group() && group().topics.length === 1;
  const words = one.bot ? t("startText") : alone ? t("noTopicsText") : "";
  return h("li", { class: "void" }, h("b", {}, t(alone ? "noTopics" : "threadEmpty")), words,
    one.bot ? h("div", {}, h("button", { class: "btn", type: "button",
      onclick: () => act("telegram/start_bot", { user_id: chosen.me, bot: one.bot }) }, t("start"))) : null);
}

function pinnedLine() {
  const pinned = seen.thread?.pinned;
  $("pinned").hidden = !pinned;
  if (!pinned) return;
  const text = pinned.text.split("\n").filter(Boolean).slice(0, 3).join(" · ") || t("photoMark");
  if ($("pinned").look === text) return;
  $("pinned").look = text;
  const [first, ...rest] = text.split(" · ");
  $("pinned").replaceChildren(icon("pin", "s"), h("span", { class: "grow cut" }, h("b", {}, first),
    rest.length ? ` · ${rest.join(" · ")}` : ""), h("span", { class: "vh" }, t("pinnedNow")));
}

function showPinned() {
  document.getElementById(`m${seen.thread?.pinned?.id}`)?.scrollIntoView({ block: "center" });
}

function replying() {
  const to = chosen.replyTo;
  $("replying").hidden = !to;
  if (!to) return;
  $("replying").replaceChildren(icon("left", "s"), h("span", { class: "grow cut" },
    h("b", {}, t("replyTo", { name: to.name })), " ", to.text), h("button", { class: "ib", type: "button",
    "aria-label": t("cancelReply"), onclick: () => { chosen.replyTo = null; replying(); } }, icon("x")));
}

function commands() {
  const list = [...(bot()?.commands ?? [])];
  if (bot()?.app) list.unshift({ command: "app", ...bot().app });
  $("commands").hidden = !list.length;
  keep($("commands"), list, (one) => one.command, (one) => h("button", { class: "chip", type: "button",
    title: one.description, onclick: () => (one.url ? openApp(one.url) : say(`/${one.command}`)) }, one.text ?? `/${one.command}`));
}

function menu(post) {
  const at = { user_id: chosen.me, chat: chat(), message_id: post.id };
  const mine = post.author === chosen.me;
  const react = h("div", { class: "emoji", role: "group", "aria-label": t("react") }, ...EMOJI.map(
    (one) => h("button", { type: "button", "aria-label": one,
      onclick: () => { sheet.close(); act("telegram/user_reacts", { ...at, emoji: one }); } }, one)));
  sheet.open(t("more"), react, ...sheet.choices([
    { title: t("reply"), icon: "left", work: () => { chosen.replyTo = post; replying(); $("talk-text").focus(); } },
    ...(mine && post.text ? [{ title: t("edit"), icon: "text", work: () => sheet.ask(t("edit"), t("message"), post.text, t("save"),
      (text) => act("telegram/user_edits", { ...at, text })) }] : []),
    ...(mine ? [{ title: t("remove"), icon: "trash", work: () => act("telegram/user_deletes", at) }] : []),
  ]));
}

async function press(post, button) {
  if (button.web_app?.url) { openApp(button.web_app.url); return; }
  if (!button.callback_data) return;
  const query = await act("telegram/user_presses", { user_id: chosen.me, chat: chat(), message_id: post.id, data: button.callback_data });
  if (query === null) return;
  for (let tries = 0; tries < 12; tries += 1) {
    await new Promise((done) => { setTimeout(done, 250); });
    const answer = await act("telegram/answer_of", { bot: post.author, query_id: query });
    if (answer === null || answer.text === undefined) continue;
    if (answer.text) toast(answer.text);
    return;
  }
}
