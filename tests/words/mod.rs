//! The sentences that the page tells, each form once with an example, as a file that is read and proof-read:
//! `make words` writes `tests/words/words.txt`, and this test says where it differs. What is told of the steps and what
//! Why? answers, over all examples, their edits, and what a user does to their nodes.

mod page;

use playground::api::{EcoString, NO_EXECUTE, ObjectKey, Taint, Time};
use playground::cluster::Propagation;
use playground::examples::{self, Example};
use playground::explain::why::{Block, Why, why_node, why_pod, why_set};
use playground::explain::{Piece, plain, told};
use playground::kubectl::Request;
use playground::session::{Act, Past, Session};
use std::collections::BTreeMap;
use std::path::Path;

/// The most steps that one thing may take.
const STEPS: u32 = 400;

/// Sentences by where they are told and by their form.
type Forms = BTreeMap<(&'static str, String), String>;

/// A sentence without what differs from cluster to cluster: names and values, numbers, nodes.
fn form(pieces: &[Piece], nodes: &[EcoString]) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|letter: char| matches!(letter, ',' | '.' | ':' | ';' | '(' | ')'));
        match bare {
            _ if bare.is_empty() => word.to_owned(),
            _ if nodes.iter().any(|name| *name == *bare) => word.replace(bare, "NODE"),
            _ if bare.contains(|letter: char| letter.is_ascii_digit()) => word.replace(bare, "N"),
            _ => word.to_owned(),
        }
    };
    let text = |piece: &Piece| match piece {
        Piece::Code(_) => "`…`".to_owned(),
        other => other.words().split(' ').map(word).collect::<Vec<_>>().join(" "),
    };
    pieces.iter().map(text).collect()
}

struct Heard {
    forms: Forms,
    nodes: Vec<EcoString>,
}

impl Heard {
    fn hear(&mut self, place: &'static str, pieces: &[Piece]) {
        if !pieces.is_empty() {
            self.forms.entry((place, form(pieces, &self.nodes))).or_insert_with(|| plain(pieces));
        }
    }

    fn answer(&mut self, why: &Why) {
        self.hear("Why?", &why.verdict);
        for section in &why.sections {
            for block in &section.blocks {
                if let Block::Words(words) = block {
                    self.hear("Why?, the grounds", words);
                }
            }
        }
    }

    /// What is told of the steps after one, and what Why? answers about everything there is.
    fn listen(&mut self, session: &Session, from: u32) {
        let timeline = &session.timeline;
        self.nodes.extend(timeline.world().nodes().map(|node| node.metadata.name.clone()));
        for no in from + 1..=timeline.len() {
            if let Some(told) = told(timeline, no) {
                self.hear("Step", &told.what);
                self.hear("Step, because", &told.because);
            }
        }
        let world = timeline.world();
        let sets: Vec<_> = world.daemon_sets().cloned().collect();
        for set in &sets {
            why_set(timeline, &set.key()).iter().for_each(|why| self.answer(why));
        }
        for node in world.nodes() {
            why_node(timeline, &node.metadata.name, sets.first().map(|set| &**set), None)
                .iter()
                .for_each(|why| self.answer(why));
        }
        for pod in world.pods() {
            let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
            why_pod(timeline, namespace, name, None).iter().for_each(|why| self.answer(why));
        }
    }
}

/// What a user does to a cluster, one thing after the other.
fn doings(session: &Session) -> Vec<Act> {
    let world = session.timeline.world();
    let mut acts = vec![Act::Apply];
    let does = |request: Request| Act::Do { title: String::new(), request };
    let pods_of = |node: &str| {
        world
            .pods_on(node)
            .map(|pod| ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name))
            .collect::<Vec<_>>()
    };
    let mut nodes = world.nodes().map(|node| node.metadata.name.as_str());
    let (first, last) = (nodes.next().unwrap_or_default(), nodes.next_back().unwrap_or_default());
    acts.extend([
        does(Request::cordon(first, true)),
        does(Request::taint(first, &Taint::new("maintenance", "true", NO_EXECUTE))),
        does(Request::untaint(first, "maintenance", "")),
        does(Request::pressure(first, "MemoryPressure", true, Time::EPOCH)),
        does(Request::power(last, false)),
        does(Request::power(last, true)),
        does(Request::of([
            "kubectl",
            "drain",
            last,
            "--ignore-daemonsets",
            "--force",
            "--delete-emptydir-data",
        ])),
    ]);
    acts.extend(pods_of(first).first().map(|pod| does(Request::fail_pod(pod))));
    acts.extend(world.daemon_sets().next().map(|set| does(Request::delete(&set.key(), Propagation::Orphan))));
    acts.extend([does(Request::delete(&ObjectKey::node(last), Propagation::Background))]);
    acts
}

fn play(heard: &mut Heard, example: &'static Example) {
    let mut session = Session::of_example(example);
    heard.listen(&session, 0);
    let (run, _) = session.act(&Act::Run(STEPS), Past::Here);
    session = run;
    heard.listen(&session, 0);
    for act in doings(&session) {
        let from = session.timeline.len();
        session = session.act(&act, Past::Here).0;
        heard.listen(&session, from);
        session = session.act(&Act::Run(STEPS), Past::Here).0;
        heard.listen(&session, from);
    }
}

/// All forms, by where they are told.
fn words() -> String {
    let mut heard = Heard { forms: Forms::new(), nodes: Vec::new() };
    for example in examples::ALL {
        play(&mut heard, example);
    }
    let mut text = String::from("Written by `make words`: every form of a sentence with an example.\n");
    let mut before = "";
    for ((place, form), example) in &heard.forms {
        if *place != before {
            text.push_str(&format!("\n== {place}\n"));
            before = place;
        }
        text.push_str(&format!("{form}\n    {example}\n"));
    }
    text
}

/// Holds words against those in a file of this folder, which were read; writes them there where that is asked for.
fn hold(told: &str, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/words").join(file);
    if std::env::var_os("WORDS").is_some() {
        std::fs::write(&path, told).expect("the file can be written");
    }
    let read = std::fs::read_to_string(&path).unwrap_or_default();
    let news: Vec<&str> = told.lines().filter(|line| !read.lines().any(|known| known == *line)).collect();
    assert!(told == read, "read these, then run `make words`:\n{}", news.join("\n"));
}

#[test]
fn every_sentence_is_as_it_was_read() {
    hold(&words(), "words.txt");
}
