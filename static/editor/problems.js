// Problems in the text: where they are, how they look, how they are mended.
import { isolateHistory } from "@codemirror/commands";
import { RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, gutter, gutterLineClass, hoverTooltip, WidgetType } from "@codemirror/view";

/**
 * A problem, with its place in the document.
 * @typedef {object} Problem
 * @property {number} from
 * @property {number} to
 * @property {keyof typeof RANK} severity
 * @property {string} message
 * @property {string | null} suggestion
 * @property {{ label: string, replacement: string, from: number, to: number } | null} fix
 *
 * @typedef {import("@codemirror/state").Text} Text
 * @typedef {import("@codemirror/state").EditorState} EditorState
 * @typedef {import("./contract.js").Diagnostic} Diagnostic
 */

const RANK = { error: 0, warning: 1, info: 2 };
const SIGNS = {
  error: "M5.4 2h5.2L14 5.4v5.2L10.6 14H5.4L2 10.6V5.4zM8 5v3.5M8 10.8v.1",
  warning: "M8 2L14.5 13.5h-13zM8 6.5v3M8 11.6v.1",
  info: "M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12zM8 7.3v4M8 4.8v.1",
};

/**
 * Replaces the document's problems (as `read` makes them).
 * @type {import("@codemirror/state").StateEffectType<Problem[]>}
 */
export const setProblems = StateEffect.define();

/**
 * Takes one problem off: it has been mended.
 * @type {import("@codemirror/state").StateEffectType<Problem>}
 */
const dropProblem = StateEffect.define();

/**
 * Shows a problem's message under its line, as an error's always is; null shows none.
 * @type {import("@codemirror/state").StateEffectType<Problem | null>}
 */
export const openProblem = StateEffect.define();

/**
 * The document offset of a 1-based line and code-point column; what lies outside is brought to the nearest end.
 * @param {Text} doc
 * @param {number} line
 * @param {number} col
 */
export function offsetOf(doc, line, col) {
  const { from, text } = doc.line(Math.max(1, Math.min(doc.lines, line)));
  let units = 0;
  for (let points = 1; points < col && units < text.length; points += 1) units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  return from + units;
}

/**
 * The 1-based line and code-point column of an offset.
 * @param {Text} doc
 * @param {number} offset
 */
export function placeOf(doc, offset) {
  const line = doc.lineAt(offset);
  return { line: line.number, col: Array.from(line.text.slice(0, offset - line.from)).length + 1 };
}

/**
 * The range of a place; an empty one grows to the word or character after it, or before it at a line's end.
 * @param {Text} doc
 * @param {import("./contract.js").Place} place
 */
function rangeOf(doc, { line, col, endLine, endCol }) {
  const from = offsetOf(doc, line, col);
  const to = Math.max(from, offsetOf(doc, endLine ?? line, endCol ?? col));
  if (to > from) return { from, to };
  const { from: start, to: end } = doc.lineAt(from);
  const word = doc.sliceString(from, end).match(/^\S+/);
  if (word) return { from, to: from + word[0].length };
  return from > start ? { from: from - 1, to: from } : { from, to };
}

/**
 * @param {Text} doc
 * @param {Diagnostic[]} list
 */
function read(doc, list) {
  /** @type {Problem[]} */
  const found = list.map((item) => ({
    ...rangeOf(doc, item),
    severity: item.severity,
    message: item.message,
    suggestion: item.suggestion ?? null,
    fix: item.fix
      ? {
          label: item.fix.label,
          replacement: item.fix.replacement,
          from: offsetOf(doc, item.fix.line, item.fix.col),
          to: offsetOf(doc, item.fix.endLine, item.fix.endCol),
        }
      : null,
  }));
  return found.sort((a, b) => a.from - b.from || RANK[a.severity] - RANK[b.severity]);
}

/**
 * @param {Problem} problem
 * @param {import("@codemirror/state").ChangeDesc} changes
 * @returns {Problem}
 */
function mapped(problem, changes) {
  const move = (/** @type {{ from: number, to: number }} */ { from, to }) => {
    const start = changes.mapPos(from, 1);
    return { from: start, to: Math.max(start, changes.mapPos(to, -1)) };
  };
  // A fix whose place was typed over would write nonsense.
  const stands = problem.fix && !changes.touchesRange(problem.fix.from, problem.fix.to);
  return { ...problem, ...move(problem), fix: stands && problem.fix ? { ...problem.fix, ...move(problem.fix) } : null };
}

/**
 * @param {Problem} a
 * @param {Problem} b
 */
function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** @typedef {{ list: Problem[], open: Problem | null, decorations: import("@codemirror/view").DecorationSet }} Shown */

const field = StateField.define({
  create: () => /** @type {Shown} */ ({ list: [], open: null, decorations: Decoration.none }),
  update(value, tr) {
    let { list, open } = value;
    for (const effect of tr.effects) if (effect.is(dropProblem)) list = list.filter((problem) => problem !== effect.value);
    if (tr.docChanged) {
      const at = open ? list.indexOf(open) : -1;
      list = list.map((problem) => mapped(problem, tr.changes));
      open = list[at] ?? null;
    }
    for (const effect of tr.effects) {
      if (effect.is(setProblems)) {
        list = effect.value;
        const was = open;
        open = (was && list.find(({ from, message }) => from === was.from && message === was.message)) ?? null;
      }
    }
    const line = (/** @type {number} */ offset) => tr.state.doc.lineAt(offset).number;
    if (open && (!list.includes(open) || line(tr.state.selection.main.head) !== line(open.from))) open = null;
    for (const effect of tr.effects) if (effect.is(openProblem)) open = effect.value;
    if (list === value.list && open === value.open) return value;
    return { list, open, decorations: decorate(tr.state.doc, list, open) };
  },
  provide: (self) => [
    EditorView.decorations.from(self, ({ decorations }) => decorations),
    gutterLineClass.compute([self], (state) => gutterGrounds(state, state.field(self))),
  ],
});

const errorLine = Decoration.line({ class: "is-error" });
/** @type {Record<string, Decoration>} */
const underline = Object.fromEntries(
  Object.keys(RANK).map((severity) => [severity, Decoration.mark({ class: `squiggle squiggle--${severity}` })]),
);

/**
 * @param {Text} doc
 * @param {Problem[]} list
 * @param {Problem | null} open
 */
function decorate(doc, list, open) {
  const ranges = [];
  const grounds = new Set();
  for (const problem of list) {
    const line = doc.lineAt(problem.from);
    if (problem.to > problem.from) ranges.push(underline[problem.severity].range(problem.from, problem.to));
    if (problem.severity !== "error" && problem !== open) continue;
    if (problem.severity === "error" && !grounds.has(line.from)) {
      ranges.push(errorLine.range(line.from));
      grounds.add(line.from);
    }
    ranges.push(Decoration.widget({ widget: new Message(problem), block: true, side: 1 }).range(line.to));
  }
  return Decoration.set(ranges, true);
}

/** @param {keyof typeof SIGNS} severity */
function sign(severity) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `sign sign--${severity}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", severity);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SIGNS[severity]);
  svg.append(path);
  return svg;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/**
 * "Replace with `memory`": what stands between backticks is code.
 * @param {string} label
 */
function withCode(label) {
  return label.split("`").map((part, i) => (i % 2 === 1 ? element("code", "", part) : part));
}

/**
 * @param {EditorView} view
 * @param {Problem} problem
 * @param {string} className
 */
function body(view, problem, className) {
  const box = element("div", className, element("div", "message", problem.message));
  if (problem.suggestion) box.append(element("div", "suggestion", ...withCode(problem.suggestion)));
  if (!problem.fix || view.state.readOnly) return box;
  const button = element("button", "fix", ...withCode(problem.fix.label));
  button.type = "button";
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    fixProblem(view, problem);
    view.focus();
  });
  box.append(element("div", "row", button, element("kbd", "", "Ctrl .")));
  return box;
}

/** The message under a problem's line. */
class Message extends WidgetType {
  /** @param {Problem} problem */
  constructor(problem) {
    super();
    this.problem = problem;
  }
  /** @param {WidgetType} other */
  eq(other) {
    return other instanceof Message && same(other.problem, this.problem);
  }
  /** @param {EditorView} view */
  toDOM(view) {
    // Room around it is padding: the editor does not measure margins.
    return element("div", "under", body(view, this.problem, `diagnostic diagnostic--${this.problem.severity}`));
  }
  // The button's own events are not the editor's.
  ignoreEvent() {
    return true;
  }
}

class Sign extends GutterMarker {
  /** @param {keyof typeof SIGNS} severity */
  constructor(severity) {
    super();
    this.severity = severity;
  }
  /** @param {GutterMarker} other */
  eq(other) {
    return other instanceof Sign && other.severity === this.severity;
  }
  toDOM() {
    return sign(this.severity);
  }
}

class Ground extends GutterMarker {
  elementClass = "is-error";
}

const signs = { error: new Sign("error"), warning: new Sign("warning"), info: new Sign("info") };
const ground = new Ground();

/**
 * One mark a line: its worst problem's.
 * @param {EditorState} state
 */
function gutterMarks(state) {
  /** @type {Map<number, keyof typeof RANK>} */
  const worst = new Map();
  for (const { from, severity } of state.field(field).list) {
    const line = state.doc.lineAt(from).from;
    const before = worst.get(line);
    if (!before || RANK[severity] < RANK[before]) worst.set(line, severity);
  }
  const builder = /** @type {RangeSetBuilder<GutterMarker>} */ (new RangeSetBuilder());
  for (const [line, severity] of [...worst].sort((a, b) => a[0] - b[0])) builder.add(line, line, signs[severity]);
  return builder.finish();
}

/**
 * @param {EditorState} state
 * @param {{ list: Problem[] }} problems
 */
function gutterGrounds({ doc }, { list }) {
  const builder = /** @type {RangeSetBuilder<GutterMarker>} */ (new RangeSetBuilder());
  const errors = list.filter(({ severity }) => severity === "error").map(({ from }) => doc.lineAt(from).from);
  for (const line of [...new Set(errors)].sort((a, b) => a - b)) builder.add(line, line, ground);
  return builder.finish();
}

const tooltip = hoverTooltip((view, pos) => {
  const here = view.state.field(field).list.filter(({ from, to }) => from <= pos && pos <= to);
  if (here.length === 0) return null;
  return {
    pos: here[0].from,
    end: here[0].to,
    create: () => ({ dom: element("div", "tip", ...here.map((p) => body(view, p, `diagnostic diagnostic--${p.severity}`))) }),
  };
});

/** Whether a message is shown that need not be. */
export const hasOpenProblem = (/** @type {EditorState} */ state) => state.field(field).open !== null;

/**
 * The next problem after the cursor, around the end if need be.
 * @param {EditorState} state
 */
export function problemAfter(state) {
  const { list } = state.field(field);
  const { head } = state.selection.main;
  return list.find(({ from }) => from > head) ?? list[0];
}

/**
 * The first problem with a fix on the cursor's line or after it.
 * @param {EditorState} state
 */
export function fixAt(state) {
  const start = state.doc.lineAt(state.selection.main.head).from;
  return state.field(field).list.find(({ fix, to }) => fix && to >= start);
}

/**
 * Writes a problem's fix, one step to undo, and takes the problem off; the app's next check has the last word.
 * @param {EditorView} view
 * @param {Problem} problem
 */
export function fixProblem(view, problem) {
  const current = view.state.field(field).list.find((other) => same(other, problem));
  if (!current?.fix || view.state.readOnly) return;
  const { from, to, replacement } = current.fix;
  view.dispatch({
    changes: { from, to, insert: replacement },
    selection: { anchor: from + replacement.length },
    effects: dropProblem.of(current),
    annotations: isolateHistory.of("full"),
    userEvent: "input.fix",
    scrollIntoView: true,
  });
}

export const problems = {
  read,
  extension: [field, tooltip],
  gutter: gutter({ class: "cm-signs", markers: (view) => gutterMarks(view.state), initialSpacer: () => signs.error }),
};
