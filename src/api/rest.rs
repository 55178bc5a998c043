//! What was written but is not modelled.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::rc::Rc;

type Fields = BTreeMap<String, serde_json::Value>;

/// The fields of an API object that the simulation gives no meaning to, kept so that nothing the user wrote is
/// lost. Shared: copies of an object (the pods of one template) point to the same fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest(Option<Rc<Fields>>);

impl Rest {
    /// The value of a field that is not modelled.
    pub fn get(&self, field: &str) -> Option<&serde_json::Value> {
        self.0.as_ref()?.get(field)
    }

    /// Sets a field that is not modelled; `null` removes it.
    pub fn set(&mut self, field: &str, value: serde_json::Value) {
        let mut fields = self.0.take().map(|fields| Fields::clone(&fields)).unwrap_or_default();
        if value.is_null() {
            fields.remove(field);
        } else {
            fields.insert(field.to_owned(), value);
        }
        self.0 = (!fields.is_empty()).then(|| Rc::new(fields));
    }

    /// Whether there is nothing besides the modelled fields.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl Serialize for Rest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(fields) => fields.serialize(serializer),
            None => Fields::new().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Rest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        Ok(Rest((!fields.is_empty()).then(|| Rc::new(fields))))
    }
}

/// Whether a field has its default, and so is left out of JSON.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
