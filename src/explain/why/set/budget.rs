//! What the rolling update may do at once, and how much of that is used.

use super::super::super::piece::{Piece, count, sentence};
use super::super::answer::{Block, BudgetRow, BudgetSlot, Section, Tone, section};
use super::Told;
use crate::api::{EcoString, IntOrString};
use crate::cluster::Actor;
use crate::controllers::daemonset::bounds::Bound;
use crate::controllers::daemonset::node::Class;
use crate::controllers::daemonset::rollout::{RolloutTrace, SurgeBudget, UnavailableBudget};
use crate::controllers::daemonset::totals::Order;

/// The most slots of a budget that are drawn.
const SLOTS: usize = 8;

impl Told<'_> {
    pub(super) fn budget(&self) -> Section {
        let by = Actor::DaemonSetController.name();
        let (badge, blocks) = match &self.survey.rollout {
            RolloutTrace::OnDelete { outdated } => {
                let nodes = count(usize::try_from(*outdated).unwrap_or(0), "old pod");
                let words = sentence("`OnDelete`: old pods stay until somebody deletes them. {}.", &[&nodes]);
                ((Tone::Neutral, "OnDelete"), vec![Block::Words(words)])
            }
            RolloutTrace::Failed(error) => {
                ((Tone::Bad, "cannot go on"), vec![Block::Words(vec![Piece::Code(error.to_string())])])
            }
            RolloutTrace::Unavailable(budget) => self.unavailable(budget),
            RolloutTrace::Surge(budget) => self.surge(budget),
            RolloutTrace::Postponed => ((Tone::Neutral, "later"), Vec::new()),
        };
        section("Budget", by, Some(badge), blocks)
    }

    fn unavailable(&self, budget: &UnavailableBudget) -> ((Tone, &'static str), Vec<Block>) {
        let used = &self.waiting;
        let rows = vec![
            row("maxUnavailable", &budget.bound, used, false),
            BudgetRow { name: "maxSurge", slots: Vec::new(), more: 0, used: "0/0".into() },
        ];
        let sums = format!("{} for {} update", taken_down(budget), article(budget.candidates));
        let mut blocks = vec![Block::Budget(rows), Block::Words(vec![Piece::Text(sums)])];
        if budget.replacements > 0 {
            let text = match budget.replacements {
                1 => "{} old pod is not available anyway, so it is replaced at once, outside the budget.",
                _ => {
                    "{} old pods are not available anyway, so they are replaced at once, outside the budget."
                }
            };
            blocks.push(Block::Words(sentence(text, &[&budget.replacements.to_string()])));
        }
        blocks
            .extend(self.next(budget.left, budget.candidates, budget.taken, "be deleted").map(Block::Words));
        (badge(budget.left, budget.candidates), blocks)
    }

    fn surge(&self, budget: &SurgeBudget) -> ((Tone, &'static str), Vec<Block>) {
        let surging = |class| matches!(class, Class::Excess | Class::Both { new: false, .. });
        let used = self.survey.totals().first(usize::MAX, Order::ByName, surging);
        let rows = vec![
            row("maxSurge", &budget.bound, &used, true),
            BudgetRow { name: "maxUnavailable", slots: Vec::new(), more: 0, used: "0/0".into() },
        ];
        let sums = format!("{} for {} update", second_pods(budget), article(budget.candidates));
        let mut blocks = vec![Block::Budget(rows), Block::Words(vec![Piece::Text(sums)])];
        if budget.replacements > 0 {
            let text = match budget.replacements {
                1 => {
                    "{} old pod is not available anyway, so its node gets a new pod at once, outside the budget."
                }
                _ => {
                    "{} old pods are not available anyway, so their nodes get new pods at once, outside the budget."
                }
            };
            blocks.push(Block::Words(sentence(text, &[&budget.replacements.to_string()])));
        }
        if budget.sunset > 0 {
            let text = match budget.sunset {
                1 => "{} old pod is on a node that is no longer eligible. ",
                _ => "{} old pods are on nodes that are no longer eligible. ",
            };
            let mut told = sentence(text, &[&budget.sunset.to_string()]);
            let (available, desired) =
                (budget.available.to_string(), self.survey.totals().counts.desired.to_string());
            told.extend(match (budget.sunset_taken, budget.sunset) {
                (0, 1) => sentence(
                    "It stays until more pods are available than desired (now {} of {}).",
                    &[&available, &desired],
                ),
                (0, _) => sentence(
                    "They stay until more pods are available than desired (now {} of {}).",
                    &[&available, &desired],
                ),
                (taken, _) => sentence(
                    "As more pods are available than desired ({} of {}), the next sync deletes {}.",
                    &[&available, &desired, &taken.to_string()],
                ),
            });
            blocks.push(Block::Words(told));
        }
        blocks.extend(
            self.next(budget.left, budget.candidates, budget.taken, "get a second pod").map(Block::Words),
        );
        (badge(budget.left, budget.candidates), blocks)
    }

    /// Who can be next, or what has to happen first.
    fn next(&self, left: i32, candidates: i32, taken: i32, verb: &str) -> Option<Vec<Piece>> {
        if candidates == 0 {
            return None;
        }
        if left == 0 {
            let names = &self.waiting;
            let shown = names.iter().take(2).map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let more = if names.len() > 2 { format!(" and {} more", names.len() - 2) } else { String::new() };
            let what = if verb == "be deleted" {
                "No other pod may be deleted"
            } else {
                "No other node may get a second pod"
            };
            return Some(sentence("{} until the pod on {}{} is available.", &[what, &shown, &more]));
        }
        let (all, taken) = (candidates.to_string(), taken.to_string());
        (candidates.to_string() != taken).then(|| {
            sentence(
                "Next, {} of {} {} can {}. A real controller picks them in random order; here they go by name, unless you choose random order.",
                &[&taken, &all, if verb == "be deleted" { "old pods" } else { "nodes" }, verb],
            )
        })
    }
}

fn badge(left: i32, candidates: i32) -> (Tone, &'static str) {
    match (left, candidates) {
        (_, 0) => (Tone::Good, "no old pods"),
        (0, _) => (Tone::Bad, "used up"),
        _ => (Tone::Good, "room"),
    }
}

/// The update that goes on, or any that would.
fn article(candidates: i32) -> &'static str {
    if candidates == 0 { "an" } else { "the" }
}

pub(super) fn row(name: &'static str, bound: &Bound, used: &[EcoString], is_surge: bool) -> BudgetRow {
    let value = usize::try_from(bound.value).unwrap_or(0);
    let slot = |index: usize| BudgetSlot { node: used.get(index).map(ToString::to_string), is_surge };
    BudgetRow {
        name,
        slots: (0..value.min(SLOTS)).map(slot).collect(),
        more: value.saturating_sub(SLOTS),
        used: match used.len() > value && !is_surge {
            true => format!("{} unavailable, {value} allowed", used.len()),
            false => format!("{}/{value} in use", used.len()),
        },
    }
}

/// How a bound came about: `10% of 7 = 0.7, rounded up to 1`.
pub(super) fn bound(bound: &Bound) -> String {
    let told = match &bound.setting {
        Some(IntOrString::String(percent)) => {
            let share = percent.trim_end_matches('%').parse::<i64>().unwrap_or(0) * i64::from(bound.of);
            let rest =
                if share % 100 == 0 { String::new() } else { format!(", rounded up to {}", bound.value) };
            let exact = if share % 100 == 0 {
                (share / 100).to_string()
            } else {
                format!("{}.{:02}", share / 100, share % 100).trim_end_matches('0').to_owned()
            };
            format!("{percent} of {} = {exact}{rest}", bound.of)
        }
        Some(number) => format!("{number} allowed"),
        None => format!("{} allowed", bound.value),
    };
    if bound.raised_to_one { format!("{told}, raised to 1 because maxSurge is 0, too") } else { told }
}

/// How many old pods may be deleted at once, by which sums.
fn taken_down(budget: &UnavailableBudget) -> String {
    let without = match budget.unavailable {
        0 => "every node has an available pod".to_owned(),
        1 => "1 node has no available pod".to_owned(),
        several => format!("{several} nodes have no available pod"),
    };
    let left = match budget.left {
        0 => "no other".to_owned(),
        left => format!("{left}{}", more(budget.unavailable)),
    };
    format!("{}; {without}, so {left} may be taken down", bound(&budget.bound))
}

/// How many nodes may get a second pod at once, by which sums.
fn second_pods(budget: &SurgeBudget) -> String {
    let waited = match budget.surging {
        0 => "no new pod is still starting".to_owned(),
        1 => "1 new pod is not available yet".to_owned(),
        several => format!("{several} new pods are not available yet"),
    };
    let left = match budget.left {
        0 => "no other node".to_owned(),
        left => format!("{left}{} node{}", more(budget.surging), if left == 1 { "" } else { "s" }),
    };
    format!("{}; {waited}, so {left} may get a second pod", bound(&budget.bound))
}

/// Beside those that a budget is used for there are so many more.
fn more(used: i32) -> &'static str {
    if used == 0 { "" } else { " more" }
}

/// The sums of a sync's rolling update in one line.
pub(super) fn budget_of(rollout: &RolloutTrace) -> Option<String> {
    let by = |order: Order| if order == Order::ByName { "" } else { ", in random order" };
    match rollout {
        RolloutTrace::Unavailable(budget) if budget.candidates + budget.replacements > 0 => Some(format!(
            "maxUnavailable: {}: {} of {} old pods taken{}",
            taken_down(budget),
            budget.taken,
            budget.candidates,
            by(budget.order)
        )),
        RolloutTrace::Surge(budget) if budget.candidates + budget.replacements > 0 => Some(format!(
            "maxSurge: {}: {} of {} nodes get one{}",
            second_pods(budget),
            budget.taken,
            budget.candidates,
            by(budget.order)
        )),
        RolloutTrace::Failed(error) => Some(error.to_string()),
        _ => None,
    }
}
