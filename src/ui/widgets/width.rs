//! How wide an element is, for drawings that are laid out in the page's own pixels.

use gloo::events::EventListener;
use web_sys::Element;
use yew::prelude::*;

/// The width of an element in pixels, measured when it appears, with each rendering and when the window changes.
/// `first` is used before that.
#[hook]
pub fn use_width(place: &NodeRef, first: i32) -> i32 {
    let width = use_state_eq(|| first);
    let measure = {
        let (place, width) = (place.clone(), width.setter());
        move || {
            if let Some(element) = place.cast::<Element>().filter(|element| element.client_width() > 0) {
                width.set(element.client_width());
            }
        }
    };
    {
        let measure = measure.clone();
        use_effect(measure);
    }
    use_effect_with((), move |()| {
        let listener = EventListener::new(&gloo::utils::window(), "resize", move |_| measure());
        move || drop(listener)
    });
    *width
}
