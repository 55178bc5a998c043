use super::Given;
use super::model::{Chart, Point, chart};
use crate::explain::revision_name;
use crate::sim::StepNo;
use crate::ui::figures::{Stretch, outline, stretches};
use crate::ui::state::PanelProps;
use crate::ui::widgets::{Late, hue, use_late, use_width};
use yew::prelude::*;

/// Height of the drawing, and room around the plot: left, above, below; on the right there is room for the label.
const HEIGHT: f64 = 148.0;
const LEFT: f64 = 40.0;
const ABOVE: f64 = 18.0;
const BELOW: f64 = 26.0;
/// So high is an area that has room for its name.
const LETTERS: f64 = 12.0;
/// Room on the right beside the label: for half a number below, the gap before it and the panel's own edge.
const BESIDE: f64 = 28.0;
/// Width of a letter of the label in projector mode, where letters are largest.
const LETTER: f64 = 7.3;
/// How wide the name of a revision is, with the room around it.
const NAME: f64 = 28.0;

/// Ready pods by revision over the steps of the current rollout.
#[component]
pub fn RolloutChart(props: &PanelProps<Given>) -> Html {
    let given = use_late(&props.given, Late::PICTURES.if_large(props.given.run.world()));
    let set = &given.set;
    let place = use_node_ref();
    let width = f64::from(use_width(&place, 640));
    let chart = use_memo(given.clone(), |Given { run, set }| chart(run, set.as_ref()?));
    let inner = match &*chart {
        None if set.is_some() => {
            html! { <p class="log-empty">{ "No revision yet: the controller makes one when it first syncs." }</p> }
        }
        None => html! { <p class="log-empty">{ "No DaemonSet in this cluster." }</p> },
        Some(chart) => drawing(chart, width),
    };
    html! { <div class="chart" ref={place}>{ inner }</div> }
}

/// Where things stand.
struct Scale {
    from: StepNo,
    per_step: f64,
    top: u32,
}

impl Scale {
    fn x(&self, step: StepNo) -> f64 {
        LEFT + f64::from(step.saturating_sub(self.from)) * self.per_step
    }

    fn y(&self, pods: u32) -> f64 {
        let height = HEIGHT - ABOVE - BELOW;
        ABOVE + height - height * f64::from(pods) / f64::from(self.top)
    }
}

fn drawing(chart: &Chart, width: f64) -> Html {
    let label = chart.floor.as_ref().map_or(0, |(_, text)| text.len());
    let right = width - BESIDE - f64::from(u32::try_from(label).unwrap_or(0)) * LETTER;
    let steps = chart.to.saturating_sub(chart.from).max(1);
    let scale = Scale { from: chart.from, per_step: (right - LEFT) / f64::from(steps), top: chart.top() };
    let now = scale.x(chart.shown);
    let told = chart.told();
    let points = chart.points.iter().map(|point| (scale.x(point.step), point));
    // What is missing stays in sight, not what is few.
    let drawn = stretches(points, now, |point| i64::from(point.sum()) - i64::from(point.desired));
    let label = format!("Ready pods by revision over the steps of this rollout. {told}.");
    let before = now > (LEFT + right) / 2.0;
    html! {
        <svg viewBox={format!("0 0 {width} {HEIGHT}")} width={width.to_string()} height={HEIGHT.to_string()} role="img" aria-label={label}>
            { for [0, scale.top / 2, scale.top].into_iter().map(|pods| {
                let y = scale.y(pods);
                html! { <>
                    <path class="grid" d={format!("M{LEFT} {y}H{right}")} />
                    <text x={(LEFT - 8.0).to_string()} y={(y + 3.0).to_string()} text-anchor="end">{ pods }</text>
                </> }
            }) }
            { for areas(chart, &drawn, &scale) }
            <path class="a-gap" d={gaps(&drawn, &scale)} />
            if let Some((least, text)) = &chart.floor {
                <path class="floor" d={floor(&drawn, &scale, *least, right)} />
                <text x={(right + 6.0).to_string()} y={(scale.y(*least) + 4.0).to_string()}>{ text }</text>
            }
            { for ticks(chart, &scale) }
            <path class="now" d={format!("M{now} {}V{}", ABOVE - 12.0, HEIGHT - BELOW + 4.0)} />
            <text class="strong" x={(if before { now - 6.0 } else { now + 6.0 }).to_string()} y={(ABOVE - 5.0).to_string()} text-anchor={if before { "end" } else { "start" }}>{ told }</text>
        </svg>
    }
}

/// The line below which the update keeps from going: it steps with what was desired.
fn floor(drawn: &[Stretch<&Point>], scale: &Scale, least: u32, right: f64) -> String {
    let mut line = String::new();
    for stretch in drawn {
        if let Some(then) = stretch.value.floor {
            let start = if line.is_empty() { format!("M{LEFT} ") } else { "V".to_owned() };
            line.push_str(&format!("{start}{}H{}", scale.y(then), stretch.to));
        }
    }
    let start = if line.is_empty() { format!("M{LEFT} ") } else { "V".to_owned() };
    line + &format!("{start}{}H{right}", scale.y(least))
}

/// One area for each revision, the latest at the bottom.
fn areas(chart: &Chart, drawn: &[Stretch<&Point>], scale: &Scale) -> Vec<Html> {
    let below = |point: &Point, index: usize| -> u32 { point.ready[..index].iter().sum() };
    let one = |index: usize, number: i64| {
        let (top, bottom) =
            (|point: &Point| scale.y(below(point, index + 1)), |point: &Point| scale.y(below(point, index)));
        let d = outline(drawn, |point| top(point), |point| bottom(point));
        let class = format!("a-r{}", hue(number));
        // The name stands where the revision has the most pods, if there is room for it beside the playhead.
        let middle = |point: &Point| (top(point) + bottom(point)) / 2.0 + 3.5;
        let free = scale.x(chart.shown) - NAME;
        let most = chart.points.iter().filter(|point| scale.x(point.step) <= free);
        let most = most.max_by_key(|point| point.ready[index]);
        let widest = most.filter(|point| bottom(point) - top(point) >= LETTERS);
        html! {
            <>
                <path {class} {d} />
                if let Some(point) = widest {
                    <text class="strong" x={(scale.x(point.step) + 8.0).to_string()}
                        y={middle(point).to_string()}>{ revision_name(number) }</text>
                }
            </>
        }
    };
    chart.revisions.iter().enumerate().map(|(index, number)| one(index, *number)).collect()
}

/// Where fewer pods are ready than should be: one outline for what hangs together.
fn gaps(drawn: &[Stretch<&Point>], scale: &Scale) -> String {
    let is_short = |stretch: &Stretch<&Point>| stretch.value.sum() < stretch.value.desired;
    let runs = drawn.chunk_by(|before, after| is_short(before) == is_short(after));
    let short = runs.filter(|run| run.first().is_some_and(is_short));
    short.map(|run| outline(run, |point| scale.y(point.desired), |point| scale.y(point.sum()))).collect()
}

/// Some steps below the plot.
fn ticks(chart: &Chart, scale: &Scale) -> Vec<Html> {
    let steps = chart.to.saturating_sub(chart.from).max(1);
    let each = (1..).map(|power| [1, 2, 5][(power as usize - 1) % 3] * 10u32.pow((power - 1) / 3));
    let each = each.take(24).find(|each| steps / each <= 8).unwrap_or(steps).max(1);
    let tick = |no: StepNo| {
        html! {
            <text x={scale.x(no).to_string()} y={(HEIGHT - 8.0).to_string()} text-anchor="middle">{ no }</text>
        }
    };
    (chart.from..=chart.to).filter(|no| no % each == 0).map(tick).collect()
}
