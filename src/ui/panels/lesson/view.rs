//! The open lesson: its text, its goals, its hints, its solution.

use super::Given;
use super::goal::row;
use super::make::Make;
use super::model::{held, place, score};
use crate::explain::Piece;
use crate::lessons::{Guessed, Lesson, Move, Passage, blocks};
use crate::session::Act;
use crate::ui::Shared;
use crate::ui::browser::focus;
use crate::ui::panels::predict;
use crate::ui::state::{LearningAction, Open, Page, PanelProps, PredictAction, UiAction, ViewAction};
use crate::ui::widgets::{emit, icon, icon_small, pieces};
use web_sys::Element;
use yew::prelude::*;

/// The panel.
#[component]
pub fn LessonPanel(props: &PanelProps<Given>) -> Html {
    let PanelProps { given: state, act } = props;
    // Who opened a lesson reads it: up and down scroll, left and right step.
    let scroll = use_node_ref();
    {
        let scroll = scroll.clone();
        use_effect_with(state.learning.openings, move |_| {
            if let Some(scroll) = scroll.cast::<Element>() {
                scroll.set_scroll_top(0);
            }
            focus(".task-scroll");
        });
    }
    {
        let scroll = scroll.clone();
        let is_shown = state.learning.open.as_ref().is_some_and(|open| open.solving.is_some());
        use_effect_with(is_shown, move |is_shown| {
            let part = scroll.cast::<Element>().filter(|_| *is_shown);
            if let Some(Ok(Some(part))) = part.map(|scroll| scroll.query_selector(".task-solution")) {
                part.scroll_into_view();
            }
        });
    }
    if let Some(draft) = &state.learning.draft {
        return html! { <Make draft={Shared::from(&std::rc::Rc::new(draft.clone()))} act={act.clone()} /> };
    }
    let Some(open) = &state.learning.open else { return html! {} };
    let lesson = &open.lesson;
    let learn = |action: LearningAction| emit(act, UiAction::Learning(action));
    let hints = state.learning.progress.mark(&lesson.name).unwrap_or_default().hints;
    let next = state.learning.index.as_ref().and_then(|index| index.after(&lesson.name));
    let (next, next_word) = match next {
        Some(next) => {
            let word = if next.level == 0 { "Next lesson" } else { "Next challenge" };
            (learn(LearningAction::Open(next.name.clone())), word)
        }
        None => (emit(act, UiAction::View(ViewAction::Page(Page::Lessons))), "All lessons"),
    };
    html! {
        <section class="panel panel--task" aria-label="Lesson">
            <header class="task-head">
                <button class="button button--quiet button--small" title="All lessons (L)"
                    onclick={emit(act, UiAction::View(ViewAction::Page(Page::Lessons)))}>{ icon_small("i-back") }{ "Lessons" }</button>
                <span class="muted">{ place(&state.learning, open) }</span>
            </header>
            <div class="task-scroll" ref={scroll} tabindex="0" role="region" aria-label={lesson.title.clone()}>
                <h2>{ &lesson.title }</h2>
                { text(&lesson.text[0]) }
                if let Some(asked) = lesson.asks.as_ref().filter(|_| open.solving.is_none() && !open.is_over(&state.session)) {
                    { guess(asked, open, state, act) }
                }
                <h3 class="task-part">{ "Goals" }<span class="muted" role="status">
                    { held(open) }
                    { score(open, &state.session).map(|score| format!(" · {score}")) }
                </span></h3>
                <ul class="goals">
                    { for lesson.goals.iter().zip(open.verdicts.iter()).map(|(goal, verdict)| row(goal, verdict, act)) }
                </ul>
                if let Some(next) = open.solving {
                    { solution(open, next, act) }
                } else if !open.solved {
                    { for lesson.hints.iter().take(hints).enumerate().map(|(index, hint)| html! {
                        <div class="hint"><b>{ format!("Hint {} of {}. ", index + 1, lesson.hints.len()) }</b>{ text(hint) }</div>
                    }) }
                    if hints < lesson.hints.len() {
                        <button class="button button--link" onclick={learn(LearningAction::Hint)}>
                            { if hints == 0 { "Show a hint" } else { "Next hint" } }
                        </button>
                    }
                }
                if open.solved {
                    <div class="taught">{ text(&lesson.text[1]) }</div>
                }
            </div>
            <footer class="task-foot">
                <button class="button" onclick={learn(LearningAction::Reset)}>{ icon("i-undo") }{ "Reset" }</button>
                if open.solving.is_none() && !lesson.solution.is_empty() {
                    <button class="button button--quiet" onclick={learn(LearningAction::Solve)}>{ "Show solution" }</button>
                }
                <span class="grow" />
                <button class={classes!("button", open.solved.then_some("button--primary"))} onclick={next}>{ next_word }</button>
            </footer>
        </section>
    }
}

/// What is guessed before it runs, on the nodes themselves, and what came of it.
fn guess(asked: &Guessed, open: &Open, state: &Given, act: &Callback<UiAction>) -> Html {
    let (lesson, guessing) = (&open.lesson, state.guessing.as_ref());
    let begin = {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| {
            act.emit(UiAction::View(ViewAction::Show(&predict::PANEL)));
            act.emit(UiAction::Predict(PredictAction::OfLesson));
        })
    };
    let answered = guessing.and_then(|guessing| guessing.answered.as_ref());
    html! {
        <section class="guess" aria-label="Guess first">
            <h3>{ "Guess first" }</h3>
            if let Some(lines) = changed(&asked.then, lesson) {
                <p>{ "Suppose that these lines stood in manifest.yaml:" }</p>
                <pre>{ lines }</pre>
            }
            <p>{ "You run " }<code>{ asked.then.words().to_owned() }</code>{ ". " }{ asked.question.asks() }</p>
            if let Some(answered) = answered {
                <p role="status">{ format!("{}. The marks are on the nodes.", answered.told()) }</p>
            } else if let Some(guessing) = guessing {
                <p role="status">{ format!("Guess at each node: {} of {} guessed.", guessing.guesses.len(), guessing.nodes.len()) }</p>
                if !guessing.guesses.is_empty() {
                    <button class="button" onclick={emit(act, UiAction::Predict(PredictAction::Check))}>{ "Check my guess" }</button>
                }
            } else if open.has_acted(&state.session) {
                <p>{ "To guess, go back to where the lesson began: what you did since stays." }</p>
                <button class="button" onclick={emit(act, UiAction::Session(Act::Seek(open.begun)))}>{ icon_small("i-back") }{ format!("Back to step {}", open.begun) }</button>
            } else {
                <button class="button" onclick={begin}>{ icon("i-guess") }{ "Guess on the nodes" }</button>
            }
        </section>
    }
}

/// The lines that something changes in a text before it is done.
fn changed(a_move: &Move, lesson: &Lesson) -> Option<String> {
    let file = a_move.file().filter(|file| file.ends_with(".diff"))?;
    lesson.files.get(file).cloned()
}

/// What is done to solve it, and what comes next.
fn solution(open: &Open, next: usize, act: &Callback<UiAction>) -> Html {
    let lesson = &open.lesson;
    let line = |(index, a_move): (usize, &Move)| {
        let is_done = index < next;
        html! {
            <li class={classes!("goal", is_done.then_some("yes"))} aria-current={(index == next).then_some("step")}>
                { icon(if is_done { "i-done" } else { "i-ring" }) }
                <span class="goal-words"><code>{ a_move.words().to_owned() }</code>
                    if let Some(diff) = changed(a_move, lesson) { <pre>{ diff }</pre> }
                </span>
            </li>
        }
    };
    html! {
        <>
            <h3 class="task-part task-solution">{ "Solution" }</h3>
            <ol class="goals">{ for lesson.solution.iter().enumerate().map(line) }</ol>
            if next < lesson.solution.len() {
                <button class="button" onclick={emit(act, UiAction::Learning(LearningAction::Next))}>{ icon("i-step") }{ "Do the next one" }</button>
            }
        </>
    }
}

/// A text of the lesson.
fn text(markdown: &str) -> Html {
    let entries = |entries: Vec<Vec<Piece>>| {
        entries.iter().map(|entry| html! { <li>{ pieces(entry) }</li> }).collect::<Html>()
    };
    let block = |block: Passage| match block {
        Passage::Heading(words) => html! { <h3>{ words }</h3> },
        Passage::Paragraph(words) => html! { <p>{ pieces(&words) }</p> },
        Passage::List(true, list) => html! { <ol>{ entries(list) }</ol> },
        Passage::List(false, list) => html! { <ul>{ entries(list) }</ul> },
        Passage::Code(code) => html! { <pre>{ code }</pre> },
    };
    html! { <div class="prose">{ for blocks(markdown).into_iter().map(block) }</div> }
}
