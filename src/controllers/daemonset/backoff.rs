//! How long failed pods of a node are left, so that controller and kubelet do not fight in a hot loop. Upstream:
//! `failedPodsBackoff` in `pkg/controller/daemon`, `client-go/util/flowcontrol/backoff.go`.

use crate::api::{EcoString, Millis, Time};
use crate::cluster::Map;

/// The first delay.
const INITIAL: Millis = Millis::seconds(1);
/// No delay is longer.
const MAXIMUM: Millis = Millis::seconds(15 * 60);

/// The back-offs of one DaemonSet, by node. They hold for one observed generation: upstream has it in their key,
/// and it never comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    generation: i64,
    nodes: Map<EcoString, Waiting>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    since: Time,
    delay: Millis,
}

impl Waiting {
    /// After twice the longest delay the node starts anew.
    fn is_over_for_good(self, now: Time) -> bool {
        now.since(self.since) > Millis(2 * MAXIMUM.0)
    }
}

impl Backoff {
    /// Forgets everything when the DaemonSet's observed generation is another.
    pub fn at_generation(&mut self, generation: i64) {
        if self.generation != generation {
            *self = Backoff { generation, nodes: Map::new() };
        }
    }

    /// The node's delay and its end, if it is not over.
    pub fn remaining(&self, node: &EcoString, now: Time) -> Option<(Millis, Time)> {
        let waiting = self.nodes.get(node)?;
        let until = waiting.since + waiting.delay;
        (now < until && !waiting.is_over_for_good(now)).then_some((waiting.delay, until))
    }

    /// Starts the node's next delay, twice as long as the one before.
    pub fn next(&mut self, node: EcoString, now: Time) {
        let before = self.nodes.get(&node).filter(|waiting| !waiting.is_over_for_good(now));
        let delay = before.map_or(INITIAL, |waiting| Millis(waiting.delay.0 * 2).min(MAXIMUM));
        self.nodes.insert(node, Waiting { since: now, delay });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Time {
        Time::EPOCH + Millis::seconds(second)
    }

    #[test]
    fn delays_double_up_to_a_quarter_of_an_hour_and_start_anew_after_a_long_quiet() {
        let node: EcoString = "a".into();
        let mut backoff = Backoff::default();
        assert_eq!(backoff.remaining(&node, second(0)), None, "the first failure is dealt with at once");
        let mut now = 0;
        for delay in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            backoff.next(node.clone(), second(now));
            let until = second(now + delay);
            assert_eq!(backoff.remaining(&node, second(now)), Some((Millis::seconds(delay), until)));
            assert_eq!(backoff.remaining(&node, until), None);
            now += delay;
        }
        let delay = |backoff: &Backoff, now| backoff.remaining(&node, now).map(|(delay, _)| delay);
        let quiet = second(now - 900 + 2 * 900);
        backoff.next(node.clone(), quiet);
        assert_eq!(delay(&backoff, quiet), Some(Millis::seconds(900)), "not quiet for long enough");
        let longer = quiet + Millis::seconds(2 * 900 + 1);
        backoff.next(node.clone(), longer);
        assert_eq!(delay(&backoff, longer), Some(Millis::seconds(1)));
    }

    #[test]
    fn a_new_generation_starts_without_delays() {
        let node: EcoString = "a".into();
        let mut backoff = Backoff::default();
        backoff.next(node.clone(), second(0));
        backoff.at_generation(0);
        assert!(backoff.remaining(&node, second(0)).is_some());
        backoff.at_generation(1);
        assert!(backoff.remaining(&node, second(0)).is_none());
    }
}
