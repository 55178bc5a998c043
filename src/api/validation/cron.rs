//! Schedules of CronJobs. Upstream: `github.com/robfig/cron/v3` (`ParseStandard`), `pkg/util/parsers`.

use std::ops::RangeInclusive;

const MONTHS: &str = "jan feb mar apr may jun jul aug sep oct nov dec";
const DAYS: &str = "sun mon tue wed thu fri sat";

/// The fields of a schedule: what each may be, and its names, which count from the least.
const FIELDS: [(RangeInclusive<i64>, &str); 5] =
    [(0..=59, ""), (0..=23, ""), (1..=31, ""), (1..=12, MONTHS), (0..=6, DAYS)];

/// What is wrong with a schedule.
///
/// # Errors
/// In upstream's words.
pub(super) fn schedule(text: &str) -> Result<(), String> {
    let mut text = text;
    if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
        let Some((_, rest)) = text.split_once(' ') else {
            let from = text.find('=').map_or(0, |at| at + 1);
            return Err(format!(
                "invalid schedule format: runtime error: slice bounds out of range [{from}:-1]"
            ));
        };
        text = rest.trim();
    }
    if text.starts_with('@') {
        return descriptor(text);
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let found = format!("found {}: [{}]", fields.len(), fields.join(" "));
        return Err(format!("expected exactly {} fields, {found}", FIELDS.len()));
    }
    for (field, (range, names)) in fields.iter().zip(&FIELDS) {
        for part in field.split(',').filter(|part| !part.is_empty()) {
            one(part, range, names)?;
        }
    }
    Ok(())
}

fn descriptor(text: &str) -> Result<(), String> {
    const KNOWN: [&str; 7] =
        ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
    match text.strip_prefix("@every ") {
        Some(duration) if is_duration(duration) => Ok(()),
        Some(duration) => {
            Err(format!("failed to parse duration {text}: time: invalid duration {duration:?}"))
        }
        None if KNOWN.contains(&text) => Ok(()),
        None => Err(format!("unrecognized descriptor: {text}")),
    }
}

/// A duration as Go writes it: numbers, each with a unit.
fn is_duration(text: &str) -> bool {
    let mut rest = text.trim_start_matches(['+', '-']);
    if rest == "0" {
        return true;
    }
    let mut count = 0;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let units = ["ns", "us", "µs", "ms", "s", "m", "h"];
        let Some(unit) = units.iter().find(|unit| number.starts_with(**unit)) else { return false };
        if number.len() == rest.len() {
            return false;
        }
        rest = &number[unit.len()..];
        count += 1;
    }
    count > 0
}

/// `number`, `number-number`, `*` or `?`, each with or without `/step`.
fn one(part: &str, range: &RangeInclusive<i64>, names: &str) -> Result<(), String> {
    let steps: Vec<&str> = part.split('/').collect();
    let bounds: Vec<&str> = steps.first().copied().unwrap_or_default().split('-').collect();
    let (least, most) = (*range.start(), *range.end());
    let (mut start, mut end) = (least, most);
    if !["*", "?"].contains(&bounds.first().copied().unwrap_or_default()) {
        let named = |text: &str| {
            let at = names.split(' ').position(|name| !name.is_empty() && name.eq_ignore_ascii_case(text));
            at.map_or_else(|| number(text), |at| Ok(least + i64::try_from(at).unwrap_or_default()))
        };
        start = named(bounds.first().copied().unwrap_or_default())?;
        end = match bounds.as_slice() {
            [_] => start,
            [_, end] => named(end)?,
            _ => return Err(format!("too many hyphens: {part}")),
        };
    }
    let step = match steps.as_slice() {
        [_] => 1,
        [_, step] => {
            let step = number(step)?;
            if bounds.len() == 1 {
                end = most;
            }
            step
        }
        _ => return Err(format!("too many slashes: {part}")),
    };
    if start < least {
        return Err(format!("beginning of range ({start}) below minimum ({least}): {part}"));
    }
    if end > most {
        return Err(format!("end of range ({end}) above maximum ({most}): {part}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {part}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {part}"));
    }
    Ok(())
}

fn number(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<i64>() {
        Ok(number) if number < 0 => Err(format!("negative number ({number}) not allowed: {text}")),
        Ok(number) => Ok(number),
        Err(_) => {
            let why = if is_number { "value out of range" } else { "invalid syntax" };
            Err(format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::schedule;

    #[test]
    fn schedules_are_refused_in_the_words_of_upstream() {
        for (text, expected) in [
            ("*/5 * * * *", ""),
            ("0 0 1-7 jan,FEB mon-fri/2", ""),
            ("@hourly", ""),
            ("@every 1h30m", ""),
            ("bad", "expected exactly 5 fields, found 1: [bad]"),
            ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
            ("61 * * * *", "end of range (61) above maximum (59): 61"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
            ("1/2/3 * * * *", "too many slashes: 1/2/3"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("@often", "unrecognized descriptor: @often"),
            ("@every x", "failed to parse duration @every x: time: invalid duration \"x\""),
        ] {
            assert_eq!(schedule(text).err().unwrap_or_default(), expected, "{text}");
        }
    }
}
