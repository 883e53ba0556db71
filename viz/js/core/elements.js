// Small native elements: everything a reader presses is a real button, select or range.

/** An element with attributes (on... are listeners) and children (elements or text).
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, any>} [attributes] @param {...Child} children */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith("aria-")) made.setAttribute(name, String(value));
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...nodesOf(children));
  return made;
}

/** @param {string} label @param {boolean} pressed @param {(on: boolean) => void} change @param {string} [help] */
export function toggle(label, pressed, change, help) {
  const made = el("button", { type: "button", class: "toggle", "aria-pressed": pressed, title: help }, label);
  made.addEventListener("click", () => {
    const on = made.getAttribute("aria-pressed") !== "true";
    made.setAttribute("aria-pressed", String(on));
    change(on);
  });
  return made;
}

/** @param {string} label @param {string[][]} options @param {string | undefined} value @param {(name: string) => void} change */
export function choose(label, options, value, change) {
  const list = el("select", { "aria-label": label },
    options.map(([name, said]) => el("option", { value: name, selected: name === value }, said)));
  list.addEventListener("change", () => change(list.value));
  return list;
}

/** @param {string} label @param {HTMLElement} control */
export function labelled(label, control) {
  return el("label", { class: "field" }, el("span", {}, label), control);
}

/** New children, kept as they are where they are the old ones: those can be clicked and read on.
 * @param {Element} parent @param {...Child} children */
export function replace(parent, ...children) {
  const wanted = nodesOf(children);
  const focused = document.activeElement;
  const held = focused instanceof HTMLElement && parent.contains(focused) ? focused : null;
  const staying = new Set(wanted);
  for (const child of [...parent.childNodes]) if (!staying.has(child)) child.remove();
  wanted.forEach((child, n) => {
    if (parent.childNodes[n] !== child) parent.insertBefore(child, parent.childNodes[n] ?? null);
  });
  if (held && !held.isConnected) successor(parent, held)?.focus({ preventScroll: true });
}

/** Nodes of what is shown, however they lie in one another.
 * @param {Child[]} children @returns {Node[]} */
const nodesOf = (children) => children.flatMap((child) =>
  Array.isArray(child) ? nodesOf(child)
    : child === null || child === undefined || child === false ? []
      : [child instanceof Node ? child : document.createTextNode(String(child))]);

/** The control that took the place of one that had the focus: the keyboard must not lose it.
 * @param {Element} parent @param {HTMLElement} held @returns {HTMLElement | undefined} */
function successor(parent, held) {
  const mark = markOf(held);
  const controls = /** @type {NodeListOf<HTMLElement>} */ (parent.querySelectorAll(held.tagName));
  return [...controls].find((control) => markOf(control) === mark);
}

/** @param {HTMLElement} control */
const markOf = (control) =>
  control.dataset.mark ?? control.getAttribute("aria-label") ?? control.textContent;

const SVG = "http://www.w3.org/2000/svg";

/** @template {keyof SVGElementTagNameMap} T
 * @param {T} tag @param {Record<string, any>} [attributes] @param {...(Node | string)} children */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
