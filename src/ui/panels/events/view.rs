//! The events table.

use super::model::{Row, model};
use crate::api::Kind;
use crate::ui::Shared;
use crate::ui::state::{Selection, UiAction, UiState};
use yew::prelude::*;

/// Properties.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What the page shows.
    pub state: Shared<UiState>,
    /// What the user does.
    pub act: Callback<UiAction>,
}

/// What `kubectl get events` would say at the shown step.
#[component]
pub fn EventsPanel(props: &Props) -> Html {
    let rows = use_memo(props.state.clone(), |state| model(&state.timeline));
    let (rows, count) = &*rows;
    html! {
        <section class="log" aria-label="Events">
            <div class="tabs"><h2 class="log-title">{ "Events " }<span class="badge">{ count.to_string() }</span></h2></div>
            if rows.is_empty() {
                <p class="log-empty">{ "No events yet. Step once." }</p>
            } else {
                <div class="events-wrap" tabindex="0" role="region" aria-label="Events, the latest first">
                    <table class="events">
                        <thead><tr>
                            { for ["LAST SEEN", "TYPE", "REASON", "OBJECT, MESSAGE"].map(|head| html! { <th scope="col">{ head }</th> }) }
                        </tr></thead>
                        <tbody>{ for rows.iter().map(|row| line(row, &props.act)) }</tbody>
                    </table>
                </div>
            }
        </section>
    }
}

fn line(row: &Row, act: &Callback<UiAction>) -> Html {
    let selection = match row.about.kind {
        Kind::Node => Some(Selection::Node(row.about.name.clone())),
        Kind::Pod => Some(Selection::Pod(row.about.clone())),
        _ => None,
    };
    let object = match selection {
        Some(selection) => {
            let act = act.clone();
            let on_click =
                Callback::from(move |_: MouseEvent| act.emit(UiAction::Selected(selection.clone())));
            html! { <button class="link" onclick={on_click}>{ &row.object }</button> }
        }
        None => html! { { &row.object } },
    };
    html! {
        <tr key={row.name.clone()} class={row.is_now.then_some("is-now")}>
            <td>{ &row.last_seen }</td><td>{ &row.type_ }</td><td>{ &row.reason }</td><td>{ object }<span class="message">{ &row.message }</span></td>
        </tr>
    }
}
