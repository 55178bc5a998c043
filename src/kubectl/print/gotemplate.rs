//! Go's templates as far as people write them for kubectl: fields, variables, pipelines, `range`, `if`, `with` and
//! the functions of Go and of kubectl. Upstream: Go's `text/template`, `cli-runtime/pkg/printers/template.go`.

use super::go;
use crate::manifest::base64;
use serde_json::Value;

/// A template that was read.
#[derive(Debug)]
pub struct Template {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    Text(String),
    /// A pipeline whose value is printed.
    Print(Pipeline),
    If(Vec<(Pipeline, Vec<Node>)>, Vec<Node>),
    With(Pipeline, Vec<Node>, Vec<Node>),
    Range(Pipeline, Vec<Node>, Vec<Node>),
    Break,
    Continue,
}

/// Variables that are set, and commands of which each takes what the one before gave as its last argument.
#[derive(Clone, Debug, Default)]
struct Pipeline {
    variables: Vec<String>,
    declares: bool,
    commands: Vec<Vec<Term>>,
}

#[derive(Clone, Debug)]
enum Term {
    Literal(Value),
    /// Fields of what the dot stands for.
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Function(String),
    Group(Box<Pipeline>, Vec<String>),
}

/// The template's name in upstream's errors.
const NAME: &str = "output";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// It has no such form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { pieces: pieces(text)?, at: 0 };
        let (nodes, end) = reader.block()?;
        match end {
            None => Ok(Template { nodes }),
            Some((line, word)) => Err(format!("template: {NAME}:{line}: unexpected {{{{{word}}}}}")),
        }
    }

    /// The text that the template makes of a value. What was printed before an error comes with it.
    pub fn execute(&self, data: &Value) -> (String, Result<(), String>) {
        let mut run = Run { out: String::new(), variables: vec![("$".into(), data.clone())] };
        let outcome = run.nodes(&self.nodes, data).map(drop);
        (run.out, outcome.map_err(|error| format!("template: {NAME}: {error}")))
    }
}

// ---- reading ----

enum Piece {
    Text(String),
    Action(usize, Vec<Token>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    /// `.a.b`
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Literal(Value),
    Sign(&'static str),
}

/// The text at its actions.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut trims = false;
    let line_of = |rest: &str| text[..text.len() - rest.len()].matches('\n').count() + 1;
    loop {
        let Some(start) = rest.find("{{") else {
            let last = if trims { rest.trim_start() } else { rest };
            pieces.push(Piece::Text(last.to_owned()));
            return Ok(pieces);
        };
        let before = &rest[..start];
        let before = if trims { before.trim_start() } else { before };
        let inner = &rest[start + 2..];
        let trims_before = inner.starts_with("- ") || inner.starts_with("-\n");
        let before = if trims_before { before.trim_end() } else { before };
        pieces.push(Piece::Text(before.to_owned()));
        let line = line_of(&rest[start..]);
        let inner = if trims_before { &inner[1..] } else { inner };
        if let Some(comment) = inner.trim_start().strip_prefix("/*") {
            let (_, after) = comment
                .split_once("*/")
                .ok_or_else(|| format!("template: {NAME}:{line}: unclosed comment"))?;
            let (tail, after) = after
                .split_once("}}")
                .ok_or_else(|| format!("template: {NAME}:{line}: comment ends before closing delimiter"))?;
            trims = tail.trim() == "-";
            rest = after;
            continue;
        }
        let (tokens, after, trims_after) =
            tokens(inner).map_err(|error| format!("template: {NAME}:{line}: {error}"))?;
        pieces.push(Piece::Action(line, tokens));
        trims = trims_after;
        rest = after;
    }
}

/// The tokens of an action, what follows it, and whether the blanks there go.
fn tokens(text: &str) -> Result<(Vec<Token>, &str, bool), String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        if let Some(after) = rest.strip_prefix("}}") {
            return Ok((tokens, after, false));
        }
        if let Some(after) = rest.strip_prefix("-}}") {
            return Ok((tokens, after, true));
        }
        let Some(first) = rest.chars().next() else { return Err("unclosed action".into()) };
        if let Some(sign) = [":=", "=", "|", "(", ")", ","].into_iter().find(|sign| rest.starts_with(sign)) {
            rest = &rest[sign.len()..];
            tokens.push(Token::Sign(sign));
            if sign == ")" && rest.starts_with('.') {
                let (fields, after) = fields(rest);
                tokens.push(Token::Field(fields));
                rest = after;
            }
            continue;
        }
        match first {
            '"' => {
                let end = closing(rest).ok_or("unterminated quoted string")?;
                let value = go::unquote(&rest[..end]).ok_or("invalid syntax")?;
                tokens.push(Token::Literal(value.into()));
                rest = &rest[end..];
            }
            '`' => {
                let end = rest[1..].find('`').ok_or("unterminated raw quoted string")? + 1;
                tokens.push(Token::Literal(rest[1..end].into()));
                rest = &rest[end + 1..];
            }
            '.' if rest[1..].starts_with(|next: char| is_name(next) && !next.is_ascii_digit()) => {
                let (fields, after) = fields(rest);
                tokens.push(Token::Field(fields));
                rest = after;
            }
            '.' => {
                tokens.push(Token::Field(Vec::new()));
                rest = &rest[1..];
            }
            '$' => {
                let end = rest[1..].find(|letter| !is_name(letter)).map_or(rest.len(), |end| end + 1);
                let name = rest[..end].to_owned();
                let (fields, after) = fields(&rest[end..]);
                tokens.push(Token::Variable(name, fields));
                rest = after;
            }
            first if first.is_ascii_digit() || first == '-' || first == '+' => {
                let end = rest[1..]
                    .find(|letter: char| !letter.is_alphanumeric() && letter != '.')
                    .map_or(rest.len(), |end| end + 1);
                let text = &rest[..end];
                let number =
                    text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from));
                tokens.push(Token::Literal(number.map_err(|_| format!("bad number syntax: {text:?}"))?));
                rest = &rest[end..];
            }
            first if is_name(first) => {
                let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
                let word = &rest[..end];
                tokens.push(match word {
                    "true" => Token::Literal(true.into()),
                    "false" => Token::Literal(false.into()),
                    "nil" => Token::Literal(Value::Null),
                    word => Token::Word(word.to_owned()),
                });
                rest = &rest[end..];
            }
            other => {
                return Err(format!("unexpected {:?} in command", other.to_string()));
            }
        }
    }
}

/// Where a text in double quotes ends.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// `.a.b` and what follows.
fn fields(text: &str) -> (Vec<String>, &str) {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(after) = rest.strip_prefix('.') {
        let end =
            after.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(after.len());
        if end == 0 {
            break;
        }
        names.push(after[..end].to_owned());
        rest = &after[end..];
    }
    (names, rest)
}

struct Reader {
    pieces: Vec<Piece>,
    at: usize,
}

/// The word that ended a block, and its line.
type End = Option<(usize, String)>;

impl Reader {
    /// Nodes up to an `else` or `end`, which is left to be read where more follows it.
    fn block(&mut self) -> Result<(Vec<Node>, End), String> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.get(self.at) {
            let (line, tokens) = match piece {
                Piece::Text(text) => {
                    if !text.is_empty() {
                        nodes.push(Node::Text(text.clone()));
                    }
                    self.at += 1;
                    continue;
                }
                Piece::Action(line, tokens) => (*line, tokens.clone()),
            };
            self.at += 1;
            let Some((first, rest)) = tokens.split_first() else {
                return Err(format!("template: {NAME}:{line}: missing value for command"));
            };
            let word = match first {
                Token::Word(word) => word.as_str(),
                _ => "",
            };
            match word {
                "end" => return Ok((nodes, Some((line, "end".into())))),
                "else" => {
                    self.at -= 1;
                    return Ok((nodes, Some((line, "else".into()))));
                }
                "break" => nodes.push(Node::Break),
                "continue" => nodes.push(Node::Continue),
                "if" => nodes.push(self.branches(line, rest)?),
                "with" | "range" => {
                    let pipeline = pipeline(rest, line)?;
                    let (inside, end) = self.block()?;
                    let otherwise = self.otherwise(line, end)?;
                    nodes.push(match word {
                        "with" => Node::With(pipeline, inside, otherwise),
                        _ => Node::Range(pipeline, inside, otherwise),
                    });
                }
                _ => nodes.push(Node::Print(pipeline(&tokens, line)?)),
            }
        }
        Ok((nodes, None))
    }

    /// `if`, and each `else if` below it.
    fn branches(&mut self, line: usize, condition: &[Token]) -> Result<Node, String> {
        let mut branches = Vec::new();
        let mut condition = pipeline(condition, line)?;
        loop {
            let (inside, end) = self.block()?;
            branches.push((condition, inside));
            if !matches!(&end, Some((_, word)) if word == "else") {
                return match end {
                    Some(_) => Ok(Node::If(branches, Vec::new())),
                    None => Err(format!("template: {NAME}:{line}: unexpected EOF")),
                };
            }
            match self.pieces.get(self.at) {
                Some(Piece::Action(line, tokens)) if tokens.get(1) == Some(&Token::Word("if".into())) => {
                    condition = pipeline(&tokens[2..], *line)?;
                    self.at += 1;
                }
                _ => return Ok(Node::If(branches, self.otherwise(line, end)?)),
            }
        }
    }

    /// What stands between `else` and `end`.
    fn otherwise(&mut self, line: usize, end: End) -> Result<Vec<Node>, String> {
        match end {
            Some((_, word)) if word == "else" => {
                self.at += 1;
                let (nodes, end) = self.block()?;
                match end {
                    Some((_, word)) if word == "end" => Ok(nodes),
                    _ => Err(format!("template: {NAME}:{line}: unexpected EOF")),
                }
            }
            Some(_) => Ok(Vec::new()),
            None => Err(format!("template: {NAME}:{line}: unexpected EOF")),
        }
    }
}

/// The functions that there are.
const FUNCTIONS: &[&str] = &[
    "and",
    "base64decode",
    "call",
    "eq",
    "exists",
    "ge",
    "gt",
    "html",
    "index",
    "js",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "urlquery",
];

fn pipeline(tokens: &[Token], line: usize) -> Result<Pipeline, String> {
    let fail = |error: String| format!("template: {NAME}:{line}: {error}");
    let mut pipeline = Pipeline::default();
    let mut rest = tokens;
    let sets = tokens.iter().position(|token| matches!(token, Token::Sign(":=" | "=")));
    if let Some(at) = sets {
        pipeline.declares = tokens[at] == Token::Sign(":=");
        let names = tokens[..at].iter().filter_map(|token| match token {
            Token::Variable(name, _) => Some(name.clone()),
            _ => None,
        });
        pipeline.variables = names.collect();
        rest = &tokens[at + 1..];
    }
    let (commands, left) = commands(rest).map_err(fail)?;
    if !left.is_empty() {
        return Err(fail("unexpected right paren".into()));
    }
    pipeline.commands = commands;
    Ok(pipeline)
}

/// Commands up to the end or a closing bracket.
fn commands(tokens: &[Token]) -> Result<(Vec<Vec<Term>>, &[Token]), String> {
    let mut commands = vec![Vec::new()];
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        let term = match first {
            Token::Sign(")") => break,
            Token::Sign("|") => {
                commands.push(Vec::new());
                rest = after;
                continue;
            }
            Token::Sign("(") => {
                let (inner, left) = self::commands(after)?;
                let Some((Token::Sign(")"), mut left)) = left.split_first() else {
                    return Err("unclosed left paren".into());
                };
                let mut names = Vec::new();
                if let Some((Token::Field(fields), after)) = left.split_first()
                    && !fields.is_empty()
                {
                    names.clone_from(fields);
                    left = after;
                }
                rest = left;
                let group = Pipeline { commands: inner, ..Default::default() };
                push(&mut commands, Term::Group(Box::new(group), names));
                continue;
            }
            Token::Sign(sign) => return Err(format!("unexpected {sign:?} in operand")),
            Token::Literal(value) => Term::Literal(value.clone()),
            Token::Field(names) => Term::Field(names.clone()),
            Token::Variable(name, names) => Term::Variable(name.clone(), names.clone()),
            Token::Word(word) if FUNCTIONS.contains(&word.as_str()) => Term::Function(word.clone()),
            Token::Word(word) => return Err(format!("function {word:?} not defined")),
        };
        push(&mut commands, term);
        rest = after;
    }
    if commands.iter().any(Vec::is_empty) {
        return Err("missing value for command".into());
    }
    Ok((commands, rest))
}

fn push(commands: &mut [Vec<Term>], term: Term) {
    if let Some(command) = commands.last_mut() {
        command.push(term);
    }
}

// ---- running ----

struct Run {
    out: String,
    variables: Vec<(String, Value)>,
}

/// Whether a loop goes on.
#[derive(PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
}

/// Whether a value counts as true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// A value as an action prints it.
fn printed(value: &Value) -> String {
    if value.is_null() { "<no value>".into() } else { go::plain(value) }
}

impl Run {
    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<Flow, String> {
        let depth = self.variables.len();
        for node in nodes {
            let flow = self.node(node, dot)?;
            if flow != Flow::On {
                self.variables.truncate(depth);
                return Ok(flow);
            }
        }
        self.variables.truncate(depth.max(1));
        Ok(Flow::On)
    }

    fn node(&mut self, node: &Node, dot: &Value) -> Result<Flow, String> {
        match node {
            Node::Text(text) => self.out += text,
            Node::Print(pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                if pipeline.variables.is_empty() {
                    self.out += &printed(&value);
                }
            }
            Node::If(branches, otherwise) => {
                let depth = self.variables.len();
                for (condition, inside) in branches {
                    if is_true(&self.pipeline(condition, dot)?) {
                        let flow = self.nodes(inside, dot);
                        self.variables.truncate(depth);
                        return flow;
                    }
                }
                let flow = self.nodes(otherwise, dot);
                self.variables.truncate(depth);
                return flow;
            }
            Node::With(pipeline, inside, otherwise) => {
                let depth = self.variables.len();
                let value = self.pipeline(pipeline, dot)?;
                let flow =
                    if is_true(&value) { self.nodes(inside, &value) } else { self.nodes(otherwise, dot) };
                self.variables.truncate(depth);
                return flow;
            }
            Node::Range(pipeline, inside, otherwise) => return self.range(pipeline, inside, otherwise, dot),
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn range(
        &mut self,
        pipeline: &Pipeline,
        inside: &[Node],
        otherwise: &[Node],
        dot: &Value,
    ) -> Result<Flow, String> {
        let over = Pipeline { variables: Vec::new(), ..pipeline.clone() };
        let value = self.pipeline(&over, dot)?;
        let pairs: Vec<(Value, Value)> = match value {
            Value::Array(items) => {
                items.into_iter().enumerate().map(|(index, item)| (index.into(), item)).collect()
            }
            Value::Object(fields) => fields.into_iter().map(|(key, value)| (key.into(), value)).collect(),
            Value::Null => Vec::new(),
            other => return Err(format!("range can't iterate over {}", printed(&other))),
        };
        if pairs.is_empty() {
            return self.nodes(otherwise, dot);
        }
        for (key, item) in pairs {
            let depth = self.variables.len();
            match pipeline.variables.as_slice() {
                [value] => self.variables.push((value.clone(), item.clone())),
                [first, value] => {
                    self.variables.push((first.clone(), key));
                    self.variables.push((value.clone(), item.clone()));
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

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, String> {
        let mut value = None;
        for command in &pipeline.commands {
            value = Some(self.command(command, dot, value)?);
        }
        let value = value.unwrap_or_default();
        for name in &pipeline.variables {
            match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
                Some((_, known)) if !pipeline.declares => *known = value.clone(),
                _ => self.variables.push((name.clone(), value.clone())),
            }
        }
        Ok(value)
    }

    fn command(&mut self, terms: &[Term], dot: &Value, last: Option<Value>) -> Result<Value, String> {
        let Some((first, rest)) = terms.split_first() else { return Ok(Value::Null) };
        let Term::Function(name) = first else {
            return self.term(first, dot);
        };
        // These two look only as far as they must.
        if name == "and" || name == "or" {
            let mut value = Value::Null;
            for term in rest {
                value = self.term(term, dot)?;
                if is_true(&value) == (name == "or") {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let mut arguments = Vec::new();
        for term in rest {
            arguments.push(self.term(term, dot)?);
        }
        arguments.extend(last);
        call(name, &arguments)
    }

    fn term(&mut self, term: &Term, dot: &Value) -> Result<Value, String> {
        match term {
            Term::Literal(value) => Ok(value.clone()),
            Term::Field(names) => at(dot, names),
            Term::Variable(name, names) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                let (_, value) = known.ok_or_else(|| format!("undefined variable {name:?}"))?;
                at(value, names)
            }
            Term::Function(name) => call(name, &[]),
            Term::Group(pipeline, names) => {
                let value = self.pipeline(pipeline, dot)?;
                at(&value, names)
            }
        }
    }
}

/// Fields of fields; what is not there is nothing.
fn at(value: &Value, names: &[String]) -> Result<Value, String> {
    let mut value = value;
    for name in names {
        value = match value {
            Value::Object(fields) => fields.get(name).unwrap_or(&Value::Null),
            Value::Null => return Err(format!("nil pointer evaluating interface {{}}.{name}")),
            other => return Err(format!("can't evaluate field {name} in type {}", go::type_name(other))),
        };
    }
    Ok(value.clone())
}

fn call(name: &str, arguments: &[Value]) -> Result<Value, String> {
    let fail = |error: String| Err(format!("error calling {name}: {error}"));
    let compared = |is_wanted: fn(std::cmp::Ordering) -> bool| match arguments {
        [left, right] => go::compare(left, right).map(|order| Value::from(is_wanted(order))),
        _ => Err("missing argument for comparison".into()),
    };
    let outcome = match (name, arguments) {
        ("eq", [left, rights @ ..]) if !rights.is_empty() => {
            let mut is_equal = false;
            for right in rights {
                match go::compare(left, right) {
                    Ok(order) => is_equal |= order.is_eq(),
                    Err(_) if left.is_null() || right.is_null() => is_equal |= left == right,
                    Err(error) => return fail(error),
                }
            }
            Ok(is_equal.into())
        }
        ("ne", [left, right]) if left.is_null() || right.is_null() => Ok((left != right).into()),
        ("ne", _) => compared(std::cmp::Ordering::is_ne),
        ("lt", _) => compared(std::cmp::Ordering::is_lt),
        ("le", _) => compared(std::cmp::Ordering::is_le),
        ("gt", _) => compared(std::cmp::Ordering::is_gt),
        ("ge", _) => compared(std::cmp::Ordering::is_ge),
        ("not", [value]) => Ok((!is_true(value)).into()),
        ("len", [Value::String(text)]) => Ok(text.len().into()),
        ("len", [Value::Array(items)]) => Ok(items.len().into()),
        ("len", [Value::Object(fields)]) => Ok(fields.len().into()),
        ("len", [Value::Null]) => Err("len of nil pointer".into()),
        ("len", [other]) => Err(format!("len of type {}", go::type_name(other))),
        ("index", [value, indices @ ..]) => index(value, indices),
        ("slice", [Value::String(text), Value::Number(from), rest @ ..]) => {
            let to = rest.first().map_or(Some(text.len()), |to| to.as_u64().map(|to| to as usize));
            let from = from.as_u64().unwrap_or(u64::MAX) as usize;
            let part = to.and_then(|to| text.get(from..to));
            part.map(Value::from).ok_or_else(|| format!("index out of range: {from}"))
        }
        ("exists", [value, indices @ ..]) => {
            Ok(index(value, indices).is_ok_and(|found| !found.is_null()).into())
        }
        ("print", all) => Ok(all.iter().map(go::plain).collect::<Vec<_>>().join("").into()),
        ("println", all) => Ok((all.iter().map(go::plain).collect::<Vec<_>>().join(" ") + "\n").into()),
        ("printf", [Value::String(format), rest @ ..]) => Ok(formatted(format, rest).into()),
        ("base64decode", [Value::String(text)]) => base64::decoded(text)
            .map(|bytes| String::from_utf8_lossy(&bytes).into())
            .ok_or_else(|| "base64 decode failed: illegal base64 data".into()),
        ("html", [value]) => {
            let text = go::plain(value).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            Ok(text.replace('"', "&#34;").replace('\'', "&#39;").into())
        }
        _ => Err(format!("wrong number of args for {name}: got {}", arguments.len())),
    };
    outcome.or_else(fail)
}

fn index(value: &Value, indices: &[Value]) -> Result<Value, String> {
    let mut value = value;
    for index in indices {
        value = match (value, index) {
            (Value::Array(items), Value::Number(number)) => {
                let at = number.as_f64().unwrap_or(-1.0);
                items
                    .get(at as usize)
                    .filter(|_| at >= 0.0)
                    .ok_or_else(|| format!("index out of range: {at}"))?
            }
            (Value::Object(fields), Value::String(key)) => fields.get(key).unwrap_or(&Value::Null),
            (Value::Null, _) => return Err("index of untyped nil".into()),
            (Value::Array(_), index) => {
                return Err(format!("cannot index slice/array with type {}", go::type_name(index)));
            }
            (other, _) => return Err(format!("can't index item of type {}", go::type_name(other))),
        };
    }
    Ok(value.clone())
}

/// `printf` with `%s`, `%v`, `%d`, `%q`, `%t`, `%f`, `%%`, and widths.
fn formatted(format: &str, arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut rest = arguments.iter();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = letters.next_if(|next| "-+# 0.123456789".contains(*next)) {
            flags.push(flag);
        }
        let verb = letters.next().unwrap_or('%');
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = rest.next() else {
            out += &format!("%!{verb}(MISSING)");
            continue;
        };
        let (width, precision) = flags.split_once('.').unwrap_or((&flags, ""));
        let text = match (verb, value) {
            ('q', value) => go::quoted(&go::plain(value)),
            ('d', Value::Number(number)) if number.is_f64() => format!("%!d(float64={})", go::plain(value)),
            ('f', value) => {
                format!("{:.*}", precision.parse().unwrap_or(6), value.as_f64().unwrap_or_default())
            }
            ('s', Value::Number(number)) if number.is_f64() => format!("%!s(float64={})", go::plain(value)),
            ('s', Value::Number(_)) => format!("%!s(int64={})", go::plain(value)),
            ('x', Value::Number(number)) if number.is_i64() => {
                format!("{:x}", number.as_i64().unwrap_or_default())
            }
            ('s', Value::Null) => "%!s(<nil>)".into(),
            (_, value) => go::plain(value),
        };
        let (is_left, width) = match width.strip_prefix('-') {
            Some(width) => (true, width),
            None => (false, width),
        };
        let blanks = width.parse::<usize>().unwrap_or(0).saturating_sub(text.chars().count());
        let fills_with_zeros = !is_left && width.starts_with('0') && value.is_number();
        let blanks = if fills_with_zeros { "0" } else { " " }.repeat(blanks);
        out += &if is_left { text + &blanks } else { blanks + &text };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_print_as_go_prints_them() {
        let data = json!({
            "items": [{ "name": "a", "n": 2 }, { "name": "b", "labels": { "x": "y", "w": "z" } }],
            "on": true, "data": "aGk=",
        });
        for (template, expected) in [
            ("{{range .items}}{{.name}}{{\"\\n\"}}{{end}}", "a\nb\n"),
            ("{{range $i, $e := .items}}{{$i}}={{$e.name}} {{end}}", "0=a 1=b "),
            ("{{len .items}} {{(index .items 1).name}}", "2 b"),
            ("{{.nope}}", "<no value>"),
            ("{{if .on}}yes{{else}}no{{end}}", "yes"),
            ("{{if .nope}}yes{{else if eq .data \"aGk=\"}}data{{else}}no{{end}}", "data"),
            ("{{with index .items 0}}{{.n}}{{end}}", "2"),
            ("{{range $k, $v := (index .items 1).labels}}{{$k}}={{$v}},{{end}}", "w=z,x=y,"),
            ("{{ .data | base64decode }}", "hi"),
            ("{{printf \"%-4s|%q\" .data \"x\"}}", "aGk=|\"x\""),
            ("a {{- /* gone */ -}} b", "ab"),
            ("{{$x := .data}}{{$x}}", "aGk="),
            ("{{range .none}}x{{else}}none{{end}}", "none"),
            ("{{if and .on (not .nope)}}both{{end}}", "both"),
        ] {
            let (text, outcome) = Template::parse(template).expect(template).execute(&data);
            assert_eq!((text.as_str(), outcome), (expected, Ok(())), "{template}");
        }
    }

    #[test]
    fn what_is_no_template_is_told() {
        for template in ["{{.a", "{{range .items}}", "{{nosuch 1}}", "{{end}}", "{{if .a}}"] {
            assert!(Template::parse(template).is_err(), "{template}");
        }
        let (_, outcome) = Template::parse("{{.a.b.c}}").expect("a template").execute(&json!({}));
        assert!(outcome.is_err());
    }
}
