//! What was written but is not modelled.

use super::{ApiPart, SharedPart, SmallMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The fields of an API object that the simulation gives no meaning to, kept so that nothing the user wrote is
/// lost. Shared: copies of an object (the pods of one template) point to the same fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest(SharedPart<SmallMap<Value>>);

impl ApiPart for SmallMap<Value> {
    const NOTHING: &Self = &SmallMap::new();
}

impl Rest {
    /// The value of a field that is not modelled.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get().get(field)
    }

    /// Sets a field that is not modelled; `null` removes it.
    pub fn set(&mut self, field: &str, value: Value) {
        if !value.is_null() {
            self.0.get_mut().insert(field.into(), value);
        } else if self.get(field).is_some() {
            self.0.get_mut().remove(field);
        }
    }

    /// Whether there is nothing besides the modelled fields.
    pub fn is_empty(&self) -> bool {
        self.0.get().is_empty()
    }
}

impl Serialize for Rest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.get().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SmallMap::deserialize(deserializer).map(|fields| Rest(fields.into()))
    }
}

/// Whether a field has its default, and so is left out of JSON.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_field_that_goes_leaves_nothing() {
        let mut rest = Rest::default();
        rest.set("a", Value::Null);
        assert!(rest.is_empty());
        rest.set("a", 1.into());
        let kept = rest.clone();
        rest.set("b", Value::Null);
        assert_eq!(rest, kept);
        rest.set("a", Value::Null);
        assert_eq!((rest.is_empty(), rest == Rest::default(), kept.get("a")), (true, true, Some(&1.into())));
    }
}
