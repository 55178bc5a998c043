// Writes what fuzzing begins with into fuzz/corpus: the texts of the examples and lessons, and the command lines of the
// recorded answers of kubectl.
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

/** @param {unknown} value */
function lines(value) {
  if (Array.isArray(value)) value.forEach(lines);
  else if (value !== null && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) {
      if (["command", "cmd", "line", "argv", "args"].includes(name)) {
        if (typeof inner === "string") seed("line", inner);
        else if (Array.isArray(inner) && inner.every((word) => typeof word === "string")) seed("line", (inner[0] === "kubectl" ? inner : ["kubectl", ...inner]).join(" "));
      } else lines(inner);
    }
  }
}
for (const name of ["kubectl", "kubectl-live", "drain"]) {
  for (const line of readFileSync(`tests/conformance/${name}.jsonl`, "utf8").split("\n")) {
    if (line !== "") lines(JSON.parse(line));
  }
}
