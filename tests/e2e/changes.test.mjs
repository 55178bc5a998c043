// How the editor compares a text with the one that was last applied.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "../../static/editor/changes.js";

const NAMES = { 1: "+", 2: "~", 3: "-" };

/** Each text is a string of one-letter lines; the signs are given below the lines of the second. */
const TABLE = [
  ["nothing changed", "abc", "abc", "   "],
  ["a line added", "ac", "abc", " + "],
  ["a line added at the end", "ab", "abc", "  +"],
  ["a line changed", "abc", "axc", " ~ "],
  ["a line changed and one added", "abc", "axyc", " ~+ "],
  ["a line removed is told on the next one", "abc", "ac", " -"],
  ["a line removed at the end is told on the last one", "abc", "ab", " -"],
  ["two lines become one", "abcd", "axd", " ~ "],
  ["two places at once", "abcdef", "abxdyef", "  ~ +  "],
  ["everything new", "", "ab", "++"],
];

for (const [name, applied, now, signs] of TABLE) {
  test(name, () => {
    const kinds = compare([...applied], [...now]);
    assert.equal([...now].map((_, line) => NAMES[kinds.get(line)] ?? " ").join(""), signs);
  });
}

test("texts too long to compare in full still get their signs, at once", () => {
  const lines = (start) => Array.from({ length: 50_000 }, (_, i) => `${start}${i}`);
  assert.equal(compare(["head", ...lines("a"), "tail"], ["head", ...lines("b"), "tail"]).size, 50_000);
});
