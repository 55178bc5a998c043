//! A place in a text that moves forward, and the classes of characters that YAML knows.

/// A place in a text. Lines and columns count from 0, columns and the index in code points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::manifest) struct Mark {
    pub index: u32,
    pub line: u32,
    pub column: u32,
}

/// Reads a text from its beginning to its end. Behind the end stand zero bytes; the text itself has none.
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// In bytes, at the beginning of a character.
    position: usize,
    pub mark: Mark,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Cursor { text, position: 0, mark: Mark::default() }
    }

    /// In bytes.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The text between two positions.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// The byte so many bytes ahead.
    pub fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.position + ahead).copied().unwrap_or(0)
    }

    pub fn is(&self, byte: u8) -> bool {
        self.byte(0) == byte
    }

    pub fn is_end(&self, ahead: usize) -> bool {
        self.byte(ahead) == 0
    }

    /// A space or a tab.
    pub fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// The length in bytes of the line break here; 0 if there is none. Besides those of ASCII YAML 1.1 knows NEL, LS
    /// and PS.
    fn break_length(&self, ahead: usize) -> usize {
        match self.byte(ahead) {
            b'\n' => 1,
            b'\r' => 1 + usize::from(self.byte(ahead + 1) == b'\n'),
            0xc2 if self.byte(ahead + 1) == 0x85 => 2,
            0xe2 if self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    pub fn is_break(&self, ahead: usize) -> bool {
        self.break_length(ahead) > 0
    }

    pub fn is_break_or_end(&self, ahead: usize) -> bool {
        self.is_end(ahead) || self.is_break(ahead)
    }

    pub fn is_space_or_end(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }

    /// A letter, digit, `_` or `-`: what names of anchors, tags and directives are made of.
    pub fn is_word(&self) -> bool {
        let byte = self.byte(0);
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
    }

    /// Whether `---` or `...` begins a line here.
    pub fn is_document_marker(&self) -> bool {
        let byte = self.byte(0);
        self.mark.column == 0
            && matches!(byte, b'-' | b'.')
            && self.byte(1) == byte
            && self.byte(2) == byte
            && self.is_space_or_end(3)
    }

    /// Goes on by one character of the line.
    pub fn skip(&mut self) {
        let width = match self.byte(0) {
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0.. => 4,
        };
        self.position += width;
        self.mark.index += 1;
        self.mark.column += 1;
    }

    pub fn skip_many(&mut self, count: usize) {
        (0..count).for_each(|_| self.skip());
    }

    pub fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    /// Goes to the end of the line if a comment begins here.
    pub fn skip_comment(&mut self) {
        if self.is(b'#') {
            while !self.is_break_or_end(0) {
                self.skip();
            }
        }
    }

    /// Goes over a line break, if one is here, and gives it as a scalar has it.
    pub fn line_break(&mut self) -> &'a str {
        let length = self.break_length(0);
        let start = self.position;
        if length == 0 {
            return "";
        }
        let characters = if self.is(b'\r') { length as u32 } else { 1 };
        self.position += length;
        self.mark = Mark { index: self.mark.index + characters, line: self.mark.line + 1, column: 0 };
        if length == 3 { self.slice(start, self.position) } else { "\n" }
    }

    /// A word, maybe empty.
    pub fn word(&mut self) -> &'a str {
        let start = self.position;
        while self.is_word() {
            self.skip();
        }
        self.slice(start, self.position)
    }
}
