//! The browser: the only place that knows of storage, the clipboard and the editor's script.

mod editor;
mod panic;
mod storage;

pub use editor::{Editor, Listeners};
pub use panic::install as catch_panics;
pub use storage::{Found, forget_trouble, load, note_draft, store, store_theme, stored_theme, watch};

use web_sys::{Element, HtmlElement};

/// Writes the theme where the styles look for it.
pub fn show_theme(name: &str) {
    if let Some(root) = gloo::utils::document().document_element() {
        drop(root.set_attribute("data-theme", name));
    }
}

/// Writes which panel a narrow screen shows where the styles look for it.
pub fn show_tab(name: &str) {
    drop(gloo::utils::body().set_attribute("data-tab", name));
}

/// Whether the system prefers a dark page.
pub fn prefers_dark() -> bool {
    let query = gloo::utils::window().match_media("(prefers-color-scheme: dark)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// Puts the focus on the first element that a selector finds.
pub fn focus(selector: &str) {
    let found = gloo::utils::document().query_selector(selector).ok().flatten();
    if let Some(element) =
        found.and_then(|element| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(element).ok())
    {
        drop(element.focus());
    }
}

/// Whether letters that are typed belong to the element.
pub fn is_typed_into(element: &Element) -> bool {
    element.closest("input, textarea, select, [contenteditable], .editor-host").ok().flatten().is_some()
}

/// Whether Space, the arrows, Home and End belong to the element.
pub fn has_keys_of_its_own(element: &Element) -> bool {
    let selector =
        "button, a, summary, [role=gridcell], [role=tab], [role=slider], .why-scroll, .events-wrap";
    element.closest(selector).ok().flatten().is_some()
}
