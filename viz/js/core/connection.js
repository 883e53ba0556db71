// Whether the server still answers: a reader is told when it does not, and goes on when it does again.
import { t } from "./strings.js";

const COVER = ".v-overlay--active"; // Solara lays it over the page while it tries to connect again
const EVERY_MS = 1000;
const PATIENCE = 3; // looks at a server that answers, before the page is opened anew

/** @param {Store} store @param {HTMLElement} root */
export function watchConnection(store, root) {
  const state = { lost: false, answers: 0 };
  const look = setInterval(async () => {
    if (!root.isConnected) return clearInterval(look);
    const lost = Boolean(document.querySelector(COVER));
    if (lost !== state.lost) turn(store, state, lost);
    if (lost && (await answers()) && ++state.answers === PATIENCE) location.reload();
  }, EVERY_MS);
}

/** @param {Store} store @param {{ lost: boolean, answers: number }} state @param {boolean} lost */
function turn(store, state, lost) {
  Object.assign(state, { lost, answers: 0 });
  store.playing = false;
  if (lost) store.say("failed", t("status.lost"));
  else store.settle();
}

/** Whether there is a server again: it knows nothing of this page, but the address says all. */
async function answers() {
  try {
    return (await fetch(location.pathname, { method: "HEAD", cache: "no-store" })).status < 500;
  } catch {
    return false;
  }
}
