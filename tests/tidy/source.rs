//! The project's files, and what a Rust file names.

use proc_macro2::{TokenStream, TokenTree};
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file's text; the path is below the project's folder.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files of a folder and its folders, as paths below the project's folder, in order.
pub fn files(folder: &str) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    let below =
        |path: &PathBuf| path.strip_prefix(root()).expect("a file of ours").to_string_lossy().into_owned();
    let mut found: Vec<String> = found.iter().map(below).collect();
    found.sort();
    found
}

/// The Rust files of a folder.
pub fn rust(folder: &str) -> Vec<String> {
    files(folder).into_iter().filter(|path| path.ends_with(".rs")).collect()
}

/// The module that a file of `src` is: `src/ui/panels/mod.rs` is `["ui", "panels"]`.
pub fn module(path: &str) -> Vec<String> {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut names: Vec<String> = path.split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|name| ["mod", "lib", "main"].contains(&name.as_str())) {
        names.pop();
    }
    names
}

/// What a file names: a path from the crate's root (`crate` left out) or of another crate, and the line.
pub struct Named {
    pub path: Vec<String>,
    /// The path is of this crate.
    pub ours: bool,
    pub line: usize,
}

impl Named {
    pub fn text(&self) -> String {
        self.path.join("::")
    }
}

/// All that a text names in `use` trees, in paths and within macros; what is relative to the module or its parents
/// is resolved.
pub fn named(module: &[String], text: &str) -> Vec<Named> {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{module:?}: {error}"));
    let mut names = Names { module: module.to_vec(), found: Vec::new() };
    names.visit_file(&file);
    names.found
}

struct Names {
    module: Vec<String>,
    found: Vec<Named>,
}

impl Names {
    fn note(&mut self, written: Vec<String>, line: usize) {
        let Some(first) = written.first() else { return };
        let mut place = match first.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return self.found.push(Named { path: written, ours: false, line }),
        };
        let mut rest = written.as_slice();
        while let [first, more @ ..] = rest {
            match first.as_str() {
                "super" => drop(place.pop()),
                "crate" | "self" => {}
                _ => break,
            }
            rest = more;
        }
        place.extend(rest.iter().cloned());
        self.found.push(Named { path: place, ours: true, line });
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |ident: &syn::Ident| {
            let mut path = before.to_vec();
            // `use a::{self, b}` names `a`.
            if path.is_empty() || ident != "self" {
                path.push(ident.to_string());
            }
            path
        };
        match tree {
            syn::UseTree::Path(part) => self.tree(&with(&part.ident), &part.tree),
            syn::UseTree::Name(name) => self.note(with(&name.ident), name.ident.span().start().line),
            syn::UseTree::Rename(name) => self.note(with(&name.ident), name.ident.span().start().line),
            syn::UseTree::Glob(glob) => self.note(before.to_vec(), glob.star_token.spans[0].start().line),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree)),
        }
    }

    /// The paths within a macro's tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut line, mut colons) = (0, 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.flush(&mut path, line);
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.flush(&mut path, line);
                    self.tokens(group.stream());
                }
                _ => {
                    self.flush(&mut path, line);
                    colons = 0;
                }
            }
        }
        self.flush(&mut path, line);
    }

    fn flush(&mut self, path: &mut Vec<String>, line: usize) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.note(path, line);
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        // A single name is something local, or was named by a `use`.
        if written.len() > 1 {
            let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
            self.note(written, line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in crate::ui)` uses nothing.
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }
}

/// A file's text without its modules of tests; the lines stay where they are.
pub fn without_tests(text: &str) -> String {
    let file = syn::parse_file(text).expect("a Rust file");
    let tests = file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(item) if item.ident == "tests" => {
            let (brace, _) = item.content.as_ref()?;
            let attributes = item.attrs.iter().map(|attribute| attribute.pound_token.span.start().line);
            let first = attributes.chain([item.mod_token.span.start().line]).min()?;
            Some(first..=brace.span.close().end().line)
        }
        _ => None,
    });
    let tests: Vec<_> = tests.collect();
    let is_left_out = |at: usize, line: &str| {
        // An attribute of the module would belong to what follows.
        line.trim() == "#[cfg(test)]" || tests.iter().any(|lines| lines.contains(&(at + 1)))
    };
    let kept = text.lines().enumerate().map(|(at, line)| if is_left_out(at, line) { "" } else { line });
    let kept: Vec<&str> = kept.collect();
    kept.join("\n")
}

/// Whether a text has a name as a whole word; `-` is part of words.
pub fn has_word(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(is_part)
            && !text[at + word.len()..].chars().next().is_some_and(is_part)
    })
}

#[test]
fn paths_are_resolved_wherever_they_stand() {
    let text = "use super::super::state::{self, UiState as S, parts::*};\n\
                mod tests { use super::*; }\n\
                fn f() { crate::sim::run(html! { <b c={crate::explain::told(1)} /> }) }";
    let module = ["ui", "panels", "why"].map(str::to_owned);
    let found: Vec<String> = named(&module, text).iter().map(|named| named.text()).collect();
    let expected = [
        "ui::state",
        "ui::state::UiState",
        "ui::state::parts",
        "ui::panels::why",
        "sim::run",
        "explain::told",
    ];
    assert_eq!(found, expected);
}
