//! A panel is given what it reads, not the whole state.

use super::source::{read, rust};
use syn::visit::{self, Visit};

/// The whole state, and the only function of a panel that may take it: what the panel reads is made there.
const STATE: &str = "UiState";
const MAKES: &str = "of";

/// Finds what holds or takes the whole state.
#[derive(Default)]
struct Holders(Vec<String>);

/// Whether a type is met that is the whole state, or is made of it.
#[derive(Default)]
struct Met(bool);

impl<'ast> Visit<'ast> for Met {
    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        self.0 |= segment.ident == STATE;
        visit::visit_path_segment(self, segment);
    }
}

impl<'ast> Visit<'ast> for Holders {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let mut met = Met::default();
        met.visit_fields(&item.fields);
        if met.0 {
            self.0.push(format!("struct {}", item.ident));
        }
    }

    fn visit_signature(&mut self, item: &'ast syn::Signature) {
        let mut met = Met::default();
        item.inputs.iter().for_each(|input| met.visit_fn_arg(input));
        if met.0 && item.ident != MAKES {
            self.0.push(format!("fn {}", item.ident));
        }
    }
}

fn holders(text: &str) -> Vec<String> {
    let mut found = Holders::default();
    found.visit_file(&syn::parse_file(text).expect("Rust"));
    found.0
}

#[test]
fn a_panel_takes_of_the_state_what_it_reads() {
    let mut wrong = Vec::new();
    for path in rust("src/ui/panels") {
        wrong.extend(holders(&read(&path)).into_iter().map(|holder| format!("{path}: {holder}")));
    }
    assert!(
        wrong.is_empty(),
        "these are given the whole state; make a `Given` of what they read: {wrong:#?}"
    );
}

#[test]
fn who_holds_the_state_is_found_wherever_it_stands() {
    let text = "struct Props { state: Shared<UiState> }\n\
                fn model(state: &UiState) {}\n\
                impl Given { fn of(state: &UiState) -> Self { Given } }\n\
                mod tests { fn model(state: &UiState) {} }";
    assert_eq!(holders(text), ["struct Props", "fn model"]);
}
