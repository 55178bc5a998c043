//! What floats above the page, and what the user is told besides the steps.

use super::{LearningAction, Opening};
use crate::api::{EcoString, ObjectKey};
use crate::cluster::World;
use crate::session::Act;

/// What floats above the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// The list of keys.
    Shortcuts,
    /// What can be done to a node.
    NodeMenu(EcoString),
    /// What can be done to a pod.
    PodMenu(ObjectKey),
    /// What can be done to a DaemonSet.
    SetMenu(ObjectKey),
    /// A taint to be added or removed.
    Taint(EcoString),
    /// A label to be set or removed.
    Label(EcoString),
    /// How many nodes like this one are to be added.
    Copies(EcoString),
    /// Something that would drop recorded steps.
    Branch(Act),
    /// A branch that would go with all its steps.
    DropBranch(u32),
    /// Another cluster in place of work that was begun.
    Replace(Opening),
    /// Something with a lesson that would lose what one wrote or did.
    Lesson(LearningAction),
    /// What leaves the page, or comes in.
    Sheet(Sheet),
}

impl Dialog {
    /// Whether the object that it is about is not in the cluster.
    #[cold]
    #[inline(never)]
    pub(super) fn is_gone(&self, world: &World) -> bool {
        match self {
            Dialog::NodeMenu(name) | Dialog::Taint(name) | Dialog::Label(name) | Dialog::Copies(name) => {
                world.node(name).is_none()
            }
            Dialog::PodMenu(key) | Dialog::SetMenu(key) => world.get(key).is_none(),
            Dialog::Shortcuts
            | Dialog::Branch(_)
            | Dialog::DropBranch(_)
            | Dialog::Replace(_)
            | Dialog::Lesson(_)
            | Dialog::Sheet(_) => false,
        }
    }
}

/// A sheet whose script is fetched when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// A link to what is open.
    Share,
    /// Files of what is open.
    Export,
    /// A real cluster.
    Import,
}

impl Sheet {
    /// Its name in the script, and its accessible one.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Sheet::Share => ("share", "Share this cluster"),
            Sheet::Export => ("export", "Export"),
            Sheet::Import => ("import", "Import a cluster"),
        }
    }
}

/// Something the user is told besides the steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// A sentence.
    pub text: String,
    /// Whether something went wrong.
    pub bad: bool,
}

impl Notice {
    /// What is just so.
    pub fn plain(text: impl Into<String>) -> Self {
        Notice { text: text.into(), bad: false }
    }

    /// What went wrong.
    pub fn bad(text: impl Into<String>) -> Self {
        Notice { text: text.into(), bad: true }
    }
}

/// What floats above, and what the user is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Floating {
    /// What floats above.
    pub dialog: Option<Dialog>,
    /// What the user is told.
    pub notice: Option<Notice>,
}

/// Something else above the page.
#[derive(Clone, Debug, PartialEq)]
pub enum FloatingAction {
    /// Something is to float above the page.
    Ask(Dialog),
    /// Nothing is.
    Close,
    /// The user is to be told something.
    Tell(Notice),
    /// The user has read it.
    Read,
}

impl Floating {
    pub(super) fn take(&mut self, action: FloatingAction) {
        match action {
            FloatingAction::Ask(dialog) => self.dialog = Some(dialog),
            FloatingAction::Close => self.dialog = None,
            FloatingAction::Tell(notice) => self.notice = Some(notice),
            FloatingAction::Read => self.notice = None,
        }
    }
}
