//! A goal of a lesson, as a line of a list.

use crate::lessons::{Evidence, Goal, Judged};
use crate::session::Act;
use crate::ui::state::{Selection, UiAction};
use crate::ui::widgets::{ask_why, emit, icon, icon_small, pieces};
use yew::prelude::*;

/// A goal, and what contradicts it.
pub(super) fn row(goal: &Goal, verdict: &Judged, act: &Callback<UiAction>) -> Html {
    let (sign, word) = match (verdict.holds, verdict.against) {
        (true, _) => ("i-done", "done"),
        (false, true) => ("i-error", "broken"),
        (false, false) => ("i-ring", "to do"),
    };
    // What a step broke no later step mends.
    let back = verdict.link.as_ref().and_then(|link| match link {
        Evidence::Step(no) => no.checked_sub(1),
        Evidence::Object(_) => None,
    });
    let goes = verdict.link.as_ref().and_then(|link| match link {
        Evidence::Object(key) => {
            let words = format!("Why? {}", key.name);
            Selection::of(key).map(|selection| (words, ask_why(act, selection)))
        }
        Evidence::Step(no) => {
            Some((format!("Go to step {no}"), emit(act, UiAction::Session(Act::Seek(*no)))))
        }
    });
    html! {
        <li class={classes!("goal", verdict.holds.then_some("yes"), verdict.against.then_some("no"))}>
            { icon(sign) }
            <span class="goal-words"><span class="visually-hidden">{ format!("{word}: ") }</span>{ &goal.label }
                if !verdict.holds && !verdict.words.is_empty() {
                    <small>{ pieces(&verdict.words) }</small>
                }
                if let Some((words, onclick)) = goes {
                    { " " }<button class="button button--link" {onclick}>{ words }</button>
                }
                if let Some(no) = back {
                    <small>{ "No later step mends this. Go back to the step before it and go on from there, or Reset. " }</small>
                    <button class="button button--small" onclick={emit(act, UiAction::Session(Act::Seek(no)))}>{ icon_small("i-undo") }{ format!("Go back to step {no}") }</button>
                }
            </span>
        </li>
    }
}
