//! The run that is compared between machines: every example, opened and run on.

use playground::examples;
use playground::ui::state::{Opening, Theme, UiAction, UiState};
use std::rc::Rc;

/// So many steps an example is run on after it was opened; one of them never comes to rest.
const STEPS: u32 = 400;

/// A hash of all steps of each example: `name=hash`, separated by spaces.
pub fn digests() -> String {
    let of = |example: &'static examples::Example| {
        let state = Rc::new(UiState::first_visit(Theme::Light));
        let state = state.reduced(UiAction::Opened(Opening::Example(example)));
        let mut timeline = state.timeline.as_ref().clone();
        timeline.run(STEPS);
        assert!(!timeline.is_empty() || example.id == "notes", "{} takes steps", example.id);
        format!("{}={:016x}", example.id, timeline.digest())
    };
    examples::ALL.iter().map(of).collect::<Vec<_>>().join(" ")
}
