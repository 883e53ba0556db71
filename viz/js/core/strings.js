// Every text comes from strings.toml, which the widget brings with it.
const texts = { all: {} };

export function setTexts(all) {
  texts.all = all;
}

/** The text "part.name" with {braces} filled in. */
export function t(path, values = {}) {
  const found = path.split(".").reduce((part, name) => part?.[name], texts.all) ?? "";
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

const MONTHS = "Apr May Jun Jul Aug Sep Oct Nov Dec Jan Feb Mar".split(" ");

/** A month lived in words: 0 is the start, n the month that ended last. */
export function monthName(month) {
  if (month <= 0) return t("page.before");
  const last = month - 1;
  return t("page.after", { month: MONTHS[last % 12], year: Math.floor(last / 12) + 1 });
}

export function number(value, decimals) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString("en-GB", options).replace("-", "−");
}
