//! A session as one text to be sent: what a share link holds, and a file that is too long for one.
//!
//! Invariants: what is not exactly such a text is told in a sentence, and nothing of it is used. How a run went is
//! held against hashes that came with it, so that a run that this version takes otherwise is told.

use super::saved::{ENGINE, Saved, SavedRun, SavedTexts};
use super::{Branch, DocumentName, Session, likeness};
use crate::cluster::StableHash;
use crate::sim::StepNo;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// The version of this form; the number after the `#` of a link says it too.
const FORM: u64 = 2;

/// How each text of this form begins, before the checksum.
const BEGINS: &str = "{\"playground\":";

/// At most so many hashes of the run, and so many bits of each: a link is to be short.
const MARKS: (usize, u32) = (48, 12);

/// A run of more steps is not taken again for a link.
const MOST_STEPS: StepNo = 100_000;

/// What of a session is sent, and where it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The shown step.
    AtStep,
    /// The start, with the recorded steps to come.
    AtStart,
    /// The texts, before anything happened.
    WithoutSteps,
}

/// A session that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The session.
    pub work: Saved,
    /// Where one looked: the page's own.
    pub look: Map<String, Value>,
}

impl Session {
    /// The open session as it is sent. Without the unapplied changes the texts are as they were applied.
    pub fn link(&self, opens: Sent, with_changes: bool, look: Map<String, Value>) -> Link {
        let Saved { mut texts, run, branch, mut others, odd } = Saved::of(self);
        let thinned = |run: Rc<SavedRun>| Rc::unwrap_or_clone(run).thinned(MARKS.0, MARKS.1);
        let mut run = thinned(run);
        for other in &mut others {
            other.run = Rc::new(thinned(Rc::clone(&other.run)));
        }
        // Whoever opens it has changed nothing of it yet.
        texts.touched = false;
        if !with_changes {
            let pairs = others.iter_mut().map(|other| &mut other.texts).zip(self.others.iter());
            for (texts, session) in pairs.chain([(&mut texts, self)]) {
                texts.manifest = session.applied(DocumentName::Manifest);
                texts.nodes = session.applied(DocumentName::Nodes);
            }
        }
        if opens == Sent::AtStart {
            run.shown = 0;
        }
        let engine = run.engine.clone();
        let mut work = Saved { texts, run: Rc::new(run), branch, others, odd };
        if opens == Sent::WithoutSteps {
            work = work.begun_anew();
            work.run =
                Rc::new(SavedRun { engine, start: self.applied(DocumentName::Nodes), ..SavedRun::default() });
        }
        Link { work, look }
    }
}

impl Link {
    /// As text.
    pub fn text(&self) -> String {
        self.told(|_| {})
    }

    /// As a shorter text, in which one that is like an example's is told by what differs.
    pub fn short_text(&self) -> String {
        self.told(likeness::shorten)
    }

    fn told(&self, shorten: fn(&mut Value)) -> String {
        let (mut texts, mut run) = self.work.to_json();
        pack_marks(&mut run);
        name_texts(&mut texts, &run);
        let (mut texts, mut run) = (Value::Object(texts), Value::Object(run));
        shorten(&mut texts);
        shorten(&mut run);
        let body = json!({ "texts": texts, "run": run, "look": self.look }).to_string();
        format!("{BEGINS}{FORM},\"check\":\"{}\",\"work\":{body}}}", checksum(&body))
    }

    /// Whether a text is meant to be one of these.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(BEGINS)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// It is none of these, or not whole: a sentence says so.
    pub fn read(text: &str) -> Result<Self, String> {
        let rest =
            text.trim_end().strip_prefix(BEGINS).ok_or("It does not hold a cluster of the playground.")?;
        let (form, rest) = rest.split_once(',').unwrap_or((rest, ""));
        if form.parse() != Ok(FORM) {
            return Err("It was made by another version of the page, which this one cannot read.".into());
        }
        let parts = rest.strip_prefix("\"check\":\"").and_then(|rest| rest.split_once("\",\"work\":"));
        let parts = parts.and_then(|(check, rest)| Some((check, rest.strip_suffix('}')?)));
        let body = parts.filter(|(check, body)| *check == checksum(body)).map(|(_, body)| body);
        let body = body.ok_or("Its checksum is wrong: part of it is missing or was changed on the way.")?;
        let unreadable = || "What it holds cannot be read.".to_owned();
        let mut body: Map<String, Value> = serde_json::from_str(body).map_err(|_| unreadable())?;
        if !body.iter_mut().filter(|(name, _)| name.as_str() != "look").all(|(_, part)| likeness::spell(part))
        {
            return Err("It builds on an example that this version of the page has no more.".into());
        }
        if let Some(Value::Object(mut run)) = body.remove("run") {
            unpack_marks(&mut run);
            if let Some(Value::Object(texts)) = body.get_mut("texts") {
                spell_texts(texts, &run);
            }
            body.insert("run".into(), run.into());
        }
        let part = |name: &str| body.get(name).map(Value::to_string);
        let work = Saved::from_json(part("texts").as_deref(), part("run").as_deref());
        let work = work.filter(|work| !work.odd).ok_or_else(unreadable)?;
        let runs = work.others.iter().chain([&work]).map(|saved| saved.run.recorded);
        if let Some(steps) = runs.max().filter(|steps| *steps > MOST_STEPS) {
            return Err(format!("It has {steps} steps; at most {MOST_STEPS} are taken again."));
        }
        let look = body.remove("look").and_then(|look| match look {
            Value::Object(look) => Some(look),
            _ => None,
        });
        Ok(Link { work, look: look.unwrap_or_default() })
    }

    /// A manifest and nodes of which nothing has happened yet.
    pub fn of_texts(manifest: &str, nodes: &str) -> Self {
        let nodes: Rc<str> = nodes.into();
        let run = SavedRun { engine: ENGINE.into(), start: Rc::clone(&nodes), ..SavedRun::default() };
        let texts = SavedTexts { manifest: manifest.into(), nodes, ..SavedTexts::default() };
        let (branch, others) = (Branch::default(), Vec::new());
        Link { work: Saved { texts, run: Rc::new(run), branch, others, odd: false }, look: Map::new() }
    }

    /// The version of the page that made it, if it is another one.
    pub fn other_version(&self) -> Option<&str> {
        let engine = self.work.run.engine.as_str();
        (engine != ENGINE && !engine.is_empty()).then_some(engine)
    }
}

fn checksum(body: &str) -> String {
    format!("{:08x}", StableHash::default().text(body).finish() >> 32)
}

/// A text in the editor that was applied, too, is said by its number among those of the run.
fn name_texts(texts: &mut Map<String, Value>, run: &Map<String, Value>) {
    let applied = run.get("texts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for name in ["manifest", "nodes"] {
        if let Some(number) = applied.iter().position(|text| Some(text) == texts.get(name)) {
            texts.insert(name.into(), json!(number));
        }
    }
}

fn spell_texts(texts: &mut Map<String, Value>, run: &Map<String, Value>) {
    for text in texts.values_mut() {
        let number = text.as_u64().and_then(|number| usize::try_from(number).ok());
        if let Some(applied) = number.and_then(|number| run.get("texts")?.get(number)) {
            *text = applied.clone();
        }
    }
}

/// Hashes at equal distances as one word: there are as many digits in each, and the last is the last step's.
fn pack_marks(run: &mut Map<String, Value>) {
    let Some(marks) = run.get("marks").and_then(Value::as_array) else { return };
    let every = marks.first().map_or(1, |mark| mark[0].as_u64().unwrap_or(1));
    let word: String = marks.iter().filter_map(|mark| mark[1].as_str()).collect();
    let packed = json!([every, marks.len(), word]);
    run.insert("marks".into(), packed);
}

fn unpack_marks(run: &mut Map<String, Value>) {
    let last = run.get("recorded").and_then(Value::as_u64).unwrap_or(0);
    let unpacked = run.get("marks").and_then(|packed| {
        let (every, count, word) = (packed[0].as_u64()?, packed[1].as_u64()?, packed[2].as_str()?);
        let digits = word.len().checked_div(usize::try_from(count).ok()?).filter(|digits| *digits > 0)?;
        let chunks = (0..)
            .map_while(|index: usize| word.get(index.checked_mul(digits)?..(index + 1).checked_mul(digits)?));
        let marks =
            (1..=count).zip(chunks).map(|(no, mark)| json!([every.saturating_mul(no).min(last), mark]));
        Some(marks.collect::<Vec<Value>>())
    });
    run.insert("marks".into(), unpacked.unwrap_or_default().into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;
    use crate::session::{Act, Outcome, Past, Resumed};

    fn opened(id: &str) -> Session {
        Session::of_example(examples::find(id).expect("there is such an example"))
    }

    fn taken_again(link: &Link) -> (Session, Resumed) {
        let mut session = Session::resume(&link.work);
        for _ in 0..1_000 {
            let (next, outcome) = session.act(&Act::Resume(500), Past::Ask);
            session = next;
            if let Outcome::Resumed(resumed) = outcome {
                return (session, resumed);
            }
        }
        panic!("it does not end");
    }

    #[test]
    fn what_is_sent_is_what_comes_with_the_same_steps() {
        for example in examples::ALL {
            let session = opened(example.id);
            let session = session.act(&Act::Run(40), Past::Ask).0.act(&Act::Back, Past::Ask).0;
            let mut look = Map::new();
            look.insert("panel".into(), json!("map"));
            let link =
                Link::read(&session.link(Sent::AtStep, true, look.clone()).text()).expect("it can be read");
            assert_eq!(link.look, look);
            assert_eq!(Link::read(&link.text()).as_ref(), Ok(&link));
            assert_eq!(Link::read(&link.short_text()).as_ref(), Ok(&link));
            let (again, told) = taken_again(&link);
            assert_eq!(told.differs, None, "{}", example.id);
            assert_eq!(again.timeline.digest(), session.timeline.digest());
            assert_eq!(again.timeline.shown(), session.timeline.shown());
            assert_eq!(again.documents, session.documents);
        }
    }

    #[test]
    fn of_hashes_of_which_one_cannot_be_read_none_counts() {
        let text = opened("log_collector").link(Sent::AtStep, true, Map::new()).text();
        let begins = text.find("\"marks\":[").expect("it has hashes");
        let word = begins
            + text[begins..].find('"').and_then(|_| text[begins + 10..].find('"')).expect("a word")
            + 11;
        let broken = format!("{}x{}", &text[..word], &text[word + 1..]);
        let body = &broken[broken.find("\"work\":").expect("a body") + 7..broken.len() - 1];
        let signed = format!("{BEGINS}{FORM},\"check\":\"{}\",\"work\":{body}}}", checksum(body));
        let link = Link::read(&signed).expect("it can be read");
        assert_eq!(link.work.run.marks, []);
        assert_eq!(Link::read(&link.text()).as_ref(), Ok(&link));
        assert_eq!(taken_again(&link).1.differs, None);
    }

    #[test]
    fn a_link_opens_where_it_is_to() {
        let session = opened("log_collector");
        let session = session.act(&Act::Edit(DocumentName::Manifest, "# mine".into()), Past::Ask).0;
        let read = |opens, with_changes| {
            let text = session.link(opens, with_changes, Map::new()).text();
            Link::read(&text).expect("it can be read").work
        };
        let (at_step, start) = (read(Sent::AtStep, true), read(Sent::AtStart, false));
        assert_eq!((at_step.run.shown, &*at_step.texts.manifest), (session.timeline.shown(), "# mine"));
        assert_eq!((start.run.shown, start.run.recorded), (0, session.timeline.len()));
        assert_eq!(start.texts.manifest, session.applied(DocumentName::Manifest));
        let without = read(Sent::WithoutSteps, true);
        assert_eq!((without.run.recorded, without.run.log.len()), (0, 0));
        assert_eq!(without.run.start, session.start);
    }

    #[test]
    fn a_run_that_goes_otherwise_here_is_told_with_its_step_and_version() {
        let text = opened("log_collector").link(Sent::AtStep, true, Map::new()).text();
        let mut link = Link::read(&text).expect("it can be read");
        assert_eq!(link.other_version(), None);
        let run = Rc::make_mut(&mut link.work.run);
        run.engine = "9.9.9".into();
        run.marks.iter_mut().filter(|(no, _)| *no >= 7).for_each(|(_, mark)| *mark ^= 1);
        let link = Link::read(&link.text()).expect("it can be read");
        assert_eq!(link.other_version(), Some("9.9.9"));
        assert_eq!(taken_again(&link).1, Resumed { engine: "9.9.9".into(), differs: Some(7) });
        // Stored while it is being taken again, it is compared as the link was.
        let (texts, run) = link.work.to_json();
        let text = |part: Map<String, Value>| Value::Object(part).to_string();
        assert_eq!(Saved::from_json(Some(&text(texts)), Some(&text(run))).as_ref(), Some(&link.work));
    }

    #[test]
    fn what_is_not_whole_is_told_and_never_panics() {
        let text = opened("rolling_update").link(Sent::AtStep, true, Map::new()).text();
        for (wrong, told) in [
            (String::new(), "does not hold"),
            ("{}".into(), "does not hold"),
            (text.replacen(":2,", ":3,", 1), "another version"),
            (text.replacen("DaemonSet", "DaemonSat", 1), "checksum"),
            (text[..text.len() - 9].into(), "checksum"),
            (signed("[]"), "cannot be read"),
            (signed("{\"run\":{\"recorded\":3}}"), "cannot be read"),
            (signed(&format!("{{\"run\":{}}}", "[".repeat(10_000))), "cannot be read"),
        ] {
            let error = Link::read(&wrong).expect_err("it is wrong");
            assert!(error.contains(told), "{error}");
        }
        // As many hashes as one likes, in a word without letters.
        let mut run = Map::from_iter([("marks".to_owned(), json!([1, 4_000_000_000_u32, ""]))]);
        unpack_marks(&mut run);
        assert_eq!(run["marks"], json!([]));
        let many = Link::read(&text).map(|mut link| {
            Rc::make_mut(&mut link.work.run).recorded = StepNo::MAX;
            link.text()
        });
        assert!(Link::read(&many.expect("it can be read")).is_err_and(|error| error.contains("steps")));
    }

    /// A body with its right checksum.
    fn signed(body: &str) -> String {
        format!("{BEGINS}{FORM},\"check\":\"{}\",\"work\":{body}}}", checksum(body))
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod random {
        use super::*;
        use proptest::prelude::*;
        use std::sync::LazyLock;

        static SENT: LazyLock<String> =
            LazyLock::new(|| opened("surge").link(Sent::AtStep, true, Map::new()).text());

        proptest! {
            #[test]
            fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
                let body = String::from_utf8_lossy(&bytes);
                prop_assert!(Link::read(&body).is_err());
                prop_assert!(Link::read(&signed(&body)).is_err());
            }

            #[test]
            fn a_changed_letter_is_noticed_or_harmless(at in 0usize..3_000, with in any::<char>(), resign in any::<bool>()) {
                let text = &*SENT;
                let at = text.char_indices().map(|(index, _)| index).nth(at).unwrap_or(text.len());
                let mut changed = format!("{}{with}{}", &text[..at], text.get(at + 1..).unwrap_or(""));
                if resign && let Some((_, body)) = changed.split_once("\"work\":") {
                    changed = signed(body.strip_suffix('}').unwrap_or(body));
                }
                // With a right checksum it may well be another cluster; it opens all the same.
                if let Ok(link) = Link::read(&changed) {
                    let mut session = Session::resume(&link.work);
                    for _ in 0..3 {
                        session = session.act(&Act::Resume(100), Past::Ask).0;
                    }
                }
            }
        }
    }
}
