//! `playground set order=chance|name`: what Kubernetes leaves to chance and no command of its own can choose.

use crate::kubectl::failure::Failure;
use crate::kubectl::{Env, Setting};

const USAGE: &str = "usage: playground set order=chance|name";

/// Runs it.
///
/// # Errors
/// There is no such setting.
pub fn run(env: &mut Env, words: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    env.setting = Some(match words.as_slice() {
        ["set", "order=chance"] => Setting::ByChance(true),
        ["set", "order=name"] => Setting::ByChance(false),
        _ => return Err(Failure::own(USAGE)),
    });
    Ok(())
}
