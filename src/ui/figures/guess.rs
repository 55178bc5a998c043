//! A guess on a node's card: the answers to choose from, and later what came of it.

use crate::api::EcoString;
use crate::explain::predict::Guess;
use crate::ui::state::{NodeGuess, PredictAction, UiAction};
use crate::ui::widgets::{icon, icon_small, pieces};
use yew::prelude::*;

/// The sign of a guess.
pub fn guess_sign(guess: Guess) -> &'static str {
    match guess {
        Guess::Pod | Guess::Stays => "p-ready",
        Guess::Pending | Guess::Later => "p-pending",
        Guess::NoPod => "i-dash",
        Guess::Leaves => "p-terminating",
        Guess::Next => "i-step",
    }
}

/// The answers to choose from. `tab` is the place in the order of the Tab key.
pub fn guess_choices(
    node: &EcoString,
    asked: &NodeGuess,
    tab: &'static str,
    act: &Callback<UiAction>,
) -> Html {
    let choice = |guess: &Guess| {
        let onclick = {
            let (act, node, guess) = (act.clone(), node.clone(), *guess);
            Callback::from(move |event: MouseEvent| {
                event.stop_propagation();
                act.emit(UiAction::Predict(PredictAction::Guess(node.clone(), guess)));
            })
        };
        html! {
            <button aria-pressed={(asked.guess == Some(*guess)).to_string()} tabindex={tab} {onclick}>{ icon(guess_sign(*guess)) }{ guess.told() }</button>
        }
    };
    html! {
        <div class="ask" role="group" aria-label={format!("Your guess for {node}")}>
            { for asked.question.choices().iter().map(choice) }
        </div>
    }
}

/// The guess, once the answer is known; a miss with its reason.
pub fn guess_result(asked: &NodeGuess) -> Html {
    let right = asked.right.map(Guess::told).unwrap_or_default();
    html! {
        <div class="guess-row">
            if let (Some(guess), Some(is_hit)) = (asked.guess, asked.is_hit()) {
                <span>{ icon_small("i-user") }{ format!("you: {}", guess.told()) }</span>
                if is_hit { <span class="badge badge--good">{ icon_small("i-check") }{ "hit" }</span> } else {
                    <span class="badge badge--bad">{ icon_small("i-x") }{ format!("miss: {right}") }</span>
                }
            } else {
                <span class="muted">{ "no guess" }</span><span>{ right }</span>
            }
            if !asked.why.is_empty() { <p class="guess-why">if asked.is_foretold { { "After the command: " } }{ pieces(&asked.why) }</p> }
        </div>
    }
}
