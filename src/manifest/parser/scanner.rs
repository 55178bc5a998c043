//! Text to tokens. A token that turns out to begin a key gets a `Key` put before it, and the deeper indentation of a
//! block collection its beginning and end.

use super::Error;
use super::cursor::{Cursor, Mark};
use std::borrow::Cow;
use std::collections::VecDeque;

/// Deeper nesting is refused.
pub(in crate::manifest) const MAX_DEPTH: usize = 100;
/// A key that no `?` announces ends within its line and so many characters.
const MAX_KEY_LENGTH: u32 = 1024;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'a> {
    StreamEnd,
    /// `%YAML`
    Version(u8, u8),
    /// `%TAG`, with handle and prefix.
    TagDirective(&'a str, Cow<'a, str>),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    /// Handle and suffix.
    Tag(&'a str, Cow<'a, str>),
    Scalar {
        value: Cow<'a, str>,
        is_plain: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub kind: TokenKind<'a>,
    pub start: Mark,
    pub end: Mark,
}

/// Where a key may have begun that a `:` would end.
#[derive(Clone, Copy)]
struct SimpleKey {
    /// It stands where only a key can stand.
    is_required: bool,
    token_number: usize,
    mark: Mark,
}

pub(super) struct Scanner<'a> {
    pub(super) cursor: Cursor<'a>,
    /// Whether `\/` and surrogate pairs are understood, which YAML does not know.
    pub(super) is_json: bool,
    tokens: VecDeque<Token<'a>>,
    /// How many tokens were taken from the queue.
    taken: usize,
    /// A place for each level of flow collections, and for the block around them.
    keys: Vec<Option<SimpleKey>>,
    pub(super) is_key_allowed: bool,
    /// The column of the innermost block collection; -1 outside of all.
    pub(super) indent: i32,
    indents: Vec<i32>,
    has_ended: bool,
}

type Result<T = ()> = std::result::Result<T, Error>;

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str, is_json: bool) -> Self {
        Scanner {
            cursor: Cursor::new(text),
            is_json,
            tokens: VecDeque::new(),
            taken: 0,
            keys: vec![None],
            is_key_allowed: true,
            indent: -1,
            indents: Vec::new(),
            has_ended: false,
        }
    }

    /// The next token, which stays.
    pub fn peek(&mut self) -> Result<&Token<'a>> {
        while self.needs_more()? {
            self.fetch()?;
        }
        self.tokens.front().ok_or_else(|| self.error("did not find expected token"))
    }

    /// Takes the token that `peek` gave.
    pub fn take(&mut self) -> Result<Token<'a>> {
        self.peek()?;
        self.taken += 1;
        self.tokens.pop_front().ok_or_else(|| self.error("did not find expected token"))
    }

    pub(super) fn error(&self, problem: &'static str) -> Error {
        Error { problem: problem.into(), mark: self.cursor.mark, is_of_scanner: true }
    }

    pub(super) fn is_in_flow(&self) -> bool {
        self.keys.len() > 1
    }

    fn column(&self) -> i32 {
        self.cursor.mark.column as i32
    }

    /// Whether the first token of the queue may still turn out to begin a key.
    fn needs_more(&mut self) -> Result<bool> {
        if self.tokens.is_empty() {
            return Ok(!self.has_ended);
        }
        let head = self.taken;
        let level = self.keys.iter().position(|key| key.is_some_and(|key| key.token_number == head));
        match level {
            Some(level) => self.is_still_key(level),
            None => Ok(false),
        }
    }

    fn is_still_key(&mut self, level: usize) -> Result<bool> {
        let Some(key) = self.keys[level] else { return Ok(false) };
        let here = self.cursor.mark;
        if !self.has_ended && key.mark.line == here.line && key.mark.index + MAX_KEY_LENGTH >= here.index {
            return Ok(true);
        }
        if key.is_required {
            return Err(self.error("could not find expected ':'"));
        }
        self.keys[level] = None;
        Ok(false)
    }

    fn next_token_number(&self) -> usize {
        self.taken + self.tokens.len()
    }

    /// Notes that what comes now may be a key.
    fn save_key(&mut self) -> Result {
        if !self.is_key_allowed {
            return Ok(());
        }
        let key = SimpleKey {
            is_required: !self.is_in_flow() && self.indent == self.column(),
            token_number: self.next_token_number(),
            mark: self.cursor.mark,
        };
        self.drop_key()?;
        if let Some(place) = self.keys.last_mut() {
            *place = Some(key);
        }
        Ok(())
    }

    /// Notes that what came last was no key.
    fn drop_key(&mut self) -> Result {
        match self.keys.last_mut().and_then(Option::take) {
            Some(key) if key.is_required => Err(self.error("could not find expected ':'")),
            _ => Ok(()),
        }
    }

    fn push(&mut self, kind: TokenKind<'a>, start: Mark) {
        self.tokens.push_back(Token { kind, start, end: self.cursor.mark });
    }

    /// A token of so many characters.
    fn push_indicator(&mut self, kind: TokenKind<'a>, length: usize) {
        let start = self.cursor.mark;
        self.cursor.skip_many(length);
        self.push(kind, start);
    }

    /// Begins a block collection where the indentation grows; before the token of this number, or at the end.
    fn indent_to(&mut self, kind: TokenKind<'a>, mark: Mark, number: Option<usize>) {
        let column = mark.column as i32;
        if self.is_in_flow() || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        let position = number.map_or(self.tokens.len(), |number| number - self.taken);
        self.tokens.insert(position, Token { kind, start: mark, end: mark });
    }

    /// Ends the block collections that are indented deeper than a column.
    fn unindent_to(&mut self, column: i32) {
        if self.is_in_flow() {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn fetch(&mut self) -> Result {
        self.skip_to_token();
        self.unindent_to(self.column());
        let cursor = &self.cursor;
        let is_in_flow = self.is_in_flow();
        let ends_word = cursor.is_space_or_end(1);
        match cursor.byte(0) {
            0 => self.fetch_end(),
            b'%' if cursor.mark.column == 0 => self.fetch_directive(),
            marker @ (b'-' | b'.') if cursor.is_document_marker() => {
                let is_start = marker == b'-';
                self.end_document()?;
                let kind = if is_start { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
                self.push_indicator(kind, 3);
                Ok(())
            }
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => {
                self.drop_key()?;
                self.is_key_allowed = true;
                self.push_indicator(TokenKind::FlowEntry, 1);
                Ok(())
            }
            b'-' if ends_word => self.fetch_block_entry(),
            b'?' if is_in_flow || ends_word => self.fetch_key(),
            b':' if is_in_flow || ends_word => self.fetch_value(),
            b'*' => self.fetch_anchor(TokenKind::Alias),
            b'&' => self.fetch_anchor(TokenKind::Anchor),
            b'!' => {
                self.save_key()?;
                self.is_key_allowed = false;
                self.scan_tag()
            }
            style @ (b'|' | b'>') if !is_in_flow => {
                self.drop_key()?;
                self.is_key_allowed = true;
                let token = self.scan_block_scalar(style == b'|')?;
                self.tokens.push_back(token);
                Ok(())
            }
            quote @ (b'\'' | b'"') => {
                self.save_key()?;
                self.is_key_allowed = false;
                let token = self.scan_quoted_scalar(quote)?;
                self.tokens.push_back(token);
                Ok(())
            }
            byte if self.begins_plain_scalar(byte) => {
                self.save_key()?;
                self.is_key_allowed = false;
                let token = self.scan_plain_scalar()?;
                self.tokens.push_back(token);
                Ok(())
            }
            _ => Err(self.error("found character that cannot start any token")),
        }
    }

    fn begins_plain_scalar(&self, byte: u8) -> bool {
        match byte {
            b'-' => !self.cursor.is_blank(1),
            b'?' | b':' => !self.is_in_flow() && !self.cursor.is_space_or_end(1),
            _ => !self.cursor.is_space_or_end(0) && !b",[]{}#&*!|>'\"%@`".contains(&byte),
        }
    }

    /// Goes over spaces, comments and line breaks. A tab counts as a space where no key can begin.
    fn skip_to_token(&mut self) {
        loop {
            let are_tabs_spaces = self.is_in_flow() || !self.is_key_allowed;
            while self.cursor.is(b' ') || (are_tabs_spaces && self.cursor.is(b'\t')) {
                self.cursor.skip();
            }
            self.cursor.skip_comment();
            if self.cursor.line_break().is_empty() {
                return;
            }
            if !self.is_in_flow() {
                self.is_key_allowed = true;
            }
        }
    }

    fn end_document(&mut self) -> Result {
        self.unindent_to(-1);
        self.drop_key()?;
        self.is_key_allowed = false;
        Ok(())
    }

    fn fetch_end(&mut self) -> Result {
        self.has_ended = true;
        self.end_document()?;
        self.push(TokenKind::StreamEnd, self.cursor.mark);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind<'a>) -> Result {
        self.save_key()?;
        self.keys.push(None);
        if self.keys.len() > MAX_DEPTH + 1 {
            return Err(Error::too_deep(self.cursor.mark));
        }
        self.is_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind<'a>) -> Result {
        self.drop_key()?;
        if self.is_in_flow() {
            self.keys.pop();
        }
        self.is_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result {
        if !self.is_in_flow() {
            if !self.is_key_allowed {
                return Err(self.error("block sequence entries are not allowed in this context"));
            }
            self.indent_to(TokenKind::BlockSequenceStart, self.cursor.mark, None);
        }
        self.drop_key()?;
        self.is_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result {
        if !self.is_in_flow() {
            if !self.is_key_allowed {
                return Err(self.error("mapping keys are not allowed in this context"));
            }
            self.indent_to(TokenKind::BlockMappingStart, self.cursor.mark, None);
        }
        self.drop_key()?;
        self.is_key_allowed = !self.is_in_flow();
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result {
        let level = self.keys.len() - 1;
        if self.is_still_key(level)?
            && let Some(key) = self.keys[level].take()
        {
            let token = Token { kind: TokenKind::Key, start: key.mark, end: key.mark };
            self.tokens.insert(key.token_number - self.taken, token);
            self.indent_to(TokenKind::BlockMappingStart, key.mark, Some(key.token_number));
            self.is_key_allowed = false;
        } else {
            if !self.is_in_flow() {
                if !self.is_key_allowed {
                    return Err(self.error("mapping values are not allowed in this context"));
                }
                self.indent_to(TokenKind::BlockMappingStart, self.cursor.mark, None);
            }
            self.is_key_allowed = !self.is_in_flow();
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    fn fetch_anchor(&mut self, kind: fn(&'a str) -> TokenKind<'a>) -> Result {
        self.save_key()?;
        self.is_key_allowed = false;
        let start = self.cursor.mark;
        self.cursor.skip();
        let name = self.cursor.word();
        let ends = self.cursor.is_space_or_end(0) || b"?:,]}%@`".contains(&self.cursor.byte(0));
        if name.is_empty() || !ends {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        self.push(kind(name), start);
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result {
        self.end_document()?;
        let start = self.cursor.mark;
        self.cursor.skip();
        let name = self.cursor.word();
        if name.is_empty() {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.cursor.is_space_or_end(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        let kind = match name {
            "YAML" => self.scan_version()?,
            "TAG" => self.scan_tag_directive()?,
            _ => return Err(self.error("found unknown directive name")),
        };
        self.push(kind, start);
        self.end_line()
    }

    /// Goes over a comment to the next line; nothing else may stand there.
    pub(super) fn end_line(&mut self) -> Result {
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.is_break_or_end(0) {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.cursor.line_break();
        Ok(())
    }

    fn scan_version(&mut self) -> Result<TokenKind<'a>> {
        self.cursor.skip_blanks();
        let major = self.scan_version_number()?;
        if !self.cursor.is(b'.') {
            return Err(self.error("did not find expected digit or '.' character"));
        }
        self.cursor.skip();
        Ok(TokenKind::Version(major, self.scan_version_number()?))
    }

    fn scan_version_number(&mut self) -> Result<u8> {
        let start = self.cursor.position();
        while self.cursor.byte(0).is_ascii_digit() {
            if self.cursor.position() == start + 2 {
                return Err(self.error("found extremely long version number"));
            }
            self.cursor.skip();
        }
        let digits = self.cursor.slice(start, self.cursor.position());
        digits.parse().map_err(|_| self.error("did not find expected version number"))
    }

    fn scan_tag_directive(&mut self) -> Result<TokenKind<'a>> {
        self.cursor.skip_blanks();
        let handle = self.scan_tag_handle()?;
        if handle.len() > 1 && !handle.ends_with('!') {
            return Err(self.error("did not find expected '!'"));
        }
        if !self.cursor.is_blank(0) {
            return Err(self.error("did not find expected whitespace"));
        }
        self.cursor.skip_blanks();
        let prefix = self.scan_uri(false)?;
        if !self.cursor.is_space_or_end(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective(handle, prefix))
    }

    fn scan_tag(&mut self) -> Result {
        let start = self.cursor.mark;
        let (handle, suffix) = if self.cursor.byte(1) == b'<' {
            self.cursor.skip_many(2);
            let uri = self.scan_uri(false)?;
            if !self.cursor.is(b'>') {
                return Err(self.error("did not find the expected '>'"));
            }
            self.cursor.skip();
            ("", uri)
        } else {
            let handle = self.scan_tag_handle()?;
            if handle.len() > 1 && handle.ends_with('!') {
                (handle, self.scan_uri(false)?)
            } else {
                let rest = self.scan_uri(true)?;
                let suffix: Cow<'a, str> = match &handle[1..] {
                    "" => rest,
                    first => format!("{first}{rest}").into(),
                };
                if suffix.is_empty() { ("", "!".into()) } else { ("!", suffix) }
            }
        };
        if !self.cursor.is_space_or_end(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        self.push(TokenKind::Tag(handle, suffix), start);
        Ok(())
    }

    /// `!`, `!word` or `!word!`.
    fn scan_tag_handle(&mut self) -> Result<&'a str> {
        if !self.cursor.is(b'!') {
            return Err(self.error("did not find expected '!'"));
        }
        let start = self.cursor.position();
        self.cursor.skip();
        self.cursor.word();
        if self.cursor.is(b'!') {
            self.cursor.skip();
        }
        Ok(self.cursor.slice(start, self.cursor.position()))
    }

    fn scan_uri(&mut self, may_be_empty: bool) -> Result<Cow<'a, str>> {
        let start = self.cursor.position();
        let mut escaped: Option<Vec<u8>> = None;
        while self.cursor.is_word() || b";/?:@&=+$,.!~*'()[]%".contains(&self.cursor.byte(0)) {
            let byte = self.cursor.byte(0);
            if byte == b'%' {
                let before = self.cursor.slice(start, self.cursor.position());
                let octets = escaped.get_or_insert_with(|| before.as_bytes().to_vec());
                let digits = self.cursor.slice(self.cursor.position() + 1, self.cursor.position() + 3);
                let octet = u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
                let Some(octet) = octet else {
                    return Err(self.error("did not find URI escaped octet"));
                };
                octets.push(octet);
                self.cursor.skip_many(3);
            } else {
                if let Some(octets) = &mut escaped {
                    octets.push(byte);
                }
                self.cursor.skip();
            }
        }
        let end = self.cursor.position();
        if start == end && !may_be_empty {
            return Err(self.error("did not find expected tag URI"));
        }
        match escaped {
            None => Ok(self.cursor.slice(start, end).into()),
            Some(octets) => String::from_utf8(octets)
                .map(Cow::Owned)
                .map_err(|_| self.error("found an incorrect leading UTF-8 octet")),
        }
    }
}
