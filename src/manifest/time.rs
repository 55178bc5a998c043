//! Times as Go reads them, and its words where it cannot: `time.Parse` with the layout of RFC 3339.

use crate::api::{Millis, Time};

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
/// What is read one after the other: what stands before a part, the part in the layout's words, and what it is called
/// where it is out of range.
const PARTS: [(&str, &str, &str); 6] = [
    ("", "2006", "year"),
    ("-", "01", "month"),
    ("-", "02", "day"),
    ("T", "15", "hour"),
    (":", "04", "minute"),
    (":", "05", "second"),
];

/// What is wrong with a time; none if nothing is.
pub(super) fn error(text: &str) -> Option<String> {
    read(text).err().map(|error| match error {
        Wrong::Range(what) => format!("parsing time {text:?}: {what} out of range"),
        Wrong::Extra(rest) => format!("parsing time {text:?}: extra text: {rest:?}"),
        Wrong::Part(rest, part) => {
            format!("parsing time {text:?} as {LAYOUT:?}: cannot parse {rest:?} as {part:?}")
        }
    })
}

/// A time that Go reads, as RFC 3339 has it: Go takes a comma before the fraction, an hour of one digit and offsets of
/// up to 24:60 too.
pub(super) fn strict(text: &str) -> String {
    let text = text.replace(',', ".");
    let text = match text.split_once('T') {
        Some((date, time)) if time.as_bytes().get(1) == Some(&b':') => format!("{date}T0{time}"),
        _ => text,
    };
    let zone = text.len().checked_sub(6).and_then(|start| text.split_at_checked(start));
    let Some((local, offset)) = zone.filter(|(_, offset)| offset.starts_with(['+', '-'])) else {
        return text;
    };
    let minutes = |digits: Option<&str>| digits.and_then(|digits| digits.parse().ok()).unwrap_or(0i64);
    let (hours, minutes) = (minutes(offset.get(1..3)), minutes(offset.get(4..)));
    if hours < 24 && minutes < 60 {
        return text;
    }
    let span = Millis::seconds((hours * 60 + minutes) * 60);
    let span = if offset.starts_with('-') { span } else { Millis(-span.0) };
    Time::parse(&format!("{local}Z")).map_or(text, |time| (time + span).to_string())
}

enum Wrong<'a> {
    /// A part of the layout is not there; the text from where it should stand.
    Part(&'a str, &'static str),
    /// A number is too great or too small.
    Range(&'static str),
    /// Something stands after the time.
    Extra(&'a str),
}

fn read(text: &str) -> Result<(), Wrong<'_>> {
    let mut rest = text;
    let mut numbers = [0; PARTS.len()];
    for ((before, part, name), number) in PARTS.into_iter().zip(&mut numbers) {
        rest = rest.strip_prefix(before).ok_or(Wrong::Part(rest, before))?;
        let (read, later) = digits(rest, part).ok_or(Wrong::Part(rest, part))?;
        (*number, rest) = (read, later);
        let is_right = match name {
            "month" => (1..=12).contains(&read),
            "hour" => read < 24,
            "minute" | "second" => read < 60,
            _ => true,
        };
        if !is_right {
            return Err(Wrong::Range(name));
        }
    }
    // A fraction of a second may follow, though the layout has none.
    let fraction =
        rest.strip_prefix(['.', ',']).map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    if let Some(later) = fraction.filter(|later| later.len() + 1 < rest.len()) {
        rest = later;
    }
    rest = zone(rest)?;
    if !rest.is_empty() {
        return Err(Wrong::Extra(rest));
    }
    let [year, month, day, ..] = numbers;
    if !(1..=days(year, month)).contains(&day) {
        return Err(Wrong::Range("day"));
    }
    Ok(())
}

/// A number of a part: four digits of a year, two of the others, one or two of an hour.
fn digits<'a>(text: &'a str, part: &str) -> Option<(u32, &'a str)> {
    let count = text.bytes().take(part.len()).take_while(u8::is_ascii_digit).count();
    let is_right = count == part.len() || (part == "15" && count == 1);
    let number = text.get(..count)?.parse().ok()?;
    is_right.then(|| (number, &text[count..]))
}

/// `Z` or an offset such as `+02:00`.
fn zone(text: &str) -> Result<&str, Wrong<'_>> {
    const PART: &str = "Z07:00";
    if let Some(rest) = text.strip_prefix('Z') {
        return Ok(rest);
    }
    let wrong = Wrong::Part(text, PART);
    let (Some(offset), Some(rest)) = (text.get(..6), text.get(6..)) else { return Err(wrong) };
    let hours = offset.get(1..).and_then(|text| digits(text, "01")).filter(|(_, rest)| rest.starts_with(':'));
    let minutes = offset.get(4..).and_then(|text| digits(text, "04"));
    match (hours, minutes) {
        (Some((hours, _)), _) if hours > 24 => Err(Wrong::Range("time zone offset hour")),
        (Some(_), Some((minutes, _))) if minutes > 60 => Err(Wrong::Range("time zone offset minute")),
        (Some(_), Some(_)) if offset.starts_with(['+', '-']) => Ok(rest),
        _ => Err(wrong),
    }
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_go_takes_is_written_as_others_do() {
        for (text, expected) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            ("2026-01-01T00:00:00.5+02:00", "2026-01-01T00:00:00.5+02:00"),
            ("2026-01-01T5:00:00,5Z", "2026-01-01T05:00:00.5Z"),
            ("2026-01-02T00:00:00+24:00", "2026-01-01T00:00:00Z"),
            ("2026-01-01T00:00:00-00:60", "2026-01-01T01:00:00Z"),
        ] {
            assert_eq!((error(text), strict(text).as_str()), (None, expected));
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_as_go_does() {
        let as_layout = |text: &str, rest: &str, part: &str| {
            Some(format!("parsing time {text:?} as {LAYOUT:?}: cannot parse {rest:?} as {part:?}"))
        };
        let out = |text: &str, what: &str| Some(format!("parsing time {text:?}: {what}"));
        for (text, expected) in [
            ("2026-01-01T00:00:00Z", None),
            ("2026-01-01T00:00:00.5+02:00", None),
            ("2024-02-29T23:59:59Z", None),
            ("", as_layout("", "", "2006")),
            ("yesterday", as_layout("yesterday", "yesterday", "2006")),
            ("2026-01-01", as_layout("2026-01-01", "", "T")),
            ("2026-01-01 00:00:00", as_layout("2026-01-01 00:00:00", " 00:00:00", "T")),
            ("2026-1-01T00:00:00Z", as_layout("2026-1-01T00:00:00Z", "1-01T00:00:00Z", "01")),
            ("2026-01-01T00:00:00", as_layout("2026-01-01T00:00:00", "", "Z07:00")),
            ("2026-01-01T00:00:00Zx", out("2026-01-01T00:00:00Zx", "extra text: \"x\"")),
            ("2026-13-01T00:00:00Z", out("2026-13-01T00:00:00Z", "month out of range")),
            ("2026-02-30T00:00:00Z", out("2026-02-30T00:00:00Z", "day out of range")),
            ("2025-02-29T00:00:00Z", out("2025-02-29T00:00:00Z", "day out of range")),
            ("2026-01-01T24:00:00Z", out("2026-01-01T24:00:00Z", "hour out of range")),
            ("2026-01-01T00:00:00é1234", as_layout("2026-01-01T00:00:00é1234", "é1234", "Z07:00")),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }
}
