//! YAML text to objects and diagnostics.
