//! Acts one after the other, in any order.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use playground::examples;
use playground::session::{Act, DocumentName, Past, Session};

#[derive(Arbitrary, Debug)]
enum Do<'a> {
    EditManifest(&'a str),
    EditNodes(&'a str),
    Apply(bool),
    TakeOver,
    Revert,
    AddNode(bool),
    Enter(&'a str, bool),
    Interrupt,
    Jump(i8),
    Seek(u8),
    Latest,
    Run(u8),
}

fuzz_target!(|given: (u8, Vec<Do>)| {
    let (example, acts) = given;
    let mut session = Session::of_example(&examples::ALL[usize::from(example) % examples::ALL.len()]);
    for act in acts.into_iter().take(24) {
        let past = |here| if here { Past::Here } else { Past::Latest };
        let (act, past) = match act {
            Do::EditManifest(text) => (Act::Edit(DocumentName::Manifest, text.into()), Past::Ask),
            Do::EditNodes(text) => (Act::Edit(DocumentName::Nodes, text.into()), Past::Ask),
            Do::Apply(here) => (Act::Apply, past(here)),
            Do::TakeOver => (Act::TakeOver, Past::Ask),
            Do::Revert => (Act::Revert, Past::Ask),
            Do::AddNode(here) => (Act::AddNode, past(here)),
            Do::Enter(line, here) => (Act::Enter(line.into()), past(here)),
            Do::Interrupt => (Act::Interrupt, Past::Ask),
            Do::Jump(by) => (Act::Jump(by.into()), Past::Ask),
            Do::Seek(to) => (Act::Seek(to.into()), Past::Ask),
            Do::Latest => (Act::Latest, Past::Ask),
            Do::Run(steps) => (Act::Run(steps.into()), Past::Ask),
        };
        session = session.act(&act, past).0;
        assert!(session.timeline.shown() <= session.timeline.len());
    }
});
