//! Texts that are told over and over stand in memory once.
//!
//! An update of a large cluster tells tens of thousands of events in a dozen different texts, and the steps that told them
//! are kept.

use super::StableHash;
use crate::api::{EcoString, EcoVec};

/// So many texts are remembered.
const MOST: usize = 64;

/// The texts that were told of late, each in the place that its hash gives it.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeated(EcoVec<EcoString>);

impl Repeated {
    /// The text, in the memory of the same that was told before if that is still remembered.
    pub fn text(&mut self, text: &str) -> EcoString {
        // What is shorter stands in the handle itself.
        if text.len() <= EcoString::INLINE_LIMIT {
            return text.into();
        }
        if self.0.is_empty() {
            self.0 = std::iter::repeat_n(EcoString::new(), MOST).collect();
        }
        let place = (StableHash::default().text(text).finish() % MOST as u64) as usize;
        if self.0[place] != text {
            self.0.make_mut()[place] = text.into();
        }
        self.0[place].clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_in_memory_once() {
        let mut repeated = Repeated::default();
        let first = repeated.text("Stopping container app");
        assert_eq!(first.as_ptr(), repeated.text("Stopping container app").as_ptr(), "the same memory");
        // Whatever stands in whose place, nothing is told in other words.
        for number in 0..3 * MOST {
            let other = format!("Stopping container {number}");
            assert_eq!(repeated.text(&other), other);
        }
        assert_eq!(repeated.text("Stopping container app"), first);
    }
}
