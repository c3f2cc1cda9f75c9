/* What is chosen on this page, and the city's last answer. */
const KEY = "city-choice";

export const chosen = {
  account: 0, buyer: 0, item: 0, dialog: "", me: 0, place: "", thread: 0, provider: "avito",
  pane: "buyer", replyTo: null,
};
export let seen = null;

export function remember() {
  try { sessionStorage.setItem(KEY, JSON.stringify({ ...chosen, replyTo: null })); } catch { /* fine */ }
}

export function recall() {
  try { Object.assign(chosen, JSON.parse(sessionStorage.getItem(KEY) || "{}")); } catch { /* fine */ }
}

export function query() {
  const place = chosen.place.startsWith("bot:") ? `${chosen.place.slice(4)}:${chosen.me}` : chosen.place;
  const looked = chosen.pane === "group" || matchMedia("(min-width:760px)").matches;
  return new URLSearchParams({
    account: chosen.account, dialog: chosen.dialog, me: chosen.me,
    ...(looked && place ? { chat: place, thread: chosen.thread } : {}),
  }).toString();
}

export function take(state) {
  seen = state;
  const account = state.accounts.find((one) => one.id === chosen.account) ?? state.accounts[0];
  chosen.account = account?.id ?? 0;
  if (!state.people.some((one) => one.id === chosen.me)) {
    chosen.me = state.people[1]?.id ?? state.people[0]?.id ?? 0;
  }
  const known = chosen.place.startsWith("bot:")
    ? state.bots.some((one) => `bot:${one.id}` === chosen.place)
    : state.groups.some((one) => String(one.id) === chosen.place);
  if (!known) {
    chosen.place = state.groups[0] ? String(state.groups[0].id) : "";
    chosen.thread = 0;
  }
  if (!state.buyers.some((one) => one.id === chosen.buyer)) {
    chosen.buyer = state.dialogs[0]?.buyer ?? state.buyers[0]?.id ?? 0;
    chosen.item = state.dialogs[0]?.item?.id ?? account?.items[0]?.id ?? 0;
  }
  const dialog = state.dialogs.find(
    (one) => one.account === chosen.account && one.buyer === chosen.buyer && (one.item?.id ?? 0) === chosen.item);
  chosen.dialog = dialog?.id ?? "";
}

export const account = () => seen.accounts.find((one) => one.id === chosen.account);
export const buyer = () => seen.buyers.find((one) => one.id === chosen.buyer);
export const item = () => account()?.items.find((one) => one.id === chosen.item);
export const person = () => seen.people.find((one) => one.id === chosen.me);
export const group = () => seen.groups.find((one) => String(one.id) === chosen.place);
export const bot = () => seen.bots.find((one) => `bot:${one.id}` === chosen.place);
/* The chat argument of acts: a group's id or [bot, person]. */
export const chat = () => (bot() ? [bot().id, chosen.me] : Number(chosen.place));
