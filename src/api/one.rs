//! Lists that mostly have one element.

/// Adds to such a list: the first element takes room for itself alone, where `Vec::push` takes it for four. What is
/// recorded of a step stays as long as the run.
pub fn push_lean<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push(item);
}
