//! The programs that stand behind a command in a pipe.

use super::filters;
use crate::kubectl::files::Files;
use crate::kubectl::line::{Command, Join, Line};
use std::rc::Rc;

/// Programs that read what a command prints.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readers(Rc<[Command]>);

impl Readers {
    /// These programs, one reading what the other prints.
    pub fn of(commands: &[Command]) -> Self {
        Readers(commands.into())
    }

    /// The text of a command with them behind it.
    pub fn line_with(&self, command: &Command) -> Line {
        let behind = self.0.iter().map(|reader| (Join::Pipe, reader));
        Line::of(std::iter::once((Join::Always, command)).chain(behind))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they print of a text. While it goes on they print only what they print line by line.
    pub fn read(&self, text: &str, goes_on: bool) -> (String, i32) {
        if goes_on && !self.0.iter().all(filters::prints_line_by_line) {
            return (String::new(), 0);
        }
        let (mut text, mut code) = (text.to_owned(), 0);
        for command in &*self.0 {
            let run = filters::run(&fed(command, text), &Files::new(), &[]);
            (text, code) = (run.out + &run.err, run.code);
        }
        (text, code)
    }

    /// Whether one of them has read enough of a text, and ends what stands before it.
    pub fn has_enough(&self, text: &str) -> bool {
        let mut text = text.to_owned();
        self.0.iter().take_while(|command| filters::prints_line_by_line(command)).any(|command| {
            let command = fed(command, std::mem::take(&mut text));
            let has_enough = filters::has_enough(&command);
            text = filters::run(&command, &Files::new(), &[]).out;
            has_enough
        })
    }
}

/// A program with what it reads.
fn fed(command: &Command, text: String) -> Command {
    Command { stdin: Some(text), ..command.clone() }
}
