/* Words of the page in two languages; what people and the product write is shown as it is. */
import { en } from "./en.js";
import { ru } from "./ru.js";

const asked = new URLSearchParams(location.search).get("lang");
export const lang = asked === "en" ? "en" : "ru";
const words = lang === "en" ? en : ru;

export function t(key, values = {}) {
  const text = words[key] ?? ru[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

const clock = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "ru", { hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "ru", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3,
});
export const time = (seconds) => clock.format(seconds * 1000);
export const moment = (seconds) => exact.format(seconds * 1000);
export const left = (seconds) => {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

export function translate() {
  document.documentElement.lang = lang;
  document.title = t("title");
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
    if (node.matches(".ib, .btn")) node.title = t(node.dataset.label);
  }
  for (const node of document.querySelectorAll("[data-hint]")) node.placeholder = t(node.dataset.hint);
  const link = document.getElementById("lang");
  const query = new URLSearchParams(location.search);
  query.set("lang", lang === "en" ? "ru" : "en");
  link.href = `?${query}`;
  link.textContent = lang === "en" ? "RU" : "EN";
  link.lang = lang === "en" ? "ru" : "en";
  link.setAttribute("aria-label", lang === "en" ? "По-русски" : "In English");
}
