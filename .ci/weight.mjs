// Prints where the bytes of the program sit: of each layer and of each crate, and the largest functions. Its argument is
// the WebAssembly with names, as `make weight` builds it. What LTO put into a caller counts as the caller's.
import { readFileSync } from "node:fs";

const bytes = readFileSync(process.argv[2]);
let at = 8;

/** A number of variable length. */
function number() {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
}

function text() {
  const length = number();
  at += length;
  return bytes.toString("utf8", at - length, at);
}

function limits() {
  const hasMost = number() & 1;
  number();
  if (hasMost) number();
}

let imported = 0;
/** @type {number[]} */
const sizes = [];
/** @type {Map<number, string>} */
const names = new Map();
/** @type {Record<number, () => void>} what to read of an import, by its kind */
const imports = { 0: () => { number(); imported += 1; }, 1: () => { at += 1; limits(); }, 2: limits, 3: () => { at += 2; } };
while (at < bytes.length) {
  const id = bytes[at++];
  const length = number();
  const end = at + length;
  if (id === 2) {
    for (let count = number(); count > 0; count -= 1) {
      text();
      text();
      imports[bytes[at++]]();
    }
  } else if (id === 10) {
    for (let count = number(); count > 0; count -= 1) {
      const size = number();
      sizes.push(size);
      at += size;
    }
  } else if (id === 0 && text() === "name") {
    while (at < end) {
      const kind = bytes[at++];
      const size = number();
      const part = at + size;
      if (kind === 1) for (let count = number(); count > 0; count -= 1) names.set(number(), text());
      at = part;
    }
  }
  at = end;
}
if (names.size === 0) throw new Error("no names in it: build it with `make weight`");

/** @param {(name: string) => string} group @param {number} most */
function print(group, most) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  sizes.forEach((size, index) => {
    const key = group(names.get(imported + index) ?? "?");
    sums.set(key, (sums.get(key) ?? 0) + size);
  });
  const sorted = [...sums].sort((left, right) => right[1] - left[1]).slice(0, most);
  for (const [key, sum] of sorted) console.log(`${String(sum).padStart(9)}  ${key}`);
}

const plain = (/** @type {string} */ name) => name.replace(/\[[0-9a-f]+\]/g, "");
const crate = (/** @type {string} */ name) => plain(name).match(/[a-z_][a-z_0-9]*(?=::)/)?.[0] ?? "other";
console.log(`${String(sizes.reduce((sum, size) => sum + size, 0)).padStart(9)}  in ${sizes.length} functions\n\nlayers`);
print((name) => plain(name).match(/playground::([a-z_]+)/)?.[1] ?? "(other crates)", 20);
console.log("\ncrates");
print(crate, 20);
console.log("\nfunctions");
print((name) => plain(name).slice(0, 150), 30);
