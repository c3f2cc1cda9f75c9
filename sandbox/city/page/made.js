/* What one gets outside the product: a bot from BotFather, keys from Avito's cabinet. */
import { act } from "./api.js";
import { h, icon, toast } from "./dom.js";
import { t } from "./i18n.js";
import * as sheet from "./sheet.js";
import { seen } from "./state.js";

function secret(letters) {
  const bytes = crypto.getRandomValues(new Uint8Array(letters));
  return [...bytes].map((one) => (one % 36).toString(36)).join("");
}

export async function newBot(refresh) {
  const id = Math.max(4200001, ...seen.bots.map((one) => one.id)) + 1;
  const token = `${id}:AAE${secret(32)}`;
  const username = `city_${id}_bot`;
  if (await act("telegram/add_bot", { token, username, name: username }) === null) return;
  sheet.open(t("botMade", { name: `@${username}` }), note("botMadeText"), copied(t("token"), token));
  refresh();
}

export async function newAccount(refresh) {
  const id = Math.max(94235311, ...seen.accounts.map((one) => one.id)) + 1;
  const keys = { client_id: secret(20), client_secret: secret(40) };
  if (await act("avito/add_account", { user_id: id, ...keys, name: `Avito ${id}` }) === null) return;
  await act("avito/add_item", { account_id: id, item_id: id * 10, title: t("sampleItem"), price_string: "5 000 ₽" });
  sheet.open(t("accountMade", { id }), note("accountMadeText"),
    copied("client_id", keys.client_id), copied("client_secret", keys.client_secret));
  refresh();
}

const note = (key) => h("p", { class: "cap" }, t(key));

function copied(label, value) {
  const field = h("input", { class: "inp mono", readonly: true, value, "aria-label": label });
  return h("div", { class: "fld" }, h("span", {}, label), h("div", { class: "copied" }, field,
    h("button", { class: "ib", type: "button", "aria-label": `${t("copy")}: ${label}`, onclick: async () => {
      field.select();
      try { await navigator.clipboard.writeText(value); toast(t("copiedDone")); } catch { /* it is selected */ }
    } }, icon("copy"))));
}
