//! Scalars: plain, in quotes, and as blocks.

use super::Error;
use super::cursor::Mark;
use super::scanner::{Scanner, Token, TokenKind};
use std::borrow::Cow;

type Result<T> = std::result::Result<T, Error>;

/// The line breaks between two lines of a scalar: a single one is folded into a space.
#[derive(Default)]
struct Fold<'a> {
    first: Option<&'a str>,
    others: String,
}

impl<'a> Fold<'a> {
    fn add(&mut self, line_break: &'a str) {
        match self.first {
            None => self.first = Some(line_break),
            Some(_) => self.others += line_break,
        }
    }

    /// Writes the breaks to the value and forgets them.
    fn write(&mut self, value: &mut String) {
        match self.first.take() {
            Some("\n") if self.others.is_empty() => value.push(' '),
            Some("\n") | None => value.push_str(&self.others),
            Some(first) => {
                value.push_str(first);
                value.push_str(&self.others);
            }
        }
        self.others.clear();
    }
}

/// How a block scalar ends.
#[derive(Clone, Copy, PartialEq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl<'a> Scanner<'a> {
    fn scalar(value: Cow<'a, str>, is_plain: bool, start: Mark, end: Mark) -> Token<'a> {
        Token { kind: TokenKind::Scalar { value, is_plain }, start, end }
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<Token<'a>> {
        let start = self.cursor.mark;
        let from = self.cursor.position();
        let (mut end, mut to) = (start, from);
        // A scalar of one line is part of the text.
        let mut several_lines: Option<String> = None;
        let mut fold = Fold::default();
        let mut has_break = false;
        loop {
            if self.cursor.is_document_marker() || self.cursor.is(b'#') {
                break;
            }
            let line = self.cursor.position();
            while !self.cursor.is_space_or_end(0) && !self.ends_plain_scalar() {
                self.cursor.skip();
            }
            if self.cursor.position() > line {
                if has_break {
                    fold.write(several_lines.get_or_insert_default());
                } else if let Some(value) = &mut several_lines {
                    value.push_str(self.cursor.slice(to, line));
                }
                if let Some(value) = &mut several_lines {
                    value.push_str(self.cursor.slice(line, self.cursor.position()));
                }
                has_break = false;
                (end, to) = (self.cursor.mark, self.cursor.position());
            }
            if !self.cursor.is_blank(0) && !self.cursor.is_break(0) {
                break;
            }
            while self.cursor.is_blank(0) || self.cursor.is_break(0) {
                if self.cursor.is_blank(0) {
                    let is_outside = (self.cursor.mark.column as i32) < self.indent + 1;
                    if has_break && is_outside && self.cursor.is(b'\t') {
                        return Err(self.error("found a tab character that violates indentation"));
                    }
                    self.cursor.skip();
                } else {
                    if several_lines.is_none() {
                        several_lines = Some(self.cursor.slice(from, to).into());
                    }
                    fold.add(self.cursor.line_break());
                    has_break = true;
                }
            }
            if !self.is_in_flow() && (self.cursor.mark.column as i32) < self.indent + 1 {
                break;
            }
        }
        if has_break {
            self.is_key_allowed = true;
        }
        let value = several_lines.map_or_else(|| self.cursor.slice(from, to).into(), Cow::Owned);
        Ok(Self::scalar(value, true, start, end))
    }

    /// Whether a plain scalar ends here within a line.
    fn ends_plain_scalar(&self) -> bool {
        match self.cursor.byte(0) {
            b':' => self.cursor.is_space_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.is_in_flow(),
            _ => false,
        }
    }

    pub(super) fn scan_quoted_scalar(&mut self, quote: u8) -> Result<Token<'a>> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let from = self.cursor.position();
        while !self.cursor.is(quote) && !self.cursor.is(b'\\') && !self.cursor.is_break_or_end(0) {
            self.cursor.skip();
        }
        // Most texts hold neither escapes nor line breaks.
        let simple = self.cursor.slice(from, self.cursor.position());
        let value = if self.cursor.is(quote) && !(quote == b'\'' && self.cursor.byte(1) == quote) {
            Cow::Borrowed(simple)
        } else {
            Cow::Owned(self.scan_quoted_rest(quote, simple)?)
        };
        self.cursor.skip();
        Ok(Self::scalar(value, false, start, self.cursor.mark))
    }

    /// The value of a quoted scalar whose beginning was read already.
    fn scan_quoted_rest(&mut self, quote: u8, beginning: &str) -> Result<String> {
        let text = beginning.trim_end_matches([' ', '\t']);
        let mut value = text.to_owned();
        let mut blanks = beginning[text.len()..].to_owned();
        let mut fold = Fold::default();
        loop {
            let mut has_break = false;
            while self.cursor.is_blank(0) || self.cursor.is_break(0) {
                if self.cursor.is_break(0) {
                    has_break = true;
                    fold.add(self.cursor.line_break());
                } else {
                    if !has_break {
                        blanks.push(char::from(self.cursor.byte(0)));
                    }
                    self.cursor.skip();
                }
            }
            if has_break {
                fold.write(&mut value);
            } else {
                value.push_str(&blanks);
            }
            blanks.clear();
            if self.cursor.is_document_marker() {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.cursor.is_end(0) {
                return Err(self.error("found unexpected end of stream"));
            }
            if self.scan_quoted_word(quote, &mut value)? {
                // An escaped line break joins the lines; spaces that begin the next one are left out.
                while self.cursor.is_blank(0) {
                    self.cursor.skip();
                }
                while self.cursor.is_blank(0) || self.cursor.is_break(0) {
                    if self.cursor.is_break(0) {
                        value.push_str(self.cursor.line_break());
                    } else {
                        self.cursor.skip();
                    }
                }
            }
            if self.cursor.is(quote) {
                return Ok(value);
            }
        }
    }

    /// Reads up to the next space, break or the end of the scalar; says whether an escaped line break was the last.
    fn scan_quoted_word(&mut self, quote: u8, value: &mut String) -> Result<bool> {
        while !self.cursor.is_space_or_end(0) {
            let position = self.cursor.position();
            match self.cursor.byte(0) {
                b'\'' if quote == b'\'' && self.cursor.byte(1) == b'\'' => {
                    value.push('\'');
                    self.cursor.skip_many(2);
                }
                byte if byte == quote => break,
                b'\\' if quote == b'"' && self.cursor.is_break(1) => {
                    self.cursor.skip();
                    self.cursor.line_break();
                    return Ok(true);
                }
                b'\\' if quote == b'"' => value.push(self.scan_escape()?),
                _ => {
                    self.cursor.skip();
                    value.push_str(self.cursor.slice(position, self.cursor.position()));
                }
            }
        }
        Ok(false)
    }

    fn scan_escape(&mut self) -> Result<char> {
        let (letter, digits) = match self.cursor.byte(1) {
            b'0' => ('\0', 0),
            b'a' => ('\x07', 0),
            b'b' => ('\x08', 0),
            b't' | b'\t' => ('\t', 0),
            b'n' => ('\n', 0),
            b'v' => ('\x0b', 0),
            b'f' => ('\x0c', 0),
            b'r' => ('\r', 0),
            b'e' => ('\x1b', 0),
            letter @ (b' ' | b'"' | b'\'' | b'\\') => (char::from(letter), 0),
            b'/' if self.is_json => ('/', 0),
            b'N' => ('\u{85}', 0),
            b'_' => ('\u{a0}', 0),
            b'L' => ('\u{2028}', 0),
            b'P' => ('\u{2029}', 0),
            b'x' => ('x', 2),
            b'u' => ('u', 4),
            b'U' => ('U', 8),
            _ => return Err(self.error("found unknown escape character")),
        };
        self.cursor.skip_many(2);
        if digits == 0 {
            return Ok(letter);
        }
        let code = self.scan_code(digits)?;
        if let Some(letter) = char::from_u32(code) {
            return Ok(letter);
        }
        // Half of a surrogate pair; what stands alone JSON replaces.
        if (0xd800..0xdc00).contains(&code) && self.cursor.is(b'\\') && self.cursor.byte(1) == b'u' {
            let low = self.cursor.slice(self.cursor.position() + 2, self.cursor.position() + 6);
            let low = u32::from_str_radix(low, 16).ok().filter(|low| (0xdc00..0xe000).contains(low));
            if let Some(low) = low {
                self.cursor.skip_many(6);
                let code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn scan_code(&mut self, digits: usize) -> Result<u32> {
        let mut code = 0u32;
        for ahead in 0..digits {
            let digit = char::from(self.cursor.byte(ahead)).to_digit(16);
            let Some(digit) = digit else {
                return Err(self.error("did not find expected hexdecimal number"));
            };
            code = code.checked_mul(16).map_or(u32::MAX, |code| code | digit);
        }
        let is_surrogate = (0xd800..0xe000).contains(&code);
        if code > 0x10_ffff || (is_surrogate && !self.is_json) {
            return Err(self.error("found invalid Unicode character escape code"));
        }
        self.cursor.skip_many(digits);
        Ok(code)
    }

    pub(super) fn scan_block_scalar(&mut self, is_literal: bool) -> Result<Token<'a>> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let (chomping, increment) = self.scan_block_header()?;
        self.end_line()?;
        let mut indent = if increment == 0 { 0 } else { self.indent.max(0) as u32 + increment };
        let mut value = String::new();
        let mut line_break = "";
        let mut breaks = String::new();
        let mut was_blank = false;
        let mut end = self.scan_block_breaks(&mut indent, &mut breaks)?;
        while self.cursor.mark.column == indent && !self.cursor.is_end(0) {
            let is_blank = self.cursor.is_blank(0);
            if !is_literal && line_break == "\n" && !was_blank && !is_blank {
                if breaks.is_empty() {
                    value.push(' ');
                }
            } else {
                value.push_str(line_break);
            }
            value.push_str(&breaks);
            breaks.clear();
            was_blank = is_blank;
            let line = self.cursor.position();
            while !self.cursor.is_break_or_end(0) {
                self.cursor.skip();
            }
            value.push_str(self.cursor.slice(line, self.cursor.position()));
            line_break = self.cursor.line_break();
            end = self.scan_block_breaks(&mut indent, &mut breaks)?;
        }
        if chomping != Chomping::Strip {
            value.push_str(line_break);
        }
        if chomping == Chomping::Keep {
            value.push_str(&breaks);
        }
        Ok(Self::scalar(value.into(), false, start, end))
    }

    /// `+` or `-` and the indentation, in any order.
    fn scan_block_header(&mut self) -> Result<(Chomping, u32)> {
        let (mut chomping, mut increment) = (Chomping::Clip, 0);
        let mut has_chomping = false;
        for _ in 0..2 {
            match self.cursor.byte(0) {
                b'0' if increment == 0 => {
                    return Err(self.error("found an indentation indicator equal to 0"));
                }
                digit @ b'1'..=b'9' if increment == 0 => increment = u32::from(digit - b'0'),
                sign @ (b'+' | b'-') if !has_chomping => {
                    has_chomping = true;
                    chomping = if sign == b'+' { Chomping::Keep } else { Chomping::Strip };
                }
                _ => break,
            }
            self.cursor.skip();
        }
        Ok((chomping, increment))
    }

    /// Goes over the indentation of the next line and empty lines before it; finds the indentation out if it is not
    /// known (0). Gives the end of what it went over.
    fn scan_block_breaks(&mut self, indent: &mut u32, breaks: &mut String) -> Result<Mark> {
        let mut end = self.cursor.mark;
        let mut widest = 0;
        loop {
            while (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.is(b' ') {
                self.cursor.skip();
            }
            widest = widest.max(self.cursor.mark.column);
            if (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.is(b'\t') {
                return Err(self.error("found a tab character where an indentation space is expected"));
            }
            if !self.cursor.is_break(0) {
                break;
            }
            breaks.push_str(self.cursor.line_break());
            end = self.cursor.mark;
        }
        if *indent == 0 {
            *indent = widest.max((self.indent + 1).max(1) as u32);
        }
        Ok(end)
    }
}
