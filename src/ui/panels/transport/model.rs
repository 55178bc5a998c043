//! The lanes: a window of the recorded steps, one column each, and what stands above them.

use crate::api::{Millis, Time};
use crate::cluster::Actor;
use crate::explain::whole;
use crate::sim::{Cause, StepNo, Timeline};

/// Width of a step's column.
pub const COLUMN: i32 = 18;
/// Height that the lanes share, and what each has at least: a lane more must not move the page.
const HEIGHT: (i32, i32) = (85, 13);
/// Height of the ruler above the lanes.
pub const RULER: i32 = 16;

/// A jump of the clock of so many milliseconds is marked.
const JUMP: i64 = 10_000;

/// Actors that always have a lane.
const ALWAYS: [Actor; 5] =
    [Actor::You, Actor::DaemonSetController, Actor::Scheduler, Actor::Kubelet, Actor::NodeLifecycle];

/// The sign of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepSign {
    /// The user did something, or a client was answered.
    Circle,
    /// A component wrote.
    Square,
    /// A component looked and could not.
    Diamond,
    /// A component looked and had nothing to do.
    Dot,
}

/// A step on the lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Which.
    pub no: StepNo,
    /// Its lane, from above.
    pub lane: usize,
    /// Its sign.
    pub sign: StepSign,
}

/// The lanes as far as they are in view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// Who has a lane, from above.
    pub actors: Vec<Actor>,
    /// The first step in view.
    pub first: StepNo,
    /// How many columns are in view.
    pub columns: StepNo,
    /// The steps.
    pub ticks: Vec<Tick>,
    /// Where the clock jumps: before these steps.
    pub gaps: Vec<StepNo>,
    /// Times above the columns.
    pub ruler: Vec<(StepNo, String)>,
    /// The shown step.
    pub shown: StepNo,
    /// The lane of the shown step.
    pub lane: Option<usize>,
    /// The cause of the shown step and its lane.
    pub cause: Option<(StepNo, usize)>,
}

impl Lanes {
    /// The height of each lane.
    pub fn lane(&self) -> i32 {
        let (all, least) = HEIGHT;
        (all / i32::try_from(self.actors.len()).unwrap_or(i32::MAX).max(1)).max(least)
    }
}

/// Who has a lane in this run.
pub fn actors(timeline: &Timeline) -> Vec<Actor> {
    let is_there = |actor: &&Actor| ALWAYS.contains(actor) || timeline.has_step_of(**actor);
    Actor::ALL.iter().filter(is_there).copied().collect()
}

/// The first step in view when so many columns fit: the shown one is never near the edge if that can be helped.
pub fn first_in_view(timeline: &Timeline, columns: StepNo) -> StepNo {
    let (shown, len) = (timeline.shown(), timeline.len());
    if len <= columns {
        return 1;
    }
    let wanted = shown.saturating_sub(columns * 2 / 3).max(1);
    wanted.min(len + 1 - columns)
}

/// The lanes in view.
pub fn lanes(timeline: &Timeline, actors: &[Actor], first: StepNo, columns: StepNo) -> Lanes {
    let lane_of = |actor: Actor| actors.iter().position(|other| *other == actor);
    let (mut ticks, mut gaps, mut ruler) = (Vec::new(), Vec::new(), Vec::new());
    let mut before: Option<Time> = first.checked_sub(1).and_then(|no| timeline.step(no)).map(|step| step.at);
    let mut labelled = 0;
    for no in first..first.saturating_add(columns) {
        let Some(step) = timeline.step(no) else { break };
        if let Some(lane) = lane_of(step.actor) {
            let sign = match (step.actor, step.wrote()) {
                (Actor::You, _) => StepSign::Circle,
                _ if step.failed() => StepSign::Diamond,
                (Actor::Client, _) => StepSign::Circle,
                (_, true) => StepSign::Square,
                (_, false) => StepSign::Dot,
            };
            ticks.push(Tick { no, lane, sign });
        }
        let jump = before.is_some_and(|before| step.at.since(before).0 >= JUMP);
        if jump {
            gaps.push(no);
        }
        let second = |time: Time| time.since(timeline.started()).0 / 1000;
        let new = before.is_none_or(|before| second(before) != second(step.at));
        let has_room = no >= labelled;
        // A jump is told rather than a second that began shortly before, but no two are told in one place.
        let takes_place = jump && !ruler.last().is_some_and(|(last, _)| gaps.contains(last));
        if has_room && (new || jump) || takes_place {
            if !has_room {
                ruler.pop();
            }
            let text = whole(step.at.since(timeline.started()));
            // That of the shown step stands beside the playhead's grip.
            let shift = StepNo::from(no == timeline.shown());
            labelled = no + 1 + shift + StepNo::try_from(text.len() / 4).unwrap_or(0);
            ruler.push((no, text));
        }
        before = Some(step.at);
    }
    let shown = timeline.step(timeline.shown());
    let cause = shown.and_then(|step| step.cause.step()).and_then(|no| {
        let lane = lane_of(timeline.step(no)?.actor)?;
        Some((no, lane))
    });
    Lanes {
        actors: actors.to_vec(),
        first,
        columns,
        ticks,
        gaps,
        ruler,
        shown: timeline.shown(),
        lane: shown.and_then(|step| lane_of(step.actor)),
        cause,
    }
}

/// The clock: `00:58.2`, `1:02:03.4`.
pub fn clock(span: Millis) -> String {
    let tenths = span.0.max(0) / 100;
    let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60);
    let hours = if hours > 0 { format!("{hours}:") } else { String::new() };
    format!("{hours}{minutes:02}:{seconds:02}.{}", tenths % 10)
}

/// The icon of an actor's lane.
pub fn icon(actor: Actor) -> &'static str {
    match actor {
        Actor::You => "i-user",
        Actor::Scheduler => "c-2",
        Actor::Kubelet => "i-grid",
        Actor::NodeLifecycle => "g-timer",
        Actor::TaintEviction => "g-evict",
        Actor::Disruption => "i-info",
        Actor::EndpointSliceController | Actor::NamespaceController => "i-grid",
        Actor::ApiServer => "i-gear",
        Actor::PodGarbageCollector | Actor::GarbageCollector => "i-x",
        Actor::Client => "i-reach",
        _ => "i-gear",
    }
}

/// Whether the shown step has a cause to go to.
pub fn has_cause(timeline: &Timeline) -> bool {
    let step = timeline.step(timeline.shown());
    step.map(|step| step.cause).and_then(Cause::step).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::given::in_vain;

    /// Waits of an hour one after the other: each is a jump of the clock.
    #[test]
    fn labels_of_jumps_that_follow_each_other_do_not_lie_on_each_other() {
        let mut timeline = in_vain();
        (0..60).for_each(|_| assert!(timeline.forward()));
        let lanes = lanes(&timeline, &[Actor::DaemonSetController], 1, timeline.len());
        assert!(lanes.gaps.len() > 8 && lanes.ruler.len() > 3, "{:?}", lanes.ruler);
        let fits = |pair: &[(StepNo, String)]| pair[0].0 + pair[0].1.len() as StepNo / 4 < pair[1].0;
        assert!(lanes.ruler.windows(2).all(fits), "{:?}", lanes.ruler);
    }

    #[test]
    fn clocks_are_short() {
        for (millis, text) in [
            (0, "00:00.0"),
            (58_200, "00:58.2"),
            (69_000, "01:09.0"),
            (300_000, "05:00.0"),
            (3_600_000, "1:00:00.0"),
            (7_500_000, "2:05:00.0"),
        ] {
            assert_eq!(clock(Millis(millis)), text);
        }
    }
}
