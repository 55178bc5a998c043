// Sets the theme before the first paint: the stored choice, else the system's, and whether it is for a projector. The
// app writes the same keys.
(() => {
  const { dataset } = document.documentElement;
  let stored = null;
  try {
    stored = localStorage.getItem("playground.theme");
    if (localStorage.getItem("playground.projector")) dataset.view = "projector";
  } catch {
    // Storage is switched off: the system's choice stands.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = stored === "dark" || stored === "light" ? stored : dark ? "dark" : "light";
})();
