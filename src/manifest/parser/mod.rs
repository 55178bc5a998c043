//! YAML as kubectl reads it: text to events with places.
//!
//! kubectl's reader (`go.yaml.in/yaml/v2`) is libyaml's, which is of YAML 1.1 and more lenient than the grammar of 1.2:
//! flow collections and quoted scalars know no indentation, tabs may separate what is no indentation, `{a:b}` is one
//! text. No crate reads like this: those for YAML 1.2 refuse what kubectl takes, and the safe port of libyaml panics
//! on block scalars that end with the text. So this is libyaml's design written anew: a scanner makes tokens, a
//! machine of states makes events of them. Only the first document of a text is read, as kubectl does, which has split
//! the text before.
//!
//! Upstream: `scannerc.go`, `parserc.go`. One known difference: of a document that begins with an empty flow collection
//! as a key (`[]: a`) upstream reads the collection alone, here it is an invalid key. `tests.rs` holds a table of hard texts with upstream's answers.

mod cursor;
mod scalar;
mod scanner;

pub(super) use cursor::Mark;
pub(super) use scanner::MAX_DEPTH;

use cursor::Cursor;
use scanner::{Scanner, TokenKind};
use std::borrow::Cow;

/// Why a text is not YAML.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Error {
    /// Upstream's words.
    pub problem: Cow<'static, str>,
    pub mark: Mark,
    /// Whether a word is wrong, and not the order of words: upstream counts lines otherwise then.
    pub is_of_scanner: bool,
}

impl Error {
    pub(super) fn new(problem: &'static str, mark: Mark) -> Self {
        Error { problem: problem.into(), mark, is_of_scanner: false }
    }

    pub(super) fn too_deep(mark: Mark) -> Self {
        Error { problem: format!("exceeded max depth of {MAX_DEPTH}").into(), mark, is_of_scanner: true }
    }
}

/// What stands before a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Properties<'a> {
    pub anchor: Option<&'a str>,
    /// Written out, without shorthand.
    pub tag: Option<String>,
}

/// A part of a document, in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum EventKind<'a> {
    Scalar {
        value: Cow<'a, str>,
        properties: Properties<'a>,
        /// Plain or with the tag `!`: its text says what type it is.
        is_implicit: bool,
    },
    Alias(&'a str),
    SequenceStart {
        properties: Properties<'a>,
        is_flow: bool,
    },
    MappingStart {
        properties: Properties<'a>,
        is_flow: bool,
    },
    CollectionEnd,
    /// The document has ended; the event stands where the next thing begins.
    DocumentEnd,
}

/// An event and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Event<'a> {
    pub kind: EventKind<'a>,
    pub start: Mark,
    pub end: Mark,
}

/// What is expected next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    DocumentStart,
    DocumentEnd,
    BlockSequenceEntry {
        is_first: bool,
    },
    /// Of a list whose dashes stand at the column of the key above it.
    IndentlessSequenceEntry,
    BlockMappingKey {
        is_first: bool,
    },
    BlockMappingValue,
    FlowSequenceEntry {
        is_first: bool,
    },
    /// `[a: b]` holds a mapping of one key.
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowMappingKey {
        is_first: bool,
    },
    FlowMappingValue,
    FlowMappingEmptyValue,
}

/// Reads the first document of a text.
pub(super) struct Parser<'a> {
    scanner: Scanner<'a>,
    state: State,
    /// What to go on with behind the collections that are open.
    states: Vec<State>,
    /// Handles and prefixes of tags.
    tags: Vec<(&'a str, Cow<'a, str>)>,
}

type Result<T> = std::result::Result<T, Error>;

/// The node that a state wants.
#[derive(Clone, Copy, PartialEq)]
enum Node {
    Flow,
    Block,
    /// A block whose list needs no deeper indentation.
    BlockOrIndentlessSequence,
}

/// The place of a byte of a text.
pub(super) fn mark_at(text: &str, position: usize) -> Mark {
    let mut cursor = Cursor::new(text);
    while cursor.position() < position {
        if cursor.line_break().is_empty() {
            cursor.skip();
        }
    }
    cursor.mark
}

/// Where the lines of a text begin, in bytes.
pub(super) fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let mut cursor = Cursor::new(text);
    let rest = std::iter::from_fn(move || {
        while cursor.position() < text.len() {
            if !cursor.line_break().is_empty() {
                return Some(cursor.position());
            }
            cursor.skip();
        }
        None
    });
    std::iter::once(0).chain(rest)
}

/// The line of a place.
pub(super) fn line_of(text: &str, mark: Mark) -> &str {
    let mut cursor = Cursor::new(text);
    while cursor.mark.line < mark.line && cursor.position() < text.len() {
        if cursor.line_break().is_empty() {
            cursor.skip();
        }
    }
    let start = cursor.position();
    while !cursor.is_break_or_end(0) {
        cursor.skip();
    }
    cursor.slice(start, cursor.position())
}

impl<'a> Parser<'a> {
    /// A parser of a text without zero bytes. JSON is YAML but for two escapes, which are understood on demand.
    pub fn new(text: &'a str, is_json: bool) -> Self {
        let scanner = Scanner::new(text, is_json);
        Parser { scanner, state: State::DocumentStart, states: Vec::new(), tags: Vec::new() }
    }

    /// The next event; not to be called after `DocumentEnd` or an error.
    pub fn next(&mut self) -> Result<Event<'a>> {
        match self.state {
            State::DocumentStart => self.document(),
            State::DocumentEnd => {
                let token = self.scanner.peek()?;
                let (start, end) = (token.start, token.end);
                if token.kind == TokenKind::DocumentEnd {
                    self.scanner.take()?;
                }
                Ok(Event { kind: EventKind::DocumentEnd, start, end })
            }
            State::BlockSequenceEntry { is_first } => self.block_sequence_entry(is_first),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingKey { is_first } => self.block_mapping_key(is_first),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceEntry { is_first } => self.flow_sequence_entry(is_first),
            State::FlowPairKey => self.flow_pair_key(),
            State::FlowPairValue => self.flow_pair_value(),
            State::FlowPairEnd => {
                let mark = self.scanner.peek()?.start;
                self.state = State::FlowSequenceEntry { is_first: false };
                Ok(Event { kind: EventKind::CollectionEnd, start: mark, end: mark })
            }
            State::FlowMappingKey { is_first } => self.flow_mapping_key(is_first),
            State::FlowMappingValue => self.flow_mapping_value(),
            State::FlowMappingEmptyValue => {
                let mark = self.scanner.peek()?.start;
                self.empty(mark, State::FlowMappingKey { is_first: false })
            }
        }
    }

    /// Where anything stands behind the document that was read.
    pub fn rest(&mut self) -> Option<Mark> {
        match self.scanner.peek() {
            Ok(token) => (token.kind != TokenKind::StreamEnd).then_some(token.start),
            Err(error) => Some(error.mark),
        }
    }

    /// An empty scalar, and what comes behind it.
    fn empty(&mut self, mark: Mark, next: State) -> Result<Event<'a>> {
        self.state = next;
        let kind =
            EventKind::Scalar { value: "".into(), properties: Properties::default(), is_implicit: true };
        Ok(Event { kind, start: mark, end: mark })
    }

    /// A node, and what comes behind it.
    fn node_then(&mut self, next: State, node: Node) -> Result<Event<'a>> {
        self.states.push(next);
        self.node(node)
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::DocumentEnd);
    }

    fn end_collection(&mut self) -> Result<Event<'a>> {
        self.pop_state();
        let token = self.scanner.take()?;
        Ok(Event { kind: EventKind::CollectionEnd, start: token.start, end: token.end })
    }

    /// The first event of the document.
    fn document(&mut self) -> Result<Event<'a>> {
        let has_directives = self.directives()?;
        let token = self.scanner.peek()?;
        let mark = token.start;
        match token.kind {
            TokenKind::StreamEnd if !has_directives => {
                self.state = State::DocumentEnd;
                self.next()
            }
            TokenKind::DocumentStart => {
                self.scanner.take()?;
                let token = self.scanner.peek()?;
                let mark = token.start;
                match token.kind {
                    TokenKind::Version(..)
                    | TokenKind::TagDirective(..)
                    | TokenKind::DocumentStart
                    | TokenKind::DocumentEnd
                    | TokenKind::StreamEnd => self.empty(mark, State::DocumentEnd),
                    _ => self.node_then(State::DocumentEnd, Node::Block),
                }
            }
            _ if has_directives => Err(Error::new("did not find expected <document start>", mark)),
            _ => self.node_then(State::DocumentEnd, Node::Block),
        }
    }

    /// Goes over `%YAML` and `%TAG`; says whether there were any.
    fn directives(&mut self) -> Result<bool> {
        let (mut has_version, mut has_any) = (false, false);
        loop {
            let token = self.scanner.peek()?;
            let start = token.start;
            match &token.kind {
                TokenKind::Version(..) if has_version => {
                    return Err(Error::new("found duplicate %YAML directive", start));
                }
                TokenKind::Version(1, 1) => has_version = true,
                TokenKind::Version(..) => return Err(Error::new("found incompatible YAML document", start)),
                TokenKind::TagDirective(handle, prefix) => {
                    if self.tags.iter().any(|(known, _)| known == handle) {
                        return Err(Error::new("found duplicate %TAG directive", start));
                    }
                    self.tags.push((handle, prefix.clone()));
                }
                _ => break,
            }
            has_any = true;
            self.scanner.take()?;
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.tags.iter().any(|(known, _)| *known == handle) {
                self.tags.push((handle, prefix.into()));
            }
        }
        Ok(has_any)
    }

    /// The anchor and the tag before a node, in any order, and where they begin and end.
    fn properties(&mut self) -> Result<(Properties<'a>, Mark, Mark)> {
        let mark = self.scanner.peek()?.start;
        let (mut anchor, mut tag, mut end) = (None, None, mark);
        loop {
            match &self.scanner.peek()?.kind {
                TokenKind::Anchor(name) if anchor.is_none() => anchor = Some(*name),
                TokenKind::Tag(handle, suffix) if tag.is_none() => {
                    let (handle, suffix) = (*handle, suffix.clone());
                    let prefix = self.tags.iter().find(|(known, _)| *known == handle);
                    tag = Some(match prefix {
                        _ if handle.is_empty() => suffix.into_owned(),
                        Some((_, prefix)) => format!("{prefix}{suffix}"),
                        None => {
                            let mark = self.scanner.peek()?.start;
                            return Err(Error::new("found undefined tag handle", mark));
                        }
                    });
                }
                _ => return Ok((Properties { anchor, tag }, mark, end)),
            }
            end = self.scanner.take()?.end;
        }
    }

    fn node(&mut self, wanted: Node) -> Result<Event<'a>> {
        if let TokenKind::Alias(name) = self.scanner.peek()?.kind {
            let token = self.scanner.take()?;
            self.pop_state();
            return Ok(Event { kind: EventKind::Alias(name), start: token.start, end: token.end });
        }
        let (properties, start, properties_end) = self.properties()?;
        let is_block = wanted != Node::Flow;
        let token = self.scanner.peek()?;
        let (mark, end) = (token.start, token.end);
        let sequence = |properties, is_flow| EventKind::SequenceStart { properties, is_flow };
        let mapping = |properties, is_flow| EventKind::MappingStart { properties, is_flow };
        let (state, kind) = match &token.kind {
            TokenKind::BlockEntry if wanted == Node::BlockOrIndentlessSequence => {
                (State::IndentlessSequenceEntry, sequence(properties, false))
            }
            TokenKind::Scalar { .. } => return self.scalar(properties, start),
            TokenKind::FlowSequenceStart => {
                (State::FlowSequenceEntry { is_first: true }, sequence(properties, true))
            }
            TokenKind::FlowMappingStart => {
                (State::FlowMappingKey { is_first: true }, mapping(properties, true))
            }
            TokenKind::BlockSequenceStart if is_block => {
                (State::BlockSequenceEntry { is_first: true }, sequence(properties, false))
            }
            TokenKind::BlockMappingStart if is_block => {
                (State::BlockMappingKey { is_first: true }, mapping(properties, false))
            }
            _ if properties != Properties::default() => {
                self.pop_state();
                let is_implicit = properties.tag.is_none();
                let kind = EventKind::Scalar { value: "".into(), properties, is_implicit };
                return Ok(Event { kind, start, end: properties_end });
            }
            _ => return Err(Error::new("did not find expected node content", mark)),
        };
        self.state = state;
        Ok(Event { kind, start, end })
    }

    fn scalar(&mut self, properties: Properties<'a>, start: Mark) -> Result<Event<'a>> {
        let token = self.scanner.take()?;
        self.pop_state();
        let TokenKind::Scalar { value, is_plain } = token.kind else {
            return Err(Error::new("did not find expected node content", token.start));
        };
        let is_implicit = properties.tag.as_deref().map_or(is_plain, |tag| tag == "!");
        Ok(Event { kind: EventKind::Scalar { value, properties, is_implicit }, start, end: token.end })
    }

    fn block_sequence_entry(&mut self, is_first: bool) -> Result<Event<'a>> {
        if is_first {
            self.scanner.take()?;
        }
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::BlockEntry => {
                let mark = self.scanner.take()?.end;
                let next = State::BlockSequenceEntry { is_first: false };
                match self.scanner.peek()?.kind {
                    TokenKind::BlockEntry | TokenKind::BlockEnd => self.empty(mark, next),
                    _ => self.node_then(next, Node::Block),
                }
            }
            TokenKind::BlockEnd => self.end_collection(),
            _ => Err(Error::new("did not find expected '-' indicator", token.start)),
        }
    }

    fn indentless_sequence_entry(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        if token.kind != TokenKind::BlockEntry {
            let mark = token.start;
            self.pop_state();
            return Ok(Event { kind: EventKind::CollectionEnd, start: mark, end: mark });
        }
        let mark = self.scanner.take()?.end;
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.empty(mark, State::IndentlessSequenceEntry)
            }
            _ => self.node_then(State::IndentlessSequenceEntry, Node::Block),
        }
    }

    fn block_mapping_key(&mut self, is_first: bool) -> Result<Event<'a>> {
        if is_first {
            self.scanner.take()?;
        }
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::Key => {
                let mark = self.scanner.take()?.end;
                self.block_mapping_part(mark, State::BlockMappingValue)
            }
            TokenKind::BlockEnd => self.end_collection(),
            _ => Err(Error::new("did not find expected key", token.start)),
        }
    }

    fn block_mapping_value(&mut self) -> Result<Event<'a>> {
        let next = State::BlockMappingKey { is_first: false };
        let token = self.scanner.peek()?;
        if token.kind != TokenKind::Value {
            let mark = token.start;
            return self.empty(mark, next);
        }
        let mark = self.scanner.take()?.end;
        self.block_mapping_part(mark, next)
    }

    /// The key or the value behind the indicator that ends at a mark.
    fn block_mapping_part(&mut self, mark: Mark, next: State) -> Result<Event<'a>> {
        match self.scanner.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.empty(mark, next),
            _ => self.node_then(next, Node::BlockOrIndentlessSequence),
        }
    }

    /// Goes over the comma between two entries.
    fn flow_separator(&mut self, is_first: bool, problem: &'static str) -> Result<()> {
        if is_first {
            self.scanner.take()?;
            return Ok(());
        }
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::FlowEntry => self.scanner.take().map(|_| ()),
            _ => Err(Error::new(problem, token.start)),
        }
    }

    fn flow_sequence_entry(&mut self, is_first: bool) -> Result<Event<'a>> {
        if !is_first && self.scanner.peek()?.kind == TokenKind::FlowSequenceEnd {
            return self.end_collection();
        }
        self.flow_separator(is_first, "did not find expected ',' or ']'")?;
        match self.scanner.peek()?.kind {
            TokenKind::Key => {
                let token = self.scanner.take()?;
                self.state = State::FlowPairKey;
                let kind = EventKind::MappingStart { properties: Properties::default(), is_flow: true };
                Ok(Event { kind, start: token.start, end: token.end })
            }
            TokenKind::FlowSequenceEnd => self.end_collection(),
            _ => self.node_then(State::FlowSequenceEntry { is_first: false }, Node::Flow),
        }
    }

    fn flow_pair_key(&mut self) -> Result<Event<'a>> {
        match self.scanner.peek()?.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                // libyaml drops the token, and so does kubectl: `[? : a]` ends the list's entry here.
                let mark = self.scanner.take()?.end;
                self.empty(mark, State::FlowPairValue)
            }
            _ => self.node_then(State::FlowPairValue, Node::Flow),
        }
    }

    fn flow_pair_value(&mut self) -> Result<Event<'a>> {
        let mark = self.scanner.peek()?.start;
        if self.scanner.peek()?.kind == TokenKind::Value {
            self.scanner.take()?;
            let kind = &self.scanner.peek()?.kind;
            if !matches!(kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                return self.node_then(State::FlowPairEnd, Node::Flow);
            }
        }
        self.empty(mark, State::FlowPairEnd)
    }

    fn flow_mapping_key(&mut self, is_first: bool) -> Result<Event<'a>> {
        if !is_first && self.scanner.peek()?.kind == TokenKind::FlowMappingEnd {
            return self.end_collection();
        }
        self.flow_separator(is_first, "did not find expected ',' or '}'")?;
        match self.scanner.peek()?.kind {
            TokenKind::Key => {
                self.scanner.take()?;
                self.flow_mapping_part(State::FlowMappingValue)
            }
            TokenKind::FlowMappingEnd => self.end_collection(),
            _ => self.node_then(State::FlowMappingEmptyValue, Node::Flow),
        }
    }

    fn flow_mapping_value(&mut self) -> Result<Event<'a>> {
        let next = State::FlowMappingKey { is_first: false };
        let token = self.scanner.peek()?;
        if token.kind != TokenKind::Value {
            let mark = token.start;
            return self.empty(mark, next);
        }
        self.scanner.take()?;
        self.flow_mapping_part(next)
    }

    fn flow_mapping_part(&mut self, next: State) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let mark = token.start;
        match token.kind {
            TokenKind::FlowEntry | TokenKind::FlowMappingEnd => self.empty(mark, next),
            TokenKind::Value if next == State::FlowMappingValue => self.empty(mark, next),
            _ => self.node_then(next, Node::Flow),
        }
    }
}

#[cfg(test)]
mod tests;
