//! Fetches what a first visit does not need, and gives files.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

/// Fetches a text that lies beside the page; none if it cannot be had.
pub fn fetch(address: &str, done: impl FnOnce(Option<String>) + Clone + 'static) {
    let failed = done.clone();
    let no = Closure::once_into_js(move |_: JsValue| failed(None));
    let window = gloo::utils::window();
    // Its name has no hash: what a cache holds is asked for anew.
    let options = Object::new();
    drop(Reflect::set(&options, &"cache".into(), &"no-cache".into()));
    let fetch =
        Reflect::get(&window, &"fetch".into()).ok().and_then(|fetch| fetch.dyn_into::<Function>().ok());
    let response = fetch
        .and_then(|fetch| fetch.call2(&window, &address.into(), &options).ok())
        .and_then(|promise| promise.dyn_into::<Promise>().ok());
    let Some(response) = response else { return done(None) };
    let text = Closure::once_into_js(|response: JsValue| -> JsValue {
        let is_ok = Reflect::get(&response, &"ok".into()).is_ok_and(|ok| ok.is_truthy());
        match is_ok {
            true => call(&response, "text", None).unwrap_or_default(),
            false => JsValue::UNDEFINED,
        }
    });
    let told = Closure::once_into_js(move |text: JsValue| done(text.as_string()));
    // `then` with two functions: what comes, and what went wrong on the way.
    if let Some(text) = call(&response, "then", Some(&text)) {
        let then = Reflect::get(&text, &"then".into()).ok().and_then(|then| then.dyn_into::<Function>().ok());
        if let Some(then) = then {
            drop(then.call2(&text, &told, &no));
        }
    }
}

/// Calls a method of an object.
fn call(of: &JsValue, name: &str, argument: Option<&JsValue>) -> Option<JsValue> {
    let method: Function = Reflect::get(of, &name.into()).ok()?.dyn_into().ok()?;
    match argument {
        Some(argument) => method.call1(of, argument).ok(),
        None => method.call0(of).ok(),
    }
}

/// Gives a text to the user as a file.
pub fn download(name: &str, text: &str) {
    let document = gloo::utils::document();
    let Some(link) = document.create_element("a").ok().and_then(|link| link.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    let address = format!("data:text/plain;charset=utf-8,{}", js_sys::encode_uri_component(text));
    drop(link.set_attribute("href", &address));
    drop(link.set_attribute("download", name));
    link.click();
}
