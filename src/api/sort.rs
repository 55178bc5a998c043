//! Sorting with one piece of code for all types. The standard library's sort is compiled again for each type and each
//! comparison, 3 KB a time: with a hundred of them a tenth of the page. Here positions are sorted, always by the same
//! code, and the elements are then moved to their places. Collecting into a `BTreeMap` sorts as well: `map`, `set` and
//! `fields` insert.

use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Sorts by a comparison; what is equal keeps its order.
pub fn by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let order = positions(items.len(), &mut |left, right| compare(&items[left], &items[right]));
    place(items, order);
}

/// Sorts by a key, which is computed once for each element; what is equal keeps its order.
pub fn by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    if items.len() < 2 {
        return;
    }
    let keys: Vec<K> = items.iter().map(key).collect();
    let order = positions(items.len(), &mut |left, right| keys[left].cmp(&keys[right]));
    place(items, order);
}

/// Sorts by the order of the type; what is equal keeps its order.
pub fn plain<T: Ord>(items: &mut [T]) {
    by(items, T::cmp);
}

/// A map of pairs; the last one of equal keys stays.
pub fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}

/// A set of what is given.
pub fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}

/// The fields of a JSON object; the last one of equal names stays.
pub fn fields(pairs: impl IntoIterator<Item = (String, Value)>) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.extend(pairs);
    fields
}

/// Where the elements of the sorted list stand now; nothing where there is nothing to sort.
fn positions(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    if len < 2 {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|left, right| compare(*left, *right));
    order
}

/// Moves the element at `order[place]` to each `place`, along the circles that the moves make.
fn place<T>(items: &mut [T], mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut at = start;
        while order[at] != start {
            let from = order[at];
            items.swap(at, from);
            order[at] = at;
            at = from;
        }
        order[at] = at;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn random_lists_are_sorted_as_the_standard_library_sorts_them(items in prop::collection::vec((0u8..9, any::<u16>()), 0..60)) {
            let mut ours = items.clone();
            super::by_key(&mut ours, |item| item.0);
            let mut theirs = items.clone();
            theirs.sort_by_key(|item| item.0);
            prop_assert_eq!(&ours, &theirs);
            super::plain(&mut ours);
            theirs.sort();
            prop_assert_eq!(&ours, &theirs);
            prop_assert_eq!(super::map(items.clone()), items.clone().into_iter().collect());
            prop_assert_eq!(super::set(items.clone()), items.into_iter().collect());
        }
    }
}
