//! Stored work: the texts and the run, as a browser's storage may have them after an older version, another tab or an
//! accident.
#![no_main]

use libfuzzer_sys::fuzz_target;
use playground::session::{Act, Past, Saved, Session};
use serde_json::Value;

#[path = "../stored.rs"]
mod stored;

thread_local! {
    static WORKS: Vec<Value> = stored::works();
}

fuzz_target!(|given: (u8, Vec<(u16, stored::Change)>)| {
    let (which, changes) = given;
    let mut work = WORKS.with(|works| works[usize::from(which) % works.len()].clone());
    stored::change(&mut work, &changes);
    let (texts, run) = (work[0].to_string(), work[1].to_string());
    if let Some(saved) = Saved::from_json(Some(&texts), Some(&run)) {
        let (texts, run) = saved.to_json();
        let (texts, run) = (Value::Object(texts).to_string(), Value::Object(run).to_string());
        let again = Saved::from_json(Some(&texts), Some(&run)).expect("what we wrote ourselves");
        assert_eq!(again.to_json(), saved.to_json(), "what is read is written as it was");
        let _ = Session::resume(&saved).act(&Act::Resume(500), Past::Ask);
    }
    let _ = Saved::from_old(&texts);
});
