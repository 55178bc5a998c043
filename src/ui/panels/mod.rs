//! The parts of the page, one folder each: a plain model made from the state, and a component that shows it.

pub mod compare;
pub mod dialogs;
pub mod dock;
pub mod editor;
pub mod events;
pub mod gallery;
pub mod lesson;
pub mod map;
pub mod predict;
pub mod preemption;
pub mod reach;
pub mod rollout;
pub mod share;
pub mod stage;
pub mod taints;
pub mod terminal;
pub mod topbar;
pub mod transport;
pub mod why;
