// As much of a document as elements need that are made and read, and texts for them.
import { setTexts } from "../../../viz/js/core/strings.js";

class FakeNode {
  childNodes = [];
  get textContent() {
    return this.childNodes.map((child) => child.textContent).join("");
  }
  contains() {
    return false;
  }
}

class FakeText extends FakeNode {
  constructor(text) {
    super();
    this.text = text;
  }
  get textContent() {
    return this.text;
  }
}

class FakeElement extends FakeNode {
  attributes = {};
  dataset = {};
  listeners = {};
  constructor(tag) {
    super();
    this.tagName = tag.toUpperCase();
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  addEventListener(name, work) {
    this.listeners[name] = work;
  }
  append(...children) {
    this.childNodes.push(...children.map((child) => (child instanceof FakeNode ? child : new FakeText(String(child)))));
  }
  insertBefore(child, before) {
    this.childNodes.splice(before ? this.childNodes.indexOf(before) : this.childNodes.length, 0, child);
    child.parent = this;
  }
  remove() {
    this.parent.childNodes = this.parent.childNodes.filter((child) => child !== this);
  }
  get children() {
    return this.childNodes.filter((child) => child instanceof FakeElement);
  }
  /** Every element within it that has a class. */
  all(name) {
    return this.children.flatMap((child) => [
      ...((child.attributes.class ?? "").split(" ").includes(name) ? [child] : []), ...child.all(name)]);
  }
}

/** Let modules make elements; `texts` by part and name. */
export function useFakeDocument(texts) {
  setTexts(texts);
  Object.assign(globalThis, { Node: FakeNode, HTMLElement: FakeElement, document: {
    hidden: true, activeElement: null,
    createElement: (tag) => new FakeElement(tag), createElementNS: (_, tag) => new FakeElement(tag),
    createTextNode: (text) => new FakeText(text),
  } });
}

/** A store as far as views read it, with what a test changes. */
export function storeWith(changes) {
  const listeners = [];
  return {
    asked: [], series: [[]], events: [[]], shown: 0, lived: 0, view: {}, selected: null, parting: null,
    on: (what, work) => listeners.push([what, work]),
    tell: (what) => listeners.filter(([wanted]) => wanted === what).forEach(([, work]) => work()),
    send(message) {
      this.asked.push(message);
    },
    ...changes,
  };
}
