// Small native elements: everything a reader presses is a real button, select or range.

/** An element with attributes (on... are listeners) and children (elements or text). */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith("aria-")) made.setAttribute(name, String(value));
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function toggle(label, pressed, change, help) {
  const made = el("button", { type: "button", class: "toggle", "aria-pressed": pressed, title: help }, label);
  made.addEventListener("click", () => {
    const on = made.getAttribute("aria-pressed") !== "true";
    made.setAttribute("aria-pressed", on);
    change(on);
  });
  return made;
}

export function choose(label, options, value, change, more = {}) {
  const list = el("select", { "aria-label": label, ...more },
    options.map(([name, said]) => el("option", { value: name, selected: name === value }, said)));
  list.addEventListener("change", () => change(list.value));
  return list;
}

export function labelled(label, control) {
  return el("label", { class: "field" }, el("span", {}, label), control);
}

/** New children, kept as they are where they are the old ones: those can be clicked and read on. */
export function replace(parent, ...children) {
  const wanted = children.flat().filter(Boolean).map(nodeOf);
  const held = parent.contains(document.activeElement) ? document.activeElement : null;
  const staying = new Set(wanted);
  for (const child of [...parent.childNodes]) if (!staying.has(child)) child.remove();
  wanted.forEach((child, n) => {
    if (parent.childNodes[n] !== child) parent.insertBefore(child, parent.childNodes[n] ?? null);
  });
  if (held && !held.isConnected) successor(parent, held)?.focus({ preventScroll: true });
}

const nodeOf = (child) => (child instanceof Node ? child : document.createTextNode(child));

/** The control that took the place of one that had the focus: the keyboard must not lose it. */
function successor(parent, held) {
  const mark = markOf(held);
  return [...parent.querySelectorAll(held.tagName)].find((control) => markOf(control) === mark);
}

const markOf = (control) =>
  control.dataset.mark ?? control.getAttribute("aria-label") ?? control.textContent;

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
