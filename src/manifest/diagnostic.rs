//! What is wrong with a manifest, and where.

use crate::api::ObjectKey;

/// How grave a diagnostic is. Errors keep a manifest from being applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The API server would refuse it.
    Error,
    /// It is accepted, but hardly meant so.
    Warning,
    /// Good to know.
    Info,
}

/// A stretch of the text. Lines and columns count from 1, columns in Unicode code points; the end is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
}

/// A change of the text that mends a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in words for a button.
    pub label: String,
    /// What is put in.
    pub replacement: String,
    /// What is replaced.
    pub span: Span,
}

/// A problem of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// Which document of the text, from 0.
    pub document: u32,
    /// The object, as far as it could be named.
    pub object: Option<ObjectKey>,
    /// The field, as upstream writes paths; empty where no field is meant.
    pub path: String,
    /// Where it stands. A field that is missing stands at the key of its closest parent.
    pub span: Span,
    /// What is wrong, in upstream's words where upstream has some.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
}
