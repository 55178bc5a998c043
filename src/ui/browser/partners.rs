//! What belongs together: whatever is under the pointer or has the focus marks its partners elsewhere on the page.
//!
//! Elements that stand for the same thing carry the same word in `data-about` (`pod/default/web`, `T1`); an element
//! may carry several. The mark is an attribute that no component writes, so that a rendering does not undo it.

use super::closest;
use gloo::events::EventListener;
use web_sys::Element;

const MARK: &str = "data-partner";

/// Marks partners for as long as the result lives.
pub fn mark_partners() -> [EventListener; 2] {
    let document = gloo::utils::document();
    ["pointerover", "focusin"].map(|kind| {
        EventListener::new(&document, kind, |event| {
            let origin = closest(event, "[data-about]");
            for old in all(&format!("[{MARK}]")) {
                drop(old.remove_attribute(MARK));
            }
            let about = origin.as_ref().and_then(|origin| origin.get_attribute("data-about"));
            for word in about.iter().flat_map(|about| about.split_whitespace()) {
                for partner in all(&format!("[data-about~={word:?}]")) {
                    if Some(&partner) != origin.as_ref() {
                        drop(partner.set_attribute(MARK, ""));
                    }
                }
            }
        })
    })
}

/// All elements that a selector finds; none if it is not one.
pub(super) fn all(selector: &str) -> Vec<Element> {
    let found = gloo::utils::document().query_selector_all(selector).ok();
    let elements = found.iter().flat_map(|found| (0..found.length()).filter_map(|index| found.item(index)));
    elements.filter_map(|node| wasm_bindgen::JsCast::dyn_into::<Element>(node).ok()).collect()
}
