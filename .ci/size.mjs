// Prints `name raw brotli` for each file in dist/, and the sum of those that a first visit loads; with --check, fails
// where .ci/budget.json allows less.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync } from "node:zlib";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: "boolean", default: false } } });
// Fetched when it is asked for, or after the page has started.
const LATER = /^(help|icons|lessons)\/|^(share-.*\.js|worker\.js|conformance\.html)$/;
const dist = positionals[0] ?? "dist";
const sum = { raw: 0, brotli: 0 };
/** @type {Record<string, number>} bytes by the name without its hash */
const found = {};
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes).length;
  const name = path.slice(dist.length + 1);
  if (!LATER.test(name)) {
    sum.raw += bytes.length;
    sum.brotli += brotli;
  }
  // The lessons have one budget together.
  const of = name.startsWith("lessons/") ? "lessons/" : name.replace(/-[0-9a-f]{14,}/, "");
  found[of] = (found[of] ?? 0) + brotli;
  console.log(path.slice(dist.length + 1), bytes.length, brotli);
}
console.log("total", sum.raw, sum.brotli);

if (values.check) {
  /** @type {Record<string, number>} */
  const budget = JSON.parse(readFileSync(new URL("budget.json", import.meta.url), "utf8")).bytes;
  found.total = sum.brotli;
  const complaints = [
    ...Object.entries(found)
      .filter(([name, bytes]) => !(bytes <= budget[name]))
      .map(([name, bytes]) => `${name} has ${bytes} bytes, its budget is ${budget[name] ?? "missing"}`),
    ...Object.keys(budget).filter((name) => !(name in found)).map((name) => `${name} has a budget and is not there`),
  ];
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
}
