//! The values that templates work with.

use crate::kubectl::print::go;
use serde_json::Value;

/// A value with what Go knows of its type.
#[derive(Clone, Debug)]
pub(super) struct Val {
    /// None where there is no such field.
    pub(super) value: Option<Value>,
    /// Whether it is an element of a list or map, of which Go knows no more than `interface {}`.
    pub(super) is_boxed: bool,
    /// Whether a whole number is an `int`, and not the `int64` of what was read.
    pub(super) is_int: bool,
}

impl Val {
    /// What a constant or a function gives.
    pub(super) fn own(value: impl Into<Value>) -> Self {
        Val { value: Some(value.into()), is_boxed: false, is_int: true }
    }

    /// What stands in the data.
    pub(super) fn read(value: Option<&Value>) -> Self {
        Val { value: value.cloned(), is_boxed: true, is_int: false }
    }

    /// Of something that is not there.
    pub(super) fn nothing() -> Self {
        Val { value: None, is_boxed: false, is_int: false }
    }

    /// The type's name.
    pub(super) fn type_name(&self) -> &'static str {
        match &self.value {
            None | Some(Value::Null) => "<nil>",
            Some(Value::Number(number)) if self.is_int && !number.is_f64() => "int",
            Some(value) => go::type_name(value),
        }
    }

    /// Whether it counts as true.
    pub(super) fn is_true(&self) -> bool {
        match &self.value {
            None | Some(Value::Null) => false,
            Some(Value::Bool(on)) => *on,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(fields)) => !fields.is_empty(),
        }
    }

    /// The value as an action prints it.
    pub(super) fn printed(&self) -> String {
        match &self.value {
            None | Some(Value::Null) => "<no value>".into(),
            Some(value) => go::plain(value),
        }
    }
}
