// Marks the lines that differ from the text that was last applied.
import { RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, gutter, gutterLineClass } from "@codemirror/view";

/**
 * Sets the applied text, as lines.
 * @type {import("@codemirror/state").StateEffectType<string[]>}
 */
export const setApplied = StateEffect.define();

// Beyond this many line pairs the middle of the text counts as rewritten: a comparison must not hold up typing.
const MOST_PAIRS = 1_000_000;

const ADDED = 1;
const CHANGED = 2;
const REMOVED_ABOVE = 3;

/**
 * How each line of `now` differs from `applied`: a map from 0-based line to ADDED, CHANGED or REMOVED_ABOVE.
 * Removed lines are told on the line after them, on the last line if there is none.
 * @param {string[]} applied
 * @param {string[]} now
 * @returns {Map<number, keyof typeof signs>}
 */
export function compare(applied, now) {
  /** @type {Map<number, keyof typeof signs>} */
  const kinds = new Map();
  let start = 0;
  while (start < applied.length && start < now.length && applied[start] === now[start]) start += 1;
  let end = 0;
  const most = Math.min(applied.length, now.length) - start;
  while (end < most && applied[applied.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  const old = applied.slice(start, applied.length - end);
  const fresh = now.slice(start, now.length - end);
  const kept = old.length * fresh.length > MOST_PAIRS ? [] : common(old, fresh);
  let [i, j] = [0, 0];
  for (const [oldAt, freshAt] of [...kept, [old.length, fresh.length]]) {
    const removed = oldAt - i;
    for (let line = j; line < freshAt; line += 1) kinds.set(start + line, line - j < removed ? CHANGED : ADDED);
    if (removed > 0 && freshAt === j) {
      const next = Math.min(start + freshAt, now.length - 1);
      if (!kinds.has(next)) kinds.set(next, REMOVED_ABOVE);
    }
    [i, j] = [oldAt + 1, freshAt + 1];
  }
  return kinds;
}

/**
 * The longest common subsequence, as pairs of places.
 * @param {string[]} a
 * @param {string[]} b
 */
function common(a, b) {
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] =
        a[i] === b[j] ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  /** @type {[number, number][]} */
  const pairs = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return pairs;
}

class Sign extends GutterMarker {
  /**
   * @param {string} text
   * @param {string} words
   */
  constructor(text, words) {
    super();
    this.text = text;
    this.words = words;
  }
  toDOM() {
    const span = document.createElement("span");
    span.textContent = this.text;
    span.title = this.words;
    return span;
  }
}

class Ground extends GutterMarker {
  elementClass = "is-added";
}

const signs = {
  [ADDED]: new Sign("+", "added since the last apply"),
  [CHANGED]: new Sign("~", "changed since the last apply"),
  [REMOVED_ABOVE]: new Sign("−", "lines removed here since the last apply"),
};
const ground = new Ground();
const addedLine = Decoration.line({ class: "is-added" });

/**
 * @param {import("@codemirror/state").Text} doc
 * @param {string[] | null} applied
 */
function marks(doc, applied) {
  const gutterSigns = /** @type {RangeSetBuilder<GutterMarker>} */ (new RangeSetBuilder());
  const grounds = /** @type {RangeSetBuilder<GutterMarker>} */ (new RangeSetBuilder());
  const lines = /** @type {RangeSetBuilder<Decoration>} */ (new RangeSetBuilder());
  if (applied) {
    const kinds = compare(applied, doc.toJSON());
    for (const [index, kind] of [...kinds].sort(([a], [b]) => a - b)) {
      const { from } = doc.line(index + 1);
      gutterSigns.add(from, from, signs[kind]);
      if (kind === REMOVED_ABOVE) continue;
      grounds.add(from, from, ground);
      lines.add(from, from, addedLine);
    }
  }
  return { applied, signs: gutterSigns.finish(), grounds: grounds.finish(), lines: lines.finish() };
}

const field = StateField.define({
  create: (state) => marks(state.doc, null),
  update(value, tr) {
    let { applied } = value;
    for (const effect of tr.effects) if (effect.is(setApplied)) applied = effect.value;
    return tr.docChanged || applied !== value.applied ? marks(tr.state.doc, applied) : value;
  },
  provide: (self) => [
    EditorView.decorations.from(self, ({ lines }) => lines),
    gutterLineClass.from(self, ({ grounds }) => grounds),
  ],
});

/** The gutter of signs and the green ground. */
export const changes = [
  field,
  gutter({
    class: "cm-changes",
    markers: (view) => view.state.field(field).signs,
    initialSpacer: () => signs[ADDED],
  }),
];
