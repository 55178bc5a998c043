//! The way of a pod from the queue to its node.

use super::partners::all;
use crate::api::sort;
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// An attribute that no component writes, so that a rendering does not undo it.
const ARRIVING: &str = "data-arriving";

/// Where the pods of the queue stood, by `data-about`.
pub type Places = BTreeMap<String, (f64, f64)>;

/// Where the pods of the queue stand.
pub fn queue_places() -> Places {
    let of = |element: &web_sys::Element| {
        let rect = element.get_bounding_client_rect();
        Some((element.get_attribute("data-about")?, (rect.left(), rect.top())))
    };
    sort::map(all(".queue [data-about]").iter().filter_map(of))
}

/// Lets each pod that stood in the queue and is on a node now come from there. The styles say how, and how long.
pub fn arrive(from: &Places) {
    if from.is_empty() {
        return;
    }
    let on_nodes = all(".nodes [data-about]");
    for element in on_nodes.into_iter().filter_map(|element| element.dyn_into::<HtmlElement>().ok()) {
        let about = element.get_attribute("data-about").unwrap_or_default();
        let Some((left, top)) = from.get(&about) else { continue };
        let rect = element.get_bounding_client_rect();
        let style = element.style();
        drop(style.set_property("--from-x", &format!("{}px", left - rect.left())));
        drop(style.set_property("--from-y", &format!("{}px", top - rect.top())));
        drop(element.set_attribute(ARRIVING, ""));
    }
}

/// What arrived has arrived.
pub fn settle() {
    for element in all(&format!("[{ARRIVING}]")) {
        drop(element.remove_attribute(ARRIVING));
    }
}

/// Where the pointer is, as custom properties that what floats beside it is placed by.
pub fn follow_pointer(x: i32, y: i32) {
    let root = gloo::utils::document().document_element();
    let Some(root) = root.and_then(|root| root.dyn_into::<HtmlElement>().ok()) else { return };
    drop(root.style().set_property("--pointer-x", &format!("{x}px")));
    drop(root.style().set_property("--pointer-y", &format!("{y}px")));
}
