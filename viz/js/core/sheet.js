// A sheet over the page for what is read and not watched: it takes the focus and gives it back.
import { el } from "./elements.js";
import { t } from "./strings.js";

/** Open a sheet with a title; `fill(body)` puts its content in. Escape and a click beside close it.
 * @param {Store} store @param {string} title @param {(body: HTMLElement, head: HTMLElement) => void} fill */
export function openSheet(store, title, fill) {
  const body = el("div", { class: "sheet-body" });
  const close = el("button", { type: "button", class: "close", "aria-label": t("share.close"), onclick: () => sheet.close() }, "✕");
  const head = el("h2", { id: "ju-sheet" }, title);
  const sheet = el("dialog", { class: "sheet", "aria-labelledby": "ju-sheet" }, el("div", { class: "sheet-head" }, head, close), body);
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet) sheet.close();
  });
  sheet.addEventListener("keydown", (event) => event.stopPropagation());
  sheet.addEventListener("close", () => sheet.remove());
  store.root.append(sheet);
  fill(body, head);
  sheet.showModal();
  return sheet;
}

/** A text with a button that copies it.
 * @param {string} label @param {string} text */
export function copyable(label, text) {
  const said = el("span", { class: "copied quiet", role: "status" });
  const field = el("textarea", { readonly: true, rows: Math.min(text.split("\n").length, 10), "aria-label": label, spellcheck: "false" });
  field.value = text;
  const copy = async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      document.execCommand("copy"); // pages that are not secure have no clipboard of their own
    }
    said.textContent = t("share.copied");
  };
  return el("div", { class: "copyable" }, field,
    el("button", { type: "button", onclick: copy, "aria-label": `${t("share.copy")}: ${label}` }, t("share.copy")), said);
}
