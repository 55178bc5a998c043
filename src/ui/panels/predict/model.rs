//! The question, who was guessed to be what, and what came of it.

use crate::api::{EcoString, sort};
use crate::explain::predict::{Guess, Question};
use crate::sim::StepNo;
use crate::ui::state::{Answered, Asking, Guessing};
use std::rc::Rc;

/// What is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What is asked.
    pub question: Question,
    /// The nodes that it is about, in the order of the user's list, each with what was guessed.
    pub nodes: Vec<(EcoString, Option<Guess>)>,
    /// Whether anything is to come.
    pub can_guess: bool,
    /// Whether it is the question of the open lesson: then it is asked what a command would do that is still to be given.
    pub of_lesson: bool,
    /// That command, or what it does; and whether lines stand in the task that it is about.
    pub then: Option<(String, bool)>,
    /// What goes before the run: `Apply`; empty if nothing does.
    pub first: &'static str,
    /// The step before the last thing that the user did, where that can be asked about.
    pub before_last: Option<StepNo>,
    /// The last recorded step.
    pub last: StepNo,
    /// What came of it.
    pub answered: Option<Rc<Answered>>,
}

impl Model {
    /// Of how many nodes something was guessed.
    pub fn guessed(&self) -> usize {
        self.nodes.iter().filter(|(_, guess)| guess.is_some()).count()
    }

    /// The nodes of which this was guessed.
    pub fn names(&self, guess: Option<Guess>) -> Vec<&str> {
        self.nodes.iter().filter(|(_, own)| *own == guess).map(|(name, _)| name.as_str()).collect()
    }

    /// The words at the head: `5 of 7 right`.
    pub fn title(&self) -> String {
        self.answered.as_ref().map_or_else(|| "What do you think?".into(), |answered| answered.told())
    }
}

/// What is shown; none as long as nothing is guessed.
pub fn model(asking: &Asking, guessing: Option<Guessing>) -> Option<Model> {
    let guessing = guessing?;
    let order = &asking.order;
    let mut names: Vec<EcoString> = guessing.nodes.iter().cloned().collect();
    sort::by_key(&mut names, |name| order.get(name).copied().unwrap_or(usize::MAX));
    let last = asking.session.done().next().map(|entry| entry.after);
    let can_guess = asking.can_guess();
    Some(Model {
        question: guessing.question,
        nodes: names.into_iter().map(|name| (name.clone(), guessing.guesses.get(&name).copied())).collect(),
        can_guess,
        of_lesson: asking.of_lesson.is_some(),
        then: asking
            .of_lesson
            .as_ref()
            .map(|asks| (asks.then.words().to_owned(), asks.then.file().is_some())),
        first: asking.commands().first().map_or("", |_| "Apply"),
        before_last: last.filter(|_| guessing.answered.is_none() && !can_guess),
        last: asking.session.timeline.len(),
        answered: guessing.answered,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;
    use crate::kubectl::Request;
    use crate::session::Act;
    use crate::ui::state::{
        GUESSING, Opening, Panel, PredictAction, Prefs, Slot, Theme, UiAction, UiState, ViewAction,
    };

    fn opened(id: &str) -> Rc<UiState> {
        let example = examples::find(id).expect("there is such an example");
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let state = state.reduced(UiAction::Opened(Opening::Example(example)));
        state.reduced(UiAction::View(ViewAction::Show(&super::super::PANEL)))
    }

    fn predict(state: &Rc<UiState>, action: PredictAction) -> Rc<UiState> {
        Rc::clone(state).reduced(UiAction::Predict(action))
    }

    fn turn(state: &Rc<UiState>, node: &str) -> Rc<UiState> {
        predict(state, PredictAction::Turn { node: node.into(), alike: false })
    }

    fn shown(state: &Rc<UiState>) -> Model {
        model(&state.asking(), state.guessing()).expect("one guesses")
    }

    #[test]
    fn what_is_guessed_before_apply_is_held_against_the_run() {
        let state = opened("log_collector").reduced(UiAction::Session(Act::Seek(0)));
        assert_eq!((shown(&state).question, shown(&state).answered), (Question::Placed, None));
        let state = turn(&turn(&state, "worker-a1"), "gpu-1");
        assert_eq!((shown(&state).guessed(), state.session.timeline.shown()), (2, 0));
        for wanted in [UiAction::Session(Act::Apply), UiAction::Session(Act::Forward)] {
            let answered = Rc::clone(&state).reduced(wanted);
            let guessing = answered.guessing().expect("one guesses");
            let of = |node: &str| guessing.of(&node.into()).expect(node);
            assert_eq!(
                (of("worker-a1").is_hit(), of("gpu-1").is_hit(), of("cp-1").is_hit(), guessing.is_open),
                (Some(true), Some(false), None, false)
            );
            assert!(of("worker-a1").why.is_empty() && !of("gpu-1").why.is_empty());
            assert_eq!(shown(&answered).title(), "1 of 2 right");
            let again = predict(&answered, PredictAction::Again);
            assert_eq!(
                (shown(&again).guessed(), shown(&again).answered, again.session.timeline.shown()),
                (0, None, 0)
            );
        }
    }

    #[test]
    fn a_manifest_that_waits_is_part_of_the_question() {
        let state = opened("rolling_update");
        let first = shown(&state).nodes.iter().map(|(name, _)| name.clone()).min().expect("a node");
        assert_eq!(
            (shown(&state).question, shown(&state).first, shown(&state).can_guess),
            (Question::Updated, "Apply", true)
        );
        let state = predict(&turn(&state, &first), PredictAction::Check);
        assert_eq!(shown(&state).answered.map(|answered| answered.hits()), Some(1));
        assert!(!state.session.documents.is_dirty(), "it is applied");
        assert!(state.session.timeline.can_advance(), "it is decided long before the update is done");
    }

    #[test]
    fn where_nothing_is_to_come_the_last_thing_done_can_be_asked_about() {
        let state = opened("log_collector");
        assert_eq!((shown(&state).can_guess, shown(&state).before_last), (false, Some(0)));
        assert!(state.guessing().is_some_and(|guessing| !guessing.is_open), "a click on a node selects it");
        let state = state.reduced(UiAction::Session(Act::Seek(0)));
        assert!(shown(&state).can_guess && state.guessing().is_some_and(|guessing| guessing.is_open));
    }

    #[test]
    fn what_is_done_after_an_answer_is_a_question_of_its_own() {
        let state = opened("log_collector").reduced(UiAction::Session(Act::Seek(0)));
        let answered = predict(&turn(&state, "worker-a1"), PredictAction::Check);
        assert!(shown(&answered).answered.is_some());
        let cordon = Request::cordon("worker-a1", true);
        let state = answered.reduced(UiAction::did("Cordon".into(), cordon));
        assert_eq!((shown(&state).answered, shown(&state).guessed()), (None, 0));
        let state = predict(&state, PredictAction::Ask(Question::Placed));
        let node = shown(&state).nodes[0].0.clone();
        assert_eq!(shown(&turn(&state, &node)).guessed(), 1);
    }

    #[test]
    fn guesses_go_with_the_question_they_are_about() {
        let state = opened("rolling_update");
        let first = shown(&state).nodes.iter().map(|(name, _)| name.clone()).min().expect("a node");
        let state = turn(&state, &first);
        assert_eq!((shown(&state).question, shown(&state).guessed()), (Question::Updated, 1));
        let state = state.reduced(UiAction::Session(Act::Seek(0)));
        assert_eq!((shown(&state).question, shown(&state).guessed()), (Question::Placed, 0));
        let back = state.reduced(UiAction::Session(Act::Latest));
        assert_eq!((shown(&back).question, shown(&back).guessed()), (Question::Updated, 1));
        // A mistake that is typed meanwhile takes nothing away.
        let text = |text: &str| {
            UiAction::Session(Act::Edit(crate::session::DocumentName::Manifest, text.to_owned().into()))
        };
        let whole = back.session.documents.manifest.text.to_string();
        let mistaken = Rc::clone(&back).reduced(text("kind: ["));
        let mended = mistaken.reduced(text(&whole));
        assert_eq!((shown(&mended).question, shown(&mended).guessed()), (Question::Updated, 1));
    }

    #[test]
    fn a_run_that_is_guessed_about_does_not_undo_what_kubectl_did() {
        let state = opened("log_collector").reduced(UiAction::Session(Act::Run(2_000)));
        let image =
            "kubectl -n kube-system set image ds/fluentd-elasticsearch fluentd-elasticsearch=fluentd:9";
        let state = state.reduced(UiAction::Session(Act::Enter(image.into())));
        assert_eq!((shown(&state).first, shown(&state).can_guess), ("", true));
        let state = predict(&turn(&state, "worker-a1"), PredictAction::Check);
        let world = state.session.timeline.world();
        let set = world.daemon_sets().next().expect("a set");
        assert_eq!(set.spec.template.spec.containers[0].image, "fluentd:9");
    }

    #[test]
    fn without_a_daemon_set_the_steps_go_on() {
        let pasted =
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: i}]}\n";
        let state = Rc::new(UiState::first_visit(Prefs::new(Theme::Light)));
        let state = state.reduced(UiAction::Opened(Opening::Pasted(pasted.into())));
        let state = state.reduced(UiAction::View(ViewAction::Show(&super::super::PANEL)));
        assert!(!shown(&state).can_guess && state.session.timeline.can_advance());
        let before = state.session.timeline.shown();
        let next = state.reduced(UiAction::Session(Act::Forward));
        assert_eq!(next.session.timeline.shown(), before + 1);
    }

    #[test]
    fn clicks_on_a_node_go_through_the_answers_and_back_to_none() {
        let mut state = opened("log_collector").reduced(UiAction::Session(Act::Seek(0)));
        for expected in [Some(Guess::Pod), Some(Guess::Pending), Some(Guess::NoPod), None, Some(Guess::Pod)] {
            state = turn(&state, "cp-1");
            assert_eq!(state.guessing().and_then(|guessing| guessing.of(&"cp-1".into())?.guess), expected);
        }
        let chosen = predict(&state, PredictAction::Guess("cp-1".into(), Guess::NoPod));
        assert_eq!(shown(&chosen).names(Some(Guess::NoPod)), ["cp-1"]);
        assert_eq!(shown(&predict(&chosen, PredictAction::Forget("cp-1".into()))).guessed(), 0);
        assert_eq!(shown(&predict(&chosen, PredictAction::Clear)).guessed(), 0);
        let other = predict(&chosen, PredictAction::Ask(Question::Evicted));
        assert_eq!((shown(&other).guessed(), shown(&other).question), (0, Question::Evicted));
        assert_eq!(shown(&turn(&state, "nobody")).guessed(), 1);
    }

    #[test]
    fn nodes_that_are_alike_are_guessed_with_one_click() {
        let state = opened("log_collector").reduced(UiAction::Session(Act::Seek(0)));
        let all = predict(&state, PredictAction::Turn { node: "gpu-1".into(), alike: true });
        assert_eq!(shown(&all).names(Some(Guess::Pod)), ["gpu-1"], "no other has its taint");
    }

    #[test]
    fn guessing_begins_and_ends_beside_the_cluster() {
        let state = opened("log_collector").reduced(UiAction::Session(Act::Seek(0)));
        assert!(state.view.panel(Slot::Right).is_some_and(|panel| panel.id == GUESSING));
        assert_eq!(state.view.slot, Slot::Stage, "a narrow screen shows the nodes");
        let ended = Rc::clone(&state).reduced(UiAction::View(ViewAction::Escape));
        assert!(
            model(&ended.asking(), ended.guessing()).is_none() && ended.view.panel(Slot::Right).is_none()
        );
        const OTHER: &Panel = &Panel { id: "another", slot: Slot::Stage, ..super::super::PANEL };
        let taints = state.reduced(UiAction::View(ViewAction::Show(OTHER)));
        assert!(model(&taints.asking(), taints.guessing()).is_none(), "that view tells the answer");
    }
}
