//! What the page shows, and the only way in which it changes.
//!
//! The state is made of parts, each with its own actions; what a person has open is a [`Session`], which knows
//! nothing of a page. Invariants: [`UiState::reduced`] is pure: no browser, no clock. What has effects outside
//! (storage, timers, focus) follows from the state, in the components. Nothing changed gives back the same `Rc`:
//! the states are compared, no reducer says so.

mod floating;
mod learning;
mod link;
mod listed;
mod motion;
mod opening;
mod panel;
mod predicting;
mod prefs;
mod reaching;
mod storing;
mod studying;
mod trying;
mod view;

pub use floating::{Dialog, Floating, FloatingAction, Notice, Sheet};
pub use learning::{Learning, LearningAction, LessonDraft, Open, Wanted};
pub use link::Mode;
pub use listed::in_namespace;
pub use motion::{Motion, MotionAction, Moving, SLICE, Speed, next_slice};
#[cfg(target_arch = "wasm32")]
pub use panel::PanelProps;
pub use panel::{Height, Panel, Slot};
pub use predicting::{Answered, Asking, GUESSING, Guessing, NodeGuess, PredictAction, Predicting};
pub use prefs::{DOCK, Prefs, PrefsAction, Theme};
pub use reaching::{ReachAction, Reaching};
pub use storing::{Storage, Storing, no_room};
pub use trying::{Trying, TryingAction};
pub use view::{Page, Selection, View, ViewAction};

use crate::api::{EcoString, Kind, ObjectKey};
use crate::examples::{self, Example};
use crate::explain::taints::{Edit, TaintTrial};
use crate::explain::{count, reach};
use crate::kubectl::{Book, Request};
use crate::session::{Act, Done, Kept, Link, MOST_BRANCHES, Outcome, Past, Refusal, Saved, Session};
use crate::sim::StepNo;
use listed::Listed;
use opening::{AT_ONCE, Arriving};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The name of the panel that compares two branches.
pub const COMPARING: &str = "compare";

/// How many steps a jump is, with the Shift key.
pub const JUMP: StepNo = 10;

/// What can be opened.
#[derive(Clone, Debug, PartialEq)]
pub enum Opening {
    /// The first example, with the question of a first visit.
    Welcome,
    /// One of the examples.
    Example(&'static Example),
    /// A manifest that was pasted or dropped.
    Pasted(Rc<str>),
    /// What was taken from a real cluster: its nodes with their pods, and all else.
    Dump(Rc<str>, Rc<str>),
    /// Work that was set aside.
    Kept(Kept),
    /// Work from storage.
    Saved(Rc<Saved>),
    /// Work that was sent.
    Sent(Rc<Link>),
}

/// What the page shows.
#[derive(Clone, PartialEq)]
pub struct UiState {
    /// What is open.
    pub session: Session,
    /// Whose it is.
    pub mode: Mode,
    /// As it was when the page opened.
    base: Session,
    /// What the applied texts say.
    listed: Listed,
    /// Where one looks.
    pub view: View,
    /// What is tried.
    pub trying: Trying,
    /// What is asked of the network.
    pub reaching: Reaching,
    /// What is guessed.
    pub predicting: Predicting,
    /// How steps go by.
    pub moving: Moving,
    /// What floats above, and what the user is told.
    pub floating: Floating,
    /// What stays from visit to visit.
    pub prefs: Prefs,
    /// The work in storage.
    pub storage: Storage,
    /// Lessons.
    pub learning: Learning,
    /// What one guesses about, and what that is.
    asked: Option<Rc<(Asking, Option<Guessing>)>>,
    /// A real cluster that is being opened: one for all states, as it is large.
    arriving: Option<Rc<Arriving>>,
    /// A text that is to be fetched, and what was typed that wants it.
    pub wanted: Option<(Book, Rc<str>)>,
    /// Counts the changes.
    pub version: u64,
    /// Counts the openings: the editor gives up its history with each.
    pub opened: u32,
    /// Counts what was chosen in a list: the browser's Back leads there.
    pub choices: u32,
    /// Counts the times that Apply was refused: the editor goes to the first error with each.
    pub objections: u32,
}

/// All that can happen to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum UiAction {
    /// Something is done in the session; where it would drop recorded steps, the user is asked first.
    Session(Act),
    /// What the dialog asks is to be done: here and now, or after the last recorded step.
    Confirmed(Past),
    /// An example, or work of one's own.
    Opened(Opening),
    /// On to the next time at which two branches became different, or back to the one before.
    Difference {
        /// Whether it is the one before.
        back: bool,
    },
    /// Another look.
    View(ViewAction),
    /// Something else is tried, or what is tried is made real.
    Trying(TryingAction),
    /// Something is asked of the network.
    Reach(ReachAction),
    /// Something else with the lessons.
    Learning(LearningAction),
    /// Something else is guessed, or the answer is wanted.
    Predict(PredictAction),
    /// Another motion.
    Motion(MotionAction),
    /// Something else above the page.
    Floating(FloatingAction),
    /// Another preference.
    Prefs(PrefsAction),
    /// Something became of storing the work.
    Stored(Storing),
    /// What another tab stored was set aside, so that this work could be stored.
    Parted(Kept),
    /// What another tab stored is opened, and this work set aside.
    Yielded(Rc<Saved>),
}

impl UiAction {
    /// Something is done to the cluster; the title is the beginning of a question: `Cordon worker-a1`.
    pub fn did(title: String, request: Request) -> Self {
        UiAction::Session(Act::Do { title, request })
    }

    /// Whether it has to know the texts as they stand in the editor by now.
    pub fn reads_texts(&self) -> bool {
        match self {
            UiAction::Session(act) => !matches!(act, Act::Edit(..)),
            UiAction::Confirmed(_) | UiAction::Opened(_) | UiAction::Yielded(_) | UiAction::Learning(_) => {
                true
            }
            // A sheet is about what one has open.
            UiAction::Floating(action) => matches!(action, FloatingAction::Ask(Dialog::Sheet(_))),
            UiAction::Trying(action) => matches!(action, TryingAction::Write | TryingAction::Tolerate(..)),
            UiAction::Predict(action) => *action == PredictAction::Check,
            UiAction::View(_)
            | UiAction::Difference { .. }
            | UiAction::Reach(_)
            | UiAction::Motion(_)
            | UiAction::Prefs(_)
            | UiAction::Stored(_)
            | UiAction::Parted(_) => false,
        }
    }
}

impl UiState {
    /// The page with nothing open yet.
    pub fn blank(prefs: Prefs, kept: Vec<Kept>) -> Self {
        let session = Session::default();
        UiState {
            base: session.clone(),
            listed: Listed::default(),
            session,
            mode: Mode::Own,
            view: View::default(),
            trying: Trying::default(),
            reaching: Reaching::default(),
            predicting: Predicting::default(),
            moving: Moving::default(),
            floating: Floating::default(),
            prefs,
            storage: Storage::of(kept),
            learning: Learning::default(),
            asked: None,
            arriving: None,
            wanted: None,
            version: 0,
            opened: 1,
            choices: 0,
            objections: 0,
        }
    }

    fn with(mut self, session: Session) -> Self {
        self.listed.follow(&session);
        UiState { base: session.clone(), session, ..self }
    }

    /// With the first example.
    #[must_use]
    pub fn with_example(self) -> Self {
        self.with(Session::of_example(examples::first()))
    }

    /// With what was learned before.
    #[must_use]
    pub fn with_learning(mut self, learning: Learning) -> Self {
        self.learning = learning;
        self.resume_lesson();
        self
    }

    /// With the lesson in sight that is being written.
    #[must_use]
    pub fn with_draft(mut self) -> Self {
        self.learn(LearningAction::Make);
        self.learning.follow(&self.session);
        self
    }

    /// With stored work.
    #[must_use]
    pub fn with_work(self, work: &Saved) -> Self {
        let mut state = self.with(Session::resume(work));
        state.prefs.welcome = false;
        state.resume_slice(AT_ONCE);
        if work.odd {
            let text = "Part of your stored work could not be read. The rest is open. All of it stays in the browser’s storage.";
            state.floating.notice = Some(Notice::bad(text));
        }
        state
    }

    /// With work that was sent. What was open and changed is set aside, unless this is looked at only.
    #[must_use]
    pub fn with_link(mut self, link: &Link, mode: Mode, panels: &'static [Panel]) -> Self {
        let parts = !mode.is_read_only() && self.session.touched;
        if parts {
            self.storage.set_aside(self.saved());
        }
        self.prefs.welcome = false;
        self.open_sent(link, mode, parts);
        self.view.look_at(&link.look, panels);
        self.compare_if_shown();
        self.listed.follow(&self.session);
        self
    }

    /// The first example, on a first visit.
    pub fn first_visit(prefs: Prefs) -> Self {
        UiState::blank(prefs, Vec::new()).with_example()
    }

    /// Whether anything is to be stored: what was opened, or is as it was stored, need not be.
    pub fn is_unstored(&self) -> bool {
        let waits = matches!(self.storage.storing, Storing::Contested | Storing::Yielding);
        self.session != self.base && !waits && !self.mode.is_read_only()
    }

    /// Whether it is to be stored beside what another tab stored, until the user chooses.
    pub fn is_unstored_beside(&self) -> bool {
        self.session != self.base && self.storage.storing == Storing::Contested && !self.mode.is_read_only()
    }

    /// The state after an action.
    pub fn reduced(self: Rc<Self>, action: UiAction) -> Rc<Self> {
        let mut next = UiState::clone(&self);
        let applies = matches!(action, UiAction::Session(Act::Apply) | UiAction::Confirmed(_));
        next.take(action);
        let world = next.session.timeline.world();
        if next.floating.dialog.as_ref().is_some_and(|dialog| dialog.is_gone(world)) {
            // For good: it must not come back by itself with the step at which its object was there.
            next.floating.dialog = None;
        }
        next.listed.follow(&next.session);
        // Goals are judged by the run and by what was read, not by what is typed.
        let read = |state: &UiState| (state.session.at(), Rc::as_ptr(&state.session.replies));
        if read(&next) != read(&self) || next.learning != self.learning {
            next.learning.follow(&next.session);
        }
        next.follow_question();
        if applies && next.listed.sets != self.listed.sets {
            // What was just applied is what one wants to see.
            next.view.set = None;
        }
        if next == *self {
            return self;
        }
        next.version += 1;
        Rc::new(next)
    }

    /// How high the dock is, in hundredths of the page; none = as high as the transport.
    pub fn dock_share(&self) -> Option<u8> {
        match self.view.height() {
            Height::Low => None,
            Height::Half => Some(self.prefs.dock.unwrap_or(prefs::DOCK_AT_FIRST)),
            Height::High => Some(80),
        }
    }

    /// The work, to be stored.
    pub fn saved(&self) -> Saved {
        Saved::of(&self.session)
    }

    /// The DaemonSet that is counted and shown by hue: the chosen one, else the first of the applied manifest, else
    /// the first of all.
    pub fn shown_set(&self) -> Option<ObjectKey> {
        let world = self.session.timeline.world();
        let is_there = |key: &&ObjectKey| world.get(key).is_some();
        let own = || self.listed.sets.iter().find(is_there);
        self.view
            .set
            .as_ref()
            .filter(is_there)
            .or_else(own)
            .cloned()
            .or_else(|| world.daemon_sets().next().map(|set| set.key()))
    }

    /// The DaemonSet that what Why? is about is, or belongs to.
    fn set_of(&self, selection: &Selection) -> Option<ObjectKey> {
        match selection {
            Selection::Set(set) => Some(set.clone()),
            Selection::Pod(key) => {
                let world = self.session.timeline.world();
                let owner = world.pod(&key.namespace, &key.name)?.metadata.controller()?;
                let set = world.daemon_set(&key.namespace, &owner.name)?;
                let is_it = owner.uid == set.metadata.uid;
                is_it.then(|| ObjectKey::new(Kind::DaemonSet, &key.namespace, &owner.name))
            }
            Selection::Node(_) | Selection::Service(_) | Selection::Step => None,
        }
    }

    /// The nodes that something done to a node is meant for: it alone, or all that are chosen, if it is one of them.
    pub fn meant(&self, node: &EcoString) -> Vec<EcoString> {
        let is_one = self.view.marked.contains(node);
        let others = self.chosen().filter(|name| is_one && *name != node);
        std::iter::once(node).chain(others).cloned().collect()
    }

    /// The nodes that are chosen together, as far as there still are such.
    pub fn chosen(&self) -> impl Iterator<Item = &EcoString> {
        let world = self.session.timeline.world();
        self.view.marked.iter().filter(|name| world.node(name).is_some())
    }

    /// The place of each node in the user's list as it was applied.
    pub fn node_order(&self) -> &Rc<BTreeMap<EcoString, usize>> {
        &self.listed.order
    }

    /// The title of what is open.
    pub fn title(&self) -> &str {
        let open = self.learning.open.as_ref().map(|open| open.lesson.title.as_str());
        open.unwrap_or_else(|| self.session.title())
    }

    /// Whether the shown step has a scene of its own in place of the nodes.
    pub fn has_scene(&self) -> bool {
        let timeline = &self.session.timeline;
        timeline.step(timeline.shown()).is_some_and(|step| step.preemption().is_some())
    }

    /// Whether the shown step's own scene stands in place of the nodes.
    pub fn shows_scene(&self) -> bool {
        self.has_scene() && self.view.nodes_at != Some(self.session.timeline.shown())
    }

    /// The step whose changes are marked: the shown one, or the one just taken back.
    pub fn marked_step(&self) -> StepNo {
        self.moving.undone.unwrap_or(self.session.timeline.shown())
    }

    fn take(&mut self, action: UiAction) {
        match action {
            UiAction::Session(Act::Apply | Act::Forward | Act::ForwardBusy)
            | UiAction::Motion(MotionAction::Run | MotionAction::Play)
                if self.is_asking() =>
            {
                self.predict(&PredictAction::Check);
            }
            UiAction::Predict(action) => self.predict(&action),
            UiAction::Session(act) => self.act(act, Past::Ask),
            UiAction::Difference { back } => {
                let now = self.session.shown_time();
                let set = self.asking().set();
                let times = set.map(|set| self.session.differences(&set)).unwrap_or_default();
                let wanted = match back {
                    true => times.into_iter().rfind(|at| *at < now),
                    false => times.into_iter().find(|at| *at > now),
                };
                if let Some(at) = wanted {
                    self.act(Act::At(at), Past::Ask);
                }
            }
            UiAction::Confirmed(past) => match self.floating.dialog.take() {
                Some(Dialog::Branch(act)) => self.act(act, past),
                Some(Dialog::DropBranch(no)) => self.act(Act::DropBranch(no), past),
                Some(Dialog::Replace(opening)) => {
                    // First, as only so many have room: it may be the one that would go for what is set aside now.
                    if let Opening::Kept(kept) = &opening {
                        self.storage.take_back(kept);
                    }
                    self.storage.set_aside(self.saved());
                    self.open(&opening);
                }
                Some(Dialog::Lesson(action)) => self.learn(action),
                _ => {}
            },
            UiAction::Opened(_) | UiAction::Learning(_) if self.mode.is_read_only() => self.refuse_to_write(),
            UiAction::Opened(Opening::Pasted(text)) if Link::is_meant(&text) => match Link::read(&text) {
                Ok(link) => self.take(UiAction::Opened(Opening::Sent(Rc::new(link)))),
                Err(told) => {
                    self.floating.notice = Some(Notice::bad(format!("The file cannot be opened. {told}")));
                }
            },
            UiAction::Opened(opening) => {
                self.stop();
                self.prefs.welcome = false;
                if self.session.touched {
                    self.floating.dialog = Some(Dialog::Replace(opening));
                } else {
                    self.open(&opening);
                }
            }
            // For a room there is one idea a screen: the editor takes the cluster's place.
            UiAction::View(ViewAction::Editor) if self.prefs.projector => {
                let slot = if self.view.slot == Slot::Side { Slot::Stage } else { Slot::Side };
                self.take(UiAction::View(ViewAction::Slot(slot)));
            }
            // What is looked at only has an address of its own, which the other pages would take.
            UiAction::View(ViewAction::Page(page)) if page != Page::Cluster && self.mode.is_read_only() => {
                self.refuse_to_write();
            }
            // It is not this tab's work that is stored.
            UiAction::Stored(_) | UiAction::Parted(_) | UiAction::Yielded(_) if self.mode.is_read_only() => {}
            UiAction::View(action) => self.look(action),
            UiAction::Trying(TryingAction::Write | TryingAction::Tolerate(..))
                if self.mode.is_read_only() =>
            {
                self.refuse_to_write();
            }
            UiAction::Trying(TryingAction::Write) => {
                if let Some(trial) = self.trial()
                    && self.write_tried(&trial)
                {
                    self.try_out(TryingAction::Write);
                }
            }
            UiAction::Trying(TryingAction::Tolerate(set, taints)) => {
                let edits: Vec<Edit> = taints.iter().map(Edit::tolerate).collect();
                let timeline = &self.session.timeline;
                if let Some(trial) = TaintTrial::of(timeline.world(), timeline.now(), &set, &edits) {
                    self.write_tried(&trial);
                }
            }
            UiAction::Trying(TryingAction::Run) => self.run_tried(),
            UiAction::Trying(action) => self.try_out(action),
            UiAction::Reach(action) => {
                if let ReachAction::Ask(question) = &action {
                    // The request stands in the terminal too, at this step.
                    let line = reach::command(&question.from, &question.host, question.port);
                    self.act(Act::Enter(line.into()), Past::Ask);
                }
                if let ReachAction::From(_, panel) = &action {
                    self.take(UiAction::View(ViewAction::Show(panel)));
                }
                self.reaching.take(action, self.session.timeline.shown());
            }
            UiAction::Learning(action) if self.would_lose(&action) => {
                self.floating.dialog = Some(Dialog::Lesson(action));
            }
            UiAction::Learning(action) => self.learn(action),
            UiAction::Motion(action) => self.moved(action),
            // Before anything is typed into them.
            UiAction::Floating(FloatingAction::Ask(
                Dialog::Taint(_) | Dialog::Label(_) | Dialog::Copies(_),
            )) if self.mode.is_read_only() => self.refuse_to_write(),
            UiAction::Floating(action) => self.floating.take(action),
            UiAction::Prefs(action) => {
                self.prefs.take(action);
                if matches!(action, PrefsAction::Dock(_)) {
                    self.view.raise();
                }
            }
            UiAction::Parted(kept) => self.storage.take_in(kept),
            UiAction::Yielded(work) => {
                self.storage.set_aside(self.saved());
                self.storage.storing = Storing::Works;
                self.open(&Opening::Saved(work));
                self.base = self.session.clone();
            }
            UiAction::Stored(storing) => {
                let news = self.storage.take(storing);
                if news.is_some() {
                    self.floating.notice = news;
                }
            }
        }
    }

    /// Looks elsewhere: the other parts follow.
    fn look(&mut self, action: ViewAction) {
        match &action {
            ViewAction::Page(page) => {
                if *page != self.view.page {
                    // It was about what one leaves.
                    self.floating.notice.take_if(|notice| !notice.bad);
                }
                if *page == Page::Lessons && self.learning.index.is_none() {
                    self.learning.wanted = Some(Wanted::Index);
                }
                self.stop();
                self.prefs.welcome &= *page == Page::Cluster;
            }
            ViewAction::Show(panel) if panel.id == GUESSING => {
                self.prefs.welcome = false;
                self.predicting.is_on = true;
                self.stop();
            }
            ViewAction::Show(panel) => {
                self.prefs.welcome &= panel.slot != Slot::Stage;
                // Other views tell the answer.
                if panel.slot == Slot::Stage && !view::GUESSED_IN.contains(&panel.id) {
                    self.predict(&PredictAction::End);
                }
            }
            ViewAction::Escape
                if self.predicting.is_on
                    && self.view.page == Page::Cluster
                    && self.view.selection == Selection::Step =>
            {
                self.predict(&PredictAction::End);
            }
            ViewAction::Select(selection) => {
                self.prefs.welcome &= *selection == Selection::Step;
                self.view.set = self.set_of(selection).or(self.view.set.take());
            }
            _ => {}
        }
        let (set, page) = (self.shown_set(), self.view.page);
        self.view.take(action, self.session.timeline.shown(), set);
        if page == Page::Lessons && self.view.page != page {
            self.learning.want_no_more();
        }
        self.compare_if_shown();
    }

    /// Does something in the session, and tells what came of it.
    fn act(&mut self, act: Act, past: Past) {
        let is_edit = matches!(act, Act::Edit(..) | Act::Enter(_) | Act::Learn(..) | Act::Interrupt);
        if self.mode.is_read_only() && self.session.writes(&act) {
            return self.refuse_to_write();
        }
        if !is_edit {
            self.stop();
        }
        let shown = self.session.timeline.shown();
        let (session, outcome) = self.session.act(&act, past);
        let moved = session.at() != self.session.at();
        self.show_edited(&session);
        self.prefs.welcome &= session == self.session;
        // Another branch has other texts.
        let is_other_branch = session.branch.no != self.session.branch.no;
        self.opened += u32::from(is_other_branch);
        self.session = session;
        if act == Act::Abandon {
            // Another branch may still have a run to be taken again.
            self.stop();
        }
        self.compare_if_shown();
        if moved && matches!(act, Act::Enter(_)) {
            self.stop();
        }
        if moved {
            if !is_other_branch {
                // Where steps were dropped, later ones are others.
                let len = self.session.timeline.len();
                self.reaching.since = self.reaching.since.map(|since| since.min(len));
            }
            self.moving.undone = (act == Act::Back).then_some(shown);
            self.moving.skipped = 0;
        }
        self.wanted = None;
        match outcome {
            Outcome::Wants(book, typed) => self.wanted = Some((book, typed)),
            Outcome::Done(done) => {
                self.done(&act, &done);
                if past == Past::Branch && self.floating.notice.is_none() {
                    let text = "You are in a new branch now. The steps that you went back from are kept in the other one; What if (W) shows both.";
                    self.floating.notice = Some(Notice::plain(text));
                }
            }
            Outcome::WouldDrop { .. } => {
                // What is asked is asked of this step.
                self.stop();
                // A text came that a line was waiting for: it is the line that would drop them.
                let act = match act {
                    Act::Learn(_, _, typed) => Act::Enter(typed),
                    act => act,
                };
                self.floating.dialog = Some(Dialog::Branch(act));
            }
            outcome => self.told(&act, outcome),
        }
    }

    /// Shows the object that `kubectl edit` opens; goes back to the texts when it is saved or left.
    fn show_edited(&mut self, next: &Session) {
        let text = |session: &Session| session.editing().map(|editing| Rc::clone(&editing.text));
        match (text(&self.session), text(next)) {
            (before, Some(text)) if before.as_ref() != Some(&text) => {
                let shown = next.timeline.shown();
                self.view.take(ViewAction::Edited, shown, None);
            }
            (Some(_), None) => self.view.shows_edited = false,
            _ => {}
        }
    }

    /// What is looked at only is not changed.
    fn refuse_to_write(&mut self) {
        self.floating = Floating {
            dialog: None,
            notice: Some(Notice::plain("Read only. Make a copy to change anything.")),
        };
    }

    /// Compares two branches as long as the view of what-if is shown, and only then.
    fn compare_if_shown(&mut self) {
        let is_shown = self.view.panel(Slot::Stage).is_some_and(|panel| panel.id == COMPARING);
        let beside = self.session.beside().map(|other| other.branch.no);
        let branches = self.session.branches();
        let other = branches.iter().map(|branch| branch.no).find(|no| *no != self.session.branch.no);
        let wanted = beside.or(other).filter(|_| is_shown);
        if wanted != beside {
            (self.session, _) = self.session.act(&Act::Compare(wanted), Past::Ask);
        }
    }

    fn done(&mut self, act: &Act, Done { dropped, refused, unfollowed }: &Done) {
        let notice = match dropped {
            _ if !refused.is_empty() => Some(Notice::bad(refused.join("; "))),
            _ if !unfollowed.is_empty() => Some(Notice::bad(unfollowed.join(" "))),
            Some((from, to)) if from == to => Some(Notice::plain(format!("Dropped step {from}."))),
            Some((from, to)) => Some(Notice::plain(format!("Dropped steps {from}–{to}."))),
            None => None,
        };
        match act {
            Act::Apply
            | Act::AddNode
            | Act::AddLike(..)
            | Act::Do { .. }
            | Act::DoAll { .. }
            | Act::Save(_)
            | Act::Enter(_) => {
                if matches!(act, Act::DoAll { .. }) {
                    self.try_out(TryingAction::Run);
                }
                self.floating = Floating { dialog: None, notice };
                // A command that only looked changes nothing in it.
                if !self.session.timeline.does_not_settle() {
                    self.moving.unsettled = None;
                }
                if *act == Act::Apply && refused.is_empty() && self.view.slot == Slot::Side {
                    // What came of it is in the cluster, which a narrow screen and a projector show in the place of the text.
                    self.view.slot = Slot::Stage;
                }
            }
            Act::Forward => self.floating.notice = None,
            Act::WhatIf(_) | Act::Fork => {
                self.floating = Floating::default();
                self.moving.unsettled = None;
                if matches!(act, Act::WhatIf(_)) {
                    self.start(Motion::Running);
                }
            }
            _ => {}
        }
    }

    /// Tells of what was not simply done.
    fn told(&mut self, act: &Act, outcome: Outcome) {
        let notice = match outcome {
            Outcome::Refused(refusal) => {
                if refusal == Refusal::Branches {
                    let text = format!("There are {MOST_BRANCHES} branches already: drop one first.");
                    self.floating.notice = Some(Notice::bad(text));
                    return;
                }
                self.objections += 1;
                match refusal {
                    Refusal::NoObjects => Some(Notice::bad("error: no objects passed to apply")),
                    Refusal::Errors => Some(Notice::bad(format!(
                        "Not applied: the texts have {}. F8 goes there.",
                        count(self.session.documents.errors(), "error")
                    ))),
                    _ => None,
                }
            }
            Outcome::Unchanged if *act == Act::Apply => {
                Some(Notice::plain(match self.trying.edits.is_empty() {
                    true => "Nothing to apply: the cluster has what the texts ask for.",
                    false => {
                        "Nothing to apply: what you try in Taints is in no text yet. “Write to manifest” puts it there."
                    }
                }))
            }
            Outcome::Stable => Some(Notice::plain(match self.session.documents.errors() {
                errors if errors > 0 && self.session.timeline.is_empty() => {
                    format!("Nothing has been applied yet: the texts have {}.", count(errors, "error"))
                }
                _ => "Nothing more happens by itself: the cluster is stable.".to_owned(),
            })),
            Outcome::Resuming => Some(Notice::plain(
                "The stored run is still replayed. Wait until it is done, or choose Stop here.",
            )),
            _ => None,
        };
        if notice.is_some() {
            self.floating.notice = notice;
        }
    }

    /// Nobody moves the steps any more: only what began and has to be done goes on.
    fn stop(&mut self) {
        self.moving.motion = if self.arriving.is_some() {
            Motion::Arriving
        } else if self.session.resuming().is_some() {
            Motion::Resuming
        } else {
            Motion::Still
        };
    }

    fn moved(&mut self, action: MotionAction) {
        match (action, self.moving.motion) {
            (MotionAction::Speed(speed), _) => self.moving.speed = speed,
            (MotionAction::Tick, Motion::Playing) => self.tick(),
            (MotionAction::Slice(most), Motion::Running) => self.slice(most),
            (MotionAction::Slice(most), Motion::Resuming) => self.resume_slice(most),
            (MotionAction::Slice(most), Motion::Arriving) => self.arrive(most),
            (MotionAction::Run | MotionAction::Play, Motion::Arriving) => {}
            (MotionAction::Tick | MotionAction::Slice(_), _) => {}
            (MotionAction::Run | MotionAction::Play, Motion::Resuming) => {
                self.told(&Act::Forward, Outcome::Resuming);
            }
            (MotionAction::Play, Motion::Still) => self.start(Motion::Playing),
            (MotionAction::Run, Motion::Running) | (MotionAction::Play, _) => self.stop(),
            (MotionAction::Run, _) => self.start(Motion::Running),
        }
    }

    fn start(&mut self, motion: Motion) {
        self.prefs.welcome = false;
        if matches!(self.moving.motion, Motion::Resuming | Motion::Arriving) {
            // That goes on until it is done.
        } else if self.session.can_advance() {
            self.moving.motion = motion;
            self.floating.notice = None;
        } else {
            self.stop();
            self.told(&Act::Forward, Outcome::Stable);
        }
    }

    fn tick(&mut self) {
        let act = if self.prefs.skip_idle { Act::ForwardBusy } else { Act::Forward };
        let shown = self.session.timeline.shown();
        (self.session, _) = self.session.act(&act, Past::Ask);
        self.moving.undone = None;
        self.moving.skipped = (self.session.timeline.shown() - shown).saturating_sub(1);
        if !self.session.can_advance() {
            self.stop();
        }
    }

    fn slice(&mut self, most: u32) {
        let (session, outcome) = self.session.act(&Act::Run(most), Past::Ask);
        self.session = session;
        self.moving.undone = None;
        self.moving.skipped = 0;
        let end = match outcome {
            Outcome::NotSettling(end) => Some(end),
            Outcome::Done(_) => return self.moving.unsettled = None,
            _ => None,
        };
        self.moving.motion = Motion::Still;
        self.moving.unsettled = end;
    }
}
