use super::model::{BOX, Fit, FitRow, Scene, Shape, ShapeKind, scene};
use crate::session::ShownRun;
use crate::ui::figures::{Chip, Emphasis, Marks, pod};
use crate::ui::state::PanelProps;
use crate::ui::widgets::{icon, pieces, use_width};
use yew::prelude::*;

/// Room at the edges of the drawing.
const EDGE: f64 = 4.0;

/// The scene of the shown step.
#[component]
pub fn PreemptionScene(props: &PanelProps<ShownRun>) -> Html {
    let PanelProps { given, act } = props;
    let place = use_node_ref();
    let width = use_width(&place, 640);
    let Some(scene) = scene(given, f64::from(width) - 2.0 * EDGE) else { return html! {} };
    // The pod that room is made for is the one of the DaemonSet.
    let chip = |chip: &Chip| {
        let marks = Marks { touched: chip.revision.is_some(), chosen: false };
        pod(chip, marks, "0", act)
    };
    let status = match scene.status.1 {
        Emphasis::Plain => "node-status",
        Emphasis::Warn => "node-status node-status--warn",
        Emphasis::Bad => "node-status node-status--bad",
    };
    html! {
        <div class="preemption">
            <div class="duel">
                <section class="queue-box" aria-label="The pod">
                    <h2>{ "Scheduling queue" }</h2>
                    { scene.pod.as_ref().map(chip).unwrap_or_default() }
                    <dl class="facts">
                        { for scene.facts.iter().map(|(name, value)| html! { <div><dt>{ *name }</dt><dd>{ value }</dd></div> }) }
                        <div><dt>{ "nominatedNodeName" }</dt><dd><span class="badge badge--mark">{ &scene.node }</span>{ " set by this step" }</dd></div>
                    </dl>
                    <div class="reason">{ icon("i-info") }<span>{ pieces(&scene.waits_for) }</span></div>
                </section>
                <div class="arrow-cell" aria-hidden="true">
                    <svg viewBox="0 0 56 112"><path class="arrow-line" d="M4 56H44" /><path class="arrow-head" d="M54 56l-12-7v14z" /></svg>
                </div>
                <section class="focus-node" aria-label={format!("Node {}", scene.node)}>
                    <div class="node-head">
                        <h2>{ &scene.node }</h2>
                        <span class="node-role">{ &scene.role }</span>
                        <span class="step-flag">{ format!("step {}", scene.no) }</span>
                        <span class={status}>{ &scene.status.0 }</span>
                    </div>
                    <div ref={place} class="fits">{ for scene.fits.iter().map(|one| fit(one, f64::from(width), &scene)) }</div>
                    <div class="pods"><div class="others">{ for scene.chips.iter().map(chip) }</div></div>
                    { for scene.budgets.iter().map(|told| html! {
                        <p class="pdb">{ icon("i-info") }<span>{ pieces(told) }</span></p>
                    }) }
                </section>
            </div>
            if !scene.others.is_empty() {
                <p class="section-note"><span>{ pieces(&scene.others_told) }</span></p>
                <ul class="mini-nodes" aria-label="The other nodes">
                    { for scene.others.iter().map(|(name, told)| html! {
                        <li class="mini-node"><b>{ name }</b><span>{ told }</span></li>
                    }) }
                    if scene.more > 0 {
                        <li class="mini-node"><b>{ format!("+{}", scene.more) }</b><span>{ "more" }</span></li>
                    }
                </ul>
            }
        </div>
    }
}

fn fit(fit: &Fit, width: f64, scene: &Scene) -> Html {
    let label = format!("{} Before, during and after preemption on {}.", fit.title, scene.node);
    let bottom = fit.height;
    html! {
        <div class="fit">
            <div class="fit-label"><b>{ &fit.title }</b><span class="mono muted">{ &fit.aside }</span></div>
            <svg viewBox={format!("{} 0 {width} {bottom}", -EDGE)} width={width.to_string()} height={bottom.to_string()} role="img" aria-label={label}>
                { for fit.rows.iter().map(row) }
                if let Some((x, text)) = &fit.limit {
                    <path class="limit" d={limit(fit, *x)} />
                    <text class="small" x={(x - 4.0).to_string()} y={(bottom - 3.0).to_string()} text-anchor="end">{ text }</text>
                }
            </svg>
            if !fit.legend.is_empty() {
                <p class="fit-legend mono muted">{ fit.legend.join("  ") }</p>
            }
        </div>
    }
}

/// A line through each row of boxes, and not through the words between them.
fn limit(fit: &Fit, x: f64) -> String {
    let ends = fit.rows.iter().filter_map(|row| row.boxes.first());
    ends.map(|shape| format!("M{x} {}V{}", shape.y - 3.0, shape.y + BOX + 3.0)).collect()
}

fn row(row: &FitRow) -> Html {
    html! {
        <>
            <text class="small" x="0" y={row.y.to_string()}>{ &row.told }</text>
            { for row.boxes.iter().map(shape) }
        </>
    }
}

fn shape(shape: &Shape) -> Html {
    let (class, text) = match shape.kind {
        ShapeKind::Safe => ("box-crit", ""),
        ShapeKind::Lower => ("box", ""),
        ShapeKind::Reprieved => ("box-keep", "t-keep"),
        ShapeKind::Victim => ("box-victim", "t-victim"),
        ShapeKind::New => ("box-new", "t-new"),
        ShapeKind::NoRoom => ("box-wait", "t-new"),
        ShapeKind::Free => ("free", ""),
    };
    // Of two letters that fill their box none is cut.
    let (x, y) = (shape.x + if shape.width < 18.0 { 1.0 } else { 5.0 }, shape.y);
    html! {
        <>
            <rect {class} x={shape.x.to_string()} y={y.to_string()} width={shape.width.to_string()} height={BOX.to_string()} rx="3" />
            if !shape.name.is_empty() { <text class={text} x={x.to_string()} y={(y + 17.0).to_string()}>{ &shape.name }</text> }
            if !shape.note.is_empty() { <text class={classes!("small", text)} x={x.to_string()} y={(y + 32.0).to_string()}>{ &shape.note }</text> }
        </>
    }
}
