//! The browser: the only place that knows of storage, the clipboard and the editor's script.

mod books;
mod editor;
mod hand;
mod history;
mod link;
mod panic;
mod partners;
mod storage;
mod terminal;
mod travel;

pub use books::{download, fetch, read_file};
pub use editor::{Editor, Listeners};
pub use hand::{by_pointer, follow_hand, let_go};
pub use history::{page, show_address, watch_address};
pub use link::{arrived, own_address, sheet};
pub use panic::install as catch_panics;
pub use partners::mark_partners;
pub use storage::{
    forget_trouble, load, load_learning, load_prefs, look_only, note_draft, store, store_beside, store_kept,
    store_learning, store_prefs, take_other, was_beside, was_writing, watch, watch_theme,
};
pub use terminal::{
    bytes_of, copy, load_history, place_at_letter, put_caret, scroll_to_shown, show_chosen, show_in,
    store_history, units_of,
};
pub use travel::{Places, arrive, follow_pointer, queue_places, settle};

use crate::ui::keys::Focus;
use gloo::events::{EventListener, EventListenerOptions};
use std::cell::Cell;
use wasm_bindgen::JsValue;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, MediaQueryList, NodeList};
use yew::Callback;

/// Whether all of the program is there.
pub fn is_whole() -> bool {
    gloo::utils::document_element().has_attribute("data-whole")
}

/// Writes the theme where the styles look for it, and whether all is for a projector.
pub fn show_theme(name: &str, projector: bool) {
    if let Some(root) = gloo::utils::document().document_element() {
        drop(root.set_attribute("data-theme", name));
        drop(match projector {
            true => root.set_attribute("data-view", "projector"),
            false => root.remove_attribute("data-view"),
        });
    }
}

/// Hears an event wherever on the page it happens, as long as what this gives is kept.
pub fn on_page(event: &'static str, hears: impl FnMut(&Event) + 'static) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&gloo::utils::document(), event, options, hears)
}

/// Hears an event of the window.
pub fn on_window(event: &'static str, hears: impl FnMut(&Event) + 'static) -> EventListener {
    EventListener::new(&gloo::utils::window(), event, hears)
}

/// The width and height of what is seen of the page.
pub fn page_size() -> (f64, f64) {
    let root = gloo::utils::document_element();
    (f64::from(root.client_width()), f64::from(root.client_height()))
}

/// The element that has the focus.
pub fn focused() -> Option<Element> {
    gloo::utils::document().active_element()
}

/// Whether an element has the focus, not the page as a whole.
pub fn has_focus() -> bool {
    focused().is_some_and(|element| element.tag_name() != "BODY")
}

/// Puts the focus on the first element that a selector finds, once what has it is gone: after what was asked for is drawn,
/// which may take a moment. Who works with the pointer looks for no focus, and who moved it meanwhile has another.
pub fn focus_once_lost(selector: impl Into<String>) {
    thread_local! {
        /// Counts who asked: the last one does.
        static ASKED: Cell<u32> = const { Cell::new(0) };
    }
    fn look(selector: String, had: Option<Element>, asked: u32, looks: u32) {
        let next = move || {
            let is_over = by_pointer() || looks == 0 || asked != ASKED.get();
            let is_elsewhere = has_focus() && focused() != had;
            let is_done = is_over || is_elsewhere || !has_focus() && focus_first(&selector);
            if !is_done {
                look(selector, had, asked, looks - 1);
            }
        };
        gloo::timers::callback::Timeout::new(20, next).forget();
    }
    ASKED.set(ASKED.get().wrapping_add(1));
    look(selector.into(), focused(), ASKED.get(), 150);
}

/// Whether a dialog is open.
pub fn has_dialog() -> bool {
    gloo::utils::document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// The time, in milliseconds since the page began.
pub fn milliseconds() -> f64 {
    gloo::utils::window().performance().map_or(0.0, |performance| performance.now())
}

/// Writes how high the user made the dock, in hundredths of the page, where the styles look for it.
pub fn show_dock(height: Option<u8>) {
    let root = gloo::utils::document_element();
    if let (Some(height), Ok(root)) = (height, wasm_bindgen::JsCast::dyn_into::<HtmlElement>(root)) {
        drop(root.style().set_property("--dock", &format!("{height}dvh")));
    }
}

/// Writes which place of the page a narrow screen shows where the styles look for it.
pub fn show_slot(name: &str) {
    drop(gloo::utils::body().set_attribute("data-slot", name));
}

/// Whether the page is at most so wide.
pub fn is_narrow(width: &str) -> bool {
    query(&format!("(max-width: {width})")).is_some_and(|query| query.matches())
}

/// What says whether the system prefers a dark page.
fn dark() -> Option<MediaQueryList> {
    query("(prefers-color-scheme: dark)")
}

fn query(query: &str) -> Option<MediaQueryList> {
    gloo::utils::window().match_media(query).ok().flatten()
}

/// The element closest to where an event happened that a selector finds. (Yew listens at the root: an event's
/// `currentTarget` says nothing.)
pub fn closest(event: &Event, selector: &str) -> Option<Element> {
    let target = event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok())?;
    target.closest(selector).ok().flatten()
}

/// ↓ and ↑ move the focus to the next and the last of elements in a row, which a selector finds.
pub fn walk(selector: &'static str) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        let Some(now) = closest(&event, selector) else { return };
        let to = match event.key().as_str() {
            "ArrowDown" => now.next_element_sibling(),
            "ArrowUp" => now.previous_element_sibling(),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if let Some(to) = to.and_then(|to| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(to).ok()) {
            drop(to.focus());
        }
    })
}

/// N and Shift N move the focus along the elements that a selector finds, from anywhere but a field.
pub fn walk_by_n(selector: &'static str) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        let is_n = event.key().eq_ignore_ascii_case("n")
            && !event.ctrl_key()
            && !event.meta_key()
            && !event.alt_key();
        if !is_n || closest(&event, "input, select, textarea").is_some() {
            return;
        }
        let (all, now) = row(gloo::utils::document().query_selector_all(selector));
        let to = match (now, event.shift_key()) {
            (None, _) => 0,
            (Some(now), false) => now + 1,
            (Some(now), true) => now.saturating_sub(1),
        };
        if let Some(to) = all.get(to) {
            event.prevent_default();
            event.stop_propagation();
            drop(to.focus());
        }
    })
}

/// Lets the arrow keys go from tab to tab, which Enter opens, as far as the tabs were come to by keys: who clicks goes on
/// with the steps.
#[cold]
#[inline(never)]
pub fn rove_tabs(event: KeyboardEvent) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key() || by_pointer() {
        return;
    }
    rove(&event, "[role=tablist]", "[role=tab]", ["ArrowLeft", "ArrowRight"]);
}

/// Lets two keys go around the elements of a place, and Home and End to the first and the last.
#[cold]
#[inline(never)]
pub fn rove(event: &KeyboardEvent, place: &str, elements: &str, [back, on]: [&str; 2]) {
    let Some(place) = closest(event, place) else { return };
    let (all, Some(now)) = row(place.query_selector_all(elements)) else { return };
    let to = match event.key().as_str() {
        key if key == on => (now + 1) % all.len(),
        key if key == back => (now + all.len() - 1) % all.len(),
        "Home" => 0,
        "End" => all.len() - 1,
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    drop(all[to].focus());
}

/// The elements that were found, and the place of the one that has the focus.
fn row(found: Result<NodeList, JsValue>) -> (Vec<HtmlElement>, Option<usize>) {
    let all: Vec<HtmlElement> = found.map_or_else(
        |_| Vec::new(),
        |all| {
            let one = |at| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(all.get(at)?).ok();
            (0..all.length()).filter_map(one).collect()
        },
    );
    let focus = gloo::utils::document().active_element();
    let now = all.iter().position(|one| focus.as_ref() == Some(one));
    (all, now)
}

/// Whether an event happened to an element that fits a selector, and not to something in it.
pub fn is_at(event: &Event, selector: &str) -> bool {
    let target = event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok());
    target.is_some_and(|target| target.matches(selector).unwrap_or(false))
}

/// Puts the focus on the first element that a selector finds.
pub fn focus(selector: &str) {
    focus_first(selector);
}

/// The same; whether there is one.
fn focus_first(selector: &str) -> bool {
    let found = gloo::utils::document().query_selector(selector).ok().flatten();
    let found = found.and_then(|element| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(element).ok());
    found.is_some_and(|element| element.focus().is_ok())
}

/// What an element does with keys by itself.
pub fn focus_of(element: &Element) -> Focus {
    let is_in = |selector| element.closest(selector).ok().flatten().is_some();
    if is_in("input:not([type=checkbox]), textarea, select, [contenteditable], .editor-host") {
        Focus::Text
    } else if by_pointer() {
        Focus::Page
    } else if is_in("[role=gridcell], [role=tab], [role=slider], [role=separator], .why-scroll, .events-wrap")
    {
        Focus::Widget
    } else if is_in("button, a, summary, input") {
        Focus::Button
    } else {
        Focus::Page
    }
}
