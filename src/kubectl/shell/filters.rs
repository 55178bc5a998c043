//! The programs that people pipe into. Each does what people know it for; what it does not know it says.

use super::pattern::Pattern;
use super::sed;
use crate::api::{Millis, sort};
use crate::kubectl::files::Files;
use crate::kubectl::line::Command;

/// What a program came to.
#[derive(Debug, Default)]
pub struct Run {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// Exit code.
    pub code: i32,
}

/// Why a program does nothing: its words, and its exit code.
type Refusal = (String, i32);

/// What a program is given.
struct Given<'a> {
    name: &'a str,
    words: &'a [String],
    stdin: Option<&'a str>,
    files: &'a Files,
    history: &'a [String],
}

type Program = fn(&Given) -> Result<(String, i32), Refusal>;

/// The programs, by name.
const PROGRAMS: &[(&str, Program)] = &[
    ("awk", awk),
    ("base64", base64),
    ("cat", cat),
    ("cut", cut),
    ("echo", echo),
    ("false", |_| Ok((String::new(), 1))),
    ("egrep", grep),
    ("grep", grep),
    ("head", head),
    ("help", help),
    ("history", history),
    ("ls", ls),
    ("sed", sed),
    ("sleep", sleep),
    ("sort", sort),
    ("tail", tail),
    ("tr", tr),
    ("uniq", uniq),
    ("true", |_| Ok((String::new(), 0))),
    ("wc", wc),
];

/// It runs the others.
const XARGS: &str = "xargs";

/// The programs' names.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(name, _)| *name).chain([XARGS])
}

/// What to do instead of what people try that is not here.
const HINTS: [(&[&str], &str); 7] = [
    (&["alias"], "k is kubectl here, without an alias"),
    (
        &["export"],
        "there are no variables here; `kubectl config set-context --current --namespace=…` sets a namespace",
    ),
    (&["watch"], "`kubectl get … -w` prints what changes"),
    (&["jq"], "`-o jsonpath=…` and `-o custom-columns=…` pick fields"),
    (&["less", "more"], "the terminal scrolls by itself"),
    (&["sudo"], "kubectl needs no sudo; on a node it is `ssh NODE sudo systemctl stop kubelet`"),
    (&["vi", "vim", "nano"], "texts are changed in the editor beside; `kubectl edit` opens an object"),
];

/// A shell's exit code for a program that is not there.
const NOT_FOUND: i32 = 127;

/// Runs a program.
pub fn run(command: &Command, files: &Files, history: &[String]) -> Run {
    let Some((name, words)) = command.parts() else { return Run::default() };
    if name == XARGS {
        return xargs(command, files, history);
    }
    let Some((_, program)) = PROGRAMS.iter().find(|(known, _)| *known == name) else {
        let hint = HINTS.iter().find(|(known, _)| known.contains(&name));
        let hint = hint.map_or(String::new(), |(_, hint)| format!("{hint}\n"));
        return Run { err: format!("{name}: command not found\n{hint}"), code: NOT_FOUND, ..Run::default() };
    };
    match program(&Given { name, words, stdin: command.stdin.as_deref(), files, history }) {
        Ok((out, code)) => Run { out, code, err: String::new() },
        Err((err, code)) => Run { out: String::new(), err: format!("{name}: {err}\n"), code },
    }
}

/// Whether a program prints with each line that it reads, and not first at the end.
pub fn prints_line_by_line(command: &Command) -> bool {
    let Some((name, words)) = command.parts() else { return false };
    let has = |test: &dyn Fn(&str) -> bool| words.iter().any(|word| test(word));
    match name {
        "cat" | "cut" | "head" | "tr" => true,
        // It knows at the end which line is the last.
        "sed" => !has(&|word| word.starts_with('$') || [";$", ",$", " $"].iter().any(|at| word.contains(at))),
        "awk" => !has(&|word| word.contains("END")),
        "grep" | "egrep" => !has(&|word| is_flag(word, 'c')),
        "tail" => has(&|word| word.starts_with('+')),
        _ => false,
    }
}

/// Whether a letter is among the flags of a word.
fn is_flag(word: &str, letter: char) -> bool {
    word.strip_prefix('-').is_some_and(|letters| !letters.starts_with('-') && letters.contains(letter))
}

/// Whether `head` has all the lines that it prints.
pub fn has_enough(command: &Command) -> bool {
    let Some(("head", words)) = command.parts() else { return false };
    let (files, stdin) = (&Files::new(), command.stdin.as_deref());
    let given = Given { name: "head", words, stdin, files, history: &[] };
    let wanted = given.read("q", "nc").and_then(|read| read.number('n'));
    let lines = stdin.unwrap_or_default().lines().count();
    wanted.is_ok_and(|wanted| lines >= wanted.unwrap_or(LINES))
}

/// As long as a person would wait for; and so that a run which does not settle comes to an end.
pub const MOST_SLEPT: Millis = Millis(600_000);

/// So long `sleep` waits.
pub fn sleeps(command: &Command) -> Option<Millis> {
    let (name, words) = command.parts()?;
    if name != "sleep" { None } else { waiting(words).ok() }
}

/// The time that words say: numbers of seconds, or of what a letter behind them says.
fn waiting(words: &[String]) -> Result<Millis, Refusal> {
    if words.is_empty() {
        return Err(("missing operand".into(), 1));
    }
    let mut all = 0.0;
    for word in words {
        let (number, unit) = match word.strip_suffix(['s', 'm', 'h', 'd']) {
            Some(number) => (number, word.chars().last().unwrap_or('s')),
            None => (word.as_str(), 's'),
        };
        let seconds = match unit {
            'm' => 60.0,
            'h' => 3_600.0,
            'd' => 86_400.0,
            _ => 1.0,
        };
        let is_number = number.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
        let number = number.parse::<f64>().ok().filter(|_| is_number);
        all += number.ok_or_else(|| (format!("invalid time interval ‘{word}’"), 1))? * seconds * 1_000.0;
    }
    if all > MOST_SLEPT.0 as f64 {
        return Err(("more than 10 minutes at once are not waited for here".into(), 1));
    }
    Ok(Millis(all as i64))
}

/// Waits: whoever runs it lets the time pass.
fn sleep(given: &Given) -> Result<(String, i32), Refusal> {
    waiting(given.words).map(|_| (String::new(), 0))
}

/// Flags and other words of a program.
#[derive(Default)]
struct Read {
    /// Flags that were given, with their values.
    flags: Vec<(char, String)>,
    /// The other words.
    words: Vec<String>,
}

impl Read {
    fn has(&self, flag: char) -> bool {
        self.flags.iter().any(|(given, _)| *given == flag)
    }

    fn value(&self, flag: char) -> Option<&str> {
        self.flags.iter().rev().find(|(given, _)| *given == flag).map(|(_, value)| value.as_str())
    }

    fn values(&self, flag: char) -> impl Iterator<Item = &str> {
        self.flags.iter().filter(move |(given, _)| *given == flag).map(|(_, value)| value.as_str())
    }

    fn number(&self, flag: char) -> Result<Option<usize>, Refusal> {
        let number = |value: &str| value.parse().map_err(|_| (format!("invalid number: ‘{value}’"), 1));
        self.value(flag).map(number).transpose()
    }
}

impl Given<'_> {
    /// Reads the flags: single letters in `switches` alone, those in `valued` with a value.
    fn read(&self, switches: &str, valued: &str) -> Result<Read, Refusal> {
        let mut read = Read::default();
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                read.words.extend(words.by_ref().cloned());
            } else if word.starts_with("--") {
                return Err((format!("unrecognized option '{word}'"), 2));
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                // `-3` stands for `-n 3`.
                if valued.contains('n') && letters.chars().all(|letter| letter.is_ascii_digit()) {
                    read.flags.push(('n', letters.to_owned()));
                    continue;
                }
                for (at, letter) in letters.char_indices() {
                    if switches.contains(letter) {
                        read.flags.push((letter, String::new()));
                    } else if valued.contains(letter) {
                        let rest = &letters[at + letter.len_utf8()..];
                        let value = match rest {
                            "" => words.next().cloned(),
                            rest => Some(rest.to_owned()),
                        };
                        let value =
                            value.ok_or_else(|| (format!("option requires an argument -- '{letter}'"), 2))?;
                        read.flags.push((letter, value));
                        break;
                    } else {
                        return Err((format!("invalid option -- '{letter}'"), 2));
                    }
                }
            } else {
                read.words.push(word.clone());
            }
        }
        Ok(read)
    }

    fn file(&self, name: &str) -> Result<String, Refusal> {
        let name = name.strip_prefix("./").unwrap_or(name);
        match self.files.get(name) {
            Some(file) => Ok(file.text().to_string()),
            None => Err((format!("{name}: No such file or directory"), 1)),
        }
    }

    /// The texts that are named, or else what is piped in.
    fn input(&self, names: &[String]) -> Result<String, Refusal> {
        if names.is_empty() {
            return Ok(self.stdin.unwrap_or_default().to_owned());
        }
        names
            .iter()
            .map(
                |name| {
                    if name == "-" { Ok(self.stdin.unwrap_or_default().to_owned()) } else { self.file(name) }
                },
            )
            .collect()
    }
}

fn lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    lines.into_iter().flat_map(|line| [line, "\n"]).collect()
}

fn ls(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("alh1", "")?;
    for name in &read.words {
        if name != "." {
            given
                .file(name)
                .map_err(|(_, _)| (format!("cannot access '{name}': No such file or directory"), 2))?;
        }
    }
    let is_named =
        |name: &&str| read.words.is_empty() || read.words.iter().any(|word| word == name || word == ".");
    Ok((lines(given.files.keys().map(String::as_str).filter(is_named)), 0))
}

fn cat(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("n", "")?;
    let text = given.input(&read.words)?;
    if !read.has('n') {
        return Ok((text, 0));
    }
    let numbered = text.lines().enumerate().map(|(index, line)| format!("{:6}\t{line}\n", index + 1));
    Ok((numbered.collect(), 0))
}

fn echo(given: &Given) -> Result<(String, i32), Refusal> {
    let (words, end) = match given.words.split_first() {
        Some((first, rest)) if first == "-n" => (rest, ""),
        _ => (given.words, "\n"),
    };
    Ok((words.join(" ") + end, 0))
}

fn history(given: &Given) -> Result<(String, i32), Refusal> {
    let line = |(index, line): (usize, &String)| format!("{:5}  {line}\n", index + 1);
    Ok((given.history.iter().enumerate().map(line).collect(), 0))
}

fn help(_: &Given) -> Result<(String, i32), Refusal> {
    let text = "kubectl …       all that a cluster can be asked; `k` does as well, and `kubectl help` lists the commands
ssh NODE …      sudo systemctl stop kubelet, or start
playground …    set order=chance|name; set nodes -f nodes.yaml; add nodes -f -
ls, cat         the page's texts: manifest.yaml, nodes.yaml
| grep …        also head, tail, sort, uniq, wc, cut, tr, awk, sed, base64, xargs
clear, history  what a shell has; sleep 30 lets half a minute pass
Tab completes, ↑ and Ctrl+R find what was typed, Ctrl+C ends what follows, Ctrl+L clears.
";
    Ok((text.to_owned(), 0))
}

fn grep(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("ivEFGcnowqHhxls", "eABCm")?;
    let mut words = read.words.as_slice();
    let text = match (read.value('e'), words.split_first()) {
        (Some(text), _) => text,
        (None, Some((first, rest))) => {
            words = rest;
            first
        }
        (None, None) => return Err(("a pattern is missing".into(), 2)),
    };
    let is_extended = given.name == "egrep" || read.has('E');
    let wrapped = match (read.has('w'), is_extended) {
        (false, _) => text.to_owned(),
        (true, false) => format!("\\b\\({text}\\)\\b"),
        (true, true) => format!("\\b({text})\\b"),
    };
    let pattern = match read.has('F') {
        true => Pattern::plain(text, read.has('i')),
        false => Pattern::new(&wrapped, is_extended, read.has('i')).map_err(|error| (error, 2))?,
    };
    let input = given.input(words)?;
    let all: Vec<&str> = input.lines().collect();
    let around = read.number('C')?.unwrap_or(0);
    let (after, before) = (read.number('A')?.unwrap_or(around), read.number('B')?.unwrap_or(around));
    let most = read.number('m')?.unwrap_or(usize::MAX);
    let is_hit = |line: &str| match read.has('x') {
        true => pattern.find(&line.chars().collect::<Vec<_>>(), 0) == Some((0, line.chars().count())),
        false => pattern.is_in(line),
    };
    let hits = all.iter().enumerate().filter(|(_, line)| is_hit(line) != read.has('v'));
    let hits: Vec<usize> = hits.map(|(index, _)| index).take(most).collect();
    let code = i32::from(hits.is_empty());
    if read.has('q') {
        return Ok((String::new(), code));
    }
    if read.has('c') {
        return Ok((format!("{}\n", hits.len()), code));
    }
    if read.has('o') {
        let found = hits.iter().flat_map(|index| parts(&pattern, all[*index]));
        return Ok((found.map(|part| part + "\n").collect(), code));
    }
    let mut out = String::new();
    let mut shown: Option<usize> = None;
    for hit in &hits {
        let from = hit.saturating_sub(before).max(shown.map_or(0, |shown| shown + 1));
        if (before > 0 || after > 0) && shown.is_some_and(|shown| from > shown + 1) {
            out += "--\n";
        }
        let to = (hit + after).min(all.len().saturating_sub(1));
        for (index, line) in all.iter().enumerate().take(to + 1).skip(from) {
            let is_next = index > *hit && hits.contains(&index);
            if is_next {
                break;
            }
            if read.has('n') {
                out += &format!("{}{}", index + 1, if hits.contains(&index) { ':' } else { '-' });
            }
            out += line;
            out.push('\n');
            shown = Some(index);
        }
    }
    Ok((out, code))
}

/// All that a pattern finds in a line.
fn parts(pattern: &Pattern, line: &str) -> Vec<String> {
    let letters: Vec<char> = line.chars().collect();
    let (mut parts, mut at) = (Vec::new(), 0);
    while let Some((start, end)) = pattern.find(&letters, at) {
        if end > start {
            parts.push(letters[start..end].iter().collect());
        }
        at = end.max(start + 1);
    }
    parts
}

/// So many lines `head` prints.
const LINES: usize = 10;

fn head(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("q", "nc")?;
    let input = given.input(&read.words)?;
    if let Some(bytes) = read.number('c')? {
        return Ok((input.chars().take(bytes).collect(), 0));
    }
    let all: Vec<&str> = input.lines().collect();
    let number = match read.value('n').and_then(|value| value.strip_prefix('-')) {
        Some(less) => {
            all.len().saturating_sub(less.parse().map_err(|_| ("invalid number of lines".to_owned(), 1))?)
        }
        None => read.number('n')?.unwrap_or(LINES),
    };
    Ok((lines(all.into_iter().take(number)), 0))
}

fn tail(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("qf", "nc")?;
    let input = given.input(&read.words)?;
    let all: Vec<&str> = input.lines().collect();
    let skipped = match read.value('n').and_then(|value| value.strip_prefix('+')) {
        Some(from) => {
            from.parse::<usize>().map_err(|_| ("invalid number of lines".to_owned(), 1))?.saturating_sub(1)
        }
        None => all.len().saturating_sub(read.number('n')?.unwrap_or(10)),
    };
    Ok((lines(all.into_iter().skip(skipped)), 0))
}

fn wc(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("lwcm", "")?;
    let input = given.input(&read.words)?;
    let counts = [
        ('l', input.matches('\n').count()),
        ('w', input.split_whitespace().count()),
        ('m', input.chars().count()),
        ('c', input.len()),
    ];
    let is_asked =
        |(flag, _): &&(char, usize)| if read.flags.is_empty() { *flag != 'm' } else { read.has(*flag) };
    let asked: Vec<usize> = counts.iter().filter(is_asked).map(|(_, count)| *count).collect();
    let name: String = read.words.iter().map(|name| format!(" {name}")).collect();
    Ok(match asked.as_slice() {
        [one] => (format!("{one}{name}\n"), 0),
        all => (all.iter().map(|count| format!("{count:7}")).collect::<Vec<_>>().join(" ") + &name + "\n", 0),
    })
}

fn sort(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("rnufhVb", "kt")?;
    let input = given.input(&read.words)?;
    let column = read.value('k').map(|key| key.chars().take_while(char::is_ascii_digit).collect::<String>());
    let column: Option<usize> = column.and_then(|column| column.parse().ok());
    let is_number = read.has('n') || read.value('k').is_some_and(|key| key.contains('n'));
    let key = |line: &str| -> String {
        let Some(column) = column else { return line.to_owned() };
        let fields: Vec<&str> = match read.value('t') {
            Some(separator) => line.split(separator).collect(),
            None => line.split_whitespace().collect(),
        };
        fields.get(column.saturating_sub(1)..).unwrap_or_default().join(" ")
    };
    let number = |text: &str| -> f64 {
        let text = text.trim_start();
        let is_part = |letter: &char| letter.is_ascii_digit() || *letter == '.' || *letter == '-';
        text.chars().take_while(is_part).collect::<String>().parse().unwrap_or(0.0)
    };
    let mut all: Vec<&str> = input.lines().collect();
    sort::by(&mut all, |left, right| {
        let (left_key, right_key) = (key(left), key(right));
        let order = match is_number {
            true => number(&left_key).total_cmp(&number(&right_key)),
            false => left_key.cmp(&right_key),
        };
        let order = order.then_with(|| left.cmp(right));
        if read.has('r') { order.reverse() } else { order }
    });
    if read.has('u') {
        all.dedup();
    }
    Ok((lines(all), 0))
}

fn uniq(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("cdui", "")?;
    let input = given.input(&read.words)?;
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for line in input.lines() {
        match groups.last_mut() {
            Some((last, count)) if *last == line => *count += 1,
            _ => groups.push((line, 1)),
        }
    }
    let is_asked =
        |(_, count): &&(&str, usize)| (!read.has('d') || *count > 1) && (!read.has('u') || *count == 1);
    let told = groups.iter().filter(is_asked).map(|(line, count)| match read.has('c') {
        true => format!("{count:7} {line}\n"),
        false => format!("{line}\n"),
    });
    Ok((told.collect(), 0))
}

/// `1,3-5,7-` as ranges that begin with 1.
fn ranges(text: &str) -> Result<Vec<(usize, usize)>, Refusal> {
    let number = |text: &str, other: usize| match text {
        "" => Ok(other),
        text => text.parse::<usize>().map_err(|_| (format!("invalid field value '{text}'"), 1)),
    };
    let range = |part: &str| match part.split_once('-') {
        Some((from, to)) => Ok((number(from, 1)?, number(to, usize::MAX)?)),
        None => Ok((number(part, 1)?, number(part, 1)?)),
    };
    text.split(',').map(range).collect()
}

fn cut(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("s", "dfcb")?;
    let input = given.input(&read.words)?;
    let is_in = |ranges: &[(usize, usize)], index: usize| {
        ranges.iter().any(|(from, to)| (*from..=*to).contains(&(index + 1)))
    };
    let (fields, letters) = (read.value('f'), read.value('c').or(read.value('b')));
    let cut: Box<dyn Fn(&str) -> String> = match (fields, letters) {
        (Some(fields), _) => {
            let fields = ranges(fields)?;
            let separator = read.value('d').unwrap_or("\t").to_owned();
            Box::new(move |line: &str| {
                let parts = line.split(separator.as_str()).enumerate();
                parts
                    .filter(|(index, _)| is_in(&fields, *index))
                    .map(|(_, part)| part)
                    .collect::<Vec<_>>()
                    .join(&separator)
            })
        }
        (None, Some(letters)) => {
            let letters = ranges(letters)?;
            Box::new(move |line: &str| {
                line.chars()
                    .enumerate()
                    .filter(|(index, _)| is_in(&letters, *index))
                    .map(|(_, letter)| letter)
                    .collect()
            })
        }
        (None, None) => return Err(("you must specify a list of bytes, characters, or fields".into(), 1)),
    };
    Ok((input.lines().map(|line| cut(line) + "\n").collect(), 0))
}

/// `a-z\n` as letters.
fn letters(text: &str) -> Vec<char> {
    let text = text
        .replace("[:lower:]", "a-z")
        .replace("[:upper:]", "A-Z")
        .replace("[:digit:]", "0-9")
        .replace("[:space:]", " \t\n");
    let mut plain = Vec::new();
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        plain.push(match letter {
            '\\' => match rest.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                other => other.unwrap_or('\\'),
            },
            letter => letter,
        });
    }
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(letter) = plain.get(at) {
        match (plain.get(at + 1), plain.get(at + 2)) {
            (Some('-'), Some(to)) if letter <= to => {
                all.extend(*letter..=*to);
                at += 3;
            }
            _ => {
                all.push(*letter);
                at += 1;
            }
        }
    }
    all
}

fn tr(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("ds", "")?;
    let input = given.stdin.unwrap_or_default();
    let Some(from) = read.words.first().map(|text| letters(text)) else {
        return Err(("missing operand".into(), 1));
    };
    if read.has('d') {
        return Ok((input.chars().filter(|letter| !from.contains(letter)).collect(), 0));
    }
    let to = read.words.get(1).map(|text| letters(text));
    let target = to.clone().unwrap_or_else(|| from.clone());
    let map = |letter: char| match (from.iter().position(|own| *own == letter), &to) {
        (Some(index), Some(to)) => to.get(index).or(to.last()).copied().unwrap_or(letter),
        _ => letter,
    };
    let mut out = String::new();
    for letter in input.chars().map(map) {
        if read.has('s') && target.contains(&letter) && out.ends_with(letter) {
            continue;
        }
        out.push(letter);
    }
    Ok((out, 0))
}

/// Edits lines by scripts.
fn sed(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("nrE", "e")?;
    let mut words = read.words.as_slice();
    let mut scripts: Vec<&str> = read.values('e').collect();
    if scripts.is_empty() {
        let Some((first, rest)) = words.split_first() else { return Err(("a script is missing".into(), 1)) };
        (scripts, words) = (vec![first.as_str()], rest);
    }
    let input = given.input(words)?;
    let edited = sed::edited(&scripts, &input, read.has('r') || read.has('E'), read.has('n'));
    edited.map(|out| (out, 0)).map_err(|wrong| (wrong, 1))
}

/// The commands that `xargs` makes of its own and the words that it reads: one with all of them, one for so many (`-n`), or
/// one for each line, put where a sign stands (`-I`).
///
/// # Errors
/// A flag is wrong, a quote is open, or it is to run itself.
pub fn commands_of_xargs(words: &[String], stdin: &str) -> Result<Vec<Command>, Refusal> {
    // Its own flags stand before the command.
    let (mut own, mut at) = (Vec::new(), 0);
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += 1;
        if word == "--" {
            break;
        }
        own.push(if word == "--no-run-if-empty" { "-r".to_owned() } else { word.clone() });
        if word.ends_with(['n', 'I']) {
            own.extend(words.get(at).cloned());
            at += 1;
        }
    }
    let given = Given { name: XARGS, words: &own, stdin: None, files: &Files::new(), history: &[] };
    let read = given.read("r", "nI")?;
    let echo = ["echo".to_owned()];
    let command = match words.get(at..).unwrap_or_default() {
        [] => &echo,
        words => words,
    };
    if command[0] == XARGS {
        return Err(("not in itself here".into(), 1));
    }
    if let Some(sign) = read.value('I') {
        let lines = stdin.lines().map(str::trim).filter(|line| !line.is_empty());
        let put = |line| Command::of(command.iter().map(|word| word.replace(sign, line)));
        return Ok(lines.map(put).collect());
    }
    let items = unquoted(stdin)?;
    let many = read.number('n')?.unwrap_or(items.len()).max(1);
    let with = |items: &[String]| Command::of([command, items].concat());
    if items.is_empty() {
        return Ok(if read.has('r') { Vec::new() } else { vec![with(&[])] });
    }
    Ok(items.chunks(many).map(with).collect())
}

/// The words of a text, without the quotes and backslashes around them.
fn unquoted(text: &str) -> Result<Vec<String>, Refusal> {
    let (mut items, mut word) = (Vec::new(), None::<String>);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            letter if letter.is_whitespace() => items.extend(word.take()),
            quote @ ('"' | '\'') => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next().filter(|letter| *letter != '\n') {
                        Some(letter) if letter == quote => break,
                        Some(letter) => word.push(letter),
                        None => return Err(("a quote does not end on its line".into(), 1)),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    items.extend(word);
    Ok(items)
}

/// Hands what it reads to another program.
fn xargs(command: &Command, files: &Files, history: &[String]) -> Run {
    let words = command.parts().map_or(&[][..], |(_, words)| words);
    let commands = match commands_of_xargs(words, command.stdin.as_deref().unwrap_or_default()) {
        Ok(commands) => commands,
        Err((err, code)) => return Run { err: format!("{XARGS}: {err}\n"), code, ..Run::default() },
    };
    let mut all = Run::default();
    for command in commands {
        let ran = run(&command, files, history);
        all.out += &ran.out;
        all.err += &ran.err;
        match ran.code {
            0 => {}
            NOT_FOUND => return Run { code: NOT_FOUND, ..all },
            _ => all.code = FAILED_BELOW,
        }
    }
    all
}

/// Exit code of `xargs` when a command that it ran failed.
pub const FAILED_BELOW: i32 = 123;

/// Text to base64, or back.
fn base64(given: &Given) -> Result<(String, i32), Refusal> {
    // `--decode` and `-D` (on a Mac) say the same.
    let words: Vec<String> = given.words.iter().map(|word| word.replace("--decode", "-d")).collect();
    let read = Given { words: &words, ..*given }.read("dDi", "w")?;
    let input = given.input(&read.words)?;
    if read.has('d') || read.has('D') {
        let bytes = crate::api::base64::decoded(&input).ok_or_else(|| ("invalid input".to_owned(), 1))?;
        return Ok((String::from_utf8_lossy(&bytes).into_owned(), 0));
    }
    let text = crate::api::base64::encoded(input.as_bytes());
    let width = read.number('w')?.unwrap_or(76);
    let mut out = String::new();
    for (index, letter) in text.chars().enumerate() {
        if width > 0 && index > 0 && index % width == 0 {
            out.push('\n');
        }
        out.push(letter);
    }
    out += if width > 0 && !out.is_empty() { "\n" } else { "" };
    Ok((out, 0))
}

/// `awk` as people use it on tables: a condition, and `{print …}`.
fn awk(given: &Given) -> Result<(String, i32), Refusal> {
    let read = given.read("", "Fv")?;
    let Some((script, names)) = read.words.split_first() else {
        return Err(("a program is missing".into(), 2));
    };
    let input = given.input(names)?;
    let unknown = || (format!("only a condition and {{print …}} are understood here, not {script:?}"), 2);
    let script = script.trim();
    let (condition, action) = match script.split_once('{') {
        Some((condition, action)) => {
            (condition.trim(), Some(action.strip_suffix('}').ok_or_else(unknown)?.trim()))
        }
        None => (script, None),
    };
    let values: Vec<Vec<&str>> = match action {
        None => vec![vec!["$0"]],
        Some(action) => {
            let list = action.trim_end_matches(';').strip_prefix("print").ok_or_else(unknown)?.trim();
            match list {
                "" => vec![vec!["$0"]],
                list => split_outside(list, ',').into_iter().map(|value| values_of(value.trim())).collect(),
            }
        }
    };
    let mut out = String::new();
    for (index, line) in input.lines().enumerate() {
        let fields: Vec<&str> = match read.value('F') {
            Some(separator) => line.split(separator).collect(),
            None => line.split_whitespace().collect(),
        };
        let row = Row { line, number: index + 1, fields: &fields };
        if !holds(&row, condition).ok_or_else(unknown)? {
            continue;
        }
        let mut told = Vec::new();
        for value in &values {
            let parts: Option<Vec<String>> = value.iter().map(|part| row.value(part)).collect();
            told.push(parts.ok_or_else(unknown)?.concat());
        }
        out += &told.join(" ");
        out.push('\n');
    }
    Ok((out, 0))
}

/// A line as awk sees it.
struct Row<'a> {
    line: &'a str,
    number: usize,
    fields: &'a [&'a str],
}

impl Row<'_> {
    fn value(&self, text: &str) -> Option<String> {
        if let Some(inner) = text.strip_prefix('"') {
            return Some(inner.strip_suffix('"')?.replace("\\t", "\t").replace("\\n", "\n"));
        }
        Some(match text {
            "NR" => self.number.to_string(),
            "NF" => self.fields.len().to_string(),
            "$0" => self.line.to_owned(),
            "$NF" => (*self.fields.last().unwrap_or(&"")).to_owned(),
            text if text.parse::<f64>().is_ok() => text.to_owned(),
            text => {
                let index: usize = text.strip_prefix('$')?.parse().ok()?;
                (*self.fields.get(index.checked_sub(1)?).unwrap_or(&"")).to_owned()
            }
        })
    }
}

/// Whether a condition holds for a line; none if it is not understood.
fn holds(row: &Row, condition: &str) -> Option<bool> {
    let condition = condition.trim();
    if condition.is_empty() {
        return Some(true);
    }
    if let Some((left, right)) = condition.split_once("&&") {
        return Some(holds(row, left)? && holds(row, right)?);
    }
    if let Some((left, right)) = condition.split_once("||") {
        return Some(holds(row, left)? || holds(row, right)?);
    }
    let pattern = |text: &str| {
        let text = text.trim().strip_prefix('/')?.strip_suffix('/')?;
        Pattern::new(text, true, false).ok()
    };
    if let Some(pattern) = pattern(condition) {
        return Some(pattern.is_in(row.line));
    }
    if let Some(found) = condition.strip_prefix('!').and_then(pattern) {
        return Some(!found.is_in(row.line));
    }
    for operator in ["==", "!=", ">=", "<=", "!~", "~", ">", "<"] {
        let Some((left, right)) = condition.split_once(operator) else { continue };
        let left = row.value(left.trim())?;
        if operator.ends_with('~') {
            return Some(pattern(right)?.is_in(&left) == (operator == "~"));
        }
        let right = row.value(right.trim())?;
        let order = match (left.parse::<f64>(), right.parse::<f64>()) {
            (Ok(left), Ok(right)) => left.total_cmp(&right),
            _ => left.cmp(&right),
        };
        return Some(match operator {
            "==" => order.is_eq(),
            "!=" => order.is_ne(),
            ">=" => order.is_ge(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            _ => order.is_lt(),
        });
    }
    None
}

/// Parts of a text, where a separator within quotes does not separate.
fn split_outside(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut is_quoted) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        if letter == '"' {
            is_quoted = !is_quoted;
        } else if letter == separator && !is_quoted {
            parts.push(&text[start..at]);
            start = at + letter.len_utf8();
        }
    }
    parts.push(&text[start..]);
    parts
}

/// `$1 "x" $2` as three values that stand side by side.
fn values_of(text: &str) -> Vec<&str> {
    let mut values = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let length = match rest.strip_prefix('"') {
            Some(inner) => inner.find('"').map_or(rest.len(), |end| end + 2),
            None => rest.find([' ', '"']).unwrap_or(rest.len()),
        };
        values.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    values
}
