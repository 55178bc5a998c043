// Sets the theme before the first paint: the stored choice, else the system's. The app writes the same key.
(() => {
  let stored = null;
  try {
    stored = localStorage.getItem("playground.theme");
  } catch {
    // Storage is switched off: the system's choice stands.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = stored === "dark" || stored === "light" ? stored : dark ? "dark" : "light";
})();
