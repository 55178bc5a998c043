// The sheet that brings in a real cluster: which command to run, what was read of its output, and what was left out.
import { copier, head, icon, make } from "./parts.js";
import { reduced } from "./reduce.js";

const COMMAND = "kubectl get nodes,pods,daemonsets,priorityclasses,services,poddisruptionbudgets,controllerrevisions -A -o json > cluster.json";

/** What a browser has memory for. */
const MOST = 80_000_000;

const number = (/** @type {number} */ n) => n.toLocaleString("en");
const plural = (/** @type {string} */ kind) => (kind.endsWith("s") ? `${kind}es` : kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`);

/**
 * @param {import("./parts.js").Ask} ask
 * @returns {Node[]}
 */
export function importing(ask) {
  const progress = make("progress", { max: "1", value: "0", "aria-label": "Reading" });
  const told = make("p", { role: "status" });
  const table = make("table", { class: "read-table" });
  const open = make("button", { class: "button button--primary", "aria-disabled": "true" }, "Open");
  let text = "";
  progress.hidden = true;
  open.addEventListener("click", () => text && ask("open", text));

  /** @param {string} sign @param {number} count @param {string} what @param {string} more */
  const line = (sign, count, what, more) =>
    make("tr", {}, make("td", {}, icon(sign)), make("td", { class: "mono" }, number(count)), make("th", { scope: "row" }, what), make("td", { class: "muted" }, more));

  let asked = 0;
  /** @param {string} name @param {string} source */
  async function read(name, source) {
    const mine = ++asked;
    const began = performance.now();
    text = "";
    table.replaceChildren();
    open.setAttribute("aria-disabled", "true");
    open.textContent = "Open";
    if (source.length > MOST) {
      told.textContent = `${name} has ${number(Math.round(source.length / 1e6))} MB; a browser has memory for ${MOST / 1e6}. Ask for less: leave pods out, or give one namespace in place of -A.`;
      return;
    }
    progress.hidden = false;
    told.textContent = `Reading ${name}.`;
    try {
      const found = await reduced(source, (share) => (progress.value = share));
      if (mine !== asked) return;
      const nodes = found.kinds.get("Node") ?? 0;
      const size = `${(source.length / 1e6).toFixed(1)} MB, read in ${((performance.now() - began) / 1000).toFixed(1)} s`;
      const others = [...found.kinds].map(([kind, count]) => `${number(count)} ${count === 1 ? kind : plural(kind)}`).join(", ");
      if (nodes === 0) {
        told.textContent = found.kinds.size > 0 ? `No nodes in ${name}. Found: ${others}.` : `Nothing in ${name} is an object of a cluster. Paste the output of the command on the left.`;
        return;
      }
      const isLarge = found.text.length > 1_000_000;
      told.textContent = `${name}: ${size}.${isLarge ? " Opening so much takes some seconds, in which the page stands still." : ""}`;
      const { notReady, tainted, bound, waiting } = found.told;
      const more = /** @type {Record<string, string>} */ ({
        Node: `${number(notReady)} not Ready, ${number(tainted)} with taints`,
        Pod: `${number(bound)} on a node, ${number(waiting)} Pending`,
      });
      for (const [kind, count] of found.kinds) table.append(line("i-done", count, count === 1 ? kind : plural(kind), more[kind] ?? ""));
      const why = /** @type {Record<string, string>} */ ({ "ended pods": "Succeeded or Failed: they take no room", "env values": "what programs are told is not needed" });
      for (const [what, count] of found.dropped) table.append(line("i-dash", count, `${what} dropped`, why[what] ?? "not read, and not kept"));
      text = found.text;
      open.textContent = `Open ${number(nodes)} ${nodes === 1 ? "node" : "nodes"}`;
      open.setAttribute("aria-disabled", "false");
      open.focus();
    } catch (error) {
      const isJson = error instanceof SyntaxError;
      told.textContent = `${name} cannot be read. ${isJson ? `It is no whole JSON: ${error.message}.` : error instanceof RangeError ? "The browser's memory does not do for it: ask for less, such as one namespace." : error instanceof Error ? error.message : error}`;
    } finally {
      if (mine === asked) progress.hidden = true;
    }
  }

  const chooser = make("input", { type: "file", "aria-label": "Choose a file", accept: ".json,.yaml,.yml,.txt", change: () => void take(chooser.files?.[0]) });
  /** @param {File | null | undefined} file */
  async function take(file) {
    if (file) await read(file.name, await file.text().catch(() => ""));
  }
  const pasted = make("textarea", {
    class: "mono",
    rows: "2",
    spellcheck: false,
    placeholder: "or paste JSON or YAML here",
    "aria-label": "Paste JSON or YAML",
    paste: (event) => {
      event.preventDefault();
      const data = /** @type {ClipboardEvent} */ (event).clipboardData;
      void read("What you pasted", data?.getData("text/plain") ?? "");
    },
    change: () => void read("What you typed", pasted.value),
  });
  const drop = make(
    "div",
    {
      class: "import-drop",
      dragover: (event) => event.preventDefault(),
      drop: (event) => {
        event.preventDefault();
        void take(/** @type {DragEvent} */ (event).dataTransfer?.files[0]);
      },
    },
    icon("i-file"),
    make("span", { class: "grow" }, "Drop cluster.json here, or choose it."),
    chooser,
  );
  return [
    head("Import a cluster", ask),
    make(
      "div",
      { class: "import" },
      make(
        "div",
        { class: "sheet-cell" },
        make("h3", {}, "1 Run this"),
        make("pre", { class: "snippet", tabindex: "0" }, COMMAND.replace(/,(?=\w)/g, ",\\\n  ").replace(" -A", " \\\n  -A")),
        make("p", {}, copier("Copy", () => COMMAND, "button button--small"), " It only reads: get and list rights are enough. -o yaml does as well."),
        make("h3", {}, "2 Drop or paste it"),
        drop,
        pasted,
        make(
          "div",
          { class: "sheet-note" },
          icon("i-info"),
          make(
            "p",
            { class: "grow" },
            make("b", {}, "The file stays in this tab."),
            " It is not sent anywhere: the page may not connect to any other address. Secrets, ConfigMaps and env values are dropped before anything is opened. Names of nodes, namespaces and images stay, in your browser and in links that you make: leave namespaces out of the command (-n in place of -A) that others must not see.",
          ),
        ),
      ),
      make("div", { class: "sheet-cell" }, make("h3", {}, "3 What was read"), told, progress, table),
    ),
    make(
      "div",
      { class: "apply-head" },
      make("span", { class: "muted grow" }, "The cluster stands as it was when the command ran: ask Why? at once, or step on."),
      make("button", { class: "button", click: () => void ask("close", "") }, "Cancel"),
      open,
    ),
  ];
}
