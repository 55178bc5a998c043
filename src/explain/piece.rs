//! Text with its parts marked.

use crate::api::ObjectKey;

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Ordinary words.
    Text(String),
    /// Who or what it is about.
    Strong(String),
    /// A name, field or value, as it stands in the API.
    Code(String),
}

impl Piece {
    /// The words without their mark.
    pub fn words(&self) -> &str {
        match self {
            Piece::Text(words) | Piece::Strong(words) | Piece::Code(words) => words,
        }
    }
}

/// The sentence without marks, for screen readers and tests.
pub fn plain(pieces: &[Piece]) -> String {
    pieces.iter().map(Piece::words).collect()
}

/// Builds pieces from a text in which backticks surround code and asterisks what is strong:
/// ``*scheduler* bound `web-1` ``. Values put in are taken as they are, also when they hold such signs.
pub(super) fn sentence(pattern: &str, values: &[&str]) -> Vec<Piece> {
    debug_assert_eq!(pattern.matches("{}").count(), values.len(), "one value for each gap of {pattern:?}");
    let mut values = values.iter();
    let mut fill = |part: &str| {
        let mut text = String::new();
        for (index, piece) in part.split("{}").enumerate() {
            if index > 0 {
                text.push_str(values.next().unwrap_or(&""));
            }
            text.push_str(piece);
        }
        text
    };
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(start) = rest.find(['`', '*']) {
        let mark = &rest[start..=start];
        let (before, after) = (&rest[..start], &rest[start + 1..]);
        if !before.is_empty() {
            pieces.push(Piece::Text(fill(before)));
        }
        let (inside, after) = after.split_once(mark).unwrap_or((after, ""));
        let inside = fill(inside);
        pieces.push(if mark == "`" { Piece::Code(inside) } else { Piece::Strong(inside) });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(fill(rest)));
    }
    pieces
}

/// Names as code, at most `most` of them spelt out: `a`, `b` and 3 more.
pub(super) fn listed<Name: AsRef<str>>(names: &[Name], most: usize) -> Vec<Piece> {
    let mut told = Vec::new();
    for (index, name) in names.iter().take(most).enumerate() {
        if index > 0 {
            told.push(Piece::Text(", ".into()));
        }
        told.push(Piece::Code(name.as_ref().to_owned()));
    }
    if names.len() > most {
        told.push(Piece::Text(format!(" and {} more", names.len() - most)));
    }
    told
}

/// Names of objects, at most three of them spelt out.
pub(super) fn names(keys: &[ObjectKey]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, key) in keys.iter().take(3).enumerate() {
        if index > 0 {
            pieces.push(Piece::Text(", ".into()));
        }
        pieces.push(Piece::Code(key.name.to_string()));
    }
    if keys.len() > 3 {
        pieces.push(Piece::Text(format!(" and {} more", keys.len() - 3)));
    }
    pieces
}

/// How many letters at the end of a node's name stay where it has too little room: nodes of one pool differ there. Of a name
/// with a domain none do, as all nodes have that.
pub fn kept_end(name: &str) -> usize {
    if name.contains('.') { 0 } else { 8 }
}

/// A number of things: `1 pod`, `3 pods`.
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_in_values_stay_as_they_are() {
        let pieces = sentence("*{}* set `{}` to {}.", &["you", "a*b", "`c`"]);
        let expected = [
            Piece::Strong("you".into()),
            Piece::Text(" set ".into()),
            Piece::Code("a*b".into()),
            Piece::Text(" to `c`.".into()),
        ];
        assert_eq!(pieces, expected);
    }
}
