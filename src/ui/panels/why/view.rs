//! The Why? panel.

use super::model::model;
use crate::api::{Kind, Taint};
use crate::explain::why::{Author, Block, MatrixRow, Section, Tone, YamlLine};
use crate::ui::Shared;
use crate::ui::state::UiState;
use crate::ui::widgets::{icon, icon_small, pieces};
use yew::prelude::*;

/// Properties.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What the page shows.
    pub state: Shared<UiState>,
}

/// Why is the selected node or pod as it is?
#[component]
pub fn WhyPanel(props: &Props) -> Html {
    let state = props.state.clone();
    let why = use_memo(state.clone(), |state| model(state));
    let Some(why) = &*why else {
        return html! {
            <aside class="panel panel--why" aria-label="Why?">
                <div class="why-head"><h2 class="why-title">{ "Why?" }</h2><p class="verdict">{ "Select a node or a pod." }</p></div>
            </aside>
        };
    };
    html! {
        <aside class="panel panel--why" aria-label="Why?">
            <div class="why-head">
                <h2 class="why-title">
                    { "Why? " }<span class="mono">{ why.key.name.to_string() }</span><span class="grow" />
                    if let Some(step) = why.step {
                        <span class={classes!("badge", (step == state.timeline.shown()).then_some("badge--mark"))}>
                            { format!("step {step}") }
                        </span>
                    }
                </h2>
                <p class="verdict">{ pieces(&why.verdict) }</p>
            </div>
            <div class="why-scroll" tabindex="0" role="region" aria-label={format!("Grounds for {} {}", word(&why.key.kind), why.key.name)}>
                { for why.sections.iter().map(section) }
            </div>
        </aside>
    }
}

fn word(kind: &Kind) -> &'static str {
    if *kind == Kind::Node { "node" } else { "pod" }
}

fn section(section: &Section) -> Html {
    html! {
        <section class="why-section">
            <header>
                <h3>{ &section.title }</h3>
                if !section.by.is_empty() {
                    <span class="muted">{ &section.by }</span>
                }
                if let Some((tone, word)) = &section.badge {
                    { badge(*tone, word) }
                }
            </header>
            { for section.blocks.iter().map(|part| block(part, &section.title)) }
        </section>
    }
}

fn badge(tone: Tone, word: &str) -> Html {
    let (class, sign) = match tone {
        Tone::Good => ("badge badge--good", "i-check"),
        Tone::Bad => ("badge badge--bad", "i-x"),
        Tone::Neutral => ("badge", "i-dash"),
    };
    html! { <span class={class}>{ icon_small(sign) }{ word }</span> }
}

fn sign(tone: Tone) -> Html {
    let (class, sign, word) = match tone {
        Tone::Good => ("yes", "i-check", "yes"),
        Tone::Bad => ("no", "i-x", "no"),
        Tone::Neutral => ("na", "i-dash", "does not apply"),
    };
    html! { <span class={class}>{ icon(sign) }<span class="visually-hidden">{ word }</span></span> }
}

fn block(block: &Block, title: &str) -> Html {
    match block {
        Block::Checks(rows) => html! {
            <ul class="checks">
                { for rows.iter().map(|(tone, name, found)| html! {
                    <li>{ sign(*tone) }<span>{ name }</span><span class="muted">{ pieces(found) }</span></li>
                }) }
            </ul>
        },
        Block::Nodes(rows) => html! {
            <ul class="checks checks--wide">
                { for rows.iter().map(|(tone, name, found)| html! {
                    <li>{ sign(*tone) }<span><b class="mono">{ name }</b>{ " " }{ pieces(found) }</span></li>
                }) }
            </ul>
        },
        Block::Taints(taints) => {
            taints.iter().enumerate().map(|(index, (taint, open))| taint_line(index, taint, *open)).collect()
        }
        Block::Matrix(rows) => matrix(rows),
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
            <ul class="plugins">{ for plugins.iter().map(|(tone, name)| html! { <li>{ sign(*tone) }{ name }</li> }) }</ul>
        },
        Block::Scores { plugins, rows, winner } => scores(plugins, rows, winner),
        Block::Snippet(text) => html! {
            <div class="yaml" tabindex="0" role="region" aria-label={format!("YAML: {title}")}>
                { for text.lines().map(|line| html! { <div><span>{ line }</span><span /></div> }) }
            </div>
        },
        Block::Yaml(lines) => html! {
            <div class="yaml" tabindex="0" role="region" aria-label={title.to_owned()}>
                { for lines.iter().map(yaml_line) }
            </div>
        },
    }
}

fn taint_line(index: usize, taint: &Taint, open: bool) -> Html {
    let text = taint.to_string();
    let (prefix, core) = text.rsplit_once('/').map_or(("", text.as_str()), |(prefix, core)| (prefix, core));
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let class = classes!("taint-line", (!open).then_some("taint-line--shut"));
    html! {
        <p class={class}>
            { icon(if open { "g-open" } else { "g-shut" }) }<b>{ format!("T{}", index + 1) }</b>
            <span class="prefix">{ prefix }</span><span class="core">{ core.to_owned() }</span>
            <span class="visually-hidden">{ if open { ", tolerated" } else { ", not tolerated" } }</span>
        </p>
    }
}

fn matrix(rows: &[MatrixRow]) -> Html {
    let columns = rows.first().map_or(0, |row| row.cells.len());
    html! {
        <table class="matrix">
            <thead><tr>
                <th scope="col">{ "Toleration on the pod" }</th><th scope="col">{ "Written by" }</th>
                { for (1..=columns).map(|column| html! { <th scope="col">{ format!("T{column}") }</th> }) }
            </tr></thead>
            <tbody>{ for rows.iter().map(matrix_row) }</tbody>
        </table>
    }
}

fn matrix_row(row: &MatrixRow) -> Html {
    let key = row.key.rsplit_once('/').map_or(row.key.clone(), |(_, end)| format!("…/{end}"));
    let effect = if row.effect.is_empty() { ":*".to_owned() } else { format!(":{}", row.effect) };
    html! {
        <tr class={row.matches().then_some("is-match")}>
            <th scope="row" title={row.key.clone()}>{ key }<span class="effect">{ effect }</span></th>
            <td>{ origin(row.author) }</td>
            { for row.cells.iter().map(|cell| html! {
                <td class="cell">
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

fn scores(plugins: &[(String, i64)], rows: &[(String, Vec<i64>, i64)], winner: &str) -> Html {
    let short = |name: &str| {
        let name = name.trim_start_matches("NodeResources");
        name.chars().take(11).collect::<String>()
    };
    html! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Scores">
            <table class="table">
                <thead><tr>
                    <th scope="col">{ "node" }</th>
                    { for plugins.iter().map(|(name, weight)| {
                        let times = if *weight == 1 { String::new() } else { format!("×{weight}") };
                        html! { <th scope="col" title={name.clone()}>{ short(name) }{ times }</th> }
                    }) }
                    <th scope="col">{ "total" }</th>
                </tr></thead>
                <tbody>
                    { for rows.iter().map(|(node, scores, total)| html! {
                        <tr class={(node == winner).then_some("is-best")}>
                            <td>{ node }</td>
                            { for scores.iter().map(|score| html! { <td>{ score.to_string() }</td> }) }
                            <td>{ total.to_string() }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

fn yaml_line(line: &YamlLine) -> Html {
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
            if injected && line.first {
                { origin(line.author) }
            } else {
                <span />
            }
        </div>
    }
}
