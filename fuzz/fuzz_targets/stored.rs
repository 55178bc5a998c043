//! Stored work: the texts and the run, as a browser's storage may have them after an older version, another tab or an
//! accident.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use playground::session::{Act, Past, Saved, Session};
use serde_json::Value;

#[path = "../stored.rs"]
mod stored;

thread_local! {
    static WORKS: Vec<Value> = stored::works();
}

/// A part as it is changed, another text in its place, or none.
#[derive(Arbitrary, Debug)]
enum Part<'a> {
    Changed,
    Other(Option<&'a str>),
}

fuzz_target!(|given: (u8, Vec<(u16, stored::Change)>, Part, Part)| {
    let (which, changes, texts, run) = given;
    let mut work = WORKS.with(|works| works[usize::from(which) % works.len()].clone());
    stored::change(&mut work, &changes);
    let part = |part, value: &Value| match part {
        Part::Changed => Some(value.to_string()),
        Part::Other(text) => text.map(str::to_owned),
    };
    let (texts, run) = (part(texts, &work[0]), part(run, &work[1]));
    if let Some(saved) = Saved::from_json(texts.as_deref(), run.as_deref()) {
        let (texts, run) = saved.to_json();
        let (texts, run) = (Value::Object(texts).to_string(), Value::Object(run).to_string());
        let again = Saved::from_json(Some(&texts), Some(&run)).expect("what we wrote ourselves");
        assert_eq!(again.to_json(), saved.to_json(), "what is read is written as it was");
        let _ = Session::resume(&saved).act(&Act::Resume(500), Past::Ask);
    }
    let _ = texts.as_deref().map(Saved::from_old);
});
