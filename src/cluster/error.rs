//! What the API server answers when it refuses.

use crate::api::validation::{FieldError, invalid_message};
use crate::api::{Kind, ObjectKey};
use std::fmt;

/// A refused write; prints the API server's message. Upstream: `apimachinery/pkg/api/errors`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// There is no such object.
    NotFound(ObjectKey),
    /// The name is taken.
    AlreadyExists(ObjectKey),
    /// The object has changed since it was read.
    Conflict(ObjectKey),
    /// Admission refuses; with the reason.
    Forbidden(ObjectKey, String),
    /// Validation refuses, field by field.
    Invalid(ObjectKey, Vec<FieldError>),
    /// The API server knows no such kind: kubectl finds no address for the object.
    NoMatch(Kind),
    /// The request itself makes no sense.
    BadRequest(String),
    /// Not now.
    TooManyRequests(String),
    /// The server cannot do it.
    Internal(String),
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApiError::NotFound(key) => write!(f, "{} {:?} not found", key.kind.resource(), &*key.name),
            ApiError::AlreadyExists(key) => {
                write!(f, "{} {:?} already exists", key.kind.resource(), &*key.name)
            }
            ApiError::Conflict(key) => write!(
                f,
                "Operation cannot be fulfilled on {} {:?}: the object has been modified; please apply your changes to the latest version and try again",
                key.kind.resource(),
                &*key.name
            ),
            ApiError::Forbidden(key, why) => {
                write!(f, "{} {:?} is forbidden: {why}", key.kind.resource(), &*key.name)
            }
            ApiError::Invalid(key, causes) => f.write_str(&invalid_message(&key.kind, &key.name, causes)),
            ApiError::NoMatch(kind) => {
                write!(f, "no matches for kind {:?} in version {:?}", kind.name(), kind.api_version())
            }
            ApiError::BadRequest(why) | ApiError::TooManyRequests(why) | ApiError::Internal(why) => {
                f.write_str(why)
            }
        }
    }
}
