// What the app may ask of the editor's script. The class in editor.js implements it, the block of foreign functions in
// src/ui/browser/editor.rs calls it, and tests/tidy compares that block with this file, method by method.

/** A place of a text: 1-based, columns in code points. */
export interface Place {
  line: number;
  col: number;
  endLine: number;
  endCol: number;
}

/** A problem of a text, as `problem` in src/ui/browser/editor.rs makes it. */
export interface Diagnostic extends Place {
  severity: "error" | "warning" | "info";
  message: string;
  suggestion?: string;
  fix?: Place & { label: string; replacement: string };
}

export interface Options {
  /** The name of the first document. */
  name: string;
  /** Its text. */
  text: string;
  /** Counts what is opened: an editor of the same number as the last one goes on with its documents, undo, cursor, folds. */
  work: number;
  readOnly?: boolean;
  /** The user (or a fix, or undo) changed the text of a document. */
  onChange?(text: string, name: string): void;
  /** Ctrl+Enter. */
  onApply?(): void;
  /** The cursor is at this place of a document. */
  onCursor?(line: number, col: number, name: string): void;
  /** Completions at the cursor; `from` is the column where the replaced word starts. */
  complete?(text: string, line: number, col: number, name: string): { label: string; detail?: string; from?: number }[];
}

/** What the app calls. */
export interface Script {
  setText(text: string, name: string): void;
  setDocument(name: string, text: string): void;
  select(name: string): void;
  setDiagnostics(list: Diagnostic[], name: string): void;
  setApplied(text: string, name: string): void;
  goto(line: number, column: number): void;
  nextProblem(): boolean;
  destroy(): void;
}

declare global {
  var PlaygroundEditor: { new (parent: Element, options: Options): Script };
}
