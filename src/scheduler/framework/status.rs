//! What a plugin answers. Upstream: `fwk.Status`, `NominatingInfo`.

use crate::api::EcoString;
use std::borrow::Cow;

/// Why a node, or the pod as a whole, is rejected. Upstream: `fwk.Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Removing pods may help.
    Unschedulable,
    /// Removing pods cannot help.
    UnschedulableAndUnresolvable,
}

impl Code {
    /// Upstream's name.
    pub fn name(self) -> &'static str {
        match self {
            Code::Unschedulable => "Unschedulable",
            Code::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
        }
    }
}

/// The texts of a rejection; most are known beforehand.
pub type Reasons = Cow<'static, [Cow<'static, str>]>;

/// A plugin's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Whether removing pods may help.
    pub code: Code,
    /// Why, in upstream's words.
    pub reasons: Reasons,
}

impl Rejection {
    /// Removing pods may help.
    pub const fn unschedulable(reasons: &'static [Cow<'static, str>]) -> Self {
        Rejection { code: Code::Unschedulable, reasons: Cow::Borrowed(reasons) }
    }

    /// Removing pods cannot help.
    pub const fn unresolvable(reasons: &'static [Cow<'static, str>]) -> Self {
        Rejection { code: Code::UnschedulableAndUnresolvable, reasons: Cow::Borrowed(reasons) }
    }

    /// The reasons in one text (`Status.Message`).
    pub fn message(&self) -> String {
        self.reasons.join(", ")
    }
}

/// A plugin's answer.
pub type FilterResult = Result<(), Rejection>;

/// What becomes of `status.nominatedNodeName`. Upstream: `NominatingInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nomination {
    /// It stays.
    Keep,
    /// It is emptied.
    Clear,
    /// It is set to this node.
    Set(EcoString),
}
