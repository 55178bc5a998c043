use super::model::Model;
use crate::explain::count;
use crate::explain::predict::{Guess, Marked, Question};
use crate::session::Act;
use crate::sim::StepNo;
use crate::ui::browser::focus;
use crate::ui::figures::guess_sign;
use crate::ui::state::{PanelProps, PredictAction, UiAction};
use crate::ui::widgets::{emit, icon, icon_small, pieces};
use yew::prelude::*;

/// What stands above the cluster while one guesses: the question as one asks a room, and how it stands.
pub fn guess_bar(model: &Model, act: &Callback<UiAction>) -> Html {
    // The bar goes, and the focus with it: it goes to what opens the bar.
    let end = act.reform(|_: MouseEvent| {
        focus(".guess-first");
        UiAction::Predict(PredictAction::End)
    });
    html! {
        <section class="guess-bar" aria-label="The question">
            <div class="guess-asks">
                <h2 aria-live="polite">{ model.title() }</h2>
                <p>
                    if let Some((then, has_lines)) = &model.then { { "You run " }<code>{ then.clone() }</code>{ if *has_lines { " with the lines in the task. " } else { ". " } } }
                    { if model.nodes.is_empty() { nobody(model) } else { model.question.asks() } }
                </p>
            </div>
            if let Some(answered) = &model.answered {
                { tallied(answered.hits(), answered.marked.len(), model.nodes.len()) }
                <button class="button" onclick={emit(act, UiAction::Predict(PredictAction::Again))}>{ icon("i-undo") }{ "Guess again" }</button>
            } else if model.can_guess {
                <span class="badge">{ format!("{} of {}", model.guessed(), model.nodes.len()) }</span>
                if model.guessed() > 0 {
                    <button class="button" onclick={emit(act, UiAction::Predict(PredictAction::Clear))}>{ "Clear all" }</button>
                }
                <button class="button button--primary" onclick={emit(act, UiAction::Predict(PredictAction::Check))}>
                    { check_words(model) }if !model.of_lesson { <span class="kbd">{ "Ctrl ⏎" }</span> }
                </button>
            } else if let Some(no) = model.before_last {
                <button class="button button--primary" onclick={act.reform(move |_: MouseEvent| UiAction::Session(Act::Seek(no)))}>
                    { icon("i-undo") }{ format!("Go back to step {no} and guess") }
                </button>
            }
            <button class="button button--quiet" title="Stop guessing (Esc)" onclick={end}>{ icon_small("i-x") }<span class="visually-hidden">{ "Stop guessing" }</span></button>
        </section>
    }
}

/// How many hits and misses there were.
fn tallied(hits: usize, marked: usize, all: usize) -> Html {
    html! {
        <span class="guess-score">
            <span class="badge badge--good">{ icon_small("i-check") }{ plural(hits, "hit", "hits") }</span>
            <span class="badge badge--bad">{ icon_small("i-x") }{ plural(marked - hits, "miss", "misses") }</span>
            if all > marked { <span class="badge">{ icon_small("i-dash") }{ format!("{} not guessed", all - marked) }</span> }
        </span>
    }
}

fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The panel in the place of Why?: who was guessed to be what, and what came of it.
#[component]
pub fn PredictPanel(props: &PanelProps<Option<Model>>) -> Html {
    let PanelProps { given, act } = props;
    let Some(model) = given else { return html! {} };
    html! {
        <section class="panel panel--why panel--guess" aria-label="Your guess">
            <div class="predict-side">
                if let Some(answered) = &model.answered {
                    <h2 class="predict-title">{ "What came of it" }</h2>
                    if !answered.proviso.is_empty() { <p class="muted">{ answered.proviso }</p> }
                    { results(&answered.marked, model.last, act) }
                    if !model.of_lesson && model.can_guess {
                        <div><button class="button" onclick={emit(act, UiAction::Predict(PredictAction::Ask(model.question)))}>{ "Ask from here" }</button></div>
                    }
                } else {
                    <h2 class="predict-title">{ "Guess first" }</h2>
                    if !model.of_lesson { { questions(model.question, act) } }
                    if model.can_guess && !model.nodes.is_empty() {
                        { tally(model) }
                        { keys(model) }
                    } else {
                        <p class="muted">{ nobody(model) }</p>
                    }
                }
            </div>
        </section>
    }
}

/// Why there is no node to guess.
fn nobody(model: &Model) -> &'static str {
    match model.question {
        _ if !model.can_guess => {
            "Nothing more happens by itself here, so there is nothing to guess. Change something, or ask about what you did last."
        }
        Question::Placed => "There is no DaemonSet to ask about, or no node.",
        Question::Evicted => "No node has a pod that could be lost.",
        Question::Updated => "No node has a pod of this DaemonSet.",
    }
}

fn check_words(model: &Model) -> String {
    let run = match (model.of_lesson, model.first) {
        (true, _) => "Show",
        (false, "") => "Run",
        (false, _) => "Apply, run",
    };
    match model.guessed() {
        _ if model.of_lesson => "Check my guess".into(),
        0 => format!("{run} and show"),
        guessed => format!("{run} and check {guessed}"),
    }
}

/// The choice between the questions.
fn questions(shown: Question, act: &Callback<UiAction>) -> Html {
    html! {
        <div class="segmented segmented--tight predict-questions" role="group" aria-label="Question">
            { for Question::ALL.into_iter().map(|question| html! {
                <button aria-pressed={(question == shown).to_string()} onclick={emit(act, UiAction::Predict(PredictAction::Ask(question)))}>{ question.name() }</button>
            }) }
        </div>
    }
}

/// Who was guessed to be what.
fn tally(model: &Model) -> Html {
    let row = |sign: &'static str, word: &'static str, names: Vec<&str>| {
        html! {
            <div><dt>{ icon_small(sign) }{ word }</dt><dd>{ some_of(&names) }</dd></div>
        }
    };
    html! {
        <section aria-label="Your guesses">
            <h3>{ "Your guesses" }<span class="badge">{ format!("{} of {}", model.guessed(), model.nodes.len()) }</span></h3>
            <dl class="predict-tally">
                { for model.question.choices().iter().map(|guess| row(guess_sign(*guess), guess.told(), model.names(Some(*guess)))) }
                { row("i-ring", "open", model.names(None)) }
            </dl>
        </section>
    }
}

/// Names, of many the first ones and how many more.
fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    match names.len() {
        0 => "none yet".into(),
        all if all <= SHOWN => names.join(", "),
        all => format!("{} and {} more", names[..SHOWN].join(", "), all - SHOWN),
    }
}

/// What the keys and the pointer do.
fn keys(model: &Model) -> Html {
    let row = |words: &'static str, keys: &[&'static str]| {
        html! { <li><span>{ words }</span><span class="grow" />{ for keys.iter().map(|key| html! { <span class="kbd">{ *key }</span> }) }</li> }
    };
    html! {
        <section aria-label="Keys">
            <h3>{ "Keys" }</h3>
            <ul class="predict-keys">
                { row("next answer for a node", &["click", "Enter"]) }
                { row("for all nodes like it", &["Shift click", "Shift Enter"]) }
                { row("from node to node", &["arrow keys"]) }
                { row("take a guess back", &["Del"]) }
                if !model.of_lesson { { row("show the answer", &["→", "Space", "R"]) } }
            </ul>
            <p class="muted predict-hint">{ "Nodes without a guess are not counted. While you guess, the answer is hidden: taints do not show whether the pod tolerates them." }</p>
        </section>
    }
}

/// So many results are listed of each kind.
const RESULTS: usize = 50;

/// What came of the guesses, the misses first.
fn results(marked: &[Marked], last: StepNo, act: &Callback<UiAction>) -> Html {
    let (hits, misses): (Vec<&Marked>, Vec<&Marked>) = marked.iter().partition(|marked| marked.is_hit());
    let list = |title: &'static str, class: &'static str, all: Vec<&Marked>| {
        if all.is_empty() {
            return html! {};
        }
        html! {
            <section aria-label={title}>
                <h3>{ title }<span class={class}>{ all.len() }</span></h3>
                <ul class="predict-marks">{ for all.iter().take(RESULTS).map(|marked| result(marked, last, act)) }</ul>
                if all.len() > RESULTS { <p class="muted">{ format!("and {}. The map shows them all.", count(all.len() - RESULTS, "more node")) }</p> }
            </section>
        }
    };
    html! {
        <div class="predict-results">
            { list("Misses", "badge badge--bad", misses) }
            { list("Hits", "badge badge--good", hits) }
        </div>
    }
}

fn result(marked: &Marked, last: StepNo, act: &Callback<UiAction>) -> Html {
    let is_hit = marked.is_hit();
    html! {
        <li class={(!is_hit).then_some("is-miss")}>
            <p>
                { icon_small(if is_hit { "i-check" } else { "i-x" }) }
                <b>{ marked.node.to_string() }</b>
                if is_hit { { " " }{ marked.right.told() } } else {
                    <><s>{ format!("you: {}", marked.guess.told()) }</s>{ " → " }{ Guess::told(marked.right) }</>
                }
            </p>
            <p>{ pieces(&marked.why) }</p>
            if let Some(no) = marked.step.filter(|no| *no <= last) {
                <button class="button button--link" onclick={act.reform(move |_: MouseEvent| UiAction::Session(Act::Seek(no)))}>{ format!("Go to step {no}") }</button>
            }
        </li>
    }
}
