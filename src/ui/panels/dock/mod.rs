//! The frame of the panels beside the transport: their tabs, and the one that is shown.
#![cfg(target_arch = "wasm32")]

use crate::ui::Shared;
use crate::ui::state::{Height, Panel, Slot, UiAction, UiState, ViewAction};
use yew::prelude::*;

/// Properties.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What the page shows.
    pub state: Shared<UiState>,
    /// What the user does.
    pub act: Callback<UiAction>,
    /// The panels of the dock.
    pub panels: Vec<&'static Panel>,
}

/// The panels beside the transport.
#[component]
pub fn Dock(props: &Props) -> Html {
    let Props { state, act, panels } = props;
    let Some(shown) = state.view.panel(Slot::Dock).or(panels.first().copied()) else { return html! {} };
    let tab = |panel: &'static Panel| {
        let act = act.clone();
        let onclick = Callback::from(move |_: MouseEvent| act.emit(UiAction::View(ViewAction::Show(panel))));
        let title = panel.key.map(|(key, _)| format!("{} ({})", panel.name, key.to_uppercase()));
        html! {
            <button role="tab" id={format!("tab-{}", panel.id)} aria-selected={(panel == shown).to_string()} {title} {onclick}>
                { panel.name }
                if let Some(count) = (panel.count)(state) {
                    { " " }<span class="badge">{ count }</span>
                }
            </button>
        }
    };
    let on_height = act.reform(|_: MouseEvent| UiAction::View(ViewAction::Height));
    let names: Vec<&str> = panels.iter().map(|panel| panel.name).collect();
    html! {
        <section class="log" aria-label={names.join(", ")}>
            <div class="tabs" role="tablist" aria-label="Beside the transport">{ for panels.iter().copied().map(tab) }</div>
            <button class="button button--quiet button--small dock-height" title="How high these are" onclick={on_height}>
                { if state.view.height() == Height::High { "Smaller" } else { "Taller" } }
            </button>
            { (shown.draw)(state, act) }
        </section>
    }
}
