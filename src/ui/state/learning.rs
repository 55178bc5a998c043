//! Lessons: the list, the one that is open, how far one is with it.

use crate::cluster::Actor;
use crate::lessons::{self, Index, Judged, Lesson, Mistake, Progress};
use crate::session::Session;
use crate::sim::StepNo;
use std::rc::Rc;

/// A lesson that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// The lesson.
    pub lesson: Rc<Lesson>,
    /// How many steps there were when it began.
    pub begun: StepNo,
    /// How its goals stand.
    pub verdicts: Rc<Vec<Judged>>,
    /// Whether it was solved since it was opened.
    pub solved: bool,
    /// The number of the solution's next thing; none as long as the solution is not shown.
    pub solving: Option<usize>,
}

impl Open {
    /// Whether it was solved by what was done: then there is nothing left to guess.
    pub fn is_over(&self, session: &Session) -> bool {
        self.solved && session.timeline.len() > self.begun
    }

    /// Whether the user did something in it up to the shown step: what is asked before the first command can no longer be
    /// guessed there.
    pub fn has_acted(&self, session: &Session) -> bool {
        let mut own = session.timeline.past().take_while(|step| step.no > self.begun);
        own.any(|step| step.actor == Actor::You)
    }
}

/// A lesson that is being written.
#[derive(Clone, Debug, PartialEq)]
pub struct LessonDraft {
    /// As it stands.
    pub source: Rc<str>,
    /// As it is read.
    pub lesson: Rc<Lesson>,
    /// What is wrong with it.
    pub mistakes: Rc<Vec<Mistake>>,
    /// How its goals stand in the shown cluster.
    pub verdicts: Rc<Vec<Judged>>,
}

impl LessonDraft {
    pub(super) fn new(source: &str) -> Self {
        let (lesson, mistakes) = lessons::read(&lessons::own_name(source), source);
        LessonDraft {
            source: source.into(),
            lesson: Rc::new(lesson),
            mistakes: Rc::new(mistakes),
            verdicts: Rc::default(),
        }
    }
}

/// A text that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The list of lessons.
    Index,
    /// A lesson; whether it begins anew, or belongs to the work that is open.
    Lesson(String, bool),
}

impl Wanted {
    /// Where it lies.
    pub fn address(&self) -> String {
        let name = match self {
            Wanted::Index => "index",
            Wanted::Lesson(name, _) => name,
        };
        format!("lessons/{name}.txt")
    }
}

/// Lessons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learning {
    /// All that there are; none until it is fetched.
    pub index: Option<Rc<Index>>,
    /// The open one.
    pub open: Option<Open>,
    /// The one that is being written.
    pub draft: Option<LessonDraft>,
    /// How far one is.
    pub progress: Progress,
    /// What is to be fetched.
    pub wanted: Option<Wanted>,
    /// The text of a lesson of one's own, which no server has.
    pub own: Option<Rc<str>>,
    /// The text of a lesson that is written and was closed, or left with the page: who writes on finds it again.
    pub closed: Option<Rc<str>>,
    /// Counts how often a lesson was opened or begun anew: one reads it from its top.
    pub openings: u32,
}

/// Something else with the lessons.
#[derive(Clone, Debug, PartialEq)]
pub enum LearningAction {
    /// A lesson is to be opened.
    Open(String),
    /// What was wanted is there, or cannot be had.
    Fetched(Wanted, Option<Rc<str>>),
    /// The open lesson is to begin anew.
    Reset,
    /// One more hint is to be shown.
    Hint,
    /// The solution is to be shown, from the beginning.
    Solve,
    /// The next thing of the solution is to be done.
    Next,
    /// What is open is to become a lesson.
    Make,
    /// The lesson that is written is to be another.
    Write(Rc<str>),
    /// It is to be tried.
    Try,
    /// It is out of sight, until one writes on.
    Unmake,
    /// It is to begin anew, with what is open.
    Remake,
    /// All progress is to be forgotten.
    Clear,
}

impl Learning {
    /// What was learned before, a lesson of one's own, and one that is being written.
    pub fn new(progress: &str, own: Option<String>, written: Option<String>) -> Self {
        Learning {
            progress: Progress::read(progress),
            own: own.map(Into::into),
            closed: written.map(Into::into),
            ..Learning::default()
        }
    }

    /// The text of a lesson that is being written, in sight or not.
    pub fn written(&self) -> Option<&Rc<str>> {
        self.draft.as_ref().map(|draft| &draft.source).or(self.closed.as_ref())
    }

    /// The text of a lesson of one's own, if it is the one of that name.
    pub(super) fn own_text(&self, name: &str) -> Option<Rc<str>> {
        self.own.clone().filter(|own| lessons::is_own_of(name, own))
    }

    /// Whether the lesson's panel is there.
    pub fn is_shown(&self) -> bool {
        self.open.is_some() || self.draft.is_some()
    }

    /// Follows the session: how the goals stand, what is solved.
    pub(super) fn follow(&mut self, session: &Session) {
        if let Some(draft) = &mut self.draft {
            let begun = session.timeline.len();
            draft.verdicts = Rc::new(draft.lesson.verdicts(session, begun));
        }
        let Some(open) = &mut self.open else { return };
        if lessons::opened_by(session) != Some(&open.lesson.name) {
            self.open = None;
            return;
        }
        open.verdicts = Rc::new(open.lesson.verdicts(session, open.begun));
        if open.verdicts.iter().all(|verdict| verdict.holds) && !open.solved {
            open.solved = true;
            let commands = lessons::commands(session, open.begun);
            let mark = self.progress.mark_mut(&open.lesson.name);
            mark.shown = open.solving.is_some() && !mark.solved;
            mark.solved |= open.solving.is_none();
            if open.solving.is_none() && (mark.commands == 0 || commands < mark.commands) {
                mark.commands = commands;
            }
        }
    }

    /// Wants a lesson.
    pub(super) fn want(&mut self, name: String, anew: bool) {
        self.wanted = Some(Wanted::Lesson(name, anew));
    }

    /// A lesson that did not come yet is not waited for: something else is looked at.
    pub(super) fn want_no_more(&mut self) {
        self.wanted.take_if(|wanted| matches!(wanted, Wanted::Lesson(_, true)));
    }

    /// The lesson that the text says, as it begins.
    pub(super) fn opened(&mut self, name: &str, source: &str) -> (Session, Vec<Mistake>) {
        let (lesson, mistakes) = lessons::read(name, source);
        let session = lesson.begin();
        let begun = session.timeline.len();
        self.openings += 1;
        self.open = Some(Open {
            lesson: Rc::new(lesson),
            begun,
            verdicts: Rc::default(),
            solved: false,
            // It is learned with the rest: whoever reloads has not solved it alone.
            solving: self.progress.solving.as_ref().filter(|(of, _)| of == name).map(|(_, done)| *done),
        });
        (session, mistakes)
    }

    /// So much of the open lesson's solution is done; none: it is not shown.
    pub(super) fn solve(&mut self, done: Option<usize>) {
        let Some(open) = &mut self.open else { return };
        open.solving = done;
        self.progress.solving = done.map(|done| (open.lesson.name.clone(), done));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::predict::Guess;
    use crate::session::{Act, Past};
    use crate::ui::state::{
        Dialog, Opening, Page, PredictAction, Prefs, Slot, Theme, UiAction, UiState, ViewAction,
    };

    const TEXT: &str = "-- lesson --\ntitle: Cordon it\ngoal: a is cordoned :: 1 nodes spec.unschedulable=true\nkeep: It stays :: always 1 nodes\nhint: x\nhint: y\nsolution: kubectl get nodes\nsolution: kubectl cordon a\n-- nodes.yaml --\napiVersion: v1\nkind: Node\nmetadata: {name: a}\n";

    fn begun() -> Rc<UiState> {
        Rc::new(UiState::first_visit(Prefs::new(Theme::Light)))
    }

    fn after(state: &Rc<UiState>, actions: impl IntoIterator<Item = UiAction>) -> Rc<UiState> {
        actions.into_iter().fold(Rc::clone(state), |state, action| state.reduced(action))
    }

    fn learn(action: LearningAction) -> UiAction {
        UiAction::Learning(action)
    }

    fn fetched(name: &str, anew: bool) -> UiAction {
        learn(LearningAction::Fetched(Wanted::Lesson(name.into(), anew), Some(TEXT.into())))
    }

    fn typed(line: &str) -> UiAction {
        UiAction::Session(Act::Enter(line.into()))
    }

    fn opened() -> Rc<UiState> {
        after(&begun(), [learn(LearningAction::Open("c".into())), fetched("c", true)])
    }

    fn open_name(state: &UiState) -> &str {
        &open(state).lesson.name
    }

    fn open(state: &UiState) -> &Open {
        state.learning.open.as_ref().expect("a lesson is open")
    }

    #[test]
    fn a_lesson_opens_when_its_text_is_there_and_ticks_as_the_cluster_says() {
        let state = opened();
        assert_eq!((state.title(), state.view.slot), ("Cordon it", Slot::Task));
        assert_eq!(state.learning.wanted, Some(Wanted::Index), "it stands in the list");
        assert!(!open(&state).solved);
        let holds =
            |state: &UiState| open(state).verdicts.iter().map(|judged| judged.holds).collect::<Vec<_>>();
        assert_eq!(holds(&state), [false, true]);
        let solved = after(&state, [typed("kubectl cordon a")]);
        assert!(open(&solved).solved && solved.learning.progress.is_solved("c"));
        assert_eq!(solved.learning.progress.mark("c").map(|mark| mark.commands), Some(1));
        let back = after(&solved, [UiAction::Session(Act::Back)]);
        assert_eq!(holds(&back), [false, true]);
        assert!(open(&back).solved, "what was solved stays so until it begins anew");
        let anew = after(&back, [learn(LearningAction::Reset), UiAction::Confirmed(Past::Here)]);
        assert_eq!(holds(&anew), [false, true]);
        assert!(!open(&anew).solved && anew.learning.progress.is_solved("c"));
    }

    #[test]
    fn work_of_ones_own_is_set_aside_for_a_lesson_and_that_of_a_lesson_is_not() {
        let touched = after(&begun(), [typed("kubectl cordon worker-1")]);
        let open = |name: &str| learn(LearningAction::Open(name.into()));
        let acts = [open("c"), fetched("c", true), typed("kubectl cordon a"), open("d"), fetched("d", true)];
        let state = after(&touched, acts);
        assert_eq!(state.storage.kept.len(), 1);
        let example = after(&state, [UiAction::Opened(Opening::Example(crate::examples::first()))]);
        assert!(example.learning.open.is_none(), "another opening leaves the lesson");
    }

    #[test]
    fn hints_come_one_by_one_and_the_solution_thing_by_thing() {
        let state = after(&opened(), [(); 5].map(|()| learn(LearningAction::Hint)));
        assert_eq!(state.learning.progress.mark("c").map(|mark| mark.hints), Some(2));
        let state = after(&state, [learn(LearningAction::Solve), learn(LearningAction::Next)]);
        assert_eq!((open(&state).solving, open(&state).solved), (Some(1), false));
        let state = after(&state, [learn(LearningAction::Next), learn(LearningAction::Next)]);
        assert_eq!((open(&state).solving, open(&state).solved), (Some(2), true));
        let mark = state.learning.progress.mark("c").expect("it was opened");
        assert_eq!((mark.commands, mark.shown, mark.solved), (0, true, false), "it was shown, not solved");
    }

    #[test]
    fn a_guess_is_held_against_what_would_come_and_changes_nothing() {
        let source = lessons::made_of(&begun().session);
        let asks = "asks: placed node-exporter :: kubectl delete ds node-exporter\ngoal: Another :: 1 ds named another\ngoal:";
        let source: Rc<str> = source.replacen("goal:", asks, 1).into();
        let fetched = LearningAction::Fetched(Wanted::Lesson("q".into(), true), Some(source));
        let state = after(&begun(), [learn(LearningAction::Open("q".into())), learn(fetched)]);
        let node = state.session.timeline.world().nodes().next().expect("a node").metadata.name.clone();
        let guess = |guess| UiAction::Predict(PredictAction::Guess(node.clone(), guess));
        let asked = after(&state, [UiAction::Predict(PredictAction::OfLesson)]);
        assert!(asked.guessing().is_some_and(|guessing| guessing.is_open && guessing.nodes.contains(&node)));
        let check = UiAction::Predict(PredictAction::Check);
        let checked = after(&asked, [guess(Guess::Pod), guess(Guess::NoPod), check]);
        let marked =
            checked.guessing().and_then(|guessing| guessing.answered).expect("it is answered").marked.clone();
        assert_eq!((marked.len(), marked[0].is_hit()), (1, true));
        assert_eq!(checked.session.at(), state.session.at());
        let acted =
            after(&checked, [typed("kubectl get ds"), typed(&format!("kubectl label node {node} seen=yes"))]);
        assert!(acted.guessing().is_none(), "what was asked about has been done");
        // Who acts first has nothing to guess there, but has at the step before.
        let ask = UiAction::Predict(PredictAction::OfLesson);
        let first = after(&state, [typed(&format!("kubectl label node {node} seen=yes"))]);
        assert!(open(&first).has_acted(&first.session) && after(&first, [ask.clone()]).guessing().is_none());
        let back = after(&first, [UiAction::Session(Act::Seek(open(&first).begun)), ask]);
        assert!(
            !open(&back).has_acted(&back.session) && back.guessing().is_some_and(|guessing| guessing.is_open)
        );
        let again = after(&checked, [UiAction::Predict(PredictAction::Again)]);
        assert!(again.guessing().is_some_and(|guessing| guessing.is_open && guessing.guesses.is_empty()));
    }

    #[test]
    fn a_reload_finds_the_lesson_again_with_the_work_in_it() {
        let state = after(&opened(), [typed("kubectl cordon a")]);
        let blank = UiState::blank(Prefs::new(Theme::Light), Vec::new());
        let again = Rc::new(blank.with_work(&state.saved()).with_learning(Learning::new("", None, None)));
        assert_eq!(again.learning.wanted, Some(Wanted::Lesson("c".into(), false)));
        let again = after(&again, [fetched("c", false)]);
        assert_eq!((open(&again).begun, open(&again).solved), (open(&state).begun, true));
        assert_eq!(again.session.timeline.len(), state.session.timeline.len());
    }

    #[test]
    fn a_solution_that_was_shown_is_no_solution_of_ones_own_after_a_reload() {
        let learned = [LearningAction::Solve, LearningAction::Next, LearningAction::Next].map(learn);
        let shown = after(&opened(), learned);
        let blank = UiState::blank(Prefs::new(Theme::Light), Vec::new());
        let learning = Learning { progress: shown.learning.progress.clone(), ..Learning::default() };
        let again = Rc::new(blank.with_work(&shown.saved()).with_learning(learning));
        let again = after(&again, [fetched("c", false)]);
        let mark = again.learning.progress.mark("c").expect("it was opened");
        assert_eq!((mark.solved, mark.shown, mark.commands), (false, true, 0));
        let anew = after(&again, [learn(LearningAction::Reset), UiAction::Confirmed(Past::Here)]);
        let reload = |state: &UiState| {
            let blank = UiState::blank(Prefs::new(Theme::Light), Vec::new());
            let learning = Learning { progress: state.learning.progress.clone(), ..Learning::default() };
            Rc::new(blank.with_work(&state.saved()).with_learning(learning))
        };
        let half = after(&opened(), [LearningAction::Solve, LearningAction::Next].map(learn));
        assert_eq!(open(&after(&reload(&half), [fetched("c", false)])).solving, Some(1));
        let anew = after(&reload(&anew), [fetched("c", false)]);
        let solved = after(&anew, [typed("kubectl cordon a")]);
        assert!(solved.learning.progress.mark("c").is_some_and(|mark| mark.solved));
    }

    #[test]
    fn what_one_did_is_not_dropped_before_it_is_asked() {
        let progress = |state: &UiState| state.learning.progress.clone();
        for action in [LearningAction::Reset, LearningAction::Solve] {
            let fresh = after(&opened(), [learn(action.clone())]);
            assert_eq!(fresh.floating.dialog, None, "nothing was done yet");
            let state = after(&opened(), [typed("kubectl cordon a")]);
            let asked = after(&state, [learn(action.clone())]);
            assert_eq!(asked.floating.dialog, Some(Dialog::Lesson(action)));
            assert_eq!(asked.session.at(), state.session.at());
            let done = after(&asked, [UiAction::Confirmed(Past::Here)]);
            assert_ne!(done.session.timeline.len(), state.session.timeline.len());
        }
        let begun = after(&opened(), [typed("kubectl get nodes"), typed("kubectl label node a x=y")]);
        let other = after(&begun, [learn(LearningAction::Open("d".into()))]);
        assert!(other.learning.wanted != Some(Wanted::Lesson("d".into(), true)));
        let other = after(&other, [UiAction::Confirmed(Past::Here)]);
        assert_eq!(other.learning.wanted, Some(Wanted::Lesson("d".into(), true)));
        let clear = after(&opened(), [learn(LearningAction::Clear)]);
        assert_eq!(progress(&clear), progress(&opened()));
        assert_eq!(progress(&after(&clear, [UiAction::Confirmed(Past::Here)])), Progress::default());
    }

    #[test]
    fn a_lesson_that_comes_too_late_does_not_open() {
        let open = |name: &str| learn(LearningAction::Open(name.into()));
        let page = |page| UiAction::View(ViewAction::Page(page));
        let other = after(&begun(), [page(Page::Lessons), open("a"), open("c"), fetched("c", true)]);
        let late = after(&other, [typed("kubectl cordon a"), fetched("a", true)]);
        assert_eq!(open_name(&late), "c");
        let left = after(&begun(), [page(Page::Lessons), open("c"), page(Page::Cluster), fetched("c", true)]);
        assert!(left.learning.open.is_none(), "one went on with the cluster meanwhile");
    }

    #[test]
    fn what_cannot_be_fetched_is_told_and_changes_nothing() {
        let wanted = after(&begun(), [learn(LearningAction::Open("c".into()))]);
        let failed = LearningAction::Fetched(Wanted::Lesson("c".into(), true), None);
        let state = after(&wanted, [learn(failed)]);
        assert!(state.floating.notice.as_ref().is_some_and(|notice| notice.bad));
        assert!(state.learning.wanted.is_none() && state.session == wanted.session);
    }

    #[test]
    fn what_is_open_is_made_a_lesson_and_a_lesson_that_is_pasted_opens() {
        let state = after(&begun(), [learn(LearningAction::Make)]);
        let draft = state.learning.draft.as_ref().expect("a draft");
        assert!(draft.mistakes.is_empty() && draft.verdicts.len() == 1);
        let broken = after(&state, [learn(LearningAction::Write("-- lesson --\nx: y\n".into()))]);
        assert!(!broken.learning.draft.as_ref().is_some_and(|draft| draft.mistakes.is_empty()));
        let tried = after(&broken, [learn(LearningAction::Write(TEXT.into())), learn(LearningAction::Try)]);
        assert_eq!((tried.title(), tried.learning.draft.is_some()), ("Cordon it", false));
        let again = after(&tried, [learn(LearningAction::Make)]);
        assert_eq!(again.learning.draft.as_ref().map(|draft| &*draft.source), Some(TEXT), "it is written on");
        let pasted = after(&begun(), [UiAction::Opened(Opening::Pasted(TEXT.into()))]);
        assert_eq!((pasted.title(), pasted.learning.own.as_deref()), ("Cordon it", Some(TEXT)));
        let blank = UiState::blank(Prefs::new(Theme::Light), Vec::new());
        let own = Learning::new("", Some(TEXT.into()), None);
        let again = blank.with_work(&pasted.saved()).with_learning(own);
        assert_eq!((again.title(), &again.learning.wanted), ("Cordon it", &None), "no server has it");
        let other = Learning::new("", Some(format!("{TEXT}# another")), None);
        let blank = UiState::blank(Prefs::new(Theme::Light), Vec::new());
        let lost = blank.with_work(&pasted.saved()).with_learning(other);
        assert!(
            lost.learning.open.is_none() && lost.learning.wanted.is_none(),
            "another text is another lesson"
        );
        assert!(lost.floating.notice.as_ref().is_some_and(|notice| notice.text.contains("lesson")));
    }

    #[test]
    fn a_lesson_that_is_written_is_there_again_after_it_was_closed_or_the_page_was() {
        let write = LearningAction::Write(TEXT.into());
        let state =
            after(&begun(), [learn(LearningAction::Make), learn(write), learn(LearningAction::Unmake)]);
        assert!(!state.learning.is_shown());
        assert_eq!(state.learning.written().map(|text| &**text), Some(TEXT));
        let source = |state: &UiState| state.learning.draft.as_ref().map(|draft| draft.source.to_string());
        assert_eq!(source(&after(&state, [learn(LearningAction::Make)])).as_deref(), Some(TEXT));
        let blank = UiState::blank(Prefs::new(Theme::Light), Vec::new()).with_example();
        let again = Rc::new(blank.with_learning(Learning::new("", None, Some(TEXT.into()))));
        let again = after(&again, [learn(LearningAction::Make)]);
        assert_eq!(source(&again).as_deref(), Some(TEXT));
        let asked = after(&again, [learn(LearningAction::Remake)]);
        assert_eq!(source(&asked).as_deref(), Some(TEXT), "it is asked first");
        let anew = after(&asked, [UiAction::Confirmed(Past::Here)]);
        assert_eq!(source(&anew), Some(lessons::made_of(&anew.session)));
        let made = after(&again, [learn(LearningAction::Make)]);
        assert_eq!(source(&made).as_deref(), Some(TEXT), "it is what one writes already");
        let example = UiAction::Opened(Opening::Example(crate::examples::first()));
        let tried = after(&again, [learn(LearningAction::Try), example, learn(LearningAction::Make)]);
        assert_eq!(source(&tried).as_deref(), Some(TEXT), "to try it does not end it");
    }
}
