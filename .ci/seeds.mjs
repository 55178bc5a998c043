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
