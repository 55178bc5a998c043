use super::Given;
use super::card::NodeCard;
use super::model::{Cards, NodePlace, is_selected, touched};
use crate::api::EcoString;
use crate::examples::ASKED;
use crate::session::Act;
use crate::ui::Shared;
use crate::ui::browser::{Places, arrive, by_pointer, closest, focus, queue_places, settle};
use crate::ui::figures::{Chip, Marks, pod};
use crate::ui::panels::preemption::PreemptionScene;
use crate::ui::state::{PanelProps, Selection, UiAction};
use crate::ui::widgets::{emit, icon, icon_small, use_near};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// So many cards stand in one part; only the parts near to what is seen are drawn. A number that most numbers of
/// columns divide.
const PART: usize = 60;
/// So many pods are drawn that wait for a node.
const QUEUED: usize = 100;

/// The nodes, or the shown step's own scene.
#[component]
pub fn Nodes(props: &PanelProps<Given>) -> Html {
    let PanelProps { given, act } = props;
    let cards = use_mut_ref(Cards::default);
    let current = use_state_eq(|| None::<EcoString>);
    let Given { run, set, order, marked_step: marked, selection, .. } = given;
    let touched = touched(run, *marked);
    let mut model = cards.borrow_mut().model(run, set.as_ref(), order, touched);
    let only = use_state_eq(|| false);
    let without = {
        let (only, is_on) = (only.clone(), *only);
        let bare = model.nodes.iter().filter(|node| node.is_bare).count();
        let onclick = Callback::from(move |_: MouseEvent| only.set(!is_on));
        let words = match is_on {
            true => format!("Only nodes without a pod: {bare}. Show all {}", model.nodes.len()),
            false => format!("Nodes without a pod: {bare}"),
        };
        let class = match bare {
            _ if is_on => "button button--small button--primary",
            0 => "button button--small is-none",
            _ => "button button--small",
        };
        // It is about the pods of a DaemonSet.
        set.as_ref()
            .map(|_| html! { <button {class} aria-pressed={is_on.to_string()} {onclick}>{ words }</button> })
    };
    let has_nodes = !model.nodes.is_empty();
    if *only && set.is_some() {
        model.nodes.retain(|node| node.is_bare);
    }
    let nodes = Rc::new(std::mem::take(&mut model.nodes));

    use_travel(given);

    let flag: AttrValue = match given.undone {
        Some(no) => format!("undone: step {no}").into(),
        None => format!("step {marked}").into(),
    };
    let first = current
        .as_ref()
        .filter(|name| nodes.iter().any(|node| node.name == **name))
        .or_else(|| nodes.first().map(|node| &node.name))
        .cloned();
    let on_focus = {
        let current = current.clone();
        Callback::from(move |event: FocusEvent| {
            if let Some((_, name)) = card_of(&event) {
                current.set(Some(name));
            }
        })
    };
    let to_focus = use_mut_ref(|| None::<EcoString>);
    let on_key = {
        let nodes = Rc::clone(&nodes);
        let (current, to_focus) = (current.clone(), to_focus.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            if let Some(name) = next_focus(&event, &nodes) {
                event.prevent_default();
                event.stop_propagation();
                to_focus.replace(Some(name.clone()));
                match current.as_ref() == Some(&name) {
                    true => focus_wanted(&to_focus),
                    // It may be in a part that is drawn only now that it is wanted.
                    false => current.set(Some(name)),
                }
            }
        })
    };
    let touched = Shared(Rc::clone(&model.touched));
    let scroll = use_node_ref();
    let near = use_near(&scroll, nodes.len().div_ceil(PART));
    let wanted = first.as_ref().and_then(|name| nodes.iter().position(|node| node.name == *name));
    use_focus(&to_focus);
    let cell = |node: &NodePlace| {
        let Some(card) = cards.borrow_mut().card(run, &node.name) else { return Html::default() };
        let is_touched = model.touched.nodes.contains(&card.name);
        let selection = is_selected(selection, &card).then(|| selection.clone());
        html! {
            <div class="node-row" role="row" key={card.name.to_string()}>
                <NodeCard card={Shared(Rc::clone(&card))} {selection}
                    flag={is_touched.then(|| flag.clone())}
                    touched={is_touched.then(|| touched.clone())}
                    is_marked={given.marked.contains(&card.name)}
                    is_current={first.as_ref() == Some(&card.name)}
                    is_asked={given.asks && card.name == ASKED}
                    guess={given.guessing.as_ref().and_then(|guessing| guessing.of(&card.name))} act={act.clone()} />
            </div>
        }
    };
    let part = |(at, nodes): (usize, &[NodePlace])| {
        let is_near = near.contains(&at) || wanted.is_some_and(|wanted| wanted / PART == at);
        html! {
            <div class={classes!("nodes", (!is_near).then_some("nodes--far"))} role="rowgroup" data-part={at.to_string()} key={at}>
                if is_near { { for nodes.iter().map(cell) } }
            </div>
        }
    };
    let strip = |title: &'static str, label: &'static str, chips: &[Chip]| {
        if chips.is_empty() {
            return Html::default();
        }
        let one = |chip: &Chip| {
            let touched = model.touched.pods.contains(&chip.key);
            let chosen = matches!(selection, Selection::Pod(key) if *key == chip.key);
            pod(chip, Marks { touched, chosen }, "0", act)
        };
        html! {
            <div class="queue" role="group" aria-label={label}>
                <span class="muted">{ title }</span>
                <div class="pods">
                    { for chips.iter().take(QUEUED).map(one) }
                    if chips.len() > QUEUED { <span class="muted">{ format!("and {} more", chips.len() - QUEUED) }</span> }
                </div>
            </div>
        }
    };
    html! {
        <>
            <div class="stage-scroll" ref={scroll.clone()}>
                if given.shows_scene {
                    <PreemptionScene given={run.clone()} act={act.clone()} />
                } else {
                { strip("Waiting for a node", "Pods that wait for a node", &model.queue) }
                { strip("Their node is gone", "Pods whose node is gone", &model.left) }
                if nodes.is_empty() {
                    <p class="muted">{ if has_nodes { "Every node has a pod of this DaemonSet." } else { "The cluster has no nodes. Add some in nodes.yaml and apply it." } }</p>
                } else {
                    <div class="nodes-parts" role="grid" aria-label="Nodes" aria-rowcount={nodes.len().to_string()} onfocusin={on_focus} onkeydown={on_key}>
                        { for nodes.chunks(PART).enumerate().map(part) }
                    </div>
                }
                // Where the bar above has no room for its own.
                <button class="button add-node-below" onclick={emit(act, UiAction::Session(Act::AddNode))}>{ icon_small("i-plus") }{ "Add a node" }</button>
                }
            </div>
            { legend(without) }
        </>
    }
}

/// Lets a pod that the step bound travel from the queue to its node, where there is time for it.
#[hook]
fn use_travel(given: &Given) {
    let before = use_mut_ref(|| (Places::new(), 0));
    let hurried = given.is_hurried;
    use_effect_with((given.opened, given.run.shown()), move |(_, shown)| {
        let (places, last) = before.replace((queue_places(), *shown));
        settle();
        if *shown == last + 1 && !hurried {
            arrive(&places);
        }
    });
}

fn legend(without: Option<Html>) -> Html {
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
            { without }
        </div>
    }
}

/// The card in which something happened, and its node.
fn card_of(event: &Event) -> Option<(Element, EcoString)> {
    let card = closest(event, "[data-node]")?;
    let name = card.get_attribute("data-node")?;
    Some((card, name.into()))
}

/// The node to which an arrow key leads from the focused one; none if it is not such a key.
fn next_focus(event: &KeyboardEvent, nodes: &[NodePlace]) -> Option<EcoString> {
    let (card, name) = card_of(event)?;
    // Who clicked a card did not go into the cards: the steps keep these keys.
    if by_pointer() && matches!(event.key().as_str(), "ArrowRight" | "ArrowLeft" | "Home" | "End") {
        return None;
    }
    let at = nodes.iter().position(|other| other.name == name)?;
    let columns = columns(&card);
    let last = nodes.len().saturating_sub(1);
    let to = match event.key().as_str() {
        "ArrowRight" => (at + 1).min(last),
        "ArrowLeft" => at.saturating_sub(1),
        "ArrowDown" if at + columns <= last => at + columns,
        "ArrowUp" if at >= columns => at - columns,
        "ArrowDown" | "ArrowUp" => at,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    nodes.get(to).map(|node| node.name.clone())
}

/// Moves the focus to a card once it is drawn.
#[hook]
fn use_focus(to_focus: &Rc<RefCell<Option<EcoString>>>) {
    let to_focus = Rc::clone(to_focus);
    use_effect(move || focus_wanted(&to_focus));
}

fn focus_wanted(to_focus: &RefCell<Option<EcoString>>) {
    if let Some(name) = to_focus.take() {
        focus(&format!("[data-node=\"{name}\"]"));
    }
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
