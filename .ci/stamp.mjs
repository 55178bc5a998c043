// Runs after each trunk build: writes the module's size into index.html, so that the loading bar knows the whole.
// A server's Content-Length will not do: it counts compressed bytes where the host compresses.
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const staging = process.env.TRUNK_STAGING_DIR;
const page = join(staging, "index.html");
const wasm = readdirSync(staging).find((name) => name.endsWith(".wasm"));
const html = readFileSync(page, "utf8");
const stamped = html.replace('data-bytes=""', `data-bytes="${statSync(join(staging, wasm)).size}"`);
if (stamped === html) throw new Error("index.html has no empty data-bytes attribute: see pattern_script in Trunk.toml");
writeFileSync(page, stamped);
