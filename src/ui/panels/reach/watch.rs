//! One request a simulated second, over the steps that were taken: how many are lost in an update.

use crate::api::{Millis, ObjectKey};
use crate::explain::compare::strategy;
use crate::network::{Call, End, ask};
use crate::sim::{StepNo, Timeline, Trace};

/// Where nothing has changed for so long no more is sent until something does: it would be answered as before.
const IDLE: Millis = Millis::seconds(60);

/// So many requests are sent at most.
const MOST: usize = 10_000;

/// What came of the requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// From which step on.
    pub since: StepNo,
    /// By what was done meanwhile.
    pub updates: Vec<Update>,
}

/// What came of the requests from one command on.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The step of the command.
    pub step: StepNo,
    /// What may be missing while it goes on.
    pub label: String,
    /// How many were sent.
    pub sent: usize,
    /// How many of them were lost.
    pub lost: usize,
    /// Each, in order: whether it was answered.
    pub answered: Vec<bool>,
}

/// Sends a request each second of the time between two steps; none where nothing was sent yet.
pub fn watch(timeline: &Timeline, question: &Call, since: StepNo, set: Option<&ObjectKey>) -> Option<Watch> {
    let (end, until) = (timeline.shown(), timeline.now());
    if since > end {
        return None;
    }
    let mut timeline = timeline.clone();
    timeline.seek(since);
    let start = timeline.now();
    let mut traffic = timeline.world().traffic().clone();
    let mut updates: Vec<Update> = Vec::new();
    let begin = |timeline: &Timeline| Update {
        step: timeline.shown(),
        label: set
            .and_then(|key| timeline.world().daemon_set(&key.namespace, &key.name))
            .map(|set| strategy(set))
            .unwrap_or_default(),
        sent: 0,
        lost: 0,
        answered: Vec::new(),
    };
    updates.push(begin(&timeline));
    let (mut at, mut changed) = (start, start);
    for _ in 0..MOST {
        if at - changed > IDLE {
            // On to the second in which something happens next, or to the end.
            let next = timeline.step(timeline.shown() + 1).filter(|_| timeline.shown() < end);
            let Some(next) = next else { break };
            while at < next.at {
                at = at + Millis::seconds(1);
            }
        }
        if at > until {
            break;
        }
        while timeline.shown() < end {
            let next = timeline.shown() + 1;
            let Some(step) = timeline.step(next) else { break };
            if step.at > at {
                break;
            }
            let is_command = matches!(step.trace, Trace::Command(_)) && step.wrote();
            changed = step.at;
            timeline.forward();
            if is_command {
                updates.retain(|update| update.sent > 0);
                updates.push(begin(&timeline));
            }
        }
        let sent = ask(timeline.world(), at, question).send(&mut traffic);
        let is_answered = matches!(sent.end, End::Answered(..));
        if let Some(update) = updates.last_mut() {
            update.sent += 1;
            update.lost += usize::from(!is_answered);
            update.answered.push(is_answered);
        }
        at = at + Millis::seconds(1);
    }
    Some(Watch { since, updates })
}
