//! Validation: what the API server refuses, with its field paths, error types, values and words.
//!
//! Upstream: `pkg/apis/{core,apps,policy,scheduling}/validation`, `apimachinery/pkg/api/validation`. It works on the
//! defaulted object as JSON, since most fields are not modelled otherwise. Errors come in upstream's order; where
//! upstream walks a map in random order, ours is that of the keys.

mod field;
mod metadata;
mod names;
mod pod;
mod resources;
mod selectors;

pub use field::{ErrorType, FieldError, invalid_kubectl_text, invalid_message};

use super::Object;
use field::{Errors, Field};

/// Checks a defaulted object that is to be created: what is wrong with it, and warnings.
pub fn validate_create(object: &Object) -> (Vec<FieldError>, Vec<String>) {
    let value = object.to_json();
    let root = Field::root(&value);
    let mut errors = Errors::default();
    metadata::create(&object.kind(), &root.get("metadata"), &mut errors);
    match object {
        Object::DaemonSet(_) => pod::template(&root.get("spec").get("template"), &mut errors),
        Object::Pod(_) => pod::create(&root, &mut errors),
        _ => {}
    }
    (errors.0, Vec::new())
}
