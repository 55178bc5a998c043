//! Texts in lines of a width. Upstream: `github.com/mitchellh/go-wordwrap`, `kubectl/pkg/explain/formatter.go`.

/// A text whose lines are broken at blanks where they would be longer than the width.
pub fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    let (mut current, mut word, mut blanks) = (0, String::new(), String::new());
    let length = |text: &str| text.chars().count();
    for letter in text.chars() {
        if letter == '\n' {
            if word.is_empty() {
                if current + length(&blanks) <= width {
                    out += &blanks;
                }
            } else {
                out += &blanks;
                out += &word;
                word.clear();
            }
            blanks.clear();
            out.push('\n');
            current = 0;
        } else if letter.is_whitespace() && letter != '\u{a0}' {
            if blanks.is_empty() || !word.is_empty() {
                current += length(&blanks) + length(&word);
                out += &blanks;
                out += &word;
                blanks.clear();
                word.clear();
            }
            blanks.push(letter);
        } else {
            word.push(letter);
            if current + length(&word) + length(&blanks) > width && length(&word) < width {
                out.push('\n');
                current = 0;
                blanks.clear();
            }
        }
    }
    if !word.is_empty() || current + length(&blanks) <= width {
        out += &blanks;
    }
    out + &word
}

/// Each line behind so many blanks.
pub fn indented(text: &str, amount: usize) -> String {
    let blanks = " ".repeat(amount);
    format!("{blanks}{}", text.replace('\n', &format!("\n{blanks}")))
}

/// A paragraph in the older form: words in lines of a width, each behind so many blanks.
pub fn old(text: &str, width: usize, indent: usize) -> String {
    let blanks = " ".repeat(indent);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                *line += word;
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.is_empty() {
        return "\n".into();
    }
    lines.iter().map(|line| format!("{blanks}{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks() {
        assert_eq!(wrapped("one two three", 8), "one two\nthree");
        assert_eq!(wrapped("a\nb", 8), "a\nb");
        assert_eq!(wrapped("longerthanthis x", 8), "longerthanthis\nx");
        assert_eq!(indented("a\nb", 2), "  a\n  b");
    }
}
