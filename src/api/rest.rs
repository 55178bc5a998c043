//! What was written but is not modelled.

use super::SmallMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::rc::Rc;

/// The fields of an API object that the simulation gives no meaning to, kept so that nothing the user wrote is
/// lost. Shared: copies of an object (the pods of one template) point to the same fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest(Option<Rc<SmallMap<Value>>>);

impl Rest {
    /// The value of a field that is not modelled.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.as_ref()?.get(field)
    }

    /// Sets a field that is not modelled; `null` removes it.
    pub fn set(&mut self, field: &str, value: Value) {
        if !value.is_null() {
            Rc::make_mut(self.0.get_or_insert_default()).insert(field.into(), value);
        } else if self.get(field).is_some()
            && let Some(fields) = &mut self.0
        {
            Rc::make_mut(fields).remove(field);
            self.0.take_if(|fields| fields.is_empty());
        }
    }

    /// Whether there is nothing besides the modelled fields.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl Serialize for Rest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_deref().unwrap_or(&SmallMap::new()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = SmallMap::deserialize(deserializer)?;
        Ok(Rest((!fields.is_empty()).then(|| Rc::new(fields))))
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
