// What the sheets are built from.

/** Asks the page: what, and of what. */
/** @typedef {(what: string, of: string) => string} Ask */

/**
 * An element with its attributes and what is in it.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | boolean | ((event: Event) => void)>} [attributes] a function listens to the event of that name
 * @param {...(Node | string)} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (typeof value === "string") element.setAttribute(name, value);
    else element.toggleAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** @param {string} name of the sprite */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/**
 * The head of a sheet, with the button that closes it.
 * @param {string} title
 * @param {Ask} ask
 */
export const head = (title, ask) =>
  make(
    "div",
    { class: "sheet-head" },
    make("h2", {}, title),
    make("button", { class: "button button--quiet", "aria-label": "Close", click: () => void ask("close", "") }, icon("i-x")),
  );

/**
 * A line of a sheet: its name, and what stands beside it.
 * @param {string} name
 * @param {...(Node | string)} children
 */
export const row = (name, ...children) =>
  make("div", { class: "sheet-row" }, make("h3", {}, name), make("div", { class: "sheet-cell" }, ...children));

/**
 * A button that copies a text and says so for two seconds.
 * @param {string} name
 * @param {() => string} text
 * @param {string} [look] its class
 */
export function copier(name, text, look = "button") {
  const button = make("button", { class: look, "aria-live": "polite" }, name);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it, then Ctrl+C";
    }
    setTimeout(() => (button.textContent = name), 2000);
  });
  return button;
}

/**
 * Lets the browser save a file.
 * @param {string} name
 * @param {Blob} blob
 */
export function save(name, blob) {
  const address = URL.createObjectURL(blob);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A title as a part of a file's name. @param {string} title */
export const slug = (title) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
