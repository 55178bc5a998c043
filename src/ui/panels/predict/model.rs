//! What one sees while guessing: each node with all that decides, and none of the answers.

use crate::api::{EcoString, Pod, sort};
use crate::explain::predict::{Guess, Marked, Question};
use crate::explain::{Piece, Revisions};
use crate::sim::StepNo;
use crate::ui::figures::{Chip, Emphasis, Meter, chip, meters, role, status};
use crate::ui::state::{Answered, Asking};
use std::rc::Rc;

/// Above so many nodes those that are alike are guessed together.
const MANY: usize = 12;

/// What is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What is asked.
    pub question: Question,
    /// The nodes, or groups of them.
    pub cards: Vec<GuessCard>,
    /// How many nodes were guessed.
    pub guessed: usize,
    /// How many nodes there are to guess.
    pub all: usize,
    /// Whether anything is to come.
    pub can_guess: bool,
    /// What goes before the run: `Apply`; empty if nothing does.
    pub first: String,
    /// The step before the last thing that the user did, where that can be asked about.
    pub before_last: Option<StepNo>,
    /// What came of it.
    pub answered: Option<Rc<Answered>>,
}

/// A node, or several that are alike.
#[derive(Clone, Debug, PartialEq)]
pub struct GuessCard {
    /// Their names.
    pub names: Rc<[EcoString]>,
    /// What stands at its head.
    pub title: String,
    /// Role, zone and kind of machine.
    pub role: Vec<String>,
    /// As `kubectl get nodes` prints it.
    pub status: String,
    /// How the status is marked.
    pub tone: Emphasis,
    /// The taints.
    pub taints: Vec<String>,
    /// CPU and memory.
    pub meters: [Meter; 2],
    /// The pods of the DaemonSet.
    pub pods: Vec<Chip>,
    /// Other pods, where it is asked which of them go.
    pub others: Vec<Chip>,
    /// What was guessed.
    pub guess: Option<Guess>,
    /// What is right, once that is known.
    pub right: Option<Guess>,
    /// Why; of a node that was not guessed nothing.
    pub why: Vec<Piece>,
}

impl GuessCard {
    /// Whether the guess was right; none if nothing was guessed, or the answer is not known.
    pub fn is_hit(&self) -> Option<bool> {
        Some(self.guess? == self.right?)
    }
}

/// What is shown of a asking.
pub fn model(asking: &Asking) -> Model {
    let timeline = &asking.session.timeline;
    let world = timeline.world();
    let question = asking.question();
    let key = asking.set();
    let set = key.as_ref().and_then(|key| world.daemon_set(&key.namespace, &key.name));
    let revisions = Revisions::of(world, set.map(|set| &**set));
    let answered = asking.answered().cloned();
    let mut names = match (&answered, &key) {
        (Some(answered), _) => answered.right.keys().cloned().collect(),
        (None, Some(key)) => question.nodes(timeline, key),
        (None, None) => Vec::new(),
    };
    let order = &asking.order;
    sort::by_key(&mut names, |name| order.get(name).copied().unwrap_or(usize::MAX));
    let card = |name: &EcoString| {
        let node = world.node(name)?;
        let pods: Vec<Rc<Pod>> = world.pods_on(name).cloned().collect();
        let is_own = |pod: &&Rc<Pod>| set.is_some_and(|set| pod.is_owned_by(&set.metadata.uid));
        let own = pods.iter().filter(is_own);
        let own = own.map(|pod| chip(timeline, pod, set.map(|set| &**set), &revisions)).collect();
        let others = pods.iter().filter(|pod| question == Question::Evicted && !is_own(pod));
        let (status, tone) = status(node);
        Some(GuessCard {
            names: Rc::from([name.clone()]),
            title: name.to_string(),
            role: role(node),
            status,
            tone,
            taints: node.spec.taints.iter().map(ToString::to_string).collect(),
            meters: meters(node, &pods, is_own),
            pods: own,
            others: others.map(|pod| chip(timeline, pod, None, &revisions)).collect(),
            guess: asking.predicting.guesses.get(name).copied(),
            right: answered.as_ref().and_then(|answered| answered.right.get(name).copied()),
            why: answered.as_ref().and_then(|answered| answered.mark(name)).map(why).unwrap_or_default(),
        })
    };
    let cards: Vec<GuessCard> = names.iter().filter_map(card).collect();
    let all = cards.len();
    let cards = if all > MANY { grouped(cards) } else { cards };
    let first = asking.commands().first().map(|_| "Apply".to_owned()).unwrap_or_default();
    let last = asking.session.done().next().map(|entry| entry.after);
    Model {
        question,
        cards,
        guessed: names.iter().filter(|name| asking.predicting.guesses.contains_key(*name)).count(),
        all,
        can_guess: asking.can_guess(),
        first,
        before_last: last.filter(|_| answered.is_none()),
        answered,
    }
}

fn why(marked: &Marked) -> Vec<Piece> {
    marked.why.clone()
}

/// Nodes that are alike as one, in the place of the first.
fn grouped(cards: Vec<GuessCard>) -> Vec<GuessCard> {
    let mut groups: Vec<(GuessCard, Vec<EcoString>)> = Vec::new();
    for card in cards {
        let is_like = |other: &GuessCard| {
            let pods = |card: &GuessCard| -> Vec<_> {
                card.pods.iter().map(|chip| (chip.revision, chip.stage)).collect()
            };
            other.role == card.role
                && other.status == card.status
                && other.taints == card.taints
                && other.meters == card.meters
                && pods(other) == pods(&card)
                && (other.guess, other.right) == (card.guess, card.right)
        };
        match groups.iter_mut().find(|(other, _)| is_like(other)) {
            Some((_, names)) => names.extend(card.names.iter().cloned()),
            None => {
                let names = card.names.to_vec();
                groups.push((card, names));
            }
        }
    }
    let one = |(mut card, names): (GuessCard, Vec<EcoString>)| {
        if names.len() > 1 {
            card.title = format!("{} and {} like it", names[0], names.len() - 1);
            card.names = names.into();
        }
        card
    };
    groups.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;
    use crate::session::Act;
    use crate::ui::state::{Opening, PredictAction, Prefs, Theme, UiAction, UiState, ViewAction};

    fn model(state: &UiState) -> Model {
        super::model(&state.asking())
    }

    fn opened(id: &str) -> Rc<UiState> {
        let example = examples::find(id).expect("there is such an example");
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let state = state.reduced(UiAction::Opened(Opening::Example(example)));
        state.reduced(UiAction::View(ViewAction::Show(&super::super::PANEL)))
    }

    fn guess(state: &Rc<UiState>, node: &str, guess: Guess) -> Rc<UiState> {
        let nodes: Rc<[EcoString]> = Rc::from([EcoString::from(node)]);
        Rc::clone(state).reduced(UiAction::Predict(PredictAction::Guess(nodes, guess)))
    }

    #[test]
    fn what_is_guessed_before_apply_is_held_against_the_run() {
        let state = opened("log_collector").reduced(UiAction::Session(Act::Seek(0)));
        assert_eq!(model(&state).question, Question::Placed);
        assert!(model(&state).cards.iter().all(|card| card.pods.is_empty() && card.right.is_none()));
        let state = guess(&guess(&state, "worker-a1", Guess::Pod), "gpu-1", Guess::Pod);
        assert_eq!((model(&state).guessed, state.session.timeline.shown()), (2, 0));
        for wanted in [UiAction::Session(Act::Apply), UiAction::Session(Act::Forward)] {
            let answered = Rc::clone(&state).reduced(wanted);
            let shown = model(&answered);
            let hit = |node: &str| {
                let card = shown.cards.iter().find(|card| card.title == node).expect(node);
                (card.is_hit(), !card.why.is_empty())
            };
            assert_eq!(
                (hit("worker-a1"), hit("gpu-1"), hit("cp-1").0),
                ((Some(true), true), (Some(false), true), None)
            );
            assert_eq!(
                shown.answered.as_ref().map(|answered| answered.told()).as_deref(),
                Some("1 of 2 right")
            );
            assert!(answered.session.timeline.next_at().is_none() || shown.before_last.is_none());
            let again = answered.reduced(UiAction::Predict(PredictAction::Again));
            assert_eq!(
                (model(&again).guessed, model(&again).answered, again.session.timeline.shown()),
                (0, None, 0)
            );
        }
    }

    #[test]
    fn a_manifest_that_waits_is_part_of_the_question() {
        let state = opened("rolling_update");
        let shown = model(&state);
        assert_eq!(
            (shown.question, shown.first.as_str(), shown.can_guess),
            (Question::Updated, "Apply", true)
        );
        let first = shown.cards.iter().map(|card| card.title.clone()).min().expect("a node");
        let state = guess(&state, &first, Guess::Next).reduced(UiAction::Predict(PredictAction::Check));
        assert_eq!(model(&state).answered.map(|answered| answered.hits()), Some(1));
        assert!(!state.session.documents.is_dirty(), "it is applied");
        assert!(state.session.timeline.can_advance(), "it is decided long before the update is done");
    }

    #[test]
    fn where_nothing_is_to_come_the_last_thing_done_can_be_asked_about() {
        let state = opened("log_collector");
        let shown = model(&state);
        assert_eq!((shown.can_guess, shown.before_last), (false, Some(0)));
        let state = state.reduced(UiAction::Session(Act::Seek(0)));
        assert!(model(&state).can_guess);
    }

    #[test]
    fn a_guess_can_be_taken_back_and_another_question_asked() {
        let state = opened("log_collector").reduced(UiAction::Session(Act::Seek(0)));
        let once = guess(&state, "cp-1", Guess::Pod);
        assert_eq!(model(&guess(&once, "cp-1", Guess::NoPod)).cards[0].guess, Some(Guess::NoPod));
        assert_eq!(model(&guess(&once, "cp-1", Guess::Pod)).guessed, 0);
        let other = Rc::clone(&once).reduced(UiAction::Predict(PredictAction::Ask(Question::Evicted)));
        assert_eq!((model(&other).guessed, model(&other).question), (0, Question::Evicted));
        assert_eq!(model(&once.reduced(UiAction::Predict(PredictAction::Clear))).guessed, 0);
    }

    #[test]
    fn many_nodes_are_guessed_in_groups_of_those_that_are_alike() {
        let card = |name: &str, status: &str| GuessCard {
            names: Rc::from([EcoString::from(name)]),
            title: name.into(),
            status: status.into(),
            ..model(&opened("log_collector").reduced(UiAction::Session(Act::Seek(0)))).cards[1].clone()
        };
        let all = [("a", "Ready"), ("b", "NotReady"), ("c", "Ready"), ("d", "Ready")];
        let groups = grouped(all.iter().map(|(name, status)| card(name, status)).collect());
        let titles: Vec<&str> = groups.iter().map(|card| card.title.as_str()).collect();
        assert_eq!(titles, ["a and 2 like it", "b"]);
        assert_eq!(groups[0].names.len(), 3);
    }
}
