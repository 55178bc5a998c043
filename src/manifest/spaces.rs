//! Spaces that look plain and are not: pages of the web and word processors put them where indentation was, and YAML takes
//! them for letters.

use super::diagnostic::{Fix, Span};

/// What is told of a document with such spaces, and the change that makes them plain.
pub(super) struct Odd {
    /// The first line with one, in the whole text.
    pub line: u32,
    pub suggestion: String,
    pub fix: Fix,
}

/// The spaces of a document that look plain and are not, where they would indent or stand behind a key's colon.
///
/// `first_line` is the line of the whole text that the document begins in, from 0, `first_column` the column.
#[cold]
#[inline(never)]
pub(super) fn odd(document: &str, first_line: u32, first_column: u32) -> Option<Odd> {
    let lines: Vec<&str> = document.split_inclusive('\n').collect();
    let plain: Vec<String> = lines.iter().map(|line| plain(line)).collect();
    let is_odd = |index: &usize| lines[*index] != plain[*index];
    let first = (0..lines.len()).find(is_odd)?;
    let last = (0..lines.len()).rfind(is_odd)?;
    let letter = lines[first].chars().find(|letter| is_odd_space(*letter))?;
    let number = |index: usize| first_line + u32::try_from(index).unwrap_or(u32::MAX) + 1;
    let begins = |index: usize| if index == 0 { first_column } else { 0 } + 1;
    let end = lines[last].trim_end_matches(['\r', '\n']);
    let mut replacement: String = plain[first..=last].concat();
    // The end of the last line stays.
    replacement.truncate(replacement.len() - (lines[last].len() - end.len()));
    let span = Span {
        line: number(first),
        column: begins(first),
        end_line: number(last),
        end_column: begins(last) + u32::try_from(end.chars().count()).unwrap_or(u32::MAX),
    };
    let code = u32::from(letter);
    let name = match letter {
        '\u{a0}' => "a no-break space",
        '\u{200b}' => "one without width",
        _ => "not the plain one",
    };
    Some(Odd {
        line: span.line,
        suggestion: format!(
            "line {} has a space that YAML takes for a letter (U+{code:04X}, {name}): it came with what was pasted",
            span.line
        ),
        fix: Fix { label: "Write plain spaces".into(), replacement, span },
    })
}

/// Looks like a space or like nothing, and is neither to YAML.
fn is_odd_space(letter: char) -> bool {
    matches!(letter, '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// The line with plain spaces before its content and behind its first key's colon.
fn plain(line: &str) -> String {
    let is_space = |letter: char| letter == ' ' || is_odd_space(letter);
    let content = line.trim_start_matches(|letter| is_space(letter) || letter == '-');
    let is_bare = |text: &str| !text.contains(|letter| is_space(letter) || "\"'#{[".contains(letter));
    let is_quoted = |text: &str| {
        ['"', '\''].iter().any(|quote| {
            let inner = text.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote));
            inner.is_some_and(|inner| !inner.contains(['"', '\'', '\\']))
        })
    };
    let is_key = |text: &str| is_bare(text) || is_quoted(text);
    let rest = match content.split_once(':') {
        Some((key, value)) if is_key(key) => value.trim_start_matches(is_space),
        _ => content,
    };
    let (front, rest) = line.split_at(line.len() - rest.len());
    let seen = front.chars().filter(|letter| *letter != '\u{200b}');
    let mut text: String = seen.map(|letter| if is_odd_space(letter) { ' ' } else { letter }).collect();
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_spaces_are_found_where_they_count_and_made_plain() {
        for (text, wanted) in [
            ("a:\n\u{a0}\u{a0}b: 1\n  c: 2\n", Some("2:1-2:7 =>   b: 1")),
            ("a:\r\n\u{a0} b:\u{a0}1\r\n\u{3000}c: 2\r\n", Some("2:1-3:6 =>   b: 1\r\n c: 2")),
            ("-\u{a0}name: x", Some("1:1-1:10 => - name: x")),
            ("a: 1\n\u{200b}b: 2", Some("2:1-2:6 => b: 2")),
            ("\"a\":\u{a0}1\n", Some("1:1-1:7 => \"a\": 1")),
            ("a: 1\n\u{200b}\nb: 2\n", Some("2:1-2:2 => ")),
            ("a: x\u{a0}y\nb: \"\u{a0}\"\n# a\u{a0}note: no\n", None),
            ("a: 1\n", None),
        ] {
            let told = odd(text, 0, 0).map(|Odd { fix, .. }| {
                let Span { line, column, end_line, end_column } = fix.span;
                format!("{line}:{column}-{end_line}:{end_column} => {}", fix.replacement)
            });
            assert_eq!(told.as_deref(), wanted, "{text:?}");
        }
    }
}
