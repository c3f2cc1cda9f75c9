/* Links that Telegram itself would follow: a bot's start, adding it to a group, its Mini App. */
import { act, get } from "./api.js";
import { toast } from "./dom.js";
import { t } from "./i18n.js";
import * as sheet from "./sheet.js";
import { bot, chosen, seen } from "./state.js";

/* True where the link belongs to the city and was followed here. */
export function follow(address, refresh) {
  const url = new URL(address);
  if (!["t.me", "telegram.me"].includes(url.hostname)) return false;
  const name = url.pathname.split("/")[1]?.toLowerCase();
  const found = seen.bots.find((one) => one.username.toLowerCase() === name);
  if (!found) { toast(t("foreignLink")); return true; }
  const asked = url.searchParams;
  if (asked.has("startgroup")) pickGroup(found, asked.get("startgroup"), refresh);
  else if (asked.has("startapp") || url.pathname.split("/").length > 2) startApp(found, asked.get("startapp") ?? "");
  else start(found, asked.get("start"), refresh);
  return true;
}

async function start(found, payload, refresh) {
  chosen.place = `bot:${found.id}`;
  chosen.thread = 0;
  if (payload !== null) await act("telegram/start_bot", { user_id: chosen.me, bot: found.id, payload });
  refresh();
}

function pickGroup(found, payload, refresh) {
  const join = (chat) => async () => {
    const chatId = await chat();
    const done = await act("telegram/start_in_group", { user_id: chosen.me, bot: found.id, chat_id: chatId, payload });
    if (done === null) return;
    chosen.place = String(chatId);
    chosen.thread = 1;
    refresh();
  };
  sheet.open(t("pickGroup", { name: `@${found.username}` }), ...sheet.choices([
    ...seen.groups.map((one) => ({ title: one.title, icon: "users", work: join(async () => one.id) })),
    { title: t("newGroup"), note: t("newGroupText"), icon: "plus", work: join(newGroup) },
  ]));
}

async function newGroup() {
  const id = Math.min(-1002200000001, ...seen.groups.map((one) => one.id)) - 1;
  await act("telegram/add_group", { chat_id: id, title: `${t("group")} ${seen.groups.length + 1}` });
  await act("telegram/add_member", { chat_id: id, user_id: chosen.me, status: "creator" });
  return id;
}

function startApp(found, param) {
  if (found.app?.url) openApp(found.app.url, param);
  else toast(t("noApp"));
}

/* The Mini App gets initData signed by this bot's token, as in Telegram. */
export async function openApp(url, param = "") {
  if (!/^https?:\/\//.test(url)) return;
  const asked = new URLSearchParams({ bot: bot()?.id ?? seen.bots[0].id, user: chosen.me, start_param: param });
  const { init_data: data } = await get(`init_data?${asked}`);
  const hash = new URLSearchParams({ tgWebAppData: data, tgWebAppVersion: "9.0", tgWebAppPlatform: "weba" });
  window.open(`${url}#${hash}`, "_blank", "noopener");
}
