//! Changes of a text by the places of its parts, in block style and in brackets.

use super::{value_to_yaml, yaml};
use crate::api::sort;
use crate::manifest::Span;
use crate::manifest::parser;
use crate::manifest::tree::{Data, Document, Entry, Tree};
use serde_json::Value;
use std::ops::Range;
use std::rc::Rc;

/// A text and the document in it that is changed.
pub(super) struct Layout<'t> {
    text: &'t str,
    document: &'t Document,
    /// Where each line of the document begins, in bytes of the whole text.
    lines: Vec<usize>,
    newline: &'static str,
}

impl<'t> Layout<'t> {
    pub fn new(text: &'t str, document: &'t Document) -> Self {
        let range = document.range.clone();
        let lines = parser::line_starts(&text[range.clone()]);
        let newline = if text[range.clone()].contains("\r\n") { "\r\n" } else { "\n" };
        Layout { text, document, lines: lines.map(|start| range.start + start).collect(), newline }
    }

    fn offset(&self, line: u32, column: u32) -> Option<usize> {
        let index = (line - 1).checked_sub(self.document.first_line)? as usize;
        let start = *self.lines.get(index)?;
        let before = if index == 0 { self.document.first_column } else { 0 };
        let characters = (column - 1).checked_sub(before)? as usize;
        let rest = self.text.get(start..self.document.range.end)?;
        let mut places = rest.char_indices().map(|(offset, _)| offset).chain([rest.len()]);
        places.nth(characters).map(|offset| start + offset)
    }

    fn start(&self, span: Span) -> Option<usize> {
        self.offset(span.line, span.column)
    }

    fn end(&self, span: Span) -> Option<usize> {
        self.offset(span.end_line, span.end_column)
    }

    /// Where a part ends. A block collection ends with its last part; its own place goes on to the next token.
    fn end_of(&self, tree: &Tree) -> Option<usize> {
        match &tree.data {
            Data::Map(entries) if !tree.is_flow => self.end_of_entry(entries.last()?),
            Data::List(items) if !tree.is_flow => self.end_of(items.last()?),
            _ => {
                let end = self.end(tree.span)?;
                // A block scalar ends where the next line begins.
                let is_line_start = end > self.document.range.start && self.text[..end].ends_with('\n');
                Some(if is_line_start { self.text[..end].trim_end_matches(['\n', '\r']).len() } else { end })
            }
        }
    }

    /// Where an entry ends; none where its value stands elsewhere.
    fn end_of_entry(&self, entry: &Entry) -> Option<usize> {
        let key_end = self.end(entry.span)?;
        let end = self.end_of(&entry.value)?;
        let is_here = !entry.is_implied && self.start(entry.value.span)? >= key_end && end >= key_end;
        is_here.then_some(end)
    }

    fn line_start(&self, offset: usize) -> usize {
        self.text[..offset].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Behind the line break of the line.
    fn line_end(&self, offset: usize) -> usize {
        self.text[offset..].find('\n').map_or(self.text.len(), |newline| offset + newline + 1)
    }

    fn replace(&self, range: Range<usize>, put: &str) -> Option<String> {
        let (before, after) = (self.text.get(..range.start)?, self.text.get(range.end..)?);
        Some(format!("{before}{put}{after}"))
    }

    /// Adds lines behind the line of a place.
    fn insert_lines(&self, behind: usize, lines: &str) -> Option<String> {
        let end = self.line_end(behind);
        let lines = lines.replace('\n', self.newline);
        if self.text[..end].ends_with('\n') {
            return self.replace(end..end, &lines);
        }
        self.replace(end..end, &format!("{}{}", self.newline, lines.trim_end()))
    }

    /// A value in brackets.
    fn flow(&self, value: &Value) -> String {
        if self.document.is_json {
            return value.to_string();
        }
        match value {
            Value::Object(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| {
                        format!("{}: {}", self.flow(&name.as_str().into()), self.flow(value))
                    })
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.flow(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::String(text) => {
                let written = yaml::text(text, None);
                if written.contains([',', '[', ']', '{', '}', '?', '#']) && !written.starts_with('"') {
                    return value.to_string();
                }
                written
            }
            other => other.to_string(),
        }
    }

    /// A field in block style, as lines that are indented.
    fn block_field(&self, name: &str, value: &Value, indent: usize) -> String {
        let field = Value::Object(sort::fields([(name.to_owned(), value.clone())]));
        indented(&value_to_yaml(&field), indent)
    }

    pub fn set_field(&self, map: &Tree, name: &str, value: &Value) -> Option<String> {
        let Data::Map(entries) = &map.data else { return None };
        let Some(entry) = map.get(name) else { return self.add_field(map, entries, name, value) };
        let end = self.end_of_entry(entry)?;
        let value_start = self.start(entry.value.span)?;
        let is_one_line = !self.text[value_start..end].contains('\n');
        if map.is_flow || (is_one_line && !matches!(value, Value::Object(_) | Value::Array(_))) {
            let put = self.flow(value);
            let space = if self.text[..value_start].ends_with(':') { " " } else { "" };
            return self.replace(value_start..end, &format!("{space}{put}"));
        }
        let indent = entry.span.column as usize - 1;
        let lines = self.block_field(name, value, indent).replace('\n', self.newline);
        self.replace(self.start(entry.span)?..end, lines.trim())
    }

    fn add_field(&self, map: &Tree, entries: &[Entry], name: &str, value: &Value) -> Option<String> {
        let Some(last) = entries.iter().rev().find(|entry| !entry.is_implied) else {
            let (start, end) = (self.start(map.span)?, self.end(map.span)?);
            let fields = Value::Object(sort::fields([(name.to_owned(), value.clone())]));
            return map.is_flow.then(|| self.replace(start..end, &self.flow(&fields)))?;
        };
        let end = self.end_of_entry(last)?;
        if map.is_flow {
            let put = format!(", {}: {}", self.flow(&name.into()), self.flow(value));
            return self.replace(end..end, &put);
        }
        let indent = last.span.column as usize - 1;
        self.insert_lines(end, &self.block_field(name, value, indent))
    }

    pub fn set_item(&self, list: &Tree, index: usize, value: &Value) -> Option<String> {
        let Data::List(items) = &list.data else { return None };
        let item = items.get(index)?;
        let (start, end) = (self.start(item.span)?, self.end_of(item)?);
        let put = if list.is_flow || item.is_flow {
            self.flow(value)
        } else {
            let lines = indented(&value_to_yaml(value), item.span.column as usize - 1);
            lines.trim().replace('\n', self.newline)
        };
        self.replace(start..end, &put)
    }

    pub fn push_item(&self, list: &Tree, value: &Value) -> Option<String> {
        let Data::List(items) = &list.data else { return None };
        let Some(last) = items.last() else {
            let put = format!("[{}]", self.flow(value));
            return self.replace(self.start(list.span)?..self.end(list.span)?, &put);
        };
        let end = self.end_of(last)?;
        if list.is_flow {
            return self.replace(end..end, &format!(", {}", self.flow(value)));
        }
        let dash = self.dash(last)?;
        let indent = self.text[self.line_start(dash)..dash].len();
        let item = if last.is_flow {
            format!("{}- {}\n", " ".repeat(indent), self.flow(value))
        } else {
            indented(&value_to_yaml(&Value::Array(vec![value.clone()])), indent)
        };
        self.insert_lines(end, &item)
    }

    /// The dash before an item, the first thing in its line; comments may stand between them.
    fn dash(&self, item: &Tree) -> Option<usize> {
        let mut before = self.text.get(..self.start(item.span)?)?.trim_end();
        loop {
            let line = self.line_start(before.len());
            let written = before[line..].trim_start();
            if written == "-" || written.starts_with("- #") {
                return Some(before.len() - written.len());
            }
            if !written.starts_with('#') {
                return None;
            }
            before = before[..line].trim_end();
        }
    }

    pub fn remove_field(&self, map: &Tree, name: &str) -> Option<String> {
        let Data::Map(entries) = &map.data else { return None };
        let index = entries.iter().position(|entry| entry.key == name)?;
        let ends: Option<Vec<usize>> = entries.iter().map(|entry| self.end_of_entry(entry)).collect();
        let starts: Option<Vec<usize>> = entries.iter().map(|entry| self.start(entry.span)).collect();
        let (starts, ends) = (starts?, ends?);
        if map.is_flow {
            return self.remove_between(&starts, &ends, index);
        }
        let line = self.line_start(starts[index]);
        if self.text[line..starts[index]].chars().all(|letter| letter == ' ') {
            return self.replace(line..self.line_end(ends[index]), "");
        }
        // It shares its line with a dash.
        self.replace(starts[index]..*starts.get(index + 1)?, "")
    }

    pub fn remove_item_of(&self, list: &Tree, index: usize) -> Option<String> {
        let Data::List(items) = &list.data else { return None };
        if list.is_flow {
            let starts: Option<Vec<usize>> = items.iter().map(|item| self.start(item.span)).collect();
            let ends: Option<Vec<usize>> = items.iter().map(|item| self.end_of(item)).collect();
            return self.remove_between(&starts?, &ends?, index);
        }
        let item = items.get(index)?;
        let dash = self.dash(item)?;
        self.replace(self.line_start(dash)..self.line_end(self.end_of(item)?), "")
    }

    /// Takes one of the parts between brackets away, with a comma.
    fn remove_between(&self, starts: &[usize], ends: &[usize], index: usize) -> Option<String> {
        let range = match (starts.get(index + 1), index.checked_sub(1)) {
            (Some(next), _) => *starts.get(index)?..*next,
            (None, Some(before)) => ends[before]..*ends.get(index)?,
            (None, None) => *starts.get(index)?..*ends.get(index)?,
        };
        self.replace(range, "")
    }

    /// Takes an item of a list of objects away.
    pub fn remove_item(&self, list: Rc<Tree>, index: usize) -> Option<String> {
        let Data::List(items) = &list.data else { return None };
        if items.len() == 1 && !list.is_flow {
            // An empty list is written in brackets, behind its key and not behind the comments between them.
            let dash = self.line_start(self.dash(items.first()?)?);
            let mut key_start = dash;
            let key = loop {
                let end = key_start;
                key_start = self.line_start(end.checked_sub(1)?);
                let line = self.text[key_start..end].trim();
                if !line.is_empty() && !line.starts_with('#') {
                    break &self.text[key_start..end];
                }
            };
            let key_end = key_start + key.split(" #").next().unwrap_or(key).trim_end().len();
            let comments = self.text[key_end..dash].trim_end();
            return self.replace(key_end..self.end_of(items.first()?)?, &format!(" []{comments}"));
        }
        self.remove_item_of(&list, index)
    }

    /// Takes the whole document away.
    pub fn remove_document(&self) -> String {
        let range = self.document.range.clone();
        let rest = &self.text[range.end..];
        let before = &self.text[..range.start];
        // What was the second document needs no line of dashes before it.
        let rest = if before.trim().is_empty() {
            rest.strip_prefix("---\r\n").or(rest.strip_prefix("---\n")).unwrap_or(rest)
        } else {
            rest
        };
        format!("{before}{rest}")
    }

    /// Writes an object anew.
    pub fn rewrite(&self, object: &Tree, value: &Value) -> Option<String> {
        let (start, end) = (self.start(object.span)?, self.end_of(object)?);
        let put = if object.is_flow {
            self.flow(value)
        } else {
            let lines = indented(&value_to_yaml(value), object.span.column as usize - 1);
            lines.trim().replace('\n', self.newline)
        };
        self.replace(start..end, &put)
    }
}

/// Lines, each indented by so many spaces more.
fn indented(lines: &str, indent: usize) -> String {
    let space = " ".repeat(indent);
    lines
        .split_inclusive('\n')
        .map(|line| if line.trim().is_empty() { line.to_owned() } else { format!("{space}{line}") })
        .collect()
}
