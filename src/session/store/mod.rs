//! Where stored sessions live: a few named texts, as a browser's storage is. Several tabs share it.
//!
//! Invariants: nothing is written over what another tab stored meanwhile, unless the user says so; what is new is
//! written before what it replaces is removed; what cannot be read is not thrown away but set aside.

use super::Session;
use super::saved::Saved;
use super::texts::DocumentName;
use crate::api::sort;
use crate::examples;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

const TEXTS: &str = "playground.texts.2";
const RUN: &str = "playground.run.2";
/// A text that was typed and not yet read: each tab has a key of its own for each of its texts, which begins so.
const DRAFT: &str = "playground.draft.2";
/// Each session that was set aside has a key that begins so.
const KEPT: &str = "playground.kept.2.";
/// So ends the key of a tab's own work that stands beside another one's.
const BESIDE: &str = ".beside";
/// What could not be read, as it was.
const UNREAD: &str = "playground.unread.";
/// The first form.
const OLD_WORK: &str = "playground.work.1";
const OLD_KEPT: &str = "playground.kept.1";
const OLD_DRAFT: &str = "playground.draft.1";

/// The number of what was set aside in the first form.
const OLD_NO: u64 = 0;

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
    /// The keys of drafts that are part of the open work: they go when it is stored.
    joined: Vec<String>,
    /// The keys of drafts that were set aside: they go when those sessions are stored.
    parted: Vec<String>,
    /// The keys of sessions that are not set aside any more: they go when the open work is stored, which may have been
    /// one of them.
    leaving: Vec<String>,
    /// The key of this tab's own work, which stands beside that of another tab until the user chooses.
    beside: Option<String>,
    /// What other tabs stored beside, as it was read: a tab that waits still may write it anew.
    besides: Vec<(String, Option<String>)>,
}

/// Why work is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unstored {
    /// There is no room, or no storage.
    Full,
    /// Another tab stored other work meanwhile.
    Contested,
}

/// A text as it was typed, before anything looked at it.
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
pub struct FoundWork {
    /// The session that was open.
    pub work: Option<Saved>,
    /// Sessions that were set aside, the latest first.
    pub kept: Vec<Kept>,
    /// Whether there is something of which nothing could be read; it is kept as it is.
    pub unread: bool,
}

impl Keeper {
    /// The keeper of a tab; no other tab may have the same name.
    pub fn new(tab: &str) -> Self {
        Keeper {
            tab: tab.to_owned(),
            seen: None,
            known: BTreeSet::new(),
            joined: Vec::new(),
            parted: Vec::new(),
            leaving: Vec::new(),
            beside: None,
            besides: Vec::new(),
        }
    }

    /// What is there from the last time. A text that was typed right before the end is in it, too.
    pub fn load(&mut self, shelf: &impl Shelf) -> FoundWork {
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
        let old_kept = shelf.get(OLD_KEPT).filter(|text| Saved::from_old(text).is_none());
        set_aside(shelf, OLD_KEPT, old_kept.as_deref());
        let is_lost = work.is_none() && (texts.is_some() || run.is_some() || old.is_some());
        let unread = is_lost || old_kept.is_some();
        let mut kept = kept(shelf);
        self.known = sort::set(kept.iter().map(|kept| self.key(kept)));
        let besides = self.known.iter().filter(|key| tab_of_beside(key).is_some());
        self.besides = besides.map(|key| (key.clone(), shelf.get(key))).collect();
        self.take_drafts(shelf, old.is_some(), &mut work, &mut kept);
        FoundWork { work, kept, unread }
    }

    /// Puts texts that were typed right before the end where they belong: into the stored work if they were typed
    /// into that, into what their tab stored beside it, where they stay until that goes, and else aside. Of two tabs
    /// that typed into the same work, the later one has it.
    fn take_drafts(
        &mut self,
        shelf: &impl Shelf,
        is_old: bool,
        work: &mut Option<Saved>,
        kept: &mut Vec<Kept>,
    ) {
        let mut is_joined = false;
        for Typed { tab, keys, of, drafts } in typed(shelf).into_iter().rev() {
            let put_in = |work: Saved, draft: Draft| work.with_text(draft.name, draft.text);
            if let Some(beside) = kept.iter_mut().find(|kept| *kept.by == beside_of(&tab)) {
                beside.work = Rc::new(drafts.into_iter().fold((*beside.work).clone(), put_in));
                continue;
            }
            // What was typed into one example is no text of another one's run.
            let is_of = |work: &Saved| of == self.seen || drafts.iter().all(|draft| draft.is_of(work));
            let stored = work.clone().filter(is_of).unwrap_or_else(|| begun_with(&drafts));
            let is_there = |draft: &Draft| stored.text(draft.name) == draft.text;
            let is_new = work.is_none() || !drafts.iter().all(is_there);
            let belongs = (is_old || of == self.seen) && !is_joined;
            let with_drafts = drafts.into_iter().fold(stored, put_in);
            if belongs || !is_new {
                if is_new {
                    *work = Some(with_drafts);
                }
                is_joined |= belongs;
                self.joined.extend(keys);
            } else {
                kept.insert(0, Kept { no: next_no(kept), by: "".into(), work: Rc::new(with_drafts) });
                self.parted.extend(keys);
            }
        }
    }

    /// Stores the open session beside the one that another tab stored, as one that is set aside: all of it, again and
    /// again, until the user chooses. False if there is no room.
    pub fn store_beside(&mut self, shelf: &impl Shelf, work: &Saved) -> bool {
        // The others are read for the first time alone: this is done again with each change.
        let new = || {
            let by = beside_of(&self.tab).into();
            self.key(&Kept { no: next_no(&kept(shelf)), by, work: Rc::default() })
        };
        let key = self.beside.clone().unwrap_or_else(new);
        let fits = shelf.set(&key, &parts(work));
        if fits {
            self.beside = Some(key);
            remove_drafts(shelf, &self.tab);
        }
        fits
    }

    /// Whether nothing is lost with what is stored under a key: what another tab stored beside is as it was read.
    fn may_go(&self, shelf: &impl Shelf, key: &str) -> bool {
        let is_as_read = || self.besides.iter().any(|(read, text)| read == key && *text == shelf.get(key));
        tab_of_beside(key).is_none() || is_as_read()
    }

    /// Stores the open session. `anyway` also in place of what another tab stored meanwhile: that is set aside then,
    /// and given.
    ///
    /// # Errors
    /// There is no room, or another tab stored other work.
    pub fn store(
        &mut self,
        shelf: &impl Shelf,
        work: &Saved,
        anyway: bool,
    ) -> Result<Option<Kept>, Unstored> {
        let mut parted = None;
        let leaving = std::mem::take(&mut self.leaving);
        self.leaving = leaving.into_iter().filter(|key| self.may_go(shelf, key)).collect();
        if self.is_contested(shelf) {
            if !anyway {
                return Err(Unstored::Contested);
            }
            if let Some(other) = other(shelf) {
                let (key, parts) = (self.key(&other), parts(&other.work));
                let keys = std::slice::from_ref(&key);
                if !with_room(shelf, &self.leaving, keys, &|| shelf.set(&key, &parts)) {
                    return Err(Unstored::Full);
                }
                parted = Some(other);
            }
        }
        let count = stamp(shelf).map_or(0, |(_, count)| count);
        let (texts, run) = work.to_json();
        let (mut texts, mut run) = (Value::Object(texts), Value::Object(run));
        texts["tab"] = json!(self.tab);
        // What is written, by key, if work was stored so many times with it.
        let mut written = |count: u64| {
            (texts["count"], run["count"]) = (json!(count), json!(count));
            [(TEXTS, texts.to_string()), (RUN, run.to_string())]
        };
        // Storing the same again would tell the other tabs of work that is not new.
        let is_stored = written(count).into_iter().all(|(key, text)| shelf.get(key) == Some(text));
        if !is_stored {
            // The texts first: they are what cannot be made again. But a tab that opens right now must not find texts
            // whose run never began; a run alone has its texts with it.
            let mut written = written(count + 1);
            if shelf.get(TEXTS).is_none() {
                written.reverse();
            }
            let keys = [TEXTS, RUN].map(str::to_owned);
            let fits = with_room(shelf, &self.leaving, &keys, &|| {
                written.iter().fold(true, |fits, (key, text)| {
                    let is_put = (fits || *key == TEXTS) && shelf.set(key, text);
                    fits && is_put
                })
            });
            self.seen = stamp(shelf);
            if !fits {
                // The other work stays where it is.
                parted.iter().for_each(|parted| shelf.remove(&self.key(parted)));
                return Err(Unstored::Full);
            }
        }
        shelf.remove(OLD_WORK);
        remove_drafts(shelf, &self.tab);
        for key in self.joined.drain(..).chain(self.leaving.drain(..)).chain(self.beside.take()) {
            shelf.remove(&key);
            if let Some(tab) = tab_of_beside(&key) {
                remove_drafts(shelf, tab);
            }
        }
        Ok(parted)
    }

    /// The work that another tab stored, to be this one's from now on.
    pub fn take_other(&mut self, shelf: &impl Shelf) -> Option<Saved> {
        let work = Saved::from_json(shelf.get(TEXTS).as_deref(), shelf.get(RUN).as_deref())?;
        self.seen = stamp(shelf);
        // The session of this tab is set aside by then as any other.
        self.parted.extend(self.beside.take());
        Some(work)
    }

    /// Stores a text right when it was typed, before anything looks at it. It touches nothing of another tab's.
    pub fn note_draft(&self, shelf: &impl Shelf, draft: &Draft) {
        let Draft { example, name, text } = draft;
        let of = self.seen.as_ref().map(|(tab, count)| json!([tab, count]));
        let value = json!({ "of": of, "example": example, "name": name.file(), "text": text });
        // Without room for it, it is stored with the work a moment later, or that is told.
        shelf.set(&draft_key(&self.tab, *name), &value.to_string());
    }

    /// Whether another tab stored work since this one looked.
    pub fn is_contested(&self, shelf: &impl Shelf) -> bool {
        stamp(shelf) != self.seen
    }

    /// Stores which sessions are set aside. False if there is no room for all. Those that are not any more are removed
    /// when the open work is stored next, which may have been one of them; before that only if room is needed, and never
    /// while another tab's work keeps the open one from being stored.
    pub fn keep(&mut self, shelf: &impl Shelf, kept: &[Kept]) -> bool {
        let keys: BTreeSet<String> = sort::set(kept.iter().map(|kept| self.key(kept)));
        // What another tab set aside meanwhile stays.
        let gone = self.known.difference(&keys).filter(|key| self.may_go(shelf, key)).cloned();
        let leaving: Vec<String> = self.leaving.iter().cloned().chain(gone).collect();
        let free = if self.is_contested(shelf) { &[][..] } else { &leaving[..] };
        let new: Vec<&Kept> = kept.iter().filter(|kept| shelf.get(&self.key(kept)).is_none()).collect();
        let new_keys: Vec<String> = new.iter().map(|kept| self.key(kept)).collect();
        let fits = with_room(shelf, free, &new_keys, &|| {
            // A smaller one may have room where a larger one has none.
            new.iter().filter(|kept| !shelf.set(&self.key(kept), &parts(&kept.work))).count() == 0
        });
        if fits {
            self.leaving = leaving;
            match kept.iter().any(|kept| kept.no == OLD_NO) {
                true => shelf.remove(OLD_KEPT),
                false => self.leaving.push(OLD_KEPT.into()),
            }
            self.parted.drain(..).for_each(|key| shelf.remove(&key));
            self.known = keys;
        }
        fits
    }

    fn key(&self, kept: &Kept) -> String {
        let by = if kept.by.is_empty() { &*self.tab } else { &*kept.by };
        format!("{KEPT}{}.{by}", kept.no)
    }
}

impl Draft {
    /// Whether it may have been typed into that work.
    fn is_of(&self, work: &Saved) -> bool {
        self.example.is_empty() || self.example == work.texts.example
    }
}

/// The name under which a tab sets aside its own work.
fn beside_of(tab: &str) -> String {
    format!("{tab}{BESIDE}")
}

/// The tab that stored its own work beside another one's under a key, if it is one of those.
fn tab_of_beside(key: &str) -> Option<&str> {
    key.strip_prefix(KEPT)?.strip_suffix(BESIDE)?.split_once('.').map(|(_, tab)| tab)
}

fn draft_key(tab: &str, name: DocumentName) -> String {
    format!("{DRAFT}.{tab}.{}", name.file())
}

/// Removes what a tab typed: it is part of work that is stored.
fn remove_drafts(shelf: &impl Shelf, tab: &str) {
    DocumentName::ALL.iter().for_each(|name| shelf.remove(&draft_key(tab, *name)));
}

/// Writes something under some keys. Where there is no room for it beside what goes anyway, that goes first, and comes
/// back if even then there is none.
fn with_room(shelf: &impl Shelf, leaving: &[String], keys: &[String], write: &dyn Fn() -> bool) -> bool {
    if write() {
        return true;
    }
    if leaving.iter().all(|key| shelf.get(key).is_none()) {
        return false;
    }
    let before: Vec<_> = keys.iter().chain(leaving).map(|key| (key, shelf.get(key))).collect();
    leaving.iter().for_each(|key| shelf.remove(key));
    let fits = write();
    if !fits {
        before.iter().for_each(|(key, _)| shelf.remove(key));
        for (key, text) in before {
            if let Some(text) = text {
                shelf.set(key, &text);
            }
        }
    }
    fits
}

/// A session in one text.
fn parts(work: &Saved) -> String {
    let (texts, run) = work.to_json();
    json!({ "texts": texts, "run": run }).to_string()
}

/// The stored work of another tab, as one that is set aside after all others.
fn other(shelf: &impl Shelf) -> Option<Kept> {
    let work = Saved::from_json(shelf.get(TEXTS).as_deref(), shelf.get(RUN).as_deref())?;
    // Under this tab's name: the other one may set aside something of its own under the same number.
    Some(Kept { no: next_no(&kept(shelf)), by: "".into(), work: Rc::new(work) })
}

/// Sets a session aside, before those that are already. Its number is higher than all of theirs and than `last`: no
/// number is given twice, as what had it may still be stored.
pub fn set_aside_work(kept: &[Kept], last: u64, work: Rc<Saved>) -> Vec<Kept> {
    with_kept(kept, Kept { no: next_no(kept).max(last + 1), by: "".into(), work })
}

/// Puts a session that is set aside before the others.
pub fn with_kept(kept: &[Kept], new: Kept) -> Vec<Kept> {
    let mut all = vec![new];
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
    sort::by_key(&mut kept, |kept| std::cmp::Reverse(kept.no));
    let old = shelf.get(OLD_KEPT).and_then(|text| Saved::from_old(&text));
    kept.extend(old.map(|work| Kept { no: OLD_NO, by: "".into(), work: Rc::new(work) }));
    kept
}

/// What one tab typed into one work.
struct Typed {
    tab: String,
    keys: Vec<String>,
    of: Option<Stamp>,
    drafts: Vec<Draft>,
}

/// What was typed and not stored with its work, by tab, the latest tab last.
fn typed(shelf: &impl Shelf) -> Vec<Typed> {
    let mut tabs: BTreeMap<String, Typed> = BTreeMap::new();
    for key in shelf.keys() {
        let draft = if key == OLD_DRAFT { old_draft(shelf) } else { draft(shelf, &key) };
        let Some((draft, of)) = draft else { continue };
        // The first forms had no tab.
        let tab = key.strip_prefix(DRAFT).and_then(|rest| rest.split('.').nth(1)).unwrap_or_default();
        let typed = tabs.entry(tab.to_owned());
        let new = || Typed { tab: tab.to_owned(), keys: Vec::new(), of, drafts: Vec::new() };
        let typed = typed.or_insert_with(new);
        typed.keys.push(key);
        typed.drafts.push(draft);
    }
    tabs.into_values().collect()
}

/// The example that texts were typed into, where no work is stored.
fn begun_with(drafts: &[Draft]) -> Saved {
    let example = drafts.iter().find_map(|draft| examples::find(&draft.example));
    Saved::of(&Session::of_example(example.unwrap_or(examples::first())))
}

/// A draft, and the work that it belongs to.
fn draft(shelf: &impl Shelf, key: &str) -> Option<(Draft, Option<Stamp>)> {
    key.strip_prefix(DRAFT)?;
    let draft: Map<String, Value> = serde_json::from_str(&shelf.get(key)?).ok()?;
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
