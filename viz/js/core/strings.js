// Every text comes from strings.toml, which the widget brings with it.
const texts = { all: /** @type {any} */ ({}) };

/** @param {Record<string, unknown>} all */
export function setTexts(all) {
  texts.all = all;
}

/** The text "part.name" with {braces} filled in.
 * @param {string} path @param {Record<string, unknown>} [values] */
export function t(path, values = {}) {
  const found = String(path.split(".").reduce((part, name) => part?.[name], texts.all) ?? "");
  return found.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

const MONTHS = "Apr May Jun Jul Aug Sep Oct Nov Dec Jan Feb Mar".split(" ");

/** A month lived in words: 0 is the start, n the month that ended last.
 * @param {number} month */
export function monthName(month) {
  if (month <= 0) return t("page.before");
  const last = month - 1;
  return t("page.after", { month: MONTHS[last % 12], year: Math.floor(last / 12) + 1 });
}

/** A number in words, with so many decimals and a real minus.
 * @param {number | null | undefined} value @param {number} decimals */
export function number(value, decimals) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString("en-GB", options).replace("-", "−");
}
