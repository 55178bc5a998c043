//! Which hand the user works with: the pointer, or the keys. What got the focus by a click does not take the arrows.

use super::{has_dialog, has_focus};
use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// On the root element while the focus was moved by the pointer.
const POINTER: &str = "data-pointer";

/// Follows the hand for as long as the result lives.
pub fn follow_hand() -> [EventListener; 3] {
    let document = gloo::utils::document();
    let options = EventListenerOptions::run_in_capture_phase();
    let pointer = EventListener::new_with_options(&document, "pointerdown", options, |_| {
        if let Some(root) = gloo::utils::document().document_element() {
            drop(root.set_attribute(POINTER, ""));
        }
        // What is clicked gets it, or nothing is to have it.
        PLACES.take();
    });
    let keys = EventListener::new_with_options(&document, "keydown", options, |event| {
        let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
        let into = key.is_some_and(|key| matches!(key.as_str(), "Tab" | "ArrowUp" | "ArrowDown"));
        if let Some(root) = gloo::utils::document().document_element().filter(|_| into) {
            drop(root.remove_attribute(POINTER));
        }
        KEEPER.replace(Some(Timeout::new(KEPT, keep_focus)));
    });
    let focus = EventListener::new_with_options(&document, "focusin", options, |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        // A dialog gives the focus back to what had it before.
        let outside = target.filter(|target| !target.closest("dialog").is_ok_and(|found| found.is_some()));
        let places = |target| {
            std::iter::successors(Some(target), |element: &Element| {
                element.parent_element().filter(|parent| !parent.matches(".app, main").unwrap_or(true))
            })
        };
        if let Some(target) = outside {
            PLACES.set(places(target).collect());
        }
    });
    [pointer, keys, focus]
}

/// So many milliseconds after a key its effect is drawn, and whoever wanted the focus has it.
const KEPT: u32 = 250;

thread_local! {
    /// The element that had the focus last, and in what it stood, from the inside.
    static PLACES: RefCell<Vec<Element>> = const { RefCell::new(Vec::new()) };
    /// Looks after it once the last key had its effect.
    static KEEPER: RefCell<Option<Timeout>> = const { RefCell::new(None) };
}

/// Where what had the focus is gone, it goes to the nearest thing that can have it: it would begin at the page's top again.
fn keep_focus() {
    if has_focus() || by_pointer() || has_dialog() {
        return;
    }
    let places = PLACES.with_borrow(Vec::clone);
    if places.first().is_none_or(|had| had.is_connected() && !had.matches(":disabled").unwrap_or(true)) {
        return;
    }
    for place in places.iter().filter(|place| place.is_connected()) {
        let found = place.query_selector_all("button, a[href], input, select, textarea, [tabindex='0']");
        let Ok(found) = found else { return };
        for element in (0..found.length()).filter_map(|at| found.get(at)) {
            if let Ok(element) = element.dyn_into::<HtmlElement>() {
                drop(element.focus());
            }
            if has_focus() {
                return;
            }
        }
    }
}

/// Whether what has the focus got it by the pointer.
pub fn by_pointer() -> bool {
    gloo::utils::document().document_element().is_some_and(|root| root.has_attribute(POINTER))
}

/// Takes the focus off a button that was clicked, so that a key which means something else does not press it.
pub fn let_go() {
    let focused = gloo::utils::document().active_element();
    let button = focused.filter(|element| element.matches("button, a, summary, input").unwrap_or(false));
    if let Some(button) = button.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        drop(button.blur());
    }
}
