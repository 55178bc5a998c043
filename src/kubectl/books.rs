//! Texts that only `--help` and `explain` need: they are fetched when first asked for, and cost a first visit nothing.

use std::rc::Rc;

/// A text that may not be there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Book {
    /// What `--help` prints (`static/help/commands.txt`).
    Commands,
    /// What `explain` tells (`static/help/fields.txt`).
    Fields,
}

impl Book {
    /// Its address beside the page.
    pub fn address(self) -> &'static str {
        match self {
            Book::Commands => "help/commands.txt",
            Book::Fields => "help/fields.txt",
        }
    }
}

/// The texts that are there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Books {
    /// A section a command, begun by a form feed and the command's name: what kubectl prints.
    pub commands: Option<Rc<str>>,
    /// A line `=type, type of JSON, description` and below it a line a field: name, `!` if required and its type,
    /// values, description.
    pub fields: Option<Rc<str>>,
}

impl Books {
    /// Puts a text among those that are there.
    pub fn add(&mut self, book: Book, text: &str) {
        match book {
            Book::Commands => self.commands = Some(text.into()),
            Book::Fields => self.fields = Some(text.into()),
        }
    }
}
