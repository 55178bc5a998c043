//! The page: mounts the app. Everything else is in the library.

#[cfg(target_arch = "wasm32")]
fn main() {
    playground::ui::mount();
}

/// The app needs a browser; natively there is only the library and its tests.
#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program runs in a browser: `make serve` builds it and prints the address.");
}
