//! The Why? panel.

use super::Given;
use super::model::{model, place_of};
use crate::api::{EcoString, Kind, Object, ObjectKey, PREFER_NO_SCHEDULE, Taint};
use crate::explain::why::{
    Author, Badge, Block, BudgetRow, BudgetSlot, Candidates, Caused, Check, FieldSource, Mark, MatrixRow,
    NodeLine, NodeRow, PastAttempt, RevisionRow, ScoredBy, Section, Tone, TraceLine, YamlLine, yaml_of,
};
use crate::explain::{Piece, PodStage, count, plain};
use crate::kubectl::Request;
use crate::session::{Act, DocumentName, Documents, ShownRun};
use crate::sim::StepNo;
use crate::ui::state::{PanelProps, Selection, TryingAction, UiAction, ViewAction};
use crate::ui::widgets::{
    Late, breakable, by_words, cut_name, icon, icon_small, pieces, rev_tag, timed, use_late, use_late_after,
    use_whole,
};
use std::cell::Cell;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Why is the selected node or pod as it is?
#[component]
pub fn WhyPanel(props: &PanelProps<Given>) -> Html {
    let late = Late::PICTURES.if_large(props.given.asked.run.world());
    let Given { asked, documents, by_chance, waits } = &use_late(&props.given, late);
    let why = use_memo(asked.clone(), model);
    // The answer is not given before the question was asked.
    let pinned = asked.selection != Selection::Step;
    let pin = if pinned { pin(&props.act) } else { Html::default() };
    // What was asked is answered aloud, once: as it changes with the steps, these tell it.
    let answer = use_memo(asked.selection.clone(), |_| match &*why {
        Some(why) if pinned => plain(&why.verdict),
        _ => String::new(),
    });
    let Some(why) = (*why).as_ref().filter(|_| !waits) else {
        let words = match asked.selection.name() {
            Some(name) => format!("{name} is not in the cluster at this step."),
            None => "Choose a node, a pod or the DaemonSet’s Why? to learn why it is as it is.".into(),
        };
        return html! {
            <aside class="panel panel--why" aria-label="Why?">
                <div class="why-head"><h2 class="why-title"><span class="grow">{ "Why?" }</span>{ pin }</h2><p class="verdict">{ words }</p><p class="visually-hidden" role="status" /></div>
            </aside>
        };
    };
    // Of a node there is an answer for each DaemonSet.
    let of_one = why.key.kind == Kind::Node && asked.run.world().daemon_sets().nth(1).is_some();
    let of_one = asked.set.as_ref().filter(|_| of_one);
    let about = About { run: &asked.run, key: &why.key, act: &props.act, documents, by_chance: *by_chance };
    html! {
        <aside class="panel panel--why" aria-label="Why?">
            <div class="why-head">
                <h2 class="why-title">
                    <span class="grow">{ "Why? " }<span class="mono">{ why.key.name.to_string() }</span></span>
                    { pin }
                    if let Some(step) = why.step {
                        if step == asked.run.shown() {
                            <span class="badge badge--mark">{ format!("step {step}") }</span>
                        } else {
                            { about.to_step(step, "badge") }
                        }
                    }
                </h2>
                if let Some(set) = of_one {
                    <p class="muted">{ "For the pods of " }<span class="mono">{ set.name.to_string() }</span></p>
                }
                <p class="verdict">{ pieces(&why.verdict) }</p>
                <p class="visually-hidden" role="status">{ &*answer }</p>
            </div>
            <div class="why-scroll" tabindex="0" role="region" aria-label={format!("Grounds for {} {}", word(&why.key.kind), why.key.name)}>
                { for why.sections.iter().map(|one| section(one, &about)) }
            </div>
        </aside>
    }
}

/// That Why? is pinned, and the way back.
fn pin(act: &Callback<UiAction>) -> Html {
    let onclick = act.reform(|_: MouseEvent| UiAction::View(ViewAction::Select(Selection::Step)));
    html! {
        <button class="badge" title="Why? is pinned to this. Unpin it, so that it follows the steps again (Esc)" {onclick}>{ icon_small("i-pin") }{ "Pinned" }</button>
    }
}

fn word(kind: &Kind) -> &str {
    match kind {
        Kind::Node => "node",
        Kind::Pod => "pod",
        kind => kind.name(),
    }
}

/// What the answer is about, and where actions go.
struct About<'a> {
    run: &'a ShownRun,
    key: &'a ObjectKey,
    act: &'a Callback<UiAction>,
    documents: &'a Documents,
    by_chance: bool,
}

impl About<'_> {
    /// A button that leads to a step.
    fn to_step(&self, step: StepNo, class: &'static str) -> Html {
        to_step(self.act, step, class)
    }

    /// A button that leads to the line of a text that holds a field; nothing where no text does.
    fn to_line(&self, source: &FieldSource) -> Html {
        self.to_first(std::slice::from_ref(source))
    }

    /// The same for the first of several fields that a text has.
    fn to_first(&self, sources: &[FieldSource]) -> Html {
        let place = sources.iter().find_map(|source| place_of(self.documents, source));
        let Some((name, line)) = place else { return html! {} };
        let onclick = self.act.reform(move |_: MouseEvent| UiAction::View(ViewAction::Line(name, line)));
        let of = if name == DocumentName::Nodes { "nodes.yaml:" } else { "line " };
        let title = format!("Show line {line} of {}", name.file());
        html! { <button class="to-line" {title} {onclick}>{ format!("{of}{line}") }</button> }
    }
}

fn to_step(act: &Callback<UiAction>, step: StepNo, class: &'static str) -> Html {
    let onclick = act.reform(move |_: MouseEvent| UiAction::Session(Act::Seek(step)));
    html! { <button {class} title="Go to this step" {onclick}>{ format!("step {step}") }</button> }
}

fn section(section: &Section, about: &About<'_>) -> Html {
    html! {
        <section class="why-section">
            <header>
                <h3>{ &section.title }</h3>
                if !section.by.is_empty() {
                    <span class="muted">{ &section.by }</span>
                }
                { for section.badges.iter().map(badge) }
            </header>
            { for section.blocks.iter().map(|part| block(part, &section.title, about)) }
        </section>
    }
}

fn badge(badge: &Badge) -> Html {
    let (class, sign) = match badge.tone {
        Tone::Good => ("badge badge--good", "i-check"),
        Tone::Bad => ("badge badge--bad", "i-x"),
        Tone::Neutral => ("badge", "i-dash"),
    };
    let sign = if badge.has_sign {
        icon_small(sign)
    } else {
        html! {}
    };
    html! { <span class={class}>{ sign }{ &badge.word }</span> }
}

fn sign(tone: Tone) -> Html {
    let (class, sign, word) = match tone {
        Tone::Good => ("yes", "i-check", "yes"),
        Tone::Bad => ("no", "i-x", "no"),
        Tone::Neutral => ("na", "i-dash", "no verdict"),
    };
    html! { <span class={class}>{ icon(sign) }<span class="visually-hidden">{ word }</span></span> }
}

fn block(block: &Block, title: &str, about: &About<'_>) -> Html {
    match block {
        Block::Checks(rows) => html! {
            <ul class="checks">
                { for rows.iter().map(|Check { tone, name, found, source }| html! {
                    <li>{ sign(*tone) }<span>{ name }</span><span class="muted">{ pieces(found) }{ " " }{ for source.as_ref().map(|source| about.to_line(source)) }</span></li>
                }) }
            </ul>
        },
        Block::Nodes(rows) => html! {
            <ul class="checks checks--wide">{ for rows.iter().map(|row| node_row(row, about)) }</ul>
        },
        Block::Taints(taints) => {
            let line = |(index, (taint, open, source)): (usize, &(Taint, bool, FieldSource))| {
                taint_line(index, taint, *open, about.to_line(source))
            };
            taints.iter().enumerate().map(line).collect()
        }
        Block::Matrix(rows) => matrix(rows, about),
        Block::NearMiss(misses) => misses
            .iter()
            .map(|(parts, words)| {
                let part = |on: bool, letter: &'static str| html! { <i class={if on { "on" } else { "off" }}>{ letter }</i> };
                html! {
                    <p><span class="kve" aria-hidden="true">{ part(parts.key, "k") }{ part(parts.value, "v") }{ part(parts.effect, "e") }</span>
                    { " " }{ pieces(words) }</p>
                }
            })
            .collect(),
        Block::Words(words) => html! { <p class="muted">{ pieces(words) }</p> },
        Block::Plugins(plugins) => html! {
            <ul class="plugins">{ for plugins.iter().map(|Mark { tone, name, told, sources }| html! { <li title={*told}>{ sign(*tone) }{ *name }{ about.to_first(sources) }</li> }) }</ul>
        },
        Block::Scores { plugins, rows, winner } => scores(plugins, rows, winner, about),
        Block::Candidates(table) => candidates(table),
        Block::Trace(lines) => html! { <ol class="trace">{ for lines.iter().map(trace_line) }</ol> },
        Block::Changes(lines) => html! { <ul class="change-list">{ for lines.iter().map(change_line) }</ul> },
        Block::Budget(rows) => budget(rows, about),
        Block::NodeLines(rows) => html! { <ul class="checks">{ for rows.iter().map(node_line) }</ul> },
        Block::History(rows) => html! { <ul class="history">{ for rows.iter().map(|row| revision(row, about)) }</ul> },
        Block::Attempts(attempts) => html! {
            <ul class="attempts">{ for attempts.iter().map(|one| attempt(one, about)) }</ul>
        },
        Block::Snippet(text) => html! {
            <div class="yaml" tabindex="0" role="region" aria-label={format!("YAML: {title}")}>
                { for text.lines().map(|line| html! { <div><span>{ line }</span><span /></div> }) }
            </div>
        },
        Block::AddTolerations(set, taints) => {
            let (act, set, taints) = (about.act.clone(), set.clone(), taints.clone());
            let words = if taints.len() == 1 { "Add this toleration" } else { "Add these tolerations" };
            let onclick = Callback::from(move |_: MouseEvent| {
                act.emit(UiAction::Trying(TryingAction::Tolerate(set.clone(), taints.clone())));
            });
            html! { <button class="button button--small" {onclick}>{ icon_small("i-plus") }{ words }</button> }
        }
        Block::Yaml(object) => html! {
            <ObjectYaml run={about.run.clone()} object={object.clone()} title={title.to_owned()} act={about.act.clone()} />
        },
        Block::Causes(steps) => html! { <ol class="causes">{ for steps.iter().map(|one| caused(one, about)) }</ol> },
    }
}

fn taint_line(index: usize, taint: &Taint, open: bool, place: Html) -> Html {
    let text = taint.to_string();
    let (prefix, core) = text.rsplit_once('/').map_or(("", text.as_str()), |(prefix, core)| (prefix, core));
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let class = classes!("taint-line", (!open).then_some("taint-line--shut"));
    let (sign, word) = match open {
        _ if taint.effect == PREFER_NO_SCHEDULE => ("g-soft", ", only a preference"),
        true => ("g-open", ", tolerated"),
        false => ("g-shut", ", not tolerated"),
    };
    html! {
        <p class={class} title={format!("{text}{word}")} data-about={format!("T{} {text}", index + 1)}>
            { icon(sign) }<b>{ format!("T{}", index + 1) }</b>
            <span class="prefix">{ prefix }</span><span class="core">{ breakable(core) }</span>
            <span class="visually-hidden">{ word }</span>
            <span class="grow" />{ place }
        </p>
    }
}

fn matrix(rows: &[MatrixRow], about: &About<'_>) -> Html {
    let columns = rows.first().map_or(0, |row| row.cells.len());
    html! {
        <table class="matrix">
            <thead><tr>
                <th scope="col">{ "Toleration of a pod here" }</th><th scope="col">{ "Written by" }</th>
                { for (1..=columns).map(|column| html! { <th scope="col" data-about={format!("T{column}")}>{ format!("T{column}") }</th> }) }
            </tr></thead>
            <tbody>{ for rows.iter().enumerate().map(|(index, row)| matrix_row(index, row, about)) }</tbody>
        </table>
    }
}

fn matrix_row(index: usize, row: &MatrixRow, about_all: &About<'_>) -> Html {
    let key = row.key.rsplit_once('/').map_or(row.key.clone(), |(_, end)| format!("…/{end}"));
    let effect = if row.effect.is_empty() { ":*".to_owned() } else { format!(":{}", row.effect) };
    let about = format!("toleration/{index}");
    html! {
        <tr class={row.matches().then_some("is-match")}>
            <th scope="row" title={row.key.clone()} data-about={about.clone()}>{ key }<span class="effect">{ effect }</span></th>
            <td>{ origin(row.author) }{ for row.source.as_ref().map(|source| about_all.to_line(source)) }</td>
            { for row.cells.iter().enumerate().map(|(column, cell)| html! {
                <td class="cell" data-about={format!("{about} T{}", column + 1)}>
                    if cell.is_full() {
                        { sign(Tone::Good) }
                    } else {
                        <span class="cell-none" /><span class="visually-hidden">{ "no match" }</span>
                    }
                </td>
            }) }
        </tr>
    }
}

fn origin(author: Author) -> Html {
    let you = author == Author::You;
    let class = classes!("origin", (!you).then_some("origin--auto"));
    html! { <span class={class}>{ icon(if you { "i-user" } else { "i-gear" }) }{ author.name() }</span> }
}

fn scores(plugins: &[ScoredBy], rows: &[(String, Vec<i64>, i64)], winner: &str, about: &About<'_>) -> Html {
    html! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Scores">
            <table class="table">
                <thead><tr>
                    <th scope="col">{ "node" }</th>
                    <th scope="col">{ "total" }</th>
                    { for plugins.iter().map(|ScoredBy { name, weight, told, sources }| {
                        let times = if *weight == 1 { String::new() } else { format!(" ×{weight}") };
                        let short = name.trim_start_matches("NodeResources");
                        html! { <th scope="col" title={format!("{name}: {told}")}>{ by_words(short) }{ times }{ " " }{ about.to_first(sources) }</th> }
                    }) }
                </tr></thead>
                <tbody>
                    { for rows.iter().map(|(node, scores, total)| html! {
                        <tr class={(node == winner).then_some("is-best")}>
                            <td>{ node }</td>
                            <td>{ total.to_string() }</td>
                            { for scores.iter().map(|score| html! { <td>{ score.to_string() }</td> }) }
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

/// A node with its reasons; several that share them can be unfolded.
fn node_row(row: &NodeRow, about: &About<'_>) -> Html {
    let NodeRow { tone, name, words, names, sources } = row;
    html! {
        <li>
            { sign(*tone) }
            <span>
                <b class="mono">{ name }</b>{ " " }{ pieces(words) }{ " " }{ about.to_first(sources) }
                if !names.is_empty() { <Names names={names.clone()} /> }
            </span>
        </li>
    }
}

#[derive(PartialEq, Properties)]
struct NamesProps {
    names: Vec<EcoString>,
}

/// The names of nodes, of which there may be thousands: written only where one looks at them.
#[component]
fn Names(props: &NamesProps) -> Html {
    let is_open = use_state(|| false);
    let ontoggle = {
        let is_open = is_open.clone();
        Callback::from(move |event: Event| {
            is_open.set(event.target_unchecked_into::<web_sys::Element>().has_attribute("open"));
        })
    };
    html! {
        <details class="names" {ontoggle}>
            <summary>{ "which" }</summary>
            if *is_open { <span class="mono">{ props.names.join(", ") }</span> }
        </details>
    }
}

fn candidates(table: &Candidates) -> Html {
    let is_deciding = |column: usize| (table.deciding == Some(column)).then_some("is-deciding");
    html! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Candidate nodes">
            <table class="table candidates">
                <thead><tr>
                    <th scope="col">{ "node" }</th>
                    { for Candidates::COLUMNS.iter().enumerate().map(|(column, name)| html! {
                        <th scope="col" class={is_deciding(column)}>{ *name }</th>
                    }) }
                </tr></thead>
                <tbody>
                    { for table.rows.iter().map(|(node, cells)| html! {
                        <tr class={(table.chosen.as_ref() == Some(node)).then_some("is-best")}>
                            <td>{ node }</td>
                            { for cells.iter().enumerate().map(|(column, cell)| html! {
                                <td class={is_deciding(column)}>{ cell }</td>
                            }) }
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

fn trace_line(line: &TraceLine) -> Html {
    html! {
        <li><span>{ pieces(&line.what) }<small>{ &line.small }</small></span>{ badge(&line.badge) }</li>
    }
}

fn change_line((sign, what): &(&'static str, Vec<Piece>)) -> Html {
    let class = match *sign {
        "+" => Some("change--add"),
        "−" => Some("change--del"),
        _ => None,
    };
    html! { <li {class}><span class="sign">{ *sign }</span><span>{ pieces(what) }</span></li> }
}

fn budget(rows: &[BudgetRow], about: &About<'_>) -> Html {
    let act = about.act.clone();
    let by_chance = about.by_chance;
    let title = if by_chance { "Pick nodes by name" } else { "Pick nodes in random order" };
    let action = UiAction::did(title.into(), Request::order(!by_chance));
    let onchange = Callback::from(move |event: Event| {
        // Whether it is done is not known yet: it may be asked first, and refused.
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            input.set_checked(by_chance);
        }
        act.emit(action.clone());
    });
    html! {
        <div class="budget">
            { for rows.iter().map(|row| html! {
                <div class="budget-row">
                    <b class="mono">{ row.name }</b>
                    if row.slots.is_empty() {
                        <span class="slots muted">{ "no slots" }</span>
                    } else {
                        <span class="slots">
                            { for row.slots.iter().map(slot) }
                            if row.more > 0 { <span class="muted">{ format!("+{}", row.more) }</span> }
                        </span>
                    }
                    <span class="mono">{ &row.used }</span>
                </div>
            }) }
            <label class="chance"><input type="checkbox" checked={by_chance} {onchange} />{ "Pick nodes in random order, as a real controller does" }</label>
        </div>
    }
}

fn slot(slot: &BudgetSlot) -> Html {
    let used = match (&slot.node, slot.is_surge) {
        (None, _) => "slot--free",
        (Some(_), false) => "slot--used",
        (Some(_), true) => "slot--surge",
    };
    html! { <span class={classes!("slot", used)} title={slot.node.clone()}>{ slot.node.as_deref().map_or_else(|| html! { "free" }, cut_name) }</span> }
}

/// A node with what it waits for.
fn node_line(line: &NodeLine) -> Html {
    let NodeLine { sign, tone, name, words, names } = line;
    let (icon_name, class) = match (sign, tone) {
        (PodStage::Ready, Tone::Good) => ("i-done".to_owned(), "yes"),
        (PodStage::Ready, _) => ("i-ring".to_owned(), "na"),
        (PodStage::Terminating, Tone::Neutral) => ("i-dash".to_owned(), "na"),
        (stage, Tone::Bad) => (format!("p-{}", stage.name()), "no"),
        (stage, _) => (format!("p-{}", stage.name()), ""),
    };
    html! {
        <li>
            <span {class}>{ icon(&icon_name) }</span><span>{ name }</span>
            <span class="muted">
                { pieces(words) }
                if !names.is_empty() { <Names names={names.clone()} /> }
            </span>
        </li>
    }
}

/// A revision, with the way back to it.
fn revision(row: &RevisionRow, about: &About<'_>) -> Html {
    let RevisionRow { number, what, hash, pods, is_current, cause } = row;
    let act = about.act.clone();
    let title = format!("Undo to r{number}");
    let command = Request::roll_back(about.key, *number);
    let action = UiAction::did(title.clone(), command);
    let onclick = Callback::from(move |_: MouseEvent| act.emit(action.clone()));
    let state = match (is_current, pods) {
        (true, _) => "current".to_owned(),
        (false, 1) => "1 pod left".to_owned(),
        (false, pods) => format!("{pods} pods left"),
    };
    html! {
        <li>
            { rev_tag(*number) }
            <span>
                { what }
                <small>{ format!("{hash} · {state}") }</small>
                if let Some(cause) = cause { <small>{ format!("CHANGE-CAUSE {cause}") }</small> }
            </span>
            if *is_current {
                <span class="badge">{ "Current" }</span>
            } else {
                <button class="button button--small" {onclick}>{ icon_small("i-undo") }{ title }</button>
            }
        </li>
    }
}

/// An attempt, to be told instead of the one that is.
fn attempt(attempt: &PastAttempt, about: &About<'_>) -> Html {
    let action = UiAction::View(ViewAction::Attempt(about.key.clone(), attempt.step));
    let act = about.act.clone();
    let onclick = Callback::from(move |_: MouseEvent| act.emit(action.clone()));
    html! {
        <li>
            <button class="attempt" aria-pressed={attempt.is_shown.to_string()} {onclick}>
                <b>{ attempt.number }</b><span>{ attempt.result }</span><span class="muted">{ format!("step {}", attempt.step) }</span>
            </button>
        </li>
    }
}

fn caused(Caused { step, what, skipped }: &Caused, about: &About<'_>) -> Html {
    html! {
        <>
            if *skipped > 0 { <li class="muted">{ format!("{} between", count(*skipped, "step")) }</li> }
            <li>{ about.to_step(*step, "badge") }<span>{ pieces(what) }</span></li>
        </>
    }
}

#[derive(PartialEq, Properties)]
struct YamlProps {
    run: ShownRun,
    object: Object,
    title: String,
    act: Callback<UiAction>,
}

/// An object as YAML, with who wrote what: that looks at all states in which the object ever was, in a large cluster once
/// steps rest. It stands last, and a first visit can step without it.
#[component]
fn ObjectYaml(props: &YamlProps) -> Html {
    let YamlProps { run, object, title, act } = props;
    let now = Some((run.clone(), object.clone(), use_whole()));
    let took = use_memo(object.key(), |_| Cell::new(0.0));
    let late = Late::at_rest_or_in_time(took.get()).if_large(run.world());
    let told = use_late_after(|| None, &now, late);
    let is_behind = told != now;
    let lines = use_memo(told.clone(), |told| match told {
        Some((run, object, true)) => timed(&took, || yaml_of(run, object)),
        _ => Vec::new(),
    });
    // Of another object nothing is told here.
    let is_own = told.is_some_and(|(_, told, _)| told.key() == object.key());
    let lines = lines.iter().filter(|_| is_own);
    html! {
        <div class="yaml" tabindex="0" role="region" aria-label={title.clone()} aria-busy={is_behind.then_some("true")}>
            if !is_own { <span class="muted">{ "Working out who wrote what …" }</span> }
            { for lines.map(|line| yaml_line(line, act)) }
        </div>
    }
}

fn yaml_line(line: &YamlLine, act: &Callback<UiAction>) -> Html {
    let injected = line.author != Author::You;
    let number =
        line.value.parse::<f64>().is_ok() || matches!(line.value.as_str(), "true" | "false" | "null");
    let colon = if line.key.is_empty() { "" } else { ":" };
    let space = if line.key.is_empty() || line.value.is_empty() { "" } else { " " };
    html! {
        <div class={injected.then_some("is-injected")}>
            <span>
                { &line.indent }<span class="y-key">{ &line.key }</span>{ colon }{ space }
                <span class={if number { "y-num" } else { "y-str" }}>{ &line.value }</span>
            </span>
            if line.first && (injected || line.step.is_some()) {
                <span class="wrote">
                    { origin(line.author) }
                    { for line.step.map(|step| to_step(act, step, "to-line")) }
                </span>
            } else {
                <span />
            }
        </div>
    }
}
