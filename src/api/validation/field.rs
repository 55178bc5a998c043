//! Errors of fields, and how a JSON object is walked with the path upstream would name.
//!
//! Upstream: `apimachinery/pkg/util/validation/field`.

use serde_json::Value;
use std::fmt;

/// What kind of error it is (`field.ErrorType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorType {
    /// A value is missing.
    Required,
    /// A value breaks a rule.
    Invalid,
    /// A value is none of those that are allowed.
    NotSupported,
    /// Nothing may stand there.
    Forbidden,
    /// It stands there already.
    Duplicate,
    /// What it names does not exist.
    NotFound,
    /// A text is too long.
    TooLong,
    /// A list is too long.
    TooMany,
    /// The API server itself failed.
    Internal,
}

impl ErrorType {
    /// Its name in the causes of an API server's answer.
    pub fn cause(self) -> &'static str {
        match self {
            ErrorType::Required => "FieldValueRequired",
            ErrorType::Invalid => "FieldValueInvalid",
            ErrorType::NotSupported => "FieldValueNotSupported",
            ErrorType::Forbidden => "FieldValueForbidden",
            ErrorType::Duplicate => "FieldValueDuplicate",
            ErrorType::NotFound => "FieldValueNotFound",
            ErrorType::TooLong => "FieldValueTooLong",
            ErrorType::TooMany => "FieldValueTooMany",
            ErrorType::Internal => "InternalError",
        }
    }
}

impl fmt::Display for ErrorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ErrorType::Required => "Required value",
            ErrorType::Invalid => "Invalid value",
            ErrorType::NotSupported => "Unsupported value",
            ErrorType::Forbidden => "Forbidden",
            ErrorType::Duplicate => "Duplicate value",
            ErrorType::NotFound => "Not found",
            ErrorType::TooLong => "Too long",
            ErrorType::TooMany => "Too many",
            ErrorType::Internal => "Internal error",
        })
    }
}

/// What is wrong with a field. Prints as upstream's: `field: type: value: detail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The path, such as `spec.template.spec.containers[0].image`.
    pub field: String,
    /// The kind of error.
    pub type_: ErrorType,
    /// The value as it is printed; none where none is.
    pub value: Option<String>,
    /// In words; may be empty.
    pub detail: String,
}

impl FieldError {
    /// The text without the field.
    pub fn body(&self) -> String {
        let value = self.value.as_ref().map(|value| format!(": {value}")).unwrap_or_default();
        let detail = if self.detail.is_empty() { String::new() } else { format!(": {}", self.detail) };
        format!("{}{value}{detail}", self.type_)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}

/// Errors in the order in which upstream finds them.
#[derive(Default)]
pub(in crate::api) struct Errors(pub Vec<FieldError>);

impl Errors {
    fn push(&mut self, field: &str, type_: ErrorType, value: Option<String>, detail: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), type_, value, detail: detail.into() });
    }

    /// Whether nothing was found since there were so many errors.
    pub fn none_since(&self, count: usize) -> bool {
        self.0.len() == count
    }

    pub fn required(&mut self, field: &str, detail: impl Into<String>) {
        self.push(field, ErrorType::Required, None, detail);
    }

    pub fn invalid(&mut self, field: &str, value: impl Printed, detail: impl Into<String>) {
        self.push(field, ErrorType::Invalid, Some(value.printed()), detail);
    }

    /// The value as upstream prints it, a Go struct.
    pub fn invalid_as(&mut self, field: &str, printed: String, detail: impl Into<String>) {
        self.push(field, ErrorType::Invalid, Some(printed), detail);
    }

    /// One error for each detail.
    pub fn all_invalid(&mut self, field: &str, value: impl Printed, details: Vec<String>) {
        // Printing takes longer than checking, and most values are right.
        for detail in details {
            self.push(field, ErrorType::Invalid, Some(value.printed()), detail);
        }
    }

    pub fn forbidden(&mut self, field: &str, detail: impl Into<String>) {
        self.push(field, ErrorType::Forbidden, None, detail);
    }

    pub fn internal(&mut self, field: &str, detail: impl Into<String>) {
        self.push(field, ErrorType::Internal, None, detail);
    }

    pub fn duplicate(&mut self, field: &str, value: impl Printed) {
        self.push(field, ErrorType::Duplicate, Some(value.printed()), "");
    }

    /// The value as upstream prints it, a Go struct.
    pub fn invalid_struct(&mut self, field: &str, printed: String, detail: &str) {
        self.push(field, ErrorType::Invalid, Some(printed), detail);
    }

    /// The value as upstream prints it, a Go struct.
    pub fn duplicate_because(&mut self, field: &str, printed: String, detail: &str) {
        self.push(field, ErrorType::Duplicate, Some(printed), detail);
    }

    pub fn not_found(&mut self, field: &str, value: impl Printed) {
        self.push(field, ErrorType::NotFound, Some(value.printed()), "");
    }

    pub fn not_found_because(&mut self, field: &str, value: impl Printed, detail: impl Into<String>) {
        self.push(field, ErrorType::NotFound, Some(value.printed()), detail);
    }

    pub fn too_long(&mut self, field: &str, bytes: usize) {
        self.push(field, ErrorType::TooLong, None, format!("may not be more than {bytes} bytes"));
    }

    pub fn not_supported(&mut self, field: &str, value: &str, supported: &[&str]) {
        self.value_not_supported(field, quoted(value), supported);
    }

    /// The value as upstream prints it, a Go struct.
    pub fn value_not_supported(&mut self, field: &str, printed: String, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|value| quoted(value)).collect();
        let detail = format!("supported values: {}", supported.join(", "));
        self.push(field, ErrorType::NotSupported, Some(printed), detail);
    }
}

/// Go's `%q`.
pub fn quoted(text: &str) -> String {
    let mut told = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => told.extend(['\\', letter]),
            '\n' => told.push_str("\\n"),
            '\r' => told.push_str("\\r"),
            '\t' => told.push_str("\\t"),
            '\u{7}' => told.push_str("\\a"),
            '\u{8}' => told.push_str("\\b"),
            '\u{b}' => told.push_str("\\v"),
            '\u{c}' => told.push_str("\\f"),
            '\0'..' ' | '\u{7f}' => told += &format!("\\x{:02x}", u32::from(letter)),
            letter if letter.escape_debug().len() == 1 || letter == '\'' => told.push(letter),
            letter if u32::from(letter) < 0x1_0000 => told += &format!("\\u{:04x}", u32::from(letter)),
            letter => told += &format!("\\U{:08x}", u32::from(letter)),
        }
    }
    told.push('"');
    told
}

/// How a bad value is printed.
pub(in crate::api) trait Printed {
    fn printed(&self) -> String;
}

impl Printed for &str {
    fn printed(&self) -> String {
        quoted(self)
    }
}

impl Printed for &String {
    fn printed(&self) -> String {
        quoted(self)
    }
}

impl Printed for i64 {
    fn printed(&self) -> String {
        self.to_string()
    }
}

impl Printed for &Value {
    fn printed(&self) -> String {
        self.to_string()
    }
}

/// A field of an object: its value, if it has one, and its path.
#[derive(Clone)]
pub(super) struct Field<'a> {
    value: Option<&'a Value>,
    pub path: String,
}

impl<'a> Field<'a> {
    /// A whole object.
    pub fn root(value: &'a Value) -> Self {
        Field { value: Some(value), path: String::new() }
    }

    /// The same value under another path.
    pub fn at(&self, path: impl Into<String>) -> Self {
        Field { value: self.value, path: path.into() }
    }

    /// A field of it.
    pub fn get(&self, name: &str) -> Field<'a> {
        Field { value: self.child(name), path: self.path_of(name) }
    }

    /// The path of a field of it.
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.into() } else { [&self.path, ".", name].concat() }
    }

    /// The path of an entry or item of it.
    pub fn path_at(&self, key: impl fmt::Display) -> String {
        format!("{}[{key}]", self.path)
    }

    fn child(&self, name: &str) -> Option<&'a Value> {
        self.value?.get(name).filter(|value| !value.is_null())
    }

    /// The value; `null` where there is none.
    pub fn value(&self) -> &'a Value {
        self.value.unwrap_or(&Value::Null)
    }

    /// Whether something is there, be it empty.
    pub fn is_set(&self) -> bool {
        self.value.is_some_and(|value| !value.is_null())
    }

    /// Its text; empty where there is none.
    pub fn text(&self) -> &'a str {
        self.value().as_str().unwrap_or_default()
    }

    /// The text of a field of it.
    pub fn text_of(&self, name: &str) -> &'a str {
        self.child(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Its number; 0 where there is none.
    pub fn int(&self) -> i64 {
        self.value().as_i64().unwrap_or(0)
    }

    /// The number of a field of it.
    pub fn int_of(&self, name: &str) -> i64 {
        self.child(name).and_then(Value::as_i64).unwrap_or(0)
    }

    /// Whether it is `true`.
    pub fn is_true(&self) -> bool {
        self.value() == &Value::Bool(true)
    }

    /// The items of a list.
    pub fn items(&self) -> Vec<Field<'a>> {
        let items = self.value().as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| Field { value: Some(value), path: self.path_at(index) }).collect()
    }

    /// The entries of a map by key; paths are `path[key]`.
    pub fn entries(&self) -> Vec<(&'a str, Field<'a>)> {
        let entries = self.value().as_object().into_iter().flatten();
        entries
            .map(|(key, value)| (key.as_str(), Field { value: Some(value), path: self.path_at(key) }))
            .collect()
    }

    /// Whether it is a list or map with something in it.
    pub fn has_items(&self) -> bool {
        match self.value() {
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            _ => false,
        }
    }
}

/// The API server's message about an object that it refuses (`apierrors.NewInvalid`): `DaemonSet.apps "x" is
/// invalid: …`.
pub fn invalid_message(kind: &super::super::Kind, name: &str, errors: &[FieldError]) -> String {
    let group = kind.api_version().split_once('/').map(|(group, _)| format!(".{group}")).unwrap_or_default();
    format!("{}{group} {} is invalid: {}", kind.name(), quoted(name), aggregate(errors))
}

/// Several errors in one text (`utilerrors.Aggregate`).
pub fn aggregate(errors: &[FieldError]) -> String {
    let texts = distinct(errors);
    if texts.len() == 1 { texts.concat() } else { format!("[{}]", texts.join(", ")) }
}

/// What kubectl prints of the same, with the line's end: `The DaemonSet "x" is invalid: …`.
pub fn invalid_kubectl_text(kind: &super::super::Kind, name: &str, errors: &[FieldError]) -> String {
    let head = format!("The {} {} is invalid: ", kind.name(), quoted(name));
    match distinct(errors).as_slice() {
        [only] => format!("{head}{only}\n"),
        texts => {
            let lines: Vec<String> = texts.iter().map(|text| format!("* {text}\n")).collect();
            format!("{head}\n{}", lines.concat())
        }
    }
}

/// The errors' texts, each once.
fn distinct(errors: &[FieldError]) -> Vec<String> {
    let mut texts = Vec::new();
    for error in errors {
        let text = error.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `strconv.Quote`.
    #[test]
    fn texts_are_quoted_as_go_does() {
        for (text, expected) in [
            ("a\"b\\c'd", r#""a\"b\\c'd""#),
            ("agent\u{a0}", r#""agent\u00a0""#),
            ("\u{200b}foo", r#""\u200bfoo""#),
            ("a\n\t\u{7}\u{1}\u{7f}", r#""a\n\t\a\x01\x7f""#),
            ("\u{e0001}", r#""\U000e0001""#),
            ("é世", r#""é世""#),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
