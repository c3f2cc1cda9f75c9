/* Left: an Avito buyer, the ad they ask about, their dialogue. */
import { act } from "./api.js";
import { $, base64, growing, h, icon, keep, letter, stick, tone } from "./dom.js";
import { t, time } from "./i18n.js";
import * as sheet from "./sheet.js";
import { account, buyer, chosen, item, seen } from "./state.js";

const NAMES = ["Кирилл", "Светлана", "Тимур", "Надежда", "Роман", "Алия", "Глеб", "Вера", "Игорь", "Жанна"];
let refresh = () => {};
let fit = () => {};
let reading = "";

const target = () => ({ account_id: chosen.account, buyer_id: chosen.buyer, item_id: chosen.item || null });

export function start(ring) {
  refresh = ring;
  fit = growing($("buyer-text"));
  $("pick").addEventListener("click", pick);
  $("buyer-more").addEventListener("click", kinds);
  $("buyer-voice").addEventListener("click", () => act("avito/buyer_sends_voice", target()));
  $("buyer-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = $("buyer-text").value.trim();
    if (!text) return;
    $("buyer-text").value = "";
    fit();
    if (await act("avito/buyer_says", { ...target(), text }) === null) $("buyer-text").value = text;
    $("buyer-talk").scrollTop = $("buyer-talk").scrollHeight;
  });
}

export function paint() {
  const who = buyer();
  $("buyer-name").textContent = who?.name ?? "";
  $("buyer-ava").textContent = letter(who?.name);
  $("buyer-ava").className = `ava s ${tone(who?.id ?? 0)}`;
  const ad = item();
  keep($("ad"), ad ? [ad] : [], (one) => one.id, (one) => h("div", { class: "ad-in" },
    h("span", { class: "tile idle", "aria-hidden": "true" }, icon("bike")),
    h("span", {}, one.title, h("b", {}, one.price))));
  const said = chosen.dialog ? seen.dialog ?? [] : [];
  const rows = said.length ? said : [{ id: "void", void: true, on: account()?.is_connected }];
  stick($("buyer-talk"), () => keep($("buyer-talk"), rows, (one) => one.id, line));
  markRead(said);
}

function line(one) {
  if (one.void) {
    return h("li", { class: "void" }, h("b", {}, t("buyerEmpty")), t(one.on ? "buyerEmptyText" : "notConnected"));
  }
  const gone = one.type === "deleted";
  const node = h("li", { class: `msg${one.mine ? " out" : ""}${gone ? " gone" : ""}` }, ...content(one),
    h("span", { class: "meta" }, !one.mine && !one.by_api && !gone ? t("fromApp") : null, time(one.at),
      one.mine && !gone ? ticks(one.read) : null));
  if (one.mine && !gone) {
    node.append(h("button", { class: "more", type: "button", "aria-label": t("more"),
      onclick: () => menu(one) }, icon("dots", "s")));
  }
  return node;
}

function content(one) {
  if (one.type === "image") {
    return [h("img", { class: "pic", src: one.url, alt: t("image"), width: "220", height: "165", loading: "lazy" })];
  }
  if (one.type === "voice") {
    return [h("audio", { class: "snd", src: one.url, controls: true, preload: "none", "aria-label": t("voice") })];
  }
  const label = ["text", "system"].includes(one.type) ? "" : t(one.type);
  return [h("span", { class: "body" }, [label, one.text].filter(Boolean).join(": "))];
}

export function ticks(read) {
  const mark = h("span", { class: read ? "rd" : "", role: "img", "aria-label": t(read ? "seenMark" : "sentMark") });
  mark.append(icon(read ? "check2" : "check", "xs"));
  return mark;
}

/* Looking at the dialogue is reading it: the seller's side learns so when it asks. */
function markRead(said) {
  const last = said.findLast((one) => !one.mine);
  const shown = chosen.pane === "buyer" || matchMedia("(min-width:760px)").matches;
  if (!last || last.read || document.hidden || !shown || reading === last.id) return;
  reading = last.id;
  act("avito/buyer_reads", { account_id: chosen.account, chat_id: chosen.dialog });
}

function menu(one) {
  sheet.open(t("more"), ...sheet.choices([{
    title: t("deleteOwn"), icon: "trash",
    work: () => act("avito/buyer_deletes", { account_id: chosen.account, chat_id: chosen.dialog, message_id: one.id }),
  }]));
}

function kinds() {
  const other = account()?.items.find((one) => one.id !== chosen.item);
  const send = (name, extra = {}) => () => act(`avito/${name}`, { ...target(), ...extra });
  sheet.open(t("kindsTitle"), ...sheet.choices([
    { title: t("kPhoto"), icon: "img", work: fromDevice },
    { title: t("kDrawn"), icon: "bike", work: send("buyer_sends_image") },
    { title: t("kPlace"), icon: "globe", work: send("buyer_sends_location") },
    { title: t("kLink"), icon: "link", work: send("buyer_sends_link") },
    ...(other ? [{ title: t("kItem"), note: other.title, icon: "tag", work: send("buyer_sends_item", { shared: other.id }) }] : []),
    { title: t("kCall"), icon: "bell", work: send("buyer_calls") },
    { title: t("kFile"), note: t("kFileText"), icon: "file", work: send("buyer_sends", { kind: "file" }) },
  ]));
}

function fromDevice() {
  const input = h("input", { type: "file", accept: "image/png,image/jpeg,image/gif" });
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (file) act("avito/buyer_sends_image", { ...target(), data: await base64(file) });
  });
  input.click();
}

function choose(buyerId, itemId, accountId = chosen.account) {
  chosen.account = accountId;
  chosen.buyer = buyerId;
  chosen.item = itemId;
  chosen.dialog = "";
  chosen.pane = "buyer";
  refresh();
}

function pick() {
  const wrote = new Set(seen.dialogs.map((one) => one.buyer));
  const first = account()?.items[0]?.id ?? 0;
  const face = (name, id) => h("span", { class: `ava s ${tone(id)}`, "aria-hidden": "true" }, letter(name));
  sheet.open(t("buyersTitle"), ...sheet.choices([
    ...seen.dialogs.map((one) => ({
      title: one.name, note: [one.item?.title, one.last].filter(Boolean).join(" · "), badge: one.unread,
      lead: face(one.name, one.buyer), work: () => choose(one.buyer, one.item?.id ?? 0, one.account),
    })),
    ...seen.buyers.filter((one) => !wrote.has(one.id)).map((one) => ({
      title: one.name, note: t("noDialogYet"), lead: face(one.name, one.id),
      work: () => choose(one.id, itemFor(one.id) ?? first),
    })),
  ]));
}

/* The demo's buyers ask about different things. */
function itemFor(buyerId) {
  const items = account()?.items ?? [];
  return items.length ? items[seen.buyers.findIndex((one) => one.id === buyerId) % items.length].id : undefined;
}

export function fresh() {
  const name = h("input", { class: "inp", required: true, maxlength: "64", autofocus: true });
  name.value = NAMES[seen.buyers.length % NAMES.length];
  const items = h("select", { class: "inp" }, ...seen.accounts.map((shop) => h("optgroup", { label: shop.name },
    ...shop.items.map((one) => h("option", { value: `${shop.id}/${one.id}` }, `${one.title} · ${one.price}`)))));
  const form = h("form", {},
    h("label", { class: "fld" }, h("span", {}, t("nameField")), name),
    h("label", { class: "fld" }, h("span", {}, t("itemField")), items),
    h("button", { class: "btn w", type: "submit" }, t("startTalk")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const id = Math.max(215001122, ...seen.buyers.map((one) => one.id)) + 1;
    const made = await act("avito/add_buyer", { buyer_id: id, name: name.value.trim() });
    if (made === null) return;
    sheet.close();
    const [shop, ad] = items.value.split("/").map(Number);
    choose(id, ad, shop);
    $("buyer-text").focus();
  });
  sheet.open(t("newBuyer"), form);
}
