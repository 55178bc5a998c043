//! Go's templates: actions, pipelines, variables, `range`, `if`, `with`, `define`, `template`, `block`, the functions of
//! Go and of kubectl, and errors with the places that Go tells. Upstream: Go's `text/template`,
//! `cli-runtime/pkg/printers/template.go`.

mod call;
mod printf;
mod read;
mod run;
#[cfg(test)]
mod tests;
mod val;

use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The template's name in upstream's errors.
const NAME: &str = "output";

/// A template that was read: its own nodes, and those of the templates that it defines.
#[derive(Debug)]
pub struct Template {
    text: String,
    nodes: Vec<Node>,
    defined: BTreeMap<String, Vec<Node>>,
}

/// Where an error is told: the place in the text, and what stands there.
#[derive(Clone, Debug)]
struct Mark {
    at: usize,
    text: Rc<str>,
}

#[derive(Debug)]
enum Node {
    Text(String),
    /// A pipeline whose value is printed.
    Print(Pipeline),
    If(Pipeline, Vec<Node>, Vec<Node>),
    With(Pipeline, Vec<Node>, Vec<Node>),
    Range(Pipeline, Vec<Node>, Vec<Node>),
    Template(Mark, String, Option<Pipeline>),
    Break,
    Continue,
}

/// Variables that are set, and commands of which each takes what the one before gave as its last argument.
#[derive(Debug)]
struct Pipeline {
    mark: Mark,
    variables: Vec<String>,
    declares: bool,
    commands: Vec<Command>,
}

#[derive(Debug)]
struct Command {
    mark: Mark,
    terms: Vec<Term>,
}

#[derive(Debug)]
struct Term {
    mark: Mark,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Dot,
    Nil,
    Literal(Value),
    /// Fields of what the dot stands for.
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Function(String),
    Group(Box<Pipeline>),
    /// Fields of a group, or of what a function gives.
    Chain(Box<Term>, Vec<String>),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// It has no such form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = read::Reader::of(text);
        let nodes = reader.all()?;
        Ok(Template { text: text.to_owned(), nodes, defined: reader.defined })
    }

    /// The text that the template makes of a value. What was printed before an error comes with it.
    pub fn execute(&self, data: &Value) -> (String, Result<(), String>) {
        run::execute(self, data)
    }
}
