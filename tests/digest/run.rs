//! The run that is compared between machines: every example, opened and run on.

use playground::examples;
use playground::session::{Act, Past, Session};

/// So many steps an example is run on after it was opened; one of them never comes to rest.
const STEPS: u32 = 400;

/// A hash of all steps of each example: `name=hash`, separated by spaces.
pub fn digests() -> String {
    let of = |example: &'static examples::Example| {
        let (session, _) = Session::of_example(example).act(&Act::Run(STEPS), Past::Ask);
        let timeline = &session.timeline;
        assert!(!timeline.is_empty() || example.id == "notes", "{} takes steps", example.id);
        format!("{}={:016x}", example.id, timeline.digest())
    };
    examples::ALL.iter().map(of).collect::<Vec<_>>().join(" ")
}
