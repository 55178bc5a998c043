//! A text to objects and diagnostics, and the objects through the API server's door.
#![no_main]

use libfuzzer_sys::fuzz_target;
use playground::session::Session;

fuzz_target!(|text: &str| {
    let manifest = playground::manifest::parse(text);
    for diagnostic in &manifest.diagnostics {
        let span = diagnostic.span;
        assert!((span.line, span.column) <= (span.end_line, span.end_column), "{diagnostic:?}");
    }
    // What strangers paste is the work that they begin with.
    let session = Session::of_manifest(text);
    let _ = session.trial();
});
