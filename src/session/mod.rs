//! What a person has open: the texts, the run that began with them, and what was done in it. No page and no browser:
//! `ui` shows it, tests use it without one.
//!
//! A [`Session`] is a value: [`Session::act`] gives the one after an [`Act`], and what came of it ([`Outcome`]). An
//! act is an intention. What it writes is planned against the cluster in which it is done, not the one that was shown
//! when the user wished for it.
//!
//! The texts in the editor are the user's own files: they do not travel along the steps. What was *applied* does:
//! [`Document::applied`] is the text as the cluster had it by the shown step. And what commands wrote into the node list
//! does, as long as the user writes nothing else into it ([`Session::show_moved`]).

mod act;
mod arrival;
mod branches;
mod export;
mod follow;
mod likeness;
mod link;
mod missing;
mod resume;
mod saved;
mod start;
mod store;
mod terminal;
mod texts;
mod tried;

pub use act::{Act, Done, Outcome, Past, Refusal, Resumed, WhatIf};
pub use arrival::Arrival;
pub use branches::{Branch, MOST_BRANCHES};
pub use export::{EXPORTS, Export};
pub use link::{Link, Sent};
pub use saved::{Saved, SavedRun, SavedTexts};
pub use start::start;
pub use store::{Draft, FoundWork, Keeper, Kept, MOST_KEPT, Shelf, Unstored, set_aside_work, with_kept};
pub use terminal::{EditedObject, Exchange, Follows, Heard, Reply};
pub use texts::{Document, DocumentName, Documents, SlicedText, WrittenText, is_same};
pub use tried::{Tried, TriedTexts};

use crate::api::{EcoString, Object, ObjectKey, Time};
use crate::cluster::Change;
use crate::examples::{self, Example, Opens};
use crate::kubectl::{Books, Request, Setting};
use crate::manifest::Diagnostic;
use crate::sim::{Refused, StepNo, Timeline, Trial};
use std::collections::BTreeSet;
use std::ops::Deref;
use std::rc::Rc;

/// At most so many steps an example takes to come to rest when it opens.
const OPENING: u32 = 5_000;

/// A command of the user's in the run, after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// The step before.
    pub after: StepNo,
    /// Up to when one waited before it, where that is later than the step.
    pub waited: Option<Time>,
    /// What was said.
    pub request: Request,
    /// The texts that were applied with it.
    pub applied: Vec<(DocumentName, Rc<str>)>,
    /// The texts that it was written into, so that they agree with the cluster: as applied, with the change.
    pub followed: Vec<(DocumentName, Rc<str>)>,
    /// Whether the node list could not follow it.
    pub behind: bool,
    /// Whether the node list that followed is one that the user wrote and that counts as applied, as the cluster had all of
    /// it. (One that it applied is the user's anyway.)
    pub own: bool,
}

impl LogEntry {
    /// A text as it counts as applied from then on, if this entry made it another.
    fn text(&self, name: DocumentName) -> Option<&Rc<str>> {
        let mut texts = self.followed.iter().chain(&self.applied);
        texts.find(|(of, _)| *of == name).map(|(_, text)| text)
    }

    /// The node list, if the user wrote it as it counts as applied from then on.
    fn own_list(&self) -> Option<&Rc<str>> {
        let is_own = self.own || self.applies(DocumentName::Nodes);
        self.text(DocumentName::Nodes).filter(|_| is_own)
    }

    /// Whether it applied a text.
    fn applies(&self, name: DocumentName) -> bool {
        self.applied.iter().any(|(of, _)| *of == name)
    }
}

/// A place in a run. Two that are equal show the same cluster, with the same steps before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// Which branch.
    pub branch: u32,
    /// Which run: another one with each opening, and with each thing that the user does.
    pub run: u32,
    /// The shown step.
    pub shown: StepNo,
    /// How many steps are recorded.
    pub len: StepNo,
    /// When it is: at the time of the shown step, or later if one waited.
    pub now: Time,
}

/// The steps of a session with the shown one, and what the user did in them. Equal as long as it is the same run at the
/// same step: what was computed from it holds.
#[derive(Clone)]
pub struct ShownRun {
    at: At,
    timeline: Rc<Timeline>,
    /// What the user did.
    pub log: Rc<Vec<LogEntry>>,
}

impl ShownRun {
    /// Where one stands in it.
    pub fn at(&self) -> At {
        self.at
    }
}

impl PartialEq for ShownRun {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Deref for ShownRun {
    type Target = Timeline;
    fn deref(&self) -> &Timeline {
        &self.timeline
    }
}

/// What a person has open.
#[derive(Clone)]
pub struct Session {
    /// The example that it began with; empty for the user's own.
    pub example: EcoString,
    /// The nodes that the cluster started from.
    pub start: Rc<str>,
    /// The texts.
    pub documents: Documents,
    /// The run.
    pub timeline: Rc<Timeline>,
    /// What the user did in it.
    pub log: Rc<Vec<LogEntry>>,
    /// Texts about commands and fields, as far as they were fetched.
    books: Books,
    /// What was read in it, without a step of its own.
    pub replies: Rc<Vec<Reply>>,
    /// The object that is open in the editor.
    editing: Option<Rc<EditedObject>>,
    /// Whether anything was changed since it was opened.
    pub touched: bool,
    /// Which branch it is.
    pub branch: Branch,
    /// The other branches, each as it was when it was open last.
    others: Rc<Vec<Session>>,
    /// The branch that the open one is compared with.
    beside: Option<u32>,
    /// A stored run that is still being taken again.
    resuming: Option<Rc<resume::Resuming>>,
    run: u32,
}

/// By identity: nothing is walked through.
impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        self.at() == other.at()
            && self.touched == other.touched
            && self.example == other.example
            && self.documents == other.documents
            && self.branch == other.branch
            && self.beside == other.beside
            && self.others == other.others
            && self.editing == other.editing
            && (Rc::ptr_eq(&self.replies, &other.replies)
                || self.replies.is_empty() && other.replies.is_empty())
    }
}

/// An empty cluster.
impl Default for Session {
    fn default() -> Self {
        Session::new("", "", "")
    }
}

impl Session {
    /// A new cluster of these nodes with nothing in it, and a manifest that is not applied yet.
    pub fn new(example: &str, manifest: &str, nodes: &str) -> Self {
        let listed: Rc<str> = nodes.into();
        let mut nodes = Document::of(Rc::clone(&listed), Rc::clone(&listed));
        Session {
            example: example.into(),
            start: listed,
            timeline: Rc::new(start::started(&mut nodes)),
            documents: Documents { manifest: Document::new(manifest, ""), nodes },
            log: Rc::default(),
            books: Books::default(),
            replies: Rc::default(),
            editing: None,
            touched: false,
            branch: Branch::default(),
            others: Rc::default(),
            beside: None,
            resuming: None,
            run: 0,
        }
    }

    /// An example, as far as it has run when it opens.
    pub fn of_example(example: &'static Example) -> Self {
        let mut session = Session::new(example.id, example.manifest, example.nodes).begun();
        if example.opens == Opens::AtRest {
            Rc::make_mut(&mut session.timeline).run(OPENING);
        }
        if let Some(next) = example.next {
            let manifest = &mut session.documents.manifest;
            *manifest = manifest.edited(next);
        }
        session
    }

    /// A manifest of the user's own, with the nodes that are in it, or else with four.
    pub fn of_manifest(text: &str) -> Self {
        let text = export::without_stages(text);
        let scenario = export::read_scenario(&text);
        let is_scenario = scenario.is_some();
        let (nodes, manifest) = match scenario {
            Some((nodes, manifest)) => (nodes.to_owned(), manifest.to_owned()),
            None => texts::split_nodes(&text),
        };
        // A dump has nodes: what is beside them is in the cluster already, too.
        let is_dump = !nodes.is_empty() && !is_scenario;
        let nodes = if nodes.is_empty() { examples::FOUR_NODES } else { &nodes };
        let session = Session::new("", &manifest, nodes);
        let session = if is_dump { session.restored() } else { session.begun() };
        Session { touched: true, ..session }
    }

    /// Brings the manifest's objects in with their status, as they stood in another cluster. One that has errors, or of
    /// which the API server would refuse something, is applied as far as it can be.
    fn restored(mut self) -> Self {
        if self.documents.errors() > 0 || self.documents.manifest.read.objects.is_empty() {
            return self.begun();
        }
        let request = self.documents.manifest.restore();
        let before = self.clone();
        let planned = act::Planned::typed(&request, 0, &self.documents);
        let done = self.carry_out(vec![planned]);
        if done.refused.is_empty() { self } else { before.begun() }
    }

    /// Applies the manifest, unless it has errors or the API server would refuse it: then it waits in the editor.
    fn begun(self) -> Self {
        let (session, _) = self.act(&Act::Apply, Past::Here);
        Session { touched: false, ..session }
    }

    /// Takes the place of another session: it is another run.
    #[must_use]
    pub fn after(self, other: &Session) -> Self {
        Session { run: other.run + 1, books: other.books.clone(), ..self }
    }

    /// Where one stands.
    pub fn at(&self) -> At {
        let timeline = &self.timeline;
        let (shown, len, now) = (timeline.shown(), timeline.len(), timeline.now());
        At { branch: self.branch.no, run: self.run, shown, len, now }
    }

    /// The run as it is shown.
    pub fn shown_run(&self) -> ShownRun {
        ShownRun { at: self.at(), timeline: Rc::clone(&self.timeline), log: Rc::clone(&self.log) }
    }

    /// The title of what is open.
    pub fn title(&self) -> &str {
        examples::find(&self.example).map_or("Your cluster", |example| example.title)
    }

    /// Recorded steps after the shown one.
    pub fn later_steps(&self) -> StepNo {
        self.timeline.len() - self.timeline.shown()
    }

    /// What the user did before the shown step, the latest first.
    pub fn done(&self) -> impl Iterator<Item = &LogEntry> {
        let shown = self.timeline.shown();
        self.log.iter().rev().filter(move |entry| entry.after < shown)
    }

    /// A text as applied by the shown step; empty if it was not yet.
    pub fn applied(&self, name: DocumentName) -> Rc<str> {
        let text = self.done().find_map(|entry| entry.text(name)).map(Rc::clone);
        text.unwrap_or_else(|| match name {
            DocumentName::Manifest => Rc::default(),
            DocumentName::Nodes => Rc::clone(&self.start),
        })
    }

    /// The step that brought a text to the cluster last, as of the shown one; none if since then a text came to say what
    /// the cluster has in another way.
    pub fn applied_at(&self) -> Option<StepNo> {
        let latest = self.done().find(|entry| !entry.applied.is_empty() || !entry.followed.is_empty())?;
        latest.followed.is_empty().then_some(latest.after + 1)
    }

    /// The step after the shown one that brings the texts to the cluster as they are in the editor; none if one of them
    /// was edited since, or if none comes.
    pub fn applied_later(&self) -> Option<StepNo> {
        let mut last = None;
        for name in DocumentName::ALL {
            let document = self.documents.get(name);
            let latest = || self.log.iter().rev().find_map(|entry| Some((entry, entry.text(name)?)));
            if document.is_dirty() {
                let (entry, _) = latest().filter(|(_, text)| is_same(text, &document.text))?;
                last = last.max(Some(entry.after + 1));
            }
        }
        last
    }

    /// Whether the DaemonSet controller takes nodes by chance as of the shown step.
    pub fn by_chance(&self) -> bool {
        self.done().find_map(|entry| entry.request.setting()) == Some(Setting::ByChance(true))
    }

    /// The commands of an Apply at the shown step.
    pub fn requests(&self) -> Vec<Request> {
        self.applying().into_iter().map(|(_, request)| request).collect()
    }

    /// What Apply would do at the shown step.
    pub fn trial(&self) -> Trial {
        Trial::of(&self.requests(), self.timeline.world(), self.timeline.now())
    }

    /// What the API server would refuse of an Apply at the shown step, at its place. What is in neither text has none.
    pub fn place(&self, refused: &[Refused]) -> Vec<(DocumentName, Diagnostic)> {
        let names: Vec<DocumentName> = self.applying().into_iter().map(|(name, _)| name).collect();
        self.documents.place(&names, refused)
    }

    /// Whether the manifest is to be applied and there is no object in it; kubectl refuses that.
    pub fn applies_nothing(&self) -> bool {
        let manifest = &self.documents.manifest;
        manifest.is_dirty() && manifest.read.objects.is_empty() && !self.is_all_gone()
    }

    /// Whether the manifest is empty because the cluster has nothing more of what was applied: there is nothing to do.
    fn is_all_gone(&self) -> bool {
        let manifest = &self.documents.manifest;
        if !manifest.read.objects.is_empty() || manifest.applied.is_empty() {
            return false;
        }
        let is_gone = |object: &Object| {
            let live = self.timeline.world().get(&follow::listed_as(object));
            live.is_none_or(|live| live.metadata().is_terminating())
        };
        let before = Document::new(&manifest.applied, "").objects();
        !before.is_empty() && before.iter().all(is_gone)
    }

    /// The objects that the manifest had when it was applied, that it has no longer, and that the cluster still has:
    /// applying it leaves them.
    pub fn left_behind(&self) -> Vec<ObjectKey> {
        let manifest = &self.documents.manifest;
        match manifest.is_dirty() && !manifest.read.objects.is_empty() {
            true => self.taken_out(),
            false => Vec::new(),
        }
    }

    #[inline(never)]
    fn taken_out(&self) -> Vec<ObjectKey> {
        let manifest = &self.documents.manifest;
        let there: Vec<ObjectKey> = manifest.objects().iter().map(follow::listed_as).collect();
        let mut left: Vec<ObjectKey> =
            manifest.as_applied().objects().iter().map(follow::listed_as).collect();
        let world = self.timeline.world();
        left.retain(|key| {
            let is_live = || world.get(key).is_some_and(|live| !live.metadata().is_terminating());
            !there.contains(key) && is_live()
        });
        left
    }

    /// What applying a text would do at the shown step.
    fn trial_of(&self, name: DocumentName, document: &Document) -> Trial {
        Trial::of(&[document.request(name)], self.timeline.world(), self.timeline.now())
    }

    /// The texts that differ from the cluster in more than the user's edits: something was done to an object of theirs
    /// elsewhere. Applying them would take it back.
    pub fn drift(&self) -> Vec<DocumentName> {
        DocumentName::ALL.into_iter().filter(|name| self.drifted(*name).is_some()).collect()
    }

    /// The objects of a text that the cluster has otherwise by now than the text as it was applied says, and what
    /// applying that one would do; none if there are none. What the text in the editor says as the cluster does is none of
    /// them.
    pub fn drifted(&self, name: DocumentName) -> Option<(BTreeSet<ObjectKey>, Trial)> {
        let document = self.documents.get(name);
        if document.errors() > 0 || !self.was_disturbed(name) {
            return None;
        }
        let unfollowed = self.unfollowed(name);
        let trial = self.trial_of(name, document.as_applied());
        let mut keys = follow::different(&trial);
        if !keys.is_empty() && document.is_dirty() {
            let own = follow::different(&self.trial_of(name, document));
            keys.retain(|key| own.contains(key));
        }
        // What the list never said is not taken back by applying it, and yet it is the cluster's.
        if !unfollowed.is_empty() {
            let lacks = |text: &str| follow::replayed(text, unfollowed.iter().copied()).0;
            let own = lacks(&document.text);
            keys.extend(lacks(&document.applied).into_iter().filter(|key| own.contains(key)));
        }
        (!keys.is_empty()).then_some((keys, trial))
    }

    /// The changes that the node list could not follow, and those after them.
    fn unfollowed(&self, name: DocumentName) -> Vec<&Change> {
        if name == DocumentName::Manifest {
            return Vec::new();
        }
        let mut since: Vec<&LogEntry> = self.done_since_applied(name).collect();
        since.reverse();
        let behind = since.into_iter().skip_while(|entry| !entry.behind);
        let steps = behind.filter_map(|entry| self.timeline.step(entry.after + 1));
        steps.flat_map(|step| &step.changes).collect()
    }

    /// Whether the user did anything else since a text was applied: only then it is worth a look.
    fn was_disturbed(&self, name: DocumentName) -> bool {
        let was_applied = name == DocumentName::Nodes || self.done().any(|entry| entry.applies(name));
        was_applied && self.done_since_applied(name).any(|entry| entry.applied.is_empty())
    }

    /// What was done since a text was applied last, the latest first.
    fn done_since_applied(&self, name: DocumentName) -> impl Iterator<Item = &LogEntry> {
        self.done().take_while(move |entry| !entry.applies(name))
    }

    /// What Apply does: applies the texts that differ from what was applied, nodes first. If none does, those that
    /// the cluster no longer agrees with.
    fn applying(&self) -> Vec<(DocumentName, Request)> {
        let dirty = |name: &DocumentName| {
            self.documents.get(*name).is_dirty() && !(*name == DocumentName::Manifest && self.is_all_gone())
        };
        let mut names: Vec<DocumentName> =
            [DocumentName::Nodes, DocumentName::Manifest].into_iter().filter(dirty).collect();
        if names.is_empty() {
            names = self.drift();
        }
        names.into_iter().map(|name| (name, self.documents.get(name).request(name))).collect()
    }

    /// Lets a text count as applied from the last command on: the cluster has what it says. False where nothing was said
    /// yet, and where later commands were written into the node list as it was before.
    fn count_as_applied(&mut self, name: DocumentName, text: Rc<str>) -> bool {
        if is_same(&self.documents.get(name).applied, &text) {
            return true;
        }
        let shown = self.timeline.shown();
        // Theirs would lack what is in this one.
        let is_written_later = |entry: &LogEntry| entry.after >= shown && entry.text(name).is_some();
        if name == DocumentName::Nodes && self.log.iter().any(is_written_later) {
            return false;
        }
        let mut done = Rc::make_mut(&mut self.log).iter_mut().rev();
        let Some(entry) = done.find(|entry| entry.after < shown) else { return false };
        entry.followed.retain(|(of, _)| *of != name);
        entry.followed.push((name, text));
        entry.own |= name == DocumentName::Nodes;
        self.run += 1;
        self.touched = true;
        self.show_applied();
        self.adopt_list();
        true
    }

    /// The node list at the shown step, where the user has written nothing else: as applied, or, before the step by which
    /// the last one of the user's counts as applied, that one.
    fn list(&self) -> Rc<str> {
        let own = self.log.iter().rev().find_map(|entry| Some((entry.after, entry.own_list()?)));
        match own {
            Some((after, text)) if after >= self.timeline.shown() => Rc::clone(text),
            _ => self.applied(DocumentName::Nodes),
        }
    }

    /// Whether the text in the editor is the node list itself, which goes along with the time. One that only says the same
    /// at some step is the user's, and stays.
    fn holds_list(&self) -> bool {
        Rc::ptr_eq(&self.documents.nodes.text, &self.list())
    }

    /// After something was written: a text that says at the end of the run what the node list says is that. In the past it
    /// may be the user's, who wants back what stood there then.
    fn adopt_list(&mut self) {
        let list = self.list();
        if self.later_steps() == 0 && is_same(&list, &self.documents.nodes.text) {
            self.documents.nodes.text = list;
        }
    }

    /// After the time was moved: brings what counts as applied to the shown step, and what commands wrote into the node
    /// list, if that held nothing else. So an Apply does not take back, or do again, what was done by a command.
    fn show_moved(&mut self, held_list: bool) {
        self.show_applied();
        let list = held_list.then(|| self.list());
        if let Some(list) = list.filter(|list| !Rc::ptr_eq(list, &self.documents.nodes.text)) {
            self.documents.nodes = self.documents.nodes.edited(list);
        }
    }

    /// Brings what counts as applied to the shown step.
    fn show_applied(&mut self) {
        for name in DocumentName::ALL {
            let applied = self.applied(name);
            self.documents.get_mut(name).set_applied(applied);
        }
    }
}

#[cfg(test)]
mod tests;
