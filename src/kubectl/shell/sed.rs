//! `sed`: `s`, `d` and `p`, of all lines or of those that addresses name.

use super::pattern::{Pattern, STEPS};

/// Which lines a command is for.
enum Address {
    Number(usize),
    Last,
    Like(Pattern),
}

/// What is done with a line.
enum What {
    Delete,
    Print,
    Replace { pattern: Pattern, by: Vec<By>, everywhere: bool, prints: bool },
}

/// A part of what stands in the place of what was found.
enum By {
    Letter(char),
    /// What a group found; 0 is all that was found.
    Found(usize),
}

/// A command of a script.
struct Command {
    from: Option<Address>,
    to: Option<Address>,
    /// For the lines that are not addressed.
    is_inverted: bool,
    what: What,
    /// Within its range, as of the lines so far.
    is_within: bool,
}

/// Reads a script.
struct Reader<'a> {
    letters: std::iter::Peekable<std::str::Chars<'a>>,
    is_extended: bool,
}

/// Why a script cannot be run: wrong, in these words, or not understood.
type Unread = Option<String>;

/// Besides [`STEPS`] finding may take so many steps for each letter of a text: a pattern like `.*x` takes as many as a line has
/// letters.
const STEPS_A_LETTER: usize = 200;

/// What scripts make of a text. A silent one prints only what it is told to.
///
/// # Errors
/// A script is wrong, or does what is not understood here.
pub fn edited(scripts: &[&str], input: &str, is_extended: bool, is_silent: bool) -> Result<String, String> {
    let mut commands = Vec::new();
    for script in scripts {
        let mut reader = Reader { letters: script.chars().peekable(), is_extended };
        let read = reader.commands().map_err(|wrong| {
            wrong.unwrap_or_else(|| {
                format!(
                    "only s/…/…/, d and p are understood here, of lines like 3, $, 2,5 or /…/, not {script:?}"
                )
            })
        })?;
        commands.extend(read);
    }
    let (mut out, mut steps) = (String::new(), STEPS + STEPS_A_LETTER * input.len());
    let mut lines = input.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let place = (index + 1, lines.peek().is_none());
        if let Some(line) = run(&mut commands, line, place, &mut steps, &mut out).filter(|_| !is_silent) {
            out += &line;
            out.push('\n');
        }
        if steps == 0 {
            return Err("this pattern takes too long on this text".into());
        }
    }
    Ok(out)
}

/// What is left of a line, if it is not deleted: of that with a number, which may be the last.
fn run(
    commands: &mut [Command],
    line: &str,
    (number, is_last): (usize, bool),
    steps: &mut usize,
    out: &mut String,
) -> Option<String> {
    let mut line = line.to_owned();
    for command in commands {
        if command.is_for(&line, number, is_last) == command.is_inverted {
            continue;
        }
        match &command.what {
            What::Delete => return None,
            What::Print => {
                *out += &line;
                out.push('\n');
            }
            What::Replace { pattern, by, everywhere, prints } => {
                if let Some(new) = replaced(&line, pattern, by, *everywhere, steps) {
                    line = new;
                    if *prints {
                        *out += &line;
                        out.push('\n');
                    }
                }
            }
        }
    }
    Some(line)
}

/// The line with other text in the place of what is found; none where nothing is.
fn replaced(line: &str, pattern: &Pattern, by: &[By], everywhere: bool, steps: &mut usize) -> Option<String> {
    let letters: Vec<char> = line.chars().collect();
    let (mut out, mut at, mut last) = (Vec::new(), 0, None);
    while let Some((start, end)) = pattern.find_within(&letters, at, steps) {
        out.extend_from_slice(&letters[at..start]);
        // Nothing, right behind what was found, is no find of its own.
        if start < end || last != Some(start) {
            let Some(groups) = pattern.groups(&letters, start, end, steps) else {
                at = start;
                break;
            };
            for part in by {
                match part {
                    By::Letter(letter) => out.push(*letter),
                    By::Found(group) => {
                        let (from, to) = groups.get(*group).copied().flatten().unwrap_or_default();
                        out.extend_from_slice(&letters[from..to]);
                    }
                }
            }
            last = Some(end);
        }
        at = end;
        if end == start {
            out.extend_from_slice(letters.get(at..=at).unwrap_or_default());
            at += 1;
        }
        if !everywhere || at > letters.len() {
            break;
        }
    }
    out.extend_from_slice(letters.get(at..).unwrap_or_default());
    last.map(|_| out.iter().collect())
}

impl Address {
    fn is_at(&self, line: &str, number: usize, is_last: bool) -> bool {
        match self {
            Address::Number(own) => number == *own,
            Address::Last => is_last,
            Address::Like(pattern) => pattern.is_in(line),
        }
    }
}

impl Command {
    fn is_for(&mut self, line: &str, number: usize, is_last: bool) -> bool {
        let Some(from) = &self.from else { return true };
        let Some(to) = &self.to else { return from.is_at(line, number, is_last) };
        if self.is_within {
            let is_behind = matches!(to, Address::Number(end) if number > *end);
            self.is_within = !is_behind && !to.is_at(line, number, is_last);
            return !is_behind;
        }
        let begins = from.is_at(line, number, is_last);
        // A range has one line at least, and a pattern ends it on a later one.
        self.is_within = begins
            && match to {
                Address::Number(end) => number < *end,
                Address::Last => !is_last,
                Address::Like(_) => true,
            };
        begins
    }
}

impl Reader<'_> {
    fn commands(&mut self) -> Result<Vec<Command>, Unread> {
        let mut commands = Vec::new();
        loop {
            while self.letters.next_if(|letter| letter.is_whitespace() || *letter == ';').is_some() {}
            if self.letters.peek().is_none() {
                return if commands.is_empty() { Err(None) } else { Ok(commands) };
            }
            commands.push(self.command()?);
            while self.letters.next_if_eq(&' ').is_some() {}
            if !matches!(self.letters.peek(), None | Some(';' | '\n')) {
                return Err(None);
            }
        }
    }

    fn command(&mut self) -> Result<Command, Unread> {
        let from = self.address()?;
        let has_end = from.is_some() && self.letters.next_if_eq(&',').is_some();
        let to = if has_end { Some(self.address()?.ok_or(None)?) } else { None };
        while self.letters.next_if_eq(&' ').is_some() {}
        let is_inverted = self.letters.next_if_eq(&'!').is_some();
        let what = match self.letters.next() {
            Some('d') => What::Delete,
            Some('p') => What::Print,
            Some('s') => self.replacement()?,
            _ => return Err(None),
        };
        Ok(Command { from, to, is_inverted, what, is_within: false })
    }

    fn address(&mut self) -> Result<Option<Address>, Unread> {
        let mut number = String::new();
        while let Some(digit) = self.letters.next_if(char::is_ascii_digit) {
            number.push(digit);
        }
        if !number.is_empty() {
            let number = number.parse().ok().filter(|number| *number > 0);
            return Ok(Some(Address::Number(number.ok_or(None)?)));
        }
        if self.letters.next_if_eq(&'$').is_some() {
            return Ok(Some(Address::Last));
        }
        if self.letters.next_if_eq(&'/').is_none() {
            return Ok(None);
        }
        let text = self.until('/')?;
        if text.is_empty() {
            return Err(None);
        }
        Ok(Some(Address::Like(Pattern::new(&text, self.is_extended, false)?)))
    }

    fn replacement(&mut self) -> Result<What, Unread> {
        let separator = self.letters.next().filter(|letter| !"\\\n".contains(*letter)).ok_or(None)?;
        let (from, to) = (self.until(separator)?, self.until(separator)?);
        let mut flags = String::new();
        while let Some(flag) = self.letters.next_if(|letter| "giIp".contains(*letter)) {
            flags.push(flag);
        }
        // With nothing to seek, the one before would be sought again.
        if from.is_empty() {
            return Err(None);
        }
        let pattern = Pattern::new(&from, self.is_extended, flags.contains(['i', 'I']))?;
        let mut by = Vec::new();
        let mut letters = to.chars();
        while let Some(letter) = letters.next() {
            by.push(match letter {
                '&' => By::Found(0),
                '\\' => match letters.next() {
                    Some('n') => By::Letter('\n'),
                    Some('t') => By::Letter('\t'),
                    Some(letter) if letter.is_ascii_alphabetic() => return Err(None),
                    Some(letter) => match letter.to_digit(10) {
                        Some(group) if group as usize > pattern.group_count() => {
                            return Err(Some(format!("invalid reference \\{group} on 's' command's RHS")));
                        }
                        Some(group) => By::Found(group as usize),
                        None => By::Letter(letter),
                    },
                    None => By::Letter('\\'),
                },
                letter => By::Letter(letter),
            });
        }
        let (everywhere, prints) = (flags.contains('g'), flags.contains('p'));
        Ok(What::Replace { pattern, by, everywhere, prints })
    }

    /// The text up to a sign. With a backslash the sign stands for itself.
    fn until(&mut self, end: char) -> Result<String, Unread> {
        let mut text = String::new();
        while let Some(letter) = self.letters.next() {
            match letter {
                letter if letter == end => return Ok(text),
                '\\' => match self.letters.next() {
                    Some(letter) if letter == end => text.push(letter),
                    Some(letter) => text.extend(['\\', letter]),
                    None => text.push('\\'),
                },
                letter => text.push(letter),
            }
        }
        Err(Some("unterminated `s' command".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each answer is GNU sed's.
    #[test]
    fn scripts_do_what_sed_does() {
        let text = "- image: nginx:1.27\n  name: a/b\nlast\n";
        let all = |changed: &str| format!("- image: {changed}\n  name: a/b\nlast\n");
        for (script, flags, wanted) in [
            (r"s/\(image: nginx\):.*$/\1:v4/", "", all("nginx:v4")),
            (r"s/(image): (ng)inx:(.*)/\1: \3 \2 &/", "r", all("1.27 ng image: nginx:1.27")),
            (r"s/\(image: \)\(\(n\)[a-z]*\)/\1\2\3/", "", all("nginxn:1.27")),
            ("s#image: nginx#image: web#", "", all("web:1.27")),
            (r"s/1\.27/1.28/g", "", all("nginx:1.28")),
            (r"s/n\(.\)/<\1>/g", "", "- image: <g>i<x>:1.27\n  <a>me: a/b\nlast\n".to_owned()),
            (r"s/(x|n)+(g)?/[\1\2]/", "r", "- image: [ng]inx:1.27\n  [n]ame: a/b\nlast\n".to_owned()),
            (r"s/a\/b/\&\//", "", text.replace("a/b", "&/")),
            ("2d", "", "- image: nginx:1.27\nlast\n".to_owned()),
            ("$d", "", "- image: nginx:1.27\n  name: a/b\n".to_owned()),
            ("1,2d", "", "last\n".to_owned()),
            ("/name/d", "", "- image: nginx:1.27\nlast\n".to_owned()),
            ("/name/!d", "", "  name: a/b\n".to_owned()),
            ("2,3p", "n", "  name: a/b\nlast\n".to_owned()),
            ("/image/,/name/p", "n", "- image: nginx:1.27\n  name: a/b\n".to_owned()),
            ("3,1p", "n", "last\n".to_owned()),
            ("2p", "", "- image: nginx:1.27\n  name: a/b\n  name: a/b\nlast\n".to_owned()),
            ("s/nginx/web/; s/web/x/;$d", "", "- image: x:1.27\n  name: a/b\n".to_owned()),
            ("/image/s/1/2/", "", all("nginx:2.27")),
            (
                "s/x*/-/g",
                "",
                "--- -i-m-a-g-e-:- -n-g-i-n-:-1-.-2-7-\n- - -n-a-m-e-:- -a-/-b-\n-l-a-s-t-\n".to_owned(),
            ),
            ("s/nginx/web/p", "n", "- image: web:1.27\n".to_owned()),
            (r"s/\S*$/x/", "", "- image: x\n  name: x\nx\n".to_owned()),
            (r"s/a\n/x/", "", text.to_owned()),
        ] {
            let edited = edited(&[script], text, flags == "r", flags == "n");
            assert_eq!(edited.as_deref(), Ok(wanted.as_str()), "{script}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (script, said) in [
            ("y/a/b/", "are understood here"),
            ("", "are understood here"),
            ("2", "are understood here"),
            ("s/a/b/w x", "are understood here"),
            (r"s/a/\U&/", "are understood here"),
            ("s//b/", "are understood here"),
            ("0,/a/d", "are understood here"),
            (r"s/\(a\)\1/b/", "\\1 is not understood here"),
            ("s/a/b", "unterminated `s' command"),
            (r"s/a/\1/", "invalid reference \\1"),
            (r"s/\(a/b/", "Unmatched ( or \\("),
        ] {
            let refused = edited(&[script], "a\n", false, false).expect_err(script);
            assert!(refused.contains(said), "{script}: {refused}");
        }
    }

    #[test]
    fn a_long_text_is_edited_whole() {
        let text = "            - name: a-container-of-a-pod-in-a-list\n".repeat(2_000);
        for script in ["s/list$/map/", r"s/.*nobody//;s/\(a-list\)$/a-map/"] {
            let edited = edited(&[script], &text, false, false).expect(script);
            assert!(edited.ends_with("map\n") && edited.lines().count() == 2_000, "{script}");
        }
    }

    #[test]
    fn where_groups_cannot_be_told_apart_in_time_a_line_stays_as_it_is() {
        let line = "ab".repeat(2_000) + "\n";
        let same = |script: &str| edited(&[script], &line, false, false);
        assert_eq!(same(r"s/\(ab\)*/x\1/").as_ref(), Ok(&line));
        let slow = edited(&[r"s/\(a*a*c\|a\)/x/g"], &"a".repeat(600), false, false);
        assert_eq!(slow, Err("this pattern takes too long on this text".into()));
        assert_eq!(same(r"s/\(.*\)b$/\1c/"), Ok("ab".repeat(1_999) + "ac\n"));
    }
}
