//! Durations as Go writes them.

use crate::api::Millis;

/// Reads `1m30s`, `500ms`, `1.5h`. None where the text is no duration (`time.ParseDuration`).
pub fn parse_duration(text: &str) -> Option<Millis> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(Millis(0));
    }
    if rest.is_empty() {
        return None;
    }
    let mut micros: i64 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(number_end);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let unit_micros: i64 = match unit {
            "h" => 3_600_000_000,
            "m" => 60_000_000,
            "s" => 1_000_000,
            "ms" => 1_000,
            "us" | "µs" => 1,
            "ns" => 0,
            _ => return None,
        };
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        micros = micros.checked_add(whole.checked_mul(unit_micros)?)?;
        let mut place = unit_micros;
        for digit in fraction.bytes() {
            place /= 10;
            micros = micros.checked_add(i64::from(digit.checked_sub(b'0')?) * place)?;
        }
        rest = after;
    }
    Some(Millis(if negative { -micros } else { micros } / 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_reads_them() {
        for (text, millis) in [
            ("10s", Some(10_000)),
            ("1m30s", Some(90_000)),
            ("500ms", Some(500)),
            ("1.5h", Some(5_400_000)),
            (".5s", Some(500)),
            ("0", Some(0)),
            ("-2s", Some(-2000)),
            ("10", None),
            ("s", None),
            ("", None),
            ("5 s", None),
            ("1.2.3s", None),
        ] {
            assert_eq!(parse_duration(text), millis.map(Millis), "{text:?}");
        }
    }
}
