use super::card::NodeCard;
use super::model::{Cards, is_selected, touched};
use crate::api::EcoString;
use crate::examples::ASKED;
use crate::ui::Shared;
use crate::ui::browser::{Places, arrive, by_pointer, focus, queue_places, settle};
use crate::ui::figures::{Marks, pod};
use crate::ui::panels::preemption::PreemptionScene;
use crate::ui::state::{Motion, Selection, Speed, UiAction, UiState};
use crate::ui::widgets::icon;
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// What the view is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The state.
    pub state: Shared<UiState>,
    /// Where actions go.
    pub act: Callback<UiAction>,
}

/// The nodes, or the shown step's own scene.
#[component]
pub fn Nodes(props: &Props) -> Html {
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
        <>
            <div class="stage-scroll">
                if state.shows_scene() {
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
        </>
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
