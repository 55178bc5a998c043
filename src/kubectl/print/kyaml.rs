//! `-o kyaml`: YAML in braces, with each text in quotes. Upstream: `sigs.k8s.io/yaml/kyaml/kyaml.go`.

use serde_json::Value;

/// A document.
pub fn kyaml(value: &Value) -> String {
    let mut out = String::from("---\n");
    emit(&mut out, value, 0);
    out + "\n"
}

fn indent(out: &mut String, level: usize) {
    out.extend(std::iter::repeat_n("  ", level));
}

fn emit(out: &mut String, value: &Value, level: usize) {
    match value {
        Value::Object(fields) if fields.is_empty() => *out += "{}",
        Value::Object(fields) => {
            *out += "{\n";
            for (key, value) in fields {
                indent(out, level + 1);
                key_text(out, key, level + 1);
                *out += ": ";
                emit(out, value, level + 1);
                *out += ",\n";
            }
            indent(out, level);
            out.push('}');
        }
        Value::Array(items) if items.is_empty() => *out += "[]",
        Value::Array(items) if items.iter().all(|item| item.is_object() || item.is_array()) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                *out += if index > 0 { ", " } else { "" };
                emit(out, item, level);
            }
            out.push(']');
        }
        Value::Array(items) => {
            *out += "[\n";
            for item in items {
                indent(out, level + 1);
                emit(out, item, level + 1);
                *out += ",\n";
            }
            indent(out, level);
            out.push(']');
        }
        Value::String(text) => quoted(out, text, level + 1),
        other => *out += &other.to_string(),
    }
}

/// A key: in quotes only where YAML could take it for something else.
fn key_text(out: &mut String, key: &str, level: usize) {
    let last = key.chars().count().saturating_sub(1);
    let is_bare = |(at, letter): (usize, char)| {
        letter.is_alphanumeric() || letter == '_' || (at > 0 && at < last && "-./".contains(letter))
    };
    let is_number = |text: &str| text.parse::<f64>().is_ok() || text.starts_with("0x");
    let is_ambiguous = ["null", "y", "n", "yes", "no", "on", "off", "true", "false", "t", "f"]
        .contains(&key.to_ascii_lowercase().as_str())
        || is_number(&key.replace('_', ""));
    if !key.is_empty() && key.chars().enumerate().all(is_bare) && !is_ambiguous {
        *out += key;
    } else {
        quoted(out, key, level + 1);
    }
}

/// A text in quotes; one of several lines goes on below, with a `\` at the end of each line.
fn quoted(out: &mut String, text: &str, level: usize) {
    const FOLD: &str = "\\\n";
    let is_long = text.contains('\n');
    out.push('"');
    if is_long {
        *out += FOLD;
    }
    for letter in text.chars() {
        if out.ends_with('\n') {
            indent(out, level);
            out.push(if letter.is_whitespace() && letter != '\n' { '\\' } else { ' ' });
        }
        match letter {
            '\n' => {
                *out += "\\n";
                *out += FOLD;
            }
            '\t' => out.push('\t'),
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() => *out += &format!("\\x{:02x}", u32::from(letter)),
            letter => out.push(letter),
        }
    }
    if is_long {
        if !out.ends_with('\n') {
            *out += FOLD;
        }
        indent(out, level);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn collections_stand_in_brackets_and_texts_in_quotes() {
        let value = json!({ "a": ["x", 1], "b": [{ "c": "one\ntwo" }, {}], "yes": null, "k/l": [] });
        let expected = "---\n{\n  a: [\n    \"x\",\n    1,\n  ],\n  b: [{\n    c: \"\\\n       one\\n\\\n       two\\\n      \",\n  }, {}],\n  k/l: [],\n  \"yes\": null,\n}\n";
        assert_eq!(kyaml(&value), expected);
    }
}
