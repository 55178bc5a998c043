//! The maps of API objects: labels, amounts, fields.

use super::sort;
use ecow::{EcoString, EcoVec};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::ops::Index;

/// A map of few entries: pairs in the order of their keys. Most maps of an object have one to three, and a tree takes
/// the room of eleven for the first. A clone shares the pairs until one of both is changed: all states of a pod have
/// one copy of its labels.
#[derive(Clone)]
pub struct SmallMap<V>(EcoVec<(EcoString, V)>);

impl<V> SmallMap<V> {
    /// No entries.
    pub const fn new() -> Self {
        SmallMap(EcoVec::new())
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is an entry of this key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&V> {
        // Texts of different lengths are told apart at once.
        self.0.iter().find(|(at, _)| at == key).map(|(_, value)| value)
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> Pairs<'_, V> {
        let pair: fn(&(EcoString, V)) -> (&EcoString, &V) = |(key, value)| (key, value);
        self.0.iter().map(pair)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &EcoString> + ExactSizeIterator + Clone {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// Where a key stands, or would stand.
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(at, _)| at.as_str().cmp(key))
    }
}

impl<V: Clone> SmallMap<V> {
    /// Sets the value of a key, and gives the one that it had.
    pub fn insert(&mut self, key: EcoString, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.0.make_mut()[at].1, value)),
            Err(at) => {
                self.insert_at(at, key, value);
                None
            }
        }
    }

    /// Sets all that another map has.
    pub fn set_all(&mut self, other: &Self) {
        for (key, value) in other {
            self.insert(key.clone(), value.clone());
        }
    }

    /// Sets the value of a key that has none.
    pub fn insert_missing(&mut self, key: &str, value: V) {
        if let Err(at) = self.place(key) {
            self.insert_at(at, key.into(), value);
        }
    }

    /// Thousands of objects keep what they are given here: there is no room for more that may never come.
    fn insert_at(&mut self, at: usize, key: EcoString, value: V) {
        let (before, after) = self.0.split_at(at);
        self.0 = before.iter().cloned().chain([(key, value)]).chain(after.iter().cloned()).collect();
    }

    /// Removes a key, and gives the value that it had.
    pub fn remove(&mut self, key: &str) -> Option<V> {
        let at = self.place(key).ok()?;
        Some(self.0.remove(at).1)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let at = self.place(key).ok()?;
        Some(&mut self.0.make_mut()[at].1)
    }

    /// Keeps the entries for which this holds.
    pub fn retain(&mut self, keep: impl Fn(&str, &V) -> bool) {
        if !self.iter().all(|(key, value)| keep(key, value)) {
            self.0.retain(|(key, value)| keep(key, value));
        }
    }

    /// Of pairs in any order; the last one of equal keys stays.
    fn of_pairs(mut pairs: Vec<(EcoString, V)>) -> Self {
        if !pairs.is_sorted_by(|(left, _), (right, _)| left < right) {
            sort::by(&mut pairs, |(left, _), (right, _)| left.cmp(right));
            pairs.reverse();
            pairs.dedup_by(|(left, _), (right, _)| left == right);
            pairs.reverse();
        }
        SmallMap(pairs.into_iter().collect())
    }
}

/// The entries of a [`SmallMap`].
pub type Pairs<'a, V> =
    std::iter::Map<std::slice::Iter<'a, (EcoString, V)>, fn(&'a (EcoString, V)) -> (&'a EcoString, &'a V)>;

/// The value of a key that is there.
impl<V, K: AsRef<str> + ?Sized> Index<&K> for SmallMap<V> {
    type Output = V;
    fn index(&self, key: &K) -> &V {
        self.get(key.as_ref()).expect("there is no entry of this key")
    }
}

impl<V> Default for SmallMap<V> {
    fn default() -> Self {
        SmallMap::new()
    }
}

impl<V: PartialEq> PartialEq for SmallMap<V> {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && (self.0.as_ptr() == other.0.as_ptr() || self.0 == other.0)
    }
}

impl<V: Eq> Eq for SmallMap<V> {}

impl<V: Debug> Debug for SmallMap<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'a, V> IntoIterator for &'a SmallMap<V> {
    type Item = (&'a EcoString, &'a V);
    type IntoIter = Pairs<'a, V>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Into<EcoString>, W: Into<V>, V: Clone> FromIterator<(K, W)> for SmallMap<V> {
    fn from_iter<T: IntoIterator<Item = (K, W)>>(pairs: T) -> Self {
        SmallMap::of_pairs(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl<K: Into<EcoString>, W: Into<V>, V: Clone, const N: usize> From<[(K, W); N]> for SmallMap<V> {
    fn from(pairs: [(K, W); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<V: Serialize> Serialize for SmallMap<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, V: Deserialize<'de> + Clone> Deserialize<'de> for SmallMap<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de> + Clone> Visitor<'de> for Entries<V> {
    type Value = SmallMap<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(SmallMap::of_pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_a_map(pairs in prop::collection::vec(("[a-c]{0,2}", 0i32..9), 0..9), key in "[a-c]{0,2}", value in 0i32..9) {
            let mut theirs: BTreeMap<String, i32> = pairs.iter().cloned().collect();
            let mut ours: SmallMap<i32> = pairs.into_iter().collect();
            let same = |ours: &SmallMap<i32>, theirs: &BTreeMap<String, i32>| {
                let all = |ours: &SmallMap<i32>| ours.iter().map(|(key, value)| (key.to_string(), *value)).collect::<Vec<_>>();
                all(ours) == theirs.clone().into_iter().collect::<Vec<_>>()
                    && serde_json::to_string(ours).ok() == serde_json::to_string(theirs).ok()
                    && serde_json::from_str::<SmallMap<i32>>(&serde_json::to_string(theirs).unwrap_or_default()).ok().as_ref() == Some(ours)
                    && ours.get(&key) == theirs.get(&key)
                    && format!("{ours:?}") == format!("{theirs:?}")
            };
            prop_assert!(same(&ours, &theirs));
            let before = ours.clone();
            prop_assert_eq!(ours.insert(key.as_str().into(), value), theirs.insert(key.clone(), value));
            prop_assert!(same(&ours, &theirs));
            ours.retain(|_, kept| *kept != 3);
            theirs.retain(|_, kept| *kept != 3);
            prop_assert!(same(&ours, &theirs));
            prop_assert_eq!(ours.remove(&key), theirs.remove(&key));
            prop_assert!(same(&ours, &theirs));
            let mut again = before.clone();
            let was = again.insert(key.as_str().into(), value);
            prop_assert_eq!(before.get(&key), was.as_ref(), "a clone is not changed with its origin");
        }
    }
}
