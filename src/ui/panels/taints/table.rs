//! The table: a column for each toleration, a row for each taint, and what happens to the pod.

use super::Given;
use super::form::TaintField;
use super::model::{differing, groups, named, parts, short, sign, tone};
use crate::api::{EcoString, NO_EXECUTE, PREFER_NO_SCHEDULE, Taint, Toleration};
use crate::explain::plain;
use crate::explain::taints::{
    Cell, Column, Edit, Explorer, Giver, SubjectRow, TaintCells, TrialSlot, What, toleration_for,
};
use crate::session::Act;
use crate::sim::StepNo;
use crate::ui::Shared;
use crate::ui::browser::{by_pointer, closest, focus, show_in};
use crate::ui::state::{Selection, TryingAction, UiAction, ViewAction};
use crate::ui::widgets::{breakable, emit, icon, icon_small, pieces};
use gloo::timers::callback::Timeout;
use web_sys::Element;
use yew::prelude::*;

/// So many rows are drawn at first.
const ROWS: usize = 60;

/// What is being typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Editing {
    /// Nothing.
    #[default]
    Nothing,
    /// A toleration that is changed, in the form above the table.
    Toleration(Toleration),
    /// A taint of nodes: one that is changed, or a new one.
    Taint(Vec<EcoString>, Option<Taint>),
}

/// What the table is given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What the panel reads.
    pub given: Given,
    /// Where actions go.
    pub act: Callback<UiAction>,
    /// The table.
    pub table: Shared<Explorer>,
    /// For each row the step that made it so.
    pub came: Vec<Option<StepNo>>,
    /// What is being typed.
    pub editing: Editing,
    /// Something is to be typed.
    pub on_edit: Callback<Editing>,
    /// What was typed is done with.
    pub on_done: Callback<()>,
}

/// What is drawn with: the stop of the arrow keys that has the focus, and where actions go.
struct Cx<'p> {
    props: &'p Props,
    current: String,
}

/// The table.
#[component]
pub fn Table(props: &Props) -> Html {
    let current = use_state_eq(|| "0:0".to_owned());
    let most = use_state_eq(|| ROWS);
    let table = &props.table;
    let groups = groups(table);
    let order: Vec<(usize, &Column, bool)> = groups
        .iter()
        .enumerate()
        .flat_map(|(group, columns)| columns.iter().map(move |(at, column)| (*at, *column, group == 3)))
        .collect();
    let on_focus = {
        let current = current.setter();
        Callback::from(move |event: FocusEvent| {
            if let Some(stop) =
                closest(&event, "[data-stop]").and_then(|stop| stop.get_attribute("data-stop"))
            {
                current.set(stop);
            }
        })
    };
    let on_key = Callback::from(|event: KeyboardEvent| {
        // Who clicks goes on with the steps: the arrows are theirs.
        if by_pointer()
            || event.ctrl_key()
            || event.alt_key()
            || event.meta_key()
            || closest(&event, "input, select").is_some()
        {
            return;
        }
        if rove(&event) {
            event.prevent_default();
            event.stop_propagation();
        }
    });
    let cx = Cx { props, current: (*current).clone() };
    let lines: usize = table.rows.iter().map(|row| row.taints.len().max(1)).sum();
    let mut line = 0;
    let body: Vec<Html> = table
        .rows
        .iter()
        .enumerate()
        .take(*most)
        .map(|(at, row)| {
            let drawn = body_row(&cx, row, at, line, &order);
            line += row.taints.len().max(1);
            drawn
        })
        .collect();
    let more = table.rows.len().saturating_sub(*most);
    let on_more = {
        let most = most.clone();
        Callback::from(move |_: MouseEvent| most.set(*most + ROWS))
    };
    html! {
        <>
        <ul class="tolerations" aria-label="Tolerations">
            { for order.iter().map(|(_, column, _)| html! {
                <li class={classes!("toleration", mark(&column.slot))}>
                    { toleration_switch(&cx, column, None) }
                    <span class="grow">{ head_text(column) }<span class="muted toleration-giver">{ giver(column.giver) }</span></span>
                    { edit_button(&cx, column, None) }
                </li>
            }) }
        </ul>
        <table class="matrix-table" role="grid" aria-label="Taints of the nodes against tolerations" aria-rowcount={(lines + 2).to_string()}
            onfocusin={on_focus} onkeydown={on_key}>
            <thead>
                <tr>
                    <td class="stub" colspan="2"></td>
                    { group(&groups[0], "i-user", "In your manifest", false) }
                    { group(&groups[1], "i-ring", "Trying", false) }
                    { group(&groups[2], "i-gear", "Added by the controller", false) }
                    { group(&groups[3], if groups[2].is_empty() { "i-gear" } else { "" }, "Added by the controller; matches no taint here", true) }
                    <td class="stub"></td>
                </tr>
                <tr>
                    <th scope="col" class="col-node">{ "Node" }</th>
                    <th scope="col" class="col-taint">{ "Taint" }</th>
                    { for order.iter().enumerate().map(|(at, (_, column, is_idle))| head_cell(&cx, column, at, *is_idle)) }
                    <th scope="col" class="col-fate">{ "What happens to the pod" }</th>
                </tr>
            </thead>
            { for body }
        </table>
        if more > 0 {
            <p class="more-rows"><button class="button button--small" onclick={on_more}>{ format!("Show more rows: {more} left") }</button></p>
        }
        </>
    }
}

fn group(columns: &[(usize, &Column)], sign: &'static str, words: &'static str, is_idle: bool) -> Html {
    if columns.is_empty() {
        return html! {};
    }
    html! {
        <th scope="colgroup" colspan={columns.len().to_string()} class={classes!("group", is_idle.then_some("is-idle"), (sign == "i-gear").then_some("group--over"), (words == "Trying").then_some("is-tried"))}>
            if sign.is_empty() {
                <span class="visually-hidden">{ words }</span>
            } else {
                <span class="group-words">{ icon_small(sign) }<b>{ words }</b>
                    if sign == "i-gear" { <span class="muted mono">{ "node.kubernetes.io/…" }</span> }
                </span>
            }
        </th>
    }
}

fn mark<T: PartialEq>(slot: &TrialSlot<T>) -> Option<&'static str> {
    match (&slot.was, &slot.now) {
        (Some(_), None) => Some("is-removed"),
        _ if slot.is_kept() => None,
        _ => Some("is-tried"),
    }
}

fn giver(giver: Giver) -> &'static str {
    match giver {
        Giver::You => "in your manifest",
        Giver::Controller => "added by the controller",
        Giver::Replaced => "in your manifest; the controller’s own takes its place",
        Giver::IfHostNetwork => "only with hostNetwork",
    }
}

impl Cx<'_> {
    fn tab(&self, stop: &str) -> &'static str {
        // What had the focus may be gone: Tab always reaches the first toleration and the first node.
        if self.current == stop || matches!(stop, "0:0" | "1:-2") { "0" } else { "-1" }
    }

    fn emit(&self, action: UiAction) -> Callback<MouseEvent> {
        emit(&self.props.act, action)
    }

    fn tries(&self, edit: Edit) -> Callback<MouseEvent> {
        self.emit(UiAction::Trying(TryingAction::Try(edit)))
    }

    /// A switch; one that the system sets cannot be moved and says why.
    fn switch(
        &self,
        is_on: bool,
        label: String,
        stop: Option<&str>,
        action: Result<Edit, &'static str>,
    ) -> Html {
        let (onclick, why) = match action {
            Ok(edit) => (self.tries(edit), None),
            Err(why) => (Callback::noop(), Some(why)),
        };
        html! {
            <button class={classes!("switch", why.is_some().then_some("switch--locked"))} role="switch" type="button"
                aria-checked={is_on.to_string()} aria-label={label} aria-disabled={why.map(|_| "true")} title={why.unwrap_or(if is_on { "Try without it" } else { "Try with it" })}
                data-stop={stop.map(str::to_owned)} tabindex={stop.map(|stop| self.tab(stop))} {onclick}></button>
        }
    }
}

fn toleration_switch(cx: &Cx<'_>, column: &Column, stop: Option<&str>) -> Html {
    let Some(toleration) = column.toleration() else { return html! {} };
    let label = format!("Toleration {toleration}, {}", giver(column.giver));
    let action = match column.giver {
        Giver::You | Giver::Replaced => Ok(match &column.slot.now {
            Some(now) => Edit::Toleration { from: Some(now.clone()), to: None },
            None => Edit::Toleration { from: None, to: column.slot.was.clone() },
        }),
        Giver::IfHostNetwork => Ok(Edit::HostNetwork(true)),
        Giver::Controller if !column.slot.is_kept() => Ok(Edit::HostNetwork(column.slot.now.is_none())),
        Giver::Controller => Err("The controller adds it to every daemon pod"),
    };
    cx.switch(column.is_on(), label, stop, action)
}

fn edit_button(cx: &Cx<'_>, column: &Column, stop: Option<&str>) -> Html {
    let Some(now) = column.slot.now.as_ref().filter(|_| column.giver == Giver::You) else { return html! {} };
    let (on_edit, next) = (cx.props.on_edit.clone(), Editing::Toleration(now.clone()));
    let onclick = Callback::from(move |_: MouseEvent| on_edit.emit(next.clone()));
    html! {
        <button class="button button--quiet edit" type="button" aria-label={format!("Change toleration {now}")} title="Change"
            data-stop={stop.map(str::to_owned)} tabindex={stop.map(|stop| cx.tab(stop))} {onclick}>{ icon_small("i-user") }</button>
    }
}

fn head_text(column: &Column) -> Html {
    let Some(toleration) = column.toleration() else { return html! {} };
    let (prefix, name, effect) = short(toleration);
    html! {
        <span class="head-text mono" title={toleration.to_string()}>
            <b>
                if !prefix.is_empty() && matches!(column.giver, Giver::You | Giver::Replaced) { <span class="prefix">{ prefix }</span> }
                { name }
            </b>
            <span class="effect">{ effect }</span>
            if let Some(seconds) = toleration.toleration_seconds {
                <span class="seconds">{ icon_small("g-timer") }{ format!("{seconds} s") }</span>
            }
        </span>
    }
}

fn head_cell(cx: &Cx<'_>, column: &Column, at: usize, is_idle: bool) -> Html {
    let stop = format!("0:{at}");
    let edit = format!("0:{at}.5");
    html! {
        <th scope="col" class={classes!("col-toleration", is_idle.then_some("is-idle"), mark(&column.slot), (column.giver == Giver::IfHostNetwork).then_some("is-off"))}>
            <span class="head-acts">{ toleration_switch(cx, column, Some(&stop)) }{ edit_button(cx, column, Some(&edit)) }</span>
            { head_text(column) }
            if column.giver == Giver::IfHostNetwork { <span class="head-note">{ "if hostNetwork" }</span> }
        </th>
    }
}

/// A node, or several alike: a line for each taint, one if there is none.
fn body_row(
    cx: &Cx<'_>,
    row: &SubjectRow,
    at: usize,
    first: usize,
    order: &[(usize, &Column, bool)],
) -> Html {
    let lines = row.taints.len().max(1);
    let span = lines.to_string();
    let is_adding = cx.props.editing == Editing::Taint(row.nodes.clone(), None);
    let line = |index: usize| {
        let stop = first + index + 1;
        let taint = row.taints.get(index);
        html! {
            <tr>
                if index == 0 { { node_cell(cx, row, stop, &span) } }
                <th scope="row" class={classes!("col-taint", taint.and_then(|taint| mark(&taint.slot)))}>
                    { taint.map_or_else(|| html! { <span class="muted">{ "no taint" }</span> }, |taint| taint_cell(cx, row, taint, stop)) }
                    if is_adding && index + 1 == lines {
                        <TaintField given={cx.props.given.clone()} act={cx.props.act.clone()} nodes={row.nodes.clone()} from={None::<Taint>} on_done={cx.props.on_done.clone()} />
                    }
                </th>
                { for order.iter().enumerate().map(|(place, (at, column, is_idle))| {
                    cell(cx, row, taint, *at, column, (stop, place), *is_idle)
                }) }
                if index == 0 { { fate_cell(cx, row, at, (stop, order.len()), &span) } }
            </tr>
        }
    };
    html! { <tbody class={classes!(row.is_changed().then_some("is-changed"))}>{ for (0..lines).map(line) }</tbody> }
}

fn node_cell(cx: &Cx<'_>, row: &SubjectRow, stop: usize, span: &str) -> Html {
    let (name_stop, add_stop) = (format!("{stop}:-2"), format!("{stop}:-1.5"));
    let name = row.nodes.first().cloned().unwrap_or_default();
    let select = {
        let (select, stop) =
            (cx.emit(UiAction::View(ViewAction::Select(Selection::Node(name.clone())))), name_stop.clone());
        Callback::from(move |event: MouseEvent| {
            select.emit(event);
            // Why? takes room from the table: the row is elsewhere then.
            let stop = format!("[data-stop=\"{stop}\"]");
            Timeout::new(0, move || show_in(".taints-scroll", &stop)).forget();
        })
    };
    let (on_edit, next) = (cx.props.on_edit.clone(), Editing::Taint(row.nodes.clone(), None));
    let on_add = Callback::from(move |_: MouseEvent| on_edit.emit(next.clone()));
    let all: Vec<&str> = row.nodes.iter().map(|name| name.as_str()).collect();
    let label = named(row);
    html! {
        <th scope="rowgroup" rowspan={span.to_owned()} class="col-node">
            <button class="node-link" type="button" title={if all.len() > 1 { all.join(", ") } else { format!("Why? {name}") }} onclick={select}
                data-stop={name_stop.clone()} tabindex={cx.tab(&name_stop)}>
                if all.len() > 1 { <b>{ format!("{} nodes", all.len()) }</b><span class="muted">{ format!("like {name}") }</span> } else { <b>{ name.to_string() }</b> }
            </button>
            <button class="button button--quiet add-taint" type="button" aria-label={format!("Add a taint to {label}")} title="Try a taint" onclick={on_add}
                data-stop={add_stop.clone()} tabindex={cx.tab(&add_stop)}>{ icon_small("i-plus") }</button>
        </th>
    }
}

fn taint_cell(cx: &Cx<'_>, row: &SubjectRow, line: &TaintCells, stop: usize) -> Html {
    let Some(taint) = line.taint() else { return html! {} };
    if line.slot.now.is_some() && cx.props.editing == Editing::Taint(row.nodes.clone(), line.slot.now.clone())
    {
        return html! {
            <TaintField given={cx.props.given.clone()} act={cx.props.act.clone()} nodes={row.nodes.clone()} from={line.slot.now.clone()} on_done={cx.props.on_done.clone()} />
        };
    }
    let (switch_stop, text_stop) = (format!("{stop}:-1"), format!("{stop}:-0.5"));
    let action = match (&line.slot.now, line.is_automatic) {
        (_, true) => Err("A condition of the node, or its cordon, sets it"),
        (Some(now), _) => Ok(Edit::Taint { nodes: row.nodes.clone(), from: Some(now.clone()), to: None }),
        (None, _) => Ok(Edit::Taint { nodes: row.nodes.clone(), from: None, to: line.slot.was.clone() }),
    };
    let is_locked = action.is_err();
    let sign = match taint.effect.as_str() {
        NO_EXECUTE => "g-evict",
        PREFER_NO_SCHEDULE => "g-soft",
        _ => "g-shut",
    };
    let (prefix, core) = parts(taint);
    let text = html! { <><span class="prefix">{ prefix }</span><b>{ breakable(&core) }</b></> };
    let (on_edit, next) =
        (cx.props.on_edit.clone(), Editing::Taint(row.nodes.clone(), line.slot.now.clone()));
    let on_change = Callback::from(move |_: MouseEvent| on_edit.emit(next.clone()));
    html! {
        <span class="taint-row">
            { cx.switch(line.slot.now.is_some(), format!("Taint {taint} on {}", named(row)), Some(&switch_stop), action) }
            { icon(sign) }
            if is_locked || line.slot.now.is_none() {
                <span class="taint-text mono" data-stop={text_stop.clone()} tabindex={cx.tab(&text_stop)}>{ text }</span>
            } else {
                <button class="taint-text taint-edit mono" type="button" title="Change" aria-label={format!("Change taint {taint} on {}", named(row))} onclick={on_change}
                    data-stop={text_stop.clone()} tabindex={cx.tab(&text_stop)}>{ text }</button>
            }
        </span>
    }
}

/// `k v e`: which parts match.
pub fn boxes(key: bool, value: bool, effect: bool) -> Html {
    let part = |letter: &'static str, matches: bool| html! { <i class={if matches { "on" } else { "off" }}>{ letter }</i> };
    html! { <span class="kve" aria-hidden="true">{ part("k", key) }{ part("v", value) }{ part("e", effect) }</span> }
}

fn cell(
    cx: &Cx<'_>,
    row: &SubjectRow,
    line: Option<&TaintCells>,
    at: usize,
    column: &Column,
    (stop, place): (usize, usize),
    is_idle: bool,
) -> Html {
    let stop = format!("{stop}:{place}");
    let found = line.and_then(|line| Some((line.taint()?, line.cells.get(at).copied()?)));
    let is_gone = line.is_some_and(|line| line.slot.now.is_none()) || !column.is_on();
    let class = classes!(
        "cell",
        is_idle.then_some("is-idle"),
        mark(&column.slot),
        is_gone.then_some("is-off"),
        found.and_then(|(_, cell)| match cell {
            Cell::Match => Some("cell--match"),
            Cell::NearMiss(_) => Some("cell--near"),
            Cell::OtherKey => None,
        })
    );
    let tabindex = cx.tab(&stop);
    match (found, column.toleration()) {
        (Some((_, Cell::Match)), _) => html! {
            <td {class} data-stop={stop} {tabindex}>{ icon("g-open") }<span class="cell-word">{ if is_gone { "would match" } else { "match" } }</span></td>
        },
        (Some((taint, Cell::NearMiss(parts))), Some(own)) => {
            let words = differing(parts, own);
            let can_match =
                column.giver == Giver::You && row.missing().contains(taint) && column.slot.now.is_some();
            let fix = Edit::Toleration {
                from: column.slot.now.clone(),
                to: Some(toleration_for(taint, Some(own))),
            };
            html! {
                <td {class} data-stop={(!can_match).then(|| stop.clone())} tabindex={(!can_match).then_some(tabindex)}>
                    { boxes(parts.key, parts.value, parts.effect) }
                    <span class="cell-word">{ words }</span>
                    if can_match {
                        <button class="button button--small fix" type="button" onclick={cx.tries(fix)} aria-label={format!("Make {own} match {taint}")} data-stop={stop} {tabindex}>{ "Make it match" }</button>
                    }
                </td>
            }
        }
        (Some(_), _) => html! {
            <td {class} data-stop={stop} {tabindex}><b class="dot" aria-hidden="true">{ "·" }</b><span class="visually-hidden">{ "other key" }</span></td>
        },
        (None, _) => {
            html! { <td {class} data-stop={stop} {tabindex}><span class="visually-hidden">{ "no taint" }</span></td> }
        }
    }
}

fn fate_cell(cx: &Cx<'_>, row: &SubjectRow, at: usize, (stop, place): (usize, usize), span: &str) -> Html {
    let what = row.after.what;
    let is_changed = row.is_changed();
    let words = if is_changed {
        format!("{}, was {}: {}", what.told(), row.before.what.told(), plain(&row.after.why))
    } else {
        format!("{}: {}", what.told(), plain(&row.after.why))
    };
    let came = cx.props.came.get(at).copied().flatten();
    html! {
        <td rowspan={span.to_owned()} class={classes!("col-fate", is_changed.then_some("is-changed"))}>
            <div class="fate-row">
            <div class={classes!("fate", tone(what))} data-stop={format!("{stop}:{place}")} tabindex={cx.tab(&format!("{stop}:{place}"))} role="group" aria-label={words}>
                { icon(sign(what)) }
                <p class="fate-words">
                    <span class="fate-what">
                        if is_changed { <s>{ row.before.what.told() }</s><span class="arrow" aria-hidden="true">{ " → " }</span> }
                        <b>{ what.told() }</b>
                    </span>
                    <span class="fate-why">{ pieces(&row.after.why) }</span>
                </p>
            </div>
            if let Some(no) = came.filter(|_| !is_changed) {
                <button class="button button--link came" type="button" onclick={cx.emit(UiAction::Session(Act::Seek(no)))} title="Show the step that changed this node's taints or its pod last"
                    data-stop={format!("{stop}:{place}.1")} tabindex={cx.tab(&format!("{stop}:{place}.1"))}>{ format!("step {no}") }</button>
            }
            </div>
            <div class="fate-acts">
                { for row.missing().iter().enumerate().filter(|_| what != What::NotSelected).map(|(index, taint)| {
                    let stop = format!("{stop}:{place}.{}", index + 2);
                    html! {
                        <button class="button button--small add-toleration" type="button" onclick={cx.tries(Edit::tolerate(taint))} data-stop={stop.clone()} tabindex={cx.tab(&stop)}
                            aria-label={format!("Try this toleration: {taint}")}>
                            { icon_small("i-plus") }{ "Try this toleration" }
                            if row.missing().len() > 1 { <code>{ taint.to_string() }</code> }
                        </button>
                    }
                }) }
            </div>
        </td>
    }
}

/// Moves the focus as the arrow keys say: within a line, or to the nearest place of the next line. Says whether the key
/// was one of those.
fn rove(event: &KeyboardEvent) -> bool {
    let Some(from) = closest(event, "[data-stop]") else { return false };
    let Some(table) = from.closest(".matrix-table").ok().flatten() else { return false };
    let Some(found) = table.query_selector_all("[data-stop]").ok() else { return false };
    let elements = (0..found.length()).filter_map(|index| found.item(index));
    let elements = elements.filter_map(|node| wasm_bindgen::JsCast::dyn_into::<Element>(node).ok());
    // What a narrow view hides has no place.
    let stops: Vec<(f64, f64, String)> = elements
        .filter(|element| element.get_bounding_client_rect().width() > 0.0)
        .filter_map(|element| place(&element.get_attribute("data-stop")?))
        .collect();
    let Some(own) = from.get_attribute("data-stop").and_then(|stop| place(&stop)) else { return false };
    let line = |at: f64| stops.iter().filter(move |stop| stop.0 == at);
    let nearest =
        |at: f64| line(at).min_by(|left, right| (left.1 - own.1).abs().total_cmp(&(right.1 - own.1).abs()));
    let above = || stops.iter().map(|stop| stop.0).filter(|at| *at < own.0).max_by(f64::total_cmp);
    let below = || stops.iter().map(|stop| stop.0).filter(|at| *at > own.0).min_by(f64::total_cmp);
    let by_column = |left: &&&(f64, f64, String), right: &&&(f64, f64, String)| left.1.total_cmp(&right.1);
    let to = match event.key().as_str() {
        "ArrowRight" => {
            line(own.0).filter(|stop| stop.1 > own.1).min_by(|left, right| by_column(&left, &right))
        }
        "ArrowLeft" => {
            line(own.0).filter(|stop| stop.1 < own.1).max_by(|left, right| by_column(&left, &right))
        }
        "ArrowDown" => below().and_then(nearest),
        "ArrowUp" => above().and_then(nearest),
        "Home" => line(own.0).min_by(|left, right| by_column(&left, &right)),
        "End" => line(own.0).max_by(|left, right| by_column(&left, &right)),
        _ => return false,
    };
    if let Some((_, _, stop)) = to {
        focus(&format!("[data-stop=\"{stop}\"]"));
    }
    true
}

/// A stop's line and its place in it.
fn place(stop: &str) -> Option<(f64, f64, String)> {
    let (line, column) = stop.split_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?, stop.to_owned()))
}
