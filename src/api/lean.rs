//! Lists that mostly have one element, and of which there are many.

/// Adds to such a list: the first element takes room for itself alone, where `Vec::push` takes it for four.
pub fn push_lean<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push(item);
}
