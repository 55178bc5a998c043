//! What a link holds, after it was unpacked: it is read, or refused in a sentence, and what is read opens.
#![no_main]

use libfuzzer_sys::fuzz_target;
use playground::session::{Act, Link, Past, Session};

fuzz_target!(|text: &str| {
    if let Ok(link) = Link::read(text) {
        assert_eq!(Link::read(&link.text()).as_ref(), Ok(&link), "what is read is sent as it was");
        let session = Session::resume(&link.work);
        let _ = session.act(&Act::Resume(500), Past::Ask);
    }
});
