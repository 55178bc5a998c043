use super::model::{GuessCard, Model, model};
use crate::api::EcoString;
use crate::explain::predict::{Guess, Marked, Question};
use crate::session::Act;
use crate::ui::figures::{Emphasis, Marks, meter, pod};
use crate::ui::state::{Asking, PanelProps, PredictAction, UiAction};
use crate::ui::widgets::{icon, icon_small, pieces};
use std::rc::Rc;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// The panel: the nodes on the left, the question and what came of it on the right.
#[component]
pub fn PredictPanel(props: &PanelProps<Asking>) -> Html {
    let PanelProps { given, act } = props;
    let model = use_memo(given.clone(), model);
    let title = match &model.answered {
        Some(answered) => answered.told(),
        None => "What do you think?".into(),
    };
    html! {
        <div class="predict">
            <div class="predict-nodes" role="group" aria-label="Nodes">
                { for model.cards.iter().map(|card| guess_card(card, &model, act)) }
                if model.cards.is_empty() {
                    <p class="muted">{ nobody(&model) }</p>
                }
            </div>
            <section class="predict-side" aria-label="Your guess">
                <h2 class="predict-title" aria-live="polite">{ title }</h2>
                <p class="predict-asks">{ model.question.asks() }</p>
                { questions(model.question, act) }
                if let Some(answered) = &model.answered {
                    if !answered.proviso.is_empty() { <p class="muted">{ answered.proviso }</p> }
                    { results(&answered.marked, act) }
                    <div class="predict-acts">
                        <button class="button" onclick={emit(act, PredictAction::Again)}>{ icon("i-undo") }{ "Guess again" }</button>
                        if model.can_guess {
                            <button class="button button--primary" onclick={emit(act, PredictAction::Ask(model.question))}>{ "Ask from here" }</button>
                        }
                    </div>
                } else if model.can_guess {
                    { tally(&model) }
                    <p class="muted predict-hint">{ "Nodes without a guess are not counted. " }<span class="kbd">{ "Tab" }</span>{ " next node, " }<span class="kbd">{ "←" }</span>{ " " }<span class="kbd">{ "→" }</span>{ " choose, " }<span class="kbd">{ "Del" }</span>{ " take back. Any key that goes on shows the answer: " }<span class="kbd">{ "R" }</span>{ "." }</p>
                    <div class="predict-acts">
                        if model.guessed > 0 {
                            <button class="button" onclick={emit(act, PredictAction::Clear)}>{ "Clear all" }</button>
                        }
                        <button class="button button--primary" onclick={emit(act, PredictAction::Check)}>
                            { check_words(&model) }<span class="kbd">{ "Ctrl ⏎" }</span>
                        </button>
                    </div>
                } else {
                    { nothing_to_come(&model, act) }
                }
            </section>
        </div>
    }
}

fn nobody(model: &Model) -> &'static str {
    match model.question {
        Question::Placed => "There is no DaemonSet to ask about, or no node.",
        Question::Evicted => "No node has a pod that could be lost.",
        Question::Updated => "No node has a pod of this DaemonSet.",
    }
}

fn check_words(model: &Model) -> String {
    let run = if model.first.is_empty() { "Run".to_owned() } else { format!("{}, run", model.first) };
    match model.guessed {
        0 => format!("{run} and show"),
        guessed => format!("{run} and check {guessed}"),
    }
}

fn emit(act: &Callback<UiAction>, action: PredictAction) -> Callback<MouseEvent> {
    let act = act.clone();
    Callback::from(move |_| act.emit(UiAction::Predict(action.clone())))
}

/// The choice between the questions.
fn questions(shown: Question, act: &Callback<UiAction>) -> Html {
    html! {
        <div class="segmented segmented--tight predict-questions" role="group" aria-label="Question">
            { for Question::ALL.into_iter().map(|question| html! {
                <button aria-pressed={(question == shown).to_string()} onclick={emit(act, PredictAction::Ask(question))}>{ question.name() }</button>
            }) }
        </div>
    }
}

/// That nothing happens by itself, and what can be asked about.
fn nothing_to_come(model: &Model, act: &Callback<UiAction>) -> Html {
    html! {
        <>
            <p>{ "Nothing more happens by itself here, so there is nothing to guess. Change something, or ask about what you did last." }</p>
            if let Some(no) = model.before_last {
                <div class="predict-acts">
                    <button class="button button--primary" onclick={act.reform(move |_: MouseEvent| UiAction::Session(Act::Seek(no)))}>
                        { icon("i-undo") }{ format!("Go back to step {no} and guess") }
                    </button>
                </div>
            }
        </>
    }
}

/// Who was guessed to be what.
fn tally(model: &Model) -> Html {
    let names = |guess: Option<Guess>| -> Vec<&str> {
        model.cards.iter().filter(|card| card.guess == guess).map(|card| card.title.as_str()).collect()
    };
    let row = |sign: &'static str, word: &'static str, names: Vec<&str>| {
        html! {
            <div><dt>{ icon_small(sign) }{ word }</dt><dd>{ if names.is_empty() { "none yet".into() } else { names.join(", ") } }</dd></div>
        }
    };
    html! {
        <section aria-label="Your guesses">
            <h3>{ "Your guesses" }<span class="badge">{ format!("{} of {}", model.guessed, model.all) }</span></h3>
            <dl class="predict-tally">
                { for model.question.choices().iter().map(|guess| row(sign(*guess), guess.told(), names(Some(*guess)))) }
                { row("i-ring", "open", names(None)) }
            </dl>
        </section>
    }
}

/// What came of the guesses, the misses first.
fn results(marked: &[Marked], act: &Callback<UiAction>) -> Html {
    let (hits, misses): (Vec<&Marked>, Vec<&Marked>) = marked.iter().partition(|marked| marked.is_hit());
    let list = |title: &'static str, class: &'static str, all: Vec<&Marked>| {
        if all.is_empty() {
            return html! {};
        }
        html! {
            <section aria-label={title}>
                <h3>{ title }<span class={class}>{ all.len() }</span></h3>
                <ul class="predict-marks">{ for all.into_iter().map(|marked| result(marked, act)) }</ul>
            </section>
        }
    };
    html! {
        <div class="predict-results" tabindex="0" role="group" aria-label="What came of your guesses">
            { list("Misses", "badge badge--bad", misses) }
            { list("Hits", "badge badge--good", hits) }
        </div>
    }
}

fn result(marked: &Marked, act: &Callback<UiAction>) -> Html {
    let is_hit = marked.is_hit();
    html! {
        <li class={(!is_hit).then_some("is-miss")}>
            <p>
                { icon_small(if is_hit { "i-check" } else { "i-x" }) }
                <b>{ marked.node.to_string() }</b>
                if is_hit { { " " }{ marked.right.told() } } else {
                    <><s>{ format!("you: {}", marked.guess.told()) }</s>{ " → " }{ marked.right.told() }</>
                }
            </p>
            <p>{ pieces(&marked.why) }</p>
            if let Some(no) = marked.step {
                <button class="button button--link" onclick={act.reform(move |_: MouseEvent| UiAction::Session(Act::Seek(no)))}>{ format!("Go to step {no}") }</button>
            }
        </li>
    }
}

/// The sign of a guess.
fn sign(guess: Guess) -> &'static str {
    match guess {
        Guess::Pod | Guess::Stays => "p-ready",
        Guess::Pending | Guess::Later => "p-pending",
        Guess::NoPod => "i-dash",
        Guess::Leaves => "p-terminating",
        Guess::Next => "i-step",
    }
}

fn guess_card(card: &GuessCard, model: &Model, act: &Callback<UiAction>) -> Html {
    let status = match card.tone {
        Emphasis::Plain => "node-status",
        Emphasis::Warn => "node-status node-status--warn",
        Emphasis::Bad => "node-status node-status--bad",
    };
    let is_hit = card.is_hit();
    let class = classes!(
        "node",
        "guess-card",
        (is_hit == Some(false)).then_some("is-miss"),
        (!card.taints.is_empty()).then_some("has-fence")
    );
    html! {
        <article {class} key={card.title.clone()} aria-label={format!("{}, {}", card.title, card.status)}>
            if !card.taints.is_empty() { <i class="fence" /> }
            <div class="node-head">
                <span class="node-name">{ card.title.clone() }</span>
                <span class="node-role">{ for card.role.iter().map(|part| html! { <span>{ part.clone() }</span> }) }</span>
                <span class={status}>{ card.status.clone() }</span>
            </div>
            { for card.taints.iter().map(|taint| html! { <div class="taint">{ icon("g-shut") }<span class="core">{ taint.clone() }</span></div> }) }
            <div class="meters">{ for card.meters.iter().map(meter) }</div>
            <div class="pods">
                { for card.pods.iter().map(|chip| pod(chip, Marks::default(), "-1", act)) }
                if !card.others.is_empty() { <div class="others">{ for card.others.iter().map(|chip| pod(chip, Marks::default(), "-1", act)) }</div> }
            </div>
            if model.answered.is_some() { { answer(card) } } else if model.can_guess { { choices(card, model.question, act) } }
        </article>
    }
}

/// The guess under the card, once the answer is known.
fn answer(card: &GuessCard) -> Html {
    let right = card.right.map(Guess::told).unwrap_or_default();
    html! {
        <div class="guess-row">
            if let (Some(guess), Some(is_hit)) = (card.guess, card.is_hit()) {
                <span>{ icon_small("i-user") }{ format!("you: {}", guess.told()) }</span>
                if is_hit { <span class="badge badge--good">{ icon_small("i-check") }{ "hit" }</span> } else {
                    <span class="badge badge--bad">{ icon_small("i-x") }{ format!("miss: {right}") }</span>
                }
            } else {
                <span class="muted">{ "no guess" }</span><span>{ right }</span>
            }
        </div>
    }
}

/// The answers to choose from.
fn choices(card: &GuessCard, question: Question, act: &Callback<UiAction>) -> Html {
    let choices = question.choices();
    let on_key = {
        let (act, names) = (act.clone(), Rc::clone(&card.names));
        Callback::from(move |event: KeyboardEvent| key_pressed(&event, choices, &names, &act))
    };
    let first = card.guess.unwrap_or(choices[0]);
    html! {
        <div class="ask" role="radiogroup" aria-label={format!("Your guess for {}", card.title)} onkeydown={on_key}>
            { for choices.iter().map(|guess| html! {
                <button role="radio" aria-checked={(card.guess == Some(*guess)).to_string()} tabindex={if *guess == first { "0" } else { "-1" }}
                    onclick={emit(act, PredictAction::Guess(Rc::clone(&card.names), *guess))}>{ icon(sign(*guess)) }{ guess.told() }</button>
            }) }
        </div>
    }
}

/// The arrows choose, and Delete takes back.
fn key_pressed(
    event: &KeyboardEvent,
    choices: &'static [Guess],
    names: &Rc<[EcoString]>,
    act: &Callback<UiAction>,
) {
    let target = event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok());
    let Some(target) = target else { return };
    let next = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => target.next_element_sibling(),
        "ArrowLeft" | "ArrowUp" => target.previous_element_sibling(),
        "Delete" | "Backspace" => {
            event.prevent_default();
            act.emit(UiAction::Predict(PredictAction::Forget(Rc::clone(names))));
            return;
        }
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    let is_open = target.get_attribute("aria-checked").as_deref() != Some("true")
        && target
            .parent_element()
            .is_some_and(|group| group.query_selector("[aria-checked=true]").ok().flatten().is_none());
    // The first arrow chooses what has the focus.
    let Some(chosen) = (if is_open { Some(target) } else { next }) else { return };
    let mut place = 0;
    let mut before = chosen.previous_element_sibling();
    while let Some(element) = before {
        place += 1;
        before = element.previous_element_sibling();
    }
    if let Some(guess) = choices.get(place) {
        act.emit(UiAction::Predict(PredictAction::Guess(Rc::clone(names), *guess)));
    }
    if let Ok(element) = wasm_bindgen::JsCast::dyn_into::<HtmlElement>(chosen) {
        drop(element.focus());
    }
}
