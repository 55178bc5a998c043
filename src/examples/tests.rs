use super::*;
use crate::manifest::{Severity, parse};

fn errors(text: &str) -> Vec<String> {
    let manifest = parse(text);
    let errors = manifest.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    errors.map(|one| format!("line {}: {}", one.span.line, one.message)).collect()
}

#[test]
fn every_example_can_be_applied_but_the_one_with_the_mistake() {
    for example in ALL {
        assert_eq!(errors(example.nodes), Vec::<String>::new(), "nodes of {}", example.id);
        let errors = errors(example.manifest);
        if example.picture == Picture::Mistake {
            assert_eq!(errors.len(), 1, "{errors:?}");
        } else {
            assert_eq!(errors, Vec::<String>::new(), "manifest of {}", example.id);
        }
        if let Some(next) = example.next {
            assert_eq!(self::errors(next), Vec::<String>::new(), "edit of {}", example.id);
        }
    }
    assert_eq!(errors(FOUR_NODES), Vec::<String>::new());
}

#[test]
fn every_example_is_found_by_its_id() {
    for example in ALL {
        assert_eq!(find(example.id), Some(example));
    }
    assert_eq!(find("nothing"), None);
}
