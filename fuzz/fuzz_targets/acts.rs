//! Acts one after the other, as a script: command lines as they are typed, and what a person does besides in words that
//! begin with a colon. What comes of it is stored, and taken again it is the same run.
#![no_main]

use libfuzzer_sys::fuzz_target;
use playground::examples;
use playground::session::{Act, DocumentName, Outcome, Past, Resumed, Saved, Session};

/// So many acts at most, and a run of so many steps at most is taken again.
const ACTS: usize = 80;
const STEPS: u32 = 600;

fuzz_target!(|script: &str| {
    let mut lines = script.lines().peekable();
    let example = lines.next_if(|line| examples::find(line).is_some()).and_then(examples::find);
    let mut session = Session::of_example(example.unwrap_or(examples::first()));
    for _ in 0..ACTS {
        let Some(line) = lines.next() else { break };
        let mut words = line.split(' ');
        let word = words.next().unwrap_or_default();
        let number = words.next().and_then(|number| number.parse::<i32>().ok()).unwrap_or(1);
        let some = number.unsigned_abs() % STEPS;
        let past = match words.next() {
            Some("here") => Past::Here,
            Some("branch") => Past::Branch,
            Some("ask") => Past::Ask,
            _ => Past::Latest,
        };
        let act = match word {
            ":manifest" | ":nodes" => {
                let text: Vec<&str> = lines.by_ref().take_while(|line| *line != ":end").collect();
                let name = if word == ":nodes" { DocumentName::Nodes } else { DocumentName::Manifest };
                Act::Edit(name, text.join("\n").as_str().into())
            }
            ":apply" => Act::Apply,
            ":take-over" => Act::TakeOver,
            ":revert" => Act::Revert,
            ":add-node" => Act::AddNode,
            ":add-like" => Act::AddLike(words.next().unwrap_or_default().into(), some % 9),
            ":save" => Act::Save(words.collect::<Vec<_>>().join("\n").into()),
            ":close" => Act::CloseEdit,
            ":interrupt" => Act::Interrupt,
            ":forward" => Act::ForwardBusy,
            ":jump" => Act::Jump(number.into()),
            ":seek" => Act::Seek(some),
            ":latest" => Act::Latest,
            ":cause" => Act::Cause,
            ":run" => Act::Run(some),
            ":fork" => Act::Fork,
            ":switch" => Act::Switch(some),
            ":drop" => Act::DropBranch(some),
            ":compare" => Act::Compare((number > 0).then_some(some)),
            _ => Act::Enter(line.into()),
        };
        session = session.act(&act, past).0;
        assert!(session.timeline.shown() <= session.timeline.len());
    }
    let _ = (session.trial(), session.drift());
    if session.timeline.len() > STEPS {
        return;
    }
    let mut again = Session::resume(&Saved::of(&session));
    for _ in 0..100 {
        if again.resuming().is_none() {
            break;
        }
        let (next, outcome) = again.act(&Act::Resume(500), Past::Ask);
        if let Outcome::Resumed(Resumed { differs, .. }) = outcome {
            assert_eq!(differs, None, "taken again it is the same run");
        }
        again = next;
    }
    assert_eq!(again.resuming(), None, "it comes to an end");
    assert_eq!(again.timeline.digest(), session.timeline.digest());
});
