//! How wide an element is, for drawings that are laid out in the page's own pixels.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// Observes one element as long as it lives.
struct Observed {
    element: Element,
    observer: Option<ResizeObserver>,
    _on_change: Closure<dyn FnMut()>,
}

impl Drop for Observed {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

/// The width of an element in pixels, measured when it appears and whenever it becomes another, and not with each
/// rendering: that would have the browser lay out the page each time. `first` is used before that.
#[hook]
pub fn use_width(place: &NodeRef, first: i32) -> i32 {
    let width = use_state_eq(|| first);
    let observed = use_mut_ref(|| None::<Observed>);
    {
        let (place, width, observed) = (place.clone(), width.setter(), observed.clone());
        use_effect(move || {
            let element = place.cast::<Element>();
            if observed.borrow().as_ref().map(|observed| &observed.element) == element.as_ref() {
                return;
            }
            *observed.borrow_mut() = element.map(|element| {
                let measure = {
                    let element = element.clone();
                    move || {
                        if element.client_width() > 0 {
                            width.set(element.client_width());
                        }
                    }
                };
                measure();
                let on_change = Closure::<dyn FnMut()>::new(measure);
                let observer = ResizeObserver::new(on_change.as_ref().unchecked_ref()).ok();
                if let Some(observer) = &observer {
                    observer.observe(&element);
                }
                Observed { element, observer, _on_change: on_change }
            });
        });
    }
    use_effect_with((), move |()| move || drop(observed.take()));
    *width
}
