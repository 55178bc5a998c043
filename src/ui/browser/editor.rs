//! The editor's script, `static/editor/editor.js`.

use crate::manifest::{Diagnostic, Fix, Severity, Span};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::Element;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = PlaygroundEditor)]
    type Script;
    #[wasm_bindgen(constructor, js_class = "PlaygroundEditor")]
    fn new(parent: &Element, options: &JsValue) -> Script;
    #[wasm_bindgen(method, js_name = setText)]
    fn set_text(this: &Script, text: &str, name: &str);
    #[wasm_bindgen(method, js_name = setDocument)]
    fn set_document(this: &Script, name: &str, text: &str);
    #[wasm_bindgen(method)]
    fn select(this: &Script, name: &str);
    #[wasm_bindgen(method, js_name = setDiagnostics)]
    fn set_diagnostics(this: &Script, list: &JsValue, name: &str);
    #[wasm_bindgen(method, js_name = setApplied)]
    fn set_applied(this: &Script, text: &str, name: &str);
    #[wasm_bindgen(method, js_name = "goto")]
    fn go_to(this: &Script, line: u32, column: u32);
    #[wasm_bindgen(method, js_name = nextProblem)]
    fn next_problem(this: &Script) -> bool;
    #[wasm_bindgen(method)]
    fn destroy(this: &Script);
}

type OnChange = Closure<dyn FnMut(String, String)>;
type OnApply = Closure<dyn FnMut()>;
type OnCursor = Closure<dyn FnMut(u32, u32, String)>;

/// The editor in an element of the page; gone when dropped.
pub struct Editor {
    script: Script,
    _callbacks: (OnChange, OnApply, OnCursor),
}

/// What the editor tells.
pub struct Listeners {
    /// The user changed the text of a document: the text, the document's name.
    pub on_change: Box<dyn FnMut(String, String)>,
    /// Ctrl+Enter.
    pub on_apply: Box<dyn FnMut()>,
    /// The cursor is in this line of a document.
    pub on_cursor: Box<dyn FnMut(u32, u32, String)>,
}

impl Editor {
    /// Puts the editor in an element, with a first document. Where the last one was made for the same work, by its
    /// number, it goes on with the documents of that one: with undo, cursor and folds.
    pub fn new(
        parent: &Element,
        work: u32,
        name: &str,
        text: &str,
        read_only: bool,
        listeners: Listeners,
    ) -> Self {
        let on_change = Closure::wrap(listeners.on_change);
        let on_apply = Closure::wrap(listeners.on_apply);
        let on_cursor = Closure::wrap(listeners.on_cursor);
        let options = object(&[
            ("name", name.into()),
            ("text", text.into()),
            ("work", work.into()),
            ("readOnly", read_only.into()),
            ("onChange", on_change.as_ref().clone()),
            ("onApply", on_apply.as_ref().clone()),
            ("onCursor", on_cursor.as_ref().clone()),
        ]);
        Editor { script: Script::new(parent, &options), _callbacks: (on_change, on_apply, on_cursor) }
    }

    /// Makes a document, with nothing to undo, in place of any other of this name.
    pub fn set_document(&self, name: &str, text: &str) {
        self.script.set_document(name, text);
    }

    /// Replaces the text of a document, which undo can take back; makes the document if there is none of this name.
    pub fn set_text(&self, name: &str, text: &str) {
        self.script.set_text(text, name);
    }

    /// Shows a document.
    pub fn select(&self, name: &str) {
        self.script.select(name);
    }

    /// Shows the problems of a document.
    pub fn set_diagnostics(&self, name: &str, diagnostics: &[Diagnostic]) {
        let list: Array = diagnostics.iter().map(problem).collect();
        self.script.set_diagnostics(&list, name);
    }

    /// The text against which lines are marked as changed.
    pub fn set_applied(&self, name: &str, text: &str) {
        self.script.set_applied(text, name);
    }

    /// Goes to the next problem of the shown document and shows its message; false if there is none.
    pub fn next_problem(&self) -> bool {
        self.script.next_problem()
    }

    /// Moves to a place.
    pub fn go_to(&self, line: u32, column: u32) {
        self.script.go_to(line, column);
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.script.destroy();
    }
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // A plain object takes every field.
        drop(Reflect::set(&object, &JsValue::from_str(name), value));
    }
    object.into()
}

fn placed(span: Span, mut fields: Vec<(&'static str, JsValue)>) -> JsValue {
    fields.extend([
        ("line", span.line.into()),
        ("col", span.column.into()),
        ("endLine", span.end_line.into()),
        ("endCol", span.end_column.into()),
    ]);
    object(&fields)
}

fn problem(diagnostic: &Diagnostic) -> JsValue {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let mut fields = vec![("severity", severity.into()), ("message", diagnostic.message.as_str().into())];
    if let Some(suggestion) = &diagnostic.suggestion {
        fields.push(("suggestion", suggestion.as_str().into()));
    }
    if let Some(Fix { label, replacement, span }) = &diagnostic.fix {
        let fix = vec![("label", label.as_str().into()), ("replacement", replacement.as_str().into())];
        fields.push(("fix", placed(*span, fix)));
    }
    placed(diagnostic.span, fields)
}
