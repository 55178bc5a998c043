//! Splits a text into the documents that it holds, as kubectl does before it reads any.
//!
//! Upstream: `apimachinery/pkg/util/yaml/decoder.go` (`YAMLOrJSONDecoder`, `YAMLReader`).

use super::Span;
use super::parser::Mark;
use serde::de::IgnoredAny;

/// The text of one document.
#[derive(Debug)]
pub(super) struct Chunk<'t> {
    pub text: &'t str,
    /// Where it begins in the whole text, in bytes.
    pub start: usize,
    /// The line of the whole text that it begins in, from 0.
    pub first_line: u32,
    /// The column that it begins at, from 0.
    pub first_column: u32,
    pub is_json: bool,
    /// What stands behind `---` where only a comment may stand.
    pub bad_separator: Option<&'t str>,
}

impl Chunk<'_> {
    /// A stretch of the document as one of the whole text.
    pub fn span(&self, start: Mark, end: Mark) -> Span {
        let column = |mark: Mark| mark.column + 1 + if mark.line == 0 { self.first_column } else { 0 };
        Span {
            line: self.first_line + start.line + 1,
            column: column(start),
            end_line: self.first_line + end.line + 1,
            end_column: column(end),
        }
    }
}

/// The documents of a text: a stream of JSON values if it begins with a brace, else YAML between lines of `---`.
pub(super) fn split(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let mut place = Place::default();
    // A mark of the byte order is not part of the text.
    if text.starts_with('\u{feff}') {
        place.offset = '\u{feff}'.len_utf8();
    }
    let rest = &text[place.offset..];
    let start = place.offset;
    if rest.trim_start().starts_with('{') {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        while let Some(Ok(_)) = values.next() {
            let end = start + values.byte_offset();
            chunks.push(place.chunk(text, end, true));
        }
    }
    split_yaml(text, place, &mut chunks);
    chunks
}

/// How far a text is split.
#[derive(Clone, Copy, Default)]
struct Place {
    offset: usize,
    line: u32,
    column: u32,
}

impl Place {
    /// The text up to an offset, where the place is then.
    fn chunk<'t>(&mut self, text: &'t str, end: usize, is_json: bool) -> Chunk<'t> {
        let part = &text[self.offset..end];
        let chunk = Chunk {
            text: part,
            start: self.offset,
            first_line: self.line,
            first_column: self.column,
            is_json,
            bad_separator: None,
        };
        self.offset = end;
        self.line += part.bytes().filter(|byte| *byte == b'\n').count() as u32;
        self.column = match part.rfind('\n') {
            Some(newline) => part[newline + 1..].chars().count() as u32,
            None => self.column + part.chars().count() as u32,
        };
        chunk
    }
}

fn split_yaml<'t>(text: &'t str, mut place: Place, chunks: &mut Vec<Chunk<'t>>) {
    let mut offset = place.offset;
    for line in text[place.offset..].split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix("---") {
            chunks.push(place.chunk(text, offset, false));
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                let mut separator = place.chunk(text, offset + line.len(), false);
                separator.bad_separator = Some(rest);
                chunks.push(separator);
            }
        }
        offset += line.len();
    }
    chunks.push(place.chunk(text, text.len(), false));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).iter().map(|chunk| chunk.text).filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn lines_of_dashes_separate_documents() {
        for (text, expected) in [
            ("a: 1\n---\nb: 2", vec!["a: 1\n", "---\nb: 2"]),
            ("---  # first\na: 1\r\n---\r\nb: 2", vec!["---  # first\na: 1\r\n", "---\r\nb: 2"]),
            ("a: |\n  ---\nb: 2", vec!["a: |\n  ---\nb: 2"]),
            ("\u{feff}a: 1", vec!["a: 1"]),
        ] {
            assert_eq!(texts(text), expected, "{text:?}");
        }
    }

    #[test]
    fn only_a_comment_may_stand_behind_the_dashes() {
        for text in ["a: |\n-----BEGIN CERTIFICATE-----\n", "--- a: 1\n", "--- |\n  x\n"] {
            assert!(split(text).iter().any(|chunk| chunk.bad_separator.is_some()), "{text}");
        }
    }

    #[test]
    fn json_values_follow_each_other_without_a_separator() {
        let text = "{\"a\": 1} {\"b\": 2}\n{\"c\":\n 3}\n---\nd: 4\n";
        let chunks = split(text);
        let places: Vec<_> = chunks
            .iter()
            .map(|chunk| (chunk.text.trim(), chunk.first_line, chunk.first_column, chunk.is_json))
            .filter(|(text, ..)| !text.is_empty())
            .collect();
        let expected = [
            ("{\"a\": 1}", 0, 0, true),
            ("{\"b\": 2}", 0, 8, true),
            ("{\"c\":\n 3}", 0, 17, true),
            ("---\nd: 4", 3, 0, false),
        ];
        assert_eq!(places, expected);
        assert!(!split("{a: 1}").iter().any(|chunk| chunk.is_json), "a brace begins YAML too");
    }
}
