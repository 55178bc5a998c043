// The sheet of files that can be taken away.
import { head, make, save, slug } from "./parts.js";
import { pictured, rastered } from "./picture.js";
import { STAGES } from "./stages.js";

/**
 * @param {import("./parts.js").Ask} ask
 * @returns {Node[]}
 */
export function exporting(ask) {
  /** @type {{ title: string, step: number, files: [string, string][] }} */
  const { title, step, files } = JSON.parse(ask("exports", ""));
  const told = make("p", { class: "muted", role: "status" });
  const file = (/** @type {string} */ name, /** @type {string} */ words, /** @type {() => Blob | Promise<Blob>} */ blob) =>
    make(
      "li",
      { class: "sheet-file" },
      make("span", { class: "grow" }, make("b", { class: "mono" }, name), " ", make("span", { class: "muted" }, words)),
      make(
        "button",
        {
          class: "button button--small",
          "aria-label": `Download ${name}`,
          click: async () => {
            try {
              const made = await blob();
              save(name, made);
              told.textContent = `${name} has ${made.size.toLocaleString("en")} bytes.`;
            } catch (error) {
              told.textContent = `${name} could not be made: ${error instanceof Error ? error.message : error}`;
            }
          },
        },
        "Download",
      ),
    );
  const text = (/** @type {string} */ name) => ask("export", name) + (name === "kwok.yaml" ? STAGES : "");
  const picture = `${slug(title) || "cluster"}-step-${step}`;
  return [
    head("Export", ask),
    make(
      "ul",
      { class: "sheet-files" },
      ...files.map(([name, words]) => file(name, words, () => new Blob([text(name)], { type: "text/plain" }))),
      file(`${picture}.svg`, "what you see of the cluster, as a drawing", () => new Blob([pictured()], { type: "image/svg+xml" })),
      file(`${picture}.png`, "the same as an image, at twice the size", () => rastered(pictured())),
    ),
    told,
  ];
}
