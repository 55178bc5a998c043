//! JSONPath as kubectl knows it. Upstream: `client-go/util/jsonpath/{parser,jsonpath}.go`.
//!
//! A template is text with actions in braces. An action is a chain: each link takes the values that the link before
//! found. `{range …}` to `{end}` is done once for each value.

use super::go;
use serde_json::Value;
use std::borrow::Cow;

/// A template that was read.
#[derive(Debug)]
pub struct JsonPath {
    nodes: Vec<Node>,
    /// Whether what is not there is no error.
    pub allows_missing: bool,
}

/// What one action finds.
pub type Matches<'a> = Vec<Cow<'a, Value>>;

#[derive(Clone, Debug)]
enum Node {
    /// The links of an action.
    List(Vec<Node>),
    Text(String),
    Field(String),
    Array([Bound; 3]),
    /// Left, operator (none: it is there), right.
    Filter(Vec<Node>, Option<String>, Vec<Node>),
    Number(Value),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    Identifier(String),
}

#[derive(Clone, Copy, Debug, Default)]
struct Bound {
    value: i64,
    is_known: bool,
    is_derived: bool,
}

impl JsonPath {
    /// Reads a template.
    ///
    /// # Errors
    /// Upstream's words for what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { letters: text.chars().collect(), at: 0, start: 0, root: Vec::new() };
        parser.text()?;
        Ok(JsonPath { nodes: parser.root, allows_missing: true })
    }

    /// What each action finds.
    ///
    /// # Errors
    /// The template asks for what the value cannot have.
    pub fn find<'a>(&self, data: &'a Value) -> Result<Vec<Matches<'a>>, String> {
        Run { allows_missing: self.allows_missing, ..Default::default() }.results(&self.nodes, 0, data)
    }

    /// The text that the template makes of a value.
    ///
    /// # Errors
    /// As for [`JsonPath::find`].
    pub fn execute(&self, data: &Value) -> Result<String, String> {
        let mut out = String::new();
        for found in self.find(data)? {
            let texts: Vec<String> = found.iter().map(|value| printed(value)).collect();
            out += &texts.join(" ");
        }
        Ok(out)
    }

    /// What each action finds, as a JSON list a line (`-o jsonpath-as-json`).
    ///
    /// # Errors
    /// As for [`JsonPath::find`].
    pub fn execute_as_json(&self, data: &Value) -> Result<String, String> {
        let lists = self.find(data)?.into_iter().map(|found| {
            let values: Vec<Value> = found.into_iter().map(Cow::into_owned).collect();
            super::json::json(&Value::Array(values))
        });
        Ok(lists.collect())
    }
}

/// A value as `{…}` prints it.
fn printed(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => go::json(value),
        Value::Null => "null".into(),
        value => go::plain(value),
    }
}

// ---- reading ----

struct Parser {
    letters: Vec<char>,
    at: usize,
    start: usize,
    root: Vec<Node>,
}

fn is_end_of_line(letter: char) -> bool {
    letter == '\r' || letter == '\n'
}

fn is_terminator(letter: Option<char>) -> bool {
    letter.is_none_or(|letter| " \t\r\n.,[]$@{}".contains(letter))
}

/// The links of an action that stands for itself.
fn action(text: &str) -> Result<Vec<Node>, String> {
    let parsed = JsonPath::parse(&format!("{{{text}}}"))?;
    match parsed.nodes.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

impl Parser {
    fn next(&mut self) -> Option<char> {
        let letter = self.letters.get(self.at).copied();
        self.at += usize::from(letter.is_some());
        letter
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn is_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(offset, letter)| self.letters.get(self.at + offset) == Some(&letter))
    }

    fn consume(&mut self) -> String {
        let text = self.letters[self.start.min(self.at)..self.at].iter().collect();
        self.start = self.at;
        text
    }

    /// Text up to the next action, and all that follows.
    fn text(&mut self) -> Result<(), String> {
        loop {
            while self.peek().is_some_and(|letter| letter != '{') {
                self.at += 1;
            }
            if self.at > self.start {
                let text = self.consume();
                self.root.push(Node::Text(text));
            }
            if self.next().is_none() {
                return Ok(());
            }
            self.consume();
            let mut nodes = Vec::new();
            self.inside(&mut nodes)?;
            self.root.push(Node::List(nodes));
        }
    }

    /// The links of an action, and its end.
    fn inside(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        loop {
            if self.is_at("}") {
                self.at += 1;
                self.consume();
                return Ok(());
            }
            if self.is_at("[?(") {
                self.filter(nodes)?;
                continue;
            }
            if self.is_at("..") {
                if matches!(nodes.last(), Some(Node::Recursive)) {
                    return Err("invalid multiple recursive descent".into());
                }
                self.at += 2;
                self.consume();
                nodes.push(Node::Recursive);
                if self.peek().is_some_and(|letter| letter == '_' || letter.is_alphanumeric()) {
                    self.field(nodes);
                }
                continue;
            }
            match self.next() {
                None => return Err("unclosed action".into()),
                Some(letter) if is_end_of_line(letter) => return Err("unclosed action".into()),
                Some(' ' | '@' | '$') => drop(self.consume()),
                Some('[') => self.array(nodes)?,
                Some(quote @ ('"' | '\'')) => self.quote(nodes, quote)?,
                Some('.') => self.field(nodes),
                Some(letter) if letter == '+' || letter == '-' || letter.is_numeric() => {
                    self.at -= 1;
                    self.number(nodes)?;
                }
                Some(letter) if letter == '_' || letter.is_alphanumeric() => {
                    self.at -= 1;
                    self.identifier(nodes);
                }
                Some(letter) => {
                    let code = u32::from(letter);
                    return Err(format!("unrecognized character in action: U+{code:04X} '{letter}'"));
                }
            }
        }
    }

    fn identifier(&mut self, nodes: &mut Vec<Node>) {
        while !is_terminator(self.peek()) {
            self.at += 1;
        }
        let name = self.consume();
        nodes.push(match name.as_str() {
            "true" => Node::Number(true.into()),
            "false" => Node::Number(false.into()),
            _ => Node::Identifier(name),
        });
    }

    fn number(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        if matches!(self.peek(), Some('+' | '-')) {
            self.at += 1;
        }
        while self.peek().is_some_and(|letter| letter == '.' || letter.is_numeric()) {
            self.at += 1;
        }
        let text = self.consume();
        let number = match text.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => match text.parse::<f64>() {
                Ok(number) => Value::from(number),
                Err(_) => return Err(format!("cannot parse number {text}")),
            },
        };
        nodes.push(Node::Number(number));
        Ok(())
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated array".into()),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let whole = self.consume();
        let text = whole.strip_prefix('[').unwrap_or(&whole);
        let text = text.strip_suffix(']').unwrap_or(text);
        let text = if text == "*" { ":" } else { text };
        let parts: Vec<&str> = text.split(',').collect();
        if parts.len() > 1 {
            let all: Result<Vec<Vec<Node>>, String> =
                parts.iter().map(|part| action(&format!("[{}]", part.trim_matches(' ')))).collect();
            nodes.push(Node::Union(all?));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        if let Some(key) = key.filter(|key| !key.contains('\'')) {
            nodes.extend(action(&format!(".{key}"))?);
            return Ok(());
        }
        nodes.push(Node::Array(bounds(text)?));
        Ok(())
    }

    fn filter(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        self.at += 3;
        self.consume();
        let (mut begins, mut ends, mut pair) = (false, false, ' ');
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".into()),
                Some(quote @ ('"' | '\'')) => {
                    if !begins {
                        begins = true;
                        pair = quote;
                    } else if self.letters.get(self.at.wrapping_sub(2)) != Some(&'\\') && quote == pair {
                        ends = true;
                    }
                }
                Some(')') if begins == ends => break,
                Some(_) => {}
            }
        }
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".into());
        }
        let whole = self.consume();
        let text = whole.strip_suffix(")]").unwrap_or(&whole);
        let is_sign = |letter: char| "!<>=".contains(letter);
        let node = match text.find(is_sign).filter(|at| *at > 0) {
            Some(at) => {
                let signs = text[at..].find(|letter| !is_sign(letter)).unwrap_or(text.len() - at);
                // The last sign belongs to the right side where nothing else is there.
                let (signs, right) = match text[at..].split_at(signs) {
                    (signs, "") if signs.len() > 1 => signs.split_at(signs.len() - 1),
                    parts => parts,
                };
                if right.is_empty() {
                    Node::Filter(action(text)?, None, Vec::new())
                } else {
                    Node::Filter(action(&text[..at])?, Some(signs.into()), action(right)?)
                }
            }
            None => Node::Filter(action(text)?, None, Vec::new()),
        };
        nodes.push(node);
        Ok(())
    }

    fn quote(&mut self, nodes: &mut Vec<Node>, end: char) -> Result<(), String> {
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".into()),
                Some(letter) if letter == end && self.letters.get(self.at.wrapping_sub(2)) != Some(&'\\') => {
                    break;
                }
                Some(_) => {}
            }
        }
        let text = self.consume();
        let unquoted =
            go::unquote(&text).ok_or_else(|| format!("unquote string {text} error invalid syntax"))?;
        nodes.push(Node::Text(unquoted));
        Ok(())
    }

    fn field(&mut self, nodes: &mut Vec<Node>) {
        self.consume();
        while !is_terminator(self.peek()) {
            if self.next() == Some('\\') {
                self.next();
            }
        }
        let name = self.consume();
        nodes.push(if name == "*" { Node::Wildcard } else { Node::Field(name.replace('\\', "")) });
    }
}

/// `1`, `1:3`, `:`, `-1`, `::2`.
fn bounds(text: &str) -> Result<[Bound; 3], String> {
    let invalid = || format!("invalid array index {text}");
    let parts: Vec<&str> = text.split(':').collect();
    let is_number = |part: &&str| {
        let digits = part.strip_prefix('-').unwrap_or(part);
        digits.chars().all(|letter| letter.is_ascii_digit())
    };
    if parts.len() > 3 || !parts.iter().all(is_number) {
        return Err(invalid());
    }
    let mut bounds = [Bound::default(); 3];
    for (index, bound) in bounds.iter_mut().enumerate() {
        if let Some(part) = parts.get(index).filter(|part| !part.is_empty()) {
            let value = part.parse().map_err(|_| format!("array index {part} is not a number"))?;
            *bound = Bound { value, is_known: true, is_derived: false };
        }
    }
    if parts.len() == 1 {
        bounds[1] = Bound { value: bounds[0].value + 1, is_known: true, is_derived: true };
    }
    Ok(bounds)
}

// ---- finding ----

/// How deep `{range}` is, as upstream counts it.
#[derive(Default)]
struct Run {
    allows_missing: bool,
    begins: u32,
    inside: u32,
    ends: u32,
    last_end: usize,
}

impl Run {
    /// What the nodes from a place on find.
    fn results<'a>(
        &mut self,
        nodes: &[Node],
        from: usize,
        data: &'a Value,
    ) -> Result<Vec<Matches<'a>>, String> {
        let mut all = Vec::new();
        let mut at = from;
        while let Some(node) = nodes.get(at) {
            let found = self.walk(vec![Cow::Borrowed(data)], node)?;
            if self.ends > 0 && self.ends <= self.inside {
                self.ends -= 1;
                self.last_end = at;
                break;
            }
            if self.begins == 0 {
                all.push(found);
                at += 1;
                continue;
            }
            self.begins -= 1;
            self.inside += 1;
            if found.is_empty() {
                self.results(nodes, at + 1, &Value::Null)?;
            }
            for value in found {
                match value {
                    Cow::Borrowed(value) => all.extend(self.results(nodes, at + 1, value)?),
                    Cow::Owned(value) => {
                        let found = self.results(nodes, at + 1, &value)?;
                        let owned = |found: Matches| -> Matches<'a> {
                            found.into_iter().map(|value| Cow::Owned(value.into_owned())).collect()
                        };
                        all.extend(found.into_iter().map(owned));
                    }
                }
            }
            self.inside -= 1;
            at = if self.last_end > at { self.last_end + 1 } else { at + 1 };
        }
        Ok(all)
    }

    fn walk<'a>(&mut self, input: Matches<'a>, node: &Node) -> Result<Matches<'a>, String> {
        match node {
            Node::List(nodes) => self.list(input, nodes),
            Node::Text(text) => Ok(vec![Cow::Owned(text.as_str().into())]),
            Node::Number(number) => Ok(input.iter().map(|_| Cow::Owned(number.clone())).collect()),
            Node::Field(name) => self.field(input, name),
            Node::Array(bounds) => slices(input, bounds),
            Node::Filter(left, operator, right) => self.filter(input, left, operator.as_deref(), right),
            Node::Wildcard => Ok(input.into_iter().flat_map(children).collect()),
            Node::Recursive => Ok(descendants(input)),
            Node::Union(lists) => {
                let mut all = Vec::new();
                for list in lists {
                    all.extend(self.list(input.clone(), list)?);
                }
                Ok(all)
            }
            Node::Identifier(name) => match name.as_str() {
                "range" => {
                    self.begins += 1;
                    Ok(input)
                }
                "end" if self.inside > 0 => {
                    self.ends += 1;
                    Ok(Vec::new())
                }
                "end" => Err("not in range, nothing to end".into()),
                _ => Err(format!("unrecognized identifier {name}")),
            },
        }
    }

    fn list<'a>(&mut self, input: Matches<'a>, nodes: &[Node]) -> Result<Matches<'a>, String> {
        nodes.iter().try_fold(input, |values, node| self.walk(values, node))
    }

    fn field<'a>(&self, input: Matches<'a>, name: &str) -> Result<Matches<'a>, String> {
        if input.is_empty() {
            return Ok(input);
        }
        let found: Matches<'a> = input
            .into_iter()
            .filter_map(|value| match value {
                Cow::Borrowed(value) => value.get(name).map(Cow::Borrowed),
                Cow::Owned(value) => value.get(name).cloned().map(Cow::Owned),
            })
            .collect();
        if found.is_empty() && !self.allows_missing {
            return Err(format!("{name} is not found"));
        }
        Ok(found)
    }

    fn filter<'a>(
        &mut self,
        input: Matches<'a>,
        left: &[Node],
        operator: Option<&str>,
        right: &[Node],
    ) -> Result<Matches<'a>, String> {
        let mut kept = Vec::new();
        for value in input {
            let Value::Array(items) = &*value else {
                let told = go::plain(&value);
                return Err(format!("{told} is not array or slice and cannot be filtered"));
            };
            for (index, item) in items.iter().enumerate() {
                let lefts = self.list(vec![Cow::Borrowed(item)], left);
                let passes = match operator {
                    None => lefts.is_ok_and(|lefts| !lefts.is_empty()),
                    Some(operator) => {
                        let lefts = lefts?;
                        if lefts.is_empty() {
                            continue;
                        }
                        let rights = match lefts.len() {
                            1 => self.list(vec![Cow::Borrowed(item)], right)?,
                            _ => lefts.clone(),
                        };
                        match (lefts.as_slice(), rights.as_slice()) {
                            (_, []) => continue,
                            ([left], [right]) => compare(left, operator, right)?,
                            _ => return Err("can only compare one element at a time".into()),
                        }
                    }
                };
                if passes {
                    kept.push(nth(&value, index));
                }
            }
        }
        Ok(kept)
    }
}

/// One item of a list.
fn nth<'a>(list: &Cow<'a, Value>, index: usize) -> Cow<'a, Value> {
    match list {
        Cow::Borrowed(list) => list.get(index).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
        Cow::Owned(list) => Cow::Owned(list.get(index).cloned().unwrap_or_default()),
    }
}

/// Compares as the functions of Go's templates do.
fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, String> {
    let ordering = go::compare(left, right);
    let order = |is_wanted: fn(std::cmp::Ordering) -> bool| match (left, right) {
        (Value::Bool(_), Value::Bool(_)) => Err("invalid type for comparison".to_owned()),
        _ => ordering.clone().map(is_wanted),
    };
    match operator {
        "==" => ordering.map(std::cmp::Ordering::is_eq),
        "!=" => ordering.map(std::cmp::Ordering::is_ne),
        "<" => order(std::cmp::Ordering::is_lt),
        ">" => order(std::cmp::Ordering::is_gt),
        "<=" => order(std::cmp::Ordering::is_le),
        ">=" => order(std::cmp::Ordering::is_ge),
        _ => Err(format!("unrecognized filter operator {operator}")),
    }
}

fn slices<'a>(input: Matches<'a>, bounds: &[Bound; 3]) -> Result<Matches<'a>, String> {
    let mut found = Vec::new();
    for value in input {
        if value.is_null() {
            continue;
        }
        let Value::Array(items) = &*value else {
            return Err(format!("{} is not array or slice", go::type_name(&value)));
        };
        let length = items.len() as i64;
        let [first, last, step] = *bounds;
        let mut start = if first.is_known { first.value } else { 0 };
        if start < 0 {
            start += length;
        }
        let mut end = if last.is_known { last.value } else { length };
        if end < 0 || (end == 0 && last.is_derived) {
            end += length;
        }
        if start == end {
            return Ok(found);
        }
        if start >= length || start < 0 {
            return Err(format!("array index out of bounds: index {start}, length {length}"));
        }
        if end > length || end < 0 {
            return Err(format!("array index out of bounds: index {}, length {length}", end - 1));
        }
        if start > end {
            return Err(format!("starting index {start} is greater than ending index {end}"));
        }
        let step = match step {
            Bound { is_known: true, value: ..=0, .. } => return Err("step must be > 0".into()),
            Bound { is_known: true, value, .. } => value,
            _ => 1,
        };
        found.extend((start..end).step_by(step as usize).map(|index| nth(&value, index as usize)));
    }
    Ok(found)
}

/// What is directly in a value.
fn children(value: Cow<'_, Value>) -> Matches<'_> {
    match value {
        Cow::Borrowed(Value::Object(fields)) => fields.values().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Object(fields)) => fields.into_iter().map(|(_, value)| Cow::Owned(value)).collect(),
        Cow::Owned(Value::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        _ => Vec::new(),
    }
}

/// The values that hold others, and all of these among what they hold.
fn descendants(input: Matches<'_>) -> Matches<'_> {
    let mut all = Vec::new();
    for value in input {
        let inside = children(value.clone());
        if !inside.is_empty() {
            all.push(value);
            all.extend(descendants(inside));
        }
    }
    all
}

/// `a.b`, `.a.b`, `{a.b}` or `{.a.b}` as `{.a.b}` (`RelaxedJSONPathExpression`).
///
/// # Errors
/// It is nothing of these.
pub fn relaxed(path: &str) -> Result<String, String> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let inner = match path.strip_prefix('{') {
        Some(path) => path.strip_suffix('}'),
        None => Some(path),
    };
    let is_path = |text: &&str| {
        let inner = text.strip_prefix('.').unwrap_or(text);
        !inner.is_empty() && !inner.contains(['{', '}'])
    };
    match inner.filter(is_path) {
        Some(text) => Ok(format!("{{.{}}}", text.strip_prefix('.').unwrap_or(text))),
        None => Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_print_what_they_find() {
        let data = json!({
            "kind": "List",
            "items": [
                { "name": "a", "count": 2, "tags": ["x", "y"], "on": true },
                { "name": "b", "count": 10, "labels": { "k/l.m": "v" } },
            ],
            "none": null,
        });
        for (template, expected) in [
            ("{.kind}", "List"),
            ("kind is {.kind}!", "kind is List!"),
            ("{.items[*].name}", "a b"),
            ("{.items[0].name}{\"\\t\"}{.items[-1].name}", "a\tb"),
            ("{.items[0:2].count}", "2 10"),
            ("{.items[?(@.name==\"b\")].count}", "10"),
            ("{.items[?(@.count>5)].name}", "b"),
            ("{.items[?(@.on)].name}", "a"),
            ("{range .items[*]}{.name}={.count}{\"\\n\"}{end}", "a=2\nb=10\n"),
            ("{range .nothing[*]}{.name}{end}after", "after"),
            ("{..name}", "a b"),
            ("{.items[*]['name', 'count']}", "a b 2 10"),
            ("{.items[0].tags}", "[\"x\",\"y\"]"),
            ("{.items[1].labels.k/l\\.m}", "v"),
            ("{.items[1].labels}", "{\"k/l.m\":\"v\"}"),
            ("{.missing.field}", ""),
            ("{.none}", "null"),
            ("{$.kind}", "List"),
            ("{range .items[*]}{range .tags[*]}{@},{end}{end}", "x,y,"),
        ] {
            let path = JsonPath::parse(template).expect(template);
            assert_eq!(path.execute(&data).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_as_upstream_tells_it() {
        for (template, error) in [
            ("{.spec", "unclosed action"),
            ("{.a[}", "unterminated array"),
            ("{.a[x]}", "invalid array index x"),
            ("{.a[?(@.b]}", "unterminated filter"),
            ("{'a}", "unterminated quoted string"),
            ("{.a....b}", "invalid multiple recursive descent"),
            ("{%}", "unrecognized character in action: U+0025 '%'"),
        ] {
            assert_eq!(JsonPath::parse(template).expect_err(template), error);
        }
        let data = json!({ "items": [] });
        for (template, error) in [
            ("{.items[0].name}", "array index out of bounds: index 0, length 0"),
            ("{end}", "not in range, nothing to end"),
            ("{nope}", "unrecognized identifier nope"),
        ] {
            let path = JsonPath::parse(template).expect(template);
            assert_eq!(path.execute(&data).expect_err(template), error);
        }
    }
}
