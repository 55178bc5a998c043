// Splits the program in two: what a first visit runs before and while it steps, and the rest, which the page fetches
// once it stands (static/boot.js). Runs after each optimised build; .ci/later.txt says which functions are the rest,
// and is written by .ci/later.mjs from what a first visit ran.
//
// Of each function of the rest that the first part can reach, the first part keeps a stub with its name: it asks the
// page for the rest if that is not there yet, and calls the function by its place in a table. So any split is right;
// a bad one is slow. A function that is not in the list (a new one) stays in the first part. Data go where they are
// used: the linker's relocations say by which functions (see wasm.mjs).
//
// No well-kept tool does this to a finished module: wasm-split of Binaryen is in no npm package, and those of Rust's
// web frameworks split where the source awaits something, which nothing in a program that answers at once does.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import binaryen from "binaryen";
import { transformSync } from "esbuild";
import { hash } from "./hash.mjs";
import { FAST, data, segments, stripped } from "./wasm.mjs";

const LIST = new URL("later.txt", import.meta.url);
/** The names of functions that drop a value, or compare two pictures of it. */
const CASUAL = /13drop_in_place|9drop_slow|4ops4drop4Drop|12mountable_eq/;
const GLUE = /("\.\/[^"]*_bg\.js": import0,)/;

/** The names of the memory and of the table of the rest's functions, inside of both modules. */
const [MEMORY, REST] = ["0", "rest"];

/** What a function is called in every build of the same source: names without the hashes of crates, in a few letters.
 * @param {string} name */
export const mark = (name) => createHash("sha256").update(name.replace(/Cs[0-9A-Za-z]+_/g, "")).digest("base64").slice(0, 4);

/** Whether a function is of the rest. */
function listed() {
  const marks = new Set(readFileSync(LIST, "utf8").match(/^[^#].*$/gm)?.join("").match(/.{4}/g));
  return (/** @type {string} */ name) => marks.has(mark(name));
}

/** The module as the optimiser takes it. @param {Buffer} bytes */
const read = (bytes) => binaryen.readBinary(stripped(bytes, ["name", "target_features"]));

/** @template T @param {number} length @param {(index: number) => T} get */
const listOf = (length, get) => Array.from({ length }, (_, index) => get(index));

/** All functions, those that are imported (they have a `base`) too. @param {binaryen.Module} module */
const functionsOf = (module) => listOf(module.getNumFunctions(), (index) => binaryen.getFunctionInfo(module.getFunctionByIndex(index)));

/** The first part: of what is `later` only stubs, each with its slot in the table; all of them where `slots` is empty.
 * @param {Buffer} bytes @param {Set<string>} later @param {Map<string, number>} slots */
function firstPart(bytes, later, slots) {
  const module = read(bytes);
  const { i32, none } = binaryen;
  const all = functionsOf(module);
  module.addFunctionImport("rest ask", "rest", "ask", none, none);
  module.addGlobal("rest there", i32, true, module.i32.const(0));
  const ask = [module.call("rest ask", [], none), module.global.set("rest there", module.i32.const(1))];
  const there = module.i32.eqz(module.global.get("rest there", i32));
  module.addFunction("rest ensure", none, none, [], module.if(there, module.block(null, ask)));
  const size = slots.size || later.size;
  module.addTable(REST, size, size);
  let next = 0;
  for (const { name, params, results } of all.filter(({ name }) => later.has(name))) {
    const slot = slots.size > 0 ? slots.get(name) : next++;
    module.removeFunction(name);
    // Nothing calls it but the rest.
    if (slot === undefined) continue;
    const handed = binaryen.expandType(params).map((type, index) => module.local.get(index, type));
    const call = module.call_indirect(REST, module.i32.const(slot), handed, params, results);
    module.addFunction(name, params, results, [], module.block(null, [module.call("rest ensure", [], none), call], results));
  }
  return module;
}

/** Takes away what nothing uses. @param {binaryen.Module} module */
function clean(module) {
  module.runPasses(["remove-unused-module-elements"]);
  return module;
}

/** Which bytes of the data the first part needs: those that its functions use, and what these point to.
 * @param {Buffer} linked @param {(name: string) => boolean} isLater */
function neededData(linked, isLater) {
  const { pieces, uses } = data(linked);
  const needed = new Set([...uses].filter(([name]) => !isLater(name)).flatMap(([, data]) => [...data]));
  for (const piece of needed) for (const other of piece.uses) needed.add(other);
  // Bytes that no piece accounts for stay.
  return { later: pieces.filter((piece) => !needed.has(piece)), needed: [...needed] };
}

/** @typedef {{ offset: number, data: Uint8Array }} Segment */

/** The first contents of the memory, cut into what each part brings.
 * @param {Buffer} bytes @param {ReturnType<typeof neededData>} pieces */
function cutData(bytes, pieces) {
  /** @type {{ first: Segment[], rest: Segment[] }} */
  const parts = { first: [], rest: [] };
  for (const { address: offset, bytes: content } of segments(bytes)) {
    const isLater = new Uint8Array(content.length);
    const fill = (/** @type {{ address: number, bytes: Buffer }[]} */ list, /** @type {number} */ value) => {
      for (const { address, bytes: { length } } of list)
        isLater.fill(value, Math.max(0, address - offset), Math.max(0, address - offset + length));
    };
    fill(pieces.later, 1);
    fill(pieces.needed, 0);
    // A few bytes that the rest brings anyhow cost less than another segment. The other way round they would undo what
    // the first part has written.
    for (const [value, gap, contents] of /** @type {const} */ ([[0, 8, parts.first], [1, 0, parts.rest]])) {
      for (let at = 0; at < content.length; at += 1) {
        if (isLater[at] !== value) continue;
        let end = at + 1;
        for (let next = end; next < content.length && next - end <= gap; next += 1) if (isLater[next] === value) end = next + 1;
        contents.push({ offset: offset + at, data: content.subarray(at, end) });
        at = end;
      }
    }
  }
  return parts;
}

/** @param {binaryen.Module} module @param {Segment[]} contents */
function setContents(module, contents) {
  const { initial, max } = module.getMemoryInfo();
  const placed = contents.map(({ offset, data }) => ({ offset: module.i32.const(offset), data }));
  module.setMemory(initial, max ?? -1, null, placed, false, false, MEMORY);
}

/** The two parts of a program, not yet optimised. `bytes` is what the page would load, with names; `linked` is what the
 * linker made of the same source.
 * @param {Buffer} bytes @param {Buffer} linked @param {(name: string) => boolean} isListed */
function split(bytes, linked, isListed) {
  const whole = read(bytes);
  const all = functionsOf(whole);
  const own = all.filter(({ base }) => base === "");
  const globals = listOf(whole.getNumGlobals(), (index) => binaryen.getGlobalInfo(whole.getGlobalByIndex(index)));
  const exported = listOf(whole.getNumExports(), (index) => binaryen.getExportInfo(whole.getExportByIndex(index)).name);
  const tables = listOf(whole.getNumTables(), (index) => binaryen.getTableInfo(whole.getTableByIndex(index)).name);
  const elements = listOf(whole.getNumElementSegments(), (index) =>
    binaryen.getElementSegmentInfo(whole.getElementSegmentByIndex(index)).name);
  whole.dispose();

  // What drops or compares the first part's own values stays with them: whether it runs depends on how fast the keys
  // come. What only the rest reaches goes with it.
  const later = new Set(own.map(({ name }) => name).filter(isListed));
  let reached = new Set();
  for (let casual = [""]; casual.length > 0; ) {
    reached = new Set(functionsOf(clean(firstPart(bytes, later, new Map()))).map(({ name }) => name));
    casual = [...later].filter((name) => reached.has(name) && CASUAL.test(name));
    for (const name of casual) later.delete(name);
  }
  const moved = new Set(own.map(({ name }) => name).filter((name) => later.has(name) || !reached.has(name)));
  const slots = new Map([...later].filter((name) => reached.has(name)).map((name, slot) => [name, slot]));
  const contents = cutData(bytes, neededData(linked, (name) => moved.has(name)));

  // The rest takes from the first part what it does not have itself, and puts its functions into the table.
  const rest = read(bytes);
  for (const name of exported) rest.removeExport(name);
  for (const name of elements) rest.removeElementSegment(name);
  setContents(rest, contents.rest);
  rest.addMemoryImport(MEMORY, "first", "memory");
  for (const name of tables) rest.addTableImport(name, "first", `table ${name}`);
  rest.addTable(REST, slots.size, slots.size);
  rest.addTableImport(REST, "first", `table ${REST}`);
  for (const { name, type, mutable } of globals) {
    rest.removeGlobal(name);
    rest.addGlobalImport(name, "first", `global ${name}`, type, mutable);
  }
  all.forEach(({ name, params, results }, index) => {
    if (moved.has(name)) return;
    rest.removeFunction(name);
    rest.addFunctionImport(name, "first", index.toString(36), params, results);
  });
  rest.addActiveElementSegment(REST, "slots", [...slots.keys()], rest.i32.const(0));
  clean(rest);

  const first = firstPart(bytes, later, slots);
  for (const { name } of own) if (moved.has(name) && !later.has(name)) first.removeFunction(name);
  setContents(first, contents.first);
  const wanted = functionsOf(rest).filter(({ module }) => module === "first");
  for (const { name, base } of wanted) first.addFunctionExport(name, base);
  for (const name of [...tables, REST]) first.addTableExport(name, `table ${name}`);
  for (const { name } of globals) first.addGlobalExport(name, `global ${name}`);
  clean(first);
  return { first, rest, counts: { functions: own.length, moved: moved.size, stubs: slots.size, exported: wanted.length } };
}

/** The module for the page: as fast as it gets, without names. @param {binaryen.Module} module */
function optimised(module) {
  const folder = mkdtempSync(join(tmpdir(), "split-"));
  try {
    const [from, to] = [join(folder, "from.wasm"), join(folder, "to.wasm")];
    if (!module.validate()) throw new Error("a part of the split program is not valid");
    writeFileSync(from, module.emitBinary());
    const { status } = spawnSync("wasm-opt", [...FAST, "--strip-target-features", from, "-o", to], { stdio: "inherit" });
    if (status !== 0) throw new Error("wasm-opt failed");
    return readFileSync(to);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The module that tells of each function, by its number, that it runs. @param {Buffer} bytes */
function telling(bytes) {
  const module = read(bytes);
  const own = functionsOf(module).filter(({ base }) => base === "");
  module.addFunctionImport("tell", "rest", "tell", binaryen.i32, binaryen.none);
  // @ts-expect-error: its types leave this out.
  const { setBody } = binaryen.Function;
  own.forEach(({ name, body, results }, index) =>
    setBody(module.getFunction(name), module.block(null, [module.call("tell", [module.i32.const(index)], binaryen.none), body], results)));
  return { wasm: Buffer.from(module.emitBinary()), names: own.map(({ name }) => name) };
}

function main() {
  const staging = /** @type {string} */ (process.env.TRUNK_STAGING_DIR);
  const source = process.env.TRUNK_SOURCE_DIR ?? ".";
  const page = join(staging, "index.html");
  let html = readFileSync(page, "utf8");

  /** Puts a file in the place of another, under a name that says what is in it. @param {string} old @param {string | Buffer} content */
  function replace(old, content) {
    const hashed = old.replace(/-[0-9a-f]{14,}/, `-${hash(content)}`);
    rmSync(join(staging, old));
    writeFileSync(join(staging, hashed), content);
    html = html.replaceAll(old, hashed);
  }

  const wasm = /** @type {string} */ (readdirSync(staging).find((name) => name.endsWith("_bg.wasm")));
  const glue = wasm.replace("_bg.wasm", ".js");
  const bytes = readFileSync(join(staging, wasm));
  const script = readFileSync(join(staging, glue), "utf8");
  if (!GLUE.test(script)) throw new Error(`${glue} has no place for the imports: see GLUE in .ci/split.mjs`);
  if (process.env.PLAYGROUND_TELLS) {
    const { wasm: telltale, names } = telling(bytes);
    replace(wasm, telltale);
    replace(glue, script.replace(GLUE, "$1 rest: { tell: (index) => { (globalThis.ran ??= new Set()).add(index); } },"));
    writeFileSync(process.env.PLAYGROUND_TELLS, JSON.stringify(names));
  } else {
    const linked = readFileSync(join(process.env.CARGO_TARGET_DIR ?? join(source, "target"), "wasm32-unknown-unknown/release/daemonset-playground.wasm"));
    const { first, rest, counts } = split(bytes, linked, listed());
    console.log(`split: ${counts.moved} of ${counts.functions} functions wait, behind ${counts.stubs} stubs; they use ${counts.exported} of the others`);
    const second = optimised(rest);
    const name = `rest-${hash(second)}.wasm`;
    writeFileSync(join(staging, name), second);
    replace(wasm, optimised(first));
    const asking = script.replace(GLUE, "$1 rest: { ask: () => globalThis.playgroundRest(wasm) },");
    replace(glue, transformSync(asking, { minify: true, format: "esm" }).code);
    html = html.replace('data-rest="" data-rest-bytes="0"', `data-rest="${name}" data-rest-bytes="${second.length}"`);
  }
  writeFileSync(page, html);
}

if (process.env.TRUNK_PROFILE === "release" && import.meta.url === pathToFileURL(process.argv[1]).href) main();
