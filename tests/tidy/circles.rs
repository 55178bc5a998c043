//! No files that need each other: of two, one can be read and tested without the other. A module and what stands in its
//! folder are one thing.

use super::source::{module, named, read, rust, without_tests};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

type Module = Vec<String>;

/// Files that may: who, whom, why. One that is in no circle fails the test.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("cluster::service_ip", "cluster::world", "a new world has the Service kubernetes, with its address"),
    (
        "kubelet::containers",
        "kubelet::stage",
        "what containers do are rows of the one table of stages, which asks for the next",
    ),
    ("kubelet::containers", "kubelet::fault", "a fault bears the label of the stage that it makes"),
    ("kubelet::fault", "kubelet::stage", "a fault bears the label of the stage that it makes"),
];

/// What modules show of those below them: the name, and where it stands.
type Shown = BTreeMap<(Module, String), Module>;

struct Shows<'a> {
    module: &'a [String],
    found: &'a mut Shown,
}

impl Shows<'_> {
    fn tree(&mut self, below: &[String], tree: &syn::UseTree) {
        let mut note = |name: &syn::Ident| {
            self.found.insert((self.module.to_vec(), name.to_string()), below.to_vec());
        };
        match tree {
            syn::UseTree::Path(part) if below.len() == self.module.len() && part.ident == "self" => {
                self.tree(below, &part.tree);
            }
            syn::UseTree::Path(part) => {
                let mut below = below.to_vec();
                below.push(part.ident.to_string());
                self.tree(&below, &part.tree);
            }
            syn::UseTree::Name(name) => note(&name.ident),
            syn::UseTree::Rename(name) => note(&name.rename),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(below, tree)),
            syn::UseTree::Glob(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Shows<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !matches!(item.vis, syn::Visibility::Inherited) {
            self.tree(self.module, &item.tree);
        }
        visit::visit_item_use(self, item);
    }
}

/// The file in which stands what a path names.
fn home(path: &[String], files: &BTreeSet<Module>, shown: &Shown) -> Option<Module> {
    let len = (1..=path.len()).rev().find(|len| files.contains(&path[..*len]))?;
    let (file, rest) = path.split_at(len);
    let through = rest.first().and_then(|name| shown.get(&(file.to_vec(), name.clone())));
    match through {
        Some(below) if below.as_slice() != file => {
            let further = [below.as_slice(), rest].concat();
            home(&further, files, shown)
        }
        _ => Some(file.to_vec()),
    }
}

/// Which files each file names, but for those in its folder and those in whose folder it is.
fn arrows(sources: &[(Module, String)]) -> BTreeMap<Module, BTreeSet<Module>> {
    let files: BTreeSet<Module> = sources.iter().map(|(module, _)| module.clone()).collect();
    let mut shown = Shown::new();
    for (module, text) in sources {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{module:?}: {error}"));
        Shows { module, found: &mut shown }.visit_file(&file);
    }
    let mut arrows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, text) in sources {
        let used = named(module, text);
        let homes = used.iter().filter(|used| used.ours).filter_map(|used| home(&used.path, &files, &shown));
        let apart = |other: &Module| !module.starts_with(other) && !other.starts_with(module);
        arrows.insert(module.clone(), homes.filter(apart).collect());
    }
    arrows
}

/// All that can be reached from a file.
fn reached(from: &Module, arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from.clone()]);
    while let Some(next) = open.pop() {
        for to in arrows.get(&next).into_iter().flatten() {
            if seen.insert(to.clone()) {
                open.push(to.clone());
            }
        }
    }
    seen
}

/// Arrows from a file to one that leads back to it.
fn circles(sources: &[(Module, String)]) -> Vec<(String, String)> {
    let arrows = arrows(sources);
    let reach: BTreeMap<&Module, BTreeSet<Module>> =
        arrows.keys().map(|module| (module, reached(module, &arrows))).collect();
    let back = |from: &Module, to: &Module| reach.get(to).is_some_and(|reached| reached.contains(from));
    let pairs = arrows.iter().flat_map(|(from, tos)| tos.iter().map(move |to| (from, to)));
    pairs.filter(|(from, to)| back(from, to)).map(|(from, to)| (from.join("::"), to.join("::"))).collect()
}

fn of_src() -> Vec<(Module, String)> {
    let is_of_tests = |module: &Module| {
        module.last().is_none_or(|name| ["tests", "given", "testing"].contains(&name.as_str()))
            || module.iter().any(|name| name == "tests")
    };
    let all = rust("src").into_iter().map(|path| (module(&path), without_tests(&read(&path))));
    all.filter(|(module, _)| !is_of_tests(module)).collect()
}

#[test]
fn no_two_files_need_each_other() {
    let found = circles(&of_src());
    let excepted = |from: &str, to: &str| {
        EXCEPTIONS.iter().any(|(who, whom, _)| (*who, *whom) == (from, to) || (*who, *whom) == (to, from))
    };
    let idle = EXCEPTIONS.iter().filter(|(who, whom, _)| {
        !found.iter().any(|(from, to)| (from.as_str(), to.as_str()) == (*who, *whom))
    });
    let idle: Vec<String> =
        idle.map(|(who, whom, _)| format!("{who} and {whom}: no exception is needed")).collect();
    let wrong: Vec<_> = found.iter().filter(|(from, to)| !excepted(from, to)).collect();
    assert!(wrong.is_empty() && idle.is_empty(), "these lead back: {wrong:#?}\n{idle:#?}");
}

#[test]
fn a_circle_is_found_also_through_what_a_folder_shows() {
    let file =
        |path: &str, text: &str| (path.split("::").map(str::to_owned).collect::<Module>(), text.to_owned());
    let sources = |c: &str| {
        [
            file("a", "mod b; mod d; pub use b::{B, other as renamed}; pub use self::d::D;"),
            file("a::b", "use super::c::C; pub struct B;"),
            file("a::c", c),
            file("a::d", "use crate::a; pub struct D;"),
        ]
    };
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(circles(&sources("fn f(_: super::B) {}")), [pair("a::b", "a::c"), pair("a::c", "a::b")]);
    assert_eq!(circles(&sources("use crate::a::renamed;")).len(), 2);
    assert_eq!(circles(&sources("use crate::a::{D, other};")), []);
}
