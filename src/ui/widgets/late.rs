//! What may be shown a moment later than the rest.

use crate::cluster::World;
use crate::ui::browser;
use gloo::timers::callback::Timeout;
use std::cell::Cell;
use std::rc::Rc;
use yew::prelude::*;

/// In a cluster of more nodes what is not the picture of the step itself comes after it.
const LARGE: usize = 200;

/// How much later, in milliseconds.
#[derive(Clone, Copy, PartialEq)]
pub struct Late {
    /// After the last change.
    after: u32,
    /// After the first change that is not shown, however many follow it.
    at_most: Option<u32>,
}

impl Late {
    /// Two pictures later. While changes follow each other fast, as in a run, once a second.
    pub const PICTURES: Late = Late { after: 32, at_most: Some(1_000) };

    /// When nothing has changed for a while. What took long last time (in milliseconds) waits longer, so that somebody who
    /// steps at a common pace is not held up.
    pub fn at_rest(took: f64) -> Self {
        Late { after: (took * 2.0).clamp(400.0, 3_000.0) as u32, at_most: None }
    }

    /// The same, but every five seconds also while changes go on.
    pub fn at_rest_or_in_time(took: f64) -> Self {
        Late { at_most: Some(5_000), ..Late::at_rest(took) }
    }

    /// Only where the cluster is large.
    pub fn if_large(self, world: &World) -> Option<Self> {
        (world.node_count() > LARGE).then_some(self)
    }
}

/// A value as it was before the last change, until it is time to show that one: what takes long to make of it holds up
/// neither a key nor the picture, and is not made for each of many changes. Without `late` it is shown at once.
#[hook]
pub fn use_late<T: Clone + PartialEq + 'static>(now: &T, late: Option<Late>) -> T {
    use_late_after(|| now.clone(), now, late)
}

/// The same, where something else is shown at first.
#[hook]
pub fn use_late_after<T: Clone + PartialEq + 'static>(
    first: impl FnOnce() -> T,
    now: &T,
    late: Option<Late>,
) -> T {
    let shown = use_mut_ref(first);
    let last = use_mut_ref(|| (now.clone(), 0));
    let mut last = last.borrow_mut();
    if last.0 != *now {
        *last = (now.clone(), last.1 + 1);
    }
    let mut shown = shown.borrow_mut();
    if use_due(last.1, *shown == *now, late) {
        *shown = now.clone();
    }
    shown.clone()
}

/// Whether it is time to show what changed: told by the number of the change, and whether it is shown already.
#[hook]
fn use_due(change: u32, is_shown: bool, late: Option<Late>) -> bool {
    let is_due = use_mut_ref(|| false);
    let changed = use_mut_ref(|| None::<f64>);
    let again = use_force_update();
    {
        let is_due = Rc::clone(&is_due);
        use_effect_with((change, is_shown, late), move |(_, is_shown, late)| {
            if *is_shown || late.is_none() {
                changed.replace(None);
            }
            let timer = late.filter(|_| !is_shown).and_then(|late| {
                let clock = browser::milliseconds();
                let waited = (clock - *changed.borrow_mut().get_or_insert(clock)) as u32;
                let left =
                    late.at_most.map_or(late.after, |most| late.after.min(most.saturating_sub(waited)));
                let show = move || {
                    changed.replace(None);
                    is_due.replace(true);
                    again.force_update();
                };
                if left == 0 {
                    // In a run the next change comes before any timer does.
                    show();
                    return None;
                }
                Some(Timeout::new(left, show))
            });
            move || drop(timer)
        });
    }
    is_due.replace(false) || late.is_none()
}

/// Does something, and notes how many milliseconds that takes.
pub fn timed<T>(took: &Cell<f64>, work: impl FnOnce() -> T) -> T {
    let begun = browser::milliseconds();
    let done = work();
    took.set(browser::milliseconds() - begun);
    done
}
