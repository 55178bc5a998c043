//! One node's card. It is rendered again only when what it shows is another.

use super::gate::Gate;
use super::model::{Card, CardTaint, Touched, is_selected};
use crate::api::ObjectKey;
use crate::ui::Shared;
use crate::ui::browser::{by_pointer, is_at};
use crate::ui::figures::{Chip, Emphasis, Marks, guess_choices, guess_result, meter, pod};
use crate::ui::state::{Dialog, FloatingAction, NodeGuess, PredictAction, Selection, UiAction, ViewAction};
use crate::ui::widgets::{breakable, cut_name, icon, icon_small, pieces};
use yew::prelude::*;

/// So many taints are told before the others are folded away.
const TAINTS: usize = 4;

/// What a card is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What it shows.
    pub card: Shared<Card>,
    /// What Why? is about, if it is about this card.
    pub selection: Option<Selection>,
    /// The words on its flag, if the marked step touched it.
    pub flag: Option<AttrValue>,
    /// What the marked step touched, if it touched this card.
    pub touched: Option<Shared<Touched>>,
    /// Whether it is one of several that are chosen.
    pub is_marked: bool,
    /// Whether the Tab key comes here.
    pub is_current: bool,
    /// Whether the page asks why the node is as it is: then the card does not say.
    pub is_asked: bool,
    /// How a guess about the node stands, while one guesses: as long as it is open, a click is a guess, and the card
    /// does not tell the answer.
    pub guess: Option<NodeGuess>,
    /// Where actions go.
    pub act: Callback<UiAction>,
}

/// A card.
#[component]
pub fn NodeCard(props: &Props) -> Html {
    let Props { card, act, .. } = props;
    let selected = props.selection.as_ref().is_some_and(|selection| is_selected(selection, card));
    let name = card.name.clone();
    let asked = props.guess.as_ref().filter(|guess| guess.right.is_none());
    let is_open = asked.is_some();
    // What was foretold is of another cluster than what the node says of itself: side by side they would contradict.
    let is_foretold = props.guess.as_ref().is_some_and(|guess| guess.is_foretold);
    let select = {
        let (act, name) = (act.clone(), name.clone());
        Callback::from(move |event: MouseEvent| {
            let several = event.ctrl_key() || event.meta_key() || event.shift_key();
            if is_open {
                let turn = PredictAction::Turn { node: name.clone(), alike: several };
                return act.emit(UiAction::Predict(turn));
            }
            act.emit(UiAction::View(match several {
                true => ViewAction::Mark(name.clone()),
                false => ViewAction::Select(Selection::Node(name.clone())),
            }))
        })
    };
    let menu = {
        let (act, name) = (act.clone(), name.clone());
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            event.stop_propagation();
            act.emit(UiAction::Floating(FloatingAction::Ask(Dialog::NodeMenu(name.clone()))));
        })
    };
    let on_key = {
        let (act, name) = (act.clone(), name.clone());
        Callback::from(move |event: KeyboardEvent| {
            let on_card = is_at(&event, "[data-node]");
            if event.ctrl_key() || event.meta_key() {
                return;
            }
            match event.key().as_str() {
                "Enter" | " " if on_card && is_open && !(by_pointer() && event.key() == " ") => {
                    let turn = PredictAction::Turn { node: name.clone(), alike: event.shift_key() };
                    act.emit(UiAction::Predict(turn));
                }
                "Delete" | "Backspace" if on_card && is_open => {
                    act.emit(UiAction::Predict(PredictAction::Forget(name.clone())));
                }
                " " if on_card && event.shift_key() => {
                    act.emit(UiAction::View(ViewAction::Mark(name.clone())));
                }
                " " if by_pointer() => return,
                "Enter" | " " if on_card => {
                    act.emit(UiAction::View(ViewAction::Select(Selection::Node(name.clone()))))
                }
                "m" | "M" => {
                    act.emit(UiAction::Floating(FloatingAction::Ask(Dialog::NodeMenu(name.clone()))));
                }
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let classes = classes!(
        "node",
        card.fence.is_some().then_some("has-fence"),
        (selected || props.is_asked).then_some("is-selected"),
        props.is_marked.then_some("is-marked"),
        is_open.then_some("is-asked"),
        match props.guess.as_ref().and_then(|guess| guess.is_hit()) {
            Some(true) => Some("is-hit"),
            Some(false) => Some("is-miss"),
            None => None,
        },
    );
    let status = match card.tone {
        Emphasis::Plain => ("node-status", None),
        Emphasis::Warn => ("node-status node-status--warn", Some("i-warn")),
        Emphasis::Bad => ("node-status node-status--bad", Some("i-error")),
    };
    let tab = if props.is_current { "0" } else { "-1" };
    let is_touched =
        |key: &ObjectKey| props.touched.as_ref().is_some_and(|touched| touched.pods.contains(key));
    let is_chosen = |key: &ObjectKey| matches!(&props.selection, Some(Selection::Pod(pod)) if pod == key);
    let marks = |key: &ObjectKey| Marks { touched: is_touched(key), chosen: is_chosen(key) };
    let (unfolded, all_taints) = (use_state_eq(|| false), use_state_eq(|| false));
    // What the step touched and what Why? is about is never folded away.
    let shown: Vec<&Chip> = card
        .others
        .iter()
        .enumerate()
        .filter(|(index, chip)| {
            *unfolded || *index < card.named || is_touched(&chip.key) || is_chosen(&chip.key)
        })
        .map(|(_, chip)| chip)
        .collect();
    let more = card.others.len() - shown.len();
    let turn = |open: &UseStateHandle<bool>| {
        let open = open.clone();
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            open.set(!*open);
        })
    };
    let fold = turn(&unfolded);
    // One that would stand alone behind the button stands in its place.
    let taints = if *all_taints || card.taints.len() <= TAINTS + 1 { card.taints.len() } else { TAINTS };
    let folded = (card.taints.len() > TAINTS + 1)
        .then(|| fold_of_taints(card.taints.len() - taints, *all_taints, tab, turn(&all_taints)));
    html! {
        <div class={classes} role="gridcell" tabindex={tab} data-node={card.name.to_string()}
            aria-label={label(card, props.guess.as_ref())} aria-selected={(selected || props.is_marked).to_string()}
            onclick={select} oncontextmenu={menu.clone()} onkeydown={on_key}>
            if let Some(fence) = card.fence {
                <i class={classes!("fence", fence.class, (fence.open && !is_open).then_some("fence--open"))} />
            }
            <div class="node-head">
                <span class="node-name" title={card.name.to_string()}>{ cut_name(&card.name) }</span>
                <span class="node-role">{ for card.role.iter().map(|part| html! { <span>{ part.clone() }</span> }) }</span>
                if let Some(flag) = &props.flag {
                    <span class="step-flag" title="changed by the current step">{ flag.clone() }</span>
                }
                if card.silent {
                    <span class="node-silent" title="node-lifecycle notices it after 50s without a heartbeat">{ icon("i-x") }{ "kubelet stopped" }</span>
                }
                <span class={status.0}>{ status.1.map(icon).unwrap_or_default() }{ card.status.clone() }</span>
                <button class="node-more" tabindex={tab} onclick={menu} title="Node menu (M)"
                    aria-label={format!("Menu of {}", card.name)}>{ icon_small("i-more") }</button>
            </div>
            // One child, however many there are: beside a list that grows Yew would make the head anew, and the focus with it.
            { card.taints[..taints].iter().map(|line| taint(line, is_open || is_foretold)).chain(folded).collect::<Html>() }
            <div class="meters">{ for card.meters.iter().map(meter) }</div>
            <div class="pods">
                { card.daemons.iter().map(|chip| pod(chip, marks(&chip.key), if is_open { "-1" } else { tab }, act)).collect::<Html>() }
                if let Some(reason) = card.reason.as_ref().filter(|_| !is_open && !is_foretold) {
                    <div class={classes!("reason", card.daemons.is_empty().then_some("reason--slot"))}>
                        { icon("i-info") }<span>{ if props.is_asked { html! { "no pod" } } else { pieces(reason) } }</span>
                    </div>
                }
                if !card.others.is_empty() {
                    <div class="others">
                        { for shown.into_iter().map(|chip| pod(chip, marks(&chip.key), if is_open { "-1" } else { tab }, act)) }
                        if more > 0 || *unfolded {
                            <button class="pod pod--more" tabindex={tab} onclick={fold} aria-expanded={unfolded.to_string()}
                                title={if *unfolded { "Show fewer pods" } else { "Show all pods" }}>
                                { if *unfolded { "fewer".into() } else { format!("+{more}") } }
                            </button>
                        }
                    </div>
                }
            </div>
            if let Some(guess) = &props.guess {
                { if is_open { guess_choices(&card.name, guess, tab, act) } else { guess_result(guess) } }
            }
        </div>
    }
}

/// What folds many taints away, or shows all of them.
#[cold]
#[inline(never)]
fn fold_of_taints(hidden: usize, is_open: bool, tab: &'static str, onclick: Callback<MouseEvent>) -> Html {
    let words = if hidden == 0 { "fewer taints".to_owned() } else { format!("{hidden} more taints") };
    html! { <button class="taint--more" tabindex={tab} {onclick} aria-expanded={is_open.to_string()}>{ words }</button> }
}

/// The card in words, with what was guessed of it.
fn label(card: &Card, guess: Option<&NodeGuess>) -> String {
    let Some(guess) = guess else { return card.label.clone() };
    let guessed = guess.guess.map_or("no guess".to_owned(), |guess| format!("your guess: {}", guess.told()));
    match (guess.right, guess.is_hit()) {
        (None, _) => format!("{}, {}, {guessed}", card.name, card.status),
        (Some(_), Some(true)) => format!("{}, {guessed}, hit", card.label),
        (Some(right), Some(false)) => format!("{}, {guessed}, miss: {}", card.label, right.told()),
        (Some(right), None) => format!("{}, {guessed}: {}", card.label, right.told()),
    }
}

/// A taint; `hides` whether somebody tolerates it.
fn taint(line: &CardTaint, hides: bool) -> Html {
    let open = if line.gate.is_open() && !hides { "taint--open" } else { "taint--shut" };
    let told = match line.gate {
        _ if hides => "",
        Gate::You | Gate::Timed(_) => ": a toleration of yours, in the pod template, lets the pod pass",
        Gate::Auto => ": a toleration that the DaemonSet controller adds lets the pod pass",
        Gate::Ignored => ": a preference of the scheduler’s, which keeps no daemon pod away",
        Gate::Shut => ": nothing in the pod template tolerates it",
        Gate::NoSet => "",
    };
    let who = match line.gate {
        _ if hides => html! {},
        Gate::You => html! { <>{ icon_small("i-user") }{ "you" }</> },
        Gate::Timed(seconds) => html! { <>{ icon_small("i-user") }{ format!("you, for {seconds}s") }</> },
        Gate::Auto => html! { <>{ icon_small("i-gear") }{ "auto" }</> },
        Gate::Ignored => html! { { "keeps none away" } },
        Gate::Shut => html! { { "no toleration" } },
        Gate::NoSet => html! {},
    };
    html! {
        <div class={classes!("taint", line.class, open)} title={format!("{}{}{told}", line.prefix, line.core)}
            data-about={format!("{}{}", line.prefix, line.core)}>
            { icon(if hides { "g-shut" } else { line.icon }) }
            if !line.prefix.is_empty() { <span class="prefix">{ line.prefix.clone() }</span> }
            <span class="core">{ breakable(&line.core) }</span>
            <span class="who">{ who }</span>
        </div>
    }
}
