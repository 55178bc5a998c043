//! A template run on a value. Upstream: Go's `text/template/exec.go`.

use super::call::{call, signature};
use super::val::Val;
use super::{Command, Form, Mark, NAME, Node, Pipeline, Template, Term};
use crate::kubectl::print::go;
use serde_json::Value;
use std::rc::Rc;

/// How deep templates may stand in each other. Go allows a hundred thousand; here each is a call of its own.
const DEEPEST: usize = 100;

/// Runs a template.
pub(super) fn execute(template: &Template, data: &Value) -> (String, Result<(), String>) {
    let mark = Mark { at: 0, text: Rc::from("") };
    let dot = Val { is_boxed: false, ..Val::read(Some(data)) };
    let variables = vec![("$".to_owned(), dot.clone())];
    let mut run = Run { template, name: NAME.to_owned(), out: String::new(), variables, at: mark, depth: 0 };
    let outcome = run.nodes(&template.nodes, &dot).map(drop);
    (run.out, outcome)
}

struct Run<'a> {
    template: &'a Template,
    /// The template that runs.
    name: String,
    out: String,
    variables: Vec<(String, Val)>,
    /// What an error would name.
    at: Mark,
    depth: usize,
}

/// Whether a loop goes on.
#[derive(PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
}

impl Run<'_> {
    fn fail<T>(&self, why: &str) -> Result<T, String> {
        let (place, name) = (self.template.place(self.at.at), go::quoted(&self.name));
        Err(format!("template: {place}: executing {name} at <{}>: {why}", self.at.text))
    }

    fn nodes(&mut self, nodes: &[Node], dot: &Val) -> Result<Flow, String> {
        for node in nodes {
            let flow = self.node(node, dot)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn node(&mut self, node: &Node, dot: &Val) -> Result<Flow, String> {
        let depth = self.variables.len();
        let flow = match node {
            Node::Text(text) => {
                self.out += text;
                return Ok(Flow::On);
            }
            Node::Print(pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                if pipeline.variables.is_empty() {
                    self.out += &value.printed();
                }
                // A variable that an action declares is known until the block ends.
                return Ok(Flow::On);
            }
            Node::If(pipeline, inside, otherwise) => {
                let is_true = self.pipeline(pipeline, dot)?.is_true();
                self.nodes(if is_true { inside } else { otherwise }, dot)?
            }
            Node::With(pipeline, inside, otherwise) => {
                let value = self.pipeline(pipeline, dot)?;
                if value.is_true() { self.nodes(inside, &value)? } else { self.nodes(otherwise, dot)? }
            }
            Node::Range(pipeline, inside, otherwise) => self.range(pipeline, inside, otherwise, dot)?,
            Node::Template(mark, name, pipeline) => {
                self.call_template(mark, name, pipeline.as_ref(), dot)?;
                Flow::On
            }
            Node::Break => Flow::Break,
            Node::Continue => Flow::Continue,
        };
        self.variables.truncate(depth);
        Ok(flow)
    }

    fn call_template(
        &mut self,
        mark: &Mark,
        name: &str,
        pipeline: Option<&Pipeline>,
        dot: &Val,
    ) -> Result<(), String> {
        self.at = mark.clone();
        let template = self.template;
        let Some(nodes) = template.defined.get(name) else {
            return self.fail(&format!("template {} not defined", go::quoted(name)));
        };
        if self.depth == DEEPEST {
            return self.fail("exceeded maximum template depth (100000)");
        }
        let dot = match pipeline {
            Some(pipeline) => self.pipeline(pipeline, dot)?,
            None => Val::nothing(),
        };
        let around = std::mem::replace(&mut self.variables, vec![("$".to_owned(), dot.clone())]);
        let caller = std::mem::replace(&mut self.name, name.to_owned());
        self.depth += 1;
        self.nodes(nodes, &dot)?;
        self.depth -= 1;
        self.name = caller;
        self.variables = around;
        Ok(())
    }

    fn range(
        &mut self,
        pipeline: &Pipeline,
        inside: &[Node],
        otherwise: &[Node],
        dot: &Val,
    ) -> Result<Flow, String> {
        let over = self.commands(pipeline, dot)?;
        let pairs: Vec<(Val, Val)> = match &over.value {
            Some(Value::Array(items)) => {
                let pairs = items.iter().enumerate();
                pairs.map(|(index, item)| (Val::own(index), Val::read(Some(item)))).collect()
            }
            Some(Value::Object(fields)) => {
                let pairs = fields.iter();
                pairs.map(|(key, value)| (Val::own(key.as_str()), Val::read(Some(value)))).collect()
            }
            Some(Value::Number(number)) if number.as_i64().is_some() => {
                if pipeline.variables.len() > 1 {
                    return self.fail(&format!("can't use {number} to iterate over more than one variable"));
                }
                let each = |at: i64| Val { is_int: over.is_int, ..Val::own(at) };
                (0..number.as_i64().unwrap_or(0)).map(|at| (each(at), each(at))).collect()
            }
            None | Some(Value::Null) => Vec::new(),
            Some(other) => return self.fail(&format!("range can't iterate over {}", go::plain(other))),
        };
        if pairs.is_empty() {
            return self.nodes(otherwise, dot);
        }
        let depth = self.variables.len();
        for (key, item) in pairs {
            match pipeline.variables.as_slice() {
                [value] => self.set(value, item.clone(), pipeline.declares)?,
                [first, value] => {
                    self.set(first, key, pipeline.declares)?;
                    self.set(value, item.clone(), pipeline.declares)?;
                }
                _ => {}
            }
            let flow = self.nodes(inside, &item)?;
            self.variables.truncate(depth);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn set(&mut self, name: &str, value: Val, is_new: bool) -> Result<(), String> {
        if is_new {
            self.variables.push((name.to_owned(), value));
            return Ok(());
        }
        match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            Some((_, known)) => {
                *known = value;
                Ok(())
            }
            None => self.fail(&format!("undefined variable: {name}")),
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Val) -> Result<Val, String> {
        let value = self.commands(pipeline, dot)?;
        for name in &pipeline.variables {
            self.set(name, value.clone(), pipeline.declares)?;
        }
        Ok(value)
    }

    fn commands(&mut self, pipeline: &Pipeline, dot: &Val) -> Result<Val, String> {
        self.at = pipeline.mark.clone();
        let mut value = None;
        for command in &pipeline.commands {
            // What comes out of a command is a value, whatever it stood in.
            let given = self.command(command, dot, value.take())?;
            value = Some(Val { is_boxed: false, ..given });
        }
        Ok(value.unwrap_or_else(Val::nothing))
    }

    fn command(&mut self, command: &Command, dot: &Val, last: Option<Val>) -> Result<Val, String> {
        let Some((first, rest)) = command.terms.split_first() else { return Ok(Val::nothing()) };
        let has_arguments = !rest.is_empty() || last.is_some();
        self.at = first.mark.clone();
        if let Form::Function(name) = &first.form {
            return self.function(name, command, rest, dot, last);
        }
        let fields = match &first.form {
            Form::Field(names) | Form::Chain(_, names) => names.last(),
            Form::Variable(_, names) => names.last(),
            _ => None,
        };
        if let (true, Some(name)) = (has_arguments, fields) {
            let found = self.term(first, dot)?;
            self.at = first.mark.clone();
            return match found.value {
                None => Ok(found),
                Some(_) => self.fail(&format!("{name} is not a method but has arguments")),
            };
        }
        if has_arguments {
            return self.fail(&format!("can't give argument to non-function {}", first.mark.text));
        }
        if matches!(first.form, Form::Nil) {
            return self.fail("nil is not a command");
        }
        self.term(first, dot)
    }

    fn function(
        &mut self,
        name: &str,
        command: &Command,
        terms: &[Term],
        dot: &Val,
        last: Option<Val>,
    ) -> Result<Val, String> {
        let (least, most, takes_text) = signature(name);
        let given = terms.len() + usize::from(last.is_some());
        if most == usize::MAX && given < least {
            return self.fail(&format!("wrong number of args for {name}: want at least {least} got {given}"));
        }
        if given < least || given > most {
            return self.fail(&format!("wrong number of args for {name}: want {least} got {given}"));
        }
        let mut arguments = Vec::new();
        for term in terms {
            let value = self.argument(term, dot)?;
            if takes_text && arguments.is_empty() {
                self.check_text(&value, matches!(term.form, Form::Literal(_)))?;
            }
            // These two look only as far as they must.
            if matches!(name, "and" | "or") && value.is_true() == (name == "or") {
                return Ok(value);
            }
            arguments.push(value);
        }
        if let Some(last) = last {
            if takes_text && arguments.is_empty() {
                self.check_text(&last, false)?;
            }
            arguments.push(last);
        }
        if matches!(name, "and" | "or") {
            return Ok(arguments.pop().unwrap_or_else(Val::nothing));
        }
        call(name, &arguments, terms.first()).or_else(|why| {
            self.at = command.mark.clone();
            self.fail(&format!("error calling {name}: {why}"))
        })
    }

    /// Where a text is wanted nothing else will do.
    fn check_text(&self, value: &Val, is_literal: bool) -> Result<(), String> {
        match &value.value {
            Some(Value::String(_)) => Ok(()),
            None | Some(Value::Null) => self.fail("invalid value; expected string"),
            Some(_) if is_literal => self.fail(&format!("expected string; found {}", self.at.text)),
            Some(_) => {
                self.fail(&format!("wrong type for value; expected string; got {}", value.type_name()))
            }
        }
    }

    fn argument(&mut self, term: &Term, dot: &Val) -> Result<Val, String> {
        self.at = term.mark.clone();
        if let Form::Function(name) = &term.form {
            let alone = Command { mark: term.mark.clone(), terms: Vec::new() };
            return self.function(name, &alone, &[], dot, None);
        }
        self.term(term, dot)
    }

    fn term(&mut self, term: &Term, dot: &Val) -> Result<Val, String> {
        match &term.form {
            Form::Dot => Ok(dot.clone()),
            Form::Nil => Ok(Val::nothing()),
            Form::Literal(value) => Ok(Val::own(value.clone())),
            Form::Field(names) => self.fields(dot.clone(), names),
            Form::Variable(name, names) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                match known.map(|(_, value)| value.clone()) {
                    Some(value) => self.fields(value, names),
                    None => self.fail(&format!("undefined variable: {name}")),
                }
            }
            Form::Function(_) => self.argument(term, dot),
            Form::Group(pipeline) => self.pipeline(pipeline, dot),
            Form::Chain(inner, names) => {
                let value = self.argument(inner, dot)?;
                self.at = term.mark.clone();
                self.fields(value, names)
            }
        }
    }

    /// Fields of fields; of what is not there each field is nothing.
    fn fields(&self, value: Val, names: &[String]) -> Result<Val, String> {
        let mut value = value;
        for name in names {
            value = match &value.value {
                None => Val::nothing(),
                Some(Value::Object(fields)) => Val::read(fields.get(name)),
                Some(Value::Null) => {
                    return self.fail(&format!("nil pointer evaluating interface {{}}.{name}"));
                }
                Some(_) => {
                    let kind = if value.is_boxed { "interface {}" } else { value.type_name() };
                    return self.fail(&format!("can't evaluate field {name} in type {kind}"));
                }
            };
        }
        Ok(value)
    }
}
