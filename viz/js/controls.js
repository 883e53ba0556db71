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

export function replace(parent, ...children) {
  parent.replaceChildren(...children.flat().filter(Boolean));
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
