/* One dialog for every small choice. Focus goes in and comes back by the browser itself. */
import { $, h, icon } from "./dom.js";
import { t } from "./i18n.js";

export function open(title, ...content) {
  const sheet = $("sheet");
  sheet.replaceChildren(
    h("h2", { id: "sheet-title" }, title),
    h("button", { class: "ib shut", type: "button", "aria-label": t("close"), onclick: () => sheet.close() }, icon("x")),
    ...content,
  );
  if (!sheet.open) sheet.showModal();
  sheet.querySelector("[autofocus]")?.focus();
}

export const close = () => $("sheet").close();

export function start() {
  $("sheet").addEventListener("click", (event) => {
    if (event.target === $("sheet")) close();
  });
}

/* A list of rows to choose from: {title, note, icon, badge, work}. */
export function choices(rows) {
  return rows.map((row, at) => h(
    "button",
    { class: at ? "cell" : "cell first", type: "button", onclick: () => { close(); row.work(); } },
    row.lead ?? (row.icon ? h("span", { class: "tile", "aria-hidden": "true" }, icon(row.icon, "s")) : null),
    h("span", { class: "grow" }, row.title, row.note ? h("span", { class: "cap cut" }, row.note) : null),
    row.badge ? h("span", { class: "cnt" }, String(row.badge)) : null,
  ));
}

/* A form of one text. */
export function ask(title, label, value, verb, work) {
  const field = h("textarea", { class: "inp", rows: "3", required: true, autofocus: true, maxlength: "1000" });
  field.value = value;
  const form = h("form", {}, h("label", { class: "fld" }, h("span", {}, label), field),
    h("button", { class: "btn w", type: "submit" }, verb));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    close();
    work(text);
  });
  open(title, form);
}
