// The sheet that brings in a real cluster: which command to run, what was read of its output, and what was left out.
import { copier, head, icon, make } from "./parts.js";
import { reduced } from "./reduce.js";
import { renamed } from "./rename.js";

const COMMAND = "kubectl get nodes,pods,daemonsets,priorityclasses,services,poddisruptionbudgets,controllerrevisions -A -o json > cluster.json";

/** What a browser has memory for. */
const MOST = 80_000_000;

const number = (/** @type {number} */ n) => n.toLocaleString("en");
const counted = (/** @type {number} */ n, /** @type {string} */ thing) => `${number(n)} ${thing}${n === 1 ? "" : "s"}`;
const plural = (/** @type {string} */ kind) => (kind.endsWith("s") ? `${kind}es` : kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`);

/** The text of a file. Windows PowerShell writes UTF-16, with a mark in front. @param {ArrayBuffer} file */
function decoded(file) {
  const [first, second] = new Uint8Array(file, 0, Math.min(2, file.byteLength));
  const coding = first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(coding).decode(file);
}

/**
 * @param {import("./parts.js").Ask} ask
 * @returns {Node[]}
 */
export function importing(ask) {
  const progress = make("progress", { max: "1", value: "0", "aria-label": "Reading" });
  const told = make("p", { role: "status" });
  const table = make("table", { class: "read-table" });
  const open = make("button", { class: "button button--primary", "aria-disabled": "true" }, "Open");
  /** What was read, and the same as it is opened. */
  /** @type {string[][]} */
  let [source, texts] = [[], []];
  const replace = make("input", { type: "checkbox", change: () => void rename() });
  const renaming = make("p", { class: "muted", role: "status" });
  progress.hidden = true;
  open.addEventListener("click", () => texts.length > 0 && ask("dump", texts.join("\0")));

  /** @param {string} sign @param {number} count @param {string} what @param {string} more */
  const line = (sign, count, what, more) =>
    make("tr", {}, make("td", {}, icon(sign)), make("td", { class: "mono" }, number(count)), make("th", { scope: "row" }, what), make("td", { class: "muted" }, more));

  let asked = 0;
  /** Gives what was read other names, if that is wished for. */
  async function rename() {
    const mine = asked;
    if (source.length === 0) return;
    texts = source;
    renaming.textContent = "";
    progress.hidden = true;
    open.setAttribute("aria-disabled", "false");
    if (!replace.checked) return;
    texts = [];
    open.setAttribute("aria-disabled", "true");
    progress.hidden = false;
    const other = await renamed(source, (share) => (progress.value = share));
    if (mine !== asked || !replace.checked) return;
    progress.hidden = true;
    texts = other.texts;
    renaming.textContent = `Renamed: ${counted(other.nodes, "node")}, ${counted(other.namespaces, "namespace")}, ${counted(other.pods, "pod")}. Names of workloads and Services, images, labels and IP addresses stay as they are.`;
    open.setAttribute("aria-disabled", "false");
  }

  /** Nothing is read by now: what was before goes. */
  function begin() {
    source = texts = [];
    renaming.textContent = "";
    table.replaceChildren();
    open.setAttribute("aria-disabled", "true");
    open.textContent = "Open";
    progress.hidden = true;
    return ++asked;
  }

  /** @param {string} name @param {number} size */
  function tooLarge(name, size) {
    told.textContent = `${name} has ${number(Math.round(size / 1e6))} MB, and the limit is ${MOST / 1e6} MB. Ask for less: leave pods out, or use -n with one namespace in place of -A.`;
  }

  /** @param {string} name @param {string} dump */
  async function read(name, dump) {
    const mine = begin();
    const began = performance.now();
    if (dump.length > MOST) return tooLarge(name, dump.length);
    progress.hidden = false;
    told.textContent = `Reading ${name}.`;
    try {
      const found = await reduced(dump, (share) => (progress.value = share));
      if (mine !== asked) return;
      const nodes = found.kinds.get("Node") ?? 0;
      const size = `${(dump.length / 1e6).toFixed(1)} MB, read in ${((performance.now() - began) / 1000).toFixed(1)} s`;
      const others = [...found.kinds].map(([kind, count]) => `${number(count)} ${count === 1 ? kind : plural(kind)}`).join(", ");
      if (nodes === 0) {
        told.textContent = found.kinds.size > 0 ? `No nodes in ${name}. Found: ${others}.` : `Nothing in ${name} is an object of a cluster. Paste the output of the command of step 1.`;
        return;
      }
      told.textContent = `${name}: ${size}.`;
      const { notReady, tainted, bound, waiting } = found.told;
      const more = /** @type {Record<string, string>} */ ({
        Node: `${number(notReady)} not Ready, ${number(tainted)} with taints`,
        Pod: `${number(bound)} on a node, ${number(waiting)} Pending`,
      });
      for (const [kind, count] of found.kinds) table.append(line("i-done", count, count === 1 ? kind : plural(kind), more[kind] ?? ""));
      const why = /** @type {Record<string, string>} */ ({ "ended pods": "Succeeded or Failed: they take no room", "env values": "not needed here" });
      for (const [what, count] of found.dropped) table.append(line("i-dash", count, `${count === 1 ? what.replace(/s$/, "") : what} dropped`, why[what] ?? "not read, and not kept"));
      source = texts = [found.nodes, found.rest];
      open.textContent = `Open ${number(nodes)} ${nodes === 1 ? "node" : "nodes"}`;
      open.setAttribute("aria-disabled", "false");
      await rename();
      open.focus();
    } catch (error) {
      const isJson = error instanceof SyntaxError;
      told.textContent = `${name} cannot be read. ${isJson ? `It is not complete JSON: ${error.message}.` : error instanceof RangeError ? "The browser has not enough memory for it. Ask for less, such as one namespace." : error instanceof Error ? error.message : error}`;
    } finally {
      if (mine === asked) progress.hidden = true;
    }
  }

  const chooser = make("input", { type: "file", "aria-label": "Choose a file", accept: ".json,.yaml,.yml,.txt", change: () => void take(chooser.files?.[0]) });
  /** @param {File | null | undefined} file */
  async function take(file) {
    if (!file) return;
    const mine = begin();
    if (file.size > MOST) return tooLarge(file.name, file.size);
    try {
      const dump = decoded(await file.arrayBuffer());
      if (mine === asked) await read(file.name, dump);
    } catch (error) {
      if (mine === asked) told.textContent = `${file.name} cannot be read. ${error instanceof Error ? error.message : error}`;
    }
  }
  const pasted = make("textarea", {
    class: "mono",
    rows: "2",
    spellcheck: false,
    placeholder: "or paste JSON or YAML here",
    "aria-label": "Paste JSON or YAML",
    paste: (event) => {
      event.preventDefault();
      // The page behind the sheet takes what is pasted, too.
      event.stopPropagation();
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
        make("p", {}, copier("Copy", () => COMMAND, "button button--small"), " It only reads the cluster: the rights to get and list are enough. -o yaml works as well."),
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
            " It is not sent anywhere: the page may not connect to any other address. Secrets, ConfigMaps and env values are dropped before anything is opened. Names of nodes, namespaces and images stay in your browser and in links that you make. To hide a namespace, leave it out of the command: use -n in place of -A.",
          ),
        ),
        make("label", { class: "check" }, replace, make("span", {}, make("b", {}, "Replace names"), " ", make("span", { class: "muted" }, "nodes, namespaces and pods become node-1, namespace-1, pod-1, the same everywhere"))),
        renaming,
      ),
      make("div", { class: "sheet-cell" }, make("h3", {}, "3 What was read"), told, progress, table),
    ),
    make("p", { class: "import-help" }, make("a", { href: "help/import.html", target: "_blank", rel: "noopener" }, "Help: which command to run, and what to leave out")),
    make(
      "div",
      { class: "apply-head" },
      make("span", { class: "muted grow" }, "The cluster stands as it was when the command ran: ask Why? at once, or step on."),
      make("button", { class: "button", click: () => void ask("close", "") }, "Cancel"),
      open,
    ),
  ];
}
