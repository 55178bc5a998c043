//! Which parts of a long list are near to what is seen of it.

use crate::ui::browser;
use gloo::events::EventListener;
use std::ops::RangeInclusive;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// So many pixels beyond the edges are near.
const MARGIN: f64 = 600.0;

/// The parts (elements with `data-part`) that are near to what is seen of the scrolling element; all but the first are
/// taken to be far until that is known. The height of a part that was drawn is in the custom property `--part-height`.
#[hook]
pub fn use_near(scroll: &NodeRef, parts: usize) -> RangeInclusive<usize> {
    let near = use_state_eq(|| 0..=0);
    let look = {
        let (scroll, near) = (scroll.clone(), near.setter());
        move || {
            if let Some(seen) =
                scroll.cast::<HtmlElement>().filter(|_| parts > 1).and_then(|scroll| seen(&scroll))
            {
                near.set(seen);
            }
        }
    };
    {
        // Not with each rendering: that would have the browser lay out the page each time.
        let look = look.clone();
        use_effect_with(parts, move |_| look());
    }
    {
        let scroll = scroll.clone();
        use_effect_with(parts, move |_| {
            let on_scroll = scroll.cast::<Element>().map(|scroll| {
                let look = look.clone();
                EventListener::new(&scroll, "scroll", move |_| look())
            });
            let on_resize = browser::on_window("resize", move |_| look());
            move || drop((on_scroll, on_resize))
        });
    }
    RangeInclusive::clone(&near)
}

fn seen(scroll: &HtmlElement) -> Option<RangeInclusive<usize>> {
    let frame = scroll.get_bounding_client_rect();
    let (top, bottom) = (frame.top() - MARGIN, frame.bottom() + MARGIN);
    let parts = scroll.query_selector_all("[data-part]").ok()?;
    let mut range: Option<RangeInclusive<usize>> = None;
    let mut height = None;
    for index in 0..parts.length() {
        let Some(part) = parts.item(index).and_then(|part| part.dyn_into::<Element>().ok()) else { continue };
        let place = part.get_bounding_client_rect();
        if part.child_element_count() > 0 && height.is_none() {
            height = Some(place.height());
        }
        if place.bottom() >= top && place.top() <= bottom {
            let index = index as usize;
            range = Some(range.map_or(index..=index, |range| *range.start()..=index));
        }
    }
    if let Some(height) = height {
        drop(scroll.style().set_property("--part-height", &format!("{height}px")));
    }
    range
}
