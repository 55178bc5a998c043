// The YAML editor: CodeMirror in a shadow root, where its styles need no exception from the page's policy.
// The app drives it through `globalThis.PlaygroundEditor`; contract.d.ts is the whole interface.
import { autocompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyField, historyKeymap, isolateHistory } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, foldState, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorSelection, EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { changes, setApplied } from "./changes.js";
import { fixAt, fixProblem, hasOpenProblem, offsetOf, openProblem, placeOf, problemAfter, problems, setProblems } from "./problems.js";
import { code, scalars, theme } from "./theme.js";

/** Marks a transaction of the app's own, which it need not be told about. */
const fromApp = Annotation.define();

/** What a document keeps beside its text and its cursor when the editor is left. */
const KEPT = { folds: foldState, undo: historyField };

/**
 * What was open in the editor that was left last, and its documents by name.
 * @type {{ work?: number, documents: [string, { state: unknown, scroll: number }][] }}
 */
let left = { documents: [] };

/**
 * @typedef {import("./contract.js").Options} Options
 * @typedef {import("./contract.js").Script} Script
 * @typedef {import("./problems.js").Problem} Problem
 * @typedef {import("@codemirror/state").TransactionSpec} TransactionSpec
 */

/**
 * The smallest single change that turns `doc` into `text`, so that the cursor, folds and marks stay where they can.
 * @param {import("@codemirror/state").Text} doc
 * @param {string} text
 */
function smallestChange(doc, text) {
  const old = doc.toString();
  const most = Math.min(old.length, text.length);
  let start = 0;
  while (start < most && old[start] === text[start]) start += 1;
  let end = 0;
  while (end < most - start && old[old.length - 1 - end] === text[text.length - 1 - end]) end += 1;
  return { from: start, to: old.length - end, insert: text.slice(start, text.length - end) };
}

/** @implements {Script} */
class PlaygroundEditor {
  /** @type {EditorView} */
  #view;
  /** @type {Options} */
  #options;
  /** @type {string} */
  #current;
  /**
   * Documents that are not shown. Each keeps its own undo history.
   * @type {Map<string, { state: EditorState, scroll: number }>}
   */
  #others = new Map();
  /**
   * Where the shown document is to be scrolled to, until it is.
   * @type {number | undefined}
   */
  #awaited;

  /**
   * @param {Element} parent an empty element; it becomes the shadow host
   * @param {Options} options
   */
  constructor(parent, options) {
    this.#options = options;
    this.#current = options.name;
    // A host can be used again after `destroy`.
    const root = parent.shadowRoot ?? parent.attachShadow({ mode: "open" });
    const help = document.createElement("p");
    help.id = "keys";
    help.hidden = true;
    help.textContent =
      "Tab leaves the editor. Ctrl and bracket keys indent. F8 goes to the next problem, Ctrl and full stop fixes it, Ctrl and Enter applies.";
    root.replaceChildren(help);
    if (options.work === left.work) {
      for (const [name, { state, scroll }] of left.documents) {
        this.#others.set(name, { state: EditorState.fromJSON(state, { extensions: this.#extensions(name) }, KEPT), scroll });
      }
    }
    const first = this.#others.get(this.#current) ?? { state: this.#made(options.text, this.#current), scroll: 0 };
    this.#others.delete(this.#current);
    this.#view = new EditorView({ parent: root, root, state: first.state });
    this.#arrive(first.scroll);
    this.setText(options.text);
  }

  /**
   * Replaces the text of a document. Undo can take it back. Nothing happens when it is equal; `onChange` is not called.
   * @param {string} text
   * @param {string} [name]
   */
  setText(text, name = this.#current) {
    const state = this.#stateOf(name);
    if (!state) return this.setDocument(name, text);
    const wanted = text.replace(/\r\n?/g, "\n");
    if (state.doc.toString() === wanted) return;
    this.#apply(name, {
      changes: smallestChange(state.doc, wanted),
      annotations: [fromApp.of(true), isolateHistory.of("full")],
    });
  }

  /** The text of a document, or undefined if there is none of this name. */
  getText(name = this.#current) {
    return this.#stateOf(name)?.doc.toString();
  }

  /**
   * Makes a document, with nothing to undo, in place of any other of this name. Its accessible name is its name.
   * @param {string} name
   * @param {string} text
   */
  setDocument(name, text) {
    const state = this.#made(text, name);
    if (name === this.#current) this.#view.setState(state);
    else this.#others.set(name, { state, scroll: 0 });
  }

  /**
   * Shows another document. Cursor, scroll position, problems and undo history of both are kept.
   * @param {string} name
   */
  select(name) {
    const next = this.#others.get(name);
    if (!next || name === this.#current) return;
    this.#others.delete(name);
    this.#others.set(this.#current, this.#shown());
    this.#current = name;
    this.#view.setState(next.state);
    this.#arrive(next.scroll);
  }

  /**
   * Shows problems: underline, gutter mark, tooltip, and for errors the message under the line. A cursor that was in
   * view stays there.
   * @param {import("./contract.js").Diagnostic[]} list
   * @param {string} [name]
   */
  setDiagnostics(list, name = this.#current) {
    const state = this.#stateOf(name);
    if (!state) return;
    const follows = name === this.#current && this.#view.hasFocus && this.#seesCursor();
    this.#apply(name, { effects: setProblems.of(problems.read(state.doc, list)) });
    if (follows) this.#keepCursor();
  }

  /**
   * The text that was last applied: lines that differ from it are marked.
   * @param {string} text
   * @param {string} [name]
   */
  setApplied(text, name = this.#current) {
    this.#apply(name, { effects: setApplied.of(text.replace(/\r\n?/g, "\n").split("\n")) });
  }

  /**
   * Puts the cursor there, scrolls to it and takes the focus.
   * @param {number} line
   * @param {number} col
   */
  goto(line, col) {
    this.#show(offsetOf(this.#view.state.doc, line, col));
  }

  /**
   * Goes to the next problem after the cursor, around the end if need be, and shows its message; false if there is
   * none.
   */
  nextProblem() {
    const problem = problemAfter(this.#view.state);
    if (problem) this.#show(problem.from, problem);
    return Boolean(problem);
  }

  /** Applies the first fix on the cursor's line or after it; false if there is none. */
  applyFix() {
    const problem = fixAt(this.#view.state);
    if (problem) fixProblem(this.#view, problem);
    return Boolean(problem);
  }

  focus() {
    this.#view.focus();
  }

  /** Leaves the editor. One that is made for the same work goes on with its documents. */
  destroy() {
    const documents = [...this.#others.set(this.#current, this.#shown())];
    left = {
      work: this.#options.work,
      documents: documents.map(([name, { state, scroll }]) => [name, { state: state.toJSON(KEPT), scroll }]),
    };
    this.#view.destroy();
  }

  /** The shown document. */
  #shown() {
    return { state: this.#view.state, scroll: this.#awaited ?? this.#view.scrollDOM.scrollTop };
  }

  /**
   * The shown document is another from now on.
   * @param {number} scroll
   */
  #arrive(scroll) {
    this.#awaited = scroll;
    this.#view.requestMeasure({
      read: () => {},
      write: () => {
        if (this.#awaited !== undefined) this.#view.scrollDOM.scrollTop = this.#awaited;
        this.#awaited = undefined;
      },
    });
    this.#tellCursor();
  }

  /** @param {string} name */
  #stateOf(name) {
    return name === this.#current ? this.#view.state : this.#others.get(name)?.state;
  }

  /**
   * @param {string} name
   * @param {TransactionSpec} spec
   */
  #apply(name, spec) {
    if (name === this.#current) return this.#view.dispatch(spec);
    const other = this.#others.get(name);
    if (other) other.state = other.state.update(spec).state;
  }

  /**
   * Goes to an offset; a screen reader says the problem's message.
   * @param {number} offset
   * @param {Problem} [problem]
   */
  #show(offset, problem) {
    this.#view.dispatch({
      selection: EditorSelection.cursor(offset),
      effects: [
        EditorView.scrollIntoView(offset, { y: "center" }),
        ...(problem ? [openProblem.of(problem), EditorView.announce.of(problem.message)] : []),
      ],
    });
    this.#view.focus();
  }

  /** Closes a message that F8 opened; false if there is none. */
  #close() {
    const isOpen = hasOpenProblem(this.#view.state);
    if (isOpen) this.#view.dispatch({ effects: openProblem.of(null) });
    return isOpen;
  }

  #seesCursor() {
    const cursor = this.#view.coordsAtPos(this.#view.state.selection.main.head);
    const box = this.#view.scrollDOM.getBoundingClientRect();
    return cursor !== null && cursor.bottom > box.top && cursor.top < box.bottom;
  }

  /** Scrolls as far as the cursor, and the message right under its line, need it. */
  #keepCursor() {
    const view = this.#view;
    view.requestMeasure({
      read: () => {
        const cursor = view.coordsAtPos(view.state.selection.main.head);
        if (!cursor) return null;
        const box = view.scrollDOM.getBoundingClientRect();
        const messages = [...view.dom.querySelectorAll(".under")].map((message) => message.getBoundingClientRect());
        const under = messages.filter(({ top }) => top >= cursor.top && top < cursor.bottom + 8);
        const bottom = Math.max(cursor.bottom, ...under.map((message) => message.bottom));
        // The message may be higher than the editor: the cursor comes first.
        const down = Math.min(bottom + 4 - box.bottom, cursor.top - 4 - box.top);
        return down > 0 ? down : Math.min(0, cursor.top - 4 - box.top);
      },
      write: (by) => {
        // So far out of view that it is not drawn: no place to be measured.
        if (by === null) setTimeout(() => view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main.head) }));
        else view.scrollDOM.scrollTop += by;
      },
    });
  }

  #tellCursor() {
    const { state } = this.#view;
    const { line, col } = placeOf(state.doc, state.selection.main.head);
    this.#options.onCursor?.(line, col, this.#current);
  }

  /** @param {import("@codemirror/view").ViewUpdate} update */
  #listen(update) {
    const byUser = update.transactions.some((tr) => tr.docChanged && !tr.annotation(fromApp));
    if (byUser) this.#options.onChange?.(update.state.doc.toString(), this.#current);
    if (update.selectionSet || update.docChanged) this.#tellCursor();
  }

  /**
   * @param {string} text
   * @param {string} name
   */
  #made(text, name) {
    return EditorState.create({ doc: text, extensions: this.#extensions(name) });
  }

  /**
   * @param {string} name
   * @returns {import("@codemirror/state").Extension[]}
   */
  #extensions(name) {
    const { readOnly, complete } = this.#options;
    const apply = () => {
      this.#options.onApply?.();
      return true;
    };
    const fix = () => this.applyFix();
    return [
      Prec.highest(
        keymap.of([
          { key: "Ctrl-Enter", mac: "Cmd-Enter", run: apply },
          { key: "Ctrl-.", mac: "Cmd-.", run: fix },
          { key: "F8", run: () => this.nextProblem() },
          { key: "Escape", run: () => this.#close() },
        ]),
      ),
      problems.gutter,
      lineNumbers(),
      changes,
      foldGutter({ markerDOM: (open) => foldMarker(open) }),
      codeFolding(),
      history(),
      drawSelection(),
      indentOnInput(),
      indentUnit.of("  "),
      EditorState.tabSize.of(2),
      EditorState.lineSeparator.of("\n"),
      EditorState.readOnly.of(Boolean(readOnly)),
      bracketMatching(),
      highlightActiveLine(),
      highlightSelectionMatches(),
      search({ top: true }),
      yaml(),
      syntaxHighlighting(code),
      scalars,
      problems.extension,
      complete ? completions(complete, () => this.#current) : [],
      // Left to the browser, text typed over a selection of several lines comes with a style attribute, which the
      // page's policy refuses.
      EditorView.domEventHandlers({
        beforeinput: (event, view) => {
          const { readOnly, selection } = view.state;
          if (!readOnly && (event.inputType !== "insertText" || event.data === null || view.composing || selection.main.empty)) return false;
          event.preventDefault();
          if (!readOnly) view.dispatch(view.state.replaceSelection(event.data ?? ""), { userEvent: "input.type" });
          return true;
        },
      }),
      keymap.of([...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap]),
      theme,
      EditorView.contentAttributes.of({ "aria-label": name, "aria-describedby": "keys", spellcheck: "false", tabindex: "0" }),
      EditorView.updateListener.of((update) => this.#listen(update)),
    ];
  }
}

/** @param {boolean} open */
function foldMarker(open) {
  const marker = document.createElement("span");
  marker.className = open ? "fold fold--open" : "fold";
  marker.textContent = open ? "⌄" : "›";
  marker.title = open ? "Fold" : "Unfold";
  return marker;
}

/**
 * The app's completions as CodeMirror's.
 * @param {NonNullable<Options["complete"]>} complete
 * @param {() => string} name
 */
function completions(complete, name) {
  const source = (/** @type {import("@codemirror/autocomplete").CompletionContext} */ { state, pos, explicit }) => {
    const { line, col } = placeOf(state.doc, pos);
    const options = complete(state.doc.toString(), line, col, name()) ?? [];
    if (options.length === 0) return null;
    const word = state.doc.lineAt(pos).text.slice(0, pos - state.doc.lineAt(pos).from).match(/[\w./-]*$/)?.[0] ?? "";
    if (word === "" && !explicit) return null;
    const from = options[0].from ? offsetOf(state.doc, line, options[0].from) : pos - word.length;
    return { from, options: options.map(({ label, detail }) => ({ label, detail })) };
  };
  return autocompletion({ override: [source], icons: false });
}

globalThis.PlaygroundEditor = PlaygroundEditor;
