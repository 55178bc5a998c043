//! The two texts that the user writes, what was read from them, and what was applied last.

use super::missing::Missing;
use crate::api::{DEFAULT_NAMESPACE, Object, ObjectKey};
use crate::cluster::ApiError;
use crate::kubectl::{File, Request};
use crate::manifest::{Diagnostic, Manifest, Severity, parse};
use crate::scheduler::config;
use std::rc::Rc;

/// One of the two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentName {
    /// What is to run.
    Manifest,
    /// What it runs on.
    Nodes,
}

impl DocumentName {
    /// Both, in the order of their tabs.
    pub const ALL: [DocumentName; 2] = [DocumentName::Manifest, DocumentName::Nodes];

    /// Its file name.
    pub fn file(self) -> &'static str {
        match self {
            DocumentName::Manifest => "manifest.yaml",
            DocumentName::Nodes => "nodes.yaml",
        }
    }

    /// The text with this file name.
    pub fn of_file(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|document| document.file() == name)
    }
}

/// Reads a text. What the scheduler cannot follow of its configuration is told too.
fn read(text: &str) -> Manifest {
    let mut manifest = parse(text);
    let configurations =
        manifest.objects.iter().filter(|located| located.object.kind().is_scheduler_configuration());
    let problems: Vec<_> = configurations
        .flat_map(|located| {
            let (_, problems) = config::read(&located.object.to_json());
            located.diagnose(&problems)
        })
        .collect();
    if !problems.is_empty() {
        manifest.diagnostics.extend(problems);
        manifest.diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.severity));
    }
    manifest
}

/// A text, what was read from it, and what was applied last.
#[derive(Clone, Debug)]
pub struct Document {
    /// As it stands in the editor.
    pub text: Rc<str>,
    /// As it was applied last; empty if it never was.
    pub applied: Rc<str>,
    /// What was read from the text.
    pub read: Rc<Manifest>,
    /// The text as commands read it.
    file: File,
}

impl Document {
    /// Reads a text.
    pub fn new(text: &str, applied: &str) -> Self {
        let read = Rc::new(read(text));
        let file = File::new(text);
        let text = Rc::clone(file.text());
        Document { text, applied: applied.into(), read, file }
    }

    /// The document with another text in the editor.
    pub fn edited(&self, text: &str) -> Self {
        Document::new(text, &self.applied)
    }

    /// Whether it differs from what was applied.
    pub fn is_dirty(&self) -> bool {
        self.text != self.applied
    }

    /// How many errors keep it from being applied.
    pub fn errors(&self) -> usize {
        self.read.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// What applies it.
    pub fn request(&self, name: DocumentName) -> Request {
        match name {
            DocumentName::Manifest => Request::apply(self.file.clone()),
            DocumentName::Nodes => Request::set_nodes(self.file.clone()),
        }
    }

    /// The objects in it.
    pub fn objects(&self) -> Vec<Object> {
        self.read.objects.iter().map(|located| located.object.clone()).collect()
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.applied == other.applied
    }
}

/// A text in two: documents that hold nodes only, or pods that are on nodes already, and all others. The first part
/// is empty if there is no node in the text, and also if nodes stand in one document with something else.
pub(super) fn split_nodes(text: &str) -> (String, String) {
    let is_break = |line: &str| {
        line.strip_prefix("---").is_some_and(|rest| rest.trim_end().is_empty() || rest.starts_with(' '))
    };
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        match documents.last_mut() {
            Some(last) if !is_break(line) => last.push_str(line),
            _ => documents.push(line.to_owned()),
        }
    }
    let is_there = |object: &Object| match object {
        Object::Node(_) => true,
        Object::Pod(pod) => pod.node().is_some(),
        _ => false,
    };
    let of_nodes = |document: &String| {
        let objects = Document::new(document, "").objects();
        !objects.is_empty() && objects.iter().all(is_there)
    };
    let (nodes, others): (Vec<String>, Vec<String>) = documents.into_iter().partition(of_nodes);
    let has_node =
        Document::new(&nodes.concat(), "").objects().iter().any(|object| object.as_node().is_some());
    let has_other_node =
        || Document::new(&others.concat(), "").objects().iter().any(|object| object.as_node().is_some());
    if has_node && !has_other_node() {
        let bare = |documents: Vec<String>| {
            let text = documents.concat();
            text.strip_prefix("---\n").map(str::to_owned).unwrap_or(text)
        };
        return (bare(nodes), bare(others));
    }
    (String::new(), text.to_owned())
}

/// Both texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Documents {
    /// What is to run.
    pub manifest: Document,
    /// What it runs on.
    pub nodes: Document,
}

impl Documents {
    /// One of them.
    pub fn get(&self, name: DocumentName) -> &Document {
        match name {
            DocumentName::Manifest => &self.manifest,
            DocumentName::Nodes => &self.nodes,
        }
    }

    /// One of them, to be changed.
    pub fn get_mut(&mut self, name: DocumentName) -> &mut Document {
        match name {
            DocumentName::Manifest => &mut self.manifest,
            DocumentName::Nodes => &mut self.nodes,
        }
    }

    /// How many errors keep them from being applied.
    pub fn errors(&self) -> usize {
        self.manifest.errors() + self.nodes.errors()
    }

    /// Whether anything differs from what was applied.
    pub fn is_dirty(&self) -> bool {
        self.manifest.is_dirty() || self.nodes.is_dirty()
    }

    /// What an API server refuses, at its place. What is in neither text has none.
    pub fn place(&self, refused: &[(ObjectKey, ApiError)]) -> Vec<(DocumentName, Diagnostic)> {
        let mut placed = Vec::new();
        for name in DocumentName::ALL {
            let mut missing = Missing::default();
            for located in &self.get(name).read.objects {
                let own = key_of(&located.object);
                for (_, error) in refused.iter().filter(|(key, _)| *key == own) {
                    if missing.take(located, error) {
                        continue;
                    }
                    let diagnostics = match error {
                        ApiError::Invalid(_, errors) => located.diagnose(errors),
                        other => vec![located.diagnose_whole(other.to_string())],
                    };
                    placed.extend(diagnostics.into_iter().map(|diagnostic| (name, diagnostic)));
                }
            }
            let missing = missing.diagnostics(&self.get(name).read);
            placed.extend(missing.into_iter().map(|diagnostic| (name, diagnostic)));
        }
        placed
    }

    /// Whether one of a text's objects is among those that were refused.
    pub(super) fn has_refused(&self, name: DocumentName, refused: &[(ObjectKey, ApiError)]) -> bool {
        let objects = &self.get(name).read.objects;
        objects.iter().any(|located| {
            let own = key_of(&located.object);
            refused.iter().any(|(key, _)| *key == own)
        })
    }
}

/// The name under which an object is stored.
fn key_of(object: &Object) -> ObjectKey {
    let mut key = object.key();
    if key.kind.is_namespaced() && key.namespace.is_empty() {
        key.namespace = DEFAULT_NAMESPACE.into();
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config_map(name: &str, namespace: &str) -> String {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\n")
    }

    #[test]
    fn nodes_are_taken_out_of_a_text_where_they_stand_alone() {
        let node = |name: &str| format!("# {name}\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\n");
        let map = config_map("a", "default");
        let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: n9}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n".to_owned();
        for (text, nodes, others) in [
            (map.clone(), String::new(), map.clone()),
            (format!("{}---\n{map}", node("n1")), node("n1"), map.clone()),
            (
                format!("{map}---\n{}---\n{}", node("n1"), node("n2")),
                format!("{}---\n{}", node("n1"), node("n2")),
                map.clone(),
            ),
            (list.clone(), String::new(), list.clone()),
            (format!("{list}---\n{}", node("n1")), String::new(), format!("{list}---\n{}", node("n1"))),
        ] {
            assert_eq!(split_nodes(&text), (nodes, others), "{text}");
        }
    }
}

#[cfg(test)]
mod configuration_tests {
    use super::*;

    #[test]
    fn a_configuration_of_the_scheduler_is_checked_and_followed() {
        let text = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles:\n- plugins:\n    score:\n      disabled:\n      - name: ImageLocalty\n";
        let document = Document::new(text, "");
        let [diagnostic] = document.read.diagnostics.as_slice() else {
            panic!("{:?}", document.read.diagnostics);
        };
        assert_eq!(diagnostic.span.line, 7);
        assert_eq!(diagnostic.suggestion.as_deref(), Some("did you mean \"ImageLocality\"?"));
        let fixed = Document::new(&text.replace("Localty", "Locality"), "");
        assert!(fixed.read.diagnostics.is_empty(), "a configuration is followed, and needs no name");
        let mut timeline = crate::sim::Timeline::new(crate::sim::SimState::new(1, Vec::new()).0);
        for _ in 0..2 {
            timeline.say(&Request::apply(Request::text_of(&fixed.objects())));
        }
        let kind = fixed.objects()[0].kind();
        assert_eq!(timeline.world().of_kind(&kind).count(), 1, "applied again, it is the same one");
    }
}
