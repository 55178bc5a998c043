//! What was written but is not modelled.

use super::SmallMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The fields of an API object that the simulation gives no meaning to, kept so that nothing the user wrote is
/// lost. Shared: copies of an object (the pods of one template) point to the same fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest(SmallMap<Value>);

impl Rest {
    /// The value of a field that is not modelled.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// Sets a field that is not modelled; `null` removes it.
    pub fn set(&mut self, field: &str, value: Value) {
        if value.is_null() {
            self.0.remove(field);
        } else {
            self.0.insert(field.into(), value);
        }
    }

    /// Whether there is nothing besides the modelled fields.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a field has its default, and so is left out of JSON.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
