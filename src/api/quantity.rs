//! Resource quantities. Upstream: `apimachinery/pkg/api/resource/quantity.go`.

use ecow::EcoString;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::cmp::Ordering;
use std::fmt;

const MAX: i128 = i64::MAX as i128;
const NANO: i32 = -9;
/// Decimal digits that an `i128` holds for sure.
const DIGITS: usize = 38;

/// How a quantity was written, and so how it prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QuantityFormat {
    /// `12e6`
    DecimalExponent,
    /// `12Mi`
    BinarySI,
    /// `12M`
    #[default]
    DecimalSI,
}

/// Why a text is no quantity; prints upstream's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// Not of the form number, suffix.
    Format,
    /// The number is out of reach.
    Numeric,
    /// No such suffix.
    Suffix,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QuantityError::Format => {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            QuantityError::Numeric => "unable to parse numeric part of quantity",
            QuantityError::Suffix => "unable to parse quantity's suffix",
        })
    }
}

/// An amount of a resource: an exact decimal number `unscaled · 10^scale`, not below nano steps.
///
/// Equality and order are those of the number; the text is kept for printing.
#[derive(Clone, Debug)]
pub struct Quantity {
    unscaled: i128,
    scale: i32,
    format: QuantityFormat,
    text: EcoString,
    /// Upstream holds it in its long form, which rounds negative numbers in another way.
    long: bool,
}

impl Quantity {
    /// Reads a quantity. Fractions below a nano are rounded away from zero.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let parts = Parts::scan(text)?;
        let (base, exponent, format) = suffix(parts.suffix).ok_or(QuantityError::Suffix)?;
        if let Some((unscaled, scale, plain)) = parts.small(base, exponent) {
            let mut quantity = Quantity { unscaled, scale, format, text: text.into(), long: false };
            if !plain && text != "0" {
                quantity.text = quantity.canonical().into();
            }
            return Ok(quantity);
        }
        if !parts.has_digits {
            return Err(QuantityError::Numeric);
        }
        let (unscaled, scale) = parts.large(base, exponent)?;
        let below_one = unscaled > 0 && compare(unscaled, scale, 1, 0) == Ordering::Less;
        let format =
            if format == QuantityFormat::BinarySI && below_one { QuantityFormat::DecimalSI } else { format };
        let unscaled = if parts.negative { -unscaled } else { unscaled };
        let mut quantity = Quantity { unscaled, scale, format, text: "".into(), long: true };
        quantity.text = quantity.canonical().into();
        Ok(quantity)
    }

    /// As it is printed. Equal amounts may be written in several ways: `1Ki` and `1024`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A whole number in a format.
    pub fn from_value(value: i64, format: QuantityFormat) -> Self {
        Self::build(i128::from(value), 0, format)
    }

    /// A number of thousandths (`250` is `250m`).
    pub fn from_milli(value: i64) -> Self {
        Self::build(i128::from(value), -3, QuantityFormat::DecimalSI)
    }

    fn build(unscaled: i128, scale: i32, format: QuantityFormat) -> Self {
        let mut quantity = Quantity { unscaled, scale, format, text: "".into(), long: false };
        quantity.text = quantity.canonical().into();
        quantity
    }

    /// The sum, in the format of the first that is not zero.
    #[must_use]
    pub fn plus(&self, other: &Quantity) -> Self {
        let format = if self.unscaled == 0 { other.format } else { self.format };
        Self::build(self.nanos().saturating_add(other.nanos()), NANO, format)
    }

    /// So many times as much.
    #[must_use]
    pub fn times(&self, count: usize) -> Self {
        let count = i128::try_from(count).unwrap_or(i128::MAX);
        Self::build(self.nanos().saturating_mul(count), NANO, self.format)
    }

    /// The number in whole units, rounded away from zero, at the bounds of `i64` where it lies outside.
    pub fn value(&self) -> i64 {
        self.scaled(0)
    }

    /// The number in thousandths, rounded away from zero, at the bounds of `i64` where it lies outside.
    pub fn milli_value(&self) -> i64 {
        self.scaled(-3)
    }

    /// The exact number in billionths, the finest step there is; at the bounds of `i128` where it lies outside.
    pub fn nanos(&self) -> i128 {
        // The units that are written: the scheduler asks for every container of every pod.
        match (i64::try_from(self.unscaled), self.scale) {
            (Ok(unscaled), 0) => i128::from(unscaled) * 1_000_000_000,
            (Ok(unscaled), -3) => i128::from(unscaled) * 1_000_000,
            _ => rescale(self.unscaled, self.scale, NANO),
        }
    }

    fn scaled(&self, scale: i32) -> i64 {
        let capped = self.format == QuantityFormat::BinarySI && self.unscaled == -MAX;
        if self.long && self.unscaled < 0 && !capped {
            // Upstream's `scaledValue` takes the low 64 bits and rounds negative numbers up, not away from zero.
            let nanos = rescale(self.unscaled, self.scale, NANO) as i64;
            let divisor = 10i64.pow((scale - NANO) as u32);
            return nanos / divisor + i64::from(nanos % divisor != 0);
        }
        let value = rescale(self.unscaled, self.scale, scale);
        i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
    }

    /// How it was written.
    pub fn format(&self) -> QuantityFormat {
        self.format
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        self.unscaled.signum() as i32
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        self.scale >= 0 || self.unscaled % 10i128.pow((-self.scale).min(DIGITS as i32) as u32) == 0
    }

    /// The shortest text of this number in its format (`CanonicalizeBytes`).
    pub fn canonical(&self) -> String {
        if self.unscaled == 0 {
            return "0".into();
        }
        let small = compare(self.unscaled.abs(), self.scale, 1024, 0) == Ordering::Less;
        if self.format == QuantityFormat::BinarySI && !small && self.is_integer() {
            let mut number = rescale(self.unscaled, self.scale, 0);
            let mut power = 0;
            while number % 1024 == 0 && power < 6 {
                number /= 1024;
                power += 1;
            }
            return format!("{number}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power]);
        }
        let (mut number, mut exponent) = (self.unscaled, self.scale);
        while number % 10 == 0 {
            number /= 10;
            exponent += 1;
        }
        while exponent.rem_euclid(3) != 0 {
            number = number.saturating_mul(10);
            exponent -= 1;
        }
        match self.format {
            QuantityFormat::DecimalExponent if exponent == 0 => number.to_string(),
            QuantityFormat::DecimalExponent => format!("{number}e{exponent}"),
            _ => {
                let index = usize::try_from((exponent - NANO) / 3).unwrap_or(usize::MAX);
                let suffix = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"].get(index).unwrap_or(&"");
                format!("{number}{suffix}")
            }
        }
    }
}

/// A scanned quantity; `whole` has no leading zeros unless it is `0`.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
    /// Whether there is a number at all; upstream's short form reads none as 0.
    has_digits: bool,
}

impl<'a> Parts<'a> {
    fn scan(text: &'a str) -> Result<Self, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Format);
        }
        let negative = text.starts_with('-');
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let number = unsigned.trim_start_matches('0');
        let (digits, rest) = split_digits(number);
        let whole = if digits.is_empty() { "0" } else { digits };
        let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), split_digits);
        let letters = rest.trim_start_matches(|letter| "eEinumkKMGTP".contains(letter));
        let exponent = letters.strip_prefix(['-', '+']).unwrap_or(letters);
        if !exponent.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(QuantityError::Format);
        }
        let has_digits = unsigned.starts_with('0') || !digits.is_empty() || !fraction.is_empty();
        Ok(Parts { negative, whole, fraction, suffix: rest, has_digits })
    }

    /// The number where upstream's short form holds it, and whether upstream then keeps the text as it stands.
    fn small(&self, base: i32, exponent: i32) -> Option<(i128, i32, bool)> {
        let digits = i32::try_from(self.whole.len() + self.fraction.len()).unwrap_or(i32::MAX);
        let room = match base {
            10 => 18 - digits,
            _ if exponent >= 0 && self.fraction.is_empty() => 15 - digits - exponent * 3 / 10 - 1,
            _ => -1,
        };
        let scale = if base == 10 { exponent } else { 0 } - self.fraction.len() as i32;
        if room < 0 || scale < NANO {
            return None;
        }
        let shifted = format!("{}{}", self.whole, self.fraction);
        let value: i64 = shifted.parse().ok()?;
        let mantissa = if base == 2 { 1i64.checked_shl(exponent as u32)? } else { 1 };
        let product = value.checked_mul(mantissa)?;
        let plain = if base == 2 {
            value & 7 != 0
        } else {
            scale % 3 == 0 && !shifted.ends_with("000") && !shifted.starts_with('0')
        };
        Some((i128::from(if self.negative { -product } else { product }), scale, plain))
    }

    /// The magnitude where the short form does not hold it; in whole nanos at the finest.
    fn large(&self, base: i32, exponent: i32) -> Result<(i128, i32), QuantityError> {
        if base == 10 {
            let digits = format!("{}{}", self.whole, self.fraction);
            let scale = exponent.saturating_sub(self.fraction.len() as i32);
            let (number, scale) = decimal(&digits, scale);
            return Ok(if scale < NANO { (rescale(number, scale, NANO), NANO) } else { (number, scale) });
        }
        // Whole part and fraction apart, so that neither product leaves i128.
        let power = 1i128 << exponent;
        let (whole, scale) = decimal(self.whole, 0);
        let whole = rescale(whole, scale, 0).saturating_mul(power);
        if whole > MAX {
            return Ok((MAX, 0));
        }
        let kept = &self.fraction[..self.fraction.len().min(18)];
        let lost = self.fraction[kept.len()..].bytes().any(|digit| digit != b'0');
        let fraction: i128 =
            if kept.is_empty() { 0 } else { kept.parse().map_err(|_| QuantityError::Numeric)? };
        let nanos = rescale(fraction * power, -(kept.len() as i32), NANO) + i128::from(lost);
        let total = whole * 1_000_000_000 + nanos;
        Ok(if total > MAX * 1_000_000_000 { (MAX, 0) } else { (total, NANO) })
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// Digits as a number, dropping low digits (rounding up) past what `i128` holds.
fn decimal(digits: &str, scale: i32) -> (i128, i32) {
    let digits = digits.trim_start_matches('0');
    let kept = &digits[..digits.len().min(DIGITS)];
    let dropped = &digits[kept.len()..];
    let number: i128 = kept.parse().unwrap_or(0);
    let up = i128::from(dropped.bytes().any(|digit| digit != b'0'));
    (number + up, scale.saturating_add(dropped.len() as i32))
}

/// The same number with another scale, rounded away from zero, at the bounds of `i128` where it lies outside.
fn rescale(number: i128, from: i32, to: i32) -> i128 {
    let by = i64::from(from) - i64::from(to);
    let factor = 10i128.checked_pow(by.unsigned_abs().min(DIGITS as u64) as u32).unwrap_or(i128::MAX);
    if by >= 0 {
        return if by > DIGITS as i64 && number != 0 {
            if number < 0 { i128::MIN } else { i128::MAX }
        } else {
            number.saturating_mul(factor)
        };
    }
    if by < -(DIGITS as i64) {
        return number.signum();
    }
    number / factor + (if number % factor == 0 { 0 } else { number.signum() })
}

fn compare(left: i128, left_scale: i32, right: i128, right_scale: i32) -> Ordering {
    let scale = left_scale.min(right_scale).max(-30);
    rescale(left, left_scale, scale).cmp(&rescale(right, right_scale, scale))
}

fn suffix(text: &str) -> Option<(i32, i32, QuantityFormat)> {
    let decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    if let Some(index) = decimal.iter().position(|known| *known == text) {
        return Some((10, NANO + 3 * index as i32, QuantityFormat::DecimalSI));
    }
    if let Some(index) = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|known| *known == text) {
        return Some((2, 10 * (index as i32 + 1), QuantityFormat::BinarySI));
    }
    let exponent: i64 = text.strip_prefix(['e', 'E'])?.parse().ok()?;
    Some((10, i32::try_from(exponent).ok()?, QuantityFormat::DecimalExponent))
}

impl Default for Quantity {
    fn default() -> Self {
        Quantity { unscaled: 0, scale: 0, format: QuantityFormat::DecimalSI, text: "0".into(), long: false }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.unscaled, self.scale, other.unscaled, other.scale)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            other => return Err(de::Error::custom(format!("a quantity is a text or a number, not {other}"))),
        };
        Quantity::parse(text.trim()).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_without_a_number_is_zero_only_in_the_short_form() {
        for text in ["Ki", "Ti", "m", "E", ".", "0"] {
            assert_eq!(Quantity::parse(text).map(|quantity| quantity.value()), Ok(0), "{text}");
        }
        for text in ["Pi", "Ei", "-Ei", ".Pi", "e-12", ".e-12", "E-10"] {
            assert_eq!(Quantity::parse(text).err(), Some(QuantityError::Numeric), "{text}");
        }
        assert_eq!(Quantity::parse("0e-12").map(|quantity| quantity.value()), Ok(0));
    }
}
