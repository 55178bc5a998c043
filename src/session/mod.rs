//! What a person has open: the texts, and the run that began with them. No page and no browser: `ui` shows it, tests
//! use it without one.

mod saved;
mod texts;

pub use saved::{Act, Saved, start, to_json};
pub use texts::{Document, DocumentName, Documents};
