//! Which hand the user works with: the pointer, or the keys. What got the focus by a click does not take the arrows.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

/// On the root element while the focus was moved by the pointer.
const POINTER: &str = "data-pointer";

/// Follows the hand for as long as the result lives.
pub fn follow_hand() -> [EventListener; 2] {
    let document = gloo::utils::document();
    let options = EventListenerOptions::run_in_capture_phase();
    let pointer = EventListener::new_with_options(&document, "pointerdown", options, |_| {
        if let Some(root) = gloo::utils::document().document_element() {
            drop(root.set_attribute(POINTER, ""));
        }
    });
    let keys = EventListener::new_with_options(&document, "keydown", options, |event| {
        let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
        let into = key.is_some_and(|key| matches!(key.as_str(), "Tab" | "ArrowUp" | "ArrowDown"));
        if let Some(root) = gloo::utils::document().document_element().filter(|_| into) {
            drop(root.remove_attribute(POINTER));
        }
    });
    [pointer, keys]
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
