//! The question above, the picture below, hops and who was left out beside it, many requests at the bottom.

use super::Given;
use super::model::{AddressKind, Model, Row, model, name_of, question};
use super::picture::{Role, Stroke, fitting, picture};
use super::watch::{MOST, Requests, Update, Watch};
use crate::api::ObjectKey;
use crate::explain::plain;
use crate::explain::reach::outcome;
use crate::network::{Caller, End};
use crate::ui::Shared;
use crate::ui::browser;
use crate::ui::state::{PanelProps, ReachAction, Selection, UiAction, ViewAction};
use crate::ui::widgets::{Choice, Late, about, breakable, icon, icon_small, pieces, use_late, use_width};
use gloo::timers::callback::Timeout;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The least width of a card with the gap beside it.
const COLUMN: i32 = 240;

/// So many times as large as drawn is the map at most.
const LARGEST: f64 = 1.4;

/// So many of those who were left out are listed.
const LEFT_OUT: usize = 50;

/// The panel.
#[component]
pub fn ReachPanel(props: &PanelProps<Given>) -> Html {
    let PanelProps { given, act } = props;
    let before = use_late(given, Late::PICTURES.if_large(given.run.world()));
    // What is asked is answered at once.
    let given = if before.reaching == given.reaching { &before } else { given };
    let requests = use_mut_ref(Requests::default);
    let shown = use_memo(given.clone(), |given| model(given, &mut requests.borrow_mut()));
    let place = use_node_ref();
    let width = use_width(&place, 800);
    // Where there is no room for both, the hops or the map.
    let shows_map = use_state_eq(|| false);
    let tab = |is_map: bool, word: &'static str| {
        let shows_map_now = shows_map.setter();
        let onclick = Callback::from(move |_: MouseEvent| shows_map_now.set(is_map));
        html! { <button type="button" aria-pressed={(*shows_map == is_map).to_string()} {onclick}>{ word }</button> }
    };
    html! {
        <div class={classes!("reach", shows_map.then_some("shows-map"))} onkeydown={browser::walk_by_n(".reach-hops > li")}>
            <Ask act={act.clone()} shown={Shared::from(&shown)} chosen={given.reaching.from.clone()} />
            <div class="segmented reach-tabs" role="group" aria-label="Show">{ tab(false, "Hops") }{ tab(true, "Map") }</div>
            <div class="reach-body">
                { answer(&shown, act) }
                <div class="reach-map" ref={place}>
                    { map(given, &shown, width) }
                    if shown.question.is_some() { { legend() } }
                    <div class="reach-under">
                        if !shown.rows.is_empty() { { many(&shown.rows, given.reaching.shown, act) } }
                        if let Some((command, listed)) = &shown.slices { { slices(command, listed) } }
                    </div>
                    if shown.is_asked { { keep(shown.watch.as_ref(), given, act) } }
                </div>
            </div>
        </div>
    }
}

/// What the form is given.
#[derive(Properties, PartialEq)]
struct AskProps {
    act: Callback<UiAction>,
    shown: Shared<Model>,
    /// Who was chosen elsewhere to ask.
    chosen: Option<Caller>,
}

/// From where, to where.
#[component]
fn Ask(props: &AskProps) -> Html {
    let AskProps { act, shown, chosen } = props;
    let start = shown.question.clone();
    let from = use_state_eq(|| {
        let client = shown.clients.first().map(|(client, _)| client.clone());
        start.as_ref().map(|question| question.from.clone()).or(client)
    });
    let to = use_state_eq(|| {
        start.as_ref().map(|question| format!("{}:{}", question.host, question.port)).unwrap_or_default()
    });
    let problem = use_state_eq(|| None::<&'static str>);
    // What is suggested changes as pods start; what was typed or chosen does not.
    let is_own = use_mut_ref(|| false);
    // Who was chosen in a menu asks for something next, once the menu, which keeps the focus to itself, is gone.
    let from_now = from.setter();
    use_effect_with(chosen.clone(), move |chosen| {
        if chosen.is_some() {
            from_now.set(chosen.clone());
        }
        let timer = chosen.is_some().then(|| Timeout::new(0, || browser::focus("#reach-to")));
        move || drop(timer)
    });
    {
        let (from, to, is_own) = (from.setter(), to.setter(), is_own.clone());
        use_effect_with((start.clone(), shown.is_asked), move |(start, is_asked)| {
            let Some(question) = start.as_ref().filter(|_| *is_asked || !*is_own.borrow()) else { return };
            from.set(Some(question.from.clone()));
            to.set(format!("{}:{}", question.host, question.port));
            *is_own.borrow_mut() = false;
        });
    }
    // Who asks stands there, whether it is one of those that are offered or not.
    let mut clients = shown.clients.clone();
    if let Some(from) = (*from).as_ref().filter(|from| clients.iter().all(|(client, _)| client != *from)) {
        clients.push((from.clone(), name_of(from)));
    }
    let chosen_client = clients.iter().position(|(client, _)| (*from).as_ref() == Some(client));
    let labels = clients.iter().map(|(_, label)| label.clone().into()).collect::<Vec<AttrValue>>();
    let on_from = {
        let (from, is_own) = (from.setter(), is_own.clone());
        Callback::from(move |index: usize| {
            *is_own.borrow_mut() = true;
            from.set(Some(clients[index].0.clone()));
        })
    };
    let on_to = {
        let (to, problem, is_own) = (to.setter(), problem.setter(), is_own.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                *is_own.borrow_mut() = true;
                to.set(input.value());
                problem.set(None);
            }
        })
    };
    let on_submit = {
        let (act, from, to, problem) = (act.clone(), from.clone(), to.clone(), problem.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let asked = (*from).as_ref().ok_or("there is nobody to ask").and_then(|from| question(from, &to));
            match asked {
                Ok(question) => act.emit(UiAction::Reach(ReachAction::Ask(question))),
                Err(why) => problem.set(Some(why)),
            }
        })
    };
    let kind = |kind: AddressKind| {
        let first =
            shown.targets.iter().find(|(own, ..)| *own == kind).map(|(_, address, _)| address.clone());
        let is_on = shown.targets.iter().any(|(own, address, _)| *own == kind && *address == *to);
        let onclick = {
            let (to, problem, first, is_own) = (to.setter(), problem.setter(), first.clone(), is_own.clone());
            Callback::from(move |_: MouseEvent| {
                if let Some(first) = first.clone() {
                    *is_own.borrow_mut() = true;
                    to.set(first);
                    problem.set(None);
                }
            })
        };
        html! { <button type="button" aria-pressed={is_on.to_string()} aria-disabled={first.is_none().then_some("true")} {onclick}>{ kind.word() }</button> }
    };
    html! {
        <form class="reach-ask" onsubmit={on_submit} aria-label="Send a request">
            <label class="reach-field"><span>{ "from" }</span>
                <Choice id="reach-from" options={labels} chosen={chosen_client} on_choose={on_from} />
            </label>
            <div class="segmented segmented--tight" role="group" aria-label="Kind of address">{ for AddressKind::ALL.into_iter().map(kind) }</div>
            <label class="reach-field"><span>{ "to" }</span>
                <input class="mono" id="reach-to" list="reach-targets" value={(*to).clone()} oninput={on_to} aria-invalid={problem.is_some().then_some("true")} aria-describedby={problem.is_some().then_some("reach-problem")}
                    spellcheck="false" autocomplete="off" autocapitalize="off" />
            </label>
            <datalist id="reach-targets">
                { for shown.targets.iter().map(|(_, address, what)| html! { <option value={address.clone()}>{ what }</option> }) }
            </datalist>
            if let Some((field, policy)) = &shown.policy {
                <span class="reach-policy mono"><span>{ format!("{field}: ") }</span>{ policy }</span>
            }
            <button class="button button--primary" type="submit">{ "Send" }</button>
            if let Some(problem) = *problem {
                <p class="try-problem" id="reach-problem" role="alert">{ icon("i-error") }{ problem }</p>
            }
        </form>
    }
}

/// Ruling, hops, who was left out.
fn answer(shown: &Model, act: &Callback<UiAction>) -> Html {
    let (Some(trace), Some(question)) = (&shown.trace, &shown.question) else {
        return html! { <section class="reach-answer" aria-label="Answer"><p class="muted">{ "There is no Service here, and no pod names a port: nothing is known to listen. Type an address with a port, or open an example about reaching pods." }</p></section> };
    };
    let is_lost = !matches!(trace.end, End::Answered(..));
    let why = |service: &ObjectKey| {
        let action = UiAction::View(ViewAction::Select(Selection::Service(service.clone())));
        let act = act.clone();
        let onclick = Callback::from(move |_: MouseEvent| act.emit(action.clone()));
        html! { <button class="button button--small reach-why" {onclick}>{ icon_small("i-why") }{ format!("Why? of Service {}", service.name) }</button> }
    };
    html! {
        <section class="reach-answer" aria-label="Answer">
            <div class="reach-head">
                <h2 class="mono">{ format!("{}:{}", question.host, question.port) }</h2>
                <span class={classes!("reach-end", is_lost.then_some("is-lost"))}>{ icon_small(if is_lost { "i-x" } else { "i-check" }) }{ outcome(&trace.end) }</span>
                if !shown.is_asked { <span class="muted">{ "not sent yet" }</span> }
            </div>
            <p class="reach-verdict" role="status">{ pieces(&shown.verdict) }</p>
            <h3>{ "Hops" }<span class="muted phone-hide projector-hide">{ "N, Shift N: next, previous hop" }</span></h3>
            <ol class="reach-hops" onkeydown={browser::walk(".reach-hops > *")}>
                { for shown.legs.iter().enumerate().map(|(at, leg)| html! {
                    <li class={classes!(leg.is_lost.then_some("is-lost"))} tabindex="0" data-about={format!("hop/{at}")}>
                        <span class="reach-pin" aria-hidden="true">{ pin(at) }</span>
                        <span class="reach-leg"><b>{ &leg.who }</b><span>{ pieces(&leg.what) }</span>
                            if !leg.why.is_empty() { <span class="reach-note">{ pieces(&leg.why) }</span> }
                        </span>
                    </li>
                }) }
            </ol>
            if !shown.left_out.is_empty() {
                <h3>{ "Left out and why" }</h3>
                <ul class="reach-left">
                    { for shown.left_out.iter().take(LEFT_OUT).map(|one| html! {
                        <li data-about={one.pod.as_ref().map(|pod| about(&ObjectKey::pod(&pod.0, &pod.1)))}>
                            { icon_small(if one.is_candidate { "i-ring" } else { "i-x" }) }
                            <span class="mono">{ one.name.to_string() }</span>
                            <b>{ one.node.as_deref().map(breakable) }</b>
                            <span>{ one.why }</span>
                        </li>
                    }) }
                    if shown.left_out.len() > LEFT_OUT { <li class="muted">{ format!("and {} more", shown.left_out.len() - LEFT_OUT) }</li> }
                </ul>
            }
            { for shown.service.iter().map(why) }
        </section>
    }
}

fn pin(at: usize) -> String {
    if at == 0 { "C".into() } else { at.to_string() }
}

/// The nodes with the way over them.
fn map(given: &Given, shown: &Model, width: i32) -> Html {
    let world = given.run.world();
    if shown.question.is_none() {
        return html! {};
    }
    let columns = usize::try_from((width + 20) / COLUMN).unwrap_or(1).max(1);
    // Of a question that was not asked yet nothing was counted.
    let row = shown.rows.get(given.reaching.shown).filter(|_| shown.is_asked);
    let counted = row.map_or(&[][..], |row| &row.parts);
    let drawn = picture(world, shown, counted, columns);
    let text = |class: &'static str, (x, y): (i32, i32), words: String| {
        html! { <text {class} x={x.to_string()} y={y.to_string()}>{ words }</text> }
    };
    let (wide, high) = drawn.card;
    let label = format!("The way of the request. {} The hops stand in the list.", plain(&shown.verdict));
    // A few cards take the room that there is.
    let by = (f64::from(width - 24) / f64::from(drawn.size.0)).clamp(1.0, LARGEST);
    let pixels = |size: i32| (f64::from(size) * by).round().to_string();
    html! {
        <svg class="reach-picture" role="img" aria-label={label} width={pixels(drawn.size.0)} height={pixels(drawn.size.1)} viewBox={format!("0 0 {} {}", drawn.size.0, drawn.size.1)}>
            if let Some((x, y)) = drawn.outside {
                <rect class="reach-outside" x={x.to_string()} y={y.to_string()} width="150" height="24" rx="4" />
                { text("reach-name", (x + 42, y + 16), "outside".into()) }
            }
            { for drawn.cards.iter().map(|card| html! {
                <g class={classes!("reach-card", card.is_on_way.then_some("is-on-way"), card.spots.is_empty().then_some("is-empty"))}>
                    <rect class="reach-node" x={card.at.0.to_string()} y={card.at.1.to_string()} width={wide.to_string()} height={high.to_string()} rx="6" />
                    <title>{ card.node.to_string() }</title>
                    { text("reach-name", (card.at.0 + 10, card.at.1 + 21), fitting(&card.node, if card.count.is_some() { 14 } else { 23 })) }
                    if let Some(count) = card.count { { text("reach-count", (card.at.0 + wide - 10, card.at.1 + 21), format!("{count} of 100")) } }
                    { for card.spots.iter().map(|spot| {
                        let key = ObjectKey::pod(&spot.pod.0, &spot.pod.1);
                        html! {
                            <g class={classes!("reach-spot", role(spot.role))} data-about={about(&key)}>
                                <rect x={spot.at.0.to_string()} y={spot.at.1.to_string()} width={(wide - 20).to_string()} height="22" rx="3" />
                                { text("reach-pod", (spot.at.0 + 30, spot.at.1 + 15), spot.label.clone()) }
                            </g>
                        }
                    }) }
                </g>
            }) }
            { for drawn.lines.iter().map(|(line, path)| html! { <path class={classes!("reach-line", kind_of(*line))} d={path.clone()} /> }) }
            if let Some((x, y)) = drawn.cross {
                <path class="reach-cross" d={format!("M{} {}l14 14m0 -14l-14 14", x - 7, y - 7)} />
            }
            { for drawn.pins.iter().map(|(hop, (x, y))| html! {
                <g class="reach-mark" data-about={format!("hop/{hop}")}>
                    <circle cx={x.to_string()} cy={y.to_string()} r="9" />
                    { text("reach-number", (*x, y + 4), pin(*hop)) }
                </g>
            }) }
            if drawn.more > 0 {
                { text("reach-more", (10, drawn.size.1 - 6), match drawn.more {
                    1 => "and 1 more node".to_owned(),
                    more => format!("and {more} more nodes"),
                }) }
            }
        </svg>
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Answers => "is-answering",
        Role::Candidate => "is-candidate",
        Role::LeftOut => "is-left-out",
        Role::Asks => "is-asking",
    }
}

fn kind_of(line: Stroke) -> &'static str {
    match line {
        Stroke::Taken => "is-taken",
        Stroke::Possible => "is-possible",
        Stroke::Lost => "is-lost",
    }
}

fn legend() -> Html {
    let sample = |class: &'static str, words: &'static str| {
        html! { <span><svg class="reach-sample" width="34" height="8" aria-hidden="true"><path class={classes!("reach-line", class)} d="M1 4H33" /></svg>{ words }</span> }
    };
    html! {
        <div class="legend" role="group" aria-label="Legend">
            { sample("is-taken", "the way of this request") }
            { sample("is-possible", "could have been taken") }
            { sample("is-lost", "lost here") }
        </div>
    }
}

/// A hundred requests of each question.
fn many(rows: &[Row], shown: usize, act: &Callback<UiAction>) -> Html {
    let again = {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(UiAction::Reach(ReachAction::Again)))
    };
    html! {
        <section class="reach-many" aria-label="100 requests">
            <h2>{ "100 requests: who answers" }<span class="muted">{ " for each question, with the cluster as at this step" }</span>
                <button class="button button--small" onclick={again}>{ "Send 100 again" }</button></h2>
            <ul>
                { for rows.iter().enumerate().map(|(at, row)| {
                    let act = act.clone();
                    let onclick = Callback::from(move |_: MouseEvent| act.emit(UiAction::Reach(ReachAction::Show(at))));
                    html! {
                        <li class={classes!((at == shown).then_some("is-shown"))}>
                            <button class="reach-row" aria-pressed={(at == shown).to_string()} {onclick}>{ &row.label }</button>
                            <span class="reach-parts">
                                { for row.parts.iter().map(|part| html! {
                                    <span class={classes!("reach-part", part.is_lost.then_some("is-lost"))}>
                                        if part.is_lost { { icon_small("i-x") } }
                                        { format!("{} {}", part.count, part.word) }
                                    </span>
                                }) }
                            </span>
                        </li>
                    }
                }) }
            </ul>
        </section>
    }
}

/// The slices that the endpoints come from.
fn slices(command: &str, listed: &str) -> Html {
    html! {
        <section class="reach-slices" aria-label="EndpointSlices">
            <h2>{ "EndpointSlices" }</h2>
            <pre class="mono" role="region" aria-label="The EndpointSlices as kubectl lists them" tabindex="0"><b>{ format!("$ {command}\n") }</b>{ listed }</pre>
            <p class="muted">{ "ENDPOINTS lists addresses, ready or not: " }<code>{ "-o yaml" }</code>{ " shows the conditions of each." }</p>
        </section>
    }
}

/// So wide is the mark of a request, with the gap after it.
const SECOND: usize = 4;

/// A line for each run of requests that ended in this way: the style makes a mark of each second.
fn bars(update: &Update, is_answered: bool) -> String {
    let (y, mut end) = (if is_answered { 7.5 } else { 5.0 }, 0);
    let mut path = String::new();
    for (answered, count) in &update.runs {
        let from = end;
        end += count * SECOND;
        if *answered == is_answered {
            path.push_str(&format!("M{from} {y}H{end}"));
        }
    }
    path
}

/// One request a second while the cluster changes.
fn keep(watch: Option<&Watch>, given: &Given, act: &Callback<UiAction>) -> Html {
    let keeps = given.reaching.since.is_some();
    let toggle = {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(UiAction::Reach(ReachAction::Keep(!keeps))))
    };
    let update = |update: &Update| {
        let width = (update.sent * SECOND).max(SECOND).to_string();
        let lost = match update.lost {
            0 => "none lost".to_owned(),
            lost => format!("{lost} lost"),
        };
        html! {
            <li>
                <span>{ format!("from step {}", update.step) }<b>{ format!(" {}", update.label) }</b></span>
                <span class={classes!("reach-part", (update.lost > 0).then_some("is-lost"))}>{ format!("{} sent, {lost}", update.sent) }</span>
                <span class="reach-seconds"><svg width={width.clone()} height="10" viewBox={format!("0 0 {width} 10")} aria-hidden="true">
                    <path d={bars(update, true)} /><path class="is-lost" d={bars(update, false)} />
                </svg></span>
            </li>
        }
    };
    html! {
        <section class="reach-keep" aria-label="One request a second">
            <h2>{ "One request a second" }
                <button class="button button--small" aria-pressed={keeps.to_string()} onclick={toggle}>{ if keeps { "Stop sending" } else { "Keep sending" } }</button>
            </h2>
            if let Some(watch) = watch {
                <ul role="status">{ for watch.updates.iter().map(update) }</ul>
                <p class="muted">
                    if watch.is_full {
                        { format!("{MOST} requests were sent, and no more are. “Stop sending” and then “Keep sending” begins anew at the shown step.") }
                    } else {
                        { "If nothing changes for a minute, no more requests are sent." }
                    }
                </p>
            } else if let Some(since) = given.reaching.since {
                <p class="muted">{ format!("Sending begins at step {since}.") }</p>
            } else {
                <p class="muted">{ "Keep sending, then apply a change and run: each simulated second a request is sent, and the lost ones are counted for each change." }</p>
            }
        </section>
    }
}
