/* One Telegram message as a person sees it: formatting, files, buttons, reactions, service lines. */
import { h, icon } from "./dom.js";
import { t, time } from "./i18n.js";

let links = () => false;
const FATES = { "✍": "queued", "👌": "sent", "👀": "read", "💔": "failed" };
const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote" };
const SERVICE = {
  forum_topic_created: "sTopic", forum_topic_edited: "sRenamed", forum_topic_closed: "sClosed",
  forum_topic_reopened: "sReopened", pinned_message: "sPinned", new_chat_members: "sJoined",
  left_chat_member: "sLeft", migrate_from_chat_id: "sMigrated", migrate_to_chat_id: "sMigrated",
};

export function draw(post, me, { onMenu, onPress, onLink }) {
  links = onLink;
  if (post.service) {
    const name = post.service.name || post.name;
    return h("li", { class: "serv" }, t(SERVICE[post.service.kind] ?? "sOther", { name }));
  }
  const mine = post.author === me;
  const body = h("div", { class: `msg${mine ? " out" : ""}`, id: `m${post.id}` },
    mine ? null : h("div", { class: "who" }, post.name),
    post.reply ? h("span", { class: "quote" }, h("b", {}, post.reply.name), h("br"), post.reply.text) : null,
    ...post.files.map(file),
    post.location ? h("span", { class: "body" }, `${t("location")}: ${post.location.latitude}, ${post.location.longitude} `) : null,
    post.text ? h("span", { class: "body" }, ...formatted(post.text, post.entities)) : null,
    h("span", { class: "meta" }, post.edited ? t("edited") : null, time(post.at), mine ? icon("check2", "xs") : null),
    fates(post, mine),
    h("button", { class: "more", type: "button", "aria-label": t("more"), onclick: () => onMenu(post) }, icon("dots", "s")));
  const item = h("li", {}, body);
  if (post.keyboard.length) item.append(buttons(post, onPress));
  return item;
}

function fates(post, mine) {
  if (!post.reactions.length) return null;
  return h("div", { class: "fates" }, ...post.reactions.map((emoji) => {
    const word = mine ? FATES[emoji.replace("\ufe0f", "")] : undefined;
    return h("span", { class: "chip" }, word ? `${emoji} ${t(word)}` : emoji);
  }));
}

function file(one) {
  if (one.kind === "photo" && one.url) {
    return h("img", { class: "pic", src: one.url, alt: t("photoMark"), width: "220", height: "165", loading: "lazy" });
  }
  if (["voice", "audio"].includes(one.kind) && one.url) {
    return h("audio", { class: "snd", src: one.url, controls: true, preload: "none", "aria-label": t("voiceMark") });
  }
  const size = one.size > 1048576 ? `${(one.size / 1048576).toFixed(1)} MB` : `${Math.ceil(one.size / 1024)} KB`;
  return h("div", { class: "file" }, icon("file"), `${one.name} · ${size}`);
}

/* Entities count in UTF-16 units, as strings here do; they may nest. */
function formatted(text, entities, from = 0, to = text.length) {
  const out = [];
  let at = from;
  const inside = entities.filter((one) => one.offset >= from && one.offset + one.length <= to);
  const sorted = [...inside].sort((a, b) => a.offset - b.offset || b.length - a.length);
  for (const one of sorted) {
    if (one.offset < at) continue;
    out.push(text.slice(at, one.offset));
    const end = one.offset + one.length;
    const rest = inside.filter((other) => other !== one);
    out.push(dressed(one, formatted(text, rest, one.offset, end), text.slice(one.offset, end)));
    at = end;
  }
  out.push(text.slice(at, to));
  return out.filter((part) => part !== "");
}

function dressed(entity, inner, plain) {
  const url = entity.type === "text_link" ? entity.url : entity.type === "url" ? plain : "";
  if (/^https?:\/\//.test(url)) {
    return link(url, "", inner);
  }
  return h(TAGS[entity.type] ?? "span", {}, ...inner);
}

/* Links into Telegram stay in the city; others open beside it. */
function link(url, look, inner) {
  return h("a", { class: look, href: url, target: "_blank", rel: "noopener noreferrer",
    onclick: (event) => { if (links(url)) event.preventDefault(); } }, ...inner);
}

function buttons(post, onPress) {
  return h("div", { class: "ibtns" }, ...post.keyboard.map((row) => h("div", {}, ...row.map((one) => {
    if (one.url && /^https?:\/\//.test(one.url)) {
      return link(one.url, "ibtn", [one.text]);
    }
    return h("button", { class: "ibtn", type: "button", onclick: () => onPress(post, one) }, one.text);
  }))));
}
