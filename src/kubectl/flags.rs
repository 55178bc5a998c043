//! Flags and arguments of a command. Upstream: `github.com/spf13/pflag` (`flag.go`), with its words for what it does
//! not know.

use crate::api::{DEFAULT_NAMESPACE, EcoString};
use std::collections::BTreeMap;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing, or `=true` and `=false`.
    Switch,
    /// A text.
    Text,
    /// Texts: given again, or joined by commas.
    Texts,
    /// Texts: given again; commas are part of them.
    List,
    /// A whole number.
    Number,
    /// A Go duration such as `1m30s`.
    Duration,
    /// A text after `=`; alone it stands for this one.
    TextOr(&'static str),
}

/// A flag that a command knows.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// `--name`.
    pub name: &'static str,
    /// `-n`.
    pub short: Option<char>,
    /// What it takes.
    pub takes: Takes,
}

impl Flag {
    /// A flag without a short form.
    pub const fn long(name: &'static str, takes: Takes) -> Self {
        Flag { name, short: None, takes }
    }

    /// A flag with a short form.
    pub const fn short(name: &'static str, short: char, takes: Takes) -> Self {
        Flag { name, short: Some(short), takes }
    }

    /// As pflag names it in errors.
    fn told(&self) -> String {
        match self.short {
            Some(short) => format!("-{short}, --{}", self.name),
            None => format!("--{}", self.name),
        }
    }

    /// Whether a value may follow as a word of its own.
    pub fn takes_a_word(&self) -> bool {
        !matches!(self.takes, Takes::Switch | Takes::TextOr(_))
    }
}

/// The flags and arguments that were given.
#[derive(Clone, Debug, Default)]
pub struct Args {
    flags: BTreeMap<&'static str, Vec<String>>,
    /// What is no flag, in order.
    pub positional: Vec<String>,
    /// How many of them stand before `--`, if it is there.
    pub before_dash: Option<usize>,
    /// The flags as they were given, each `--name=value`.
    pub given: Vec<String>,
    /// Where the command looks if it names no namespace.
    pub home: EcoString,
}

impl Args {
    /// The namespace that the command is about, and whether it was named.
    pub fn namespace(&self) -> (&str, bool) {
        match self.text("namespace") {
            Some(namespace) if !namespace.is_empty() => (namespace, true),
            _ => (&self.home, false),
        }
    }

    /// Reads words against the flags that a command knows.
    ///
    /// # Errors
    /// pflag's words for a flag that is unknown, lacks its value or has a wrong one.
    pub fn read(words: &[String], known: &[&[Flag]]) -> Result<Self, String> {
        let mut args = Args { home: DEFAULT_NAMESPACE.into(), ..Args::default() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                args.before_dash = Some(args.positional.len());
                args.positional.extend(words.by_ref().cloned());
            } else if let Some(text) = word.strip_prefix("--") {
                let (name, value) = match text.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (text, None),
                };
                if name.is_empty() || name.starts_with('-') {
                    return Err(format!("bad flag syntax: {word}"));
                }
                let name = name.replace('_', "-");
                let flag =
                    find(known, |flag| flag.name == name).ok_or_else(|| format!("unknown flag: --{name}"))?;
                let value = match value {
                    None if flag.takes_a_word() => {
                        words.next().ok_or_else(|| format!("flag needs an argument: --{name}"))?
                    }
                    value => value.unwrap_or(alone(flag)),
                };
                args.set(flag, value)?;
            } else if word.len() > 1 && word.starts_with('-') {
                args.read_short(&word[1..], &mut words, known)?;
            } else {
                args.positional.push(word.clone());
            }
        }
        Ok(args)
    }

    /// Reads `-A`, `-n x`, `-nx`, `-n=x`, `-Aw`.
    fn read_short(
        &mut self,
        text: &str,
        words: &mut std::slice::Iter<String>,
        known: &[&[Flag]],
    ) -> Result<(), String> {
        for (at, letter) in text.char_indices() {
            let flag = find(known, |flag| flag.short == Some(letter))
                .ok_or_else(|| format!("unknown shorthand flag: {letter:?} in -{text}"))?;
            let rest = &text[at + letter.len_utf8()..];
            if let Some(value) = rest.strip_prefix('=').filter(|value| !value.is_empty()) {
                return self.set(flag, value);
            }
            if !flag.takes_a_word() {
                self.set(flag, alone(flag))?;
                continue;
            }
            if !rest.is_empty() {
                return self.set(flag, rest);
            }
            let value =
                words.next().ok_or_else(|| format!("flag needs an argument: {letter:?} in -{text}"))?;
            return self.set(flag, value);
        }
        Ok(())
    }

    fn set(&mut self, flag: &Flag, value: &str) -> Result<(), String> {
        let wrong = |error: String| format!("invalid argument {value:?} for {:?} flag: {error}", flag.told());
        let values = match flag.takes {
            Takes::Switch => {
                let on = bool_of(value)
                    .ok_or_else(|| wrong(format!("strconv.ParseBool: parsing {value:?}: invalid syntax")))?;
                vec![on.to_string()]
            }
            Takes::Number => {
                value.parse::<i64>().map_err(|error| {
                    let reason = match error.kind() {
                        std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                            "value out of range"
                        }
                        _ => "invalid syntax",
                    };
                    wrong(format!("strconv.ParseInt: parsing {value:?}: {reason}"))
                })?;
                vec![value.to_owned()]
            }
            Takes::Duration => {
                duration(value).map_err(wrong)?;
                vec![value.to_owned()]
            }
            Takes::Texts => value.split(',').map(str::to_owned).collect(),
            Takes::Text | Takes::List | Takes::TextOr(_) => vec![value.to_owned()],
        };
        self.given.push(format!("--{}={value}", flag.name));
        let given = self.flags.entry(flag.name).or_default();
        if !matches!(flag.takes, Takes::Texts | Takes::List) {
            given.clear();
        }
        given.extend(values);
        Ok(())
    }

    /// Whether the flag was given.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.contains_key(flag)
    }

    /// Whether a switch is on.
    pub fn is_on(&self, flag: &str) -> bool {
        self.text(flag) == Some("true")
    }

    /// The value of a flag.
    pub fn text(&self, flag: &str) -> Option<&str> {
        self.flags.get(flag)?.last().map(String::as_str)
    }

    /// All values of a flag.
    pub fn texts(&self, flag: &str) -> &[String] {
        self.flags.get(flag).map_or(&[], Vec::as_slice)
    }

    /// Flags that a command cannot do without.
    ///
    /// # Errors
    /// cobra's words for those that are missing.
    pub fn require(&self, flags: &[&str]) -> Result<(), String> {
        let missing: Vec<String> =
            flags.iter().filter(|flag| !self.has(flag)).map(|flag| format!("{flag:?}")).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(format!("required flag(s) {} not set", missing.join(", ")))
    }

    /// The value of a flag that takes a number.
    pub fn number(&self, flag: &str) -> Option<i64> {
        self.text(flag)?.parse().ok()
    }

    /// The value of a flag that takes a duration, in milliseconds.
    pub fn millis(&self, flag: &str) -> Option<i64> {
        duration(self.text(flag)?).ok()
    }
}

fn find<'a>(known: &[&'a [Flag]], test: impl Fn(&Flag) -> bool) -> Option<&'a Flag> {
    known.iter().copied().flatten().find(|flag| test(flag))
}

/// What a flag without a value stands for.
fn alone(flag: &Flag) -> &'static str {
    match flag.takes {
        Takes::TextOr(value) => value,
        _ => "true",
    }
}

/// Go's `strconv.ParseBool`.
pub fn bool_of(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Whether a text is a duration such as `1m30s`.
pub fn is_duration(text: &str) -> bool {
    duration(text).is_ok()
}

/// Go's `time.ParseDuration`, to milliseconds.
fn duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits =
            rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let length = rest.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(rest.len());
        let (unit, after) = rest.split_at(length);
        total += number
            * match unit {
                "ns" => 1e-6,
                "us" | "µs" | "μs" => 1e-3,
                "ms" => 1.0,
                "s" => 1e3,
                "m" => 6e4,
                "h" => 3.6e6,
                "" => return Err(format!("time: missing unit in duration {text:?}")),
                _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
            };
        rest = after;
    }
    Ok((sign * total) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Flag] = &[
        Flag::short("namespace", 'n', Takes::Text),
        Flag::short("all-namespaces", 'A', Takes::Switch),
        Flag::short("filename", 'f', Takes::Texts),
        Flag::long("grace-period", Takes::Number),
        Flag::long("timeout", Takes::Duration),
        Flag::long("dry-run", Takes::TextOr("unchanged")),
    ];

    fn read(words: &str) -> Result<Args, String> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        Args::read(&words, &[KNOWN])
    }

    #[test]
    fn flags_are_read_in_all_their_forms() {
        let args =
            read("get -n x --grace-period 3 -fa,b -f c pods --dry-run -A=false a -- -n").expect("flags");
        assert_eq!(args.positional, ["get", "pods", "a", "-n"]);
        assert_eq!((args.text("namespace"), args.number("grace-period")), (Some("x"), Some(3)));
        assert_eq!(args.texts("filename"), ["a", "b", "c"]);
        assert_eq!((args.text("dry-run"), args.is_on("all-namespaces")), (Some("unchanged"), false));
        let joined = read("-Anx --timeout=1m1.5s").expect("flags");
        assert!(joined.is_on("all-namespaces"));
        assert_eq!((joined.text("namespace"), joined.millis("timeout")), (Some("x"), Some(61_500)));
    }

    #[test]
    fn what_is_wrong_with_flags_is_told_in_the_words_of_pflag() {
        for (words, error) in [
            ("--nope", "unknown flag: --nope"),
            ("-Ax", "unknown shorthand flag: 'x' in -Ax"),
            ("-f", "flag needs an argument: 'f' in -f"),
            ("--namespace", "flag needs an argument: --namespace"),
            (
                "--grace-period=x",
                "invalid argument \"x\" for \"--grace-period\" flag: strconv.ParseInt: parsing \"x\": invalid syntax",
            ),
            (
                "-A=x",
                "invalid argument \"x\" for \"-A, --all-namespaces\" flag: strconv.ParseBool: parsing \"x\": invalid syntax",
            ),
            (
                "--timeout=1",
                "invalid argument \"1\" for \"--timeout\" flag: time: missing unit in duration \"1\"",
            ),
            ("--=x", "bad flag syntax: --=x"),
        ] {
            assert_eq!(read(words).expect_err(words), error);
        }
    }
}
