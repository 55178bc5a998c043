//! What a person has done of the lessons, as it is stored: a line for each, `NAME STATE HINTS COMMANDS`, and what goes on.

use std::collections::BTreeMap;

/// How far one is with a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LessonMark {
    /// Whether it was solved.
    pub solved: bool,
    /// Whether it was not, but the solution was shown to its end.
    pub shown: bool,
    /// How many hints were shown.
    pub hints: usize,
    /// With how few commands it was solved; 0 if it was not, or the solution was shown.
    pub commands: usize,
}

impl LessonMark {
    /// The better of two in each respect; hints that were shown stay shown.
    fn better(self, other: LessonMark) -> LessonMark {
        let fewest = [self.commands, other.commands].into_iter().filter(|commands| *commands > 0).min();
        LessonMark {
            solved: self.solved || other.solved,
            shown: (self.shown || other.shown) && !self.solved && !other.solved,
            hints: self.hints.max(other.hints),
            commands: fewest.unwrap_or_default(),
        }
    }
}

/// How far one is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    marks: BTreeMap<String, LessonMark>,
    /// The lesson that was opened last.
    pub last: Option<String>,
    /// The lesson that goes on with its solution shown, and how much of that was done.
    pub solving: Option<(String, usize)>,
}

impl Progress {
    /// Reads what was stored; what is not understood is left out.
    pub fn read(text: &str) -> Self {
        let number = |text: &str| text.parse().unwrap_or_default();
        let mut progress = Progress::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["last", name] => progress.last = Some((*name).into()),
                ["solving", name, done] => progress.solving = Some(((*name).into(), number(done))),
                [name, solved, hints, commands] => {
                    let mark = LessonMark {
                        solved: *solved == "solved",
                        shown: *solved == "shown",
                        hints: number(hints),
                        commands: number(commands),
                    };
                    progress.marks.insert((*name).into(), mark);
                }
                _ => {}
            }
        }
        progress
    }

    /// As it is stored.
    pub fn text(&self) -> String {
        let last = self.last.iter().map(|name| format!("last {name}\n"));
        let marks = self.marks.iter().map(|(name, mark)| {
            let state = match (mark.solved, mark.shown) {
                (true, _) => "solved",
                (false, true) => "shown",
                (false, false) => "begun",
            };
            format!("{name} {state} {} {}\n", mark.hints, mark.commands)
        });
        let solving = self.solving.iter().map(|(name, done)| format!("solving {name} {done}\n"));
        last.chain(solving).chain(marks).collect()
    }

    /// How far one is with a lesson; none if it was never opened.
    pub fn mark(&self, name: &str) -> Option<LessonMark> {
        self.marks.get(name).copied()
    }

    /// The mark of a lesson, to be changed.
    pub fn mark_mut(&mut self, name: &str) -> &mut LessonMark {
        self.marks.entry(name.to_owned()).or_default()
    }

    /// What is to be stored where `stored` is by now, and was `known` when it was read or written last: another tab may have
    /// stored its own meanwhile. What was changed here counts, of what both changed the better; what was forgotten here
    /// is forgotten.
    #[must_use]
    pub fn merged(&self, known: &Progress, stored: &Progress) -> Progress {
        let mut marks = stored.marks.clone();
        marks.retain(|name, _| self.marks.contains_key(name) || !known.marks.contains_key(name));
        for (name, own) in &self.marks {
            if known.marks.get(name) != Some(own) {
                let other = marks.get(name).copied().unwrap_or_default();
                marks.insert(name.clone(), own.better(other));
            }
        }
        let (last, solving) = match (&self.last, &self.solving) == (&known.last, &known.solving) {
            true => (&stored.last, &stored.solving),
            false => (&self.last, &self.solving),
        };
        Progress { marks, last: last.clone(), solving: solving.clone() }
    }

    /// Whether a lesson was solved, or its solution seen.
    pub fn is_done(&self, name: &str) -> bool {
        self.mark(name).is_some_and(|mark| mark.solved || mark.shown)
    }

    /// Whether a lesson was solved.
    pub fn is_solved(&self, name: &str) -> bool {
        self.mark(name).is_some_and(|mark| mark.solved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_comes_back_as_it_was_stored() {
        let (last, solving) = (Some("b".into()), Some(("b".into(), 2)));
        let mut progress = Progress { last, solving, ..Progress::default() };
        *progress.mark_mut("a") = LessonMark { solved: true, hints: 2, commands: 3, ..LessonMark::default() };
        progress.mark_mut("c").shown = true;
        progress.mark_mut("b").hints = 1;
        assert_eq!(Progress::read(&progress.text()), progress);
        assert!(progress.is_solved("a") && !progress.is_solved("b") && progress.mark("d").is_none());
        assert!(progress.is_done("c") && !progress.is_solved("c"), "its solution was shown");
        assert_eq!(Progress::read("what\nis this now then ?\n"), Progress::default());
    }

    #[test]
    fn what_two_tabs_learn_is_kept_of_both() {
        let read = Progress::read;
        let known = read("last a\na begun 1 0\nz solved 0 2\n");
        let stored = read("last b\na solved 1 4\nb begun 0 0\nz solved 0 2\n");
        let here = read("last c\na solved 2 3\nc begun 0 0\nz solved 0 2\n");
        let both = "last c\na solved 2 3\nb begun 0 0\nc begun 0 0\nz solved 0 2\n";
        assert_eq!(here.merged(&known, &stored).text(), both);
        assert_eq!(known.merged(&known, &stored), stored, "nothing was learned here");
        assert_eq!(read("").merged(&known, &stored).text(), "b begun 0 0\n", "it was forgotten here");
    }
}
