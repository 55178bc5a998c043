//! The address of the gallery, so that the browser's Back leaves the gallery and not the site.

use gloo::events::EventListener;
use wasm_bindgen::JsValue;
use yew::Callback;

const GALLERY: &str = "#examples";
/// Marks an entry of the history that came after one of the cluster's.
const PUSHED: &str = "after the cluster";

/// Whether the address is the gallery's.
pub fn is_gallery() -> bool {
    gloo::utils::window().location().hash().is_ok_and(|hash| hash == GALLERY)
}

/// Makes the address say whether the gallery is shown. A browser that refuses keeps the address it has.
pub fn show_address(gallery: bool) {
    let Ok(history) = gloo::utils::window().history() else { return };
    if gallery && !is_gallery() {
        drop(history.push_state_with_url(&PUSHED.into(), "", Some(GALLERY)));
    } else if !gallery && is_gallery() {
        // Whoever came with the gallery's address has no page of ours to go back to.
        let pushed = history.state().is_ok_and(|state| state.as_string().as_deref() == Some(PUSHED));
        drop(if pushed {
            history.back()
        } else {
            history.replace_state_with_url(&JsValue::NULL, "", Some("#"))
        });
    }
}

/// Tells whether the gallery is to be shown whenever the user goes back or forward.
pub fn watch_address(on_move: Callback<bool>) -> EventListener {
    EventListener::new(&gloo::utils::window(), "popstate", move |_| on_move.emit(is_gallery()))
}
