//! Columns that are as wide as their cells need. Upstream: Go's `text/tabwriter`, which kubectl uses for all that it
//! aligns: a cell ends with a tab, and a column lasts as long as following lines have a cell in it.

/// How columns are measured.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The least width.
    pub min_width: usize,
    /// Blanks after the widest cell.
    pub padding: usize,
}

/// What `kubectl describe` and `rollout history` use.
pub const DESCRIBE: Style = Style { min_width: 0, padding: 2 };
/// What `kubectl get` uses.
pub const TABLE: Style = Style { min_width: 6, padding: 3 };

/// The text with its tabs replaced by blanks.
pub fn aligned(text: &str, style: Style) -> String {
    let (body, end) = match text.strip_suffix('\n') {
        Some(body) => (body, "\n"),
        None => (text, ""),
    };
    let lines: Vec<Vec<&str>> = body.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut out = String::new();
    let mut widths = Vec::new();
    format(&mut out, &lines, &mut widths, style);
    out.truncate(out.len().saturating_sub(1));
    out + end
}

/// Formats lines of which the columns in `widths` are measured.
fn format(out: &mut String, lines: &[Vec<&str>], widths: &mut Vec<usize>, style: Style) {
    let column = widths.len();
    let has_cell = |line: &Vec<&str>| column + 1 < line.len();
    let mut rest = lines;
    while let Some(start) = rest.iter().position(has_cell) {
        write(out, &rest[..start], widths);
        rest = &rest[start..];
        let length = rest.iter().position(|line| !has_cell(line)).unwrap_or(rest.len());
        let widest = rest[..length].iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        widths.push((widest + style.padding).max(style.min_width));
        format(out, &rest[..length], widths, style);
        widths.pop();
        rest = &rest[length..];
    }
    write(out, rest, widths);
}

fn write(out: &mut String, lines: &[Vec<&str>], widths: &[usize]) {
    for line in lines {
        for (index, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if let Some(width) = widths.get(index) {
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
            }
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_lasts_as_long_as_lines_have_a_cell_in_it() {
        assert_eq!(aligned("a\tb\nlong\tc\n", DESCRIBE), "a     b\nlong  c\n");
        assert_eq!(aligned("a\tb\nx\nlonger\tc\n", DESCRIBE), "a  b\nx\nlonger  c\n");
        assert_eq!(aligned("NAME\tAGE\na\t1s\n", TABLE), "NAME   AGE\na      1s\n");
        assert_eq!(aligned("a\t\n", TABLE), "a     \n");
        assert_eq!(aligned("  x:\n    y:\tz\n", DESCRIBE), "  x:\n    y:  z\n");
    }
}
