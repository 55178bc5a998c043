//! What becomes of the work in the browser's storage.

use super::Notice;
use crate::session::{Kept, Saved, set_aside_work, with_kept};
use std::rc::Rc;

/// Whether the work is being stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storing {
    /// It is.
    #[default]
    Works,
    /// The browser refuses.
    Fails,
    /// Another tab stored other work meanwhile; the user is to say which one stays.
    Contested,
    /// The user said that this one stays.
    Chosen,
    /// The user said that the other one is to be opened.
    Yielding,
}

/// The work in storage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Storage {
    /// Whether the work is being stored.
    pub storing: Storing,
    /// Work that was set aside, the latest first.
    pub kept: Vec<Kept>,
    /// The highest number of work that was set aside once and is not any more.
    last: u64,
}

/// Nothing of what is open is stored.
pub fn no_room() -> Notice {
    Notice::bad(
        "The browser does not keep this work: its storage is full or switched off. Choose Share to save it as a link or a file.",
    )
}

impl Storage {
    /// With work that was set aside before.
    pub(super) fn of(kept: Vec<Kept>) -> Self {
        Storage { kept, ..Storage::default() }
    }

    /// Takes note of what became of storing; tells it if it is news.
    pub(super) fn take(&mut self, storing: Storing) -> Option<Notice> {
        // A choice holds until it is stored.
        let is_news = storing == Storing::Fails && self.storing != Storing::Fails;
        self.storing = storing;
        is_news.then(no_room)
    }

    /// Sets work aside.
    pub fn set_aside(&mut self, work: Saved) {
        self.kept = set_aside_work(&self.kept, self.last, Rc::new(work));
        // Where there was no room before, it is told again if there is none for this.
        if self.storing == Storing::Fails {
            self.storing = Storing::Works;
        }
    }

    /// Takes note of other work that was set aside in storage.
    pub(super) fn take_in(&mut self, kept: Kept) {
        self.kept = with_kept(&self.kept, kept);
    }

    /// What was set aside is not any more.
    pub(super) fn take_back(&mut self, kept: &Kept) {
        self.kept.retain(|other| other != kept);
        self.last = self.last.max(kept.no);
    }
}
