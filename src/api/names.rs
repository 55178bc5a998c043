//! Formats of names, labels and numbers; each function gives what is wrong, in upstream's words.
//!
//! Upstream: `apimachinery/pkg/util/validation/validation.go`, `apimachinery/pkg/api/validate/content`.

const LABEL_FORMAT: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const LABEL_EXPRESSION: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_FORMAT: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const SUBDOMAIN_EXPRESSION: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const NAME_PART_FORMAT: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const NAME_PART_EXPRESSION: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE_FORMAT: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE_EXPRESSION: &str = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";

/// `<format> (e.g. 'a',  or 'b', regex used for validation is '…')` (`RegexError`).
pub(in crate::api) fn format_error(format: &str, expression: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples.iter().map(|example| format!("'{example}', ")).collect();
    format!("{format} (e.g. {}regex used for validation is '{expression}')", examples.join(" or "))
}

/// Label keys are measured in the words of `MaxLenError`, names in older ones.
fn too_many_bytes(maximum: usize) -> String {
    format!("must be no more than {maximum} bytes")
}

fn too_long(maximum: usize) -> String {
    format!("must be no more than {maximum} characters")
}

/// A DNS label (RFC 1123).
pub(in crate::api) fn dns_label(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 63 {
        errors.push(too_long(63));
    }
    if !is_dns_form(text) {
        errors.push(format_error(LABEL_FORMAT, LABEL_EXPRESSION, &["my-name", "123-abc"]));
    } else if text.contains('.') {
        errors.push("must not contain dots".into());
    }
    errors
}

/// A DNS subdomain (RFC 1123).
pub(in crate::api) fn dns_subdomain(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 253 {
        errors.push(too_long(253));
    }
    if !is_dns_form(text) {
        errors.push(format_error(SUBDOMAIN_FORMAT, SUBDOMAIN_EXPRESSION, &["example.com"]));
    }
    errors
}

/// Whether a text of any length has the form of a DNS subdomain.
fn is_dns_form(text: &str) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.bytes().all(is_dns_byte) && ends_well(part))
}

fn is_dns_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

fn ends_well(text: &str) -> bool {
    !text.starts_with('-') && !text.ends_with('-')
}

/// A name with or without a DNS subdomain and `/` before it: label keys, taint keys, resources (`IsLabelKey`).
pub fn qualified_name(text: &str) -> Vec<String> {
    let examples = ["MyName", "my.name", "123-abc"];
    let mut errors = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((prefix, name)) if !name.contains('/') => {
            if prefix.is_empty() {
                errors.push("prefix part must be non-empty".into());
            } else {
                if prefix.len() > 253 {
                    errors.push(format!("prefix part {}", too_many_bytes(253)));
                }
                if !is_dns_form(prefix) {
                    let format = format_error(SUBDOMAIN_FORMAT, SUBDOMAIN_EXPRESSION, &["example.com"]);
                    errors.push(format!("prefix part {format}"));
                }
            }
            name
        }
        _ => {
            let format = format_error(NAME_PART_FORMAT, NAME_PART_EXPRESSION, &examples);
            errors.push(format!(
                "a valid label key {format} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ));
            return errors;
        }
    };
    if name.is_empty() {
        errors.push("name part must be non-empty".into());
    } else if name.len() > 63 {
        errors.push(format!("name part {}", too_many_bytes(63)));
    }
    if !is_name_part(name) {
        errors.push(format!("name part {}", format_error(NAME_PART_FORMAT, NAME_PART_EXPRESSION, &examples)));
    }
    errors
}

fn is_name_part(text: &str) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    edge(text.bytes().next())
        && edge(text.bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// A name that can stand in an address: all that is asked of every object's name (`IsPathSegmentName`,
/// `IsPathSegmentPrefix`).
pub fn path_segment(text: &str, is_prefix: bool) -> Vec<String> {
    if !is_prefix && [".", ".."].contains(&text) {
        return vec![format!("may not be '{text}'")];
    }
    let unfit = ["/", "%"].into_iter().filter(|part| text.contains(part));
    unfit.map(|part| format!("may not contain '{part}'")).collect()
}

/// The value of a label.
pub fn label_value(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 63 {
        errors.push(too_many_bytes(63));
    }
    if !text.is_empty() && !is_name_part(text) {
        errors.push(format_error(
            LABEL_VALUE_FORMAT,
            LABEL_VALUE_EXPRESSION,
            &["MyValue", "my_value", "12345"],
        ));
    }
    errors
}

/// A number from 1 to 65535.
pub(in crate::api) fn port_number(number: i64) -> Vec<String> {
    in_range(number, 1, 65_535)
}

/// A number within bounds, both included.
pub(in crate::api) fn in_range(number: i64, low: i64, high: i64) -> Vec<String> {
    if (low..=high).contains(&number) {
        return Vec::new();
    }
    vec![format!("must be between {low} and {high}, inclusive")]
}

/// The name of a port.
pub(in crate::api) fn port_name(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 15 {
        errors.push(too_long(15));
    }
    if !text.bytes().all(is_dns_byte) || text.is_empty() {
        errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".into());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        errors.push("must contain at least one letter (a-z)".into());
    }
    if text.contains("--") {
        errors.push("must not contain consecutive hyphens".into());
    }
    if !text.is_empty() && !ends_well(text) {
        errors.push("must not begin or end with a hyphen".into());
    }
    errors
}

/// The name of an environment variable.
pub(in crate::api) fn environment_name(text: &str) -> Vec<String> {
    if text.chars().all(|letter| (letter.is_ascii_graphic() || letter == ' ') && letter != '=') {
        return Vec::new();
    }
    vec![
        "a valid environment variable name must consist only of printable ASCII characters other than '='"
            .into(),
    ]
}

/// A key of a ConfigMap or Secret.
pub(in crate::api) fn config_key(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 253 {
        errors.push(too_long(253));
    }
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        let format = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
        errors.push(format_error(format, "[-._a-zA-Z0-9]+", &["key.name", "KEY_NAME", "key-name"]));
    }
    match text {
        "." => errors.push("must not be '.'".into()),
        ".." => errors.push("must not be '..'".into()),
        _ if text.starts_with("..") => errors.push("must not start with '..'".into()),
        _ => {}
    }
    errors
}

/// The name of a header of HTTP.
pub(in crate::api) fn http_header(text: &str) -> Vec<String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Vec::new();
    }
    let format = "a valid HTTP header must consist of alphanumeric characters or '-'";
    vec![format_error(format, "[-A-Za-z0-9]+", &["X-Header-Name"])]
}

/// A percentage such as `10%`.
pub(in crate::api) fn percentage(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let format = "a valid percent string must be a numeric string followed by an ending '%'";
    vec![format_error(format, "[0-9]+%", &["1%", "93%"])]
}

/// The name of a kernel parameter (`IsValidSysctlName`).
pub(in crate::api) fn sysctl(text: &str) -> Vec<String> {
    let is_part = |part: &str| {
        let edge =
            |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        edge(part.bytes().next())
            && edge(part.bytes().last())
            && part.bytes().all(|byte| is_dns_byte(byte) || byte == b'_')
    };
    if text.len() <= 253 && text.split(['.', '/']).all(is_part) {
        return Vec::new();
    }
    vec![
        "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
            .into(),
    ]
}

/// A domain that is searched: a DNS subdomain that may have underscores (`IsDNS1123SubdomainWithUnderscore`).
pub(in crate::api) fn search_domain(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > 253 {
        errors.push(too_long(253));
    }
    let is_part = |part: &str| {
        let rest = part.strip_prefix('_').unwrap_or(part);
        is_dns_form(rest.replace('_', "-").as_str()) && !rest.starts_with('_') && !rest.ends_with('_')
    };
    if !text.split('.').all(is_part) {
        let format = SUBDOMAIN_FORMAT.replace("'-' or '.'", "'_', '-' or '.'");
        let part = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
        errors.push(format_error(&format, &format!("{part}(\\.{part})*"), &["example.com"]));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_are_judged_by_their_form_too() {
        assert_eq!(dns_subdomain(&"n".repeat(254)), ["must be no more than 253 characters"]);
        assert_eq!(dns_label(&"n".repeat(64)), ["must be no more than 63 characters"]);
        assert_eq!(label_value(&"v".repeat(64)), ["must be no more than 63 bytes"]);
        assert!(dns_subdomain("a.b-c.1").is_empty());
        assert_eq!(dns_subdomain("a..b").len(), 1);
        assert_eq!(dns_label("a.b"), ["must not contain dots"]);
        assert_eq!(qualified_name("").len(), 2);
        assert_eq!(qualified_name("/x"), ["prefix part must be non-empty"]);
        assert_eq!(qualified_name("a/b/c").len(), 1);
    }
}
