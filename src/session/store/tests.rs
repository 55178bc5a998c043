use super::*;
use crate::examples;
use crate::session::{Act, Past, Session};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A shelf with room for so many bytes.
struct Room(RefCell<BTreeMap<String, String>>, usize);

impl Room {
    fn new() -> Self {
        Room(RefCell::default(), usize::MAX)
    }

    fn with(entries: &[(&str, &str)]) -> Self {
        let room = Room::new();
        for (key, text) in entries {
            assert!(room.set(key, text));
        }
        room
    }
}

impl Shelf for Room {
    fn get(&self, key: &str) -> Option<String> {
        self.0.borrow().get(key).cloned()
    }

    fn set(&self, key: &str, text: &str) -> bool {
        let others: usize =
            self.0.borrow().iter().filter(|(other, _)| *other != key).map(|(_, text)| text.len()).sum();
        let fits = others + text.len() <= self.1;
        if fits {
            self.0.borrow_mut().insert(key.to_owned(), text.to_owned());
        }
        fits
    }

    fn remove(&self, key: &str) {
        self.0.borrow_mut().remove(key);
    }

    fn keys(&self) -> Vec<String> {
        self.0.borrow().keys().cloned().collect()
    }
}

fn session() -> Session {
    Session::of_example(examples::find("log_collector").expect("there is such an example"))
}

fn with_manifest(text: &str) -> Saved {
    Saved::of(&session()).with_text(DocumentName::Manifest, text.into())
}

/// Two tabs with the same work, which the first of them stored.
fn two_tabs() -> (Room, Keeper, Keeper) {
    let room = Room::new();
    let (mut a, mut b) = (Keeper::new("a"), Keeper::new("b"));
    assert_eq!(a.store(&room, &with_manifest("first"), false), Ok(None));
    b.load(&room);
    (room, a, b)
}

fn manifest_of(found: &FoundWork) -> Option<&str> {
    found.work.as_ref().map(|work| &*work.texts.manifest)
}

fn draft_of(text: &str) -> Draft {
    Draft { example: "log_collector".into(), name: DocumentName::Manifest, text: text.into() }
}

#[test]
fn work_is_loaded_as_it_was_stored() {
    let room = Room::new();
    let work = Saved::of(&session().act(&Act::AddNode, Past::Ask).0);
    assert_eq!(Keeper::new("a").store(&room, &work, false), Ok(None));
    assert_eq!(Keeper::new("b").load(&room), FoundWork { work: Some(work), ..FoundWork::default() });
}

#[test]
fn work_that_is_stored_again_as_it_is_contests_no_other_tab() {
    let (room, mut a, mut b) = two_tabs();
    a.note_draft(&room, &draft_of("first"));
    assert_eq!(a.store(&room, &with_manifest("first"), false), Ok(None));
    assert!(!b.is_contested(&room));
    assert_eq!(room.keys().len(), 2, "a draft goes with the work that it is part of: {:?}", room.keys());
    // The tab that takes it over stores it as its own, if it has anything new.
    assert_eq!(b.store(&room, &with_manifest("second"), false), Ok(None));
    assert!(a.is_contested(&room));
}

#[test]
fn a_tab_whose_work_is_contested_stores_nothing_over_the_other_and_what_is_typed_in_it_is_set_aside() {
    let (room, mut a, mut b) = two_tabs();
    assert_eq!(a.store(&room, &with_manifest("of a"), false), Ok(None));
    assert!(b.is_contested(&room));
    b.note_draft(&room, &draft_of("of b"));
    assert_eq!(b.store(&room, &with_manifest("of b"), false), Err(Unstored::Contested));
    let found = Keeper::new("c").load(&room);
    assert_eq!(manifest_of(&found), Some("of a"));
    assert_eq!(&*found.kept[0].work.texts.manifest, "of b");
    assert!(
        b.store(&room, &with_manifest("of b"), true).is_ok_and(|parted| parted.is_some()),
        "the user chose it"
    );
    assert!(a.is_contested(&room));
    assert_eq!(manifest_of(&Keeper::new("c").load(&room)), Some("of b"));
}

#[test]
fn what_was_typed_right_before_the_end_is_in_the_work_it_belongs_to() {
    let (room, _, b) = two_tabs();
    b.note_draft(&room, &draft_of("typed in b"));
    assert_eq!(manifest_of(&Keeper::new("c").load(&room)), Some("typed in b"));
    // A tab that stores without knowing of the draft takes the place of the work it belonged to.
    let mut texts: Map<String, Value> =
        serde_json::from_str(&room.get(TEXTS).expect("texts")).expect("an object");
    texts.insert("count".into(), json!(7));
    texts.insert("manifest".into(), json!("stored elsewhere"));
    assert!(room.set(TEXTS, &Value::Object(texts).to_string()));
    let found = Keeper::new("c").load(&room);
    assert_eq!(manifest_of(&found), Some("stored elsewhere"));
    assert_eq!(&*found.kept[0].work.texts.manifest, "typed in b", "it is set aside");
}

#[test]
fn the_first_words_of_a_first_visit_are_found_again() {
    let room = Room::new();
    let mut keeper = Keeper::new("a");
    keeper.load(&room);
    keeper.note_draft(&room, &draft_of("first words"));
    assert_eq!(manifest_of(&Keeper::new("b").load(&room)), Some("first words"));
    let old = Room::with(&[(OLD_DRAFT, r#"["nodes.yaml", "old words"]"#)]);
    let work = Keeper::new("b").load(&old).work.expect("work");
    assert_eq!(work.text(DocumentName::Nodes), "old words");
}

#[test]
fn two_tabs_of_a_first_visit_keep_what_is_typed_in_each() {
    let room = Room::new();
    let (mut a, mut b, mut c) = (Keeper::new("a"), Keeper::new("b"), Keeper::new("c"));
    a.load(&room);
    b.load(&room);
    a.note_draft(&room, &draft_of("of a"));
    a.note_draft(&room, &Draft { name: DocumentName::Nodes, ..draft_of("nodes of a") });
    b.note_draft(&room, &draft_of("of b"));
    let found = c.load(&room);
    assert_eq!(manifest_of(&found), Some("of b"), "the later tab's");
    let [aside] = &found.kept[..] else { panic!("{:?}", found.kept) };
    let texts = DocumentName::ALL.map(|name| aside.work.text(name));
    assert_eq!(texts, ["of a", "nodes of a"]);
    // They go when what they are in is stored, and not before.
    assert!(c.keep(&room, &found.kept));
    assert_eq!(c.store(&room, &found.work.expect("work"), false), Ok(None));
    assert!(room.keys().iter().all(|key| !key.starts_with(DRAFT)), "{:?}", room.keys());
    let again = Keeper::new("d").load(&room);
    assert_eq!((manifest_of(&again), again.kept.len()), (Some("of b"), 1));
}

#[test]
fn without_room_the_last_stored_work_stays_and_it_is_told() {
    let mut room = Room::new();
    let mut keeper = Keeper::new("a");
    assert_eq!(keeper.store(&room, &with_manifest("small"), false), Ok(None));
    room.1 = 100_000;
    let large = with_manifest(&"x".repeat(200_000));
    assert_eq!(keeper.store(&room, &large, false), Err(Unstored::Full));
    assert_eq!(manifest_of(&Keeper::new("b").load(&room)), Some("small"));
    assert!(!keeper.keep(&room, &set_aside_work(&[], 0, Rc::new(large))));
    assert_eq!(keeper.store(&room, &with_manifest("small again"), false), Ok(None), "it is no other tab's");
}

#[test]
fn work_that_is_set_aside_never_takes_the_place_of_other_work() {
    let room = Room::new();
    let (mut a, mut b) = (Keeper::new("a"), Keeper::new("b"));
    let aside = |kept: &[Kept], text: &str| set_aside_work(kept, 0, Rc::new(with_manifest(text)));
    let (of_a, of_b) = (a.load(&room).kept, b.load(&room).kept);
    assert!(a.keep(&room, &aside(&of_a, "of a")));
    assert!(b.keep(&room, &aside(&of_b, "of b")));
    let mut c = Keeper::new("c");
    let mut kept = c.load(&room).kept;
    let texts =
        |kept: &[Kept]| kept.iter().map(|kept| kept.work.texts.manifest.to_string()).collect::<Vec<_>>();
    assert_eq!(texts(&kept), ["of a", "of b"]);
    for number in 0..7 {
        kept = aside(&kept, &number.to_string());
        assert!(c.keep(&room, &kept));
    }
    assert_eq!(c.store(&room, &with_manifest("open"), false), Ok(None));
    let found = texts(&Keeper::new("d").load(&room).kept);
    assert_eq!(found, ["6", "5", "4", "3", "2", "1", "0", "of a"], "the oldest went");
}

#[test]
fn work_that_is_opened_again_stays_aside_until_it_is_stored_as_the_open_one() {
    let mut room = Room::new();
    let mut keeper = Keeper::new("a");
    let kept = set_aside_work(&[], 0, Rc::new(with_manifest("earlier")));
    assert!(keeper.keep(&room, &kept));
    assert!(keeper.keep(&room, &[]), "it is taken back");
    assert_eq!(Keeper::new("b").load(&room).kept.len(), 1, "nothing else has it yet");
    // Where both have no room, it goes for itself, and stays if that is not enough.
    room.1 = room.0.borrow().values().map(String::len).sum::<usize>() + 50;
    assert_eq!(keeper.store(&room, &with_manifest(&"x".repeat(room.1)), false), Err(Unstored::Full));
    assert_eq!(Keeper::new("b").load(&room).kept.len(), 1);
    room.1 += 2_000;
    assert_eq!(keeper.store(&room, &kept[0].work, false), Ok(None));
    let found = Keeper::new("b").load(&room);
    assert_eq!((manifest_of(&found), found.kept.len()), (Some("earlier"), 0));
    // Its number is not given again: it may still be stored.
    assert_eq!(set_aside_work(&[], kept[0].no, Rc::new(with_manifest("later")))[0].no, 2);
}

#[test]
fn who_stays_with_work_that_has_no_room_leaves_the_other_work_as_it_was() {
    let (mut room, mut a, mut b) = two_tabs();
    assert_eq!(a.store(&room, &with_manifest("of a, later"), false), Ok(None));
    let before = room.0.borrow().clone();
    room.1 = before.values().map(String::len).sum::<usize>() * 3;
    let large = with_manifest(&"x".repeat(room.1));
    assert_eq!(b.store(&room, &large, true), Err(Unstored::Full));
    let keys = |all: &BTreeMap<String, String>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&room.0.borrow()), keys(&before), "no copy is left behind");
    assert_eq!(manifest_of(&Keeper::new("c").load(&room)), Some("of a, later"));
}

/// A shelf that another tab reads after each write.
struct Watched(Room, RefCell<Vec<Option<Saved>>>);

impl Shelf for Watched {
    fn get(&self, key: &str) -> Option<String> {
        self.0.get(key)
    }
    fn set(&self, key: &str, text: &str) -> bool {
        let fits = self.0.set(key, text);
        self.1.borrow_mut().push(Keeper::new("other").load(&self.0).work);
        fits
    }
    fn remove(&self, key: &str) {
        self.0.remove(key);
    }
    fn keys(&self) -> Vec<String> {
        self.0.keys()
    }
}

#[test]
fn a_tab_that_opens_while_another_stores_finds_a_whole_session() {
    let shelf = Watched(Room::new(), RefCell::default());
    let mut keeper = Keeper::new("a");
    let work = Saved::of(&session());
    for times in 1..3 {
        assert_eq!(keeper.store(&shelf, &work, false), Ok(None));
        for found in shelf.1.borrow().iter() {
            let found = found.as_ref().expect("work");
            assert_eq!(
                (&found.texts.nodes, &found.run.start),
                (&work.texts.nodes, &work.run.start),
                "{times}"
            );
        }
    }
}

#[test]
fn each_part_is_read_for_itself() {
    let room = Room::new();
    assert_eq!(Keeper::new("a").store(&room, &with_manifest("mine"), false), Ok(None));
    let (texts, run) = (room.get(TEXTS).expect("texts"), room.get(RUN).expect("a run"));
    for (what, texts, run, manifest) in [
        ("a field that is none of ours", texts.replacen('{', r#"{"later":[1],"#, 1), run.clone(), "mine"),
        ("the run is no JSON", texts.clone(), "{".to_owned(), "mine"),
        ("an odd step", texts.clone(), run.replace(r#""shown":"#, r#""shown":-"#), "mine"),
        ("no run", texts.clone(), "null".to_owned(), "mine"),
        ("an odd text", texts.replace(r#""nodes":""#, r#""nodes":3,"x":""#), run.clone(), "mine"),
        ("the texts are no JSON", "{".to_owned(), run.clone(), &*session().documents.manifest.text),
    ] {
        let room = Room::with(&[(TEXTS, &texts), (RUN, &run)]);
        let mut keeper = Keeper::new("b");
        let found = keeper.load(&room);
        let work = found.work.expect("work");
        assert_eq!(&*work.texts.manifest, manifest, "{what}");
        let is_ours = what == "a field that is none of ours";
        assert_eq!(work.odd, !is_ours, "{what}");
        let aside = format!("{UNREAD}{TEXTS}");
        assert_eq!(room.get(&aside).is_some(), !is_ours, "{what}");
        assert_eq!(keeper.store(&room, &work, false), Ok(None), "{what}");
    }
}

#[test]
fn what_earlier_versions_stored_is_read_and_goes_only_when_it_is_stored_anew() {
    let old = r##"{"example":"log_collector","manifest":"# mine","nodes":"# none","applied_manifest":"","applied_nodes":"",
        "start":"","acts":[{"after":0,"command":{"order":"chance"}}],"touched":true,"shown":1,"recorded":1}"##;
    for (text, odd) in [
        (old.to_owned(), false),
        (r##"{"manifest": "# mine"}"##.to_owned(), true),
        (old.replace(r#""shown":1"#, r#""shown":-1"#), true),
        (old.replace(r#""recorded":1"#, r#""recorded":4294967296"#), true),
        (old.replace(r#"{"order":"chance"}"#, r#"{"dance":1}"#), true),
    ] {
        let room = Room::with(&[(OLD_WORK, &text), (OLD_KEPT, old)]);
        let mut keeper = Keeper::new("a");
        let found = keeper.load(&room);
        assert_eq!(manifest_of(&found), Some("# mine"), "{text}");
        let work = found.work.expect("work");
        assert_eq!(work.odd, odd, "{text}");
        assert_eq!(found.kept.len(), 1);
        assert!(room.get(OLD_WORK).is_some());
        assert!(keeper.keep(&room, &found.kept));
        assert_eq!(Keeper::new("c").load(&room).kept.len(), 1, "it stands there once");
        assert_eq!(keeper.store(&room, &work, false), Ok(None));
        assert_eq!((room.get(OLD_WORK), room.get(OLD_KEPT)), (None, None));
        let again = Keeper::new("b").load(&room);
        assert_eq!((manifest_of(&again), again.kept.len()), (Some("# mine"), 1));
    }
}

#[test]
fn of_two_works_that_tabs_stored_one_is_open_and_the_other_set_aside() {
    for keeps in [true, false] {
        let room = Room::new();
        let (mut mine, mut theirs) = (Keeper::new("mine"), Keeper::new("theirs"));
        mine.load(&room);
        assert_eq!(mine.store(&room, &with_manifest("mine"), false), Ok(None));
        theirs.load(&room);
        assert_eq!(theirs.store(&room, &with_manifest("theirs"), false), Ok(None));
        assert_eq!(mine.store(&room, &with_manifest("mine"), false), Err(Unstored::Contested));
        if !keeps {
            let taken = mine.take_other(&room).expect("work");
            assert_eq!(&*taken.texts.manifest, "theirs");
            assert_eq!(mine.store(&room, &taken, false), Ok(None), "it is this tab's now");
            continue;
        }
        let full =
            Room(RefCell::new(room.0.borrow().clone()), room.0.borrow().values().map(String::len).sum());
        assert_eq!(mine.clone().store(&full, &with_manifest("mine"), true), Err(Unstored::Full));
        assert_eq!(manifest_of(&Keeper::new("later").load(&full)), Some("theirs"), "nothing is lost");
        let parted = mine.store(&room, &with_manifest("mine"), true).expect("room").expect("other work");
        assert_eq!(&*parted.work.texts.manifest, "theirs");
        assert!(mine.keep(&room, &with_kept(&[], parted)));
        let found = Keeper::new("later").load(&room);
        assert_eq!(manifest_of(&found), Some("mine"));
        let kept: Vec<_> = found.kept.iter().map(|kept| &*kept.work.texts.manifest).collect();
        assert_eq!(kept, ["theirs"]);
    }
}

#[test]
fn a_tab_that_waits_for_the_choice_keeps_all_of_its_work_beside() {
    let with = |example: &str, text: &str| {
        let session = Session::of_example(examples::find(example).expect("there is such an example"));
        Saved::of(&session.act(&Act::AddNode, Past::Ask).0).with_text(DocumentName::Manifest, text.into())
    };
    let room = Room::new();
    let (mut mine, mut theirs) = (Keeper::new("mine"), Keeper::new("theirs"));
    mine.load(&room);
    assert_eq!(mine.store(&room, &with("taints", "mine"), false), Ok(None));
    theirs.load(&room);
    assert_eq!(theirs.store(&room, &with("rolling_update", "theirs"), false), Ok(None));
    let typed = |text: &str| Draft { example: "taints".into(), ..draft_of(text) };
    // Whoever opens the page finds it set aside, once.
    let found = |room: &Room| {
        let found = Keeper::new("later").load(room);
        assert_eq!(manifest_of(&found), Some("theirs"));
        let [aside] = &found.kept[..] else { panic!("{:?}", found.kept) };
        Saved::clone(&aside.work)
    };
    // What was typed and not stored yet is no text of their run.
    mine.note_draft(&room, &typed("mine, later"));
    let aside = found(&room);
    assert_eq!((&*aside.texts.example, &*aside.texts.manifest), ("taints", "mine, later"));
    for text in ["mine, later", "mine, still later"] {
        assert!(mine.store_beside(&room, &with("taints", text)));
        assert_eq!(found(&room), with("taints", text));
    }
    mine.note_draft(&room, &typed("mine, typed"));
    assert_eq!(found(&room), with("taints", "mine, typed"));
    // A tab that has read it, and has it no longer, leaves alone what is written anew meanwhile.
    let mut later = Keeper::new("later");
    later.load(&room);
    assert!(later.keep(&room, &[]), "it was opened there");
    assert!(mine.store_beside(&room, &with("taints", "mine, anew")));
    assert_eq!(later.store(&room, &with("rolling_update", "theirs"), false), Ok(None));
    assert_eq!(found(&room), with("taints", "mine, anew"));
    // What is as it was read goes when it is stored as the open work.
    let mut last = Keeper::new("last");
    let kept = last.load(&room).kept;
    assert!(last.keep(&room, &kept) && last.keep(&room, &[]));
    assert_eq!(last.store(&room, &kept[0].work, false), Ok(None));
    assert_eq!(room.keys(), [RUN, TEXTS]);
}

#[test]
fn the_choice_between_two_works_leaves_each_in_one_place() {
    let work = |text: &str| with_manifest(text);
    for keeps in [true, false] {
        let (room, mut a, mut b) = two_tabs();
        assert_eq!(a.store(&room, &work("of a"), false), Ok(None));
        assert!(b.store_beside(&room, &work("of b")));
        let kept = match keeps {
            true => with_kept(&[], b.store(&room, &work("of b"), true).expect("room").expect("other work")),
            false => {
                assert!(b.take_other(&room).is_some());
                set_aside_work(&[], 0, Rc::new(work("of b")))
            }
        };
        assert!(b.keep(&room, &kept));
        let found = Keeper::new("c").load(&room);
        let (open, aside) = if keeps { ("of b", "of a") } else { ("of a", "of b") };
        assert_eq!(manifest_of(&found), Some(open));
        let kept: Vec<_> = found.kept.iter().map(|kept| &*kept.work.texts.manifest).collect();
        assert_eq!(kept, [aside]);
    }
}

#[test]
fn stored_work_of_which_nothing_can_be_read_is_told_and_kept() {
    for key in [TEXTS, RUN, OLD_WORK, OLD_KEPT] {
        let room = Room::with(&[(key, "{{{")]);
        let found = Keeper::new("a").load(&room);
        assert!(found.work.is_none() && found.unread, "{key}");
        assert_eq!(room.get(&format!("{UNREAD}{key}")).as_deref(), Some("{{{"), "{key}");
    }
    assert!(!Keeper::new("a").load(&Room::new()).unread);
}
