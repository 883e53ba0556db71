// Whether the server still answers: a reader is told when it does not, and when it does again.
import { t } from "./strings.js";

const COVER = ".v-overlay--active"; // Solara lays it over the page while it tries to connect again
const EVERY_MS = 1000;

export function watchConnection(store, root) {
  let lost = false;
  const look = setInterval(() => {
    if (!root.isConnected) return clearInterval(look);
    if (Boolean(document.querySelector(COVER)) === lost) return;
    lost = !lost;
    store.playing = false;
    if (lost) store.say("failed", t("status.lost"));
    else store.settle();
  }, EVERY_MS);
}
