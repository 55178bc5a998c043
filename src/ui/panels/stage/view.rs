use super::card::NodeCard;
use super::model::{Cards, Count, is_selected, touched};
use crate::api::{EcoString, ObjectKey};
use crate::examples::ASKED;
use crate::explain::unsettled;
use crate::session::Act;
use crate::ui::Shared;
use crate::ui::browser::{Places, arrive, by_pointer, focus, queue_places, settle};
use crate::ui::figures::{Emphasis, Marks, pod};
use crate::ui::panels::preemption::PreemptionScene;
use crate::ui::state::{
    Dialog, FloatingAction, Motion, Page, Selection, Speed, Storing, UiAction, UiState, ViewAction,
};
use crate::ui::widgets::{icon, icon_small, pieces};
use std::rc::Rc;
use web_sys::{Element, HtmlSelectElement};
use yew::prelude::*;

/// What the panel is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The state.
    pub state: Shared<UiState>,
    /// Where actions go.
    pub act: Callback<UiAction>,
}

/// The panel.
#[component]
pub fn StagePanel(props: &Props) -> Html {
    let Props { state, act } = props;
    let cards = use_mut_ref(Cards::default);
    let current = use_state_eq(|| None::<EcoString>);
    let set = state.shown_set();
    let marked = state.marked_step();
    let order = use_memo(Rc::clone(&state.session.documents.nodes.text), |_| state.node_order());
    let touched = touched(&state.session.timeline, marked);
    let model = cards.borrow_mut().model(&state.session.timeline, set.as_ref(), &order, touched);

    use_travel(state);

    let flag: AttrValue = match state.moving.undone {
        Some(no) => format!("undone: step {no}").into(),
        None => format!("step {marked}").into(),
    };
    let first = current
        .as_ref()
        .filter(|name| model.cards.iter().any(|card| card.name == **name))
        .or_else(|| model.cards.first().map(|card| &card.name))
        .cloned();
    let on_focus = {
        let current = current.clone();
        Callback::from(move |event: FocusEvent| {
            let target =
                event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok());
            let card = target.and_then(|target| target.closest("[data-node]").ok().flatten());
            if let Some(name) = card.and_then(|card| card.get_attribute("data-node")) {
                current.set(Some(name.into()));
            }
        })
    };
    let on_key = {
        let names: Vec<EcoString> = model.cards.iter().map(|card| card.name.clone()).collect();
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            if move_focus(&event, &names) {
                event.prevent_default();
                event.stop_propagation();
            }
        })
    };
    let touched = Shared(Rc::clone(&model.touched));
    let cells = model.cards.iter().map(|card| {
        let is_touched = model.touched.nodes.contains(&card.name);
        let selection = is_selected(&state.view.selection, card).then(|| state.view.selection.clone());
        html! {
            <div class="node-row" role="row" key={card.name.to_string()}>
                <NodeCard card={Shared(Rc::clone(card))} {selection}
                    flag={is_touched.then(|| flag.clone())}
                    touched={is_touched.then(|| touched.clone())}
                    is_current={first.as_ref() == Some(&card.name)}
                    is_asked={state.prefs.welcome && card.name == ASKED} act={act.clone()} />
            </div>
        }
    });
    html! {
        <section class="panel panel--stage" aria-label="Cluster">
            <div class="stage-bar">
                { set_choice(&model.sets, model.set.as_ref(), act) }
                { set_buttons(model.set.as_ref(), state, act) }
                if model.counts.is_empty() {
                    <span class="muted">{ "No DaemonSet in this cluster." }</span>
                } else {
                    <dl class="counts" aria-label="kubectl get ds">{ for model.counts.iter().map(count) }</dl>
                }
                <span class="grow" />
                { scene_choice(state, act) }
                <button class="button button--small add-node" title="Add a node" onclick={emit(act, UiAction::Session(Act::AddNode))}>
                    { icon_small("i-plus") }<span class="visually-hidden">{ "Add a node" }</span>
                </button>
            </div>
            { banners(state, model.nobody, act) }
            if state.prefs.welcome { { welcome(act) } }
            <div class="stage-scroll">
                if shows_scene(state) {
                    <PreemptionScene state={state.clone()} act={act.clone()} />
                } else {
                if !model.queue.is_empty() {
                    <div class="queue" role="group" aria-label="Pods that wait for a node">
                        <span class="muted">{ "Waiting for a node" }</span>
                        <div class="pods">
                            { for model.queue.iter().map(|chip| {
                                let touched = model.touched.pods.contains(&chip.key);
                                let chosen = matches!(&state.view.selection, Selection::Pod(key) if *key == chip.key);
                                pod(chip, Marks { touched, chosen }, "0", act)
                            }) }
                        </div>
                    </div>
                }
                if model.cards.is_empty() {
                    <p class="muted">{ "The cluster has no nodes. Add some in nodes.yaml and apply it." }</p>
                } else {
                    <div class="nodes" role="grid" aria-label="Nodes" onfocusin={on_focus} onkeydown={on_key}>
                        { for cells }
                    </div>
                }
                }
            </div>
            { legend() }
        </section>
    }
}

/// What a first visit begins with.
fn welcome(act: &Callback<UiAction>) -> Html {
    let ask = UiAction::View(ViewAction::Select(Selection::Node(ASKED.into())));
    let (begin, examples) =
        (UiAction::Session(Act::Seek(1)), UiAction::View(ViewAction::Page(Page::Gallery)));
    html! {
        <section class="welcome" aria-label="Welcome">
            <p>{ "A DaemonSet runs one pod on every node that fits. This one is running." }</p>
            <h2><span class="mono">{ ASKED }</span>{ " has no pod. Why?" }</h2>
            <div class="welcome-acts">
                <button class="button button--primary" onclick={emit(act, ask)}>{ "Show me why" }</button>
                <button class="button" onclick={emit(act, begin)}>{ "Step through it" }</button>
                <button class="button" onclick={emit(act, examples)}>{ "Examples" }</button>
            </div>
        </section>
    }
}

/// Lets a pod that the step bound travel from the queue to its node, where there is time for it.
#[hook]
fn use_travel(state: &UiState) {
    let before = use_mut_ref(|| (Places::new(), 0));
    let hurried = state.moving.motion == Motion::Running
        || (state.moving.motion == Motion::Playing && state.moving.speed == Speed::Fast);
    use_effect_with((state.opened, state.session.timeline.shown()), move |(_, shown)| {
        let (places, last) = before.replace((queue_places(), *shown));
        settle();
        if *shown == last + 1 && !hurried {
            arrive(&places);
        }
    });
}

/// Whether the shown step's own scene stands in place of the nodes.
fn shows_scene(state: &UiState) -> bool {
    state.has_scene() && state.view.nodes_at != Some(state.session.timeline.shown())
}

/// The choice between a step's own scene and the nodes, where it has one.
fn scene_choice(state: &UiState, act: &Callback<UiAction>) -> Html {
    if !state.has_scene() {
        return html! {};
    }
    let scene = shows_scene(state);
    let choice = |shown: bool, sign: &'static str, word: &'static str| {
        let onclick = if shown { Callback::noop() } else { emit(act, UiAction::View(ViewAction::Scene)) };
        html! { <button aria-pressed={shown.to_string()} {onclick}>{ icon_small(sign) }{ word }</button> }
    };
    html! {
        <div class="segmented segmented--tight" role="group" aria-label="Stage">
            { choice(scene, "i-fit", "Preemption") }{ choice(!scene, "i-grid", "Nodes") }
        </div>
    }
}

/// Asks Why? of the DaemonSet, or what can be done to it.
fn set_buttons(set: Option<&ObjectKey>, state: &UiState, act: &Callback<UiAction>) -> Html {
    let Some(set) = set else { return html! {} };
    let selection = Selection::Set(set.clone());
    let is_on = state.view.selection == selection;
    let action = UiAction::View(ViewAction::Select(if is_on { Selection::Step } else { selection }));
    let menu = UiAction::Floating(FloatingAction::Ask(Dialog::SetMenu(set.clone())));
    html! {
        <>
            <button class="button button--small why-set" aria-pressed={is_on.to_string()} onclick={emit(act, action)}
                title={format!("Why? of {set}")}>{ "Why?" }<span class="visually-hidden">{ format!(" {set}") }</span></button>
            <button class="button button--quiet set-menu" onclick={emit(act, menu)}
                title={format!("Menu of {set}")}>{ icon("i-more") }<span class="visually-hidden">{ format!("Menu of {set}") }</span></button>
        </>
    }
}

fn emit(act: &Callback<UiAction>, action: UiAction) -> Callback<MouseEvent> {
    let act = act.clone();
    Callback::from(move |_| act.emit(action.clone()))
}

fn count(count: &Count) -> Html {
    let class = match (count.heading, count.tone) {
        ("UP-TO-DATE", Emphasis::Plain) => "phone-hide",
        ("UP-TO-DATE", _) => "phone-hide is-short",
        (_, Emphasis::Plain) => "",
        (_, Emphasis::Warn) => "is-short",
        (_, Emphasis::Bad) => "is-odd",
    };
    html! { <div class={class}><dt>{ count.heading }</dt><dd>{ count.number }</dd></div> }
}

fn set_choice(sets: &[ObjectKey], shown: Option<&ObjectKey>, act: &Callback<UiAction>) -> Html {
    if sets.len() < 2 {
        return html! {};
    }
    let on_change = {
        let (act, sets) = (act.clone(), sets.to_vec());
        Callback::from(move |event: Event| {
            let select: Option<HtmlSelectElement> = event.target_dyn_into();
            let index = select.and_then(|select| usize::try_from(select.selected_index()).ok());
            if let Some(key) = index.and_then(|index| sets.get(index)) {
                act.emit(UiAction::View(ViewAction::Set(key.clone())));
            }
        })
    };
    html! {
        <select class="set-choice" aria-label="DaemonSet" onchange={on_change}>
            { for sets.iter().map(|key| html! {
                <option selected={shown == Some(key)}>{ key.name.to_string() }</option>
            }) }
        </select>
    }
}

fn banners(state: &UiState, nobody: bool, act: &Callback<UiAction>) -> Html {
    let unread = crate::session::DocumentName::ALL.into_iter().find(|name| {
        let document = state.session.documents.get(*name);
        document.errors() > 0 && document.read.objects.is_empty() && document.is_dirty()
    });
    let close = emit(act, UiAction::Floating(FloatingAction::Read));
    html! {
        <>
            if let Some(notice) = &state.floating.notice {
                <div class={classes!("banner", notice.bad.then_some("banner--bad"))} role="status">
                    { icon(if notice.bad { "i-error" } else { "i-info" }) }
                    <span class="grow">{ notice.text.clone() }</span>
                    <button class="button button--small" onclick={close}>{ "Close" }</button>
                </div>
            }
            if state.storage.storing == Storing::Contested {
                <div class="banner" role="status">
                    { icon("i-warn") }
                    <span class="grow">{ "Another tab stored other work. This one is not stored until you choose." }</span>
                    <button class="button button--small" onclick={emit(act, UiAction::Stored(Storing::Chosen))}>{ "Keep this one" }</button>
                </div>
            }
            if let Some((done, all)) = state.session.resuming() {
                <div class="banner" role="status">
                    { icon("i-info") }
                    <span class="grow">{ format!("Your run is taken again: step {done} of {all}.") }</span>
                    <button class="button button--small" onclick={emit(act, UiAction::Session(Act::Abandon))}>{ "Stop here" }</button>
                </div>
            }
            if let Some(told) = state.moving.unsettled.as_ref().and_then(|end| unsettled(&state.session.timeline, end)) {
                <div class="banner" role="status">
                    { icon("i-warn") }
                    <span class="grow">{ pieces(&told) }</span>
                    <button class="button button--small" onclick={emit(act, UiAction::Session(Act::Forward))}>{ "Step once" }</button>
                </div>
            }
            if let Some(unread) = unread {
                <div class="banner" role="status">
                    { icon("i-warn") }
                    <span class="grow"><code>{ unread.file() }</code>{ " has no object that can be read. You see the cluster with the " }<b>{ "last applied manifest" }</b>{ ", and can still step." }</span>
                    <button class="button button--small" onclick={emit(act, UiAction::Session(Act::Revert))}>{ "Back to what was applied" }</button>
                </div>
            }
            if nobody {
                <div class="banner" role="status">
                    { icon("i-info") }
                    <span class="grow">{ "No node takes this DaemonSet: each card says why." }</span>
                </div>
            }
        </>
    }
}

fn legend() -> Html {
    let entries = [
        ("p-pending", "Pending"),
        ("p-creating", "ContainerCreating"),
        ("p-unready", "not ready"),
        ("p-ready", "ready"),
        ("p-terminating", "Terminating"),
        ("p-failed", "failed"),
        ("g-shut", "taint"),
        ("g-open", "tolerated"),
        ("c-1", "priority"),
    ];
    html! {
        <div class="legend" role="group" aria-label="Legend">
            { for entries.into_iter().map(|(sign, word)| html! { <span>{ icon(sign) }{ word }</span> }) }
        </div>
    }
}

/// Moves the focus from card to card as the arrow keys say; says whether the key was one of those.
fn move_focus(event: &KeyboardEvent, names: &[EcoString]) -> bool {
    let target = event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok());
    let Some(card) = target.and_then(|target| target.closest("[data-node]").ok().flatten()) else {
        return false;
    };
    // Who clicked a card did not go into the cards: the steps keep these keys.
    if by_pointer() && matches!(event.key().as_str(), "ArrowRight" | "ArrowLeft" | "Home" | "End") {
        return false;
    }
    let name = card.get_attribute("data-node").unwrap_or_default();
    let Some(at) = names.iter().position(|other| **other == *name) else { return false };
    let columns = columns(&card);
    let last = names.len().saturating_sub(1);
    let to = match event.key().as_str() {
        "ArrowRight" => (at + 1).min(last),
        "ArrowLeft" => at.saturating_sub(1),
        "ArrowDown" if at + columns <= last => at + columns,
        "ArrowUp" if at >= columns => at - columns,
        "ArrowDown" | "ArrowUp" => at,
        "Home" => 0,
        "End" => last,
        _ => return false,
    };
    if let Some(name) = names.get(to) {
        focus(&format!("[data-node=\"{name}\"]"));
    }
    true
}

/// So many cards stand side by side.
fn columns(card: &Element) -> usize {
    let grid = card.closest(".nodes").ok().flatten();
    let cells = grid.and_then(|grid| grid.query_selector_all("[data-node]").ok());
    let Some(cells) = cells else { return 1 };
    let top = |index: u32| {
        let element = cells.item(index).and_then(|node| wasm_bindgen::JsCast::dyn_into::<Element>(node).ok());
        element.map(|element| element.get_bounding_client_rect().top())
    };
    let first = top(0);
    let same = (0..cells.length()).take_while(|index| top(*index) == first).count();
    same.max(1)
}
