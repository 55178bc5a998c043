//! Why a step happened: the step that caused it, what caused that, and so on to what the user did.

use super::super::step::told;
use super::answer::{Block, Caused, Section, section};
use crate::sim::{StepNo, Timeline};

/// The most steps of a chain that are told.
const TOLD: usize = 7;

/// The chain of causes of a step, the step itself first, what began it last; none where nothing caused it. The middle
/// of a long one is left out.
pub fn causes(timeline: &Timeline, no: StepNo) -> Option<Section> {
    let before = |no: &StepNo| timeline.step(*no)?.cause.step();
    let chain: Vec<StepNo> = std::iter::successors(Some(no), before).collect();
    if chain.len() < 2 {
        return None;
    }
    let left_out = chain.len().saturating_sub(TOLD);
    let (near, far) = chain.split_at(chain.len().min(TOLD - 2));
    let far = &far[left_out..];
    let caused = |(index, no): (usize, &StepNo)| Caused {
        step: *no,
        what: told(timeline, *no).map(|told| told.what).unwrap_or_default(),
        skipped: if index == near.len() { left_out } else { 0 },
    };
    let listed = near.iter().chain(far).enumerate().map(caused).collect();
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
    use crate::sim::given::{rolling, settled};
    use serde_json::json;

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
