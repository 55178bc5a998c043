//! Whether steps go by by themselves, and how.

use crate::sim::{RunEnd, StepNo};

/// At most so many steps are taken in one slice of a run, so that the page stays responsive.
pub const SLICE: u32 = 200;

/// Milliseconds that a slice of a run is to take.
const SLICE_TIME: f64 = 16.0;

/// At most so many, where its picture takes long.
const LONGEST_SLICE: f64 = 48.0;

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
    /// The next slice of a run, at most so many steps; of what is being opened, so many objects.
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

/// How many steps the next slice of a run takes. The last one took so many milliseconds, and the picture before it so many,
/// if there was one: what is typed never waits long, in a large cluster neither, and pictures do not take most of the
/// time as long as each takes less than [`LONGEST_SLICE`].
pub fn next_slice(steps: u32, took: f64, picture: Option<f64>) -> u32 {
    let aim = (picture.unwrap_or_default() * 2.0).clamp(SLICE_TIME, LONGEST_SLICE);
    let grows = (aim / took.max(1.0)).clamp(0.25, 2.0);
    ((f64::from(steps) * grows) as u32).clamp(1, SLICE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_of_a_run_takes_twice_as_long_as_its_picture_but_never_long() {
        // Steps of half a millisecond each, after pictures of so many milliseconds.
        for (picture, expected) in [(None, 32), (Some(4.0), 32), (Some(15.0), 60), (Some(400.0), 96)] {
            let mut steps = 1;
            for _ in 0..20 {
                steps = next_slice(steps, f64::from(steps) / 2.0, picture);
            }
            assert_eq!(steps, expected, "{picture:?} ms");
        }
    }
}
