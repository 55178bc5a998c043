//! `--help`, `kubectl help`, `kubectl options`: texts of kubectl's own, which are fetched when first asked for.
//! Upstream: `kubectl/pkg/util/templates/{templater,help_flags_printer}.go`.

use crate::kubectl::books::Book;
use crate::kubectl::failure::Failure;
use crate::kubectl::{Args, Env, Verb};

/// `kubectl options`.
pub const OPTIONS: Verb = Verb { name: "options", flags: &[], run: |env, _| print(env, "options") };
/// `kubectl help`.
pub const HELP: Verb = Verb { name: "help", flags: &[], run: help };

/// The text of a command, without its name.
///
/// # Errors
/// It has not been fetched yet.
pub fn text<'a>(env: &mut Env<'a>, command: &str) -> Result<&'a str, Failure> {
    let Some(all) = &env.books.commands else {
        env.wants = Some(Book::Commands);
        return Err(Failure::Told);
    };
    let sections = all.split('\u{c}').filter_map(|section| section.split_once('\n'));
    let mut found = sections.filter(|(name, _)| *name == command).map(|(_, text)| text);
    Ok(found.next().unwrap_or_default())
}

/// Prints the help of a command.
///
/// # Errors
/// It has not been fetched yet.
pub fn print(env: &mut Env, command: &str) -> Result<(), Failure> {
    let told = text(env, command)?;
    env.out += told;
    Ok(())
}

/// Prints the help of a command that was used without what it needs, to standard error, and fails.
///
/// # Errors
/// Always.
pub fn refuse(env: &mut Env, command: &str) -> Result<(), Failure> {
    let told = text(env, command)?;
    env.complain(told);
    Err(Failure::Told)
}

fn help(env: &mut Env, args: &Args) -> Result<(), Failure> {
    match super::find_command(&args.positional) {
        (name, rest) if !name.is_empty() || rest.is_empty() => print(env, &name),
        _ => {
            let words: Vec<String> = args.positional.iter().map(|word| format!("`{word}`")).collect();
            env.complain(&format!("Unknown help topic [{}]\n", words.join(" ")));
            let told = text(env, "")?;
            // What begins with an empty line there.
            let commands = told.find("\nBasic Commands").map_or(told, |at| &told[at..]);
            env.complain(&format!("\n{commands}"));
            Ok(())
        }
    }
}
