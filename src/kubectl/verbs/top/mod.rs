//! `kubectl top`: a cluster without a metrics server has nothing to tell. Upstream: `kubectl/pkg/cmd/top`.

use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::select;
use crate::kubectl::{Env, Verb};

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
pub const NODE: Verb = Verb { name: "top node", flags: FLAGS, run: |env, args| run(env, args) };
/// `kubectl top pod`.
pub const POD: Verb = Verb { name: "top pod", flags: FLAGS, run: |env, args| run(env, args) };

fn run(_: &mut Env, args: &crate::kubectl::Args) -> Result<(), Failure> {
    let has_selector = args.text("selector").is_some_and(|text| !text.is_empty());
    if has_selector && !args.positional.is_empty() {
        return Err(Failure::own("only one of NAME or --selector can be provided"));
    }
    if let Some(by) = args.text("sort-by").filter(|by| !["", "cpu", "memory"].contains(by)) {
        let _ = by;
        return Err(Failure::own("--sort-by accepts only cpu or memory"));
    }
    Err(Failure::own("Metrics API not available"))
}
