//! Links that hold a session, and the sheets about them: `static/boot.js` reads the one, and has the script of the
//! other when it is asked for.

use crate::session::Link;
use crate::ui::state::Mode;
use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::Element;

/// The session that the page's address holds, if it does, and how it is to be opened; else what is wrong with it. The
/// address of one that is looked at only stays.
pub fn arrived() -> Option<(Mode, Result<Link, String>)> {
    let link =
        Reflect::get(&gloo::utils::window(), &"playgroundLink".into()).ok().filter(JsValue::is_object)?;
    let word = |name: &str| Reflect::get(&link, &name.into()).ok().and_then(|value| value.as_string());
    let mode = Mode::of_letter(&word("mode").unwrap_or_default());
    let read = match word("text") {
        Some(text) => Link::read(&text),
        None => Err(word("error").unwrap_or_default()),
    };
    // A frame in another page shows nothing else, so its address stays even if nothing can be read of it.
    if !mode.is_read_only() || read.is_err() && mode != Mode::Embedded {
        let plain = address().split('#').next().unwrap_or_default().to_owned();
        if let Ok(history) = gloo::utils::window().history() {
            drop(history.replace_state_with_url(&JsValue::NULL, "", Some(&plain)));
        }
    }
    Some((mode, read))
}

fn address() -> String {
    gloo::utils::window().location().href().unwrap_or_default()
}

/// The address of what is looked at only, as one's own.
pub fn own_address() -> String {
    let address = address();
    let (plain, link) = address.split_once('#').unwrap_or((&address, ""));
    let (form, rest) = link.split_once('.').unwrap_or_default();
    format!("{plain}#{}.{rest}", form.replace(['r', 'e'], ""))
}

/// Draws a sheet of the script into an element. It asks for what it shows: what, and of what.
pub fn sheet(host: &Element, kind: &str, ask: &Closure<dyn FnMut(String, String) -> String>) {
    let draw = Reflect::get(&gloo::utils::window(), &"playgroundSheet".into()).ok();
    if let Some(draw) = draw.and_then(|draw| draw.dyn_into::<Function>().ok()) {
        drop(draw.call3(&JsValue::NULL, host, &kind.into(), ask.as_ref()));
    }
}
