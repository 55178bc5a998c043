//! A long text is read in slices, so that whoever waits for it stays responsive.

use super::split::{Chunk, split};
use super::{Document, Manifest, Object, Trees, tree};
use std::ops::Range;
use std::rc::Rc;

/// A text that is being read. Whatever the slices, the same is read.
#[derive(Debug)]
pub struct PartialRead {
    text: Rc<str>,
    parts: Rc<[Part]>,
    /// So many parts are read.
    done: usize,
    /// What the aliases so far stand for.
    aliased: u64,
    /// So many documents were found.
    documents: u32,
    manifest: Manifest,
    /// The documents, where commands are to read them, too.
    trees: Option<Vec<Document>>,
}

/// A document of the text: a chunk that borrows nothing.
#[derive(Debug)]
struct Part {
    range: Range<usize>,
    first_line: u32,
    first_column: u32,
    is_json: bool,
    bad_separator: Option<String>,
}

impl PartialRead {
    /// Begins. What is taken apart is kept for commands where they are to read the text, too: that takes memory.
    pub fn new(text: Rc<str>, for_commands: bool) -> Self {
        let manifest = Manifest::begun(&text);
        let mut parts = Vec::new();
        if text.len() <= tree::MAX_BYTES {
            parts.extend(split(&text).iter().map(|chunk| Part {
                range: chunk.start..chunk.start + chunk.text.len(),
                first_line: chunk.first_line,
                first_column: chunk.first_column,
                is_json: chunk.is_json,
                bad_separator: chunk.bad_separator.map(str::to_owned),
            }));
        }
        let trees = for_commands.then(Vec::new);
        PartialRead { text, parts: parts.into(), done: 0, aliased: 0, documents: 0, manifest, trees }
    }

    /// Reads at most so many documents more. Whether there are others.
    pub fn go_on(&mut self, most: usize) -> bool {
        let parts = Rc::clone(&self.parts);
        for part in parts.iter().skip(self.done).take(most) {
            let chunk = Chunk {
                text: &self.text[part.range.clone()],
                start: part.range.start,
                first_line: part.first_line,
                first_column: part.first_column,
                is_json: part.is_json,
                bad_separator: part.bad_separator.as_deref(),
            };
            let document = tree::document(&chunk, &mut self.aliased);
            if !matches!(document.content, Ok(None)) {
                self.manifest.read_document(self.documents, &self.text, &document);
                self.documents += 1;
                if let Some(trees) = &mut self.trees {
                    trees.push(document);
                }
            }
        }
        self.done = self.done.saturating_add(most).min(parts.len());
        self.done < parts.len()
    }

    /// How many documents are read, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.parts.len())
    }

    /// The objects that were read so far.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.manifest.objects.iter().map(|located| &located.object)
    }

    /// What was read, with the rest, and what commands need of it, where that was kept.
    pub fn finish(mut self) -> (Manifest, Option<Trees>) {
        self.go_on(usize::MAX);
        (self.manifest.completed(), self.trees.map(|trees| Trees(trees.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_slices_the_same_is_read() {
        let text = "a: &x 1\nb: *x\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n1}\n--- x\n---\n# no\n---\n\nkind: Pod\napiVersion: v1\nmetadata: {name: p}\nspec: {containers: [{name: c, image: c}]}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n1}\n";
        let whole = super::super::parse(text);
        assert!(whole.objects.len() > 1 && whole.diagnostics.len() > 1, "{whole:?}");
        for most in 1..5 {
            let mut reading = PartialRead::new(text.into(), true);
            let mut slices = 1;
            while reading.go_on(most) {
                slices += 1;
            }
            let (done, all) = reading.progress();
            assert_eq!((done, slices), (all, all.div_ceil(most)));
            let (read, trees) = reading.finish();
            assert_eq!(format!("{read:?}"), format!("{whole:?}"), "{most} at a time");
            assert_eq!(format!("{trees:?}"), format!("{:?}", Some(Trees::of(text))), "{most} at a time");
        }
    }
}
