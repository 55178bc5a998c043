//! Command lines: text to words as a POSIX shell splits it, and words back to text.
//!
//! A pasted text may hold several commands (newline, `;`, `&&`), a `$` prompt before each, lines continued with `\`,
//! comments, here-documents and pipes. What a shell would expand (variables, redirections) is refused at its place rather
//! than taken to mean something else.
//!
//! Invariant: reading the text of a [`Command`] gives the same command.

use crate::manifest::Span;
use std::fmt;
use std::rc::Rc;

/// The text of one command in its canonical form: shared, since every step that it caused keeps it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(Rc<str>);

impl Line {
    /// The line of commands ([`text_of`]).
    pub fn of<'a>(commands: impl IntoIterator<Item = (Join, &'a Command)>) -> Self {
        Line(text_of(commands).into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The words of one command, and the text that it reads from its standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments, without quotes.
    pub words: Vec<String>,
    /// A here-document.
    pub stdin: Option<String>,
}

impl Command {
    /// A command of these words.
    pub fn of<S: Into<String>>(words: impl IntoIterator<Item = S>) -> Self {
        Command { words: words.into_iter().map(Into::into).collect(), stdin: None }
    }
}

impl Command {
    /// Its program and what follows that; none where there is no program.
    pub fn parts(&self) -> Option<(&str, &[String])> {
        let (program, words) = self.words[program_at(&self.words)..].split_first()?;
        Some((program, words))
    }

    /// Its program; empty where there is none.
    pub fn program(&self) -> &str {
        self.parts().map_or("", |(program, _)| program)
    }

    /// Whether it is one of the cluster's, and no program that reads what others print.
    pub fn is_of_cluster(&self) -> bool {
        ["kubectl", "k", "ssh", "playground"].contains(&self.program())
    }
}

/// The words, quoted where a shell needs it, and the here-document.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of([(Join::Always, self)]))
    }
}

/// The text of several commands: their words in one line, and their here-documents below it. The join of the first says
/// nothing.
pub fn text_of<'a>(commands: impl IntoIterator<Item = (Join, &'a Command)>) -> String {
    let (mut line, mut below) = (String::new(), String::new());
    for (index, (join, command)) in commands.into_iter().enumerate() {
        line += match join {
            _ if index == 0 => "",
            Join::Always => "; ",
            Join::IfOk => " && ",
            Join::IfFailed => " || ",
            Join::Pipe => " | ",
        };
        let mut is_before_program = true;
        for (index, word) in command.words.iter().enumerate() {
            line += if index > 0 { " " } else { "" };
            line += &match variable(word).filter(|_| is_before_program) {
                // A name in quotes would be a program to the shell.
                Some((name, value)) => format!("{name}={}", quoted(value)),
                None => quoted(word),
            };
            is_before_program &= variable(word).is_some();
        }
        let Some(text) = &command.stdin else { continue };
        let end = delimiter(text);
        let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        line += &format!(" <<'{end}'");
        below += &format!("\n{text}{newline}{end}");
    }
    line + &below
}

/// A word that ends a here-document and does not stand in it.
fn delimiter(text: &str) -> String {
    let taken = |word: &str| text.lines().any(|line| line == word);
    let more = (1..).map(|number| format!("EOF{number}"));
    std::iter::once("EOF".to_owned()).chain(more).find(|word| !taken(word)).unwrap_or_default()
}

/// Name and value of a variable that is set for a command (`KUBE_EDITOR=vi kubectl edit …`).
pub fn variable(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    is_name.then_some((name, value))
}

/// Where among words the program stands: behind what is set for it.
pub fn program_at(words: &[String]) -> usize {
    words.iter().take_while(|word| variable(word).is_some()).count()
}

/// A word as one writes it for a shell.
pub fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_@%+=:,./-".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// When a command of a text is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// Whatever came of the one before.
    #[default]
    Always,
    /// Only if the one before went well (`&&`).
    IfOk,
    /// Only if it did not (`||`).
    IfFailed,
    /// With the one before, whose output it reads (`|`).
    Pipe,
}

impl Join {
    /// Whether a command is run after an exit code.
    pub fn is_run_after(self, code: i32) -> bool {
        match self {
            Join::IfOk => code == 0,
            Join::IfFailed => code != 0,
            Join::Always | Join::Pipe => true,
        }
    }
}

/// A command of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// When it is run.
    pub join: Join,
    /// The command.
    pub command: Command,
    /// Where it stands.
    pub span: Span,
}

/// Why a text is no sequence of commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Whether more text could mend it: a quote or here-document is open, an operator has nothing behind it.
    pub is_open: bool,
}

/// Reads the commands of a text.
///
/// # Errors
/// A quote or here-document does not end, an operator has nothing to join, or something is there that only a shell
/// could do.
pub fn parse(text: &str) -> Result<Vec<Part>, SyntaxError> {
    let mut reader = Reader { letters: text.chars().collect(), at: 0, heredoc: None };
    let mut parts: Vec<Part> = Vec::new();
    let mut announced: Vec<(usize, Here)> = Vec::new();
    let mut join = Join::Always;
    loop {
        reader.skip_prompt();
        let start = reader.at;
        let words = reader.words()?;
        let span = reader.span(start, reader.at);
        let is_empty = words.is_empty();
        if words.first().is_some_and(|word| KEYWORDS.contains(&word.as_str())) {
            let message = format!("{:?} is not understood here: no loops, conditions or functions", words[0]);
            return Err(SyntaxError { message, span, is_open: false });
        }
        if !is_empty {
            announced.extend(reader.heredoc.take().map(|here| (parts.len(), here)));
            parts.push(Part { join, command: Command { words, stdin: None }, span });
        }
        let operator = reader.operator();
        if matches!(operator, None | Some("\n")) {
            for (part, here) in announced.drain(..) {
                parts[part].command.stdin = Some(reader.here_document(&here)?);
            }
        }
        match operator {
            None if is_empty && join != Join::Always => {
                let operator = match join {
                    Join::Pipe => "|",
                    Join::IfFailed => "||",
                    Join::IfOk | Join::Always => "&&",
                };
                return Err(SyntaxError {
                    message: format!("there is no command after {operator:?}"),
                    span,
                    is_open: true,
                });
            }
            None => return Ok(parts),
            // A line that ends with &&, || or | goes on in the next one.
            Some("\n") if is_empty => {}
            Some(operator) if is_empty => {
                let message = format!("there is no command before {operator:?}");
                return Err(SyntaxError { message, span, is_open: false });
            }
            Some("&&") => join = Join::IfOk,
            Some("||") => join = Join::IfFailed,
            Some("|") => join = Join::Pipe,
            Some(_) => join = Join::Always,
        }
    }
}

/// Words with which a shell begins what is more than a command.
const KEYWORDS: [&str; 19] = [
    "for", "while", "until", "if", "case", "select", "function", "do", "done", "then", "else", "elif", "fi",
    "esac", "{", "}", "!", "[", "[[",
];

/// A here-document that was announced and begins with the next line.
struct Here {
    end: String,
    tabs: bool,
    span: Span,
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    heredoc: Option<Here>,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn after(&self) -> Option<char> {
        self.letters.get(self.at + 1).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(letter)
    }

    fn place(&self, at: usize) -> (u32, u32) {
        let before = &self.letters[..at.min(self.letters.len())];
        let line = before.iter().filter(|letter| **letter == '\n').count();
        let column = before.iter().rev().take_while(|letter| **letter != '\n').count();
        (line as u32 + 1, column as u32 + 1)
    }

    fn span(&self, from: usize, to: usize) -> Span {
        let ((line, column), (end_line, end_column)) = (self.place(from), self.place(to));
        Span { line, column, end_line, end_column }
    }

    fn error<T>(&self, from: usize, message: impl Into<String>) -> Result<T, SyntaxError> {
        let span = self.span(from, self.at.max(from + 1));
        Err(SyntaxError { message: message.into(), span, is_open: false })
    }

    fn open_quote<T>(&self, from: usize) -> Result<T, SyntaxError> {
        let message = "this quote does not end".into();
        Err(SyntaxError { message, span: self.span(from, self.at.max(from + 1)), is_open: true })
    }

    /// Skips blanks, a `$` prompt and blanks again.
    fn skip_prompt(&mut self) {
        self.skip_blanks();
        if self.peek() == Some('$') && self.after() == Some(' ') {
            self.at += 1;
            self.skip_blanks();
        }
    }

    fn skip_blanks(&mut self) {
        loop {
            match (self.peek(), self.after()) {
                (Some(' ' | '\t' | '\r'), _) => self.at += 1,
                (Some('\\'), Some('\n')) => self.at += 2,
                _ => return,
            }
        }
    }

    /// The words up to the next operator.
    fn words(&mut self) -> Result<Vec<String>, SyntaxError> {
        let mut words = Vec::new();
        loop {
            self.skip_blanks();
            match (self.peek(), self.after()) {
                (None | Some('\n' | ';'), _) | (Some('&'), Some('&')) => return Ok(words),
                (Some('|'), _) => return Ok(words),
                (Some('#'), _) => {
                    while self.peek().is_some_and(|letter| letter != '\n') {
                        self.at += 1;
                    }
                }
                (Some('<'), Some('<')) => self.announce()?,
                (Some('&'), Some('>')) | (Some('>'), _) => return self.redirection(),
                (Some('&'), _) => {
                    return self
                        .error(self.at, "\"&\" is not understood here: nothing runs in the background");
                }
                (Some(operator @ ('<' | '(' | ')')), _) => {
                    return self.error(self.at, format!("{operator:?} is not understood here"));
                }
                _ => words.push(self.word()?),
            }
        }
    }

    /// Output that is to go elsewhere: to a file, or nowhere.
    fn redirection<T>(&mut self) -> Result<T, SyntaxError> {
        let start = self.at;
        while matches!(self.peek(), Some('>' | '&' | '|')) {
            self.at += 1;
        }
        let is_stream = self.letters[start + 1..self.at].contains(&'&');
        self.skip_blanks();
        let to = self.word()?;
        match is_stream || to == "/dev/null" {
            true => self.error(start, "output goes to the terminal or into a pipe: leave such a \">\" out"),
            false => self.error(start, "there are no files to write here: change the texts in the editor"),
        }
    }

    fn word(&mut self) -> Result<String, SyntaxError> {
        let mut word = String::new();
        while let Some(letter) = self.peek() {
            let start = self.at;
            match letter {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    self.at += 1;
                    loop {
                        match self.next() {
                            Some('\'') => break,
                            Some(letter) => word.push(letter),
                            None => return self.open_quote(start),
                        }
                    }
                }
                '"' => self.double_quoted(&mut word)?,
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => {}
                        Some(letter) => word.push(letter),
                        None => word.push('\\'),
                    }
                }
                _ => {
                    self.refuse_expansion()?;
                    self.at += 1;
                    word.push(letter);
                }
            }
        }
        Ok(word)
    }

    fn double_quoted(&mut self, word: &mut String) -> Result<(), SyntaxError> {
        let start = self.at;
        self.at += 1;
        loop {
            match (self.peek(), self.after()) {
                (None, _) => return self.open_quote(start),
                (Some('"'), _) => {
                    self.at += 1;
                    return Ok(());
                }
                (Some('\\'), Some('\n')) => self.at += 2,
                (Some('\\'), Some(letter @ ('"' | '\\' | '$' | '`'))) => {
                    self.at += 2;
                    word.push(letter);
                }
                (Some(letter), _) => {
                    self.refuse_expansion()?;
                    self.at += 1;
                    word.push(letter);
                }
            }
        }
    }

    /// A shell would put something else here.
    fn refuse_expansion(&self) -> Result<(), SyntaxError> {
        let starts_name = |letter: char| letter.is_ascii_alphabetic() || "_{(?".contains(letter);
        match (self.peek(), self.after()) {
            (Some('`'), _) => self.error(self.at, "commands in ` are not run here"),
            (Some('$'), Some(letter)) if starts_name(letter) => self.error(
                self.at,
                "variables and $(…) are not expanded here; quote it with ' if it is meant so",
            ),
            _ => Ok(()),
        }
    }

    /// The operator that ends a command; none at the end of the text.
    fn operator(&mut self) -> Option<&'static str> {
        match self.next()? {
            '&' => {
                self.at += 1;
                Some("&&")
            }
            ';' => Some(";"),
            '|' if self.peek() == Some('|') => {
                self.at += 1;
                Some("||")
            }
            '|' => Some("|"),
            _ => Some("\n"),
        }
    }

    fn announce(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        self.at += 2;
        let tabs = self.peek() == Some('-');
        self.at += usize::from(tabs);
        self.skip_blanks();
        let end = self.word()?;
        if end.is_empty() {
            return self.error(start, "here a word is missing that ends the text");
        }
        self.heredoc = Some(Here { end, tabs, span: self.span(start, self.at) });
        Ok(())
    }

    /// The lines up to the announced word.
    fn here_document(&mut self, here: &Here) -> Result<String, SyntaxError> {
        let mut text = String::new();
        while self.at < self.letters.len() {
            let rest = &self.letters[self.at..];
            let length = rest.iter().position(|letter| *letter == '\n').unwrap_or(rest.len());
            let line: String = rest[..length].iter().collect();
            self.at = (self.at + length + 1).min(self.letters.len());
            let line = if here.tabs { line.trim_start_matches('\t') } else { &line };
            if line == here.end {
                return Ok(text);
            }
            text += line;
            text.push('\n');
        }
        let message = format!("this text does not end: no line is {:?}", here.end);
        Err(SyntaxError { message, span: here.span, is_open: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<Vec<String>> {
        parse(text).expect("commands").into_iter().map(|part| part.command.words).collect()
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        for (text, words) in [
            ("kubectl get  pods", &["kubectl", "get", "pods"][..]),
            ("a 'b c' d", &["a", "b c", "d"]),
            (r#"a "b 'c' \"d\"" e"#, &["a", "b 'c' \"d\"", "e"]),
            (r"a b\ c \'", &["a", "b c", "'"]),
            ("a x'y'\"z\"", &["a", "xyz"]),
            ("a ''", &["a", ""]),
            ("a b#c # a comment", &["a", "b#c"]),
            ("echo done", &["echo", "done"]),
            ("kubectl wait --for delete", &["kubectl", "wait", "--for", "delete"]),
            ("$ kubectl get ds", &["kubectl", "get", "ds"]),
            ("a \\\n  b", &["a", "b"]),
            ("a '{.spec.$x}'", &["a", "{.spec.$x}"]),
        ] {
            assert_eq!(commands(text), [words], "{text}");
        }
    }

    #[test]
    fn several_commands_may_stand_in_a_text() {
        let parts = parse("$ a 1\n\n# nothing\n$ b && c;d\n").expect("commands");
        let told: Vec<_> =
            parts.iter().map(|part| (part.join, part.command.to_string(), part.span.line)).collect();
        let expected =
            [(Join::Always, "a 1", 1), (Join::Always, "b", 4), (Join::IfOk, "c", 4), (Join::Always, "d", 4)];
        assert_eq!(told, expected.map(|(join, text, line)| (join, text.to_owned(), line)));
        assert_eq!(parse("a &&\n b").expect("commands")[1].join, Join::IfOk);
        assert_eq!(commands(""), Vec::<Vec<String>>::new());
    }

    #[test]
    fn a_pipe_joins_two_commands() {
        let parts = parse("a | b 'x|y' |\n c; d").expect("commands");
        let joins: Vec<_> = parts.iter().map(|part| (part.join, part.command.words.len())).collect();
        assert_eq!(joins, [(Join::Always, 1), (Join::Pipe, 2), (Join::Pipe, 1), (Join::Always, 1)]);
    }

    #[test]
    fn a_here_document_is_the_input_of_its_command() {
        let parts = parse("kubectl apply -f - <<EOF && b\nkind: Pod\n$x\nEOF\nc").expect("commands");
        assert_eq!(parts[0].command.stdin.as_deref(), Some("kind: Pod\n$x\n"));
        assert_eq!(parts.len(), 3);
    }

    #[test]
    fn the_text_of_several_commands_reads_back_as_the_same_ones() {
        let text = "a <<A && b | c <<B; d\nx\nA\ny\nB\ne | f";
        let parts = parse(text).expect("commands");
        let written = text_of(parts.iter().map(|part| (part.join, &part.command)));
        assert_eq!(written, "a <<'EOF' && b | c <<'EOF'; d; e | f\nx\nEOF\ny\nEOF");
        let told = |parts: Vec<Part>| -> Vec<_> {
            parts.into_iter().map(|part| (part.join, part.command)).collect()
        };
        assert_eq!(told(parse(&written).expect("commands")), told(parts));
    }

    #[test]
    fn commands_are_joined_as_a_shell_joins_them() {
        let joins =
            |text: &str| -> Vec<Join> { parse(text).expect(text).iter().map(|part| part.join).collect() };
        let wanted = [Join::Always, Join::IfFailed, Join::Pipe, Join::IfOk, Join::Always];
        assert_eq!(joins("a||b | c &&\nd; e"), wanted);
        let parts = parse("a || b && c").expect("commands");
        assert_eq!(text_of(parts.iter().map(|part| (part.join, &part.command))), "a || b && c");
        for (join, after_success, after_failure) in
            [(Join::IfOk, true, false), (Join::IfFailed, false, true), (Join::Always, true, true)]
        {
            assert_eq!(
                (join.is_run_after(0), join.is_run_after(1)),
                (after_success, after_failure),
                "{join:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_understood_is_told_at_its_place() {
        for (text, line, column) in [
            ("a 'b", 1, 3),
            ("a\nb \"c", 2, 3),
            ("|| b", 1, 1),
            ("a ||", 1, 5),
            ("a & b", 1, 3),
            ("a > b", 1, 3),
            ("a 2>&1", 1, 4),
            ("a >/dev/null", 1, 3),
            ("a; while true; do b; done", 1, 4),
            ("if a; then b; fi", 1, 1),
            ("echo $?", 1, 6),
            ("a |", 1, 4),
            ("| a", 1, 1),
            ("a > file", 1, 3),
            ("a $HOME", 1, 3),
            ("a \"$(b)\"", 1, 4),
            ("&& a", 1, 1),
            ("a &&", 1, 5),
            ("a <<EOF\nb", 1, 3),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!((error.span.line, error.span.column), (line, column), "{text}: {}", error.message);
        }
    }

    #[test]
    fn the_text_of_a_command_reads_back_as_the_same_command() {
        for words in
            [&["kubectl", "get", "pods"][..], &["a", "", "b c", "it's", "$x", "*", "#", "a\nb", "{a,b}"]]
        {
            for stdin in [None, Some("x\nEOF\n".to_owned()), Some(String::new())] {
                let command = Command { stdin, ..Command::of(words.iter().copied()) };
                let read = parse(&command.to_string()).expect("a command");
                assert_eq!(read.len(), 1, "{command}");
                assert_eq!(read[0].command, command, "{command}");
            }
        }
        assert_eq!(Command::of(["label", "x=a b"]).to_string(), "label 'x=a b'");
    }
}
