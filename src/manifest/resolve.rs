//! What the text of a scalar means by the rules of YAML 1.1, as kubectl's reader has them.
//!
//! Upstream: `go.yaml.in/yaml/v2/resolve.go`, and how `encoding/json` writes the results.

use crate::api::base64;
use ecow::EcoString;
use serde_json::Number;

/// What the text of a scalar means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    /// Itself.
    Text,
}

/// A scalar's meaning and its text.
///
/// # Errors
/// The text is not of the type that its tag names, or JSON cannot hold it.
pub(super) fn scalar(
    text: &str,
    tag: Option<&str>,
    is_implicit: bool,
) -> Result<(Scalar, EcoString), String> {
    let core = tag.map(|tag| tag.strip_prefix("tag:yaml.org,2002:").unwrap_or_default());
    match core {
        None if is_implicit => Ok((plain(text)?, text.into())),
        Some("binary") => base64::decoded(text)
            .map(|decoded| (Scalar::Text, String::from_utf8_lossy(&decoded).into()))
            .ok_or_else(|| "yaml: !!binary value contains invalid base64 data".into()),
        Some(wanted @ ("bool" | "int" | "float" | "null" | "timestamp")) => {
            let value = plain(text)?;
            let found = match &value {
                Scalar::Null => "null",
                Scalar::Bool(_) => "bool",
                Scalar::Number(number)
                    if number.is_f64() || text.contains(['.', 'e', 'E']) && !text.starts_with("0x") =>
                {
                    "float"
                }
                Scalar::Number(_) => "int",
                Scalar::Text if is_timestamp(text) => "timestamp",
                Scalar::Text => "str",
            };
            if found != wanted && (found, wanted) != ("int", "float") {
                return Err(format!("yaml: cannot decode !!{found} `{text}` as a !!{wanted}"));
            }
            Ok((value, text.into()))
        }
        _ => Ok((Scalar::Text, text.into())),
    }
}

/// What a plain text means.
fn plain(text: &str) -> Result<Scalar, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => return Err("json: unsupported value: NaN".into()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Err("json: unsupported value: +Inf".into());
        }
        "-.inf" | "-.Inf" | "-.INF" => return Err("json: unsupported value: -Inf".into()),
        _ => number(text).map_or(Scalar::Text, Scalar::Number),
    })
}

/// Four digits and a dash begin a date.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

/// Whether a text is read as a text when it is written without quotes; dates are left out too, for readers that know
/// them.
pub(super) fn is_text_when_bare(text: &str) -> bool {
    !is_timestamp(text) && text != "<<" && plain(text) == Ok(Scalar::Text)
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
        return None;
    }
    // Upstream leaves underscores out of numbers that begin with a digit or a sign only.
    if text.starts_with('.') && text.contains('_') {
        return None;
    }
    let plain = text.replace('_', "");
    if let Some(integer) = integer(&plain) {
        return Some(integer);
    }
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_float = digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
        && (whole.is_empty() || digits(whole))
        && (fraction.is_empty() || digits(fraction))
        && !(whole.is_empty() && (fraction.is_empty() || !mantissa.contains('.')));
    let float: f64 = if is_float { plain.parse().ok()? } else { return None };
    // A float without a fraction is written to JSON as an integer.
    if float.fract() == 0.0 && float.abs() < 9e18 {
        return Some((float as i64).into());
    }
    Number::from_f64(float)
}

/// An integer: decimal, or after `0x`, `0o`, `0b` or `0` in another base.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let bases = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];
    let prefixed = bases.iter().find_map(|(prefix, base)| Some((digits.strip_prefix(prefix)?, *base)));
    let (digits, base) = match prefixed {
        Some(prefixed) => prefixed,
        None if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        None => (digits, 10),
    };
    if !digits.starts_with(|first: char| first.is_digit(base)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    if !negative {
        return Some(magnitude.into());
    }
    0i64.checked_sub_unsigned(magnitude).map(Number::from)
}
