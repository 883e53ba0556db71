// Where the page begins: a server's widget draws it, or a file that holds a recording.
import { render } from "./page.js";
import { recordedModel } from "./share/recording.js";

const recorded = document.getElementById("joinedup-recorded");
if (recorded) {
  const place = document.getElementById("joinedup-page");
  recordedModel(recorded.textContent).then((model) => render({ model, el: place }));
}

export default { render };
