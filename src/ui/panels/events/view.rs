//! The events table.

use super::Given;
use super::model::{EventRow, model, none};
use crate::session::Act;
use crate::ui::state::{PanelProps, Selection, UiAction, ViewAction};
use crate::ui::widgets::{Late, about, ask_why, by_words, use_late};
use yew::prelude::*;

/// What `kubectl get events` would say at the shown step.
#[component]
pub fn EventsPanel(props: &PanelProps<Given>) -> Html {
    let run = use_late(&props.given, Late::PICTURES.if_large(props.given.run.world())).run;
    let rows = model(&run);
    let all = run.world().event_count();
    html! {
        if rows.is_empty() {
            <p class="log-empty">{ none(&run) }</p>
        } else {
            <div class="events-wrap" tabindex="0" role="region" aria-label="Events, the latest first">
                <table class="events">
                    <thead><tr>
                        { for ["LAST SEEN", "TYPE", "REASON", "OBJECT, MESSAGE"].map(|head| html! { <th scope="col">{ head }</th> }) }
                    </tr></thead>
                    <tbody>{ for rows.iter().map(|row| line(row, &props.act)) }</tbody>
                </table>
                if all > rows.len() { <p class="log-empty">{ format!("The {} latest of {all} events.", rows.len()) }</p> }
            </div>
        }
    }
}

fn line(row: &EventRow, act: &Callback<UiAction>) -> Html {
    let object = match Selection::of(&row.about) {
        Some(selection) => {
            html! { <button class="link" onclick={ask_why(act, selection)}>{ &row.object }</button> }
        }
        None => html! { { &row.object } },
    };
    html! {
        <tr key={row.name.clone()} class={row.is_now.then_some("is-now")} data-about={about(&row.about)}>
            <td>{ &row.last_seen }</td><td>{ &row.type_ }</td><td>{ reason(row, act) }</td><td>{ object }<span class="message">{ &row.message }</span></td>
        </tr>
    }
}

/// The event's reason, which leads to the step that told it: Why? then tells of that.
fn reason(row: &EventRow, act: &Callback<UiAction>) -> Html {
    let Some(step) = row.step else { return html! { { by_words(&row.reason) } } };
    let act = act.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        act.emit(UiAction::View(ViewAction::Select(Selection::Step)));
        act.emit(UiAction::Session(Act::Seek(step)));
    });
    html! { <button class="link" title={format!("Why? Go to step {step}, which told it")} {onclick}>{ by_words(&row.reason) }</button> }
}
