//! Predict, then run: what is asked, what was guessed, and what came of it.

use super::{Motion, Slot, UiState, in_namespace};
use crate::api::{EcoString, Kind, ObjectKey};
use crate::explain::predict::{Forecast, Guess, Marked, Question};
use crate::kubectl::Request;
use crate::session::{Act, Past, Session};
use crate::sim::StepNo;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The name of the panel in which one guesses.
pub const GUESSING: &str = "predict";

/// What is asked, what was guessed, and what came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predicting {
    /// What the user chose to ask; none = what suits.
    pub question: Option<Question>,
    /// The guesses by node.
    pub guesses: Rc<BTreeMap<EcoString, Guess>>,
    /// What came of them.
    pub answered: Option<Rc<Answered>>,
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// What was asked.
    pub question: Question,
    /// The branch and the run in which the answer is right.
    pub run: (u32, u32),
    /// The step after which it was asked.
    pub from: StepNo,
    /// The right answers.
    pub right: BTreeMap<EcoString, Guess>,
    /// Why each is right, and the step in which it was decided: of the nodes that were guessed, the misses first.
    pub marked: Vec<Marked>,
    /// What limits the answers; mostly empty.
    pub proviso: &'static str,
}

impl Answered {
    /// How many guesses were right.
    pub fn hits(&self) -> usize {
        self.marked.iter().filter(|marked| marked.is_hit()).count()
    }

    /// The mark of a node's guess.
    pub fn mark(&self, node: &str) -> Option<&Marked> {
        self.marked.iter().find(|marked| marked.node == node)
    }

    /// `5 of 7 right`.
    pub fn told(&self) -> String {
        match self.marked.len() {
            0 => "Nothing was guessed".into(),
            all => format!("{} of {all} right", self.hits()),
        }
    }
}

/// Something else is asked or guessed, or the answer is wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum PredictAction {
    /// Another question. Guesses about the one before are given up.
    Ask(Question),
    /// A guess about nodes that are alike; the same once more takes it back.
    Guess(Rc<[EcoString]>, Guess),
    /// The guess about nodes is taken back.
    Forget(Rc<[EcoString]>),
    /// All guesses are taken back.
    Clear,
    /// The run is taken, and the guesses are held against it.
    Check,
    /// Back to the step at which it was asked, without guesses.
    Again,
}

impl Predicting {
    /// Takes what concerns the guesses alone.
    pub(super) fn take(&mut self, action: &PredictAction) {
        match action {
            PredictAction::Ask(question) => {
                *self = Predicting { question: Some(*question), ..Predicting::default() };
            }
            PredictAction::Guess(nodes, guess) if self.answered.is_none() => {
                let guesses = Rc::make_mut(&mut self.guesses);
                let is_same = nodes.iter().all(|node| guesses.get(node) == Some(guess));
                match is_same {
                    true => guesses.retain(|node, _| !nodes.contains(node)),
                    false => guesses.extend(nodes.iter().map(|node| (node.clone(), *guess))),
                }
            }
            PredictAction::Forget(nodes) if self.answered.is_none() => {
                Rc::make_mut(&mut self.guesses).retain(|node, _| !nodes.contains(node));
            }
            PredictAction::Guess(..) | PredictAction::Forget(_) | PredictAction::Check => {}
            PredictAction::Clear => self.guesses = Rc::default(),
            PredictAction::Again => *self = Predicting { question: self.question, ..Predicting::default() },
        }
    }
}

/// What one guesses about: what is open, and what was guessed.
#[derive(Clone, PartialEq)]
pub struct Asking {
    /// What is open.
    pub session: Session,
    /// What was guessed.
    pub predicting: Predicting,
    /// The place of each node in the user's list.
    pub order: Rc<BTreeMap<EcoString, usize>>,
    counted: Option<ObjectKey>,
    is_read_only: bool,
}

impl Asking {
    /// The DaemonSet that is asked about: the one that is counted, or else the first that Apply would create.
    pub fn set(&self) -> Option<ObjectKey> {
        let objects = &self.session.documents.manifest.read.objects;
        let first = || {
            let mut keys = objects.iter().map(|located| located.object.key());
            keys.find(|key| key.kind == Kind::DaemonSet).map(in_namespace)
        };
        self.counted.clone().or_else(first)
    }

    /// What is done before the run that is guessed about: Apply, where the texts are still to be applied and no later
    /// step is recorded.
    pub fn commands(&self) -> Vec<Request> {
        let session = &self.session;
        let is_latest = session.later_steps() == 0 && !self.is_read_only;
        let applies = is_latest && session.documents.errors() == 0 && !session.applies_nothing();
        if applies { session.requests() } else { Vec::new() }
    }

    /// Whether anything is to come that can be guessed.
    pub fn can_guess(&self) -> bool {
        self.session.timeline.can_advance() || !self.commands().is_empty()
    }

    /// The answer, as long as it is about the run that is open.
    pub fn answered(&self) -> Option<&Rc<Answered>> {
        let at = self.session.at();
        self.predicting.answered.as_ref().filter(|answered| answered.run == (at.branch, at.run))
    }

    /// What is asked.
    pub fn question(&self) -> Question {
        let chosen = self.answered().map(|answered| answered.question).or(self.predicting.question);
        chosen.unwrap_or_else(|| {
            let set = self.set();
            set.map_or(Question::Placed, |set| {
                Question::that_suits(&self.session.timeline, &self.commands(), &set)
            })
        })
    }
}

impl UiState {
    /// What one guesses about.
    pub fn asking(&self) -> Asking {
        Asking {
            session: self.session.clone(),
            predicting: self.predicting.clone(),
            order: Rc::clone(self.node_order()),
            counted: self.shown_set(),
            is_read_only: self.mode.is_read_only(),
        }
    }

    /// Whether a question is open: what would go on with the run gives the answer first.
    pub(super) fn is_asking(&self) -> bool {
        let shown = self.view.panel(Slot::Stage);
        if shown.is_none_or(|panel| panel.id != GUESSING) || self.moving.motion != Motion::Still {
            return false;
        }
        let asking = self.asking();
        asking.answered().is_none() && asking.can_guess()
    }

    pub(super) fn predict(&mut self, action: &PredictAction) {
        match action {
            PredictAction::Check => self.check(),
            PredictAction::Again => {
                let from = self.asking().answered().map(|answered| answered.from);
                if let Some(from) = from {
                    self.act(Act::Seek(from), Past::Ask);
                }
            }
            _ => {}
        }
        self.predicting.take(action);
    }

    /// Takes the run that is asked about, and holds the guesses against it.
    fn check(&mut self) {
        let asking = self.asking();
        let (Some(set), true) = (asking.set(), asking.answered().is_none()) else { return };
        let (question, commands) = (asking.question(), asking.commands());
        let from = self.session.timeline.shown();
        let forecast = Forecast::of(&self.session.timeline, &commands, question, &set);
        if !commands.is_empty() {
            self.act(Act::Apply, Past::Ask);
        }
        let by = i64::from(forecast.until()) - i64::from(self.session.timeline.shown());
        if by > 0 {
            self.act(Act::Jump(by), Past::Ask);
        }
        let at = self.session.at();
        self.predicting.answered = Some(Rc::new(Answered {
            question,
            run: (at.branch, at.run),
            from,
            marked: forecast.mark(&self.predicting.guesses),
            proviso: forecast.proviso(),
            right: forecast.answers,
        }));
    }
}
