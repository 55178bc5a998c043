// What `kubectl get … -o yaml` or `-o json` prints, cut down to what a simulated cluster needs, before anything of it is
// opened. It goes through the text in slices, so that the page stays responsive, and looks at lines and brackets alone:
// whether the rest is right, the page's own reader says.

/** @typedef {{ kind: string, text: string }} Item */
/**
 * @typedef {object} Reduced
 * @property {string} nodes YAML: nodes, then the pods that are on them or tell of their status
 * @property {string} rest YAML: all else
 * @property {Map<string, number>} kinds how many objects of each kind are in it
 * @property {Map<string, number>} dropped what was left out, in words
 * @property {{ notReady: number, tainted: number, bound: number, waiting: number }} told
 */

/** Kinds that are nobody's business here, or tell of nothing that is simulated. */
const SECRET = new Set(["Secret", "ConfigMap", "Event", "Lease"]);

/** Fields that a server writes for itself, or that say what a program is told. */
const NOISE = {
  "": ["managedFields", "selfLink", "kubectl.kubernetes.io/last-applied-configuration", "env", "envFrom"],
  Node: ["images", "nodeInfo", "volumesAttached", "volumesInUse", "daemonEndpoints", "lastHeartbeatTime"],
  Pod: [
    ...["volumeMounts", "volumes", "livenessProbe", "readinessProbe", "startupProbe", "securityContext", "args", "command"],
    ...["lifecycle", "imageID", "containerID", "allocatedResources", "podIPs", "hostIPs"],
  ],
};

/** @param {string} kind */
const noiseOf = (kind) => new Set([...NOISE[""], ...(kind === "Node" ? NOISE.Node : kind === "Pod" ? NOISE.Pod : [])]);

/** Milliseconds of one slice. */
const SLICE = 30;

/** Lets the page do other things after each slice. */
export function pacer(/** @type {(share: number) => void} */ progress) {
  let began = performance.now();
  return async (/** @type {number} */ share) => {
    if (performance.now() - began < SLICE) return;
    progress(share);
    await new Promise((done) => setTimeout(done));
    began = performance.now();
  };
}

/** Which line a place of a text is in. @param {string} text @param {number} at */
function lineAt(text, at) {
  let line = 1;
  for (let next = text.indexOf("\n"); next >= 0 && next < at; next = text.indexOf("\n", next + 1)) line += 1;
  return line;
}

/**
 * The objects of a JSON text: those of its lists, and others that stand alone.
 * @param {string} text
 * @param {(share: number) => Promise<void>} pace
 */
async function* jsonItems(text, pace) {
  let [depth, start, whole, isList] = [0, -1, -1, false];
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    if (letter === 34) {
      for (at += 1; at < text.length && text.charCodeAt(at) !== 34; at += 1) if (text.charCodeAt(at) === 92) at += 1;
    } else if (letter === 123 || letter === 91) {
      if (depth === 0) [whole, isList] = [at, false];
      // An object in a list that is a field of the outermost object: an item.
      if (letter === 123 && depth === 2 && (isList ||= /"items"\s*:\s*\[\s*$/.test(text.slice(Math.max(0, at - 80), at)))) start = at;
      depth += 1;
    } else if (letter === 125 || letter === 93) {
      depth -= 1;
      if (depth === 2 && isList && letter === 125) yield JSON.parse(text.slice(start, at + 1));
      if (depth === 0 && !isList) yield JSON.parse(text.slice(whole, at + 1));
    }
    if ((at & 0xffff) === 0) await pace(at / text.length);
  }
  if (depth !== 0) throw new Error(`The JSON is cut off: it ends at line ${lineAt(text, text.length).toLocaleString("en")}, in the middle of an object.`);
}

/** @param {any} value @param {Set<string>} noise @param {(name: string, value: any) => void} dropped @returns {any} */
function bare(value, noise, dropped) {
  if (Array.isArray(value)) return value.map((item) => bare(item, noise, dropped));
  if (value === null || typeof value !== "object") return value;
  const kept = [];
  for (const [name, inner] of Object.entries(value)) {
    if (noise.has(name) && (typeof inner === "object" || name !== "env")) dropped(name, inner);
    else kept.push([name, bare(inner, noise, dropped)]);
  }
  return Object.fromEntries(kept);
}

/** Words that YAML reads as themselves. @param {string} text */
const scalar = (text) => (/^[A-Za-z/][\w./-]*$/.test(text) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(text) ? text : JSON.stringify(text));

/** A value as YAML below a key. @param {any} value @param {string} indent @returns {string} */
function yaml(value, indent) {
  if (Array.isArray(value)) {
    if (value.length === 0) return " []\n";
    return "\n" + value.map((item) => `${indent}-${yaml(item, `${indent}  `).replace(/^\n\s*/, " ")}`).join("");
  }
  if (value !== null && typeof value === "object") {
    const fields = Object.entries(value);
    if (fields.length === 0) return " {}\n";
    return "\n" + fields.map(([name, inner]) => `${indent}${scalar(name)}:${yaml(inner, Array.isArray(inner) ? indent : `${indent}  `)}`).join("");
  }
  return ` ${typeof value === "string" ? scalar(value) : JSON.stringify(value)}\n`;
}

/**
 * The objects of a YAML text as lines: items of lists as kubectl prints them, and documents that stand alone.
 * @param {string} text
 * @param {(share: number) => Promise<void>} pace
 */
async function* yamlItems(text, pace) {
  /** @type {string[]} */
  let lines = [];
  let isList = false;
  for (let from = 0, count = 0; from <= text.length; count += 1) {
    let to = text.indexOf("\n", from);
    if (to < 0) to = text.length;
    const line = text.slice(from, text.charCodeAt(to - 1) === 13 ? to - 1 : to);
    from = to + 1;
    if (line === "---" || line.startsWith("--- ")) {
      if (lines.length > 0) yield lines;
      [lines, isList] = [[], false];
    } else if (/^items:\s*$/.test(line)) {
      [lines, isList] = [[], true];
    } else if (isList && (line.startsWith("- ") || /^[^\s-]/.test(line))) {
      if (lines.length > 0) yield lines;
      lines = line.startsWith("- ") ? [line.slice(2)] : [];
      // What follows the items is the list's own.
      isList = line.startsWith("- ");
    } else if (isList) {
      if (lines.length > 0) lines.push(line.slice(2));
    } else {
      lines.push(line);
    }
    if ((count & 0x3ff) === 0) await pace(from / text.length);
  }
  if (lines.some((line) => line.startsWith("kind:"))) yield lines;
}

/** @param {string} line */
const indentOf = (line) => line.length - line.trimStart().length;

/** @param {string[]} lines @param {Set<string>} noise @param {(name: string, lines: string[]) => void} dropped */
function bareLines(lines, noise, dropped) {
  const kept = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, dash = "", name = "", value = ""] = lines[at].match(/^\s*(- )?"?([\w./-]+)"?:(?:\s+(.*))?$/) ?? [];
    if (!noise.has(name) || (name === "env" && value !== "")) {
      kept.push(lines[at]);
      continue;
    }
    const indent = indentOf(lines[at]) + dash.length;
    const begin = at;
    const goesOn = (/** @type {string} */ line) => line.trim() === "" || indentOf(line) > indent || (value === "" && indentOf(line) === indent && line.trimStart().startsWith("- "));
    while (at + 1 < lines.length && goesOn(lines[at + 1])) at += 1;
    dropped(name, lines.slice(begin + 1, at + 1));
    // The dash of a list's item goes to its next field.
    if (dash && at + 1 < lines.length && indentOf(lines[at + 1]) === indent) lines[at + 1] = `${" ".repeat(indent - 2)}- ${lines[at + 1].trimStart()}`;
  }
  return kept;
}

/**
 * @param {string} text
 * @param {(share: number) => void} progress
 * @returns {Promise<Reduced>}
 */
export async function reduced(text, progress) {
  const pace = pacer(progress);
  const [kinds, dropped] = [new Map(), new Map()];
  const add = (/** @type {Map<string, number>} */ to, /** @type {string} */ what, count = 1) => to.set(what, (to.get(what) ?? 0) + count);
  const told = { notReady: 0, tainted: 0, bound: 0, waiting: 0 };
  /** @type {string[][]} */
  const [nodes, pods, rest] = [[], [], []];
  /** Where an object goes. @param {string} kind @param {boolean} isThere */
  const partsOf = (kind, isThere) => (kind === "Node" ? nodes : kind === "Pod" && isThere ? pods : rest);
  /** @param {string} kind @param {string} phase */
  const isWanted = (kind, phase) => {
    if (SECRET.has(kind)) add(dropped, `${kind}s`);
    else if (kind === "Pod" && /^(Succeeded|Failed)$/.test(phase)) add(dropped, "ended pods");
    else return true;
    return false;
  };
  const isJson = /^\s*[{[]/.test(text);
  if (isJson) {
    for await (const object of jsonItems(text, pace)) {
      const kind = object.kind ?? "";
      if (!kind || !isWanted(kind, object.status?.phase ?? "")) continue;
      add(kinds, kind);
      if (kind === "Node") {
        const ready = object.status?.conditions?.find((/** @type {any} */ condition) => condition.type === "Ready");
        if (ready && ready.status !== "True") told.notReady += 1;
        if (object.spec?.taints?.length) told.tainted += 1;
      }
      if (kind === "Pod") told[object.spec?.nodeName ? "bound" : "waiting"] += 1;
      const kept = bare(object, noiseOf(kind), (name, value) => name === "env" && add(dropped, "env values", value.length));
      partsOf(kind, Boolean(object.spec?.nodeName || object.status?.phase)).push(yaml(kept, "").slice(1));
    }
  } else {
    for await (const lines of yamlItems(text, pace)) {
      const kind = lines.find((line) => line.startsWith("kind:"))?.slice(5).trim().replace(/^["']|["']$/g, "") ?? "";
      const all = lines.join("\n");
      if (!kind || !isWanted(kind, all.match(/^ {2}phase: (\w+)$/m)?.[1] ?? "")) continue;
      add(kinds, kind);
      if (kind === "Node") {
        const ready = all.match(/status: "?(\w+)"?\n\s+type: Ready$/m)?.[1];
        if (ready && ready !== "True") told.notReady += 1;
        if (/^ {2}taints:/m.test(all)) told.tainted += 1;
      }
      if (kind === "Pod") told[/^ {2}nodeName: /m.test(all) ? "bound" : "waiting"] += 1;
      const count = (/** @type {string} */ name, /** @type {string[]} */ inner) =>
        name === "env" && add(dropped, "env values", inner.filter((line) => /^\s*- name:/.test(line)).length);
      const isThere = /^ {2}(nodeName|phase): ./m.test(all);
      partsOf(kind, isThere).push(`${bareLines(lines, noiseOf(kind), count).join("\n").trimEnd()}\n`);
    }
  }
  return { nodes: [...nodes, ...pods].join("---\n"), rest: rest.join("---\n"), kinds, dropped, told };
}
