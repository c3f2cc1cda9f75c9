/* Telegram around the page, or its likeness in a browser: one interface for both. */
const KEPT = "tg-start";
const WAIT_MS = 1500;

/* The hash is lost at the first navigation, so it is kept before anything else happens. */
function read() {
  const here = new URLSearchParams(location.hash.slice(1));
  try {
    if (here.has("tgWebAppData")) sessionStorage.setItem(KEPT, here.toString());
    return new URLSearchParams(sessionStorage.getItem(KEPT) ?? here.toString());
  } catch {
    return here;
  }
}

const isLaunch = location.hash.includes("tgWebAppData=");
const first = read();
const app = () => (window.Telegram?.WebApp?.initData ? window.Telegram.WebApp : null);
const since = (version) => Boolean(app()?.isVersionAtLeast?.(version));

export const inside = first.has("tgWebAppData");
export const initData = () => app()?.initData || first.get("tgWebAppData") || "";
// Of this launch only: a page that is loaded again stays where it was.
export const startParam = isLaunch ? first.get("tgWebAppStartParam")
  ?? new URLSearchParams(first.get("tgWebAppData")).get("start_param") ?? "" : "";

export function colours() {
  try { return app()?.themeParams ?? JSON.parse(first.get("tgWebAppThemeParams") ?? "null"); } catch { return null; }
}

/* Telegram's own script is asked for inside Telegram only, and waited for a little; without it the
   page works by the hash alone. */
export async function arrive(onTheme) {
  const source = document.body.dataset.script;
  if (!inside || !source) return;
  await new Promise((go) => {
    const script = Object.assign(document.createElement("script"), { src: source, onload: go, onerror: go });
    document.head.append(script);
    setTimeout(go, WAIT_MS);
  });
  app()?.ready();
  app()?.expand();
  app()?.onEvent("themeChanged", onTheme);
}

export function haptic(kind) {
  const touch = app()?.HapticFeedback;
  if (!touch) return;
  if (["success", "error", "warning"].includes(kind)) touch.notificationOccurred(kind);
  else if (kind === "select") touch.selectionChanged();
  else touch.impactOccurred(kind);
}

export function close() {
  if (app()) app().close();
  else history.back();
}

let goBack = null;
export function back(shown) {
  const button = app()?.BackButton;
  if (!button) return;
  if (!goBack) { goBack = () => history.back(); button.onClick(goBack); }
  if (shown) button.show(); else button.hide();
}

export function askBeforeClosing(on) {
  if (!since("6.2")) return;
  if (on) app().enableClosingConfirmation(); else app().disableClosingConfirmation();
}

/* Telegram's own buttons press ours, which stay in the form; true where the native ones show. */
const pressed = {};
export function buttons(main, second) {
  const native = [["MainButton", main, "6.0"], ["SecondaryButton", second, "7.10"]];
  if (!app() || (second && !since("7.10"))) return false;
  for (const [name, ours, version] of native) {
    const button = since(version) ? app()[name] : null;
    if (!button) continue;
    if (pressed[name]) button.offClick(pressed[name]);
    pressed[name] = ours ? () => ours.click() : null;
    if (!ours) { button.hide(); continue; }
    button.onClick(pressed[name]);
    button.setParams({ text: ours.textContent.trim(), is_active: !ours.disabled, is_visible: true });
  }
  return Boolean(main);
}

export function progress(on) {
  if (on) app()?.MainButton?.showProgress(); else app()?.MainButton?.hideProgress();
}

/* Kept on the device where Telegram offers a safe place, else nowhere. */
export function keep(name, value) {
  if (since("9.0")) app().SecureStorage?.setItem(name, value, () => {});
}

export function kept(name) {
  if (!since("9.0") || !app().SecureStorage) return Promise.resolve("");
  return new Promise((go) => {
    setTimeout(() => go(""), WAIT_MS);
    app().SecureStorage.getItem(name, (error, value) => go(error ? "" : value ?? ""));
  });
}
