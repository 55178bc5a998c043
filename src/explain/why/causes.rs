//! Why a step happened: the step that caused it, what caused that, and so on to what the user did.

use super::super::step::told;
use super::answer::{Block, Caused, Section, section};
use crate::sim::{StepNo, Timeline};

/// The most steps of a chain that are told.
const TOLD: usize = 7;

/// The most that are read to find those.
const READ: usize = 60;

/// The chain of causes of a step, the step itself first, what began it last; none where nothing caused it. The middle
/// of a long one is left out.
pub fn causes(timeline: &Timeline, no: StepNo) -> Option<Section> {
    let before = |no: &StepNo| timeline.step(*no)?.cause.step();
    let chain: Vec<StepNo> = std::iter::successors(Some(no), before).collect();
    if chain.len() < 2 {
        return None;
    }
    let words = |no: StepNo| told(timeline, no).map(|told| told.what).unwrap_or_default();
    let mut listed: Vec<Caused> = Vec::new();
    let (mut at, mut skipped) = (0, 0);
    // What is done again and again is told once, with the number of times that are left out; a chain of thousands of
    // steps is not read to its end for it.
    while let Some(step) = chain.get(at).copied().filter(|_| listed.len() < TOLD - 2 && at < READ) {
        let what = words(step);
        match listed.last() {
            Some(last) if last.what == what => skipped += 1,
            _ => listed.push(Caused { step, what, skipped: std::mem::take(&mut skipped) }),
        }
        at += 1;
    }
    // What began it is told in any case.
    let far = at.max(chain.len() - 2);
    skipped += far - at;
    for step in chain.iter().skip(far).copied() {
        listed.push(Caused { step, what: words(step), skipped: std::mem::take(&mut skipped) });
    }
    if let Some(root) =
        chain.last().copied().filter(|root| listed.last().is_some_and(|last| last.step != *root))
    {
        listed.push(Caused { step: root, what: words(root), skipped: skipped - 1 });
    }
    Some(section(
        "How it came to this",
        "newest first, each because of the one below",
        None,
        vec![Block::Causes(listed)],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::RunEnd;
    use crate::sim::given::{in_vain, rolling, settled};
    use serde_json::json;

    #[test]
    fn what_failed_again_and_again_is_told_once() {
        let mut timeline = in_vain();
        assert!(matches!(timeline.run(1_000), RunEnd::NotSettling { .. }));
        let section = causes(&timeline, timeline.len()).expect("the last step has a cause");
        let [Block::Causes(chain)] = &section.blocks[..] else { panic!("{section:?}") };
        assert!(chain.windows(2).all(|pair| pair[0].what != pair[1].what), "{chain:?}");
        assert!(chain.len() <= 4 && chain.iter().any(|one| one.skipped >= 14), "{chain:?}");
    }

    #[test]
    fn a_chain_ends_with_what_the_user_did() {
        let timeline = settled(2, &rolling(json!(1), json!(0)));
        let section = causes(&timeline, timeline.len()).expect("the last step has a cause");
        let [Block::Causes(chain)] = &section.blocks[..] else { panic!("{section:?}") };
        assert!(chain.len() <= TOLD);
        assert_eq!(chain[0].step, timeline.len());
        assert!(chain.windows(2).all(|pair| pair[0].step > pair[1].step), "{chain:?}");
        let last = timeline.step(chain[chain.len() - 1].step).expect("a step");
        assert_eq!(last.cause.step(), None);
        let skipped: usize = chain.iter().map(|one| one.skipped).sum();
        let all = std::iter::successors(Some(timeline.len()), |no| timeline.step(*no)?.cause.step()).count();
        assert_eq!(chain.len() + skipped, all);
    }
}
