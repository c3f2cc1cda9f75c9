/* Light or dark: the system's, or the one chosen here. Three roles are measured and pushed toward
   the text colour until small text has its contrast on every surface it stands on. */
import { $ } from "./dom.js";

const root = document.documentElement;
const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
const context = canvas.getContext("2d", { willReadFrequently: true });

const rgb = (colour) => {
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
const mix = (a, b, share) => a.map((value, at) => value * share + b[at] * (1 - share));
const light = (colour) => {
  const part = (value) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(colour[0]) + 0.7152 * part(colour[1]) + 0.0722 * part(colour[2]);
};
const contrast = (a, b) => {
  const [x, y] = [light(a), light(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};

function push(from, to, fits) {
  for (let share = 1; share > 0; share -= 0.03) {
    const colour = mix(from, to, share);
    if (fits(colour)) return colour;
  }
  return to;
}

function guard() {
  for (const name of ["--text-2", "--accent", "--btn"]) root.style.removeProperty(name);
  const style = getComputedStyle(root);
  const [page, surface, text, accent, btn, onBtn] = [
    "--page", "--surface", "--text", "--accent-raw", "--btn-raw", "--btn-text",
  ].map((name) => rgb(style.getPropertyValue(name)));
  const fill = mix(text, surface, 0.09);
  const set = (name, colour) => root.style.setProperty(name, `rgb(${colour.map(Math.round)})`);
  set("--text-2", push(mix(text, surface, 0.62), text,
    (c) => [page, surface, fill].every((ground) => contrast(c, ground) >= 4.6)));
  set("--accent", push(accent, text,
    (c) => [page, surface, fill, mix(c, surface, 0.17)].every((g) => contrast(c, g) >= 4.6)));
  set("--btn", push(btn, light(onBtn) > 0.4 ? [0, 0, 0] : [255, 255, 255],
    (c) => contrast(c, onBtn) >= 4.6));
}

const system = matchMedia("(prefers-color-scheme: dark)");

function apply() {
  const asked = new URLSearchParams(location.search).get("theme");
  let chosen = null;
  try { chosen = sessionStorage.getItem("theme"); } catch { /* storage may be off */ }
  root.dataset.theme = chosen || asked || (system.matches ? "dark" : "light");
  guard();
}

export function start() {
  apply();
  system.addEventListener("change", apply);
  $("theme").addEventListener("click", () => {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    try { sessionStorage.setItem("theme", next); } catch { root.dataset.theme = next; }
    apply();
  });
}
