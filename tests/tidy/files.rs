//! No file lies about that no build reads, and the notes name none that is not there.

use super::source::{files, read, root, rust};
use std::collections::BTreeSet;

/// The files that a Rust file declares as modules, itself included.
fn declared(path: &str, found: &mut BTreeSet<String>) {
    if !found.insert(path.to_owned()) {
        return;
    }
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_root = ["mod.rs", "lib.rs", "main.rs", "runner.rs"].contains(&name);
    let children = if is_root { folder.to_owned() } else { path.trim_end_matches(".rs").to_owned() };
    let file = syn::parse_file(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    modules(&file.items, folder, &children, found);
}

fn modules(items: &[syn::Item], folder: &str, children: &str, found: &mut BTreeSet<String>) {
    for item in items {
        let syn::Item::Mod(item) = item else { continue };
        if let Some((_, items)) = &item.content {
            modules(items, folder, &format!("{children}/{}", item.ident), found);
            continue;
        }
        let path = item.attrs.iter().find_map(path_of);
        let at = match path {
            Some(path) => resolved(folder, &path),
            None => {
                let flat = format!("{children}/{}.rs", item.ident);
                if root().join(&flat).exists() { flat } else { format!("{children}/{}/mod.rs", item.ident) }
            }
        };
        declared(&at, found);
    }
}

/// What `#[path = "..."]` says.
fn path_of(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
    pair.path.is_ident("path").then(|| text.value())
}

fn resolved(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_rust_file_is_declared() {
    let manifest = read("Cargo.toml");
    let roots = manifest.lines().filter_map(|line| line.strip_prefix("path = \"")?.strip_suffix('"'));
    let mut found = BTreeSet::new();
    for root in roots.chain(["src/main.rs"]) {
        declared(root, &mut found);
    }
    let all = rust("src").into_iter().chain(rust("tests"));
    assert_eq!(all.filter(|path| !found.contains(path)).collect::<Vec<_>>(), Vec::<String>::new());
}

/// Texts are compiled in: by name, or by the name of their folder, which a list has.
#[test]
fn every_text_in_the_source_is_compiled_in() {
    let mut left = Vec::new();
    for path in files("src").into_iter().filter(|path| !path.ends_with(".rs")) {
        let parts: Vec<&str> = path.split('/').collect();
        let [.., parent, name] = parts.as_slice() else { continue };
        let sources = |depth: usize| {
            let folder = parts[..parts.len() - depth].join("/");
            let here = rust(&folder)
                .into_iter()
                .filter(move |path| path.matches('/').count() == folder.matches('/').count() + 1);
            here.map(|path| read(&path)).collect::<String>()
        };
        let (own, above) = (sources(1), if parts.len() > 2 { sources(2) } else { String::new() });
        let by_name = own.contains(&format!("\"{name}\""));
        let by_folder = above.contains(&format!("{name}\"")) && super::source::has_word(&above, parent);
        if !by_name && !by_folder {
            left.push(path);
        }
    }
    assert_eq!(left, Vec::<String>::new());
}

/// Every file that the notes name in code letters is there, below `src` or below the project's folder.
#[test]
fn the_notes_name_files_that_are_there() {
    let mut missing = Vec::new();
    for note in ["src/ARCHITECTURE.md", "README.md"] {
        let text = read(note);
        let names = text.split('`').skip(1).step_by(2);
        let is_file = |name: &&str| {
            let ending = name
                .rsplit_once('.')
                .is_some_and(|(_, end)| ["rs", "txt", "css", "json", "mjs", "js"].contains(&end));
            ending && !name.contains(['<', '*', '{', ' '])
        };
        // A bare name is one in the folder that the sentence is about.
        let exists = |name: &str| {
            root().join("src").join(name).exists()
                || root().join(name).exists()
                || (!name.contains('/')
                    && files("src").iter().any(|path| path.ends_with(&format!("/{name}"))))
        };
        missing
            .extend(names.filter(is_file).filter(|name| !exists(name)).map(|name| format!("{note}: {name}")));
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// Tests that are about the page: what its models cost, and two that act on its state.
const ON_THE_PAGE: &[&str] = &["tests/budget/panels.rs", "tests/digest/run.rs", "tests/statements/mod.rs"];

/// The tests of the core act on what the page acts on, and not on the page.
#[test]
fn no_test_outside_of_the_page_names_it() {
    let named = |path: &String| {
        let of = [String::from("tests")];
        super::source::named(&of, &read(path)).iter().any(|used| used.text().starts_with("playground::ui"))
    };
    let others = |path: &String| !ON_THE_PAGE.contains(&path.as_str());
    let found: Vec<String> = rust("tests").into_iter().filter(others).filter(named).collect();
    assert_eq!(found, Vec::<String>::new());
}
