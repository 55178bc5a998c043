//! The order of texts, eight bytes at a time. Names of one cluster begin alike (`node-01`, `node-02`), a step compares a
//! thousand of them, and in a browser the standard library compares one byte after the other.

use std::cmp::Ordering;

/// The order of two texts, as that of `str`.
pub fn text_order(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    while let (Some(one), Some(other)) = (left.first_chunk::<8>(), right.first_chunk::<8>()) {
        let (one, other) = (u64::from_be_bytes(*one), u64::from_be_bytes(*other));
        if one != other {
            return one.cmp(&other);
        }
        (left, right) = (&left[8..], &right[8..]);
    }
    left.cmp(right)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn random_texts_have_the_order_of_the_standard_library(left in "[a\u{80}\u{10ffff}]{0,9}[a-c]{0,12}", right in "[a\u{80}]{0,9}[a-c]{0,12}") {
            prop_assert_eq!(super::text_order(&left, &right), left.cmp(&right));
        }
    }
}
