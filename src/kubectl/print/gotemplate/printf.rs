//! `printf`. Upstream: Go's `fmt`.

use super::val::Val;
use crate::kubectl::print::go;
use serde_json::Value;

/// A value as `fmt.Sprint` prints it.
pub(super) fn said(value: &Val) -> String {
    value.value.as_ref().map_or_else(|| "<nil>".into(), go::plain)
}

/// What stands between the percent sign and the verb.
#[derive(Default)]
struct Flags {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// The widest field: nobody asks for more, and a column of a million blanks would only hold the page up.
const WIDEST: usize = 1000;

/// `fmt.Sprintf`.
pub(super) fn formatted(format: &str, arguments: &[Val]) -> String {
    let mut out = String::new();
    let mut next = 0;
    let mut is_reordered = false;
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out += &rest[..at];
        rest = &rest[at + 1..];
        let mut flags = Flags::default();
        while let Some(flag) = rest.chars().next().filter(|flag| "-+# 0".contains(*flag)) {
            match flag {
                '-' => flags.minus = true,
                '+' => flags.plus = true,
                '#' => flags.sharp = true,
                ' ' => flags.space = true,
                _ => flags.zero = true,
            }
            rest = &rest[1..];
        }
        let mut is_bad_index = false;
        let mut argument = |rest: &mut &str, next: &mut usize| {
            let Some(inside) = rest.strip_prefix('[') else { return };
            is_reordered = true;
            let Some((number, after)) = inside.split_once(']') else {
                is_bad_index = true;
                return;
            };
            match number.parse::<usize>() {
                Ok(number) if number > 0 && number <= arguments.len() => *next = number - 1,
                _ => is_bad_index = true,
            }
            *rest = after;
        };
        argument(&mut rest, &mut next);
        flags.width = amount(&mut rest, arguments, &mut next, &mut out, "WIDTH");
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            argument(&mut rest, &mut next);
            flags.precision = Some(amount(&mut rest, arguments, &mut next, &mut out, "PREC").unwrap_or(0));
        }
        argument(&mut rest, &mut next);
        let Some(verb) = rest.chars().next() else {
            out += "%!(NOVERB)";
            break;
        };
        rest = &rest[verb.len_utf8()..];
        if verb == '%' {
            out.push('%');
        } else if is_bad_index {
            out += &format!("%!{verb}(BADINDEX)");
        } else if let Some(value) = arguments.get(next) {
            next += 1;
            out += &one(verb, value, &flags);
        } else {
            out += &format!("%!{verb}(MISSING)");
        }
    }
    out += rest.split_once('%').map_or(rest, |_| "");
    if !is_reordered && next < arguments.len() {
        let extra = arguments[next..].iter().map(|value| match value.type_name() {
            "<nil>" => "<nil>".to_owned(),
            kind => format!("{kind}={}", said(value)),
        });
        out += &format!("%!(EXTRA {})", extra.collect::<Vec<_>>().join(", "));
    }
    out
}

/// A width or a precision: digits, or `*` for an argument.
fn amount(
    rest: &mut &str,
    arguments: &[Val],
    next: &mut usize,
    out: &mut String,
    what: &str,
) -> Option<usize> {
    if let Some(after) = rest.strip_prefix('*') {
        *rest = after;
        let given = arguments.get(*next).and_then(|value| value.value.as_ref()).and_then(Value::as_u64);
        *next += 1;
        if given.is_none() {
            *out += &format!("%!(BAD{what})");
        }
        return given.map(|given| (given as usize).min(WIDEST));
    }
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let digits = &rest[..end];
    *rest = &rest[end..];
    digits.parse::<usize>().ok().map(|amount| amount.min(WIDEST))
}

fn one(verb: char, value: &Val, flags: &Flags) -> String {
    match (verb, &value.value) {
        ('T', _) => padded(value.type_name().into(), flags, false),
        ('v', Some(inner)) if flags.sharp => go::syntax(inner),
        (_, None | Some(Value::Null)) if verb == 'v' => padded("<nil>".into(), flags, false),
        (_, None | Some(Value::Null)) => format!("%!{verb}(<nil>)"),
        ('v', Some(inner @ (Value::Array(_) | Value::Object(_)))) => go::plain(inner),
        (_, Some(Value::Array(items))) => {
            let items = items.iter().map(|item| one(verb, &Val::read(Some(item)), flags));
            format!("[{}]", items.collect::<Vec<_>>().join(" "))
        }
        (_, Some(Value::Object(fields))) => {
            let pairs = fields.iter().map(|(key, value)| {
                format!(
                    "{}:{}",
                    one(verb, &Val::own(key.as_str()), flags),
                    one(verb, &Val::read(Some(value)), flags)
                )
            });
            format!("map[{}]", pairs.collect::<Vec<_>>().join(" "))
        }
        (_, Some(Value::Bool(on))) if matches!(verb, 't' | 'v') => padded(on.to_string(), flags, false),
        (_, Some(Value::String(text))) => match of_text(verb, text, flags) {
            Some(text) => padded(text, flags, false),
            None => wrong(verb, value),
        },
        (_, Some(Value::Number(number))) => {
            let text = match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => of_whole(verb, whole, flags),
                (None, Some(float)) => of_float(verb, float, flags),
                (None, None) => None,
            };
            match text {
                Some(text) => padded(text, flags, !matches!(verb, 'c' | 'q' | 'U')),
                None => wrong(verb, value),
            }
        }
        _ => wrong(verb, value),
    }
}

/// A verb that the value does not know.
fn wrong(verb: char, value: &Val) -> String {
    format!("%!{verb}({}={})", value.type_name(), said(value))
}

fn of_text(verb: char, text: &str, flags: &Flags) -> Option<String> {
    let part: String = text.chars().take(flags.precision.unwrap_or(usize::MAX)).collect();
    Some(match verb {
        's' | 'v' => part,
        'q' if flags.sharp && !part.contains('`') => format!("`{part}`"),
        'q' => go::quoted(&part),
        'x' => part.bytes().map(|byte| format!("{byte:02x}")).collect(),
        'X' => part.bytes().map(|byte| format!("{byte:02X}")).collect(),
        _ => return None,
    })
}

fn of_whole(verb: char, number: i64, flags: &Flags) -> Option<String> {
    let letter = || u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
    let size = number.unsigned_abs();
    let (prefix, digits) = match verb {
        'd' | 'v' => ("", size.to_string()),
        'b' => ("0b", format!("{size:b}")),
        'o' => ("0", format!("{size:o}")),
        'O' => return Some(signed(number < 0, format!("0o{size:o}"), flags)),
        'x' => ("0x", format!("{size:x}")),
        'X' => ("0X", format!("{size:X}")),
        'c' => return Some(letter().to_string()),
        'q' => return Some(format!("'{}'", letter().escape_default())),
        'U' => return Some(format!("U+{size:04X}")),
        _ => return None,
    };
    let zeros = flags.precision.unwrap_or(0).saturating_sub(digits.len());
    let prefix = if flags.sharp { prefix } else { "" };
    Some(signed(number < 0, format!("{prefix}{}{digits}", "0".repeat(zeros)), flags))
}

fn signed(is_negative: bool, digits: String, flags: &Flags) -> String {
    let sign = match is_negative {
        true => "-",
        false if flags.plus => "+",
        false if flags.space => " ",
        false => "",
    };
    format!("{sign}{digits}")
}

fn of_float(verb: char, number: f64, flags: &Flags) -> Option<String> {
    const DIGITS: usize = 6;
    let size = number.abs();
    let digits = match verb {
        'f' | 'F' => format!("{size:.*}", flags.precision.unwrap_or(DIGITS)),
        'e' | 'E' => {
            let text = format!("{size:.*e}", flags.precision.unwrap_or(DIGITS));
            let (digits, exponent) = text.split_once('e')?;
            let exponent: i32 = exponent.parse().ok()?;
            let sign = if exponent < 0 { '-' } else { '+' };
            let text = format!("{digits}e{sign}{:02}", exponent.abs());
            if verb == 'E' { text.to_ascii_uppercase() } else { text }
        }
        'g' | 'G' | 'v' => go::float(size),
        _ => return None,
    };
    Some(signed(number.is_sign_negative(), digits, flags))
}

fn padded(text: String, flags: &Flags, is_number: bool) -> String {
    let blanks = flags.width.unwrap_or(0).saturating_sub(text.chars().count());
    if blanks == 0 {
        return text;
    }
    if flags.minus {
        return text + &" ".repeat(blanks);
    }
    if !flags.zero || (is_number && flags.precision.is_some() && !text.contains('.')) {
        return " ".repeat(blanks) + &text;
    }
    let sign = usize::from(is_number && text.starts_with(['-', '+', ' ']));
    format!("{}{}{}", &text[..sign], "0".repeat(blanks), &text[sign..])
}
