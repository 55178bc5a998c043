//! How wide an element is, for drawings that are laid out in the page's own pixels.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// The width of an element in pixels, measured when it appears and whenever it becomes another. `first` is used
/// before that.
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
    use_effect_with(place.cast::<Element>(), move |element| {
        let on_change = Closure::<dyn FnMut()>::new(measure);
        let observer = ResizeObserver::new(on_change.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, element) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(on_change);
        }
    });
    *width
}
