//! The addresses of the gallery and the lessons, so that the browser's Back leaves these and not the site.

use crate::ui::state::Page;
use gloo::events::EventListener;
use wasm_bindgen::JsValue;
use yew::Callback;

/// The addresses of pages that have one.
const ADDRESSES: [(&str, Page); 2] = [("#examples", Page::Gallery), ("#lessons", Page::Lessons)];
/// Marks an entry of the history that came after one of the cluster's.
const PUSHED: &str = "after the cluster";

/// The page that the address names.
pub fn page() -> Page {
    let hash = gloo::utils::window().location().hash().unwrap_or_default();
    ADDRESSES.iter().find(|(address, _)| *address == hash).map_or(Page::Cluster, |(_, page)| *page)
}

/// Makes the address say which page is shown. A browser that refuses keeps the address it has.
pub fn show_address(shown: Page) {
    let Ok(history) = gloo::utils::window().history() else { return };
    let before = page();
    let address = ADDRESSES.iter().find(|(_, page)| *page == shown);
    match address {
        _ if before == shown => {}
        Some((address, _)) if before == Page::Cluster => {
            drop(history.push_state_with_url(&PUSHED.into(), "", Some(address)));
        }
        // From one of them to another: Back leads to the cluster as before.
        Some((address, _)) => {
            let state = history.state().unwrap_or(JsValue::NULL);
            drop(history.replace_state_with_url(&state, "", Some(address)));
        }
        None => {
            // Whoever came with such an address has no page of ours to go back to.
            let pushed = history.state().is_ok_and(|state| state.as_string().as_deref() == Some(PUSHED));
            drop(if pushed {
                history.back()
            } else {
                history.replace_state_with_url(&JsValue::NULL, "", Some("#"))
            });
        }
    }
}

/// Tells which page is to be shown whenever the user goes back or forward.
pub fn watch_address(on_move: Callback<Page>) -> EventListener {
    EventListener::new(&gloo::utils::window(), "popstate", move |_| on_move.emit(page()))
}
