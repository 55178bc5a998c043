//! Paths and modes of files in volumes.

use super::field::{Errors, Field};
use super::parts::required;

const FILE_MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// Permissions of a file.
pub(super) fn mode(mode: &Field, errors: &mut Errors) {
    if mode.is_set() && !(0..=0o777).contains(&mode.int()) {
        errors.invalid(&mode.path, mode.int(), FILE_MODE);
    }
}

/// A key and the file that it is written to.
pub(super) fn key_to_path(item: &Field, errors: &mut Errors) {
    required(item, "key", errors);
    required(item, "path", errors);
    unreserved_path(&item.get("path"), errors);
    mode(&item.get("mode"), errors);
}

/// A path that is relative, does not climb, and is none of those that the kubelet uses itself.
pub(super) fn unreserved_path(path: &Field, errors: &mut Errors) {
    descending_path(path, errors);
    if path.text().starts_with("..") && !path.text().starts_with("../") && path.text() != ".." {
        errors.invalid(&path.path, path.text(), "must not start with '..'");
    }
}

/// A path that is relative and does not climb.
pub(super) fn descending_path(path: &Field, errors: &mut Errors) {
    descending(path.text(), &path.path, errors);
}

/// The same of a text that stands in a field.
pub(super) fn descending(text: &str, path: &str, errors: &mut Errors) {
    if text.starts_with('/') {
        errors.invalid(path, text, "must be a relative path");
    }
    not_climbing(text, path, errors);
}

/// A path that does not climb.
pub(super) fn no_backsteps(path: &Field, errors: &mut Errors) {
    not_climbing(path.text(), &path.path, errors);
}

fn not_climbing(text: &str, path: &str, errors: &mut Errors) {
    if text.split('/').any(|part| part == "..") {
        errors.invalid(path, text, "must not contain '..'");
    }
}
