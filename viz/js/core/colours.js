// Four hues, one for each family of outcomes; shades of the first two colour the map.
/** @type {Record<Family, string>} */
export const HUES = {
  monopoly: "#1f5a96", fragmentation: "#b8471b", care: "#1b7a68", money: "#6b5a1e",
};
export const INK = "#1c2630";
export const QUIET = "#66717c";
export const LAND = "#e9e5da";
export const PAPER = "#fffdf8";

/** @type {Record<string, string[]>} */
const RAMPS = {
  few: ["#eef2f4", "#c8d9e8", "#8fb3d4", "#4d83b8", "#1f5a96"],
  lost: ["#f6efe8", "#f0d3bd", "#e2a583", "#cf7449", "#b8471b"],
};

/** The shade for a share (0-1) of a ramp.
 * @param {string} ramp @param {number} share */
export function shade(ramp, share) {
  const stops = RAMPS[ramp];
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(place), stops.length - 2);
  return mix(stops[low], stops[low + 1], place - low);
}

/** @param {string} ramp */
export const rampOf = (ramp) => `linear-gradient(90deg, ${RAMPS[ramp].join(", ")})`;

/** @param {string} a @param {string} b @param {number} share */
function mix(a, b, share) {
  const parts = [1, 3, 5].map((at) => {
    const [x, y] = [parseInt(a.slice(at, at + 2), 16), parseInt(b.slice(at, at + 2), 16)];
    return Math.round(x + (y - x) * share);
  });
  return `rgb(${parts.join(",")})`;
}
