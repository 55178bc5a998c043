//! Stored work: the texts and the run, as a browser's storage may have them after an older version, another tab or an
//! accident.
#![no_main]

use libfuzzer_sys::fuzz_target;
use playground::session::Saved;

fuzz_target!(|parts: (Option<&str>, Option<&str>)| {
    let (texts, run) = parts;
    if let Some(saved) = Saved::from_json(texts, run) {
        let (texts, run) = saved.to_json();
        let (texts, run) = (serde_json::Value::Object(texts).to_string(), serde_json::Value::Object(run).to_string());
        let again = Saved::from_json(Some(&texts), Some(&run)).expect("what we wrote ourselves");
        assert_eq!(again.to_json(), saved.to_json(), "what is read is written as it was");
    }
    if let Some(text) = texts {
        let _ = Saved::from_old(text);
    }
});
