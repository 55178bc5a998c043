//! What a link holds, after it was unpacked: it is read, or refused in a sentence, and what is read opens. It is signed as
//! somebody would sign it who means harm.
#![no_main]

use libfuzzer_sys::fuzz_target;
use playground::cluster::StableHash;
use playground::session::{Act, Link, Past, Saved, Session};
use serde_json::{Map, Value};

#[path = "../stored.rs"]
mod stored;

thread_local! {
    static BODIES: Vec<Value> = stored::works().into_iter().filter_map(body).collect();
}

/// What a link's checksum is of.
fn body(work: Value) -> Option<Value> {
    let work = Saved::from_json(Some(&work[0].to_string()), Some(&work[1].to_string()))?;
    let text = Link { work, look: Map::new() }.text();
    let mut whole: Value = serde_json::from_str(&text).expect("JSON");
    let body = whole["work"].take();
    Link::read(&signed(&body.to_string())).expect("it is signed as the page signs it");
    Some(body)
}

fn signed(body: &str) -> String {
    let check = StableHash::default().text(body).finish() >> 32;
    format!("{{\"playground\":2,\"check\":\"{check:08x}\",\"work\":{body}}}")
}

fuzz_target!(|given: (u8, Vec<(u16, stored::Change)>, Option<&str>)| {
    let (which, changes, raw) = given;
    let mut body = BODIES.with(|bodies| bodies[usize::from(which) % bodies.len()].clone());
    stored::change(&mut body, &changes);
    let texts = [Some(signed(&body.to_string())), raw.map(signed), raw.map(str::to_owned)];
    for text in texts.into_iter().flatten() {
        if let Ok(link) = Link::read(&text) {
            assert_eq!(Link::read(&link.text()).as_ref(), Ok(&link), "what is read is sent as it was");
            let session = Session::resume(&link.work);
            let _ = session.act(&Act::Resume(500), Past::Ask);
        }
    }
});
