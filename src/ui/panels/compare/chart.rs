//! The time axis of two branches: steps by actor and ready pods by revision, first of A, then of B, under one playhead.

use super::model::{BranchSide, Courses, LANES, LaneTick};
use crate::api::{Time, sort};
use crate::explain::compare::Course;
use crate::explain::revision_name;
use crate::explain::whole;
use crate::session::Act;
use crate::ui::browser::closest;
use crate::ui::figures::{Stretch, outline, stretches};
use crate::ui::state::UiAction;
use crate::ui::widgets::hue;
use std::collections::{BTreeMap, BTreeSet};
use web_sys::PointerEvent;
use yew::prelude::*;

/// Room at the left and right of the plot, and above the first lane.
const LEFT: f64 = 148.0;
const RIGHT: f64 = 20.0;
const ABOVE: f64 = 18.0;
/// Room below.
const BELOW: f64 = 5.0;
/// The height of a lane, and of a chart.
const LANE: f64 = 12.0;
const PLOT: f64 = 42.0;
/// The room between two branches.
const BETWEEN: f64 = 10.0;
/// The room between the lanes and the chart: their names stand one above the other.
const GAP: f64 = 5.0;
/// The height that one branch takes.
const BRANCH: f64 = LANE * 3.0 + GAP + PLOT;

struct Scale {
    from: Time,
    span: f64,
    width: f64,
    top: f64,
}

impl Scale {
    fn x(&self, at: Time) -> f64 {
        let share = at.since(self.from).0 as f64 / self.span;
        (LEFT + share.clamp(0.0, 1.0) * self.width).round()
    }

    fn y(&self, pods: u32) -> f64 {
        PLOT - PLOT * f64::from(pods) / self.top
    }
}

/// The drawing. A press on it shows both branches as they were at that time. Small lines at its top are the times at
/// which something became different.
pub fn drawing(
    courses: &Courses,
    sides: &[BranchSide; 2],
    now: Time,
    width: f64,
    act: &Callback<UiAction>,
) -> Html {
    let (from, to) = courses.span;
    let most = |course: &Course| {
        let sums = course.ready.iter().map(|(_, ready)| ready.values().sum::<u32>());
        sums.max().unwrap_or(0).max(u32::try_from(course.most_desired).unwrap_or(0))
    };
    let top = courses.both.iter().flatten().map(most).max().unwrap_or(1).max(1);
    let scale = Scale {
        from,
        span: (to.since(from).0.max(1)) as f64,
        width: (width - LEFT - RIGHT).max(100.0),
        top: f64::from(top),
    };
    let height = ABOVE + 2.0 * BRANCH + BETWEEN + BELOW;
    let right = LEFT + scale.width;
    let playhead = scale.x(now);
    let seek = {
        let act = act.clone();
        let (span, plot) = (scale.span, scale.width);
        Callback::from(move |event: PointerEvent| {
            let Some(svg) = closest(&event, "svg") else { return };
            let x = f64::from(event.client_x()) - svg.get_bounding_client_rect().left() - LEFT;
            let after = crate::api::Millis(((x / plot).clamp(0.0, 1.0) * span) as i64);
            act.emit(UiAction::Session(Act::At(from + after)));
        })
    };
    let label = "Steps and ready pods by revision of both branches over the simulated time";
    html! {
        <svg class="compare-axis" viewBox={format!("0 0 {width} {height}")} width={width.to_string()} height={height.to_string()} role="img" aria-label={label} onpointerdown={seek}>
            { ruler(&scale, height) }
            { for [0, 1].into_iter().map(|index| {
                let y = ABOVE + index as f64 * (BRANCH + BETWEEN);
                html! {
                    <g transform={format!("translate(0 {y})")}>
                        <circle class="ring" cx="12" cy="12" r="9" /><text class="strong" x="12" y="16" text-anchor="middle">{ sides[index].letter }</text>
                        { lanes(&courses.ticks[index], &scale, right, now) }
                        if let Some(course) = &courses.both[index] { { plot(course, &scale, right, playhead) } }
                    </g>
                }
            }) }
            <path class="parts" d={parts(&courses.differences, &scale)} />
            <path class="now" d={format!("M{playhead} {}V{height}", ABOVE - 6.0)} />
            <path class="grip" d={format!("M{} {}h10v5l-5 5l-5 -5z", playhead - 5.0, ABOVE - 12.0)} />
        </svg>
    }
}

/// Times above, and a line down from each.
fn ruler(scale: &Scale, height: f64) -> Html {
    let seconds = scale.span / 1000.0;
    let each = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600];
    let each = each.into_iter().find(|each| seconds / f64::from(*each) <= 8.0).unwrap_or(86_400);
    let marks = (0..).map(|number| i64::from(each) * number).take_while(|second| *second as f64 <= seconds);
    html! {
        <>
            { for marks.map(|second| {
                let at = scale.from + crate::api::Millis(second * 1000);
                let x = scale.x(at);
                html! { <>
                    <path class="grid" d={format!("M{x} {ABOVE}V{height}")} />
                    <text x={x.to_string()} y="9" text-anchor="middle">{ whole(at.since(scale.from)) }</text>
                </> }
            }) }
        </>
    }
}

fn lanes(ticks: &[LaneTick], scale: &Scale, right: f64, now: Time) -> Html {
    let y = |lane: usize| LANE * (lane as f64 + 0.5);
    html! {
        <>
            { for LANES.iter().enumerate().map(|(lane, actor)| html! { <>
                <path class="grid" d={format!("M{LEFT} {}H{right}", y(lane))} />
                <text x={(LEFT - 8.0).to_string()} y={(y(lane) + 3.5).to_string()} text-anchor="end">{ actor.name() }</text>
            </> }) }
            { for signs(ticks, scale, now).into_iter().map(|((is_future, is_failed), places)| {
                let class = classes!("tick", is_future.then_some("future"), is_failed.then_some("bad"));
                let sign = |(x, lane): (i32, usize)| match (f64::from(x), y(lane), is_failed) {
                    (x, y, true) => format!("M{x} {}l4 4l-4 4l-4 -4z", y - 4.0),
                    (x, y, false) => format!("M{} {}h5v5h-5z", x - 2.5, y - 2.5),
                };
                let d: String = places.into_iter().map(sign).collect();
                html! { <path {class} {d} /> }
            }) }
        </>
    }
}

/// Where signs of a kind stand: at which pixel, in which lane.
type Places = Vec<(i32, usize)>;

/// The signs of steps, by whether they are still to come and whether they failed. Steps on one pixel of a lane have one
/// sign, that of a failure if one of them failed; where the playhead parts them, one on each side of it.
fn signs(ticks: &[LaneTick], scale: &Scale, now: Time) -> BTreeMap<(bool, bool), Places> {
    let mut failed_at: BTreeMap<(bool, i32, usize), bool> = BTreeMap::new();
    for tick in ticks {
        *failed_at.entry((tick.at > now, scale.x(tick.at) as i32, tick.lane)).or_default() |= tick.failed;
    }
    let mut signs: BTreeMap<(bool, bool), Places> = BTreeMap::new();
    for ((is_future, x, lane), is_failed) in failed_at {
        signs.entry((is_future, is_failed)).or_default().push((x, lane));
    }
    signs
}

/// A small line at each time at which something became different.
fn parts(times: &[Time], scale: &Scale) -> String {
    let places: BTreeSet<i32> = sort::set(times.iter().map(|at| scale.x(*at) as i32));
    places.into_iter().map(|x| format!("M{x} {}v7", ABOVE - 5.0)).collect()
}

/// Ready pods by revision, the latest at the bottom; pale after the playhead.
fn plot(course: &Course, scale: &Scale, right: f64, playhead: f64) -> Html {
    let mut revisions: Vec<i64> = course.ready.iter().flat_map(|(_, ready)| ready.keys().copied()).collect();
    sort::by_key(&mut revisions, |number| std::cmp::Reverse(*number));
    revisions.dedup();
    let below = |ready: &BTreeMap<i64, u32>, index: usize| -> u32 {
        revisions[..index].iter().filter_map(|number| ready.get(number)).sum()
    };
    let points = course.ready.iter().map(|(at, ready)| (scale.x(*at), ready));
    let drawn = stretches(points, right, |ready| ready.values().map(|pods| i64::from(*pods)).sum());
    let area = |index: usize, number: i64| {
        let edge = |ready: &BTreeMap<i64, u32>, index: usize| scale.y(below(ready, index));
        let d = outline(&drawn, |ready| edge(ready, index + 1), |ready| edge(ready, index));
        // The name stands where the revision takes the most room.
        let pods = |at: &Stretch<&BTreeMap<i64, u32>>| at.value.get(&number).copied().unwrap_or(0);
        let room = |at: &Stretch<&BTreeMap<i64, u32>>| (at.to - at.from) * f64::from(pods(at));
        let widest = drawn.iter().max_by(|one, other| room(one).total_cmp(&room(other)));
        let name = widest.filter(|at| pods(at) > 1 && at.to - at.from > 22.0);
        html! {
            <>
                <path class={format!("a-r{}", hue(number))} {d} />
                if let Some(at) = name {
                    <text class="strong" x={(at.from + 6.0).to_string()} y={((edge(at.value, index) + edge(at.value, index + 1)) / 2.0 + 3.5).to_string()}>{ revision_name(number) }</text>
                }
            </>
        }
    };
    let desired = u32::try_from(course.most_desired).unwrap_or(0);
    html! {
        <g transform={format!("translate(0 {})", LANE * 3.0 + GAP)}>
            { for revisions.iter().enumerate().map(|(index, number)| area(index, *number)) }
            <path class="pale" d={format!("M{playhead} 0H{right}V{PLOT}H{playhead}z")} />
            <path class="desired" d={format!("M{LEFT} {y}H{right}", y = scale.y(desired))} />
            <text x={(LEFT - 8.0).to_string()} y={(scale.y(desired) + 3.5).to_string()} text-anchor="end">{ format!("desired {desired}") }</text>
            <text x={(LEFT - 8.0).to_string()} y={(PLOT + 1.0).to_string()} text-anchor="end">{ "ready pods" }</text>
            if let Some(done) = course.done {
                <path class="done" d={format!("M{} 0V{PLOT}", scale.x(done))} />
            }
        </g>
    }
}
