// Prints where the bytes of the program sit: of each layer and of each crate, and the largest functions. Its argument is
// the WebAssembly with names, as `make weight` builds it. What LTO put into a caller counts as the caller's.
import { readFileSync } from "node:fs";
import { functions } from "./wasm.mjs";

const all = functions(readFileSync(process.argv[2])).map(({ name, start, end }) => ({ name, size: end - start }));

/** @param {(name: string) => string} group @param {number} most */
function print(group, most) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { name, size } of all) sums.set(group(name), (sums.get(group(name)) ?? 0) + size);
  const sorted = [...sums].sort((left, right) => right[1] - left[1]).slice(0, most);
  for (const [key, sum] of sorted) console.log(`${String(sum).padStart(9)}  ${key}`);
}

const plain = (/** @type {string} */ name) => name.replace(/\[[0-9a-f]+\]/g, "");
const crate = (/** @type {string} */ name) => plain(name).match(/[a-z_][a-z_0-9]*(?=::)/)?.[0] ?? "other";
console.log(`${String(all.reduce((sum, { size }) => sum + size, 0)).padStart(9)}  in ${all.length} functions\n\nlayers`);
print((name) => plain(name).match(/playground::([a-z_]+)/)?.[1] ?? "(other crates)", 20);
console.log("\ncrates");
print(crate, 20);
console.log("\nfunctions");
print((name) => plain(name).slice(0, 150), 30);
