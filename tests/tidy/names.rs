//! A type's name is said once: who reads `Outcome` in a call need not ask which one.

use super::source;
use std::collections::BTreeMap;

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
