//! Which key does what.

use super::state::{
    Dialog, FloatingAction, JUMP, MotionAction, Page, Panel, PrefsAction, UiAction, ViewAction,
};
use crate::session::Act;

/// Where the focus is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// Where no key has a meaning of its own.
    #[default]
    Page,
    /// Where letters are typed.
    Text,
    /// On a button or link: it is pressed with Space.
    Button,
    /// On something that the arrows move in: the cards, the lanes, tabs, a list that scrolls.
    Widget,
}

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
    /// Where the focus is.
    pub focus: Focus,
    /// Whether the gallery or the lessons are shown, in place of what the keys move in.
    pub in_gallery: bool,
}

/// What the page does on a key. Keys of the editor itself (Ctrl+Enter, F8, Ctrl+.) are not here. `letters` is off if
/// the user wants single characters to do nothing (WCAG 2.1.4). A key of a panel shows it.
pub fn action(press: Press<'_>, letters: bool, panels: &'static [Panel]) -> Option<UiAction> {
    let Press { key, ctrl, shift, alt, focus, in_gallery } = press;
    if focus == Focus::Text || alt {
        return None;
    }
    if ctrl {
        return (key == "Enter" && !in_gallery).then_some(UiAction::Session(Act::Apply));
    }
    let jump = i64::from(JUMP);
    let moves = focus != Focus::Widget;
    Some(match key {
        "Escape" => UiAction::View(ViewAction::Escape),
        "d" | "D" if letters => UiAction::Prefs(PrefsAction::Theme),
        "p" | "P" if letters => UiAction::Prefs(PrefsAction::Projector),
        "?" if letters => UiAction::Floating(FloatingAction::Ask(Dialog::Shortcuts)),
        _ if in_gallery => return None,
        "l" | "L" if letters => UiAction::View(ViewAction::Page(Page::Lessons)),
        " " if focus == Focus::Page => UiAction::Motion(MotionAction::Play),
        "ArrowRight" if moves && shift => UiAction::Session(Act::Jump(jump)),
        "ArrowLeft" if moves && shift => UiAction::Session(Act::Jump(-jump)),
        "ArrowRight" if moves => UiAction::Session(Act::Forward),
        "ArrowLeft" if moves => UiAction::Session(Act::Back),
        "Home" if moves => UiAction::Session(Act::Seek(0)),
        "End" if moves => UiAction::Session(Act::Latest),
        _ if !letters => return None,
        "r" | "R" => UiAction::Motion(MotionAction::Run),
        "c" | "C" => UiAction::Session(Act::Cause),
        "e" | "E" => UiAction::View(ViewAction::Editor),
        "n" | "N" => UiAction::Difference { back: shift },
        key => {
            let has_key = |panel: &&Panel| panel.key.is_some_and(|(own, _)| own.eq_ignore_ascii_case(key));
            UiAction::View(ViewAction::Show(panels.iter().find(has_key)?))
        }
    })
}

/// The list of keys, as the help shows it; those of the panels come after them.
pub const LIST: &[(&str, &[&str])] = &[
    ("Play or pause", &["Space"]),
    ("Step forward, step back", &["→", "←"]),
    ("Ten steps", &["Shift →", "Shift ←"]),
    ("First, latest step", &["Home", "End"]),
    ("Run until nothing changes", &["R"]),
    ("Go to the cause of this step", &["C"]),
    ("Next, previous difference of two branches, or hop in Reach", &["N", "Shift N"]),
    ("Apply the manifest", &["Ctrl ⏎"]),
    ("Next problem in the YAML", &["F8"]),
    ("Fix the problem at the caret", &["Ctrl ."]),
    ("Move between nodes", &["arrow keys in the cluster"]),
    ("Why? for a node", &["Enter"]),
    ("Node menu, on a node", &["M"]),
    ("Choose several nodes", &["Shift Space", "Ctrl click"]),
    ("Unpin Why?; leave the gallery", &["Esc"]),
    ("Show or hide the editor", &["E"]),
    ("Lessons", &["L"]),
    ("Theme, projector", &["D", "P"]),
    ("This list", &["?"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(key: &str, focus: Focus) -> Option<UiAction> {
        action(Press { key, focus, ..Default::default() }, true, &[])
    }

    #[test]
    fn letters_are_the_editors_while_it_has_the_focus() {
        for key in ["r", "c", "e", "d", "p", "?", " ", "ArrowLeft", "Home", "Escape"] {
            assert_eq!(pressed(key, Focus::Text), None, "{key}");
            assert!(pressed(key, Focus::Page).is_some(), "{key}");
        }
    }

    #[test]
    fn letters_can_be_switched_off() {
        for key in ["r", "c", "e", "d", "p", "?"] {
            assert_eq!(action(Press { key, ..Default::default() }, false, &[]), None, "{key}");
        }
        for key in [" ", "ArrowLeft", "Home", "Escape"] {
            assert!(action(Press { key, ..Default::default() }, false, &[]).is_some(), "{key}");
        }
    }

    #[test]
    fn a_button_keeps_space_and_the_cards_keep_the_arrows_too() {
        assert_eq!(pressed(" ", Focus::Button), None);
        assert_eq!(pressed("ArrowRight", Focus::Button), Some(UiAction::Session(Act::Forward)));
        for key in [" ", "ArrowLeft", "ArrowRight", "Home", "End"] {
            assert_eq!(pressed(key, Focus::Widget), None, "{key}");
        }
        assert_eq!(pressed("r", Focus::Widget), Some(UiAction::Motion(MotionAction::Run)));
    }

    #[test]
    fn in_the_gallery_no_key_moves_what_is_out_of_sight() {
        let pressed = |key| action(Press { key, in_gallery: true, ..Default::default() }, true, &[]);
        for key in [" ", "ArrowLeft", "ArrowRight", "Home", "End", "r", "c", "e"] {
            assert_eq!(pressed(key), None, "{key}");
        }
        assert_eq!(pressed("Escape"), Some(UiAction::View(ViewAction::Escape)));
        assert_eq!(pressed("d"), Some(UiAction::Prefs(PrefsAction::Theme)));
        let apply = Press { key: "Enter", ctrl: true, in_gallery: true, ..Default::default() };
        assert_eq!(action(apply, true, &[]), None);
    }

    #[test]
    fn combinations_of_the_browser_are_left_to_it() {
        assert_eq!(action(Press { key: "r", ctrl: true, ..Default::default() }, true, &[]), None);
        assert_eq!(action(Press { key: "ArrowLeft", alt: true, ..Default::default() }, true, &[]), None);
        let ten = Press { key: "ArrowRight", shift: true, ..Default::default() };
        assert_eq!(action(ten, true, &[]), Some(UiAction::Session(Act::Jump(10))));
    }
}
