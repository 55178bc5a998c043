//! The lanes as a picture, and as a slider.

use super::model::{COLUMN, Lanes, RULER, StepSign, Tick, actors, first_in_view, icon, lanes};
use crate::session::{Act, ShownRun};
use crate::sim::StepNo;
use crate::ui::browser::closest;
use crate::ui::state::UiAction;
use crate::ui::widgets::{icon_small, use_width};
use web_sys::PointerEvent;
use yew::prelude::*;

/// What the lanes are given.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The run.
    pub run: ShownRun,
    /// How many steps were passed over on the way to the shown one.
    pub skipped: StepNo,
    /// Where actions go.
    pub act: Callback<UiAction>,
}

/// From the edge to the middle of the first column: the start, before the first step, is half in view.
const EDGE: i32 = 24;

/// The middle of a step's column.
fn middle(lanes: &Lanes, no: StepNo) -> i32 {
    let offset = i64::from(no) - i64::from(lanes.first);
    i32::try_from(offset).unwrap_or(i32::MAX / COLUMN / 2) * COLUMN + EDGE
}

/// The middle of a lane.
fn height(lanes: &Lanes, lane: usize) -> i32 {
    border(lanes, lane) + lanes.lane() / 2
}

/// The upper border of a lane.
fn border(lanes: &Lanes, lane: usize) -> i32 {
    RULER + i32::try_from(lane).unwrap_or(0) * lanes.lane()
}

/// Where the label of a column stands beside the playhead's grip; none where the grip would cover it, or the edge would
/// cut it.
fn label_at(column: i32, text: &str, playhead: i32, width: i32) -> Option<i32> {
    const GRIP: i32 = 8;
    let start = if column == playhead { playhead + GRIP } else { column - 4 };
    let end = start + i32::try_from(text.len()).unwrap_or(0) * 6;
    (end <= width && (end <= playhead - GRIP || start >= playhead + GRIP)).then_some(start)
}

/// The lanes.
#[component]
pub fn LanesView(props: &Props) -> Html {
    let Props { run: timeline, skipped, act, .. } = props;
    let place = use_node_ref();
    let width = use_width(&place, 640);
    // While the playhead is dragged the window stands still.
    let dragged = use_state_eq(|| None::<StepNo>);
    let columns = StepNo::try_from(((width - EDGE) / COLUMN).max(4)).unwrap_or(4);
    let first = dragged.unwrap_or_else(|| first_in_view(timeline, columns));
    let lanes = lanes(timeline, &actors(timeline), first, columns);
    let bottom = border(&lanes, lanes.actors.len());

    let step_at = move |event: &PointerEvent| {
        let element = closest(event, "[role=slider]");
        let left = element.map_or(0.0, |element| element.get_bounding_client_rect().left());
        let offset = f64::from(event.client_x()) - left - f64::from(EDGE);
        let column = (offset / f64::from(COLUMN)).round().max(-1.0) as i64;
        StepNo::try_from((i64::from(first) + column).max(0)).unwrap_or(0)
    };
    let on_down = {
        let (act, dragged) = (act.clone(), dragged.clone());
        Callback::from(move |event: PointerEvent| {
            if event.button() != 0 {
                return;
            }
            let element = closest(&event, "[role=slider]");
            if let Some(element) = element {
                drop(element.set_pointer_capture(event.pointer_id()));
            }
            dragged.set(Some(first));
            act.emit(UiAction::Session(Act::Seek(step_at(&event))));
        })
    };
    let on_move = {
        let (act, dragged) = (act.clone(), dragged.clone());
        Callback::from(move |event: PointerEvent| {
            if dragged.is_some() && event.buttons() != 0 {
                act.emit(UiAction::Session(Act::Seek(step_at(&event))));
            }
        })
    };
    let on_up = {
        let dragged = dragged.clone();
        Callback::from(move |_: PointerEvent| dragged.set(None))
    };
    let on_key = slider_keys(act);
    let shown = lanes.shown;
    let playhead = middle(&lanes, shown);
    html! {
        <div class="lanes-wrap">
            <div class={format!("lane-names lane-names--{}", lanes.lane())} aria-hidden="true">
                <span class="lane-ruler" />
                { for lanes.actors.iter().enumerate().map(|(index, actor)| html! {
                    <span class={(lanes.lane == Some(index)).then_some("is-now")}>{ icon_small(icon(*actor)) }{ actor.name() }</span>
                }) }
            </div>
            <div class="lanes" ref={place}>
                <svg viewBox={format!("0 0 {} {bottom}", width)} width={width.to_string()} height={bottom.to_string()}
                    role="slider" aria-label="Step" tabindex="0" aria-valuemin="0" aria-valuemax={timeline.len().to_string()}
                    aria-valuenow={shown.to_string()}
                    onpointerdown={on_down} onpointermove={on_move} onpointerup={on_up.clone()} onlostpointercapture={on_up}
                    onkeydown={on_key}>
                    <rect class="past" x="0" y={RULER.to_string()} width={playhead.max(0).to_string()} height={(bottom - RULER).to_string()} />
                    { for (0..=lanes.actors.len()).map(|lane| {
                        html! { <path class="rule" d={format!("M0 {}H{width}", border(&lanes, lane))} /> }
                    }) }
                    { for lanes.ruler.iter().filter_map(|(no, text)| {
                        let x = label_at(middle(&lanes, *no), text, playhead, width)?;
                        Some(html! { <text class="ruler" x={x.to_string()} y="10">{ text.clone() }</text> })
                    }) }
                    { for lanes.gaps.iter().map(|no| html! {
                        <path class="gap" d={format!("M{} 3V{bottom}", middle(&lanes, *no) - COLUMN / 2)} />
                    }) }
                    if *skipped > 0 {
                        <path class="skipped" d={format!("M{} 13H{}", middle(&lanes, shown - skipped) - COLUMN / 2, playhead - COLUMN / 2)} />
                    }
                    { cause(&lanes) }
                    <path class="playhead" d={format!("M{playhead} 4V{bottom}")} />
                    <path class="playhead-grip" d={format!("M{} 1h10v5l-5 5l-5-5z", playhead - 5)} />
                    { for lanes.ticks.iter().map(|one| tick(&lanes, one)) }
                </svg>
            </div>
        </div>
    }
}

/// The keys of a slider.
pub fn slider_keys(act: &Callback<UiAction>) -> Callback<KeyboardEvent> {
    let act = act.clone();
    Callback::from(move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let jump = i64::from(crate::ui::state::JUMP);
        act.emit(match event.key().as_str() {
            "ArrowRight" | "ArrowUp" if event.shift_key() => UiAction::Session(Act::Jump(jump)),
            "ArrowLeft" | "ArrowDown" if event.shift_key() => UiAction::Session(Act::Jump(-jump)),
            "ArrowRight" | "ArrowUp" => UiAction::Session(Act::Forward),
            "ArrowLeft" | "ArrowDown" => UiAction::Session(Act::Back),
            "PageUp" => UiAction::Session(Act::Jump(jump)),
            "PageDown" => UiAction::Session(Act::Jump(-jump)),
            "Home" => UiAction::Session(Act::Seek(0)),
            "End" => UiAction::Session(Act::Latest),
            _ => return,
        });
        event.prevent_default();
        event.stop_propagation();
    })
}

fn tick(lanes: &Lanes, tick: &Tick) -> Html {
    let (x, y) = (middle(lanes, tick.no), height(lanes, tick.lane));
    let now = tick.no == lanes.shown;
    let is_cause = lanes.cause.is_some_and(|(no, _)| no == tick.no);
    let class = classes!(
        "tick",
        (tick.sign == StepSign::Diamond).then_some("bad"),
        (tick.sign == StepSign::Dot).then_some("idle"),
        now.then_some("now"),
        is_cause.then_some("cause"),
        (tick.no > lanes.shown).then_some("future"),
    );
    match tick.sign {
        StepSign::Circle => {
            let radius = if now { "5.5" } else { "4.3" };
            html! { <circle {class} cx={x.to_string()} cy={y.to_string()} r={radius} /> }
        }
        StepSign::Square => {
            let size = if now { 10 } else { 7 };
            let (left, top) = (f64::from(x) - f64::from(size) / 2.0, f64::from(y) - f64::from(size) / 2.0);
            html! { <rect {class} x={left.to_string()} y={top.to_string()} width={size.to_string()} height={size.to_string()} rx="1" /> }
        }
        StepSign::Diamond => {
            let size = if now { 6 } else { 5 };
            let d = format!("M{x} {}l{size} {size}l-{size} {size}l-{size}-{size}z", y - size);
            html! { <path {class} {d} /> }
        }
        StepSign::Dot => {
            let radius = if now { "4" } else { "1.8" };
            html! { <circle {class} cx={x.to_string()} cy={y.to_string()} r={radius} /> }
        }
    }
}

/// The line from the cause to the shown step, along the borders of the lanes.
fn cause(lanes: &Lanes) -> Html {
    let (Some((no, from)), Some(to)) = (lanes.cause, lanes.lane) else { return html! {} };
    let (end, arrow) = (middle(lanes, lanes.shown), height(lanes, to));
    let start = middle(lanes, no).max(-COLUMN);
    let (y, down) = (height(lanes, from), to >= from);
    let half = lanes.lane() / 2;
    let border = if down { y + half + 1 } else { y - half };
    let bend = end - 11;
    let first = if down { y + 7 } else { y - 7 };
    let d = if no + 1 == lanes.shown && from == to {
        format!("M{} {y}H{}", start + 7, end - 8)
    } else {
        format!("M{start} {first}V{border}H{bend}V{arrow}H{}", end - 8)
    };
    html! {
        <>
            <path class="cause-arc" {d} />
            <path class="cause-head" d={format!("M{} {arrow}l-6-3.5v7z", end - 5)} />
            <circle class="cause-ring" cx={start.to_string()} cy={y.to_string()} r="7" />
        </>
    }
}
