//! `kubectl top`: a cluster without a metrics server has nothing to tell. Upstream: `kubectl/pkg/cmd/top`.

use crate::kubectl::Verb;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::select;

const FLAGS: &[Flag] = &[
    select::SELECTOR,
    select::FIELD_SELECTOR,
    select::ALL_NAMESPACES,
    Flag::long("containers", Takes::Switch),
    Flag::long("no-headers", Takes::Switch),
    Flag::long("show-capacity", Takes::Switch),
    Flag::long("show-swap", Takes::Switch),
    Flag::long("sort-by", Takes::Text),
    Flag::long("sum", Takes::Switch),
    Flag::long("use-protocol-buffers", Takes::Switch),
];

/// `kubectl top node`.
pub const NODE: Verb = Verb { name: "top node", flags: FLAGS, run: |_, args| run(args, "--selector") };
/// `kubectl top pod`.
pub const POD: Verb = Verb { name: "top pod", flags: FLAGS, run: |_, args| run(args, "selector") };

fn run(args: &Args, selector: &str) -> Result<(), Failure> {
    let has_selector = args.text("selector").is_some_and(|text| !text.is_empty());
    if has_selector && !args.positional.is_empty() {
        return Err(Failure::own(format!("only one of NAME or {selector} can be provided")));
    }
    if args.text("sort-by").is_some_and(|by| !["", "cpu", "memory"].contains(&by)) {
        return Err(Failure::own("--sort-by accepts only cpu or memory"));
    }
    Err(Failure::own("Metrics API not available"))
}
