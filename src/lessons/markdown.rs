//! The part of Markdown that lessons are written in: headings, paragraphs, lists, code, `**strong**` and code in a
//! line. Anything else, HTML too, is text.

use crate::explain::Piece;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    /// `## Heading`
    Heading(String),
    /// Lines of text.
    Paragraph(Vec<Piece>),
    /// `- entry` or `1. entry`; whether they are numbered.
    List(bool, Vec<Vec<Piece>>),
    /// Lines between lines of three backticks.
    Code(String),
}

/// The parts of a text.
pub fn blocks(text: &str) -> Vec<Passage> {
    let mut blocks = Vec::new();
    let mut open = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let entry = line.strip_prefix("- ").map(|entry| (false, entry)).or_else(|| {
            let (number, entry) = line.split_once(". ")?;
            number.parse::<u32>().is_ok().then_some((true, entry))
        });
        if line.starts_with("```") {
            close(&mut open, &mut blocks);
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            blocks.push(Passage::Code(code.join("\n")));
        } else if line.starts_with('#') {
            close(&mut open, &mut blocks);
            blocks.push(Passage::Heading(line.trim_start_matches('#').trim().into()));
        } else if let Some((numbered, entry)) = entry {
            close(&mut open, &mut blocks);
            match blocks.last_mut() {
                Some(Passage::List(of, entries)) if *of == numbered => entries.push(inline(entry)),
                _ => blocks.push(Passage::List(numbered, vec![inline(entry)])),
            }
        } else if let (Some(Passage::List(_, entries)), Some(more), "") =
            (blocks.last_mut(), line.strip_prefix("  "), open.as_str())
        {
            if let Some(entry) = entries.last_mut() {
                entry.push(Piece::Text(" ".into()));
                entry.extend(inline(more.trim()));
            }
        } else if line.trim().is_empty() {
            close(&mut open, &mut blocks);
        } else {
            if !open.is_empty() {
                open.push(' ');
            }
            open.push_str(line.trim());
        }
    }
    close(&mut open, &mut blocks);
    blocks
}

fn close(open: &mut String, blocks: &mut Vec<Passage>) {
    if !open.is_empty() {
        blocks.push(Passage::Paragraph(inline(&std::mem::take(open))));
    }
}

/// The parts of a line.
pub fn inline(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['`', '*']) {
        let mark = if rest[start..].starts_with("**") { "**" } else { "`" };
        let inside = rest[start..].strip_prefix(mark).and_then(|after| after.split_once(mark));
        let Some((inside, after)) = inside.filter(|(inside, _)| !inside.is_empty()) else {
            // A sign that marks nothing is text.
            let end = start + 1;
            pieces.push(Piece::Text(rest[..end].into()));
            rest = &rest[end..];
            continue;
        };
        if start > 0 {
            pieces.push(Piece::Text(rest[..start].into()));
        }
        pieces.push(if mark == "`" { Piece::Code(inside.into()) } else { Piece::Strong(inside.into()) });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::plain;

    #[test]
    fn a_text_comes_apart_into_its_blocks() {
        let text = "# A\nb `c`\n**d**\n\n- e\n  f\n- g\n1. h\n```sh\n<i>\n```\nj";
        let found = blocks(text);
        assert_eq!(found[0], Passage::Heading("A".into()));
        let Passage::Paragraph(pieces) = &found[1] else { panic!("{found:?}") };
        assert_eq!(
            pieces[..],
            [
                Piece::Text("b ".into()),
                Piece::Code("c".into()),
                Piece::Text(" ".into()),
                Piece::Strong("d".into())
            ]
        );
        let Passage::List(false, entries) = &found[2] else { panic!("{found:?}") };
        assert_eq!(entries.iter().map(|entry| plain(entry)).collect::<Vec<_>>(), ["e f", "g"]);
        assert!(matches!(&found[3], Passage::List(true, _)));
        assert_eq!(
            found[4..],
            [Passage::Code("<i>".into()), Passage::Paragraph(vec![Piece::Text("j".into())])]
        );
    }

    #[test]
    fn signs_that_mark_nothing_are_text() {
        for text in ["a * b", "a ` b", "**", "``", "* a *", "<b>x</b>"] {
            assert_eq!(plain(&inline(text)), text);
        }
    }
}
