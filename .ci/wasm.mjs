// How a WebAssembly module is optimised, and what the splitter and `make weight` read of one: its sections, the names and
// sizes of its functions, and, of one that was linked with --emit-relocs, which pieces of data each function uses. The forms
// are in the WebAssembly specification and in tool-conventions/Linking.md.

/** What a module may use; every browser that the page is for has it. */
const FEATURES = ["bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"];

/** The options with which wasm-opt makes a module fast. Rust was asked for few bytes and left the smallest functions on their
 * own; these go into their callers. A function with one caller stays apart unless it is small: put into its caller it
 * compresses worse and runs no faster. */
export const FAST = [
  ...FEATURES.map((name) => `--enable-${name}`),
  "-O3", "--flexible-inline-max-function-size=22", "--one-caller-inline-max-function-size=10",
];

/** A place in some bytes that moves on as it is read. */
class Reader {
  /** @param {Buffer} bytes @param {number} at @param {number} end */
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }
  byte() {
    return this.bytes[this.at++];
  }
  /** A number of variable length. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  /** The same with a sign, of 32 bits. */
  signed() {
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      shift += 7;
      if (byte < 128) return shift < 32 && byte & 64 ? value | (~0 << shift) : value;
    }
  }
  text() {
    const length = this.number();
    this.at += length;
    return this.bytes.toString("utf8", this.at - length, this.at);
  }
  limits() {
    const hasMost = this.number() & 1;
    this.number();
    if (hasMost) this.number();
  }
  /** As many as the number that stands first. @template T @param {(at: number) => T} read @returns {T[]} */
  list(read) {
    return Array.from({ length: this.number() }, () => read(this.at));
  }
}

const CUSTOM = 0;
const IMPORT = 2;
const CODE = 10;
const DATA = 11;

/** The sections: `name` is that of a custom one, `start` is before all of it, `body` after its size (and name).
 * @param {Buffer} bytes */
export function sections(bytes) {
  const found = [];
  for (const reader = new Reader(bytes, 8); reader.at < bytes.length; ) {
    const start = reader.at;
    const id = reader.byte();
    const end = reader.number() + reader.at;
    const content = reader.at;
    const name = id === CUSTOM ? reader.text() : "";
    found.push({ id, name, start, content, body: reader.at, end });
    reader.at = end;
  }
  return found;
}

/** The module without its custom sections, but for those kept. @param {Buffer} bytes @param {string[]} kept */
export function stripped(bytes, kept) {
  const parts = sections(bytes).filter(({ id, name }) => id !== CUSTOM || kept.includes(name));
  return Buffer.concat([bytes.subarray(0, 8), ...parts.map(({ start, end }) => bytes.subarray(start, end))]);
}

/** The functions that the module defines, in order: the name, and where the code is, counted from the section's content.
 * @param {Buffer} bytes */
export function functions(bytes) {
  const all = sections(bytes);
  const section = (/** @type {number} */ id, name = "") => {
    const found = all.find((it) => it.id === id && it.name === name);
    if (!found) throw new Error(`the module has no section ${name || id}: was it built with names?`);
    return found;
  };
  const imports = section(IMPORT);
  let imported = 0;
  let reader = new Reader(bytes, imports.body);
  /** @type {Record<number, () => void>} what to read of an import, by its kind */
  const kinds = {
    0: () => { reader.number(); imported += 1; },
    1: () => { reader.byte(); reader.limits(); },
    2: () => reader.limits(),
    3: () => { reader.at += 2; },
  };
  reader.list(() => { reader.text(); reader.text(); kinds[reader.byte()](); });

  /** @type {Map<number, string>} */
  const names = new Map();
  const named = section(CUSTOM, "name");
  reader = new Reader(bytes, named.body);
  while (reader.at < named.end) {
    const kind = reader.byte();
    const end = reader.number() + reader.at;
    if (kind === 1) reader.list(() => names.set(reader.number(), reader.text()));
    reader.at = end;
  }

  const code = section(CODE);
  reader = new Reader(bytes, code.body);
  return reader.list((at) => {
    const start = at - code.content;
    const size = reader.number();
    reader.at += size;
    return { start, end: reader.at - code.content };
  }).map((place, index) => ({ name: names.get(imported + index) ?? "?", ...place }));
}

/** The segments of static data: where they go in memory, where they are in the section, and what is in them.
 * @param {Buffer} bytes */
export function segments(bytes) {
  const section = /** @type {{ content: number, body: number }} */ (sections(bytes).find(({ id }) => id === DATA));
  const reader = new Reader(bytes, section.body);
  return reader.list(() => {
    if (reader.number() !== 0) throw new Error("a data segment that is not at a fixed place");
    reader.byte();
    const address = reader.signed();
    reader.byte();
    const size = reader.number();
    reader.at += size;
    return { address, at: reader.at - size - section.content, bytes: bytes.subarray(reader.at - size, reader.at) };
  });
}

/** A piece of static data: a text, a table. @typedef {{ address: number, bytes: Buffer, uses: Set<Datum> }} Datum */

/** The pieces of data of a module that was linked with --emit-relocs, and which of them each function uses.
 * @param {Buffer} bytes */
export function data(bytes) {
  const all = sections(bytes);
  const custom = (/** @type {string} */ name) => {
    const found = all.find((it) => it.name === name);
    if (!found) throw new Error(`the module has no section ${name}: it must be linked with --emit-relocs (see .cargo/config.toml)`);
    return found;
  };
  const parts = segments(bytes);

  // Symbols by number; those of other kinds than data are left empty.
  /** @type {(Datum | undefined)[]} */
  let symbols = [];
  const linking = custom("linking");
  let reader = new Reader(bytes, linking.body);
  reader.number();
  while (reader.at < linking.end) {
    const kind = reader.byte();
    const end = reader.number() + reader.at;
    const [UNDEFINED, NAMED, OF_DATA, OF_SECTION] = [0x10, 0x40, 1, 3];
    if (kind === 8)
      symbols = reader.list(() => {
        const kind = reader.byte();
        const flags = reader.number();
        if (kind === OF_DATA) {
          reader.text();
          if (flags & UNDEFINED) return undefined;
          const part = parts[reader.number()];
          const offset = reader.number();
          return { address: part.address + offset, bytes: part.bytes.subarray(offset, offset + reader.number()), uses: new Set() };
        }
        reader.number();
        if (kind !== OF_SECTION && (!(flags & UNDEFINED) || flags & NAMED)) reader.text();
        return undefined;
      });
    reader.at = end;
  }
  const pieces = /** @type {Datum[]} */ (symbols.filter(Boolean)).sort((one, other) => one.address - other.address);

  /** Places, counted from the section's content, at which an address of data stands. @param {string} of */
  const references = (of) => {
    const section = custom(`reloc.${of}`);
    reader = new Reader(bytes, section.body);
    reader.number();
    const [OF_MEMORY, WITH_ADDEND] = [[3, 4, 5, 11], [3, 4, 5, 8, 9, 11]];
    return reader
      .list(() => {
        const kind = reader.byte();
        const place = reader.number();
        const symbol = reader.number();
        if (WITH_ADDEND.includes(kind)) reader.signed();
        return OF_MEMORY.includes(kind) ? { place, datum: symbols[symbol] } : { place, datum: undefined };
      })
      .filter(({ datum }) => datum)
      .map((it) => /** @type {{ place: number, datum: Datum }} */ (it))
      .sort((one, other) => one.place - other.place);
  };

  // Both lists are in the order of their places.
  /** @type {Map<string, Set<Datum>>} */
  const uses = new Map();
  const places = functions(bytes);
  let next = 0;
  for (const { place, datum } of references("CODE")) {
    while (place >= places[next].end) next += 1;
    const { name } = places[next];
    if (!uses.has(name)) uses.set(name, new Set());
    uses.get(name)?.add(datum);
  }
  // Pieces may lie in one another: the linker shares the ends of texts.
  const widest = Math.max(...pieces.map((piece) => piece.bytes.length));
  for (const { place, datum } of references("DATA")) {
    const part = parts.find(({ at, bytes }) => at <= place && place < at + bytes.length);
    if (!part) throw new Error("a relocation outside of the data");
    const address = part.address + place - part.at;
    let [low, high] = [0, pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pieces[middle].address <= address) low = middle + 1;
      else high = middle;
    }
    for (let index = low - 1; index >= 0 && pieces[index].address > address - widest; index -= 1)
      if (address < pieces[index].address + pieces[index].bytes.length) pieces[index].uses.add(datum);
  }
  return { pieces, uses };
}
