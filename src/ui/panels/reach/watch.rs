//! One request a simulated second, over the steps that were taken: how many are lost in an update.

use crate::api::{Millis, ObjectKey, Time};
use crate::cluster::Traffic;
use crate::explain::compare::strategy;
use crate::network::{Call, End, ask};
use crate::session::ShownRun;
use crate::sim::{StepNo, Timeline, Trace};

/// Where nothing has changed for so long no more is sent until something does: it would be answered as before.
const IDLE: Millis = Millis::seconds(60);

/// So many requests are sent at most.
pub const MOST: usize = 10_000;

/// What came of the requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// From which step on.
    pub since: StepNo,
    /// By what was done meanwhile.
    pub updates: Vec<Update>,
    /// Whether [`MOST`] were sent.
    pub is_full: bool,
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
    /// Those that ended alike one after the other: whether they were answered, and how many they were.
    pub runs: Vec<(bool, usize)>,
}

impl Update {
    fn begin(timeline: &Timeline, set: Option<&ObjectKey>) -> Self {
        let set = set.and_then(|key| timeline.world().daemon_set(&key.namespace, &key.name));
        Update {
            step: timeline.shown(),
            label: set.map(|set| strategy(set)).unwrap_or_default(),
            sent: 0,
            lost: 0,
            runs: Vec::new(),
        }
    }

    fn count(&mut self, is_answered: bool) {
        self.sent += 1;
        self.lost += usize::from(!is_answered);
        match self.runs.last_mut().filter(|(before, _)| *before == is_answered) {
            Some((_, count)) => *count += 1,
            None => self.runs.push((is_answered, 1)),
        }
    }
}

/// What is sent, in which run.
#[derive(Clone, PartialEq)]
struct Asked {
    branch: u32,
    run: u32,
    since: StepNo,
    question: Call,
    set: Option<ObjectKey>,
}

/// The requests that were sent last. As long as the shown step only goes on, so do they.
#[derive(Default)]
pub struct Requests {
    last: Option<Last>,
}

/// What was sent up to a step and a time.
struct Last {
    asked: Asked,
    end: StepNo,
    until: Time,
    sent: Sent,
}

impl Requests {
    /// Sends a request each second from a step to the shown one; none before that step.
    pub fn watch(
        &mut self,
        run: &ShownRun,
        question: &Call,
        since: StepNo,
        set: Option<&ObjectKey>,
    ) -> Option<Watch> {
        let (end, until) = (run.shown(), run.now());
        if since > end {
            return None;
        }
        let asked = Asked {
            branch: run.at().branch,
            run: run.at().run,
            since,
            question: question.clone(),
            set: set.cloned(),
        };
        let goes_on = |last: &Last| last.asked == asked && last.end <= end && last.until <= until;
        let before = self.last.take().filter(goes_on).map(|last| last.sent);
        if let Some(sent) = before.as_ref().filter(|sent| sent.at > until || sent.count() >= MOST) {
            // None is due, so there is no need to go back to where the last one was sent.
            let watch = Watch { since, is_full: sent.count() >= MOST, updates: sent.updates.clone() };
            self.last = before.map(|sent| Last { asked, end, until, sent });
            return Some(watch);
        }
        let mut timeline = Timeline::clone(run);
        timeline.seek(before.as_ref().map_or(since, |sent| sent.step));
        let mut sent = before.unwrap_or_else(|| Sent::begin(&timeline, set));
        // More steps may be taken at the shown time: what is sent at that time is not settled yet.
        sent.go_on(&mut timeline, end, &asked, |at| at < until);
        let mut shown = sent.clone();
        shown.go_on(&mut timeline, end, &asked, |at| at <= until);
        self.last = Some(Last { asked, end, until, sent });
        Some(Watch { since, is_full: shown.count() >= MOST, updates: shown.updates })
    }
}

/// The requests that were sent up to a step.
#[derive(Clone)]
struct Sent {
    step: StepNo,
    /// When the next one is sent.
    at: Time,
    /// When something changed last.
    changed: Time,
    traffic: Traffic,
    updates: Vec<Update>,
}

impl Sent {
    fn begin(timeline: &Timeline, set: Option<&ObjectKey>) -> Self {
        let now = timeline.now();
        Sent {
            step: timeline.shown(),
            at: now,
            changed: now,
            traffic: timeline.world().traffic().clone(),
            updates: vec![Update::begin(timeline, set)],
        }
    }

    fn count(&self) -> usize {
        self.updates.iter().map(|update| update.sent).sum()
    }

    /// Sends on, from where it stopped, as long as it is time for the next one.
    fn go_on(&mut self, timeline: &mut Timeline, end: StepNo, asked: &Asked, is_time: impl Fn(Time) -> bool) {
        for _ in self.count()..MOST {
            if self.at - self.changed > IDLE {
                // On to the second in which something happens next, or to the end.
                let next = timeline.step(timeline.shown() + 1).filter(|_| timeline.shown() < end);
                let Some(next) = next else { break };
                while self.at < next.at {
                    self.at = self.at + Millis::seconds(1);
                }
            }
            if !is_time(self.at) {
                break;
            }
            self.follow(timeline, end, asked.set.as_ref());
            let sent = ask(timeline.world(), self.at, &asked.question).send(&mut self.traffic);
            if let Some(update) = self.updates.last_mut() {
                update.count(matches!(sent.end, End::Answered(..)));
            }
            self.at = self.at + Millis::seconds(1);
        }
        self.step = timeline.shown();
    }

    /// Goes on over all that happened up to the time of the next request.
    fn follow(&mut self, timeline: &mut Timeline, end: StepNo, set: Option<&ObjectKey>) {
        while timeline.shown() < end {
            let next = timeline.shown() + 1;
            let Some(step) = timeline.step(next).filter(|step| step.at <= self.at) else { break };
            let is_command = matches!(step.trace, Trace::Command(_)) && step.wrote();
            self.changed = step.at;
            timeline.forward();
            if is_command {
                self.updates.retain(|update| update.sent > 0);
                self.updates.push(Update::begin(timeline, set));
            }
        }
    }
}
