//! A line in the terminal, run in a cluster in the middle of a rolling update.
#![no_main]

use libfuzzer_sys::fuzz_target;
use playground::examples;
use playground::session::{Act, Past, Session};
use std::cell::OnceCell;

thread_local! {
    static BEGUN: OnceCell<Session> = const { OnceCell::new() };
}

fuzz_target!(|line: &str| {
    BEGUN.with(|begun| {
        let session = begun.get_or_init(|| Session::of_example(examples::first()).act(&Act::Jump(20), Past::Ask).0);
        let shown = session.timeline.shown();
        let (after, _) = session.act(&Act::Enter(line.into()), Past::Here);
        // A person goes back, and it was never typed.
        let (back, _) = after.act(&Act::Seek(shown), Past::Ask);
        assert_eq!(back.timeline.shown(), shown);
    });
});
