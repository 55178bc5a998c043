//! Styles and icons that nothing on the page wears are removed, not kept.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Beginnings of class names that the page completes: a pod's stage, a revision's hue, a lane's height.
const COMPLETED: &[&str] = &["cell--", "map-blocks--", "pod--", "a-r", "rev-tag--", "lane-names--"];

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the file can be read")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// All words of the page's sources: names of classes and icons are among them.
fn words() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = files(&root.join("src/ui"));
    sources.extend(files(&root.join("static/editor")));
    sources.extend(files(&root.join("static/share")));
    sources.extend(["index.html", "static/boot.js", "static/theme.js"].map(|name| root.join(name)));
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let words =
        |path: &PathBuf| read(path).split(|letter| !is_part(letter)).map(str::to_owned).collect::<Vec<_>>();
    sources.iter().flat_map(words).collect()
}

/// The names after a sign in a style sheet without its comments.
fn classes(css: &str) -> BTreeSet<String> {
    let bare: String =
        css.split("/*").map(|part| part.split_once("*/").map_or(part, |(_, rest)| rest)).collect();
    let named = |rest: &str| {
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_'));
        rest[..end.unwrap_or(rest.len())].to_owned()
    };
    let names = bare.split('.').skip(1).map(named);
    names.filter(|name| name.starts_with(|letter: char| letter.is_ascii_alphabetic())).collect()
}

#[test]
fn every_style_is_worn_and_every_icon_is_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("static");
    let words = words();
    let is_used =
        |name: &String| words.contains(name) || COMPLETED.iter().any(|start| name.starts_with(start));
    let mut idle = Vec::new();
    for path in files(&root.join("css")) {
        let unused = classes(&read(&path)).into_iter().filter(|name| !is_used(name));
        idle.extend(unused.map(|name| format!("{}: .{name}", path.display())));
    }
    let sheets: String = files(&root.join("css")).iter().map(|path| read(path)).collect();
    let icons = read(&root.join("icons.svg"));
    let ids =
        icons.split("id=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(id, _)| id.to_owned());
    let is_shown = |id: &String| is_used(id) || id.starts_with("p-") || sheets.contains(&format!("#{id}"));
    idle.extend(ids.filter(|id| !is_shown(id)).map(|id| format!("icons.svg: {id}")));
    assert_eq!(idle, Vec::<String>::new(), "nothing on the page uses these");
}
