//! What is tried in the taints explorer, before it is done.

use super::{Notice, UiState, ViewAction};
use crate::api::{ObjectKey, Taint};
use crate::explain::taints::{Edit, TaintTrial, subjects};
use crate::session::{Act, Past, Tried};
use std::rc::Rc;

/// What is tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trying {
    /// Whose tolerations are looked at; none = the DaemonSet that is counted.
    pub subject: Option<ObjectKey>,
    /// The changes, in the order in which they were made.
    pub edits: Rc<Vec<Edit>>,
    /// Whose tolerations they were made for: they are not another's, whatever else is looked at.
    of: Option<ObjectKey>,
}

/// Something else is tried, or what is tried is made real.
#[derive(Clone, Debug, PartialEq)]
pub enum TryingAction {
    /// The tolerations of another object are to be looked at. What is tried of the one before is given up.
    Subject(ObjectKey),
    /// A change more. One that takes an earlier one back takes it out of the list.
    Try(Edit),
    /// The change at this place is taken back.
    Undo(usize),
    /// All of them are.
    Reset,
    /// They are written into the texts.
    Write,
    /// They are done as commands.
    Run,
    /// A DaemonSet's manifest gets tolerations for these taints, whatever else is tried.
    Tolerate(ObjectKey, Vec<Taint>),
}

/// What a trial comes to, as the session writes it into the texts.
pub(super) fn tried(trial: &TaintTrial) -> Tried {
    let nodes = trial.nodes().map(|(before, after)| {
        (before.metadata.name.clone(), before.spec.taints.to_vec(), after.spec.taints.to_vec())
    });
    let (before, after) = trial.spec().unwrap_or_default();
    let host_network = (before.host_network != after.host_network).then_some(after.host_network);
    Tried {
        subject: trial.subject().clone(),
        nodes: nodes.collect(),
        tolerations: (before.tolerations, after.tolerations),
        host_network,
    }
}

impl Trying {
    pub(super) fn take(&mut self, action: TryingAction) {
        match action {
            TryingAction::Subject(key) => {
                if self.of.as_ref().or(self.subject.as_ref()) != Some(&key) {
                    *self = Trying { subject: Some(key), ..Trying::default() };
                }
            }
            TryingAction::Try(edit) => {
                let edits = Rc::make_mut(&mut self.edits);
                match edits.iter().rposition(|earlier| earlier.is_undone_by(&edit)) {
                    Some(place) => drop(edits.remove(place)),
                    None => edits.push(edit),
                }
            }
            TryingAction::Undo(place) => {
                if place < self.edits.len() {
                    Rc::make_mut(&mut self.edits).remove(place);
                }
            }
            TryingAction::Reset | TryingAction::Write | TryingAction::Run => self.edits = Rc::default(),
            TryingAction::Tolerate(..) => {}
        }
    }
}

impl UiState {
    /// Something else is tried, for what is looked at.
    pub(super) fn try_out(&mut self, action: TryingAction) {
        let of = self.tried_of();
        self.trying.take(action);
        self.trying.of = of.filter(|_| !self.trying.edits.is_empty());
    }

    /// Whose tolerations the taints explorer looks at: those of which something is tried, also where they are not there
    /// at the shown step; or what the user chose, or the DaemonSet that is counted, or anything that has some.
    pub fn tried_of(&self) -> Option<ObjectKey> {
        let world = self.session.timeline.world();
        let chosen = || self.trying.subject.clone().filter(|key| world.get(key).is_some());
        let any = || subjects(world).into_iter().next();
        self.trying.of.clone().or_else(chosen).or_else(|| self.shown_set()).or_else(any)
    }

    /// What is tried, on a copy of the shown cluster.
    pub(super) fn trial(&self) -> Option<TaintTrial> {
        let timeline = &self.session.timeline;
        let subject = self.tried_of()?;
        TaintTrial::of(timeline.world(), timeline.now(), &subject, &self.trying.edits)
    }

    /// Writes what is tried into the texts; what cannot be written is told. Says whether all of it could be.
    pub(super) fn write_tried(&mut self, trial: &TaintTrial) -> bool {
        let written = self.session.write_tried(&tried(trial));
        let is_whole = written.left_out.is_empty();
        let names: Vec<&str> = written.texts.iter().map(|(name, _)| name.file()).collect();
        if is_whole {
            self.floating.notice = Some(Notice::plain(match names.as_slice() {
                [] => "The texts say so already. Apply brings it to the cluster.".to_owned(),
                names => format!("Written into {}. Apply brings it to the cluster.", names.join(" and ")),
            }));
        } else {
            self.floating.notice = Some(Notice::bad(written.left_out.join(" ")));
        }
        for (name, text) in written.texts {
            let before = &self.session.documents.get(name).text;
            let line = before.lines().zip(text.lines()).take_while(|(before, after)| before == after).count();
            // Apply stands beside the text, which a narrow screen and a projector show in the place of the cluster.
            self.look(ViewAction::Line(name, line as u32 + 1));
            self.act(Act::Edit(name, text.into()), Past::Ask);
        }
        is_whole
    }

    /// Does what is tried, as commands.
    pub(super) fn run_tried(&mut self) {
        let Some(requests) = self.trial().map(|trial| trial.commands()) else { return };
        self.act(Act::DoAll { title: "Apply what you try".into(), requests }, Past::Ask);
    }
}
