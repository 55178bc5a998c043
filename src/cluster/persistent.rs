//! The persistent map: a clone shares everything, a change copies the path to what it changes, unless nobody else has
//! that path.
//!
//! A weight-balanced tree (Adams, "Implementing sets efficiently in a functional language", 1992; the weights are those
//! of Haskell's `Data.Map`, which are proven). A B+ tree of a library was here before: its code for thirty types of map
//! was a tenth of the page, this one's is a fifth of that, and a change of a map that is shared copies fewer bytes.

use super::text_order::text_order;
use crate::api::{EcoString, ObjectKey, Time};
use std::borrow::Borrow;
use std::cmp::{Ordering, Reverse};
use std::fmt::{self, Debug};
use std::ops::{Bound, RangeBounds};
use std::rc::Rc;

/// A side is rebuilt if it holds more than this many times the other.
const DELTA: usize = 3;
/// The inner half of the heavy side goes along whole if it holds less than this many times the outer.
const RATIO: usize = 2;

type Link<K, V> = Option<Rc<Branch<K, V>>>;

#[derive(Clone)]
struct Branch<K, V> {
    key: K,
    value: V,
    size: usize,
    left: Link<K, V>,
    right: Link<K, V>,
}

fn size<K, V>(link: &Link<K, V>) -> usize {
    link.as_ref().map_or(0, |branch| branch.size)
}

impl<K: Clone, V: Clone> Branch<K, V> {
    fn count(&mut self) {
        self.size = size(&self.left) + size(&self.right) + 1;
    }
}

/// Makes the right side's root the root.
#[inline(never)]
fn to_left<K: Clone, V: Clone>(link: &mut Link<K, V>) {
    let Some(mut old) = link.take() else { return };
    let branch = Rc::make_mut(&mut old);
    let Some(mut new) = branch.right.take() else { return };
    let top = Rc::make_mut(&mut new);
    branch.right = top.left.take();
    branch.count();
    top.left = Some(old);
    top.count();
    *link = Some(new);
}

/// Makes the left side's root the root.
#[inline(never)]
fn to_right<K: Clone, V: Clone>(link: &mut Link<K, V>) {
    let Some(mut old) = link.take() else { return };
    let branch = Rc::make_mut(&mut old);
    let Some(mut new) = branch.left.take() else { return };
    let top = Rc::make_mut(&mut new);
    branch.left = top.right.take();
    branch.count();
    top.right = Some(old);
    top.count();
    *link = Some(new);
}

/// After one entry came, or else went, on the left or else on the right side of a branch: counts it, and moves entries over
/// where one side now weighs too much.
///
/// The other side is not looked at unless it weighs too much: it lies elsewhere in memory, and in a large map reading its
/// size takes longer than all else.
#[inline(never)]
fn balance<K: Clone, V: Clone>(link: &mut Link<K, V>, came: bool, is_left: bool) {
    let Some(shared) = link else { return };
    let branch = Rc::make_mut(shared);
    branch.size = if came { branch.size + 1 } else { branch.size - 1 };
    let changed = size(if is_left { &branch.left } else { &branch.right });
    let other = branch.size - 1 - changed;
    let (heavy, light) = if came { (changed, other) } else { (other, changed) };
    if heavy <= DELTA * light || branch.size < 3 {
        return;
    }
    // The left side is the heavy one.
    if came == is_left {
        if let Some(heavy) = &branch.left
            && size(&heavy.right) >= RATIO * size(&heavy.left)
        {
            to_left(&mut branch.left);
        }
        to_right(link);
    } else {
        if let Some(heavy) = &branch.right
            && size(&heavy.left) >= RATIO * size(&heavy.right)
        {
            to_right(&mut branch.right);
        }
        to_left(link);
    }
}

#[inline(never)]
fn insert<K: MapKey + Clone, V: Clone>(link: &mut Link<K, V>, key: K, value: V) -> Option<V> {
    let Some(shared) = link else {
        *link = Some(Rc::new(Branch { key, value, size: 1, left: None, right: None }));
        return None;
    };
    let branch = Rc::make_mut(shared);
    let order = key.order(&branch.key);
    let old = match order {
        Ordering::Equal => return Some(std::mem::replace(&mut branch.value, value)),
        Ordering::Less => insert(&mut branch.left, key, value),
        Ordering::Greater => insert(&mut branch.right, key, value),
    };
    if old.is_none() {
        balance(link, true, order.is_lt());
    }
    old
}

/// Adds an entry after all others.
#[inline(never)]
fn insert_last<K: Clone, V: Clone>(link: &mut Link<K, V>, key: K, value: V) {
    match link {
        None => *link = Some(Rc::new(Branch { key, value, size: 1, left: None, right: None })),
        Some(shared) => {
            insert_last(&mut Rc::make_mut(shared).right, key, value);
            balance(link, true, false);
        }
    }
}

/// Takes the first entry out.
#[inline(never)]
fn pop_first<K: Clone, V: Clone>(link: &mut Link<K, V>) -> Option<(K, V)> {
    let branch = Rc::make_mut(link.as_mut()?);
    if branch.left.is_some() {
        let first = pop_first(&mut branch.left);
        balance(link, false, true);
        return first;
    }
    let Branch { key, value, right, .. } = Rc::unwrap_or_clone(link.take()?);
    *link = right;
    Some((key, value))
}

/// Takes an entry out.
#[inline(never)]
fn remove<K: MapKey + Clone + Borrow<Q>, V: Clone, Q: MapKey + ?Sized>(
    link: &mut Link<K, V>,
    key: &Q,
) -> Option<V> {
    let branch = Rc::make_mut(link.as_mut()?);
    let order = key.order(branch.key.borrow());
    let removed = match order {
        Ordering::Less => remove(&mut branch.left, key),
        Ordering::Greater => remove(&mut branch.right, key),
        Ordering::Equal => {
            let Branch { value, size, left, mut right, .. } = Rc::unwrap_or_clone(link.take()?);
            let Some((key, next)) = pop_first(&mut right) else {
                *link = left;
                return Some(value);
            };
            *link = Some(Rc::new(Branch { key, value: next, size, left, right }));
            Some(value)
        }
    };
    if removed.is_some() {
        balance(link, false, order.is_lt());
    }
    removed
}

/// How keys are compared: as `Ord` says, texts faster.
pub trait MapKey: Ord {
    /// The order of two keys.
    fn order(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
}

impl MapKey for str {
    fn order(&self, other: &Self) -> Ordering {
        text_order(self, other)
    }
}

impl MapKey for EcoString {
    fn order(&self, other: &Self) -> Ordering {
        text_order(self, other)
    }
}

impl MapKey for ObjectKey {
    fn order(&self, other: &Self) -> Ordering {
        let ObjectKey { kind, namespace, name } = self;
        kind.cmp(&other.kind)
            .then_with(|| namespace.order(&other.namespace))
            .then_with(|| name.order(&other.name))
    }
}

impl<A: MapKey, B: MapKey> MapKey for (A, B) {
    fn order(&self, other: &Self) -> Ordering {
        self.0.order(&other.0).then_with(|| self.1.order(&other.1))
    }
}

impl<A: MapKey, B: MapKey, C: MapKey> MapKey for (A, B, C) {
    fn order(&self, other: &Self) -> Ordering {
        self.0.order(&other.0).then_with(|| self.1.order(&other.1)).then_with(|| self.2.order(&other.2))
    }
}

impl<T: Ord> MapKey for Reverse<T> {}
impl MapKey for Time {}
impl MapKey for u32 {}
impl MapKey for u64 {}

/// A persistent ordered map.
pub struct Map<K, V> {
    root: Link<K, V>,
}

impl<K, V> Map<K, V> {
    /// An empty map.
    pub const fn new() -> Self {
        Map { root: None }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        size(&self.root)
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.root, 0, self.len())
    }

    /// The entry with the least key.
    pub fn first(&self) -> Option<(&K, &V)> {
        let mut branch = self.root.as_ref()?;
        while let Some(less) = &branch.left {
            branch = less;
        }
        Some((&branch.key, &branch.value))
    }

    /// The entry with the greatest key.
    pub fn last(&self) -> Option<(&K, &V)> {
        let mut branch = self.root.as_ref()?;
        while let Some(more) = &branch.right {
            branch = more;
        }
        Some((&branch.key, &branch.value))
    }

    /// The keys in their order.
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys(self.iter())
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: MapKey + Clone, V: Clone> Map<K, V> {
    fn find<Q: MapKey + ?Sized>(&self, key: &Q) -> Option<&Branch<K, V>>
    where
        K: Borrow<Q>,
    {
        let mut link = &self.root;
        while let Some(branch) = link {
            link = match key.order(branch.key.borrow()) {
                Ordering::Less => &branch.left,
                Ordering::Greater => &branch.right,
                Ordering::Equal => return Some(branch),
            };
        }
        None
    }

    /// The value of a key.
    pub fn get<Q: MapKey + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.find(key).map(|branch| &branch.value)
    }

    /// The value of a key, to change it. The way to it is copied where it is shared, also if there is none.
    pub fn get_mut<Q: MapKey + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let mut link = &mut self.root;
        while let Some(shared) = link {
            let branch = Rc::make_mut(shared);
            link = match key.order(branch.key.borrow()) {
                Ordering::Less => &mut branch.left,
                Ordering::Greater => &mut branch.right,
                Ordering::Equal => return Some(&mut branch.value),
            };
        }
        None
    }

    /// Whether it has a key.
    pub fn contains_key<Q: MapKey + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_some()
    }

    /// Sets the value of a key; the value that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        insert(&mut self.root, key, value)
    }

    /// Adds a key of which the caller knows that it is greater than all others: no key is compared. Any other key would
    /// never be found again.
    pub fn insert_last(&mut self, key: K, value: V) {
        debug_assert!(self.last().is_none_or(|(last, _)| last.order(&key).is_lt()), "it is the last");
        insert_last(&mut self.root, key, value);
    }

    /// Takes a key out; the value that it had. The way to it is copied where it is shared, also if there is none.
    pub fn remove<Q: MapKey + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        remove(&mut self.root, key)
    }

    /// Takes the entry with the least key out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        pop_first(&mut self.root)
    }

    /// The value of a key, which is set to what is made if it has none.
    pub fn get_or_insert_with(&mut self, key: &K, value: impl FnOnce() -> V) -> &mut V {
        if !self.contains_key(key) {
            self.insert(key.clone(), value());
        }
        self.get_mut(key).expect("inserted if it was not there")
    }

    /// The entries whose keys lie within bounds.
    pub fn range<Q: MapKey + ?Sized>(&self, bounds: impl RangeBounds<Q>) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let is_after = |key: &K| match bounds.start_bound() {
            Bound::Included(start) => key.borrow().order(start).is_ge(),
            Bound::Excluded(start) => key.borrow().order(start).is_gt(),
            Bound::Unbounded => true,
        };
        let is_before = |key: &K| match bounds.end_bound() {
            Bound::Included(end) => key.borrow().order(end).is_le(),
            Bound::Excluded(end) => key.borrow().order(end).is_lt(),
            Bound::Unbounded => true,
        };
        let (from, first) = rank(&self.root, &mut |key| !is_after(key));
        let to = match bounds.end_bound() {
            Bound::Unbounded => self.len(),
            _ => rank(&self.root, &mut |key| is_before(key)).0,
        };
        Iter { front: first.map_or(End::Begun(0), End::Found), ..Iter::new(&self.root, from, to) }
    }
}

/// How many of the first keys fulfil a condition that holds for some of the first ones only, and the branch that comes
/// after these.
#[inline(never)]
fn rank<'a, K, V>(
    mut link: &'a Link<K, V>,
    holds: &mut dyn FnMut(&K) -> bool,
) -> (usize, Option<&'a Branch<K, V>>) {
    let (mut count, mut next) = (0, None);
    while let Some(branch) = link {
        link = if holds(&branch.key) {
            // All but those on the right: the left side is not on the way.
            count += branch.size - size(&branch.right);
            &branch.right
        } else {
            next = Some(&**branch);
            &branch.left
        };
    }
    (count, next)
}

/// The branch that comes after as many entries were passed, from one side. It and the branches that are still to come after
/// it go onto a stack, if there is one.
#[inline(never)]
fn descend<'a, K, V>(
    mut link: &'a Link<K, V>,
    mut stack: Option<&mut Vec<&'a Branch<K, V>>>,
    mut passed: usize,
    forwards: bool,
) -> Option<&'a Branch<K, V>> {
    let mut next = None;
    while let Some(branch) = link {
        let (near, far) =
            if forwards { (&branch.left, &branch.right) } else { (&branch.right, &branch.left) };
        match passed.checked_sub(size(near) + 1) {
            Some(more) => (link, passed) = (far, more),
            None => {
                if let Some(stack) = &mut stack {
                    stack.push(branch);
                }
                next = Some(&**branch);
                link = near;
            }
        }
    }
    next
}

/// So many entries an end of an iterator looks for one by one, before it keeps the way to the next.
const PICKED: u8 = 2;

/// One end of an iterator.
enum End<'a, K, V> {
    /// Nothing was asked of it, and its first branch is known.
    Found(&'a Branch<K, V>),
    /// So many entries were asked for. Mostly it is one or two: a look whether there is one, or up to the first that is not
    /// wanted.
    Begun(u8),
    /// The branches that are still to come.
    Way(Vec<&'a Branch<K, V>>),
}

impl<'a, K, V> End<'a, K, V> {
    /// The next branch, where so many entries are passed.
    fn next(&mut self, root: &'a Link<K, V>, passed: &mut usize, forwards: bool) -> Option<&'a Branch<K, V>> {
        if let End::Begun(PICKED) = self {
            let depth = size(root).checked_ilog2().map_or(0, |depth| depth as usize + 2);
            let mut way = Vec::with_capacity(depth);
            descend(root, Some(&mut way), *passed, forwards);
            *self = End::Way(way);
        }
        *passed += 1;
        let (next, asked) = match self {
            End::Way(way) => {
                let branch = way.pop()?;
                descend(if forwards { &branch.right } else { &branch.left }, Some(way), 0, forwards);
                return Some(branch);
            }
            End::Found(branch) => (Some(*branch), 1),
            End::Begun(asked) => (descend(root, None, *passed - 1, forwards), *asked + 1),
        };
        *self = End::Begun(asked);
        next
    }
}

/// The entries of a map, from both ends.
pub struct Iter<'a, K, V> {
    root: &'a Link<K, V>,
    /// How many of the first and of the last entries are passed.
    before: usize,
    after: usize,
    left: usize,
    front: End<'a, K, V>,
    back: End<'a, K, V>,
}

impl<'a, K, V> Iter<'a, K, V> {
    fn new(root: &'a Link<K, V>, from: usize, to: usize) -> Self {
        let left = to.saturating_sub(from);
        Iter { root, before: from, after: size(root) - to, left, front: End::Begun(0), back: End::Begun(0) }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let branch = self.front.next(self.root, &mut self.before, true)?;
        Some((&branch.key, &branch.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let branch = self.back.next(self.root, &mut self.after, false)?;
        Some((&branch.key, &branch.value))
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

/// The keys of a map, from both ends.
pub struct Keys<'a, K, V>(Iter<'a, K, V>);

impl<'a, K, V> Iterator for Keys<'a, K, V> {
    type Item = &'a K;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, _)| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> DoubleEndedIterator for Keys<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, _)| key)
    }
}

impl<K, V> ExactSizeIterator for Keys<'_, K, V> {}

impl<K, V> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Map { root: self.root.clone() }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map::new()
    }
}

impl<K: Debug, V: Debug> Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for Map<K, V> {}

impl<K: MapKey + Clone, V: Clone> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(entries: T) -> Self {
        let mut map = Map::new();
        map.extend(entries);
        map
    }
}

impl<K: MapKey + Clone, V: Clone> Extend<(K, V)> for Map<K, V> {
    fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, entries: T) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = Keys<'a, T, ()>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A persistent ordered set.
pub struct Set<T> {
    map: Map<T, ()>,
}

impl<T> Set<T> {
    /// An empty set.
    pub const fn new() -> Self {
        Set { map: Map::new() }
    }

    /// How many it has.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> Keys<'_, T, ()> {
        self.map.keys()
    }

    /// The first one.
    pub fn first(&self) -> Option<&T> {
        self.map.first().map(|(item, ())| item)
    }

    /// The last one.
    pub fn last(&self) -> Option<&T> {
        self.map.last().map(|(item, ())| item)
    }
}

impl<T: MapKey + Clone> Set<T> {
    /// Whether it has one.
    pub fn contains<Q: MapKey + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.map.contains_key(item)
    }

    /// The one that is equal to it.
    pub fn get<Q: MapKey + ?Sized>(&self, item: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
    {
        self.map.find(item).map(|branch| &branch.key)
    }

    /// Adds one; whether it was new.
    pub fn insert(&mut self, item: T) -> bool {
        !self.contains(&item) && self.map.insert(item, ()).is_none()
    }

    /// Adds one of which the caller knows that it is not there: that is not looked up.
    pub fn insert_new(&mut self, item: T) {
        let before = self.map.insert(item, ());
        debug_assert!(before.is_none(), "it is new");
    }

    /// Adds one of which the caller knows that it is greater than all others.
    pub fn insert_last(&mut self, item: T) {
        self.map.insert_last(item, ());
    }

    /// Takes one out; whether it was there.
    pub fn remove<Q: MapKey + ?Sized>(&mut self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.map.remove(item).is_some()
    }

    /// Those within bounds.
    pub fn range<Q: MapKey + ?Sized>(&self, bounds: impl RangeBounds<Q>) -> Keys<'_, T, ()>
    where
        T: Borrow<Q>,
    {
        Keys(self.map.range(bounds))
    }
}

impl<T> Clone for Set<T> {
    fn clone(&self) -> Self {
        Set { map: self.map.clone() }
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Set::new()
    }
}

impl<T: Debug> Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<T: PartialEq> PartialEq for Set<T> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<T: Eq> Eq for Set<T> {}

impl<T: MapKey + Clone> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Set::new();
        set.extend(items);
        set
    }
}

impl<T: MapKey + Clone> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    impl MapKey for u8 {}

    /// How deep a tree is; it panics where an order, a size or a weight is wrong.
    fn depth(link: &Link<u8, u16>) -> usize {
        let Some(branch) = link else { return 0 };
        let (left, right) = (size(&branch.left), size(&branch.right));
        assert_eq!(branch.size, left + right + 1);
        assert!(
            left + right < 2 || (left <= DELTA * right && right <= DELTA * left),
            "{left} beside {right}"
        );
        assert!(branch.left.as_ref().is_none_or(|less| less.key < branch.key));
        assert!(branch.right.as_ref().is_none_or(|more| more.key > branch.key));
        depth(&branch.left).max(depth(&branch.right)) + 1
    }

    proptest! {
        #[test]
        fn random_changes_leave_what_a_map_of_the_standard_library_has(
            changes in prop::collection::vec((any::<u8>(), prop::option::weighted(0.6, any::<u16>())), 0..600),
            kept_at in 0_usize..600,
            (from, to) in (any::<u8>(), any::<u8>()),
        ) {
            let (mut ours, mut theirs) = (Map::new(), BTreeMap::new());
            let mut kept = (ours.clone(), theirs.clone());
            for (at, (key, value)) in changes.into_iter().enumerate() {
                match value {
                    Some(value) if value % 7 == 0 => *ours.get_or_insert_with(&key, || 0) += 1,
                    Some(value) if ours.last().is_none_or(|(last, _)| *last < key) => {
                        ours.insert_last(key, value);
                        theirs.insert(key, value);
                    }
                    Some(value) => prop_assert_eq!(ours.insert(key, value), theirs.insert(key, value)),
                    None if key % 8 == 0 => prop_assert_eq!(ours.pop_first(), theirs.pop_first()),
                    None if key % 8 == 1 => prop_assert_eq!(ours.get_mut(&key), theirs.get_mut(&key)),
                    None => prop_assert_eq!(ours.remove(&key), theirs.remove(&key)),
                }
                if value.is_some_and(|value| value % 7 == 0) {
                    *theirs.entry(key).or_insert(0) += 1;
                }
                if at == kept_at {
                    kept = (ours.clone(), theirs.clone());
                }
            }
            for (ours, theirs) in [(ours, theirs), kept] {
                prop_assert!(depth(&ours.root) <= 16);
                prop_assert!(ours.iter().eq(theirs.iter()) && ours.iter().rev().eq(theirs.iter().rev()));
                let keys: Set<u8> = theirs.keys().copied().collect();
                prop_assert!((0..=u8::MAX).all(|key| keys.get(&key).copied() == theirs.get_key_value(&key).map(|(key, _)| *key)));
                prop_assert_eq!(ours.first(), theirs.first_key_value());
                prop_assert_eq!(ours.last(), theirs.last_key_value());
                prop_assert!(ours.range(from..).eq(theirs.range(from..)));
                prop_assert!(ours.range(..=to).rev().eq(theirs.range(..=to).rev()));
                let (from, to) = (from.min(to), from.max(to));
                prop_assert!(ours.range(from..to).eq(theirs.range(from..to)));
                let (mut both, mut ends) = (ours.range(from..to), theirs.range(from..to));
                while let Some(next) = ends.next() {
                    prop_assert_eq!(both.next(), Some(next));
                    prop_assert_eq!(both.next_back(), ends.next_back());
                }
                prop_assert_eq!(both.next_back(), None);
                prop_assert_eq!(ours.get(&from), theirs.get(&from));
                let (mut both, mut ends) = (ours.iter(), theirs.iter());
                while let Some(next) = ends.next() {
                    prop_assert_eq!(both.next(), Some(next));
                    prop_assert_eq!(both.next_back(), ends.next_back());
                }
                prop_assert_eq!(both.next(), None);
            }
        }
    }
}
