use super::Given;
use super::lanes::{LanesView, slider_keys};
use super::model::{clock, has_cause};
use crate::explain::{Told, count, told};
use crate::session::{Act, LogEntry, ShownRun};
use crate::sim::StepNo;
use crate::ui::browser::closest;
use crate::ui::state::{Motion, MotionAction, Moving, PanelProps, PrefsAction, Speed, UiAction};
use crate::ui::widgets::{emit, icon, icon_small, pieces};
use web_sys::PointerEvent;
use yew::prelude::*;

/// The panel.
#[component]
pub fn TransportPanel(props: &PanelProps<Given>) -> Html {
    let PanelProps { given, act } = props;
    let timeline = &given.run;
    let on = |action: UiAction| emit(act, action);
    let (shown, len) = (timeline.shown(), timeline.len());
    let told = told(timeline, shown);
    let (playing, running) = (given.moving.motion == Motion::Playing, given.moving.motion == Motion::Running);
    html! {
        <section class="transport" aria-label="Time">
            <PhoneScrub run={given.run.clone()} act={act.clone()} />
            <div class="controls">
                <button class="button phone-hide" aria-label="First step" title="First step (Home)" onclick={on(UiAction::Session(Act::Seek(0)))}>{ icon("i-start") }</button>
                <button class="button" aria-label="Step back" title="Step back (←)" onclick={on(UiAction::Session(Act::Back))}>{ icon("i-back") }</button>
                <button class="button button--primary" aria-label={if playing { "Pause" } else { "Play" }} title="Play or pause (Space)" onclick={on(UiAction::Motion(MotionAction::Play))}>
                    { icon(if playing { "i-pause" } else { "i-play" }) }
                </button>
                <button class="button" aria-label="Step" title="Step (→)" onclick={on(UiAction::Session(Act::Forward))}>{ icon("i-step") }</button>
                <button class="button" aria-label={if running { "Stop" } else { "Run until stable" }} title="Run until nothing changes (R)" onclick={on(UiAction::Motion(MotionAction::Run))}>
                    { icon(if running { "i-pause" } else { "i-stable" }) }
                    if running { <span>{ "Stop" }</span> } else { <span>{ "Run" }<span class="wide-only">{ " until stable" }</span></span> }
                </button>
                <div class="segmented segmented--tight" role="group" aria-label="Speed">
                    { for Speed::ALL.into_iter().map(|speed| html! {
                        <button aria-pressed={(speed == given.moving.speed).to_string()} onclick={on(UiAction::Motion(MotionAction::Speed(speed)))}>{ speed.label() }</button>
                    }) }
                </div>
                <button class="button button--quiet skip-idle" aria-pressed={given.skips_idle.to_string()}
                    title="Play skips steps in which nothing happened" onclick={on(UiAction::Prefs(PrefsAction::SkipIdle))}>
                    { icon_small(if given.skips_idle { "i-check" } else { "i-dash" }) }{ "Skip idle" }
                </button>
                if shown < len {
                    <button class="button button--link phone-hide wide-only" title="Latest step (End)" onclick={on(UiAction::Session(Act::Latest))}>{ format!("Latest: {len}") }</button>
                }
                <span class="clock">
                    <span title="Simulated time"><span class="visually-hidden">{ "Simulated time " }</span>{ clock(timeline.now().since(timeline.started())) }</span>
                    <b>{ shown }<span class="muted">{ format!(" / {len}") }</span></b>
                </span>
            </div>
            { sentence((shown, len), &given.moving, told.as_ref(), has_cause(timeline).then(|| on(UiAction::Session(Act::Cause)))) }
            <LanesView run={given.run.clone()} skipped={given.moving.skipped} act={act.clone()} />
            if given.has_room {
                <SaidList given={given.run.clone()} act={act.clone()} />
            }
        </section>
    }
}

/// What the user did, by step: where there is room for it.
#[component]
fn SaidList(props: &PanelProps<ShownRun>) -> Html {
    let PanelProps { given: run, act } = props;
    let shown = run.shown();
    let line = |entry: &LogEntry| {
        let (act, no) = (act.clone(), entry.after + 1);
        let onclick = Callback::from(move |_: MouseEvent| act.emit(UiAction::Session(Act::Seek(no))));
        let class = classes!((no > shown).then_some("is-later"), (no == shown).then_some("is-now"));
        let words = entry.request.in_short();
        html! { <li><button {class} {onclick}><span class="term-step">{ no }</span><span>{ words }</span></button></li> }
    };
    html! {
        <section class="said-list" aria-labelledby="said-list">
            <h2 id="said-list">{ "Commands by step" }<span class="muted">{ "select one to go there" }</span></h2>
            <ol>{ for run.log.iter().map(line) }</ol>
        </section>
    }
}

fn sentence(
    (shown, recorded): (StepNo, StepNo),
    moving: &Moving,
    told: Option<&Told>,
    to_cause: Option<Callback<MouseEvent>>,
) -> Html {
    // Steps that go by by themselves are not read out one by one: nobody could listen that fast.
    let live = if moving.motion == Motion::Still { "polite" } else { "off" };
    html! {
        <p class="step-line" aria-live={live}>
            <span class="step-no">{ shown }</span>
            // Another element once it stands still: that is told, too.
            <span key={live}>
                if let Some(told) = told {
                    { pieces(&told.what) }{ " " }
                    if let Some(onclick) = to_cause {
                        <button class="because" title="Go to the cause (C)" {onclick}>{ pieces(&told.because) }</button>
                    } else {
                        <span class="because">{ pieces(&told.because) }</span>
                    }
                } else {
                    { "Nothing has happened yet." }
                    if recorded > 0 { { format!(" {} recorded: step or play.", count(recorded as usize, "step")) } }
                }
                if moving.skipped > 0 {
                    <span class="because">{ format!(" Skipped {}.", count(moving.skipped as usize, "idle step")) }</span>
                }
                if let Some(no) = moving.undone {
                    <span class="because">{ format!(" Stepped back: step {no} has not happened yet.") }</span>
                }
            </span>
        </p>
    }
}

/// What the slider of a narrow screen is given.
#[derive(Properties, PartialEq)]
struct ScrubProps {
    run: ShownRun,
    act: Callback<UiAction>,
}

/// Width of the slider's drawing, and of the room at its ends.
const SCRUB: (f64, f64) = (366.0, 8.0);

/// The slider of a narrow screen.
#[component]
fn PhoneScrub(props: &ScrubProps) -> Html {
    let timeline = &props.run;
    let (shown, len) = (timeline.shown(), timeline.len());
    let (width, room) = SCRUB;
    let at = move |no: StepNo| room + (width - 2.0 * room) * f64::from(no) / f64::from(len.max(1));
    let seek = {
        let act = props.act.clone();
        move |event: &PointerEvent| {
            let element = closest(event, "[role=slider]");
            let Some(element) = element else { return };
            let rect = element.get_bounding_client_rect();
            let share = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
            act.emit(UiAction::Session(
                Act::Seek((share.clamp(0.0, 1.0) * f64::from(len)).round() as StepNo),
            ));
        }
    };
    let on_down = {
        let seek = seek.clone();
        Callback::from(move |event: PointerEvent| {
            let element = closest(&event, "[role=slider]");
            if let Some(element) = element {
                drop(element.set_pointer_capture(event.pointer_id()));
            }
            seek(&event);
        })
    };
    let on_move = Callback::from(move |event: PointerEvent| {
        if event.buttons() != 0 {
            seek(&event);
        }
    });
    html! {
        <div class="phone-scrub">
            <svg viewBox="0 0 366 24" preserveAspectRatio="none" role="slider" aria-label="Step" tabindex="0" aria-valuemin="0"
                aria-valuemax={len.to_string()} aria-valuenow={shown.to_string()}
                onpointerdown={on_down} onpointermove={on_move} onkeydown={slider_keys(&props.act)}>
                <path class="track" d="M8 12H358" />
                <path class="done" d={format!("M8 12H{}", at(shown))} />
                { for props.run.log.iter().map(|act| html! {
                    <circle class={classes!("mark", (act.after >= shown).then_some("future"))} cx={at(act.after + 1).to_string()} cy="12" r="4" />
                }) }
                <rect class="grip" x={(at(shown) - 7.0).to_string()} y="2" width="14" height="20" rx="3" />
            </svg>
        </div>
    }
}
