// The editor's looks. Every colour and length is a custom property of static/css/tokens.css: those reach into the
// shadow root, so the editor follows the page's theme by itself.
import { HighlightStyle } from "@codemirror/language";
import { Prec } from "@codemirror/state";
import { Decoration, EditorView, MatchDecorator, ViewPlugin } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const label = "400 var(--text-s)/1.4 var(--font-ui)";
const control = {
  font: "500 var(--text-s)/1.4 var(--font-ui)",
  color: "var(--ink)",
  background: "var(--surface)",
  backgroundImage: "none",
  border: "var(--hair) solid var(--line-2)",
  borderRadius: "var(--radius-2)",
  minHeight: "1.5rem",
  padding: "0 var(--space-4)",
};
const focus = { outline: "2px solid var(--focus)", outlineOffset: "2px" };

export const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", background: "var(--surface)", fontSize: "var(--code-size, var(--text-code))" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-code)", lineHeight: "var(--code-line, 1.0625rem)", scrollbarWidth: "thin" },
  ".cm-content": { padding: "var(--space-3) 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 var(--space-4) 0 var(--space-1)" },
  ".cm-cursor, .cm-dropCursor": { borderLeft: "2px solid var(--ink)" },
  ".cm-activeLine": { background: "color-mix(in srgb, var(--hover) 60%, transparent)" },
  // The selection is drawn behind the lines; a ground of their own must let it through.
  ".cm-selectionBackground": { background: "var(--track)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--focus) 26%, var(--surface))",
  },
  ".cm-selectionMatch": { background: "var(--sunken)" },
  "&.cm-focused .cm-matchingBracket": { background: "none", outline: "1px solid var(--line-2)" },
  "&.cm-focused .cm-nonmatchingBracket": { background: "var(--bad-tint)", color: "var(--bad)" },
  ".cm-line.is-added": { background: "color-mix(in srgb, var(--good-tint) 70%, transparent)" },
  ".cm-line.is-error": { background: "color-mix(in srgb, var(--bad-tint) 80%, transparent)" },
  ".cm-code-num, .cm-code-num span": { color: "var(--code-num)" },

  // What is scrolled sideways goes behind it.
  ".cm-gutters": { background: "var(--surface)", border: "0", color: "var(--ink-3)" },
  ".cm-lineNumbers": { fontSize: "max(var(--text-xs), 0.95em)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "1.5rem", padding: "0 var(--space-2) 0 0" },
  ".cm-gutterElement.is-added": { background: "color-mix(in srgb, var(--good-tint) 70%, transparent)" },
  ".cm-gutterElement.is-error": { background: "color-mix(in srgb, var(--bad-tint) 80%, transparent)" },
  ".cm-activeLineGutter": { background: "none" },
  ".cm-signs .cm-gutterElement": { width: "0.875rem", display: "flex", alignItems: "center", justifyContent: "center" },
  ".cm-changes .cm-gutterElement": { width: "0.75rem", color: "var(--good)", fontWeight: "700" },
  ".cm-foldGutter .cm-gutterElement": { width: "0.75rem", cursor: "pointer", textAlign: "center" },
  ".fold--open": { opacity: "0", color: "var(--ink-3)" },
  ".cm-gutters:hover .fold--open": { opacity: "1" },
  ".cm-foldPlaceholder": { background: "var(--sunken)", border: "0", color: "var(--ink-2)", padding: "0 var(--space-2)" },
  ".sign": { width: "0.75rem", height: "0.75rem", fill: "none", stroke: "currentColor", strokeWidth: "1.75" },
  ".sign--error": { color: "var(--bad)" },
  ".sign--warning": { color: "var(--warn)" },
  ".sign--info": { color: "var(--ink-2)" },

  ".squiggle": { textDecoration: "underline wavy 1.25px", textUnderlineOffset: "3px" },
  ".squiggle--error": { textDecorationColor: "var(--bad)" },
  ".squiggle--warning": { textDecorationColor: "var(--warn)" },
  ".squiggle--info": { textDecorationColor: "var(--line-2)" },
  // Under a line the message starts with the text and fits the panel however long the line is.
  ".under": { boxSizing: "border-box", position: "sticky", left: "3.875rem", width: "min(36rem, calc(100cqi - 4rem))", padding: "var(--space-2) var(--space-5) var(--space-3) 0" },
  ".under > .diagnostic": { boxShadow: "var(--shadow-2)" },
  ".diagnostic": {
    padding: "var(--space-3) var(--space-4)",
    borderLeft: "3px solid var(--line-2)",
    background: "var(--surface)",
    borderRadius: "0 var(--radius-2) var(--radius-2) 0",
    font: "400 max(var(--text-xs), 0.957em)/1.4 var(--font-code)",
    whiteSpace: "normal",
    overflowWrap: "anywhere",
  },
  ".diagnostic--error": { borderLeftColor: "var(--bad)" },
  ".diagnostic--warning": { borderLeftColor: "var(--warn)" },
  ".suggestion": { marginTop: "var(--space-2)", fontFamily: "var(--font-ui)" },
  ".row": { display: "flex", flexWrap: "wrap", gap: "var(--space-3)", alignItems: "center", marginTop: "var(--space-3)" },
  ".fix": { ...control, minHeight: "var(--target, 1.5rem)", fontWeight: "550", cursor: "pointer" },
  ".fix:hover": { background: "var(--hover)" },
  "button:focus-visible, input:focus-visible": focus,
  code: { fontFamily: "var(--font-code)", fontSize: "0.94em" },
  kbd: {
    font: "500 var(--text-xs)/1 var(--font-code)",
    padding: "0.125rem 0.25rem",
    border: "var(--hair) solid currentColor",
    borderRadius: "var(--radius-1)",
    color: "var(--ink-2)",
  },

  ".cm-tooltip": { border: "0", background: "var(--surface)", boxShadow: "var(--shadow-3)", borderRadius: "var(--radius-2)", overflow: "hidden", maxWidth: "26rem" },
  ".cm-tooltip-autocomplete > ul": { font: "400 var(--text-code)/1.4 var(--font-code)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--ink)", color: "var(--on-ink)" },
  ".cm-completionDetail": { color: "inherit", fontStyle: "normal" },

  ".cm-panels": { background: "var(--paper)", color: "var(--ink)", font: label },
  ".cm-panels-top": { borderBottom: "var(--hair) solid var(--line)" },
  ".cm-panel.cm-search": { padding: "var(--space-3) var(--space-4)", display: "flex", flexWrap: "wrap", gap: "var(--space-2)", paddingRight: "2rem" },
  ".cm-panel.cm-search br": { display: "none" },
  ".cm-panel.cm-search label": { font: label, display: "inline-flex", alignItems: "center", gap: "var(--space-1)" },
  ".cm-panel.cm-search input, .cm-panel.cm-search button, .cm-panel.cm-search label": { margin: "0" },
  ".cm-textfield": { ...control, font: "400 var(--text-code)/1.4 var(--font-code)", flex: "1 1 8rem", minWidth: "0" },
  ".cm-button": control,
  ".cm-panel.cm-search [name=close]": { color: "var(--ink-2)", width: "1.5rem", height: "1.5rem" },
  ".cm-searchMatch": { background: "var(--warn-tint)", outline: "1px solid var(--warn)" },
  ".cm-searchMatch-selected": { outlineWidth: "2px" },
});

export const code = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)" },
  { tag: [tags.content, tags.string, tags.special(tags.string), tags.attributeValue], color: "var(--code-str)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--code-note)", fontStyle: "italic" },
  { tag: [tags.labelName, tags.typeName, tags.keyword], color: "var(--code-num)" },
  { tag: [tags.meta, tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "var(--ink-2)" },
]);

// The grammar knows plain scalars only as text. Numbers, quantities, booleans and null get a colour of their own.
const matcher = new MatchDecorator({
  regexp: /((?:^|\s)[^\s#"'][^#"']*:\s+|^\s*-\s+)([+-]?\d[\d.]*(?:[numkMGTPE]i?|[eE][+-]?\d+)?|true|false|null|~)(?=\s*(?:#.*)?$)/g,
  decorate(add, from, _to, match) {
    const start = from + match[1].length;
    add(start, start + match[2].length, Decoration.mark({ class: "cm-code-num" }));
  },
});

/** Outermost or innermost, this class must win over the grammar's: see the rule for its children in the theme. */
export const scalars = Prec.highest(
  ViewPlugin.fromClass(
    class {
      /** @param {EditorView} view */
      constructor(view) {
        this.decorations = matcher.createDeco(view);
      }
      /** @param {import("@codemirror/view").ViewUpdate} update */
      update(update) {
        this.decorations = matcher.updateDeco(update, this.decorations);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  ),
);
