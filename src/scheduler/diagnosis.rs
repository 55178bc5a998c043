//! The sentence that says why no node was possible. Upstream: `pkg/scheduler/framework/types.go` (`FitError`).

use super::Verdicts;
use crate::api::sort;
use std::collections::BTreeMap;

/// Said when the cluster has no node (`ErrNoNodesAvailable`).
pub const NO_NODES: &str = "no nodes available to schedule pods";

/// The longest text of an event (`validation.NoteLengthLimit`), in bytes.
const EVENT_LIMIT: usize = 1024;
const CUT: &str = " ...";

/// The text of the condition and the event: how many nodes each reason keeps away, sorted as texts; or, where PreFilter
/// rejected the pod as a whole, its reason once.
pub fn fit_error(verdicts: &Verdicts, pre_filter: Option<&str>, post_filter: &str) -> String {
    let mut text = format!("0/{} nodes are available:", verdicts.len());
    match pre_filter {
        Some(reason) => text.push_str(&format!(" {reason}.")),
        None => {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for (verdict, count) in verdicts.counts() {
                for reason in verdict.rejection().into_iter().flat_map(|rejection| rejection.reasons.iter()) {
                    *counts.entry(reason).or_default() += count;
                }
            }
            let mut reasons: Vec<String> =
                counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            sort::plain(&mut reasons);
            if !reasons.is_empty() {
                text.push_str(&format!(" {}.", reasons.join(", ")));
            }
        }
    }
    if !post_filter.is_empty() {
        text.push(' ');
        text.push_str(post_filter);
    }
    text
}

/// The text as an event holds it.
pub fn event_text(message: &str) -> String {
    if message.len() <= EVENT_LIMIT {
        return message.to_owned();
    }
    let mut end = EVENT_LIMIT - CUT.len();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{CUT}", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheduler::framework::Rejection;
    use crate::scheduler::trace::NodeVerdict;
    use std::borrow::Cow;

    fn rejected(reasons: &'static [Cow<'static, str>]) -> NodeVerdict {
        NodeVerdict::Rejected { plugin: "P", rejection: Rejection::unschedulable(reasons) }
    }

    #[test]
    fn counts_are_sorted_as_texts_and_a_node_may_have_several_reasons() {
        const BOTH: &[Cow<'static, str>] = &[Cow::Borrowed("b"), Cow::Borrowed("a")];
        const ONE: &[Cow<'static, str>] = &[Cow::Borrowed("b")];
        let row = [rejected(BOTH), rejected(ONE), rejected(ONE)];
        let verdicts = Verdicts::collect(row.into_iter());
        assert_eq!(fit_error(&verdicts, None, ""), "0/3 nodes are available: 1 a, 3 b.");
        assert_eq!(fit_error(&verdicts, Some("conflict"), "p"), "0/3 nodes are available: conflict. p");
    }

    #[test]
    fn events_are_cut_where_the_api_server_would_refuse_them() {
        assert_eq!(event_text("short"), "short");
        let cut = event_text(&"é".repeat(600));
        assert!(cut.len() <= EVENT_LIMIT && cut.ends_with(CUT));
    }
}
