//! Predict, then run: what is asked, what was guessed, and what came of it.

use super::{Motion, UiState, in_namespace};
use crate::api::{EcoString, Kind, ObjectKey, sort};
use crate::explain::Piece;
use crate::explain::predict::{Forecast, Guess, Marked, Question, alike};
use crate::kubectl::Request;
use crate::lessons::Guessed;
use crate::session::{Act, Past, Session};
use crate::sim::StepNo;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The name of the panel in which one guesses.
pub const GUESSING: &str = "predict";

/// What is asked, what was guessed, and what came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predicting {
    /// Whether one guesses: a click on a node is a guess then.
    pub is_on: bool,
    /// Whether it is the question of the open lesson.
    pub of_lesson: bool,
    /// What the user chose to ask; none = what suits.
    pub question: Option<Question>,
    /// The guesses by node.
    guesses: Rc<BTreeMap<EcoString, Guess>>,
    /// What was asked when they were made: under another question they would be wrong answers.
    about: Option<(Question, ObjectKey)>,
    /// What came of them.
    pub answered: Option<Rc<Answered>>,
}

/// What one guesses, as the views of the cluster show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Guessing {
    /// What is asked.
    pub question: Question,
    /// The nodes that it is about.
    pub nodes: Rc<BTreeSet<EcoString>>,
    /// Whether it is not answered yet: then nothing may tell the answer.
    pub is_open: bool,
    /// Whether the answer is about something that is not done: the cluster stands as before.
    pub is_foretold: bool,
    /// The guesses by node.
    pub guesses: Rc<BTreeMap<EcoString, Guess>>,
    /// What came of them.
    pub answered: Option<Rc<Answered>>,
}

/// A node of which something is guessed.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeGuess {
    /// What is asked.
    pub question: Question,
    /// What was guessed.
    pub guess: Option<Guess>,
    /// What is right; none as long as the question is open.
    pub right: Option<Guess>,
    /// Why, where the guess was wrong.
    pub why: Vec<Piece>,
    /// Whether that is about something that is not done: what the node says of itself is as before.
    pub is_foretold: bool,
}

impl Guessing {
    /// How it stands with a node; none if the question is not about it.
    pub fn of(&self, node: &EcoString) -> Option<NodeGuess> {
        if !self.nodes.contains(node) {
            return None;
        }
        let mark = self.answered.as_ref().and_then(|answered| answered.mark(node));
        Some(NodeGuess {
            is_foretold: self.is_foretold,
            question: self.question,
            guess: self.guesses.get(node).copied(),
            right: self.answered.as_ref().and_then(|answered| answered.right.get(node).copied()),
            why: mark.filter(|mark| !mark.is_hit()).map(|mark| mark.why.clone()).unwrap_or_default(),
        })
    }
}

impl NodeGuess {
    /// Whether the guess was right; none if nothing was guessed, or the question is open.
    pub fn is_hit(&self) -> Option<bool> {
        Some(self.guess? == self.right?)
    }
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
    /// The places of the nodes among them.
    places: BTreeMap<EcoString, usize>,
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
        self.marked.get(*self.places.get(node)?)
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
    /// The open lesson's question is asked.
    OfLesson,
    /// A guess about a node; the same once more takes it back.
    Guess(EcoString, Guess),
    /// The next answer is guessed of a node, after the last one none.
    Turn {
        /// The node.
        node: EcoString,
        /// Whether it is guessed of all nodes that are like it.
        alike: bool,
    },
    /// The guess about a node is taken back.
    Forget(EcoString),
    /// All guesses are taken back.
    Clear,
    /// The run is taken, and the guesses are held against it.
    Check,
    /// Back to the step at which it was asked, without guesses.
    Again,
    /// One no longer guesses.
    End,
}

impl Predicting {
    /// Takes what concerns the guesses alone.
    pub(super) fn take(&mut self, action: &PredictAction) {
        match action {
            PredictAction::Ask(question) => {
                *self = Predicting { is_on: true, question: Some(*question), ..Predicting::default() };
            }
            PredictAction::OfLesson => {
                *self = Predicting { is_on: true, of_lesson: true, ..Predicting::default() };
            }
            PredictAction::Guess(node, guess) => {
                let is_same = self.guesses.get(node) == Some(guess);
                self.guess(std::slice::from_ref(node), (!is_same).then_some(*guess));
            }
            PredictAction::Forget(node) => self.guess(std::slice::from_ref(node), None),
            PredictAction::Turn { .. } | PredictAction::Check => {}
            PredictAction::Clear => self.guesses = Rc::default(),
            PredictAction::Again => {
                let Predicting { is_on, of_lesson, question, .. } = *self;
                *self = Predicting { is_on, of_lesson, question, ..Predicting::default() };
            }
            PredictAction::End => *self = Predicting::default(),
        }
    }

    /// Guesses something of nodes, or nothing any more. What was answered stays.
    fn guess(&mut self, nodes: &[EcoString], guess: Option<Guess>) {
        if self.answered.is_some() {
            return;
        }
        let guesses = Rc::make_mut(&mut self.guesses);
        for node in nodes {
            match guess {
                Some(guess) => drop(guesses.insert(node.clone(), guess)),
                None => drop(guesses.remove(node)),
            }
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
    /// What the open lesson asks, if that is what one guesses.
    pub of_lesson: Option<Guessed>,
    counted: Option<ObjectKey>,
    is_read_only: bool,
}

impl Asking {
    /// The DaemonSet that is asked about: the one that is counted, or else the first that Apply would create.
    pub fn set(&self) -> Option<ObjectKey> {
        if let Some(asks) = &self.of_lesson {
            return Some(asks.set.clone());
        }
        let objects = &self.session.documents.manifest.read.objects;
        let first = || {
            let mut keys = objects.iter().map(|located| located.object.key());
            keys.find(|key| key.kind == Kind::DaemonSet).map(in_namespace)
        };
        self.counted.clone().or_else(first)
    }

    /// What is done before the run that is guessed about: Apply, where one wrote something that is still to be applied
    /// and no later step is recorded. Texts that are only behind the cluster would undo what was done by other ways.
    pub fn commands(&self) -> Vec<Request> {
        let session = &self.session;
        let is_latest = session.later_steps() == 0 && !self.is_read_only && self.of_lesson.is_none();
        let documents = &session.documents;
        let applies =
            is_latest && documents.is_dirty() && documents.errors() == 0 && !session.applies_nothing();
        if applies { session.requests() } else { Vec::new() }
    }

    /// Whether anything is to come that can be guessed.
    pub fn can_guess(&self) -> bool {
        let is_to_come = || self.session.timeline.can_advance() || !self.commands().is_empty();
        self.of_lesson.is_some() || self.set().is_some() && is_to_come()
    }

    /// The answer, as long as it is about the run that is open.
    pub fn answered(&self) -> Option<&Rc<Answered>> {
        let at = self.session.at();
        self.predicting.answered.as_ref().filter(|answered| answered.run == (at.branch, at.run))
    }

    /// What one guesses; none if one does not.
    pub fn guessing(&self) -> Option<Guessing> {
        if !self.predicting.is_on {
            return None;
        }
        let question = self.question();
        let answered = self.answered().cloned();
        let nodes: BTreeSet<EcoString> = match (&answered, self.set()) {
            (Some(answered), _) => sort::set(answered.right.keys().cloned()),
            (None, Some(set)) if self.can_guess() => sort::set(question.nodes(&self.session.timeline, &set)),
            (None, _) => BTreeSet::new(),
        };
        Some(Guessing {
            question,
            is_open: answered.is_none() && !nodes.is_empty(),
            is_foretold: answered.is_some() && self.of_lesson.is_some(),
            nodes: Rc::new(nodes),
            guesses: self.guesses(question),
            answered,
        })
    }

    /// The guesses about what is asked.
    fn guesses(&self, question: Question) -> Rc<BTreeMap<EcoString, Guess>> {
        let is_of_this = self.answered().is_some() || self.predicting.about == self.about(question);
        if is_of_this { Rc::clone(&self.predicting.guesses) } else { Rc::default() }
    }

    /// What is asked, and of what.
    fn about(&self, question: Question) -> Option<(Question, ObjectKey)> {
        Some((question, self.set()?))
    }

    /// What is asked.
    pub fn question(&self) -> Question {
        if let Some(asks) = &self.of_lesson {
            return asks.question;
        }
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
    /// What one guesses, as the views of the cluster show it; none if one does not.
    pub fn guessing(&self) -> Option<Guessing> {
        self.asked.as_deref().and_then(|(_, guessing)| guessing.clone())
    }

    /// Whether one guesses, and was not answered yet.
    pub fn is_guessing(&self) -> bool {
        let guessing = self.asked.as_deref().and_then(|(_, guessing)| guessing.as_ref());
        guessing.is_some_and(|guessing| guessing.answered.is_none())
    }

    /// Finds what one guesses, where something else is asked than before: it may take a run of the cluster.
    pub(super) fn follow_question(&mut self) {
        // What a lesson asks about is what has not been done: once something else is, or it is solved, it is over.
        let session = &self.session;
        let is_over = |open: &super::Open| {
            open.is_over(session) || open.has_acted(session) || self.predicting.answered.is_some()
        };
        if self.predicting.of_lesson
            && self.asking().answered().is_none()
            && self.learning.open.as_ref().is_none_or(is_over)
        {
            self.predict(&PredictAction::End);
        }
        // Something was done since: what comes of that is a question of its own.
        if self.predicting.answered.is_some() && self.asking().answered().is_none() {
            self.predicting.take(&PredictAction::Again);
        }
        if !self.predicting.is_on {
            self.asked = None;
            return;
        }
        let asking = self.asking();
        if self.asked.as_deref().is_none_or(|(before, _)| *before != asking) {
            let guessing = asking.guessing();
            self.asked = Some(Rc::new((asking, guessing)));
        }
    }

    /// What one guesses about.
    pub fn asking(&self) -> Asking {
        let open = self.learning.open.as_ref().filter(|_| self.predicting.of_lesson);
        Asking {
            of_lesson: open.and_then(|open| open.lesson.asks.clone()),
            session: self.session.clone(),
            predicting: self.predicting.clone(),
            order: Rc::clone(self.node_order()),
            counted: self.shown_set(),
            is_read_only: self.mode.is_read_only(),
        }
    }

    /// Whether a question is open: what would go on with the run gives the answer first.
    pub(super) fn is_asking(&self) -> bool {
        if !self.predicting.is_on || self.predicting.of_lesson || self.moving.motion != Motion::Still {
            return false;
        }
        let asking = self.asking();
        asking.answered().is_none() && asking.can_guess()
    }

    pub(super) fn predict(&mut self, action: &PredictAction) {
        if matches!(action, PredictAction::Guess(..) | PredictAction::Turn { .. }) {
            let about = self.guessing().and_then(|guessing| self.asking().about(guessing.question));
            if self.predicting.about != about {
                self.predicting.guesses = Rc::default();
                self.predicting.about = about;
            }
        }
        match action {
            PredictAction::Check => self.check(),
            PredictAction::Again => {
                let from = self.asking().answered().map(|answered| answered.from);
                if let Some(from) = from {
                    self.act(Act::Seek(from), Past::Ask);
                }
            }
            PredictAction::Turn { node, alike: several } => {
                let Some(guessing) = self.guessing().filter(|guessing| guessing.nodes.contains(node)) else {
                    return;
                };
                let choices = guessing.question.choices();
                let now = guessing.guesses.get(node);
                let place = choices.iter().position(|choice| Some(choice) == now);
                let next = choices.get(place.map_or(0, |place| place + 1)).copied();
                let mut nodes = vec![node.clone()];
                if *several {
                    nodes = alike(self.session.timeline.world(), node);
                    nodes.retain(|node| guessing.nodes.contains(node));
                }
                self.predicting.guess(&nodes, next);
            }
            PredictAction::End => self.view.end_guessing(),
            _ => {}
        }
        self.predicting.take(action);
    }

    /// Takes the run that is asked about, and holds the guesses against it.
    fn check(&mut self) {
        let asking = self.asking();
        let (Some(set), true) = (asking.set(), asking.answered().is_none()) else { return };
        let (question, commands) = (asking.question(), asking.commands());
        let guesses = asking.guesses(question);
        let from = self.session.timeline.shown();
        if self.predicting.of_lesson {
            let lesson = self.learning.open.as_ref().map(|open| &open.lesson);
            let forecast = lesson.and_then(|lesson| lesson.forecast(&self.session));
            if let Some(forecast) = forecast {
                self.answer(from, forecast, guesses);
            }
            return;
        }
        let forecast = Forecast::of(&self.session.timeline, &commands, question, &set);
        if !commands.is_empty() {
            self.act(Act::Apply, Past::Ask);
        }
        let by = i64::from(forecast.until()) - i64::from(self.session.timeline.shown());
        if by > 0 {
            self.act(Act::Jump(by), Past::Ask);
        }
        self.answer(from, forecast, guesses);
    }

    /// Holds the guesses against what came.
    fn answer(&mut self, from: StepNo, forecast: Forecast, guesses: Rc<BTreeMap<EcoString, Guess>>) {
        let at = self.session.at();
        let marked = forecast.mark(&guesses);
        self.predicting.guesses = guesses;
        self.predicting.answered = Some(Rc::new(Answered {
            question: forecast.question,
            run: (at.branch, at.run),
            from,
            places: sort::map(marked.iter().enumerate().map(|(place, mark)| (mark.node.clone(), place))),
            marked,
            proviso: forecast.proviso(),
            right: forecast.answers,
        }));
    }
}
