//! What the terminal needs of the browser: the caret of its line, its history, the clipboard, where things stand.

use super::books::then;
use super::storage::storage;
use wasm_bindgen::JsCast;
use web_sys::{Clipboard, Element, HtmlElement, HtmlTextAreaElement};

/// Key of what was typed in the terminal.
const HISTORY: &str = "playground.history";

/// What was typed before, the latest last.
pub fn load_history() -> Vec<String> {
    let text = storage().and_then(|storage| storage.get_item(HISTORY).ok().flatten());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Stores what was typed. Without room for it there is none at the next visit.
pub fn store_history(history: &[String]) {
    let text = serde_json::to_string(history).unwrap_or_default();
    if let Some(storage) = storage() {
        drop(storage.set_item(HISTORY, &text));
    }
}

/// Copies a text, and tells whether the browser did: it may refuse it, and has no clipboard where a page came without
/// encryption.
pub fn copy(text: &str, on_done: impl FnOnce(bool) + 'static) {
    let navigator = gloo::utils::window().navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).ok();
    let Some(clipboard) = clipboard.and_then(|found| found.dyn_into::<Clipboard>().ok()) else {
        return on_done(false);
    };
    then(&clipboard.write_text(text), move |done| on_done(done.is_some()));
}

/// How long a text is in the browser's units.
pub fn units_of(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// A place in the browser's units in bytes.
pub fn bytes_of(text: &str, units: u32) -> usize {
    let mut left = units as usize;
    let place = text.char_indices().find(|(_, letter)| {
        let is_there = left == 0;
        left = left.saturating_sub(letter.len_utf16());
        is_there
    });
    place.map_or(text.len(), |(at, _)| at)
}

/// Shows a text in the line with the caret at a place.
pub fn put_caret(area: &HtmlTextAreaElement, text: &str, caret: usize) {
    let value = area.value();
    let units = units_of(text.get(..caret).unwrap_or(text));
    let is_there = area.selection_end().ok().flatten() == Some(units);
    if value != text {
        area.set_value(text);
    } else if is_there {
        return;
    }
    let has_focus = gloo::utils::document().active_element().as_ref() == Some(area.as_ref());
    if has_focus {
        drop(area.set_selection_range(units, units));
    }
}

/// Puts a list over the letter of the line at which the word begins, inside the window.
pub fn place_at_letter(list: &Element, letter: usize) {
    if let Some(list) = list.dyn_ref::<HtmlElement>() {
        // A length is a valid value.
        drop(list.style().set_property("--letter", &letter.to_string()));
    }
}

/// Scrolls a list so that what is chosen in it is in view.
pub fn show_chosen(list: &Element) {
    let chosen = list.query_selector("[aria-selected=true]").ok().flatten();
    if let (Some(chosen), Some(room)) = (chosen, list.first_element_child()) {
        bring_into(&room, &chosen);
    }
}

/// Scrolls the one that a selector finds into the view of the other.
pub fn show_in(room: &str, chosen: &str) {
    let document = gloo::utils::document();
    let find = |selector: &str| document.query_selector(selector).ok().flatten();
    if let (Some(room), Some(chosen)) = (find(room), find(chosen)) {
        bring_into(&room, &chosen);
    }
}

/// Scrolls as far as it needs.
fn bring_into(room: &Element, chosen: &Element) {
    let (inner, outer) = (chosen.get_bounding_client_rect(), room.get_bounding_client_rect());
    let by = if inner.bottom() > outer.bottom() {
        inner.bottom() - outer.bottom()
    } else if inner.top() < outer.top() {
        inner.top() - outer.top()
    } else {
        return;
    };
    room.set_scroll_top(room.scroll_top() + by as i32);
}

/// Scrolls to the end, or so far that what comes first of the later ones stands at the bottom.
pub fn scroll_to_shown(log: &Element, later: &str) {
    let first = log.query_selector(later).ok().flatten();
    let Some(first) = first else { return log.set_scroll_top(log.scroll_height()) };
    let (inner, outer) = (first.get_bounding_client_rect(), log.get_bounding_client_rect());
    let room = (outer.height() / 4.0).min(72.0);
    log.set_scroll_top(log.scroll_top() + (inner.top() - outer.bottom() + room) as i32);
}
