//! Tests that need a browser: `make wasm` runs them in headless Chromium.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// What the app looks for in `index.html` when it mounts, and what must outlive the mount.
#[wasm_bindgen_test]
fn index_html_has_a_place_to_mount_in_and_the_icons_are_outside_of_it() {
    let document = gloo::utils::document();
    let page = document.create_element("div").expect("a div");
    page.set_inner_html(include_str!("../../index.html"));
    let root = page.query_selector("#app").expect("a selector").expect("#app");
    assert!(root.query_selector(".loading").expect("a selector").is_some(), "the loading state is inside");
    assert!(
        root.query_selector("[href='static/icons.svg']").expect("a selector").is_none(),
        "the icons are not"
    );
    assert!(page.query_selector("[href='static/icons.svg']").expect("a selector").is_some());
}

#[path = "../digest/run.rs"]
mod run;

/// The native hashes. Not there where the test is only linted.
const NATIVE: Option<&str> = option_env!("NATIVE_DIGESTS");

/// The same input gives the same steps here as natively.
#[wasm_bindgen_test]
fn every_example_takes_the_same_steps_as_natively() {
    let native = NATIVE.expect("`make wasm` gives the native hashes");
    assert!(native.contains('='), "there is something to compare");
    assert_eq!(run::digests(), native);
}
