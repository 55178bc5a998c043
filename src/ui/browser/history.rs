//! The addresses of the gallery and the lessons, so that the browser's Back leaves these and not the site.

use crate::ui::state::Page;
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use yew::Callback;

/// The addresses of pages that have one.
const ADDRESSES: [(&str, Page); 2] = [("#examples", Page::Gallery), ("#lessons", Page::Lessons)];
/// The browser goes back within so many milliseconds, or not at all.
const BACK_TAKES: u32 = 10_000;
/// Marks an entry of the history that came after one of the cluster's.
const PUSHED: &str = "after the cluster";

thread_local! {
    /// While the browser, which goes back when it has time to, has not gone back yet: the page that is shown meanwhile,
    /// and the end of waiting for it, which goes with it.
    static GOING_BACK: RefCell<Option<(Page, Timeout)>> = const { RefCell::new(None) };
}

/// The page that the address names.
pub fn page() -> Page {
    let hash = gloo::utils::window().location().hash().unwrap_or_default();
    ADDRESSES.iter().find(|(address, _)| *address == hash).map_or(Page::Cluster, |(_, page)| *page)
}

/// Makes the address say which page is shown. Whoever `chose` something there comes back to it with Back. A browser that
/// refuses keeps the address it has.
pub fn show_address(shown: Page, chose: bool) {
    let Ok(history) = gloo::utils::window().history() else { return };
    let is_going =
        |going: &mut Option<(Page, Timeout)>| going.as_mut().map(|(page, _)| *page = shown).is_some();
    if GOING_BACK.with_borrow_mut(is_going) {
        return;
    }
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
            if chose {
                drop(history.push_state_with_url(&JsValue::NULL, "", Some("#")));
            } else if !pushed {
                drop(history.replace_state_with_url(&JsValue::NULL, "", Some("#")));
            } else if history.back().is_ok() {
                GOING_BACK.set(Some((shown, Timeout::new(BACK_TAKES, stay))));
            }
        }
    }
}

/// The browser did not go back, as there was nothing before any more: the entry that is shown gets the page's address.
fn stay() {
    let Some((shown, _)) = GOING_BACK.take() else { return };
    let address = ADDRESSES.iter().find(|(_, page)| *page == shown).map_or("#", |(address, _)| *address);
    if let Ok(history) = gloo::utils::window().history() {
        drop(history.replace_state_with_url(&JsValue::NULL, "", Some(address)));
    }
}

/// Tells which page is to be shown whenever the user goes back or forward. Where we went back ourselves, the page that is
/// shown by then has the word.
pub fn watch_address(on_move: Callback<Page>) -> EventListener {
    EventListener::new(&gloo::utils::window(), "popstate", move |_| match GOING_BACK.take() {
        Some((shown, _)) if page() == Page::Cluster => show_address(shown, false),
        _ => on_move.emit(page()),
    })
}
