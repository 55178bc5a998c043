//! The bar at the top: what is open, the theme, help.
#![cfg(target_arch = "wasm32")]

use crate::ui::Shared;
use crate::ui::state::{
    Dialog, FloatingAction, Page, Panel, PrefsAction, Sheet, Slot, UiAction, UiState, ViewAction,
};
use crate::ui::widgets::{icon, icon_small, sized};
use yew::prelude::*;

/// What the bar is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The state.
    pub state: Shared<UiState>,
    /// Where actions go.
    pub act: Callback<UiAction>,
    /// The panels that a page of middle width shows only when asked for.
    #[prop_or_default]
    pub panels: Vec<&'static Panel>,
}

/// The bar.
#[component]
pub fn Topbar(props: &Props) -> Html {
    let state = &props.state;
    let on = |action: UiAction| {
        let act = props.act.clone();
        Callback::from(move |_: MouseEvent| act.emit(action.clone()))
    };
    let in_gallery = state.view.page == Page::Gallery;
    let other = ViewAction::Page(if in_gallery { Page::Cluster } else { Page::Gallery });
    html! {
        <header class="topbar">
            <div class="topbar-side">
                <@{if state.view.page == Page::Cluster { "h1" } else { "span" }} class="brand">{ sized("i-brand", "brand-sign") }{ "DaemonSet Playground" }</@>
                <button class="crumb" aria-expanded={in_gallery.to_string()} onclick={on(UiAction::View(other.clone()))}
                    title="Examples">
                    { icon("i-file") }
                    <span class="visually-hidden">{ "Examples. Open: " }</span>
                    <span class="crumb-name">{ state.title().to_owned() }</span>
                    { icon_small("i-caret") }
                </button>
                <button class="button button--quiet" aria-expanded={(state.view.page == Page::Lessons).to_string()} aria-label="Lessons" title="Lessons (L)"
                onclick={on(UiAction::View(ViewAction::Page(if state.view.page == Page::Lessons { Page::Cluster } else { Page::Lessons })))}>
                { icon("i-list") }<span class="phone-hide">{ "Lessons" }</span>
            </button>
            </div>
            <span class="topbar-middle" />
            <div class="topbar-side topbar-side--end">
                <a class="muted version phone-hide projector-hide" href="conformance.html" target="_blank" rel="noopener">{ "behaves like Kubernetes 1.36" }</a>
                <button class="button button--quiet" title="Share this cluster" aria-label="Share"
                    onclick={on(UiAction::Floating(FloatingAction::Ask(Dialog::Sheet(Sheet::Share))))}>{ icon("i-link") }<span class="phone-hide">{ "Share" }</span></button>
                <button class="button button--quiet phone-only" aria-label="Examples" title="Examples"
                    onclick={on(UiAction::View(other))}>{ icon("i-file") }</button>
                { for props.panels.iter().copied().filter(|panel| panel.on_phone).map(|panel| {
                    let first = props.panels.iter().copied().find(|other| other.slot == panel.slot);
                    let is_on = state.view.slot == panel.slot && state.view.panel(panel.slot).or(first) == Some(panel);
                    let action = if is_on { ViewAction::Slot(Slot::Stage) } else { ViewAction::Show(panel) };
                    html! {
                        <button class="button button--quiet middle-only" aria-pressed={is_on.to_string()}
                            onclick={on(UiAction::View(action))}>{ icon(panel.icon) }{ panel.name }</button>
                    }
                }) }
                <button class="button button--quiet" data-projector="" aria-label="Projector" title="Projector: larger, one idea a screen (P)"
                    aria-pressed={state.prefs.projector.to_string()}
                    onclick={on(UiAction::Prefs(PrefsAction::Projector))}>{ icon("i-projector") }</button>
                <button class="button button--quiet" aria-label="Theme" title="Theme (D)"
                    onclick={on(UiAction::Prefs(PrefsAction::Theme))}>{ icon("i-sun") }</button>
                <button class="button button--quiet" aria-label="Help and shortcuts" title="Help and shortcuts (?)"
                    onclick={on(UiAction::Floating(FloatingAction::Ask(Dialog::Shortcuts)))}>{ icon("i-help") }</button>
            </div>
        </header>
    }
}
