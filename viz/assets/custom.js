// What the page of the server lacks: its language, and that readers may enlarge it.
document.documentElement.lang = "en-GB";
document
  .querySelector('meta[name="viewport"]')
  .setAttribute("content", "width=device-width, initial-scale=1");
