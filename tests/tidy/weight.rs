//! What would make the page heavier without anybody seeing it.

use super::source;
use syn::visit::{self, Visit};

/// Calls of the standard library's sorts: each is 3 KB of code of its own in the page (`api/sort.rs`).
#[derive(Default)]
struct Sorts {
    lines: Vec<usize>,
}

impl<'ast> Visit<'ast> for Sorts {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        if name == "sort" || name.starts_with("sort_") {
            self.lines.push(call.method.span().start().line);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && matches!(&attribute.meta, syn::Meta::List(list) if source::has_word(&list.tokens.to_string(), "test"))
        });
        if !is_test {
            visit::visit_item_mod(self, item);
        }
    }
}

fn sorts(text: &str) -> Vec<usize> {
    let mut sorts = Sorts::default();
    sorts.visit_file(&syn::parse_file(text).expect("Rust"));
    sorts.lines
}

#[test]
fn all_sorting_is_one_piece_of_code() {
    let is_checked = |path: &String| path != "src/api/sort.rs" && !path.contains("tests");
    let mut found = Vec::new();
    for path in source::rust("src").into_iter().filter(is_checked) {
        found.extend(sorts(&source::read(&path)).into_iter().map(|line| format!("{path}:{line}")));
    }
    assert_eq!(found, Vec::<String>::new(), "crate::api::sort sorts with the code that is there already");
}

#[test]
fn a_sort_is_found_but_for_those_of_tests() {
    assert_eq!(
        sorts(
            "fn f() { a.b.sort_by_key(|c| c.d) }\n#[cfg(test)] mod tests { fn f() { a.sort() } }\nfn g() { a.sorted() }"
        ),
        [1]
    );
}
