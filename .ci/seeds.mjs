// Writes what fuzzing begins with into fuzz/corpus: the texts of the examples and lessons, the command lines of the
// recorded answers of kubectl, and as scripts of acts what was done in the recorded clusters.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** @param {string} target @param {string} text */
function seed(target, text) {
  const folder = join("fuzz/corpus", target);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, createHash("sha1").update(text).digest("hex")), text);
}

for (const path of readdirSync("src/examples", { recursive: true, encoding: "utf8" })) {
  if (path.endsWith(".yaml")) seed("text", readFileSync(join("src/examples", path), "utf8"));
}
for (const path of readdirSync("static/lessons")) seed("text", readFileSync(join("static/lessons", path), "utf8"));

/** @param {string} name */
const recorded = (name) =>
  readFileSync(`tests/conformance/${name}.jsonl`, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));

/** A command as one types it. @param {string[]} words */
const typed = (words) => ["kubectl", ...words].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(" ");

/** @param {unknown} value */
function lines(value) {
  if (Array.isArray(value)) value.forEach(lines);
  else if (value !== null && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) {
      if (["command", "cmd", "line", "argv", "args"].includes(name)) {
        if (typeof inner === "string") seed("line", inner);
        else if (Array.isArray(inner) && inner.every((word) => typeof word === "string")) seed("line", typed(inner[0] === "kubectl" ? inner.slice(1) : inner));
      } else lines(inner);
    }
  }
}
for (const name of ["kubectl", "kubectl-live", "drain"]) recorded(name).forEach(lines);

for (const { nodes, steps } of [...recorded("cluster"), ...recorded("found/cluster")]) {
  const script = [":manifest", ":end", ":nodes", nodes.map((/** @type {unknown} */ node) => JSON.stringify(node)).join("\n---\n"), ":end", ":apply"];
  for (const { do: done } of steps) {
    if (!Array.isArray(done?.kubectl)) continue;
    script.push(...(done.stdin === undefined ? [typed(done.kubectl)] : [":manifest", done.stdin.trimEnd(), ":end", ":apply"]), ":run 60");
  }
  seed("acts", script.join("\n"));
}
for (const id of readdirSync("src/examples")) {
  if (!id.includes(".")) seed("acts", [id, ":run 40", ":jump -12", ":add-node 1 branch", ":run 30", ":compare 1", ":switch 0", ":latest"].join("\n"));
}

// What stands beside a set in hardly any recorded cluster: a Service, a quota, a budget, and slices that somebody edits.
/** @param {string} apiVersion @param {string} kind @param {object} [spec] @param {object} [more] */
const beside = (apiVersion, kind, spec, more) => JSON.stringify({ apiVersion, kind, metadata: { name: "agent" }, spec, ...more });
const template = { metadata: { labels: { app: "agent" } }, spec: { containers: [{ name: "c", image: "c:1", ports: [{ name: "http", containerPort: 80 }], resources: { requests: { cpu: "10m" } } }] } };
const set = beside("apps/v1", "DaemonSet", { selector: { matchLabels: { app: "agent" } }, template });
const others = [
  beside("v1", "Service", { selector: { app: "agent" }, ports: [{ port: 80 }], trafficDistribution: "PreferSameZone" }),
  beside("v1", "Service", { selector: { app: "agent" }, clusterIP: "None", ports: [{ port: 80, targetPort: "http" }] }),
  beside("v1", "ResourceQuota", { hard: { pods: "2", "requests.cpu": "1", "count/endpointslices.discovery.k8s.io": "1" } }),
  beside("policy/v1", "PodDisruptionBudget", { selector: { matchLabels: { app: "agent" } }, maxUnavailable: 1 }),
  beside("discovery.k8s.io/v1", "EndpointSlice", undefined, { addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"] }], ports: null, metadata: { name: "own", labels: { "kubernetes.io/service-name": "agent" } } }),
];
const happenings = [
  ":run 90",
  "kubectl label endpointslice --all team=x --overwrite",
  ":run 20",
  "kubectl rollout restart ds/agent",
  ":run 60",
  "kubectl delete pod -l app=agent --now",
  "kubectl patch service agent -p '{\"spec\":{\"publishNotReadyAddresses\":true}}'",
  ":run 50",
  "kubectl label node --all topology.kubernetes.io/zone=z --overwrite",
  "kubectl delete endpointslice --all",
  ":run 60",
  ":fork",
  "kubectl delete service agent",
  ":run 40",
  ":switch 0",
  "kubectl delete namespace default",
  ":run 60",
];
for (const other of others) seed("acts", [":manifest", set, "---", other, ":end", ":apply", ...happenings].join("\n"));
