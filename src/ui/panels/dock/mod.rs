//! The frame of the panels beside the transport: their tabs, and the one that is shown.
#![cfg(target_arch = "wasm32")]

use crate::ui::Shared;
use crate::ui::browser::closest;
use crate::ui::state::{DOCK, Height, Panel, PrefsAction, Slot, UiAction, UiState, ViewAction};
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

/// What the grip is given.
#[derive(Properties, PartialEq)]
pub struct GripProps {
    /// How high the dock is, in hundredths of the page; none = as high as the transport.
    pub share: Option<u8>,
    /// What the user does.
    pub act: Callback<UiAction>,
}

/// Hundredths of the page by which a key moves the dock's edge.
const STEP: u8 = 5;

/// The dock's upper edge, which can be drawn up and down.
#[component]
pub fn Grip(props: &GripProps) -> Html {
    let GripProps { share, act } = props;
    let now = share.unwrap_or(*DOCK.start());
    let make = act.reform(|height: u8| UiAction::Prefs(PrefsAction::Dock(height)));
    let on_key = {
        let make = make.clone();
        Callback::from(move |event: KeyboardEvent| {
            let height = match event.key().as_str() {
                "ArrowUp" => now.saturating_add(STEP),
                "ArrowDown" => now.saturating_sub(STEP),
                "Home" => *DOCK.start(),
                "End" => *DOCK.end(),
                _ => return,
            };
            event.prevent_default();
            make.emit(height);
        })
    };
    let on_down = Callback::from(|event: PointerEvent| {
        if let Some(grip) = closest(&event, "[role=separator]") {
            drop(grip.set_pointer_capture(event.pointer_id()));
        }
    });
    let on_move = Callback::from(move |event: PointerEvent| {
        if event.buttons() != 0 {
            let page = f64::from(gloo::utils::document_element().client_height().max(1));
            let height = (page - f64::from(event.client_y())) / page * 100.0;
            make.emit(height.clamp(0.0, 100.0).round() as u8);
        }
    });
    html! {
        <div class="dock-grip" role="separator" aria-orientation="horizontal" aria-label="Height of the dock" tabindex="0"
            title="Drag, or use the arrow keys" aria-valuemin={DOCK.start().to_string()} aria-valuemax={DOCK.end().to_string()}
            aria-valuenow={now.to_string()} onkeydown={on_key} onpointerdown={on_down} onpointermove={on_move} />
    }
}
