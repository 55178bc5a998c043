//! How something is marked: never by colour alone.

/// How something is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emphasis {
    /// Not at all.
    #[default]
    Plain,
    /// It is not as it should be yet.
    Warn,
    /// It is wrong.
    Bad,
}
