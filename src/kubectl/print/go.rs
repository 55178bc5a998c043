//! How Go prints and compares the values of JSON. Upstream: Go's `fmt`, `encoding/json`, `strconv`, `sort`, `text/template`.

use crate::api::{Millis, Quantity};
use crate::manifest::typed::go_type;
use serde_json::Value;
use std::cmp::Ordering;

/// `fmt.Sprint`.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.clone(),
        Value::Bool(on) => on.to_string(),
        Value::Number(number) => {
            number.as_f64().filter(|_| number.is_f64()).map_or_else(|| number.to_string(), float)
        }
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let pairs: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key}:{}", plain(value))).collect();
            format!("map[{}]", pairs.join(" "))
        }
    }
}

/// A floating-point number as `%v` prints it.
pub fn float(number: f64) -> String {
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// `%#v`.
pub fn syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let pairs: Vec<String> =
                fields.iter().map(|(key, value)| format!("{}:{}", quoted(key), syntax(value))).collect();
            format!("map[string]interface {{}}{{{}}}", pairs.join(", "))
        }
        value => plain(value),
    }
}

/// `strconv.Quote`.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            '\u{7}' => out += "\\a",
            '\u{8}' => out += "\\b",
            '\u{b}' => out += "\\v",
            '\u{c}' => out += "\\f",
            letter if letter.is_control() => out += &format!("\\x{:02x}", u32::from(letter)),
            letter => out.push(letter),
        }
    }
    out + "\""
}

/// `json.Marshal`: in a line, with the letters escaped that Go escapes.
pub fn json(value: &Value) -> String {
    escaped(&value.to_string())
}

/// The letters that Go's encoder of JSON escapes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

/// The name of a value's type in what is decoded from JSON.
pub fn type_name(value: &Value) -> &'static str {
    if value.is_null() { "nil" } else { go_type(value) }
}

/// A text in quotes of either kind, with Go's escapes.
pub fn unquote(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    if !text.ends_with(quote) {
        return None;
    }
    let mut out = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        let code = |letters: &mut std::str::Chars, digits: usize| {
            let text: String = letters.take(digits).collect();
            u32::from_str_radix(&text, 16).ok().and_then(char::from_u32)
        };
        out.push(match letters.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'v' => '\u{b}',
            'f' => '\u{c}',
            '\\' => '\\',
            'x' => code(&mut letters, 2)?,
            digit @ '0'..='3' => {
                let rest: String = letters.by_ref().take(2).collect();
                u8::from_str_radix(&format!("{digit}{rest}"), 8).ok().map(char::from)?
            }
            'u' => code(&mut letters, 4)?,
            'U' => code(&mut letters, 8)?,
            other if other == quote => other,
            _ => return None,
        });
    }
    Some(out)
}

/// Compares two basic values, as the functions of Go's templates do.
///
/// # Errors
/// They are of different types, or of one without an order.
pub fn compare(left: &Value, right: &Value) -> Result<Ordering, String> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Ok(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Ok(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) if left.is_f64() == right.is_f64() => {
            match (left.as_i64(), right.as_i64()) {
                (Some(left), Some(right)) => Ok(left.cmp(&right)),
                _ => left
                    .as_f64()
                    .partial_cmp(&right.as_f64())
                    .ok_or_else(|| "invalid type for comparison".into()),
            }
        }
        (
            Value::Bool(_) | Value::String(_) | Value::Number(_),
            Value::Bool(_) | Value::String(_) | Value::Number(_),
        ) => Err("incompatible types for comparison".into()),
        _ => Err("invalid type for comparison".into()),
    }
}

/// Whether one value of a sorted column stands before another (`isLess` of `kubectl/pkg/cmd/get/sorter.go`): texts that
/// are quantities by their amount.
pub fn is_before(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, right) => !right.is_null(),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => left < right,
            _ => left.as_f64() < right.as_f64(),
        },
        (Value::String(left), Value::String(right)) => {
            match (Quantity::parse(left), Quantity::parse(right)) {
                (Ok(left), Ok(right)) => left.nanos() < right.nanos(),
                _ => left < right,
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            left.iter().zip(right).all(|(left, right)| is_before(left, right))
        }
        _ => false,
    }
}

/// Puts things in order as Go's `sort.Sort` does, which leaves equal ones in an order of its own
/// (pattern-defeating quicksort).
pub fn sort<T>(items: Vec<T>, mut less: impl FnMut(&T, &T) -> bool) -> Vec<T> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let mut is_less = |left: usize, right: usize| less(&items[left], &items[right]);
    let length = order.len();
    Sorter { order: &mut order, less: &mut is_less }.quick(
        0,
        length,
        length.checked_ilog2().map_or(0, |log| log + 1),
    );
    let mut slots: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| slots[index].take()).collect()
}

/// How the values around a pivot stand.
#[derive(PartialEq)]
enum Hint {
    Unknown,
    Increasing,
    Decreasing,
}

struct Sorter<'a> {
    order: &'a mut Vec<usize>,
    less: &'a mut dyn FnMut(usize, usize) -> bool,
}

impl Sorter<'_> {
    fn less(&mut self, left: usize, right: usize) -> bool {
        (self.less)(self.order[left], self.order[right])
    }

    fn swap(&mut self, left: usize, right: usize) {
        self.order.swap(left, right);
    }

    fn insertion(&mut self, from: usize, to: usize) {
        for start in from + 1..to {
            let mut at = start;
            while at > from && self.less(at, at - 1) {
                self.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    fn sift_down(&mut self, mut root: usize, end: usize, first: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && self.less(first + child, first + child + 1) {
                child += 1;
            }
            if !self.less(first + root, first + child) {
                return;
            }
            self.swap(first + root, first + child);
            root = child;
        }
    }

    fn heap(&mut self, from: usize, to: usize) {
        let end = to - from;
        for root in (0..=(end - 1) / 2).rev() {
            self.sift_down(root, end, from);
        }
        for last in (0..end).rev() {
            self.swap(from, from + last);
            self.sift_down(0, last, from);
        }
    }

    fn quick(&mut self, mut from: usize, mut to: usize, mut limit: u32) {
        const FEW: usize = 12;
        let (mut is_balanced, mut is_partitioned) = (true, true);
        loop {
            let length = to - from;
            if length <= FEW {
                return self.insertion(from, to);
            }
            if limit == 0 {
                return self.heap(from, to);
            }
            if !is_balanced {
                self.break_patterns(from, to);
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.pivot(from, to);
            if hint == Hint::Decreasing {
                self.order[from..to].reverse();
                pivot = (to - 1) - (pivot - from);
                hint = Hint::Increasing;
            }
            if is_balanced && is_partitioned && hint == Hint::Increasing && self.partial_insertion(from, to) {
                return;
            }
            if from > 0 && !self.less(from - 1, pivot) {
                from = self.partition_equal(from, to, pivot);
                continue;
            }
            let (middle, was_partitioned) = self.partition(from, to, pivot);
            is_partitioned = was_partitioned;
            let (left, right) = (middle - from, to - middle);
            is_balanced = left.min(right) >= length / 8;
            if left < right {
                self.quick(from, middle, limit);
                from = middle + 1;
            } else {
                self.quick(middle + 1, to, limit);
                to = middle;
            }
        }
    }

    fn partition(&mut self, from: usize, to: usize, pivot: usize) -> (usize, bool) {
        self.swap(from, pivot);
        let (mut left, mut right) = (from + 1, to - 1);
        let mut swaps = 0;
        loop {
            while left <= right && self.less(left, from) {
                left += 1;
            }
            while left <= right && !self.less(right, from) {
                right -= 1;
            }
            if left > right {
                break;
            }
            self.swap(left, right);
            swaps += 1;
            left += 1;
            right -= 1;
        }
        self.swap(right, from);
        (right, swaps == 0)
    }

    fn partition_equal(&mut self, from: usize, to: usize, pivot: usize) -> usize {
        self.swap(from, pivot);
        let (mut left, mut right) = (from + 1, to - 1);
        loop {
            while left <= right && !self.less(from, left) {
                left += 1;
            }
            while left <= right && self.less(from, right) {
                right -= 1;
            }
            if left > right {
                return left;
            }
            self.swap(left, right);
            left += 1;
            right -= 1;
        }
    }

    fn partial_insertion(&mut self, from: usize, to: usize) -> bool {
        const STEPS: usize = 5;
        const SHORTEST: usize = 50;
        let mut at = from + 1;
        for _ in 0..STEPS {
            while at < to && !self.less(at, at - 1) {
                at += 1;
            }
            if at == to {
                return true;
            }
            if to - from < SHORTEST {
                return false;
            }
            self.swap(at, at - 1);
            if at - from >= 2 {
                let mut back = at - 1;
                while back >= 1 && self.less(back, back - 1) {
                    self.swap(back, back - 1);
                    back -= 1;
                }
            }
            if to - at >= 2 {
                let mut ahead = at + 1;
                while ahead < to && self.less(ahead, ahead - 1) {
                    self.swap(ahead, ahead - 1);
                    ahead += 1;
                }
            }
        }
        false
    }

    fn break_patterns(&mut self, from: usize, to: usize) {
        let length = to - from;
        if length < 8 {
            return;
        }
        let mut random = length as u64;
        let mask = (1u64 << (64 - (length as u64).leading_zeros())) - 1;
        let first = from + (length / 4) * 2 - 1;
        for at in first..first + 3 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut other = (random & mask) as usize;
            if other >= length {
                other -= length;
            }
            self.swap(at, from + other);
        }
    }

    fn pivot(&mut self, from: usize, to: usize) -> (usize, Hint) {
        const LONG: usize = 50;
        const MOST: usize = 4 * 3;
        let length = to - from;
        let mut swaps = 0;
        let [mut low, mut middle, mut high] = [1, 2, 3].map(|quarter| from + length / 4 * quarter);
        if length >= 8 {
            if length >= LONG {
                for at in [&mut low, &mut middle, &mut high] {
                    *at = self.median([*at - 1, *at, *at + 1], &mut swaps);
                }
            }
            middle = self.median([low, middle, high], &mut swaps);
        }
        let hint = match swaps {
            0 => Hint::Increasing,
            MOST => Hint::Decreasing,
            _ => Hint::Unknown,
        };
        (middle, hint)
    }

    fn median(&mut self, [mut low, mut middle, mut high]: [usize; 3], swaps: &mut usize) -> usize {
        let mut order = |left: &mut usize, right: &mut usize| {
            if self.less(*right, *left) {
                *swaps += 1;
                std::mem::swap(left, right);
            }
        };
        order(&mut low, &mut middle);
        order(&mut middle, &mut high);
        order(&mut low, &mut middle);
        middle
    }
}

/// Go's word for a kind of JSON.
pub fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A span as Go prints it, if it is not negative: `8s`, `1m30s`, `1.5s`.
pub fn duration(span: Millis) -> String {
    let (minutes, rest) = (span.0 / 60_000, span.0 % 60_000);
    let seconds = match rest % 1000 {
        0 => format!("{}s", rest / 1000),
        part => format!("{}.{}s", rest / 1000, format!("{part:03}").trim_end_matches('0')),
    };
    match (minutes / 60, minutes % 60) {
        (0, 0) => seconds,
        (0, minutes) => format!("{minutes}m{seconds}"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_printed_as_go_prints_them() {
        let value = json!({ "b": [1, "x", null, true], "a": { "k": 1.5 } });
        assert_eq!(plain(&value), "map[a:map[k:1.5] b:[1 x <nil> true]]");
        assert_eq!(
            syntax(&value),
            "map[string]interface {}{\"a\":map[string]interface {}{\"k\":1.5}, \"b\":[]interface {}{1, \"x\", interface {}(nil), true}}"
        );
        assert_eq!(json(&json!("a<b&c")), "\"a\\u003cb\\u0026c\"");
    }

    #[test]
    fn sorting_puts_everything_in_order() {
        for length in [0usize, 1, 12, 13, 49, 50, 200] {
            let items: Vec<usize> = (0..length).map(|index| index * 7919 % 101).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            assert_eq!(sort(items, |left, right| left < right), expected, "{length}");
        }
    }

    #[test]
    fn equal_things_stand_in_the_order_in_which_go_leaves_them() {
        for (length, first, hash) in [
            (13, [0, 11, 1, 12, 10, 5], 280_638_821_671_551_078),
            (40, [33, 22, 11, 0, 32, 12], 2_884_103_121_620_561_648),
            (60, [55, 22, 0, 33, 11, 44], 14_395_914_887_356_914_290),
            (200, [22, 55, 66, 198, 0, 77], 3_481_367_824_448_752_120),
        ] {
            let sorted =
                sort((0..length).collect(), |left: &u64, right| left * left % 11 < right * right % 11);
            assert_eq!(sorted[..6], first, "{length}");
            let fold = |hash: u64, value: &u64| hash.wrapping_mul(31).wrapping_add(*value);
            assert_eq!(sorted.iter().fold(0, fold), hash, "{length}");
        }
    }

    #[test]
    fn spans_are_printed_as_go_prints_them() {
        for (millis, expected) in [(8000, "8s"), (1500, "1.5s"), (90_000, "1m30s"), (3_600_000, "1h0m0s")] {
            assert_eq!(duration(Millis(millis)), expected);
        }
    }
}
