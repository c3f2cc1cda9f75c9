/* Light or dark, Telegram's colours, and the contrast guard: three roles are pushed toward the text
   (the button toward black or white) until small words have 4.6:1 on every ground they stand on. */
const root = document.documentElement;
const NAMES = ["--text-2", "--accent", "--btn"];
const KEPT = "palette";
let context = null;

function rgb(colour) {
  context ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

const mix = (a, b, share) => a.map((value, at) => value * share + b[at] * (1 - share));

function light(colour) {
  const part = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(colour[0]) + 0.7152 * part(colour[1]) + 0.0722 * part(colour[2]);
}

function ratio(a, b) {
  const [x, y] = [light(a), light(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

function push(from, to, grounds) {
  for (let share = 1; share > 0; share -= 0.03) {
    const colour = mix(from, to, share);
    if (grounds(colour).every((ground) => ratio(colour, ground) >= 4.6)) return colour;
  }
  return to;
}

export function guard() {
  for (const name of NAMES) root.style.removeProperty(name);
  const probe = root.appendChild(document.createElement("i"));
  const read = (name) => {
    probe.style.setProperty("color", `var(${name})`);
    return rgb(getComputedStyle(probe).color);
  };
  const [page, surface, bar, text, accent, button, onButton, info, warn] = ["--page", "--surface", "--bar",
    "--text", "--accent-raw", "--btn-raw", "--btn-text", "--info", "--warn"].map(read);
  probe.remove();
  const share = root.dataset.theme === "dark" ? 0.16 : 0.12;
  const tints = [mix(info, surface, share + 0.02), mix(warn, surface, share), mix(text, surface, 0.12)];
  const set = (name, colour) => root.style.setProperty(name, `rgb(${colour.map(Math.round).join(" ")})`);
  set("--text-2", push(mix(text, surface, 0.6), text, () => [page, surface, bar, ...tints]));
  set("--accent", push(accent, text, (own) => [page, surface, bar, ...tints, mix(own, surface, 0.17)]));
  set("--btn", push(button, light(onButton) > 0.4 ? [0, 0, 0] : [255, 255, 255], () => [onButton]));
}

/* Telegram's variables come after its script: the last ones are kept for the next page. */
export function paint(params) {
  for (const [name, colour] of Object.entries(params ?? {})) {
    if (/^#[0-9a-f]{6}$/i.test(colour)) root.style.setProperty(`--tg-theme-${name.replaceAll("_", "-")}`, colour);
  }
  const ground = params?.bg_color;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const scheme = ground ? (light(rgb(ground)) < 0.18 ? "dark" : "light") : root.dataset.forced ?? system;
  root.dataset.theme = scheme;
  try {
    if (params) sessionStorage.setItem(KEPT, JSON.stringify(params));
    document.cookie = `scheme=${scheme}; path=/; max-age=31536000; samesite=lax`;
  } catch { /* storage may be off */ }
  guard();
}

export function start(given) {
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null"); } catch { /* not ours */ }
  paint(given ?? kept);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(given ?? kept));
}
