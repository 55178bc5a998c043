use super::Given;
use super::chart::drawing;
use super::model::{BranchSide, Courses, Model, SideEvent, SideNode, courses, model, pair};
use crate::api::ObjectKey;
use crate::explain::count;
use crate::session::{Act, At, WhatIf};
use crate::sim::StepNo;
use crate::ui::browser;
use crate::ui::figures::{Marks, pod};
use crate::ui::panels::map::{MANY, SideMap};
use crate::ui::state::{Dialog, FloatingAction, MotionAction, PanelProps, UiAction};
use crate::ui::widgets::{Late, cut_name, emit, icon, icon_small, pieces, use_late, use_width};
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The open branch and the one beside it, each as branch and run with the number of its steps, and the DaemonSet: what the
/// courses are told of.
type Told = (((u32, u32), StepNo), Option<((u32, u32), StepNo)>, Option<ObjectKey>);

/// The panel: two branches side by side, or what can be asked as long as there is one.
#[component]
pub fn ComparePanel(props: &PanelProps<Given>) -> Html {
    let PanelProps { given, act } = props;
    let place = use_node_ref();
    let width = f64::from(use_width(&place, 900));
    let only = use_state_eq(|| false);
    let shown_side = use_state_eq(|| 1_usize);
    let Given { session, set, .. } = given;
    let (own, beside) = (session.at(), session.beside().map(|other| other.at()));
    let recorded = |at: At| ((at.branch, at.run), at.len);
    let told = (recorded(own), beside.map(recorded), given.asked.clone());
    let before = use_late(&told, Late::PICTURES.if_large(session.timeline.world()));
    // Of other branches, or another DaemonSet, what was told before says nothing.
    let about = |(own, beside, asked): &Told| (own.0, beside.map(|beside| beside.0), asked.clone());
    let told = if about(&before) == about(&told) { before } else { told };
    let courses = use_memo(told, |_| courses(given));
    let again = given.clone();
    let branches: Vec<_> = session.branches().into_iter().cloned().collect();
    let keys = (own, beside, set.clone(), branches, session.documents.manifest.text.clone());
    let model = use_memo(keys, move |_| model(&again));
    // Wherever one goes, what differs there is in sight.
    use_effect_with(model.now, |_| {
        browser::show_in(".branch:first-child > .branch-nodes", ".branch:first-child .node.is-differing");
        browser::show_in(".branch:last-child > .branch-nodes", ".branch:last-child .node.is-differing");
    });
    let toggle = {
        let only = only.clone();
        Callback::from(move |_: Event| only.set(!*only))
    };
    let Some(sides) = &model.sides else {
        return html! { <div class="compare compare--none" ref={place}>{ ask(&model, act) }</div> };
    };
    let map = |side: usize| {
        let run = pair(session)?[side].shown_run();
        let (set, order) = (set.clone(), Rc::clone(&given.order));
        let closed = (!sides[side].is_open).then_some(sides[side].branch.no);
        let (different, act) = (Rc::clone(&model.different), act.clone());
        Some(html! { <SideMap {run} {set} {order} {different} {closed} {act} /> })
    };
    let maps = [0, 1].map(|side| map(side).filter(|_| model.all > MANY));
    // Who asks about a branch works in it from then on: Why? and the menus are about the open one.
    let acts = [0, 1].map(|side| in_branch(&sides[side], act));
    let run = UiAction::Motion(MotionAction::Run);
    html! {
        <div class={classes!("compare", only.then_some("compare--only"))} data-side={["a", "b"][*shown_side]} ref={place}>
            <section class="compare-answer" aria-label="What differs">
                <span class="differs differs--big" aria-hidden="true">{ "≠" }</span>
                <p class="compare-told" aria-live="polite">{ answer(courses.as_ref().as_ref(), given.asked.as_ref()) }</p>
                <p class="compare-now muted">{ format!("Now: {} of {} and {} differ.", model.differing.0, count(model.all, "node"), count(model.differing.1, "counter")) }</p>
                { to_differences(courses.as_ref().as_ref(), &model, act) }
                if model.can_run {
                    <button class="button button--primary" onclick={emit(act, run)}>{ icon(if given.is_running { "i-pause" } else { "i-stable" }) }{ if given.is_running { "Stop" } else { "Run both" } }</button>
                }
                <label class="check"><input type="checkbox" checked={*only} onchange={toggle} />{ "Only what differs" }</label>
                { more(&model, act) }
            </section>
            <div class="segmented compare-switch" role="group" aria-label="Branch">
                { for [0, 1].into_iter().map(|index| {
                    let shown_side = shown_side.clone();
                    let pressed = (*shown_side == index).to_string();
                    html! { <button aria-pressed={pressed} onclick={Callback::from(move |_: MouseEvent| shown_side.set(index))}>{ format!("{} {}", sides[index].letter, sides[index].branch.name) }</button> }
                }) }
            </div>
            <div class="branches">{ for sides.iter().zip(maps).zip(&acts).map(|((side, map), own)| branch(side, map, act, own)) }</div>
            if let Some(courses) = courses.as_ref() {
                <div class="compare-time">{ drawing(courses, sides, model.now, width, act) }</div>
            }
        </div>
    }
}

fn answer(courses: Option<&Courses>, asked: Option<&ObjectKey>) -> Html {
    let none = match (courses, asked) {
        (Some(courses), _) if !courses.told.is_empty() => return pieces(&courses.told),
        (_, None) => "There is no DaemonSet to compare.".to_owned(),
        (Some(Courses { both: [None, None], .. }), Some(set)) => {
            format!("Neither branch has DaemonSet {} at its end.", set.name)
        }
        (_, Some(set)) => format!("One branch has no DaemonSet {} at its end.", set.name),
    };
    html! { { none } }
}

/// To the time at which something became different next, or last.
fn to_differences(courses: Option<&Courses>, model: &Model, act: &Callback<UiAction>) -> Html {
    let Some(courses) = courses.filter(|courses| !courses.differences.is_empty()) else { return html! {} };
    let (first, last) = (courses.differences.first(), courses.differences.last());
    let button = |back: bool, sign: &'static str, words: &'static str, keys: &'static str, is_there: bool| {
        html! {
            <button class="button" disabled={!is_there} onclick={emit(act, UiAction::Difference { back })} title={format!("{words} ({keys})")}>
                { icon_small(sign) }
                if back { <span class="visually-hidden">{ words }</span> } else { { words }<span class="kbd">{ keys }</span> }
            </button>
        }
    };
    html! {
        <span class="compare-differences">
            { button(true, "i-back", "Previous difference", "Shift N", first.is_some_and(|at| *at < model.now)) }
            { button(false, "i-step", "Next difference", "N", last.is_some_and(|at| *at > model.now)) }
        </span>
    }
}

/// A further question, and the branches that are not shown.
fn more(model: &Model, act: &Callback<UiAction>) -> Html {
    let compare = |no: u32| {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(UiAction::Session(Act::Compare(Some(no)))))
    };
    html! {
        <details class="compare-more">
            <summary class="button">{ icon("i-plus") }{ "What if…" }</summary>
            <div class="menu">
                { questions(&model.what_ifs, act) }
                { without(model) }
                <button onclick={emit(act, UiAction::Session(Act::Fork))}>{ "Another branch from here" }</button>
                { for model.others.iter().map(|other| html! {
                    <button onclick={compare(other.no)}>{ format!("Compare with “{}”", other.name) }</button>
                }) }
            </div>
        </details>
    }
}

fn questions(what_ifs: &[WhatIf], act: &Callback<UiAction>) -> Html {
    what_ifs
        .iter()
        .map(|what_if| {
            let (act, action) = (act.clone(), UiAction::Session(Act::WhatIf(Box::new(what_if.clone()))));
            let onclick = Callback::from(move |_: MouseEvent| {
                act.emit(action.clone());
                // The question is gone once the answer is drawn; the next one is asked from here.
                browser::focus_once_lost(".compare-more > summary");
            });
            html! { <button {onclick}>{ what_if.told.clone() }</button> }
        })
        .collect()
}

/// What such a branch does not have, as it begins where the manifest was applied.
fn without(model: &Model) -> Html {
    let Some((step, later)) = model.before_what_if.filter(|_| !model.what_ifs.is_empty()) else {
        return html! {};
    };
    let later = if later == 1 {
        "the one thing that you did since then".to_owned()
    } else {
        format!("the {later} things that you did since then")
    };
    html! { <p class="muted">{ format!("Such a branch begins before step {step}, at which the manifest was applied, without {later}.") }</p> }
}

/// What can be asked as long as there is one branch.
fn ask(model: &Model, act: &Callback<UiAction>) -> Html {
    html! {
        <section class="compare-ask" aria-label="What if">
            <h2>{ "What if…" }</h2>
            <p>{ "A branch is a copy of this run that goes another way from here. Both are kept, and shown side by side at the same simulated time." }</p>
            if !model.what_ifs.is_empty() {
                <h3>{ "…it had been applied with" }</h3>
                <div class="compare-questions">{ questions(&model.what_ifs, act) }</div>
                { without(model) }
            }
            <h3>{ "…something else had been done" }</h3>
            <div class="compare-questions">
                <button onclick={emit(act, UiAction::Session(Act::Fork))}>{ icon("i-branch") }{ format!("Branch at step {}", model.shown) }</button>
            </div>
            <p class="muted">{ "Then edit and apply the manifest, use a menu, or type a command: it is done in the new branch." }</p>
        </section>
    }
}

/// Where actions about what a branch has go.
fn in_branch(side: &BranchSide, act: &Callback<UiAction>) -> Callback<UiAction> {
    if side.is_open {
        return act.clone();
    }
    let (act, no) = (act.clone(), side.branch.no);
    Callback::from(move |action: UiAction| {
        act.emit(UiAction::Session(Act::Switch(no)));
        act.emit(action);
    })
}

fn branch(side: &BranchSide, map: Option<Html>, act: &Callback<UiAction>, own: &Callback<UiAction>) -> Html {
    let no = side.branch.no;
    let on_name = {
        let (act, name) = (act.clone(), side.branch.name.clone());
        Callback::from(move |event: Event| {
            let input: Option<HtmlInputElement> = event.target_dyn_into();
            if let Some(input) = input {
                // A branch keeps its name rather than having none.
                if input.value().trim().is_empty() {
                    input.set_value(&name);
                }
                act.emit(UiAction::Session(Act::NameBranch(no, input.value().as_str().into())));
            }
        })
    };
    let drop = UiAction::Floating(FloatingAction::Ask(Dialog::DropBranch(no)));
    html! {
        <section class={classes!("branch", side.is_open.then_some("is-open"))} aria-label={format!("Branch {}", side.letter)} key={no}>
            <header class="branch-head">
                <span class="branch-tag">{ side.letter }</span>
                <input class="branch-name" value={side.branch.name.to_string()} onchange={on_name} maxlength="32" aria-label={format!("Name of branch {}", side.letter)} />
                if !side.what.is_empty() {
                    <code class="branch-what">{ side.what.clone() }</code>
                }
                <span class="grow" />
                <span class="muted branch-steps">{ format!("{} / {}", side.steps.0, side.steps.1) }</span>
                if side.is_open {
                    <span class="badge" title="You work in this branch">{ "open" }</span>
                } else {
                    <button class="button button--small" title="Work in this branch" onclick={emit(act, UiAction::Session(Act::Switch(no)))}>{ "Open" }</button>
                }
                <button class="button button--quiet button--small" title={format!("Drop branch {}", side.letter)} onclick={emit(act, drop)}>{ icon_small("i-x") }<span class="visually-hidden">{ format!("Drop branch {}", side.letter) }</span></button>
            </header>
            <div class="branch-counts">
                <dl class="counts" aria-label={format!("kubectl get ds in branch {}", side.letter)}>
                    { for side.counts.iter().map(|(heading, number, differs)| html! {
                        <div class={differs.then_some("is-differing")}><dt>{ *heading }</dt><dd>{ if *differs { sign() } else { html! {} } }{ *number }</dd></div>
                    }) }
                </dl>
                <span class="grow" />
                <span class="muted">{ side.state }</span>
            </div>
            <p class="branch-told"><b>{ side.steps.0 }</b>{ " " }{ pieces(&side.told) }</p>
            <div class="branch-nodes" tabindex="0" role="group" aria-label={format!("Nodes of branch {}", side.letter)}>
                { map.unwrap_or_else(|| side.nodes.iter().map(|node| side_node(node, own)).collect()) }
            </div>
            <ul class="branch-events" tabindex="0" aria-label={format!("Events of branch {}", side.letter)}>
                if side.events.is_empty() { <li class="muted">{ "No events yet since the branches parted." }</li> }
                { for side.events.iter().map(side_event) }
            </ul>
        </section>
    }
}

/// An event of a branch; with a sign where the other branch has no such event.
fn side_event(event: &SideEvent) -> Html {
    html! {
        <li class={event.differs.then_some("is-differing")} title={event.message.to_string()}>
            if event.differs { { sign() } }
            <b>{ event.reason.to_string() }</b><code>{ event.object.clone() }</code><span>{ event.message.to_string() }</span>
        </li>
    }
}

/// That something is otherwise in the other branch.
fn sign() -> Html {
    html! { <><span class="differs" aria-hidden="true">{ "≠" }</span><span class="visually-hidden">{ "differs: " }</span></> }
}

fn side_node(node: &SideNode, act: &Callback<UiAction>) -> Html {
    html! {
        <article class={classes!("node", node.is_high.then_some("is-high"), node.differs.then_some("is-differing"))} key={node.name.to_string()}>
            <div class="node-head">
                <span class="node-name" title={node.name.to_string()}>{ cut_name(&node.name) }</span>
                if node.differs { { sign() } }
                <span class="node-status">{ if node.status.is_empty() { "not in this branch".into() } else { node.status.clone() } }</span>
            </div>
            <div class="pods">
                { for node.pods.iter().map(|chip| pod(chip, Marks::default(), "-1", act)) }
                if !node.reason.is_empty() {
                    <div class={classes!("reason", node.pods.is_empty().then_some("reason--slot"))}>{ icon("i-info") }<span>{ pieces(&node.reason) }</span></div>
                }
            </div>
        </article>
    }
}
