//! The bar at the top: what is open, the theme, help.
#![cfg(target_arch = "wasm32")]

use crate::api::EcoString;
use crate::ui::state::{
    Dialog, FloatingAction, Opening, Page, Panel, PanelProps, PrefsAction, Sheet, Slot, Theme, UiAction,
    UiState, ViewAction,
};
use crate::ui::widgets::{emit, icon, icon_small, sized};
use yew::prelude::*;

/// What the bar reads.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// What the page as a whole shows.
    pub page: Page,
    /// The title of what is open.
    pub title: String,
    /// The name of the open branch where there are several, and the panel that compares them.
    pub branch: Option<(EcoString, &'static Panel)>,
    /// The panels that a page of middle width shows only when asked for, and whether they are shown.
    pub tabs: Vec<(&'static Panel, bool)>,
    /// Whether the page is laid out for a projector.
    pub projector: bool,
    /// The theme.
    pub theme: Theme,
}

impl Given {
    /// Of what the page shows; `comparing` is the panel that compares branches, where it can be shown.
    pub fn of(state: &UiState, panels: &[&'static Panel], comparing: Option<&'static Panel>) -> Self {
        let is_on = |panel: &'static Panel| {
            let first = panels.iter().copied().find(|other| other.slot == panel.slot);
            state.view.slot == panel.slot && state.view.panel(panel.slot).or(first) == Some(panel)
        };
        let tabs = panels.iter().copied().filter(|panel| panel.on_phone);
        Given {
            page: state.view.page,
            title: state.title().to_owned(),
            branch: comparing
                .filter(|_| state.session.branches().len() > 1)
                .map(|panel| (state.session.branch.name.clone(), panel)),
            tabs: tabs.map(|panel| (panel, is_on(panel))).collect(),
            projector: state.prefs.projector,
            theme: state.prefs.theme,
        }
    }
}

/// The bar.
#[component]
pub fn Topbar(props: &PanelProps<Given>) -> Html {
    let Given { page, title, branch, tabs, projector, theme } = &props.given;
    let on = |action: UiAction| emit(&props.act, action);
    let home = props.act.reform(|event: MouseEvent| {
        event.prevent_default();
        UiAction::Opened(Opening::Welcome)
    });
    let in_gallery = *page == Page::Gallery;
    let other = ViewAction::Page(if in_gallery { Page::Cluster } else { Page::Gallery });
    html! {
        <header class="topbar">
            <div class="topbar-side">
                <@{if *page == Page::Cluster { "h1" } else { "span" }} class="brand">
                    <a class="brand" href="#" title="The first cluster, with its question" onclick={home}>
                        { sized("i-brand", "brand-sign") }{ "DaemonSet Playground" }
                    </a>
                </@>
                <button class="crumb" aria-expanded={in_gallery.to_string()} onclick={on(UiAction::View(other.clone()))}
                    title="Examples">
                    { icon("i-file") }
                    <span class="visually-hidden">{ "Examples. Open: " }</span>
                    <span class="crumb-name">{ title.clone() }</span>
                    { icon_small("i-caret") }
                </button>
                if let Some((name, panel)) = branch {
                    <button class="crumb phone-hide" aria-label={format!("Branch: {name}")} title="One of several branches: What if (W) shows two"
                        onclick={on(UiAction::View(ViewAction::Show(panel)))}>{ icon("i-branch") }<span class="crumb-name">{ name.as_str() }</span></button>
                }
                <button class="button button--quiet" aria-expanded={(*page == Page::Lessons).to_string()} aria-label="Lessons" title="Lessons (L)"
                onclick={on(UiAction::View(ViewAction::Page(if *page == Page::Lessons { Page::Cluster } else { Page::Lessons })))}>
                { icon("i-book") }<span class="phone-hide">{ "Lessons" }</span>
            </button>
            </div>
            <span class="topbar-middle" />
            <div class="topbar-side topbar-side--end">
                <a class="muted version phone-hide projector-hide" href="conformance.html" target="_blank" rel="noopener">{ "behaves like Kubernetes 1.36" }</a>
                <button class="button button--quiet" title="Share this cluster" aria-label="Share"
                    onclick={on(UiAction::Floating(FloatingAction::Ask(Dialog::Sheet(Sheet::Share))))}>{ icon("i-link") }<span class="phone-hide">{ "Share" }</span></button>
                <button class="button button--quiet phone-only" aria-label="Examples" title="Examples"
                    onclick={on(UiAction::View(other))}>{ icon("i-file") }</button>
                { for tabs.iter().map(|&(panel, is_on)| {
                    let action = if is_on { ViewAction::Slot(Slot::Stage) } else { ViewAction::Show(panel) };
                    html! {
                        <button class="button button--quiet middle-only" aria-pressed={is_on.to_string()}
                            onclick={on(UiAction::View(action))}>{ icon(panel.icon) }{ panel.name }</button>
                    }
                }) }
                <button class="button button--quiet" data-projector="" aria-label="Projector" title="Projector: larger text, fewer panels (P)"
                    aria-pressed={projector.to_string()}
                    onclick={on(UiAction::Prefs(PrefsAction::Projector))}>{ icon("i-projector") }</button>
                <button class="button button--quiet" aria-label={format!("Theme: {}", theme.name())} title="Theme (D)"
                    onclick={on(UiAction::Prefs(PrefsAction::Theme))}>{ icon("i-sun") }</button>
                <button class="button button--quiet" aria-label="Help and shortcuts" title="Help and shortcuts (?)"
                    onclick={on(UiAction::Floating(FloatingAction::Ask(Dialog::Shortcuts)))}>{ icon("i-help") }</button>
            </div>
        </header>
    }
}
