/* Sign-in of the Mini App: initData for tokens, tokens in memory, every request with the newest one.
   A browser's session is in cookies it cannot read; there this module does nothing. */
import * as tg from "./tg.js";

const AHEAD_MS = 30_000;
let access = "";
let refresh = "";
let endsAt = 0;
let renewing = null;

async function post(path, body) {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body) });
  if (!response.ok) throw new Error(String(response.status));
  const got = await response.json();
  access = got.access_token;
  refresh = got.refresh_token;
  endsAt = Date.now() + got.expires_in * 1000;
  tg.keep("refresh", refresh);
}

/* True when signed in; false when Telegram's word was refused or is used up. */
export async function enter() {
  const stored = await tg.kept("refresh");
  for (const [path, body] of [
    ...(stored ? [["/api/v1/auth/refresh", { refresh_token: stored }]] : []),
    ["/api/v1/auth/telegram", { init_data: tg.initData() }],
  ]) {
    try { await post(path, body); return true; } catch { /* the next way in */ }
  }
  return false;
}

function renew() {
  renewing ??= post("/api/v1/auth/refresh", { refresh_token: refresh }).finally(() => { renewing = null; });
  return renewing;
}

const isStale = () => access && Date.now() > endsAt - AHEAD_MS;

export async function authorized(init = {}) {
  if (isStale()) await renew();
  const headers = { ...init.headers, ...(access ? { Authorization: `Bearer ${access}` } : {}) };
  return { ...init, headers };
}

/* A stale token is renewed first, once for all that wait, then the request goes on. */
export function start() {
  document.addEventListener("htmx:confirm", (event) => {
    if (!isStale()) return;
    event.preventDefault();
    renew().catch(() => {}).then(() => event.detail.issueRequest(true));
  });
  document.addEventListener("htmx:configRequest", (event) => {
    if (access) event.detail.headers.Authorization = `Bearer ${access}`;
  });
  document.addEventListener("htmx:historyCacheMiss", (event) => {
    const { path, xhr } = event.detail;
    if (!isStale()) {
      if (access) xhr.setRequestHeader("Authorization", `Bearer ${access}`);
      return;
    }
    event.preventDefault();
    renew().catch(() => {}).then(() => window.htmx.ajax("GET", path, { target: "#main", swap: "outerHTML" }));
  });
}
