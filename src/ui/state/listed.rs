//! What the applied texts say that the page goes by: the order of the nodes, and which DaemonSets are the user's own.

use crate::api::{EcoString, Kind, ObjectKey, sort};
use crate::manifest::Manifest;
use crate::session::{Document, DocumentName, Session, is_same};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What the applied texts say. Read again only when other texts count as applied.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    texts: [Rc<str>; 2],
    /// The place of each node in the list.
    pub order: Rc<BTreeMap<EcoString, usize>>,
    /// The DaemonSets of the manifest.
    pub sets: Rc<Vec<ObjectKey>>,
}

/// All else follows from the texts.
impl PartialEq for Listed {
    fn eq(&self, other: &Self) -> bool {
        self.texts.iter().zip(&other.texts).all(|(own, other)| is_same(own, other))
    }
}

impl Listed {
    /// What the texts of a session say that count as applied by its shown step.
    pub(super) fn follow(&mut self, session: &Session) {
        for (index, name) in DocumentName::ALL.into_iter().enumerate() {
            let applied = session.applied(name);
            if is_same(&applied, &self.texts[index]) {
                continue;
            }
            let document = session.documents.get(name);
            let read = match is_same(&document.text, &applied) {
                true => Rc::clone(&document.read),
                false => Document::new(&applied, &applied).read,
            };
            match name {
                DocumentName::Manifest => self.sets = Rc::new(sets(&read)),
                DocumentName::Nodes => self.order = Rc::new(order(&read)),
            }
            self.texts[index] = applied;
        }
    }
}

fn order(read: &Manifest) -> BTreeMap<EcoString, usize> {
    let nodes = read.objects.iter().filter_map(|located| located.object.as_node());
    sort::map(nodes.enumerate().map(|(index, node)| (node.metadata.name.clone(), index)))
}

fn sets(read: &Manifest) -> Vec<ObjectKey> {
    let keys = read.objects.iter().map(|located| located.object.key());
    keys.filter(|key| key.kind == Kind::DaemonSet).map(in_namespace).collect()
}

/// The key of an object of a text: one that names no namespace is applied in `default`.
pub fn in_namespace(key: ObjectKey) -> ObjectKey {
    match key.namespace.as_str() {
        "" if key.kind != Kind::Node => ObjectKey { namespace: "default".into(), ..key },
        _ => key,
    }
}
