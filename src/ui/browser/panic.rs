//! What the user sees when the program has crashed. It depends on nothing of the app: that is broken then.

use super::storage::{TROUBLE, storage};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Element, HtmlElement};

/// Shows what happened, from now on, whenever the program panics.
pub fn install() {
    // By way of Yew, which otherwise puts a hook of its own in place of this one.
    yew::set_custom_panic_hook(Box::new(|info| {
        let text = info.to_string();
        web_sys::console::error_1(&text.as_str().into());
        if let Some(storage) = storage() {
            let times = storage.get_item(TROUBLE).ok().flatten().and_then(|text| text.parse::<u32>().ok());
            drop(storage.set_item(TROUBLE, &(times.unwrap_or(0) + 1).to_string()));
        }
        let document = gloo::utils::document();
        if document.query_selector(".crash").ok().flatten().is_none() {
            // Without the overlay there is still the console.
            let _ = show(&document, &text);
        }
    }));
}

fn show(document: &Document, text: &str) -> Option<()> {
    let add = |parent: &Element, tag: &str, class: &str, text: &str| -> Option<Element> {
        let element = document.create_element(tag).ok()?;
        element.set_class_name(class);
        element.set_text_content(Some(text));
        parent.append_child(&element).ok()?;
        Some(element)
    };
    let overlay = add(&gloo::utils::body(), "div", "crash", "")?;
    overlay.set_attribute("role", "alertdialog").ok()?;
    overlay.set_attribute("aria-label", "The playground stopped").ok()?;
    let dialog = add(&overlay, "div", "dialog", "")?;
    add(&dialog, "h2", "", "The playground stopped")?;
    let words = "A mistake in this program, not in your YAML. Your work is stored in this browser; reloading brings it back.";
    add(&dialog, "p", "", words)?;
    add(&dialog, "pre", "crash-text", text)?;
    let buttons = add(&dialog, "div", "apply-head", "")?;
    let copy = add(&buttons, "button", "button", "Copy details")?;
    let reload = add(&buttons, "button", "button button--primary", "Reload")?;
    let details = text.to_owned();
    on_click(&copy, move || {
        super::copy(&details, |_| ());
    })?;
    on_click(&reload, || drop(gloo::utils::window().location().reload()))?;
    reload.dyn_ref::<HtmlElement>()?.focus().ok()
}

fn on_click(element: &Element, act: impl FnMut() + 'static) -> Option<()> {
    let closure = Closure::<dyn FnMut()>::new(act);
    element.add_event_listener_with_callback("click", closure.as_ref().unchecked_ref()).ok()?;
    // The overlay stays until the page is gone.
    closure.forget();
    Some(())
}
