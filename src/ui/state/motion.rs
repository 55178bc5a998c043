//! Whether steps go by by themselves, and how.

use crate::sim::{RunEnd, StepNo};

/// Whether steps go by by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    /// They don't.
    #[default]
    Still,
    /// One after the other, so that eyes can follow.
    Playing,
    /// As fast as they can be taken, until nothing more happens.
    Running,
    /// A stored run is taken again.
    Resuming,
    /// A real cluster is being opened.
    Arriving,
}

/// How fast steps are played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speed {
    /// 0.5×
    Slow,
    /// 1×
    #[default]
    Normal,
    /// 4×
    Fast,
}

impl Speed {
    /// All, the slowest first.
    pub const ALL: [Speed; 3] = [Speed::Slow, Speed::Normal, Speed::Fast];

    /// As on its button.
    pub fn label(self) -> &'static str {
        match self {
            Speed::Slow => "0.5×",
            Speed::Normal => "1×",
            Speed::Fast => "4×",
        }
    }

    /// Milliseconds from step to step.
    pub fn interval(self) -> u32 {
        match self {
            Speed::Slow => 1600,
            Speed::Normal => 800,
            Speed::Fast => 200,
        }
    }
}

/// How steps go by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moving {
    /// Whether they go by by themselves.
    pub motion: Motion,
    /// How fast.
    pub speed: Speed,
    /// The step that was just taken back.
    pub undone: Option<StepNo>,
    /// How many steps in which nothing happened were passed over on the way to the shown one.
    pub skipped: StepNo,
    /// How a run ended that does not settle.
    pub unsettled: Option<RunEnd>,
}

/// Another motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MotionAction {
    /// Play, or stop.
    Play,
    /// The time for the next played step has come.
    Tick,
    /// Run until nothing more happens, or stop.
    Run,
    /// The next slice of a run, at most so many steps.
    Slice(u32),
    /// How fast steps are played.
    Speed(Speed),
}

impl Moving {
    /// At rest, at the same speed.
    pub(super) fn opened(&self) -> Self {
        Moving { speed: self.speed, ..Moving::default() }
    }
}
