//! What may be shown a moment later than the rest.

use gloo::timers::callback::Timeout;
use std::rc::Rc;
use yew::prelude::*;

/// So many milliseconds later: two pictures.
pub const PICTURES: u32 = 32;

/// In a cluster of more nodes what is not the picture of the step itself comes after it.
pub const LARGE: usize = 200;

/// A value as it was before the last change, until so many milliseconds went by without another one: what takes long to
/// make of it holds up neither a key nor the picture, and while keys follow each other fast it is not made at all.
#[hook]
pub fn use_late<T: Clone + PartialEq + 'static>(now: &T, late: Option<u32>) -> T {
    let shown = use_mut_ref(|| now.clone());
    let again = use_force_update();
    if late.is_none() {
        shown.replace(now.clone());
    }
    {
        let shown = Rc::clone(&shown);
        use_effect_with((now.clone(), late), move |(now, late)| {
            let now = now.clone();
            let timer = late.map(|late| {
                Timeout::new(late, move || {
                    if *shown.borrow() != now {
                        shown.replace(now);
                        again.force_update();
                    }
                })
            });
            move || drop(timer)
        });
    }
    let shown = shown.borrow();
    shown.clone()
}
