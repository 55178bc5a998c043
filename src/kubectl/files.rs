//! The texts that commands read by their names.

use crate::manifest::{RawDocument, Trees, documents_read};
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// A text that commands read by its name. It is taken apart once, however often it is read; a clone is the same one.
#[derive(Clone, Debug, Default)]
pub struct File(Rc<Inner>);

#[derive(Default)]
struct Inner {
    text: Rc<str>,
    /// What is already taken apart, until the documents are made of it.
    trees: Cell<Option<Trees>>,
    documents: OnceCell<Vec<RawDocument>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("File").field(&self.text).finish()
    }
}

impl File {
    /// A text.
    pub fn new(text: impl Into<Rc<str>>) -> Self {
        File(Rc::new(Inner { text: text.into(), ..Inner::default() }))
    }

    /// A text that is taken apart already.
    pub fn read(text: Rc<str>, trees: Trees) -> Self {
        File(Rc::new(Inner { text, trees: Cell::new(Some(trees)), documents: OnceCell::new() }))
    }

    /// The text.
    pub fn text(&self) -> &Rc<str> {
        &self.0.text
    }

    /// Its documents.
    pub fn documents(&self) -> &[RawDocument] {
        self.0.documents.get_or_init(|| {
            let trees = self.0.trees.take();
            documents_read(&trees.unwrap_or_else(|| Trees::of(&self.0.text)))
        })
    }
}

impl PartialEq for File {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
            || Rc::ptr_eq(&self.0.text, &other.0.text)
            || self.0.text == other.0.text
    }
}

/// The texts that a command may read by their names, such as `manifest.yaml`.
pub type Files = BTreeMap<String, File>;
