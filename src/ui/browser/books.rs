//! Fetches what a first visit does not need, and gives files.

use js_sys::{Function, Object, Reflect, Uint8Array};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, HtmlElement};

/// Fetches a text that lies beside the page; none if it cannot be had.
pub fn fetch(address: &str, done: impl FnOnce(Option<String>) + 'static) {
    let window = gloo::utils::window();
    // Its name has no hash: what a cache holds is asked for anew.
    let options = Object::new();
    drop(Reflect::set(&options, &"cache".into(), &"no-cache".into()));
    let fetch =
        Reflect::get(&window, &"fetch".into()).ok().and_then(|fetch| fetch.dyn_into::<Function>().ok());
    let response = fetch.and_then(|fetch| fetch.call2(&window, &address.into(), &options).ok());
    let Some(response) = response else { return done(None) };
    then(&response, move |response| {
        let is_ok = |response: &JsValue| Reflect::get(response, &"ok".into()).is_ok_and(|ok| ok.is_truthy());
        match response.filter(is_ok).and_then(|response| call(&response, "text")) {
            Some(text) => then(&text, move |text| done(text.and_then(|text| text.as_string()))),
            None => done(None),
        }
    });
}

/// Reads a text file of the user's; none if that cannot be. Windows PowerShell writes UTF-16, with a mark in front.
pub fn read_file(file: &File, done: impl FnOnce(Option<String>) + 'static) {
    then(&file.array_buffer(), move |bytes| {
        done(bytes.map(|bytes| decoded(&Uint8Array::new(&bytes).to_vec())));
    });
}

fn decoded(bytes: &[u8]) -> String {
    let units = |bytes: &[u8], of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|unit| of([unit[0], unit[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, text @ ..] => units(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => units(text, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, text @ ..] | text => String::from_utf8_lossy(text).into_owned(),
    }
}

/// Calls back when a promise is kept, with what it gives, or broken, with nothing.
pub(super) fn then(promise: &JsValue, done: impl FnOnce(Option<JsValue>) + 'static) {
    type Done = Box<dyn FnOnce(Option<JsValue>)>;
    let done: Rc<Cell<Option<Done>>> = Rc::new(Cell::new(Some(Box::new(done))));
    let told = |is_kept: bool| {
        let done = Rc::clone(&done);
        Closure::once_into_js(move |value: JsValue| {
            if let Some(done) = done.take() {
                done(is_kept.then_some(value));
            }
        })
    };
    // `then` of a promise takes any callable. The one that is never called stays, as small as it is.
    let then = Reflect::get(promise, &"then".into()).ok().and_then(|then| then.dyn_into::<Function>().ok());
    if let Some(then) = then {
        drop(then.call2(promise, &told(true), &told(false)));
    }
}

/// Calls a method of an object.
fn call(of: &JsValue, name: &str) -> Option<JsValue> {
    let method: Function = Reflect::get(of, &name.into()).ok()?.dyn_into().ok()?;
    method.call0(of).ok()
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
