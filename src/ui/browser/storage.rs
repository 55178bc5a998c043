//! The browser's storage: the work, the theme, the choice of keys, and whether the page came to grief last time.

use crate::session::Saved;
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Storage, StorageEvent};
use yew::Callback;

/// Key of the work; the number changes with its form.
const WORK: &str = "playground.work.1";
/// Key of the work that another opening replaced.
const KEPT: &str = "playground.kept.1";
/// Key of a text that was typed and not yet read.
const DRAFT: &str = "playground.draft.1";
/// Key of the theme; `static/theme.js` reads it before the first paint.
const THEME: &str = "playground.theme";
/// Key that is there if single letters are not to be shortcuts.
const NO_LETTERS: &str = "playground.no-letters";
/// Key of the number of times the page came to grief in a row.
pub(super) const TROUBLE: &str = "playground.trouble";

/// What the storage holds.
#[derive(Default)]
pub struct Found {
    /// The work.
    pub work: Option<Saved>,
    /// The work that another opening replaced.
    pub kept: Option<Saved>,
    /// How often the page came to grief in a row.
    pub trouble: u32,
}

pub(super) fn storage() -> Option<Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}

fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Stores the work that another opening replaced.
pub fn store_kept(kept: &Saved) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(kept)) {
        drop(storage.set_item(KEPT, &text));
    }
}

/// What is there from the last time. A text that was typed right before the end is in it, too.
pub fn load() -> Found {
    let mut work: Option<Saved> = read(WORK).and_then(|text| serde_json::from_str(&text).ok());
    let draft: Option<(String, String)> = read(DRAFT).and_then(|text| serde_json::from_str(&text).ok());
    if let (Some(work), Some((name, text))) = (&mut work, draft) {
        match name.as_str() {
            "manifest.yaml" => work.manifest = text,
            _ => work.nodes = text,
        }
        work.touched = true;
    }
    let kept = read(KEPT).and_then(|text| serde_json::from_str(&text).ok());
    Found { work, kept, trouble: read(TROUBLE).and_then(|text| text.parse().ok()).unwrap_or(0) }
}

/// Stores the work; false if the browser refuses.
pub fn store(work: &Saved) -> bool {
    let Some(storage) = storage() else { return false };
    let Ok(text) = serde_json::to_string(work) else { return false };
    drop(storage.remove_item(DRAFT));
    storage.set_item(WORK, &text).is_ok()
}

/// Stores a text right when it was typed, before anything looks at it.
pub fn note_draft(name: &str, text: &str) {
    if let (Some(storage), Ok(draft)) = (storage(), serde_json::to_string(&(name, text))) {
        drop(storage.set_item(DRAFT, &draft));
    }
}

/// Takes note that the page works.
pub fn forget_trouble() {
    if let Some(storage) = storage() {
        drop(storage.remove_item(TROUBLE));
    }
}

/// Stores the theme.
pub fn store_theme(name: &str) {
    if let Some(storage) = storage() {
        drop(storage.set_item(THEME, name));
    }
}

/// The stored theme.
pub fn stored_theme() -> Option<String> {
    read(THEME)
}

/// Stores whether single letters are shortcuts.
pub fn store_letters(letters: bool) {
    if let Some(storage) = storage() {
        drop(if letters { storage.remove_item(NO_LETTERS) } else { storage.set_item(NO_LETTERS, "1") });
    }
}

/// Whether single letters are shortcuts.
pub fn stored_letters() -> bool {
    read(NO_LETTERS).is_none()
}

/// Hears of other tabs that store their work.
pub fn watch(on_other: Callback<Saved>) -> EventListener {
    EventListener::new(&gloo::utils::window(), "storage", move |event| {
        let event = event.dyn_ref::<StorageEvent>();
        let of_work = event.filter(|event| event.key().as_deref() == Some(WORK));
        let work = of_work.and_then(|event| serde_json::from_str(&event.new_value()?).ok());
        if let Some(work) = work {
            on_other.emit(work);
        }
    })
}
