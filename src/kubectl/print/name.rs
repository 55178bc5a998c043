//! `kind.group/name` and what was done. Upstream: `cli-runtime/pkg/printers/name.go`.

use crate::api::ObjectKey;
use crate::kubectl::DryRun;

/// `daemonset.apps/agent`.
pub fn name(key: &ObjectKey) -> String {
    let (kind, group) = (key.kind.name().to_ascii_lowercase(), key.kind.group());
    let dot = if group.is_empty() { "" } else { "." };
    let name = if key.name.is_empty() { "<unknown>" } else { &key.name };
    format!("{kind}{dot}{group}/{name}")
}

/// What is added to a deed that is only tried.
pub fn suffix(dry_run: DryRun) -> &'static str {
    match dry_run {
        DryRun::None => "",
        DryRun::Client => " (dry run)",
        DryRun::Server => " (server dry run)",
    }
}
