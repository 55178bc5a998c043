// A text as the fragment of an address, and back: compressed by the browser itself, in letters that need no escape.
//
//   #2.eNrt…    form 2, compressed        #2r.…  to be looked at only      #2e.…  the same, inside of another page
//   #2p.eyJw…   form 2, not compressed; also #2rp. and #2ep.

/** The number of the form; src/session/link.rs says it too. */
const FORM = "2";

/** So many bytes a link may unpack to: a few letters can stand for gigabytes. */
const MOST = 4_000_000;

/** @typedef {{ mode: string, text?: string, error?: string }} Unpacked */

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 * @param {number} most more bytes are an error
 */
async function collected(stream, most) {
  const reader = stream.getReader();
  const chunks = [];
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer());
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new RangeError();
    }
    chunks.push(value);
  }
}

/** @param {Uint8Array} bytes */
function letters(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {string} word */
const bytesOf = (word) => Uint8Array.from(atob(word.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

/**
 * What comes after the `#`; `mode` is "", "r" or "e".
 * @param {string} text
 */
export async function pack(text, mode = "") {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return `${FORM}${mode}.${letters(await collected(packed, Infinity))}`;
}

/**
 * The text that a fragment holds, or a sentence that says why there is none.
 * @param {string} fragment with its "#"
 * @returns {Promise<Unpacked>}
 */
export async function unpack(fragment) {
  const [, form, mode = "", plain, word = ""] = fragment.match(/^#(\d+)([re]?)(p?)\.([\w-]*)$/) ?? [];
  const broken = { mode, error: "It is not complete: part of it is missing or was changed on the way." };
  if (!form) return broken;
  if (form !== FORM) return { mode, error: "It was made by another version of the page, which this one cannot read." };
  try {
    const packed = bytesOf(word);
    const bytes = plain
      ? packed
      : await collected(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")), MOST);
    return { mode, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    const isLarge = error instanceof RangeError;
    return isLarge ? { mode, error: `It unpacks to more than ${MOST / 1e6} MB, and is not read.` } : broken;
  }
}
