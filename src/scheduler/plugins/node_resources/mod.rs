//! Resources: what fits, and where it fits best. Upstream: `plugins/noderesources`.

mod balanced_allocation;
mod fit;
#[cfg(test)]
mod tests;

pub use balanced_allocation::NodeResourcesBalancedAllocation;
pub use fit::NodeResourcesFit;
