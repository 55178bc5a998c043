//! The frame of the panels beside the transport: their tabs, and how high they are.
#![cfg(target_arch = "wasm32")]

use crate::ui::state::{Height, Panel, PanelProps, UiAction, UiState, ViewAction};
use yew::prelude::*;

/// What the tabs read.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// The panels of the dock, with the numbers on their tabs.
    pub panels: Vec<(&'static Panel, Option<usize>)>,
    /// The one that is shown.
    pub shown: &'static Panel,
    /// Whether it is as high as it gets.
    pub is_high: bool,
}

impl Given {
    /// Of what the page shows.
    pub fn of(state: &UiState, panels: impl Iterator<Item = &'static Panel>, shown: &'static Panel) -> Self {
        Given {
            panels: panels.map(|panel| (panel, (panel.count)(state))).collect(),
            shown,
            is_high: state.view.height() == Height::High,
        }
    }
}

/// The tabs beside the transport.
#[component]
pub fn DockTabs(props: &PanelProps<Given>) -> Html {
    let PanelProps { given: Given { panels, shown, is_high }, act } = props;
    let tab = |&(panel, count): &(&'static Panel, Option<usize>)| {
        let act = act.clone();
        let onclick = Callback::from(move |_: MouseEvent| act.emit(UiAction::View(ViewAction::Show(panel))));
        let title = panel.key.map(|(key, _)| format!("{} ({})", panel.name, key.to_uppercase()));
        html! {
            <button role="tab" id={format!("tab-{}", panel.id)} aria-selected={(panel == *shown).to_string()} {title} {onclick}>
                { panel.name }
                if let Some(count) = count {
                    { " " }<span class="badge">{ count }</span>
                }
            </button>
        }
    };
    let on_height = act.reform(|_: MouseEvent| UiAction::View(ViewAction::Height));
    html! {
        <>
            <div class="tabs" role="tablist" aria-label="Beside the transport">{ for panels.iter().map(tab) }</div>
            <button class="button button--quiet button--small dock-height" title="How high these are" onclick={on_height}>
                { if *is_high { "Smaller" } else { "Taller" } }
            </button>
        </>
    }
}
