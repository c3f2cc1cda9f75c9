/* Talks with the city: acts, faults, the state to paint, the bell that says when. */
import { toast } from "./dom.js";
import { t } from "./i18n.js";

const API = "/city/api/";

async function call(method, path, body) {
  const response = await fetch(API + path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || String(response.status));
  return answer;
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);
export const remove = (path) => call("DELETE", path);

/* An act whose refusal is shown, not thrown. */
export async function act(path, body) {
  try {
    return (await post(path, body)).result ?? {};
  } catch (error) {
    toast(t("refused", { why: error.message }));
    return null;
  }
}

/* Calls `ring` when something changed; silent while the page is hidden. */
export function listen(ring, lost) {
  let source = null;
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(API + "events");
    source.onmessage = () => { lost(false); ring(); };
    source.onerror = () => lost(true);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { source?.close(); source = null; } else open();
  });
  open();
}
