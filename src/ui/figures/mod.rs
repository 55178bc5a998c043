//! The visual grammar: what looks alike wherever it stands. A figure is a plain value, made of the cluster and tested
//! natively, and how it is drawn; panels put figures together and do not know of each other.

mod amount;
#[cfg(any(test, target_arch = "wasm32"))]
mod area;
mod emphasis;
#[cfg(target_arch = "wasm32")]
mod guess;
mod node;
mod pod;
#[cfg(target_arch = "wasm32")]
mod pod_view;

#[cfg(target_arch = "wasm32")]
pub use amount::meter;
pub use amount::{Meter, meters};
#[cfg(target_arch = "wasm32")]
pub use area::{Stretch, outline, stretches};
pub use emphasis::Emphasis;
#[cfg(target_arch = "wasm32")]
pub use guess::{guess_choices, guess_result, guess_sign};
pub use node::{role, status};
pub use pod::{Chip, Priority, chip};
#[cfg(target_arch = "wasm32")]
pub use pod_view::{Marks, pod};
