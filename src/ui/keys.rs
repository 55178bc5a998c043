//! Which key does what.

use super::state::{Dialog, JUMP, Selection, UiAction};

/// A key that was pressed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Press<'a> {
    /// As the browser names it: `a`, `ArrowLeft`, `F8`.
    pub key: &'a str,
    /// Ctrl, or Cmd.
    pub ctrl: bool,
    /// Shift.
    pub shift: bool,
    /// Alt.
    pub alt: bool,
    /// Whether the focus is where letters are typed.
    pub typing: bool,
    /// Whether the focus is on something that Space and the arrows work on: a button, a card, the lanes.
    pub on_control: bool,
}

/// What the page does on a key. Keys of the editor itself (Ctrl+Enter, F8, Ctrl+.) are not here.
pub fn action(press: Press<'_>) -> Option<UiAction> {
    let Press { key, ctrl, shift, alt, typing, on_control } = press;
    if typing || alt {
        return None;
    }
    if ctrl {
        return (key == "Enter").then_some(UiAction::Applied);
    }
    let jump = i64::from(JUMP);
    Some(match key {
        " " if !on_control => UiAction::PlayToggled,
        "ArrowRight" if !on_control && shift => UiAction::Jumped(jump),
        "ArrowLeft" if !on_control && shift => UiAction::Jumped(-jump),
        "ArrowRight" if !on_control => UiAction::SteppedForward,
        "ArrowLeft" if !on_control => UiAction::SteppedBack,
        "Home" if !on_control => UiAction::Seeked(0),
        "End" if !on_control => UiAction::WentToLatest,
        "r" | "R" => UiAction::RunToggled,
        "c" | "C" => UiAction::WentToCause,
        "e" | "E" => UiAction::EditorToggled,
        "t" | "T" => UiAction::ThemeToggled,
        "?" => UiAction::Asked(Dialog::Shortcuts),
        "Escape" => UiAction::Selected(Selection::Step),
        _ => return None,
    })
}

/// The list of keys, as the help shows it.
pub const LIST: &[(&str, &[&str])] = &[
    ("Play or pause", &["Space"]),
    ("Step forward, step back", &["→", "←"]),
    ("Ten steps", &["Shift →", "Shift ←"]),
    ("First, latest step", &["Home", "End"]),
    ("Run until nothing changes", &["R"]),
    ("Go to the cause of this step", &["C"]),
    ("Apply the manifest", &["Ctrl ⏎"]),
    ("Next problem in the YAML", &["F8"]),
    ("Fix the problem at the caret", &["Ctrl ."]),
    ("Move between nodes", &["arrow keys in the cluster"]),
    ("Why? for a node", &["Enter"]),
    ("Node menu", &["M"]),
    ("Why? follows the steps again", &["Esc"]),
    ("Show or hide the editor", &["E"]),
    ("Theme", &["T"]),
    ("This list", &["?"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_the_editors_while_it_has_the_focus() {
        for key in ["r", "c", "e", "t", "?", " ", "ArrowLeft", "Home"] {
            assert_eq!(action(Press { key, typing: true, ..Default::default() }), None, "{key}");
            assert!(action(Press { key, ..Default::default() }).is_some(), "{key}");
        }
    }

    #[test]
    fn arrows_and_space_belong_to_the_control_that_has_the_focus() {
        for key in [" ", "ArrowLeft", "ArrowRight", "Home", "End"] {
            assert_eq!(action(Press { key, on_control: true, ..Default::default() }), None, "{key}");
        }
        assert_eq!(
            action(Press { key: "r", on_control: true, ..Default::default() }),
            Some(UiAction::RunToggled)
        );
    }

    #[test]
    fn combinations_of_the_browser_are_left_to_it() {
        assert_eq!(action(Press { key: "r", ctrl: true, ..Default::default() }), None);
        assert_eq!(action(Press { key: "ArrowLeft", alt: true, ..Default::default() }), None);
        assert_eq!(
            action(Press { key: "ArrowRight", shift: true, ..Default::default() }),
            Some(UiAction::Jumped(10))
        );
    }
}
