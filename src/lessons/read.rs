//! The text of a lesson, read.

use super::moves::Move;
use super::{Goal, Guessed, Lesson, Mistake, Rule};
use crate::api::{Kind, ObjectKey};
use crate::explain::predict::Question;
use std::collections::BTreeMap;

/// The files of a text, each with the number of its first line.
fn files(text: &str) -> Vec<(&str, usize, String)> {
    let mut files: Vec<(&str, usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let name = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        match (name, files.last_mut()) {
            (Some(name), _) => files.push((name, index + 2, String::new())),
            (None, Some((_, _, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    files
}

/// Whether a text is a lesson, and not a manifest.
pub fn is_lesson(text: &str) -> bool {
    text.trim_start().starts_with("-- ")
}

/// Reads a lesson, with all mistakes in it. What can be read is there all the same.
pub fn read(name: &str, text: &str) -> (Lesson, Vec<Mistake>) {
    let mut lesson = Lesson { name: name.into(), source: text.into(), ..Lesson::default() };
    let mut mistakes = Vec::new();
    let mut header = (1, String::new());
    let mut files_of = BTreeMap::new();
    for (name, line, text) in files(text) {
        match name {
            "lesson" => header = (line, text),
            "text.md" => {
                let (task, taught) = text.split_once("\n---\n").unwrap_or((&text, ""));
                lesson.text = [task.into(), taught.into()];
            }
            _ => drop(files_of.insert(name.to_owned(), text)),
        }
    }
    lesson.files = files_of;
    for (line, key, value) in entries(&header.1, header.0) {
        if let Err(message) = lesson.take(key, &value) {
            mistakes.push(Mistake { line, message });
        }
    }
    let mut whole = |is_there: bool, message: &str| {
        if !is_there {
            mistakes.push(Mistake { line: header.0, message: message.into() });
        }
    };
    whole(!lesson.title.is_empty(), "a lesson has a line `title: TITLE`");
    whole(lesson.goals.iter().any(|goal| !goal.keeps), "a lesson has a line `goal: LABEL :: RULE`");
    whole(lesson.files.contains_key("nodes.yaml"), "a lesson has a file `-- nodes.yaml --`");
    (lesson, mistakes)
}

/// The lines `key: value`, each with its number.
fn entries(text: &str, first: usize) -> Vec<(usize, &str, String)> {
    let mut entries: Vec<(usize, &str, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("  "), entries.last_mut()) {
            (Some(more), Some((_, _, value))) => {
                value.push('\n');
                value.push_str(more);
            }
            _ if line.trim().is_empty() => {}
            _ => {
                let (key, value) = line.split_once(':').unwrap_or((line, ""));
                entries.push((first + index, key.trim(), value.trim().to_owned()));
            }
        }
    }
    entries
}

impl Lesson {
    /// Takes a line of the header.
    fn take(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "title" => self.title = value.into(),
            "shows" => self.shows = value.into(),
            "hint" => self.hints.push(value.into()),
            "chapter" => self.chapter = number(key, value)?,
            "minutes" => self.minutes = number(key, value)?,
            "level" => self.level = number(key, value)?,
            "par" => self.par = Some(number(key, value)?),
            "gotchas" => {
                let numbers = value.split_whitespace().map(|one| number(key, one));
                self.gotchas = numbers.collect::<Result<_, _>>()?;
            }
            "asks" => self.asks = Some(asked(value)?),
            "goal" | "keep" => {
                let (label, rule) = value
                    .split_once(" :: ")
                    .ok_or_else(|| format!("`{key}` has the form `{key}: LABEL :: RULE`"))?;
                let rule = Rule::read(rule)?;
                self.goals.push(Goal { label: label.trim().into(), rule, keeps: key == "keep" });
            }
            "start" | "solution" | "shortcut" => {
                let a_move = Move::of(value);
                if let Some(file) = a_move.file().filter(|file| !self.files.contains_key(*file)) {
                    return Err(format!("there is no file `-- {file} --`"));
                }
                match key {
                    "start" => &mut self.start,
                    "solution" => &mut self.solution,
                    _ => &mut self.shortcuts,
                }
                .push(a_move);
            }
            _ => return Err(format!("`{key}` is no line of a lesson")),
        }
        Ok(())
    }
}

/// `QUESTION DAEMONSET :: MOVE`
fn asked(value: &str) -> Result<Guessed, String> {
    let form = || format!("`{value}` has not the form `placed|evicted|updated DAEMONSET :: COMMAND`");
    let (what, then) = value.split_once(" :: ").ok_or_else(form)?;
    let (question, set) = what.split_once(' ').ok_or_else(form)?;
    let question = match question {
        "placed" => Question::Placed,
        "evicted" => Question::Evicted,
        "updated" => Question::Updated,
        _ => return Err(form()),
    };
    Ok(Guessed { question, set: ObjectKey::new(Kind::DaemonSet, "default", set), then: Move::of(then) })
}

fn number<N: std::str::FromStr>(key: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("`{key}` is a number, not `{value}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "-- lesson --\ntitle: T\nminutes: 4\ngoal: None left :: no pods\nhint: a\n  b\nstart: run 3\n-- text.md --\nDo.\n---\nDone.\n-- nodes.yaml --\n";

    #[test]
    fn a_lesson_is_read_file_by_file() {
        let (lesson, mistakes) = read("t", TEXT);
        assert_eq!(mistakes, []);
        assert_eq!((lesson.title.as_str(), lesson.minutes, lesson.hints), ("T", 4, vec!["a\nb".to_owned()]));
        assert_eq!(lesson.text, ["Do.", "Done.\n"]);
        assert_eq!(lesson.start, [Move::Run(3)]);
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (line, is_at, is_told) in [
            ("minutes: x", 2, "`minutes` is a number, not `x`"),
            ("colour: red", 2, "`colour` is no line of a lesson"),
            (
                "asks: who :: x",
                2,
                "`who :: x` has not the form `placed|evicted|updated DAEMONSET :: COMMAND`",
            ),
            ("goal: no rule", 2, "`goal` has the form `goal: LABEL :: RULE`"),
            ("start: apply b.yaml", 2, "there is no file `-- b.yaml --`"),
        ] {
            let text = TEXT.replace("title: T", &format!("{line}\ntitle: T"));
            let (_, mistakes) = read("t", &text);
            assert_eq!(mistakes, [Mistake { line: is_at, message: is_told.into() }], "{line}");
        }
        let (_, mistakes) = read("t", "kind: Pod");
        assert_eq!(mistakes.len(), 3);
    }
}
