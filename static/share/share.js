// The sheets, drawn into the page's dialog, and the reading of links. Fetched when one of them is wanted.
import { exporting } from "./export.js";
import { importing } from "./import.js";
import { sharing } from "./link.js";

export { pack, unpack } from "./codec.js";

/** @typedef {import("./parts.js").Ask} Ask */

/** @type {Record<string, (ask: Ask) => Node[]>} */
const SHEETS = { share: sharing, export: exporting, import: importing };

/**
 * Draws a sheet.
 * @param {Element} host
 * @param {string} kind
 * @param {Ask} ask
 */
export function show(host, kind, ask) {
  host.replaceChildren(...SHEETS[kind](ask));
}
