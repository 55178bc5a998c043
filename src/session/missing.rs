//! Namespaces and definitions of kinds that a text asks for and that are not there: told with what helps.

use crate::api::{EcoString, Kind, Object};
use crate::cluster::ApiError;
use crate::manifest::{Diagnostic, Fix, Located, Manifest, Span};
use std::collections::BTreeMap;

/// So many of the refused objects are named.
const NAMED: usize = 3;

/// The objects that were refused because their namespace is not there, by namespace.
#[derive(Default)]
pub(super) struct Missing<'a>(BTreeMap<EcoString, Vec<&'a Located>>);

impl<'a> Missing<'a> {
    /// Takes an object in, if that is why it was refused.
    pub(super) fn take(&mut self, located: &'a Located, error: &ApiError) -> bool {
        match error {
            ApiError::NotFound(key) if key.kind == Kind::Namespace => {
                self.0.entry(key.name.clone()).or_default().push(located);
                true
            }
            _ => false,
        }
    }

    /// One diagnostic for each namespace, at the first object that asks for it.
    pub(super) fn diagnostics(self, read: &'a Manifest) -> Vec<Diagnostic> {
        let diagnostic = |(name, objects): (EcoString, Vec<&Located>)| {
            let (first, others) = objects.split_first()?;
            let mut message = format!("namespaces {:?} not found", &*name);
            if !others.is_empty() {
                let named: Vec<String> =
                    others.iter().take(NAMED).map(|located| located.object.key().to_string()).collect();
                let more = others.len().saturating_sub(NAMED);
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                message += &format!(".\nAlso refused because of it: {}{more}.", named.join(", "));
            }
            let is_it = |located: &&Located| {
                located.object.kind() == Kind::Namespace && located.object.metadata().name == name
            };
            let (suggestion, fix) = match read.objects.iter().find(is_it) {
                Some(below) => {
                    let line = below.line;
                    let text = format!(
                        "Namespace {name} is in line {line}, and kubectl applies from top to bottom. Move it up, or apply twice."
                    );
                    (text, None)
                }
                None => (format!("Add Namespace {name} before it."), Some(added(&name))),
            };
            Some(Diagnostic { suggestion: Some(suggestion), fix, ..first.diagnose_whole(message) })
        };
        self.0.into_iter().filter_map(diagnostic).collect()
    }
}

/// A custom resource whose definition is not there: where that stands, or that it is to be added.
pub(super) fn undefined(located: &Located, read: &Manifest, kind: &Kind, error: &ApiError) -> Diagnostic {
    let defines = |object: &Object| {
        let Object::Stored(stored) = object else { return false };
        let spec = stored.rest.get("spec").filter(|_| stored.kind == "CustomResourceDefinition");
        spec.is_some_and(|spec| spec["group"] == kind.group() && spec["names"]["kind"] == kind.name())
    };
    let suggestion = match read.objects.iter().find(|other| defines(&other.object)) {
        Some(definition) => format!(
            "Its CustomResourceDefinition is in line {}, but kubectl looks up all kinds before it creates anything. Apply twice.",
            definition.line
        ),
        None => "Add the CustomResourceDefinition of this kind, and apply twice.".into(),
    };
    Diagnostic { suggestion: Some(suggestion), ..located.diagnose_whole(error.to_string()) }
}

/// The namespace as the first document of the text.
fn added(name: &str) -> Fix {
    Fix {
        label: format!("Add Namespace {name}"),
        replacement: format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n---\n"),
        span: Span { line: 1, column: 1, end_line: 1, end_column: 1 },
    }
}
