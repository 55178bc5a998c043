//! The open lesson and the list of all, as they are shown.

use crate::explain::count;
use crate::lessons::{Index, Listing, Progress, commands};
use crate::session::Session;
use crate::ui::state::{Learning, Open};

/// How far one is with a lesson of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Far {
    /// It was never opened.
    New,
    /// It was opened, and not solved.
    Begun,
    /// It was not solved, but its solution was shown.
    Shown,
    /// It was solved.
    Solved,
}

impl Far {
    /// How far one is with a lesson.
    pub fn of(progress: &Progress, name: &str) -> Self {
        match progress.mark(name) {
            None => Far::New,
            Some(mark) if mark.solved => Far::Solved,
            Some(mark) if mark.shown => Far::Shown,
            Some(_) => Far::Begun,
        }
    }

    /// Its sign.
    pub fn icon(self) -> &'static str {
        match self {
            Far::New => "i-ring",
            Far::Begun => "i-step",
            Far::Shown => "i-help",
            Far::Solved => "i-done",
        }
    }

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Far::New => "open",
            Far::Begun => "begun",
            Far::Shown => "solution shown",
            Far::Solved => "solved",
        }
    }
}

/// What was done of a challenge, in words: `solved with 2 changes, 1 hint`.
pub fn deeds(progress: &Progress, name: &str) -> String {
    let mark = progress.mark(name).unwrap_or_default();
    let mut words = Far::of(progress, name).word().to_owned();
    if mark.commands > 0 {
        words += &format!(" with {}", count(mark.commands, "change"));
    }
    if mark.hints > 0 {
        words += &format!(", {}", count(mark.hints, "hint"));
    }
    words
}

/// What one goes on with: what was opened last if it is not solved, else the first lesson that is not.
pub fn next<'a>(index: &'a Index, progress: &Progress) -> Option<&'a Listing> {
    let is_open = |listing: &&Listing| !progress.is_done(&listing.name);
    let last = progress.last.as_ref().and_then(|last| index.find(last)).map(|(_, listing)| listing);
    let after = || progress.last.as_ref().and_then(|last| index.after(last)).filter(is_open);
    let mut all = index.lessons().chain(&index.challenges);
    last.filter(is_open).or_else(after).or_else(|| all.find(is_open))
}

/// Where the open lesson stands: chapter and place in it, or that it is a challenge.
pub fn place(learning: &Learning, open: &Open) -> String {
    let found = learning.index.as_ref().and_then(|index| index.find(&open.lesson.name));
    match found {
        Some((Some((chapter, number)), _)) => format!("{} · lesson {number}", chapter.title),
        _ if open.lesson.is_challenge() => "Challenge".to_owned(),
        _ => "Lesson".to_owned(),
    }
}

/// How many of the goals hold, or that it is solved.
pub fn held(open: &Open) -> String {
    let held = open.verdicts.iter().filter(|verdict| verdict.holds).count();
    let all = open.verdicts.len();
    let hold = if held == 1 { "holds" } else { "hold" };
    match (open.solved, open.solving) {
        (false, _) => format!("{held} of {all} {hold}"),
        // It was solved at another step.
        (true, _) if held < all => format!("solved; at this step {held} of {all} goals {hold}"),
        (true, None) => "solved".into(),
        (true, Some(_)) => "solved by the solution that was shown".into(),
    }
}

/// The changes so far, by commands and by Apply, against the par.
pub fn score(open: &Open, session: &Session) -> Option<String> {
    let par = open.lesson.par?;
    let enough = if par == 1 { "1 is enough".to_owned() } else { format!("{par} are enough") };
    Some(format!("{} so far, {enough}", count(commands(session, open.begun), "change")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Index {
        Index::read("# C | about\na | A | 4\nb | B | 5\n! c | X | 6 | shown | 2 | 1\n")
    }

    #[test]
    fn one_goes_on_with_what_is_not_solved() {
        let index = index();
        let named = |progress: &Progress| next(&index, progress).map(|listing| listing.name.clone());
        let mut progress = Progress::default();
        assert_eq!(named(&progress).as_deref(), Some("a"));
        progress.last = Some("b".into());
        assert_eq!(named(&progress).as_deref(), Some("b"));
        progress.mark_mut("b").solved = true;
        assert_eq!(named(&progress).as_deref(), Some("c"), "what comes after it");
        progress.mark_mut("c").solved = true;
        assert_eq!(named(&progress).as_deref(), Some("a"));
        progress.mark_mut("a").solved = true;
        assert_eq!(named(&progress), None);
    }

    #[test]
    fn what_was_done_is_told() {
        let mut progress = Progress::default();
        assert_eq!(deeds(&progress, "c"), "open");
        progress.mark_mut("c").hints = 1;
        assert_eq!(deeds(&progress, "c"), "begun, 1 hint");
        *progress.mark_mut("c") =
            crate::lessons::LessonMark { solved: true, commands: 2, ..Default::default() };
        assert_eq!(deeds(&progress, "c"), "solved with 2 changes");
    }
}
