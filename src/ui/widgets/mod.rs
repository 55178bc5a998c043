//! Small components, and what many of them write: they read nothing of the state.

mod choice;
mod late;
mod modal;
mod near;
mod whole;
mod width;

pub use choice::Choice;
pub use late::{Late, timed, use_late, use_late_after};
pub use modal::Modal;
pub use near::use_near;
pub use whole::use_whole;
pub use width::use_width;

use crate::api::ObjectKey;
use crate::explain::{Piece, kept_end, revision_name};
use crate::ui::browser::is_narrow;
use crate::ui::state::{Selection, Slot, UiAction, ViewAction};
use yew::prelude::*;

/// What a button does.
pub fn emit(act: &Callback<UiAction>, action: UiAction) -> Callback<MouseEvent> {
    let act = act.clone();
    Callback::from(move |_| act.emit(action.clone()))
}

/// Asks Why? of something from beside the cluster. Where there is room for one panel only, that comes.
pub fn ask_why(act: &Callback<UiAction>, selection: Selection) -> Callback<MouseEvent> {
    let act = act.clone();
    Callback::from(move |_| {
        act.emit(UiAction::View(ViewAction::Select(selection.clone())));
        if is_narrow(ONE_PANEL) {
            act.emit(UiAction::View(ViewAction::Slot(Slot::Right)));
        }
    })
}

/// A page of at most this width has room for one panel (`static/css/responsive.css`).
pub const ONE_PANEL: &str = "44rem";

/// An icon of the sprite, beside a word that says the same.
pub fn icon(name: &str) -> Html {
    sized(name, "icon")
}

/// A small icon.
pub fn icon_small(name: &str) -> Html {
    sized(name, "icon icon--s")
}

/// An icon with classes of its own.
pub fn sized(name: &str, class: &'static str) -> Html {
    html! { <svg class={class} aria-hidden="true"><use href={format!("#{name}")} /></svg> }
}

/// An object as one word of `data-about`: elements that stand for the same one are partners.
pub fn about(key: &ObjectKey) -> String {
    format!("{}/{}/{}", key.kind.name(), key.namespace, key.name)
}

/// The name of an object among others of its kind; with its namespace where another has the same name.
pub fn named(key: &ObjectKey, all: &[ObjectKey]) -> String {
    let is_same = |other: &&ObjectKey| other.name == key.name && other.kind == key.kind;
    match all.iter().filter(is_same).count() {
        0 | 1 => key.name.to_string(),
        _ => format!("{}/{}", key.namespace, key.name),
    }
}

/// The hue of a revision, from 1 to 4; the fifth revision starts over.
pub fn hue(revision: i64) -> i64 {
    (revision.max(1) - 1) % 4 + 1
}

/// The number of a revision in its hue.
pub fn rev_tag(number: i64) -> Html {
    html! { <span class={format!("rev-tag rev-tag--{}", hue(number))}>{ revision_name(number) }</span> }
}

/// A sentence with its parts marked.
pub fn pieces(pieces: &[Piece]) -> Html {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(words) => html! { {words} },
            Piece::Strong(words) => html! { <b>{words}</b> },
            Piece::Code(words) => html! { <code>{ breakable(words) }</code> },
        })
        .collect()
}

/// What is shorter than this has room in any line.
const LONG: usize = 24;

/// A taint, a label or a name: where it is too long for a line it breaks after a sign, not in the middle of a word.
pub fn breakable(text: &str) -> Html {
    if text.len() < LONG {
        return html! { {text} };
    }
    broken(&text.split_inclusive(['/', '=', ':', '.', '_']).collect::<Vec<_>>())
}

/// A node's name of which the middle, or the domain, is left out where it has too little room.
pub fn cut_name(name: &str) -> Html {
    let at = name.len().saturating_sub(kept_end(name));
    if name.len() < LONG || at == name.len() || !name.is_char_boundary(at) {
        return html! { { name.to_owned() } };
    }
    html! { <><i>{ name[..at].to_owned() }</i>{ name[at..].to_owned() }</> }
}

/// A name in camel case, which may break between its words.
pub fn by_words(name: &str) -> Html {
    let begins = name.char_indices().skip(1).filter(|(_, letter)| letter.is_ascii_uppercase());
    let mut from = 0;
    let mut words: Vec<&str> = begins.map(|(at, _)| &name[std::mem::replace(&mut from, at)..at]).collect();
    words.push(&name[from..]);
    broken(&words)
}

/// A text that may break between these parts.
#[inline(never)]
fn broken(parts: &[&str]) -> Html {
    parts.iter().enumerate().map(|(at, part)| html! { <>if at > 0 { <wbr /> }{ part }</> }).collect()
}
