/* Small ways to build and keep elements. Text only ever goes in as text. */
export const $ = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return node;
}

export function icon(name, size = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `i ${size}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/* Keeps a node as long as what it shows is the same, so that focus and scrolling survive. */
export function keep(list, items, key, draw) {
  const old = new Map([...list.children].map((node) => [node.dataset.key, node]));
  let at = null;
  for (const item of items) {
    const id = String(key(item));
    const look = JSON.stringify(item);
    let node = old.get(id);
    if (!node || node.look !== look) {
      const fresh = draw(item);
      fresh.dataset.key = id;
      fresh.look = look;
      if (node) swap(node, fresh);
      node = fresh;
    }
    old.delete(id);
    const next = at ? at.nextSibling : list.firstChild;
    if (next !== node) list.insertBefore(node, next);
    at = node;
  }
  for (const node of old.values()) node.remove();
}

/* A redrawn thing keeps the focus it had, so that the keyboard never loses its place. */
function swap(old, fresh) {
  const held = document.activeElement;
  const inside = old.contains(held);
  const at = inside && old !== held ? [...old.querySelectorAll(held.tagName)].indexOf(held) : -1;
  old.replaceWith(fresh);
  if (inside) (at < 0 ? fresh : fresh.querySelectorAll(held.tagName)[at] ?? fresh).focus();
}

/* Draws into a list that sticks to its end, unless the reader scrolled up. */
export function stick(list, work) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const before = list.lastElementChild?.dataset.key;
  work();
  if (!atEnd && before !== undefined) return;
  const down = () => { list.scrollTop = list.scrollHeight; };
  down();
  requestAnimationFrame(down);
}

export function letter(name) {
  return (name || "?").trim().charAt(0).toUpperCase();
}

export function tone(id) {
  return `a${Math.abs(Number(id)) % 6}`;
}

export function growing(area) {
  const fit = () => {
    area.style.setProperty("height", "auto");
    area.style.setProperty("height", `${Math.min(area.scrollHeight + 3, 140)}px`);
  };
  area.addEventListener("input", fit);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      area.form.requestSubmit();
    }
  });
  return fit;
}

/* Arrow keys inside a row of tabs. */
export function arrows(row) {
  row.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = [...row.querySelectorAll("button")];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next?.focus();
    next?.click();
  });
}

export function toast(text) {
  const node = h("div", { class: "toast" }, text);
  $("toasts").append(node);
  setTimeout(() => node.remove(), 5000);
}

export async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  }
  return btoa(text);
}
