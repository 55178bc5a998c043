// Runs after each trunk build, and after the program was split (split.mjs). Writes into index.html the module's size, so
// that the loading bar knows the whole (a server's Content-Length will not do: it counts compressed bytes where the host
// compresses), and the names of the scripts and styles that are fetched later; puts the conformance page beside it; and, in an
// optimised build, the worker that keeps all files for use without a network.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hash } from "./hash.mjs";

const staging = process.env.TRUNK_STAGING_DIR;
const source = process.env.TRUNK_SOURCE_DIR ?? ".";
const page = join(staging, "index.html");
let html = readFileSync(page, "utf8");

/** Fills in an attribute of <meta name="app">. */
function fill(name, value) {
  const attribute = new RegExp(`data-${name}="[^"]*"`);
  if (!attribute.test(html)) throw new Error(`index.html has no attribute data-${name}: see pattern_script in Trunk.toml`);
  html = html.replace(attribute, `data-${name}="${value}"`);
}

/** Puts a file into the site under a name that says what is in it. */
function place(path, name, end) {
  const bytes = readFileSync(path);
  const hashed = `${name}-${hash(bytes)}${end}`;
  writeFileSync(join(staging, hashed), bytes);
  return hashed;
}

const wasm = readdirSync(staging).find((name) => name.endsWith("_bg.wasm"));
fill("bytes", statSync(join(staging, wasm)).size);
fill("editor", place(join(source, "static/vendor/editor.js"), "editor", ".js"));
fill("share", place(join(source, "static/vendor/share.js"), "share", ".js"));
fill("panels", place(join(source, "static/vendor/panels.css"), "panels", ".css"));

// `make conformance` writes it; see tests/conformance/page.rs.
const conformance = join(source, "target/conformance.html");
const untested = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Conformance</title><link rel="icon" href="data:,"><link rel="stylesheet" href="help/help.css"><p>This copy of the page was built without running the conformance tests. <code>make conformance</code> runs them, and the next build has the results.</p></html>`;
writeFileSync(join(staging, "conformance.html"), existsSync(conformance) ? readFileSync(conformance) : untested);

const optimised = process.env.TRUNK_PROFILE === "release";
fill("worker", optimised ? "worker.js" : "");
// Comments are for those who work on it.
writeFileSync(page, html.replace(/<!--.*?-->\s*/gs, ""));

if (!optimised) {
  // An optimised build may have been served from this address before, and would answer in place of what is built now.
  writeFileSync(
    join(staging, "worker.js"),
    `addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil((async () => {
  const own = "playground " + new URL(registration.scope).pathname + " ";
  for (const name of await caches.keys()) if (name.startsWith(own)) await caches.delete(name);
  await registration.unregister();
  for (const client of await clients.matchAll()) client.navigate(client.url);
})()));
`,
  );
} else {
  const files = readdirSync(staging, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "worker.js")
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(staging.length).replace(/^\//, ""))
    .sort();
  const sums = Object.fromEntries(files.map((name) => [name, hash(readFileSync(join(staging, name)))]));
  const version = hash(JSON.stringify(sums));
  const worker = readFileSync(join(source, "static/worker.js"), "utf8")
    .replace('const VERSION = "";', `const VERSION = "${version}";`)
    .replace("const FILES = {};", `const FILES = ${JSON.stringify(sums)};`);
  writeFileSync(join(staging, "worker.js"), worker);
}
