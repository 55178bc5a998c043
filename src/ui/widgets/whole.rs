//! Whether all of the program is there: a first visit is shown before that (`static/boot.js`).

use crate::ui::browser;
use yew::prelude::*;

/// Whether the rest of the program has come. What a first visit can do without waits for it, and costs that nothing.
#[hook]
pub fn use_whole() -> bool {
    let whole = use_state_eq(browser::is_whole);
    let setter = whole.setter();
    use_effect_with((), move |()| {
        // It may have come since the first look.
        setter.set(browser::is_whole());
        let listener = browser::on_window("whole", move |_| setter.set(true));
        move || drop(listener)
    });
    *whole
}
