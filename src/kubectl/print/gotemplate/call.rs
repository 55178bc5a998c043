//! The functions of templates. Upstream: Go's `text/template/funcs.go`, `cli-runtime/pkg/printers/template.go`.

use super::Term;
use super::printf::{formatted, said};
use super::val::Val;
use crate::api::base64;
use crate::kubectl::print::go;
use serde_json::Value;
use std::cmp::Ordering;

/// Each function: how many arguments it takes at least and at most, and whether the first must be a text.
const FUNCTIONS: &[(&str, usize, usize, bool)] = &[
    ("and", 1, usize::MAX, false),
    ("base64decode", 1, 1, true),
    ("call", 1, usize::MAX, false),
    ("eq", 1, usize::MAX, false),
    ("exists", 1, usize::MAX, false),
    ("ge", 2, 2, false),
    ("gt", 2, 2, false),
    ("html", 0, usize::MAX, false),
    ("index", 1, usize::MAX, false),
    ("js", 0, usize::MAX, false),
    ("le", 2, 2, false),
    ("len", 1, 1, false),
    ("lt", 2, 2, false),
    ("ne", 2, 2, false),
    ("not", 1, 1, false),
    ("or", 1, usize::MAX, false),
    ("print", 0, usize::MAX, false),
    ("printf", 1, usize::MAX, true),
    ("println", 0, usize::MAX, false),
    ("slice", 1, usize::MAX, false),
    ("urlquery", 0, usize::MAX, false),
];

/// Whether there is such a function.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, ..)| *known == name)
}

/// How many arguments a function takes at least and at most, and whether the first must be a text.
pub(super) fn signature(name: &str) -> (usize, usize, bool) {
    let found = FUNCTIONS.iter().find(|(known, ..)| *known == name);
    found.map_or((0, usize::MAX, false), |(_, least, most, takes_text)| (*least, *most, *takes_text))
}

/// What a function gives for arguments.
///
/// # Errors
/// It has nothing for these.
pub(super) fn call(name: &str, arguments: &[Val], first: Option<&Term>) -> Result<Val, String> {
    let text = |at: usize| arguments.get(at).and_then(|value| value.value.as_ref()).and_then(Value::as_str);
    Ok(match (name, arguments) {
        ("eq", [_]) => return Err("missing argument for comparison".into()),
        ("eq", [left, rights @ ..]) => {
            let mut is_equal = false;
            for right in rights {
                is_equal = is_equal || equal(left, right)?;
            }
            Val::own(is_equal)
        }
        ("ne", [left, right]) => Val::own(!equal(left, right)?),
        ("lt", [left, right]) => Val::own(ordered(left, right)?.is_lt()),
        ("le", [left, right]) => Val::own(ordered(left, right)?.is_le()),
        ("gt", [left, right]) => Val::own(ordered(left, right)?.is_gt()),
        ("ge", [left, right]) => Val::own(ordered(left, right)?.is_ge()),
        ("not", [value]) => Val::own(!value.is_true()),
        ("len", [value]) => match &value.value {
            None => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
            Some(Value::String(text)) => Val::own(text.len()),
            Some(Value::Array(items)) => Val::own(items.len()),
            Some(Value::Object(fields)) => Val::own(fields.len()),
            Some(Value::Null) => return Err("len of nil pointer".into()),
            Some(_) => return Err(format!("len of type {}", value.type_name())),
        },
        ("index", [value, indices @ ..]) => index(value, indices)?,
        ("slice", [value, indices @ ..]) => slice(value, indices)?,
        ("exists", [value, indices @ ..]) => Val::own(
            index(value, indices).is_ok_and(|found| found.value.is_some_and(|found| !found.is_null())),
        ),
        ("printf", [_, rest @ ..]) => Val::own(formatted(text(0).unwrap_or_default(), rest)),
        ("base64decode", _) => match base64::decoded(text(0).unwrap_or_default()) {
            Some(bytes) => Val::own(String::from_utf8_lossy(&bytes).into_owned()),
            None => {
                let is_digit = |letter: char| letter.is_ascii_alphanumeric() || "+/\r\n".contains(letter);
                let text = text(0).unwrap_or_default();
                let at = text.find(|letter| !is_digit(letter)).unwrap_or(text.len());
                return Err(format!("base64 decode failed: illegal base64 data at input byte {at}"));
            }
        },
        ("call", [value, ..]) => {
            return Err(match value.value {
                None | Some(Value::Null) => "call of nil".into(),
                Some(_) => format!(
                    "non-function {} of type {}",
                    first.map_or("", |term| &*term.mark.text),
                    value.type_name()
                ),
            });
        }
        ("println", all) => Val::own(all.iter().map(said).collect::<Vec<_>>().join(" ") + "\n"),
        ("html", all) => Val::own(escaped(all, html)),
        ("js", all) => Val::own(escaped(all, js)),
        ("urlquery", all) => Val::own(query(&printed(all))),
        (_, all) => Val::own(printed(all)),
    })
}

/// `fmt.Sprint`: a blank between two of which neither is a text.
fn printed(all: &[Val]) -> String {
    let is_text = |value: &Val| matches!(value.value, Some(Value::String(_)));
    let mut out = String::new();
    for (at, value) in all.iter().enumerate() {
        if at > 0 && !is_text(value) && !is_text(&all[at - 1]) {
            out.push(' ');
        }
        out += &said(value);
    }
    out
}

fn escaped(all: &[Val], escape: fn(char) -> Option<String>) -> String {
    let letters = printed(all);
    letters.chars().map(|letter| escape(letter).unwrap_or_else(|| letter.to_string())).collect()
}

fn html(letter: char) -> Option<String> {
    let code = match letter {
        '"' => "&#34;",
        '\'' => "&#39;",
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '\0' => "\u{fffd}",
        _ => return None,
    };
    Some(code.into())
}

fn js(letter: char) -> Option<String> {
    match letter {
        '\\' | '\'' | '"' => Some(format!("\\{letter}")),
        '<' | '>' | '&' | '=' => Some(format!("\\u{:04X}", u32::from(letter))),
        letter if letter.is_control() => Some(format!("\\u{:04X}", u32::from(letter))),
        _ => None,
    }
}

fn query(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

/// What kind of basic value it is, none for a list or a map.
fn basic(value: &Val) -> Option<&'static str> {
    match &value.value {
        Some(Value::Bool(_)) => Some("bool"),
        Some(Value::String(_)) => Some("string"),
        Some(Value::Number(number)) if number.is_f64() => Some("float"),
        Some(Value::Number(_)) => Some("int"),
        _ => None,
    }
}

fn equal(left: &Val, right: &Val) -> Result<bool, String> {
    let is_nothing = |value: &Val| value.value.as_ref().is_none_or(Value::is_null);
    if is_nothing(left) || is_nothing(right) {
        return Ok(is_nothing(left) && is_nothing(right));
    }
    match (basic(left), basic(right)) {
        (Some(one), Some(other)) if one == other => Ok(left
            .value
            .as_ref()
            .zip(right.value.as_ref())
            .is_some_and(|(left, right)| go::compare(left, right).is_ok_and(Ordering::is_eq))),
        (None, None) => {
            let told = formatted("%s", std::slice::from_ref(right));
            Err(format!("non-comparable type {told}: {}", right.type_name()))
        }
        _ => Err("incompatible types for comparison".into()),
    }
}

fn ordered(left: &Val, right: &Val) -> Result<Ordering, String> {
    match (basic(left), basic(right)) {
        (Some(one), Some(other)) if one != other => Err("incompatible types for comparison".into()),
        (Some(kind), Some(_)) if kind != "bool" => match (&left.value, &right.value) {
            (Some(left), Some(right)) => go::compare(left, right),
            _ => Ok(Ordering::Equal),
        },
        _ => Err("invalid type for comparison".into()),
    }
}

/// A place in a list or text.
fn place(index: &Val, length: usize) -> Result<usize, String> {
    let at = match &index.value {
        Some(Value::Number(number)) if number.as_i64().is_some() => number.as_i64().unwrap_or(0),
        None | Some(Value::Null) => return Err("cannot index slice/array with nil".into()),
        Some(_) => {
            return Err(format!("cannot index slice/array with type {}", index.type_name()));
        }
    };
    let found = usize::try_from(at).ok().filter(|at| *at <= length);
    found.ok_or_else(|| format!("index out of range: {at}"))
}

fn index(value: &Val, indices: &[Val]) -> Result<Val, String> {
    if value.value.is_none() {
        return Err("index of untyped nil".into());
    }
    let mut value = value.clone();
    for index in indices {
        let out_of_range = |at: usize| format!("index out of range: {at}");
        value = match &value.value {
            Some(Value::Array(items)) => {
                let at = place(index, items.len())?;
                Val::read(Some(items.get(at).ok_or_else(|| out_of_range(at))?))
            }
            Some(Value::String(text)) => {
                let at = place(index, text.len())?;
                Val::own(*text.as_bytes().get(at).ok_or_else(|| out_of_range(at))?)
            }
            Some(Value::Object(fields)) => match &index.value {
                Some(Value::String(key)) => Val::read(fields.get(key)),
                None | Some(Value::Null) => return Err("value is nil; should be of type string".into()),
                Some(_) => return Err(format!("value has type {}; should be string", index.type_name())),
            },
            None | Some(Value::Null) => return Err("index of nil pointer".into()),
            Some(_) => return Err(format!("can't index item of type {}", value.type_name())),
        };
    }
    Ok(value)
}

fn slice(value: &Val, indices: &[Val]) -> Result<Val, String> {
    let length = match &value.value {
        None => return Err("slice of untyped nil".into()),
        Some(_) if indices.len() > 3 => return Err(format!("too many slice indexes: {}", indices.len())),
        Some(Value::String(_)) if indices.len() == 3 => return Err("cannot 3-index slice a string".into()),
        Some(Value::String(text)) => text.len(),
        Some(Value::Array(items)) => items.len(),
        Some(_) => return Err(format!("can't slice item of type {}", value.type_name())),
    };
    let mut ends = [0, length, length];
    for (end, index) in ends.iter_mut().zip(indices) {
        *end = place(index, length)?;
    }
    let [from, to, most] = ends;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    if to > most {
        return Err(format!("invalid slice index: {to} > {most}"));
    }
    let part = match &value.value {
        Some(Value::String(text)) => {
            Value::from(String::from_utf8_lossy(&text.as_bytes()[from..to]).into_owned())
        }
        Some(Value::Array(items)) => Value::from(items[from..to].to_vec()),
        _ => Value::Null,
    };
    let mut part_of = value.clone();
    part_of.value = Some(part);
    Ok(part_of)
}
