//! Who wrote a field of an object.

use crate::cluster::Actor;

/// Who wrote a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The user, in the manifest, in the node list or by a command.
    You,
    /// Admission, defaults and what else the API server writes by itself.
    ApiServer,
    /// A control loop.
    Loop(Actor),
}

impl Author {
    /// Who acts in a step.
    pub(super) fn of(actor: Actor) -> Self {
        if actor == Actor::You { Author::You } else { Author::Loop(actor) }
    }

    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Author::You => "you",
            Author::ApiServer => "API server",
            Author::Loop(Actor::DaemonSetController) => "controller",
            Author::Loop(actor) => actor.name(),
        }
    }
}
