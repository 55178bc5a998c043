//! The name of a revision.

/// `r2`; `r?` where there is no such revision.
pub fn revision_name(number: i64) -> String {
    if number > 0 { format!("r{number}") } else { "r?".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_have_short_names() {
        assert_eq!([revision_name(0), revision_name(12)], ["r?", "r12"]);
    }
}
