// Other names for what others must not see: nodes, namespaces and pods of a cluster that is brought in, each always by the
// same new name. What is read is the YAML of `reduce.js`, line by line.
import { pacer } from "./reduce.js";

/** Namespaces that every cluster has. */
const COMMON = new Set(["default", "kube-system", "kube-public", "kube-node-lease"]);

/** Fields whose words are no names of the cluster's. */
const WORDS = new Set(["apiVersion", "apiGroup", "kind", "image", "operator", "effect", "type", "phase", "reason", "protocol"]);

/** The words of a line that may be a name. */
const NAME = /[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/g;

/** A field of an object's metadata, in block style or, as people write it, in one line. @param {string} document @param {string} field */
function metadata(document, field) {
  const block = document.match(/^metadata:\s*\n((?: .*\n?|\n)*)/m)?.[1].match(new RegExp(`^ {2}${field}: *"?([^"\\n]+?)"?$`, "m"));
  return (block ?? document.match(new RegExp(`^metadata: *\\{[^\\n]*?\\b${field}: *"?([^",}\\s]+)`, "m")))?.[1] ?? "";
}

/** How many things of a kind were given another name. */
/** @typedef {{ texts: string[], nodes: number, namespaces: number, pods: number }} Renamed */

/**
 * @param {string[]} texts documents with `---` between them
 * @param {(share: number) => void} progress
 * @returns {Promise<Renamed>}
 */
export async function renamed(texts, progress) {
  const pace = pacer(progress);
  const apart = texts.map((text) => text.split(/^---\n/m));
  const documents = apart.flat();
  /** @type {Map<string, string>} */
  const names = new Map();
  const counts = { nodes: 0, namespaces: 0, pods: 0 };
  /** @param {string} name @param {"nodes" | "namespaces" | "pods"} of @param {string} word */
  const add = (name, of, word) => {
    if (!name || names.has(name)) return;
    counts[of] += 1;
    names.set(name, `${word}-${counts[of]}`);
  };
  // Nodes first: a pod or a namespace that is called like one gets the node's name, wherever it stands.
  for (const kind of ["Node", "Namespace", "Pod"]) {
    for (const [at, document] of documents.entries()) {
      if ((at & 0xff) === 0) await pace(at / documents.length / 2);
      const [, own] = document.match(/^kind: "?(\w+)"?\s*$/m) ?? [];
      const name = metadata(document, "name");
      if (kind === "Node" && own === kind) {
        add(name, "nodes", "node");
        const hostname = document.match(/kubernetes\.io\/hostname"?: *"?([^"\s,}]+)/)?.[1];
        if (hostname && !names.has(hostname)) names.set(hostname, /** @type {string} */ (names.get(name)));
      }
      const namespace = own === "Namespace" ? name : metadata(document, "namespace");
      if (kind === "Namespace" && !COMMON.has(namespace)) add(namespace, "namespaces", "namespace");
      if (kind === "Pod" && own === kind) add(name, "pods", "pod");
    }
  }
  const other = (/** @type {string} */ words) => words.replace(NAME, (word) => names.get(word) ?? word);
  /** @type {string[]} */
  const parts = [];
  for (const [at, document] of documents.entries()) {
    if ((at & 0x3f) === 0) await pace(0.5 + at / documents.length / 2);
    const isNode = /^kind: "?Node"?\s*$/m.test(document);
    const own = isNode ? names.get(metadata(document, "name")) : undefined;
    const lines = document.split("\n").flatMap((line) => {
      const [, start = "", key = "", value = line] = line.match(/^(\s*(?:- )*"?([\w./-]+)"?:)(.*)$/) ?? [];
      // Where a cloud runs the machine, and the names that it gives it.
      if (isNode && key === "providerID") return [];
      if (isNode && key === "address" && !/^[\s"]*(?:[\d.]+|[\da-f]*:[\da-f:.]*)"?,?$/i.test(value)) return [`${start} ${own}`];
      return [WORDS.has(key) ? line : start + other(value)];
    });
    parts.push(lines.join("\n"));
  }
  return { texts: apart.map((own) => parts.splice(0, own.length).join("---\n")), ...counts };
}
