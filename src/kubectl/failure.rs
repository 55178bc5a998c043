//! What keeps a command from being done, and how kubectl tells it. Upstream: `kubectl/pkg/cmd/util/helpers.go`
//! (`checkErr`, `StandardErrorMessage`).

use crate::api::validation::invalid_kubectl_text;
use crate::cluster::ApiError;

/// An error of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// kubectl itself.
    Own(String),
    /// The API server, and what was being done with which file.
    Api(ApiError, Option<String>),
    /// The API server in its own words, with the reason if it gives one.
    Status(Option<&'static str>, String),
    /// A text that is told as it is.
    AsItIs(String),
    /// Several.
    Many(Vec<Failure>),
    /// Something that has been told already.
    Told,
}

impl Failure {
    /// An error of kubectl's own.
    pub fn own(text: impl Into<String>) -> Self {
        Failure::Own(text.into())
    }

    /// The same without `error:` before it: the words of the mapper of kinds, where a command asks it itself.
    pub fn as_it_is(self) -> Self {
        Failure::AsItIs(self.message())
    }

    /// A wrong use of a command (`UsageErrorf`).
    pub fn usage(command: &str, text: &str) -> Self {
        Failure::Own(format!("{text}\nSee '{command} -h' for help and examples"))
    }

    /// The failures of several objects: one stands for itself (`utilerrors.NewAggregate`).
    pub fn of(mut failures: Vec<Failure>) -> Result<(), Failure> {
        match failures.len() {
            0 => Ok(()),
            1 => failures.pop().map_or(Ok(()), Err),
            _ => Err(Failure::Many(failures)),
        }
    }

    /// The API server's error about an object of a file (`AddSourceToErr`).
    pub fn of_file(error: ApiError, deed: &str, file: &str) -> Self {
        Failure::Api(error, Some(format!("error when {deed} {file:?}")))
    }

    /// What kubectl prints to its standard error.
    pub fn print(&self) -> String {
        match self {
            Failure::Told => String::new(),
            Failure::Api(ApiError::Invalid(key, causes), _) => {
                invalid_kubectl_text(&key.kind, &key.name, causes)
            }
            Failure::AsItIs(text) => format!("{text}\n"),
            Failure::Own(text) => {
                let start = if text.starts_with("error: ") { "" } else { "error: " };
                let end = if text.ends_with('\n') { "" } else { "\n" };
                format!("{start}{text}{end}")
            }
            Failure::Api(..) | Failure::Status(..) => format!("{}\n", self.line()),
            Failure::Many(failures) => {
                failures.iter().map(|failure| format!("{}\n", failure.line())).collect()
            }
        }
    }

    /// As one of several (`messageForError`).
    fn line(&self) -> String {
        let reason = match self {
            Failure::Api(error, _) => reason(error),
            Failure::Status(reason, _) => *reason,
            _ => return self.message(),
        };
        match reason {
            Some(reason) => format!("Error from server ({reason}): {}", self.message()),
            None => format!("Error from server: {}", self.message()),
        }
    }

    /// The error's own text (Go's `Error()`).
    pub fn message(&self) -> String {
        match self {
            Failure::Own(text) | Failure::Status(_, text) | Failure::AsItIs(text) => text.clone(),
            Failure::Api(error, None) => error.to_string(),
            Failure::Api(error, Some(source)) => format!("{source}: {error}"),
            Failure::Many(failures) => {
                let mut messages: Vec<String> = Vec::new();
                for message in failures.iter().map(Failure::message) {
                    if !messages.contains(&message) {
                        messages.push(message);
                    }
                }
                if messages.len() == 1 { messages.concat() } else { format!("[{}]", messages.join(", ")) }
            }
            Failure::Told => String::new(),
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Failure::Api(error, None)
    }
}

/// The reason of a status (`metav1.StatusReason`).
fn reason(error: &ApiError) -> Option<&'static str> {
    Some(match error {
        ApiError::NotFound(_) => "NotFound",
        ApiError::AlreadyExists(_) => "AlreadyExists",
        ApiError::Conflict(_) => "Conflict",
        ApiError::Forbidden(..) => "Forbidden",
        ApiError::Invalid(..) => "Invalid",
        ApiError::BadRequest(_) => "BadRequest",
        ApiError::TooManyRequests(_) => "TooManyRequests",
        ApiError::NoMatch(_) | ApiError::Internal(_) => return None,
    })
}
