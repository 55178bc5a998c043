//! The text of a template as nodes. Upstream: Go's `text/template/parse`.

use super::call::is_function;
use super::{Command, Form, Mark, NAME, Node, Pipeline, Template, Term};
use crate::kubectl::print::go;
use serde_json::Value;
use std::collections::BTreeMap;

/// How deep actions and brackets may stand in each other: the reader calls itself for each.
const DEEPEST: usize = 100;

/// Words that are no names of functions.
const KEYWORDS: &[&str] =
    &["block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Is {
    /// What is wrong with the text here.
    Wrong,
    End,
    Text,
    Open,
    Close,
    Space,
    Keyword,
    Name,
    Dot,
    Field,
    Variable,
    Bool,
    Char,
    Number,
    Quoted,
    /// `:=`, `=`, `|`, `(`, `)` and whatever else stands alone.
    Sign,
}

#[derive(Clone, Debug)]
struct Token {
    is: Is,
    at: usize,
    text: String,
}

impl Token {
    fn is_sign(&self, sign: &str) -> bool {
        self.is == Is::Sign && self.text == sign
    }

    fn is_keyword(&self, word: &str) -> bool {
        self.is == Is::Keyword && self.text == word
    }

    /// The token in an error.
    fn told(&self) -> String {
        const LONGEST: usize = 10;
        match self.is {
            Is::End => "EOF".into(),
            Is::Wrong => self.text.clone(),
            Is::Keyword | Is::Dot => format!("<{}>", self.text),
            _ if self.text.chars().count() > LONGEST => {
                format!("{}...", go::quoted(&self.text.chars().take(LONGEST).collect::<String>()))
            }
            _ => go::quoted(&self.text),
        }
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n')
}

fn is_of_name(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

/// The tokens of a text. What is wrong is the last one.
fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    if let Err(error) = lexer.all() {
        lexer.push(Is::Wrong, lexer.at, error);
    }
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn push(&mut self, is: Is, at: usize, text: impl Into<String>) {
        self.tokens.push(Token { is, at, text: text.into() });
    }

    /// A token of the next bytes.
    fn take(&mut self, is: Is, length: usize) {
        let text = &self.text[self.at..self.at + length];
        self.push(is, self.at, text);
        self.at += length;
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn all(&mut self) -> Result<(), String> {
        let mut trims = false;
        loop {
            let start = self.at;
            let rest = self.rest();
            let length = rest.find("{{").unwrap_or(rest.len());
            let mut inside = &rest[..length];
            let after = &rest[length..];
            let trims_before = after.strip_prefix("{{-").is_some_and(|after| after.starts_with(is_space));
            if trims {
                inside = inside.trim_start_matches(is_space);
            }
            let start = start + (length - inside.len());
            if trims_before {
                inside = inside.trim_end_matches(is_space);
            }
            if !inside.is_empty() {
                let inside = inside.to_owned();
                self.push(Is::Text, start, inside);
            }
            self.at += length;
            if self.at == self.text.len() {
                self.push(Is::End, self.at, "");
                return Ok(());
            }
            let opening = if trims_before { 2 + "- ".len() } else { 2 };
            if self.rest()[opening..].starts_with("/*") {
                trims = self.comment(opening)?;
                continue;
            }
            self.push(Is::Open, self.at, "{{");
            self.at += opening;
            trims = self.action()?;
        }
    }

    /// Leaves a comment out; whether the blanks behind it go.
    fn comment(&mut self, opening: usize) -> Result<bool, String> {
        let body = &self.rest()[opening..];
        let end = body.find("*/").ok_or("unclosed comment")?;
        let tail = &body[end + 2..];
        let (trims, length) = match tail.strip_prefix("}}") {
            Some(_) => (false, 2),
            None if is_trimming_end(tail) => (true, 4),
            None => return Err("comment ends before closing delimiter".into()),
        };
        self.at += opening + end + 2 + length;
        Ok(trims)
    }

    /// The tokens up to the end of an action; whether the blanks behind it go.
    fn action(&mut self) -> Result<bool, String> {
        let mut depth = 0;
        loop {
            let rest = self.rest();
            let trims = is_trimming_end(rest);
            if trims || rest.starts_with("}}") {
                if depth > 0 {
                    return Err("unclosed left paren".into());
                }
                let blanks = if trims { 2 } else { 0 };
                self.at += blanks;
                self.take(Is::Close, 2);
                return Ok(trims);
            }
            let Some(first) = rest.chars().next() else { return Err("unclosed action".into()) };
            let next = rest[first.len_utf8()..].chars().next();
            match first {
                first if is_space(first) => {
                    let length = rest.find(|letter| !is_space(letter)).unwrap_or(rest.len());
                    // The blank before a closing mark belongs to it.
                    let belongs = is_trimming_end(&rest[length - 1..]);
                    self.take(Is::Space, length - usize::from(belongs && length > 1));
                }
                ':' if next == Some('=') => self.take(Is::Sign, 2),
                ':' => return Err("expected :=".into()),
                '"' | '\'' => self.quoted(first)?,
                '`' => {
                    let length = rest[1..].find('`').ok_or("unterminated raw quoted string")? + 2;
                    self.take(Is::Quoted, length);
                }
                '.' if !next.is_some_and(|next| next.is_ascii_digit()) => self.name(Is::Field)?,
                '$' => self.name(Is::Variable)?,
                '.' | '+' | '-' | '0'..='9' => self.number()?,
                first if is_of_name(first) => self.name(Is::Name)?,
                '(' => {
                    depth += 1;
                    self.take(Is::Sign, 1);
                }
                ')' => {
                    depth -= 1;
                    if depth < 0 {
                        return Err("unexpected right paren".into());
                    }
                    self.take(Is::Sign, 1);
                }
                ' '..='~' => self.take(Is::Sign, 1),
                other => {
                    return Err(format!("unrecognized character in action: {}", character(other)));
                }
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<(), String> {
        let mut is_escaped = false;
        let end = self.rest().char_indices().skip(1).find(|(_, letter)| {
            let ends = *letter == '\n' || (!is_escaped && *letter == quote);
            is_escaped = !is_escaped && *letter == '\\';
            ends
        });
        match end {
            Some((at, letter)) if letter == quote => {
                self.take(if quote == '"' { Is::Quoted } else { Is::Char }, at + 1);
                Ok(())
            }
            _ if quote == '"' => Err("unterminated quoted string".into()),
            _ => Err("unterminated character constant".into()),
        }
    }

    /// A word, `.field` or `$variable`.
    fn name(&mut self, is: Is) -> Result<(), String> {
        let rest = self.rest();
        let sign = usize::from(is != Is::Name);
        let length = rest[sign..].find(|letter| !is_of_name(letter)).map_or(rest.len(), |end| end + sign);
        let after = rest[length..].chars().next();
        if let Some(after) = after
            && !is_space(after)
            && !".,|:)(".contains(after)
            && !rest[length..].starts_with("}}")
        {
            self.at += length;
            return Err(format!("bad character {}", character(after)));
        }
        let is = match (is, &rest[..length]) {
            (Is::Field, ".") => Is::Dot,
            (Is::Name, "true" | "false") => Is::Bool,
            (Is::Name, word) if KEYWORDS.contains(&word) => Is::Keyword,
            (is, _) => is,
        };
        self.take(is, length);
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let digits = rest.trim_start_matches(['+', '-']);
        let is_hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
        let mut last = ' ';
        let end = rest.char_indices().find(|(at, letter)| {
            let is_sign = matches!(letter, '+' | '-');
            let goes_on = *letter == '.'
                || is_of_name(*letter)
                || is_sign && (*at == 0 || !is_hexadecimal && matches!(last, 'e' | 'E'));
            last = *letter;
            !goes_on
        });
        let length = end.map_or(rest.len(), |(at, _)| at);
        let text = &rest[..length];
        // A number that is followed by a field, or by letters.
        let (length, is_number) = match number(text) {
            Some(_) => (length, true),
            None => {
                let shorter = text.match_indices('.').map(|(at, _)| at).rfind(|at| {
                    number(&text[..*at]).is_some()
                        && text[at + 1..].starts_with(|next: char| !next.is_ascii_digit())
                });
                (shorter.unwrap_or(length), shorter.is_some())
            }
        };
        if !is_number {
            let told = go::quoted(&rest[..length]);
            return Err(format!("bad number syntax: {told}"));
        }
        self.take(Is::Number, length);
        Ok(())
    }
}

/// Whether an action ends here and takes the blanks behind it away.
fn is_trimming_end(text: &str) -> bool {
    text.starts_with(is_space) && text[1..].starts_with("-}}")
}

/// `U+002D '-'`
fn character(letter: char) -> String {
    format!("U+{:04X} '{letter}'", u32::from(letter))
}

/// A number of Go.
fn number(text: &str) -> Option<Value> {
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let lower = digits.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok().map(|number| (sign * number).into());
        }
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return i64::from_str_radix(digits, 8).ok().map(|number| (sign * number).into());
    }
    match digits.parse::<i64>() {
        Ok(number) => Some((sign * number).into()),
        Err(_) => digits.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| {
            let number = if sign < 0 { -number } else { number };
            number.into()
        }),
    }
}

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq)]
enum Ended {
    End,
    Else,
}

impl Ended {
    fn told(self) -> &'static str {
        match self {
            Ended::End => "{{end}}",
            Ended::Else => "{{else}}",
        }
    }
}

/// A node, or the word that ends a list of them.
enum Read {
    Node(Node),
    Ended(Ended),
}

/// Reads tokens.
pub(super) struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    /// The variables that are known here.
    variables: Vec<String>,
    /// How many loops are around this place.
    loops: usize,
    depth: usize,
    /// The line in which the action began.
    action: usize,
    /// The templates that were defined.
    pub(super) defined: BTreeMap<String, Vec<Node>>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Reader {
            text,
            tokens: tokens(text),
            next: 0,
            variables: vec!["$".into()],
            loops: 0,
            depth: 0,
            action: 0,
            defined: BTreeMap::new(),
        }
    }

    fn line(&self, at: usize) -> usize {
        self.text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
    }

    fn fail<T>(&self, why: &str) -> Result<T, String> {
        let last = self.tokens.get(self.next.saturating_sub(1)).or(self.tokens.last());
        let line = last.map_or(1, |token| self.line(token.at));
        Err(format!("template: {NAME}:{line}: {why}"))
    }

    fn unexpected<T>(&self, token: &Token, context: &str) -> Result<T, String> {
        if token.is != Is::Wrong {
            return self.fail(&format!("unexpected {} in {context}", token.told()));
        }
        let mut told = token.told();
        if self.action != 0 && self.action != self.line(token.at) {
            let started = format!(" started at {NAME}:{}", self.action);
            told += if told.ends_with(" action") { "" } else { " in action" };
            told += &started;
        }
        self.fail(&told)
    }

    /// The next token; behind the last one there is that one again.
    fn peek(&self) -> Token {
        let last = self.tokens.len().saturating_sub(1);
        let end = || Token { is: Is::End, at: self.text.len(), text: String::new() };
        self.tokens.get(self.next.min(last)).cloned().unwrap_or_else(end)
    }

    fn take(&mut self) -> Token {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn skip_space(&mut self) {
        while self.peek().is == Is::Space {
            self.next += 1;
        }
    }

    fn peek_on(&mut self) -> Token {
        self.skip_space();
        self.peek()
    }

    fn take_on(&mut self) -> Token {
        self.skip_space();
        self.take()
    }

    fn close(&mut self, context: &str) -> Result<(), String> {
        let token = self.take_on();
        if token.is == Is::Close { Ok(()) } else { self.unexpected(&token, context) }
    }

    /// The whole text.
    pub(super) fn all(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        while self.peek().is != Is::End {
            if self.peek().is == Is::Open {
                let before = self.next;
                self.take();
                if self.take_on().is_keyword("define") {
                    self.definition()?;
                    continue;
                }
                self.next = before;
            }
            match self.text_or_action()? {
                Read::Node(node) => nodes.push(node),
                Read::Ended(ended) => return self.fail(&format!("unexpected {}", ended.told())),
            }
        }
        Ok(nodes)
    }

    /// `{{define "name"}}…{{end}}`
    fn definition(&mut self) -> Result<(), String> {
        const CONTEXT: &str = "define clause";
        let (name, _) = self.name(CONTEXT)?;
        self.close(CONTEXT)?;
        self.apart(name, CONTEXT)
    }

    /// The nodes of a template of its own: it knows no variables from around it.
    fn apart(&mut self, name: String, context: &str) -> Result<(), String> {
        let around = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let loops = std::mem::take(&mut self.loops);
        let (nodes, ended) = self.list()?;
        if ended != Ended::End {
            return self.fail(&format!("unexpected {} in {context}", ended.told()));
        }
        self.variables = around;
        self.loops = loops;
        let is_empty = nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()));
        // An empty definition takes the place of no other.
        if !is_empty || !self.defined.contains_key(&name) {
            self.defined.insert(name, nodes);
        }
        Ok(())
    }

    /// The name of a template, and where it stands.
    fn name(&mut self, context: &str) -> Result<(String, usize), String> {
        let token = self.take_on();
        if token.is != Is::Quoted {
            return self.unexpected(&token, context);
        }
        Ok((self.unquoted(&token.text)?, token.at))
    }

    fn unquoted(&self, text: &str) -> Result<String, String> {
        let raw = text.strip_prefix('`').and_then(|text| text.strip_suffix('`'));
        match raw.map(|raw| raw.replace('\r', "")).or_else(|| go::unquote(text)) {
            Some(text) => Ok(text),
            None => self.fail("invalid syntax"),
        }
    }

    /// Nodes up to an `else` or `end`.
    fn list(&mut self) -> Result<(Vec<Node>, Ended), String> {
        let mut nodes = Vec::new();
        while self.peek_on().is != Is::End {
            match self.text_or_action()? {
                Read::Node(node) => nodes.push(node),
                Read::Ended(ended) => return Ok((nodes, ended)),
            }
        }
        self.take();
        self.fail("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Result<Read, String> {
        let token = self.take_on();
        match token.is {
            Is::Text => Ok(Read::Node(Node::Text(token.text))),
            Is::Open => {
                self.action = self.line(token.at);
                self.depth += 1;
                if self.depth > DEEPEST {
                    return self.fail("max expression depth exceeded");
                }
                let read = self.in_action()?;
                self.depth -= 1;
                self.action = 0;
                Ok(read)
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn in_action(&mut self) -> Result<Read, String> {
        let token = self.peek_on();
        if token.is == Is::Keyword {
            self.take();
            match token.text.as_str() {
                "block" => {
                    const CONTEXT: &str = "block clause";
                    let (name, at) = self.name(CONTEXT)?;
                    let pipeline = self.pipeline(CONTEXT, Is::Close)?;
                    self.apart(name.clone(), CONTEXT)?;
                    return Ok(Read::Node(template(at, name, Some(pipeline))));
                }
                word @ ("break" | "continue") => {
                    let told = format!("{{{{{word}}}}}");
                    self.close(&told)?;
                    if self.loops == 0 {
                        return self.fail(&format!("{told} outside {{{{range}}}}"));
                    }
                    return Ok(Read::Node(if word == "break" { Node::Break } else { Node::Continue }));
                }
                "else" => {
                    let next = self.peek_on();
                    if !next.is_keyword("if") && !next.is_keyword("with") {
                        self.close("else")?;
                    }
                    return Ok(Read::Ended(Ended::Else));
                }
                "end" => {
                    self.close("end")?;
                    return Ok(Read::Ended(Ended::End));
                }
                word @ ("if" | "with" | "range") => return self.control(word).map(Read::Node),
                "template" => {
                    const CONTEXT: &str = "template clause";
                    let (name, at) = self.name(CONTEXT)?;
                    let pipeline = match self.peek_on().is {
                        Is::Close => {
                            self.take();
                            None
                        }
                        _ => Some(self.pipeline(CONTEXT, Is::Close)?),
                    };
                    return Ok(Read::Node(template(at, name, pipeline)));
                }
                _ => self.next -= 1,
            }
        }
        self.pipeline("command", Is::Close).map(|pipeline| Read::Node(Node::Print(pipeline)))
    }

    fn control(&mut self, word: &str) -> Result<Node, String> {
        let known = self.variables.len();
        let pipeline = self.pipeline(word, Is::Close)?;
        let is_loop = usize::from(word == "range");
        self.loops += is_loop;
        let (inside, ended) = self.list()?;
        self.loops -= is_loop;
        let mut otherwise = Vec::new();
        if ended == Ended::Else {
            let next = self.peek();
            if word != "range" && next.is_keyword(word) {
                self.take();
                self.depth += 1;
                if self.depth > DEEPEST {
                    return self.fail("max expression depth exceeded");
                }
                otherwise.push(self.control(word)?);
                self.depth -= 1;
            } else {
                let (nodes, ended) = self.list()?;
                if ended != Ended::End {
                    return self.fail(&format!("expected end; found {}", ended.told()));
                }
                otherwise = nodes;
            }
        }
        self.variables.truncate(known);
        Ok(match word {
            "if" => Node::If(pipeline, inside, otherwise),
            "with" => Node::With(pipeline, inside, otherwise),
            _ => Node::Range(pipeline, inside, otherwise),
        })
    }

    /// `$x := …`, `$i, $x := …` before a pipeline: the variables, and whether they are new.
    fn declared(&mut self, context: &str) -> Result<(Vec<String>, bool), String> {
        let mut names = Vec::new();
        loop {
            let token = self.peek_on();
            if token.is != Is::Variable {
                return Ok((names, true));
            }
            let before = self.next;
            self.take();
            let next = self.peek_on();
            if next.is_sign(":=") || next.is_sign("=") {
                self.take();
                self.variables.push(token.text.clone());
                names.push(token.text);
                return Ok((names, next.text == ":="));
            }
            if !next.is_sign(",") {
                self.next = before;
                return Ok((names, true));
            }
            self.take();
            self.variables.push(token.text.clone());
            names.push(token.text);
            if context != "range" || names.len() > 1 {
                return self.fail(&format!("too many declarations in {context}"));
            }
            let next = self.peek_on();
            if !matches!(next.is, Is::Variable | Is::Close) && !next.is_sign(")") {
                return self.fail("range can only initialize variables");
            }
        }
    }

    fn pipeline(&mut self, context: &str, end: Is) -> Result<Pipeline, String> {
        let at = self.peek_on().at;
        let (variables, declares) = self.declared(context)?;
        let mut commands: Vec<Command> = Vec::new();
        loop {
            let token = self.peek_on();
            if token.is == end && (end == Is::Close || token.text == ")") {
                self.take();
                break;
            }
            let begins = match token.is {
                Is::Bool
                | Is::Char
                | Is::Dot
                | Is::Field
                | Is::Name
                | Is::Number
                | Is::Quoted
                | Is::Variable => true,
                Is::Keyword => token.text == "nil",
                _ => token.is_sign("("),
            };
            if !begins {
                self.take();
                return self.unexpected(&token, context);
            }
            commands.push(self.command()?);
        }
        if commands.is_empty() {
            return self.fail(&format!("missing value for {context}"));
        }
        let is_value = |form: &Form| matches!(form, Form::Dot | Form::Nil | Form::Literal(_));
        for (stage, command) in commands.iter().enumerate().skip(1) {
            if command.terms.first().is_some_and(|term| is_value(&term.form)) {
                return self.fail(&format!("non executable command in pipeline stage {}", stage + 1));
            }
        }
        let mut text = variables.join(", ");
        if !variables.is_empty() {
            text += if declares { " := " } else { " = " };
        }
        text += &commands.iter().map(|command| &*command.mark.text).collect::<Vec<_>>().join(" | ");
        Ok(Pipeline { mark: Mark { at, text: text.into() }, variables, declares, commands })
    }

    fn command(&mut self) -> Result<Command, String> {
        let at = self.peek_on().at;
        let mut terms = Vec::new();
        loop {
            self.skip_space();
            terms.extend(self.operand()?);
            let token = self.take();
            match token.is {
                Is::Space => continue,
                Is::Close => self.next -= 1,
                Is::Sign if token.text == ")" => self.next -= 1,
                Is::Sign if token.text == "|" => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if terms.is_empty() {
            return self.fail("empty command");
        }
        let text = terms.iter().map(Term::told).collect::<Vec<_>>().join(" ");
        Ok(Command { mark: Mark { at, text: text.into() }, terms })
    }

    /// A term with its fields.
    fn operand(&mut self) -> Result<Option<Term>, String> {
        let Some(mut term) = self.term()? else { return Ok(None) };
        if self.peek().is != Is::Field {
            return Ok(Some(term));
        }
        // A chain of fields stands where its second one does.
        let at = self.peek().at;
        let mut names = Vec::new();
        while self.peek().is == Is::Field {
            names.push(self.take().text[1..].to_owned());
        }
        let text = format!("{}.{}", term.told(), names.join("."));
        match &mut term.form {
            Form::Field(fields) | Form::Variable(_, fields) => fields.extend(names),
            Form::Function(_) | Form::Group(_) => {
                term = Term { mark: term.mark.clone(), form: Form::Chain(Box::new(term), names) };
            }
            _ => return self.fail(&format!("unexpected . after term {}", go::quoted(&term.mark.text))),
        }
        term.mark = Mark { at, text: text.into() };
        Ok(Some(term))
    }

    fn term(&mut self) -> Result<Option<Term>, String> {
        let token = self.take_on();
        let form = match token.is {
            Is::Name if !is_function(&token.text) => {
                return self.fail(&format!("function {} not defined", go::quoted(&token.text)));
            }
            Is::Name => Form::Function(token.text.clone()),
            Is::Dot => Form::Dot,
            Is::Keyword if token.text == "nil" => Form::Nil,
            Is::Variable if !self.variables.contains(&token.text) => {
                return self.fail(&format!("undefined variable {}", go::quoted(&token.text)));
            }
            Is::Variable => Form::Variable(token.text.clone(), Vec::new()),
            Is::Field => Form::Field(vec![token.text[1..].to_owned()]),
            Is::Bool => Form::Literal((token.text == "true").into()),
            Is::Char => {
                let text = go::unquote(&token.text).filter(|text| text.chars().count() == 1);
                match text.and_then(|text| text.chars().next()) {
                    Some(letter) => Form::Literal(u32::from(letter).into()),
                    None => return self.fail(&format!("malformed character constant: {}", token.text)),
                }
            }
            Is::Number => match number(&token.text) {
                Some(number) => Form::Literal(number),
                None => return self.fail(&format!("illegal number syntax: {}", go::quoted(&token.text))),
            },
            Is::Quoted => Form::Literal(self.unquoted(&token.text)?.into()),
            Is::Sign if token.text == "(" => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return self.fail("max expression depth exceeded");
                }
                let pipeline = self.pipeline("parenthesized pipeline", Is::Sign)?;
                self.depth -= 1;
                let mark = pipeline.mark.clone();
                return Ok(Some(Term { mark, form: Form::Group(Box::new(pipeline)) }));
            }
            _ => {
                self.next -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Term { mark: Mark { at: token.at, text: token.text.into() }, form }))
    }
}

impl Term {
    /// The term as it stands in a command.
    fn told(&self) -> String {
        match self.form {
            Form::Group(_) => format!("({})", self.mark.text),
            _ => self.mark.text.to_string(),
        }
    }
}

/// `{{template "name" …}}`
fn template(at: usize, name: String, pipeline: Option<Pipeline>) -> Node {
    let given = pipeline.as_ref().map_or(String::new(), |pipeline| format!(" {}", pipeline.mark.text));
    let text = format!("{{{{template {}{given}}}}}", go::quoted(&name));
    Node::Template(Mark { at, text: text.into() }, name, pipeline)
}

impl Template {
    /// `output:1:3`
    pub(super) fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let column = before.rfind('\n').map_or(at, |line| at - line - 1);
        format!("{NAME}:{}:{column}", before.matches('\n').count() + 1)
    }
}
