// Prints `name raw brotli` for each file in dist/, and two sums: what a first visit loads before its first picture, and in
// all; with --check, fails where .ci/budget.json allows less.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync } from "node:zlib";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: "boolean", default: false } } });
// Fetched when it is asked for, or for the next visit.
const LATER = /^(help|icons|lessons)\/|^(share-.*\.js|worker\.js|conformance\.html)$/;
// Fetched by every visit, once the first picture is drawn.
const SOON = /^(rest-.*\.wasm|editor-.*\.js|panels-.*\.css)$/;
const dist = positionals[0] ?? "dist";
const sums = { first: { raw: 0, brotli: 0 }, total: { raw: 0, brotli: 0 } };
/** @type {Record<string, number>} bytes by the name without its hash */
const found = {};
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes).length;
  const name = path.slice(dist.length + 1);
  for (const [sum, out] of /** @type {const} */ ([["first", [LATER, SOON]], ["total", [LATER]]]))
    if (!out.some((pattern) => pattern.test(name))) {
      sums[sum].raw += bytes.length;
      sums[sum].brotli += brotli;
    }
  // The lessons have one budget together.
  const of = name.startsWith("lessons/") ? "lessons/" : name.replace(/-[0-9a-f]{14,}/, "");
  found[of] = (found[of] ?? 0) + brotli;
  console.log(path.slice(dist.length + 1), bytes.length, brotli);
}
for (const [sum, { raw, brotli }] of Object.entries(sums)) console.log(sum, raw, brotli);

if (values.check) {
  /** @type {Record<string, number>} */
  const budget = JSON.parse(readFileSync(new URL("budget.json", import.meta.url), "utf8")).bytes;
  for (const [sum, { brotli }] of Object.entries(sums)) found[sum] = brotli;
  const complaints = [
    ...Object.entries(found)
      .filter(([name, bytes]) => !(bytes <= budget[name]))
      .map(([name, bytes]) => `${name} has ${bytes} bytes, its budget is ${budget[name] ?? "missing"}`),
    ...Object.keys(budget).filter((name) => !(name in found)).map((name) => `${name} has a budget and is not there`),
  ];
  for (const complaint of complaints) console.error(complaint);
  if (complaints.some((complaint) => /^(first|.*_bg\.wasm) has/.test(complaint)))
    console.error("A first visit may run what it did not run when .ci/later.txt was written: `make later` looks again.");
  if (complaints.length > 0) process.exitCode = 1;
}
