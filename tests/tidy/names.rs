//! A type's name is said once: who reads `Outcome` in a call need not ask which one.

use super::source;
use std::collections::BTreeMap;
use syn::visit::{self, Visit};

/// Names that each module of its kind has, so that the module says whose it is: what a component of the page is given
/// (Yew's own word), what a panel reads and what it draws, and what a control loop keeps from one look to the next (`Component::State`).
const ONE_A_MODULE: [&str; 4] = ["Props", "Given", "Model", "State"];

/// The types that a file shows to other modules than its own.
fn public(items: &[syn::Item], found: &mut Vec<String>) {
    for item in items {
        let (shown, name) = match item {
            syn::Item::Struct(item) => (&item.vis, &item.ident),
            syn::Item::Enum(item) => (&item.vis, &item.ident),
            syn::Item::Trait(item) => (&item.vis, &item.ident),
            syn::Item::Type(item) => (&item.vis, &item.ident),
            syn::Item::Mod(item) => {
                item.content.iter().for_each(|(_, items)| public(items, found));
                continue;
            }
            _ => continue,
        };
        if matches!(shown, syn::Visibility::Public(_)) {
            found.push(name.to_string());
        }
    }
}

/// The names that stand in more than one file, with the files.
fn twice(files: &[(String, String)]) -> Vec<String> {
    let mut places: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (path, text) in files {
        let mut found = Vec::new();
        public(&syn::parse_file(text).expect(path).items, &mut found);
        found.into_iter().for_each(|name| places.entry(name).or_default().push(path));
    }
    let twice = places.into_iter().filter(|(name, at)| at.len() > 1 && !ONE_A_MODULE.contains(&&**name));
    twice.map(|(name, at)| format!("{name}: {}", at.join(", "))).collect()
}

#[test]
fn a_type_has_a_name_of_its_own() {
    let files: Vec<_> =
        source::rust("src").into_iter().map(|path| (path.clone(), source::read(&path))).collect();
    assert_eq!(twice(&files), Vec::<String>::new());
}

#[test]
fn a_name_that_stands_twice_is_found() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let files =
        [file("a.rs", "pub struct Done; struct Own;"), file("b.rs", "pub type Done = u8; enum Own {}")];
    assert_eq!(twice(&files), ["Done: a.rs, b.rs"]);
}

/// The names of all that a file offers to others, methods too.
#[derive(Default)]
struct Offered(Vec<String>);

impl Offered {
    fn note(&mut self, shown: &syn::Visibility, name: &syn::Ident) {
        if !matches!(shown, syn::Visibility::Inherited) {
            self.0.push(name.to_string());
        }
    }
}

impl<'ast> Visit<'ast> for Offered {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        match item {
            syn::Item::Fn(item) => self.note(&item.vis, &item.sig.ident),
            syn::Item::Struct(item) => self.note(&item.vis, &item.ident),
            syn::Item::Enum(item) => self.note(&item.vis, &item.ident),
            syn::Item::Trait(item) => self.note(&item.vis, &item.ident),
            syn::Item::Type(item) => self.note(&item.vis, &item.ident),
            syn::Item::Const(item) => self.note(&item.vis, &item.ident),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.note(&item.vis, &item.sig.ident);
    }
}

/// What the files offer and no other word of theirs names. `others` use as well and offer nothing.
fn unused(files: &[(String, String)], others: &[String]) -> Vec<String> {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    let texts = files.iter().map(|(_, text)| text).chain(others);
    for line in texts.flat_map(|text| text.lines()) {
        let code = line.split("//").next().unwrap_or_default();
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        code.split(|letter| !is_part(letter)).for_each(|word| *words.entry(word).or_default() += 1);
    }
    let mut unused = Vec::new();
    for (path, text) in files {
        let mut offered = Offered::default();
        offered.visit_file(&syn::parse_file(text).expect(path));
        let alone = offered.0.into_iter().filter(|name| words.get(name.as_str()) == Some(&1));
        unused.extend(alone.map(|name| format!("{path}: {name}")));
    }
    unused
}

#[test]
fn what_a_file_offers_is_used() {
    let read = |path: String| (path.clone(), source::read(&path));
    let files: Vec<_> = source::rust("src").into_iter().map(read).collect();
    let others =
        ["tests", "fuzz/fuzz_targets"].into_iter().flat_map(source::rust).map(|path| source::read(&path));
    assert_eq!(unused(&files, &others.collect::<Vec<_>>()), Vec::<String>::new());
}

#[test]
fn what_is_offered_and_not_used_is_found() {
    let text =
        "pub fn used() {} pub fn idle() { own() } fn own() {} impl A { pub fn method(&self) {} }\n// idle";
    let found = unused(&[("a.rs".into(), text.into())], &["fn f() { used() }".into()]);
    assert_eq!(found, ["a.rs: idle", "a.rs: method"]);
}
