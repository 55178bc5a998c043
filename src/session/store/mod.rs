//! Where stored sessions live: a few named texts, as a browser's storage is. Several tabs share it.
//!
//! Invariants: nothing is written over what another tab stored meanwhile, unless the user says so; what is new is
//! written before what it replaces is removed; what cannot be read is not thrown away but set aside.

use super::saved::Saved;
use super::texts::DocumentName;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::rc::Rc;

const TEXTS: &str = "playground.texts.2";
const RUN: &str = "playground.run.2";
/// A text that was typed and not yet read.
const DRAFT: &str = "playground.draft.2";
/// Each session that was set aside has a key that begins so.
const KEPT: &str = "playground.kept.2.";
/// What could not be read, as it was.
const UNREAD: &str = "playground.unread.";
/// The first form.
const OLD_WORK: &str = "playground.work.1";
const OLD_KEPT: &str = "playground.kept.1";
const OLD_DRAFT: &str = "playground.draft.1";

/// At most so many sessions are set aside; the oldest goes for a newer one.
pub const MOST_KEPT: usize = 8;

/// Named texts.
pub trait Shelf {
    /// One of them.
    fn get(&self, key: &str) -> Option<String>;
    /// Sets one; false if there is no room, and then the one before is still there.
    fn set(&self, key: &str, text: &str) -> bool;
    /// Removes one.
    fn remove(&self, key: &str);
    /// The names of all.
    fn keys(&self) -> Vec<String>;
}

/// Which tab stored the work last, and how often it had been stored by then.
type Stamp = (String, u64);

/// Stores the sessions of one tab.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// Tells the tabs apart.
    tab: String,
    /// The stored work as this tab knows it.
    seen: Option<Stamp>,
    /// The keys of sessions set aside that this tab knows of.
    known: BTreeSet<String>,
}

/// Why work is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unstored {
    /// There is no room, or no storage.
    Full,
    /// Another tab stored other work meanwhile.
    Contested,
}

/// A text that was typed right before the end, where there is no work that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The example that was open.
    pub example: String,
    /// Which text.
    pub name: DocumentName,
    /// The text.
    pub text: String,
}

/// A session that was set aside.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its number among the others; the later, the higher.
    pub no: u64,
    /// The tab that stored it; empty as long as none did.
    by: Rc<str>,
    /// The session.
    pub work: Rc<Saved>,
}

/// By identity: nothing is walked through.
impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.no == other.no && self.by == other.by && Rc::ptr_eq(&self.work, &other.work)
    }
}

/// What is stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The session that was open.
    pub work: Option<Saved>,
    /// What was typed on a first visit.
    pub draft: Option<Draft>,
    /// Sessions that were set aside, the latest first.
    pub kept: Vec<Kept>,
}

impl Keeper {
    /// The keeper of a tab; no other tab may have the same name.
    pub fn new(tab: &str) -> Self {
        Keeper { tab: tab.to_owned(), seen: None, known: BTreeSet::new() }
    }

    /// What is there from the last time. A text that was typed right before the end is in it, too.
    pub fn load(&mut self, shelf: &impl Shelf) -> Found {
        let (texts, run) = (shelf.get(TEXTS), shelf.get(RUN));
        self.seen = stamp(shelf);
        let old = if texts.is_none() && run.is_none() { shelf.get(OLD_WORK) } else { None };
        let mut work = match &old {
            Some(old) => Saved::from_old(old),
            None => Saved::from_json(texts.as_deref(), run.as_deref()),
        };
        if work.as_ref().is_none_or(|work| work.odd) {
            for (key, text) in [(TEXTS, &texts), (RUN, &run), (OLD_WORK, &old)] {
                set_aside(shelf, key, text.as_deref());
            }
        }
        let mut kept = kept(shelf);
        self.known = kept.iter().map(|kept| self.key(kept)).collect();
        let draft = self.draft(shelf, old.is_some(), &mut work, &mut kept);
        Found { work, draft, kept }
    }

    /// Puts a text that was typed right before the end where it belongs.
    fn draft(
        &self,
        shelf: &impl Shelf,
        is_old: bool,
        work: &mut Option<Saved>,
        kept: &mut Vec<Kept>,
    ) -> Option<Draft> {
        let (draft, of) = draft(shelf).or_else(|| old_draft(shelf))?;
        let Some(stored) = work else { return Some(draft) };
        let own = match draft.name {
            DocumentName::Manifest => &stored.texts.manifest,
            DocumentName::Nodes => &stored.texts.nodes,
        };
        if *own == draft.text {
            return None;
        }
        let with_draft = stored.clone().with_text(draft.name, draft.text.clone());
        if is_old || of == self.seen {
            *work = Some(with_draft);
        } else {
            // It was typed into other work than what is stored by now.
            kept.insert(0, Kept { no: next_no(kept), by: "".into(), work: Rc::new(with_draft) });
        }
        None
    }

    /// Stores the open session. `anyway` also over what another tab stored meanwhile.
    pub fn store(&mut self, shelf: &impl Shelf, work: &Saved, anyway: bool) -> Result<(), Unstored> {
        if !anyway && self.is_contested(shelf) {
            return Err(Unstored::Contested);
        }
        let count = stamp(shelf).map_or(0, |(_, count)| count) + 1;
        let (mut texts, mut run) = work.to_json();
        texts.insert("tab".into(), json!(self.tab));
        texts.insert("count".into(), json!(count));
        run.insert("count".into(), json!(count));
        // The texts first: they are what cannot be made again.
        let put = |key: &str, part: Map<String, Value>| shelf.set(key, &Value::Object(part).to_string());
        if !put(TEXTS, texts) {
            return Err(Unstored::Full);
        }
        self.seen = stamp(shelf);
        if !put(RUN, run) {
            return Err(Unstored::Full);
        }
        for done_with in [DRAFT, OLD_WORK, OLD_DRAFT] {
            shelf.remove(done_with);
        }
        Ok(())
    }

    /// Stores a text right when it was typed, before anything looks at it. Not over the work of another tab.
    pub fn note_draft(&self, shelf: &impl Shelf, draft: &Draft) {
        if self.is_contested(shelf) {
            return;
        }
        let Draft { example, name, text } = draft;
        let of = self.seen.as_ref().map(|(tab, count)| json!([tab, count]));
        let value = json!({ "of": of, "example": example, "name": name.file(), "text": text });
        // Without room for it, it is stored with the work a moment later, or that is told.
        shelf.set(DRAFT, &value.to_string());
    }

    /// Whether another tab stored work since this one looked.
    pub fn is_contested(&self, shelf: &impl Shelf) -> bool {
        stamp(shelf) != self.seen
    }

    /// Stores which sessions are set aside. False if there is no room for all: then none is removed.
    pub fn keep(&mut self, shelf: &impl Shelf, kept: &[Kept]) -> bool {
        let keys: BTreeSet<String> = kept.iter().map(|kept| self.key(kept)).collect();
        let mut fits = true;
        for kept in kept {
            let key = self.key(kept);
            if shelf.get(&key).is_none() {
                let (texts, run) = kept.work.to_json();
                fits &= shelf.set(&key, &json!({ "texts": texts, "run": run }).to_string());
            }
        }
        if fits {
            // What another tab set aside meanwhile stays.
            self.known.difference(&keys).for_each(|key| shelf.remove(key));
            shelf.remove(OLD_KEPT);
            self.known = keys;
        }
        fits
    }

    fn key(&self, kept: &Kept) -> String {
        let by = if kept.by.is_empty() { &*self.tab } else { &*kept.by };
        format!("{KEPT}{}.{by}", kept.no)
    }
}

/// Sets a session aside, before those that are already.
pub fn set_aside_work(kept: &[Kept], work: Rc<Saved>) -> Vec<Kept> {
    let mut all = vec![Kept { no: next_no(kept), by: "".into(), work }];
    all.extend(kept.iter().take(MOST_KEPT - 1).cloned());
    all
}

fn next_no(kept: &[Kept]) -> u64 {
    kept.iter().map(|kept| kept.no).max().unwrap_or(0) + 1
}

/// Keeps a text that could not be read, as it is, under another key.
fn set_aside(shelf: &impl Shelf, key: &str, text: Option<&str>) {
    let Some(text) = text else { return };
    let aside = format!("{UNREAD}{key}");
    if shelf.get(&aside).as_deref() != Some(text) {
        shelf.set(&aside, text);
    }
}

fn stamp(shelf: &impl Shelf) -> Option<Stamp> {
    let text = shelf.get(TEXTS)?;
    let texts: Map<String, Value> = serde_json::from_str(&text).ok()?;
    Some((texts.get("tab")?.as_str()?.to_owned(), texts.get("count")?.as_u64()?))
}

fn kept(shelf: &impl Shelf) -> Vec<Kept> {
    let read = |key: &str| {
        let (no, by) = key.strip_prefix(KEPT)?.split_once('.')?;
        let parts: Map<String, Value> = serde_json::from_str(&shelf.get(key)?).ok()?;
        let part = |name: &str| parts.get(name).map(Value::to_string);
        let work = Saved::from_json(part("texts").as_deref(), part("run").as_deref())?;
        Some(Kept { no: no.parse().ok()?, by: by.into(), work: Rc::new(work) })
    };
    let mut kept: Vec<Kept> = shelf.keys().iter().filter_map(|key| read(key)).collect();
    kept.sort_by_key(|kept| std::cmp::Reverse(kept.no));
    let old = shelf.get(OLD_KEPT).and_then(|text| Saved::from_old(&text));
    kept.extend(old.map(|work| Kept { no: 0, by: "".into(), work: Rc::new(work) }));
    kept
}

/// A draft, and the work that it belongs to.
fn draft(shelf: &impl Shelf) -> Option<(Draft, Option<Stamp>)> {
    let draft: Map<String, Value> = serde_json::from_str(&shelf.get(DRAFT)?).ok()?;
    let text = |name: &str| draft.get(name).and_then(Value::as_str).map(str::to_owned);
    let of = draft.get("of").and_then(|of| Some((of.get(0)?.as_str()?.to_owned(), of.get(1)?.as_u64()?)));
    let name = DocumentName::of_file(&text("name")?)?;
    Some((Draft { example: text("example").unwrap_or_default(), name, text: text("text")? }, of))
}

fn old_draft(shelf: &impl Shelf) -> Option<(Draft, Option<Stamp>)> {
    let (name, text): (String, String) = serde_json::from_str(&shelf.get(OLD_DRAFT)?).ok()?;
    Some((Draft { example: String::new(), name: DocumentName::of_file(&name)?, text }, None))
}

#[cfg(test)]
mod tests;
