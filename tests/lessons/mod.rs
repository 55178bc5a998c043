//! The lessons and challenges: each is solved by its own solution, not by doing nothing, and not by what is blocked.

use playground::lessons::{
    Index, Judged, Lesson, Move, Passage, REST, blocks, commands, made_of, play, read,
};
use playground::session::Session;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("static/lessons")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(format!("{name}.txt"))).expect("the file can be read")
}

/// All lessons and challenges, without mistakes.
fn all() -> Vec<Lesson> {
    let names = fs::read_dir(folder()).expect("the lessons").map(|entry| entry.expect("an entry").path());
    let mut names: Vec<String> =
        names.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect();
    names.retain(|name| name != "index");
    names.sort();
    names
        .iter()
        .map(|name| {
            let (lesson, mistakes) = read(name, &text(name));
            assert_eq!(mistakes, [], "{name}");
            lesson
        })
        .collect()
}

fn index() -> Index {
    Index::read(&text("index"))
}

/// What does not hold, in words.
fn missed(lesson: &Lesson, verdicts: &[Judged]) -> Vec<String> {
    let told = |words: &[playground::explain::Piece]| playground::explain::plain(words);
    let goals = lesson.goals.iter().zip(verdicts).filter(|(_, verdict)| !verdict.holds);
    goals.map(|(goal, verdict)| format!("{} ({})", goal.label, told(&verdict.words))).collect()
}

/// Does something, and lets the cluster come to rest.
fn done(lesson: &Lesson, session: &Session, moves: &[Move]) -> Session {
    let session = moves.iter().fold(session.clone(), |session, a_move| play(&session, a_move, &lesson.files));
    play(&session, &Move::Run(REST), &lesson.files)
}

/// The commands of solutions that are to fail: what is refused is what these lessons are about.
const REFUSED: [(&str, &str); 4] = [
    ("budgets", "kubectl drain edge-1 --force --ignore-daemonsets"),
    ("cordon-drain", "kubectl drain worker-2 --force"),
    ("labels", r#"kubectl patch ds cache -p '{"spec":{"selector":{"matchLabels":{"app":"other"}}}}'"#),
    ("on-delete", "kubectl rollout status ds/driver"),
];

/// The commands with which one sees what a challenge shows.
const SEEN: [(&str, &str); 6] = [
    ("c-drain", "kubectl drain worker-1"),
    ("c-loop", "kubectl get events -A"),
    ("c-pending", "kubectl get events -A"),
    ("c-preempted", "kubectl get events -A"),
    ("c-rollout", "kubectl rollout status ds/logs --watch=false"),
    ("c-surge", "kubectl get events -A"),
];

#[test]
fn what_a_challenge_shows_is_what_kubectl_prints() {
    for (name, line) in SEEN {
        let (lesson, _) = read(name, &text(name));
        let session = play(&lesson.begin(), &Move::Type(line.into()), &lesson.files);
        let said = session.transcript();
        let last = said.iter().last().expect("it was said");
        let printed = format!("{}{}", last.out, last.err);
        let printed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in lesson.shows.split("…").flat_map(|part| part.split(", Normal")) {
            assert!(printed.contains(part.trim()), "{name}: {part:?} is not in {printed}");
        }
    }
}

#[test]
fn the_solution_of_each_ticks_every_goal() {
    let mut wrong = Vec::new();
    for lesson in all() {
        let name = &lesson.name;
        let mut session = lesson.begin();
        let at = session.timeline.len();
        for a_move in &lesson.solution {
            let before = session.transcript().len();
            session = play(&session, a_move, &lesson.files);
            let said = session.transcript();
            let is_to_fail = |line: &str| REFUSED.contains(&(name.as_str(), line));
            let failed = said.iter().skip(before).filter(|said| (said.code != 0) != is_to_fail(&said.line));
            wrong.extend(failed.map(|said| format!("{name}: {} says {}", said.line, said.err)));
        }
        let missed = missed(&lesson, &lesson.verdicts(&session, at));
        wrong.extend(missed.iter().map(|missed| format!("{name}: {missed}")));
        if lesson.par.is_some_and(|par| commands(&session, at) != par) {
            wrong.push(format!("{name}: the par is not what the solution takes"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn doing_nothing_reaches_no_goal() {
    let mut wrong = Vec::new();
    for lesson in all() {
        let begun = lesson.begin();
        let at = begun.timeline.len();
        for session in [&begun, &done(&lesson, &begun, &[])] {
            let goals = lesson.goals.iter().zip(lesson.verdicts(session, at));
            let reached = goals.clone().filter(|(goal, verdict)| !goal.keeps && verdict.holds);
            wrong.extend(reached.map(|(goal, _)| format!("{}: {} by nothing", lesson.name, goal.label)));
            // What is still to be reached is open, not broken.
            let broken = goals.filter(|(goal, verdict)| !goal.keeps && verdict.against);
            wrong.extend(
                broken.map(|(goal, _)| format!("{}: {} is broken by nothing", lesson.name, goal.label)),
            );
        }
        let goals = lesson.goals.iter().zip(lesson.verdicts(&begun, at));
        let broken = goals.filter(|(goal, verdict)| goal.keeps && !verdict.holds);
        wrong.extend(broken.map(|(goal, _)| format!("{}: {} from the start", lesson.name, goal.label)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn short_cuts_are_blocked() {
    let mut wrong = Vec::new();
    for lesson in all() {
        let begun = lesson.begin();
        let at = begun.timeline.len();
        for way in &lesson.shortcuts {
            let session = done(&lesson, &begun, std::slice::from_ref(way));
            let is_open = missed(&lesson, &lesson.verdicts(&session, at)).is_empty();
            if is_open || commands(&session, at) == 0 {
                wrong.push(format!("{}: {}", lesson.name, way.words()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_list_says_what_the_lessons_say() {
    let (index, all) = (index(), all());
    let listed: BTreeSet<&str> =
        index.lessons().chain(&index.challenges).map(|listing| listing.name.as_str()).collect();
    assert_eq!(listed, all.iter().map(|lesson| lesson.name.as_str()).collect());
    for lesson in &all {
        let (place, listing) = index.find(&lesson.name).expect("a listing");
        assert_eq!((&listing.title, listing.minutes), (&lesson.title, lesson.minutes), "{}", lesson.name);
        assert_eq!((listing.level, &listing.shows), (lesson.level, &lesson.shows), "{}", lesson.name);
        match place {
            Some((chapter, _)) => {
                let number = index.chapters.iter().position(|other| other.title == chapter.title);
                assert_eq!(number.map(|number| number + 1), Some(lesson.chapter), "{}", lesson.name);
            }
            None => assert_eq!(listing.needs, lesson.chapter, "{}", lesson.name),
        }
        assert_eq!(place.is_none(), lesson.is_challenge(), "{}", lesson.name);
    }
}

#[test]
fn each_has_what_the_page_shows_of_it() {
    for lesson in all() {
        let name = &lesson.name;
        assert_eq!(lesson.hints.len(), 3, "{name} has three hints");
        assert!((4..=12).contains(&lesson.minutes), "{name} takes a few minutes");
        assert!(!lesson.solution.is_empty(), "{name} can be solved");
        for text in &lesson.text {
            assert!(!blocks(text).is_empty(), "{name} says what to do, and what it taught");
        }
        if lesson.is_challenge() {
            assert!(lesson.par.is_some() && !lesson.shows.is_empty(), "{name}");
            assert!(lesson.goals.iter().any(|goal| goal.keeps), "{name} blocks short cuts");
            assert!(!lesson.shortcuts.is_empty(), "{name} blocks short cuts");
        }
    }
}

/// The rows of the table of gotchas: number, and the lessons that answer it.
fn gotchas() -> BTreeMap<usize, Vec<String>> {
    let table = fs::read_to_string(folder().join("../../src/lessons/GOTCHAS.md")).expect("the table");
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number = cells.get(1)?.parse().ok()?;
        Some((number, cells[3].split(", ").map(|name| name.trim_matches('`').to_owned()).collect()))
    });
    rows.collect()
}

#[test]
fn every_gotcha_is_answered_where_the_table_says() {
    let table = gotchas();
    assert_eq!(table.keys().copied().collect::<Vec<_>>(), (1..=55).collect::<Vec<_>>());
    let mut answered: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for lesson in all() {
        for gotcha in &lesson.gotchas {
            answered.entry(*gotcha).or_default().push(lesson.name.clone());
        }
        // What it answers is said, one entry each.
        let lists = blocks(&lesson.text[1]).into_iter().filter_map(|block| match block {
            Passage::List(_, entries) => Some(entries.len()),
            _ => None,
        });
        let (said, named) = (lists.sum::<usize>(), lesson.gotchas.len());
        assert_eq!(said, named, "{}: one entry of its text for each number in `gotchas:`", lesson.name);
    }
    assert_eq!(answered, table);
}

#[test]
fn what_is_open_becomes_a_lesson_that_begins_there() {
    for lesson in all().iter().take(3) {
        let begun = lesson.begin();
        let solved = done(lesson, &begun, &lesson.solution);
        let (made, mistakes) = read("made", &made_of(&solved));
        assert_eq!(mistakes, [], "{}", lesson.name);
        let again = made.begin();
        assert_eq!(again.timeline.digest(), solved.timeline.digest(), "{}", lesson.name);
        assert_eq!(again.documents.manifest.text, solved.documents.manifest.text, "{}", lesson.name);
    }
}

#[test]
fn every_question_has_an_answer_for_some_node() {
    for lesson in all().iter().filter(|lesson| lesson.asks.is_some()) {
        let session = lesson.begin();
        let forecast = lesson.forecast(&session).expect("it asks");
        assert!(!forecast.answers.is_empty(), "{}", lesson.name);
        let asked = lesson.asks.as_ref().expect("it asks");
        let nodes = asked.question.nodes(&session.timeline, &asked.set);
        assert!(nodes.iter().all(|node| forecast.answers.contains_key(node)), "{}", lesson.name);
    }
}
