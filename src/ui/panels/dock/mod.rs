//! The frame of the panels beside the transport: their tabs, and how high they are.
#![cfg(target_arch = "wasm32")]

use crate::ui::browser::{closest, page_size, rove_tabs};
use crate::ui::state::{DOCK, Height, Panel, PanelProps, PrefsAction, UiAction, UiState, ViewAction};
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
        let title = panel.key.map(|(key, _)| format!("{} ({})", panel.name, key.to_ascii_uppercase()));
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
            <div class="tabs" role="tablist" aria-label="Beside the transport" onkeydown={Callback::from(rove_tabs)}>{ for panels.iter().map(tab) }</div>
            <button class="button button--quiet button--small dock-height" title="Change the height of this area" onclick={on_height}>
                { if *is_high { "Shrink" } else { "Enlarge" } }
            </button>
        </>
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
        // Another press that comes along the edge draws nothing.
        let is_drawn = closest(&event, "[role=separator]")
            .is_some_and(|grip| grip.has_pointer_capture(event.pointer_id()));
        if is_drawn {
            let page = page_size().1.max(1.0);
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
