// The token pairs that meet on the screen, measured: WCAG 2.2 asks 4.5:1 of text and 3:1 of parts one must see.
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { test } from "node:test";

const css = readFileSync(new URL("../../static/css/tokens.css", import.meta.url), "utf8");

function block(selector) {
  const start = css.indexOf(`${selector} {`);
  assert.notEqual(start, -1, `tokens.css has no ${selector}`);
  return Object.fromEntries([...css.slice(start, css.indexOf("}", start)).matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, k, v]) => [k, v]));
}

const light = block(":root");
const dark = { ...light, ...block('[data-theme="dark"]') };
const projector = { ...light, ...block('[data-view="projector"]:not([data-theme="dark"])') };

function luminance(hex) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

// `ground: texts that stand on it`
const TEXT = {
  surface: "ink ink-2 ink-3 bad warn good r1 code-key code-str code-num code-note",
  paper: "ink ink-3",
  sunken: "ink-2 ink-3 code-str code-key",
  hover: "ink-3",
  ink: "on-ink",
  "good-tint": "good ink-3 code-str code-key",
  "bad-tint": "bad ink code-key code-num code-str",
  "warn-tint": "warn ink",
  "mark-soft": "ink ink-2",
  r1: "surface",
  r2: "surface",
  r3: "surface",
  r4: "surface",
  "r1-tint": "ink ink-2 r1",
  "r2-tint": "ink ink-2",
  "r3-tint": "ink",
  "r4-tint": "ink",
};
const PARTS = {
  surface: "line-2 r1 r2 focus",
  paper: "line-2 r1 focus",
  track: "other r1",
  "mark-soft": "mark-line",
};
// Text on the highlighter is this ink in every theme.
const MARK_INK = "#1a1b1e";

for (const [theme, tokens] of Object.entries({ light, dark, projector })) {
  for (const { kind, pairs, least } of [{ kind: "text", pairs: TEXT, least: 4.5 }, { kind: "parts", pairs: PARTS, least: 3 }]) {
    test(`${kind} can be told from the ground in ${theme}`, () => {
      const weak = [];
      for (const [ground, names] of Object.entries(pairs)) {
        for (const name of names.split(" ")) {
          assert.ok(tokens[name] && tokens[ground], `${name} or ${ground} is no token`);
          const ratio = contrast(tokens[name], tokens[ground]);
          if (ratio < least) weak.push(`${name} on ${ground}: ${ratio.toFixed(2)}`);
        }
      }
      assert.deepEqual(weak, []);
    });
  }
  test(`text on the highlighter can be read in ${theme}`, () => {
    assert.ok(contrast(MARK_INK, tokens.mark) >= 4.5);
  });
}

test("the measure is the standard's: black on white is 21:1", () => {
  assert.equal(contrast("#000000", "#ffffff"), 21);
});
