//! JSON as kubectl prints it.

use super::go;
use serde::Serialize;
use serde_json::Value;

/// `-o json`: four blanks a level, and the letters that Go's encoder escapes.
pub fn json(value: &Value) -> String {
    json_indented(value, 4) + "\n"
}

/// JSON with so many blanks a level, and the letters escaped that Go's encoder escapes.
pub fn json_indented(value: &Value, blanks: usize) -> String {
    let mut bytes = Vec::new();
    let blanks = " ".repeat(blanks);
    let formatter = serde_json::ser::PrettyFormatter::with_indent(blanks.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Writing to memory does not fail.
    let _ = value.serialize(&mut serializer);
    go::escaped(&String::from_utf8_lossy(&bytes))
}
