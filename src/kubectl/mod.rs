//! The command language: what a person types, and what kubectl v1.36 answers.
//!
//! A line is read to words ([`line`]), its verb found, and run against the cluster as it is: an [`Answer`] says what
//! kubectl prints, and holds the writes that the API server accepted. Nothing is written here: the writes are tried
//! on a copy of the cluster ([`Client`]). What kubectl cannot do is what one would type instead
//! (`ssh worker-1 sudo systemctl stop kubelet`), or a setting of the playground's own (`playground set order=chance`).
//!
//! A verb is a folder in [`verbs`]: its flags, what it does, its tests. Names and order are upstream's
//! (Complete, Validate, Run).
//!
//! Invariants: no clock, no chance; the same line in the same cluster gives the same answer. A command that fails
//! before it wrote changes nothing.

pub mod books;
mod by_hand;
mod client;
pub mod complete;
pub mod failure;
mod files;
pub mod flags;
#[cfg(test)]
mod given;
pub mod kinds;
pub mod line;
pub mod print;
mod programs;
mod reads;
mod request;
mod say;
pub mod select;
pub mod selector;
pub mod shell;
mod source;
pub mod verbs;

pub use books::{Book, Books};
pub use by_hand::EDITED_BY_HAND;
pub use client::{Client, DryRun};
pub use files::{File, Files};
pub use line::{Command, Line};
pub use reads::Reads;
pub use request::{
    Answer, AwaitsGone, Deed, Dispatch, DoneTo, Interleaving, Opened, Outbound, Request, WAITED, Waits,
    in_order, tried_again,
};
pub use say::{MANIFEST, NODES};
pub use verbs::diff::line_changes;
pub use verbs::edit::brought_to;
pub use verbs::playground::nodes;
pub use verbs::taint::taint as read_taint;

pub use crate::kubelet::{Fault, PRESSURES};

use crate::api::{EcoString, Millis, Object, Time, sort};
use crate::cluster::{ApiError, Change, World};
use failure::Failure;
use flags::{Args, Flag, Takes};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a command sees.
pub struct CommandCx<'a> {
    /// The cluster.
    pub world: &'a World,
    /// The simulated time.
    pub now: Time,
    /// Texts by name.
    pub files: &'a Files,
    /// Texts about commands and fields, as far as they are there.
    pub books: &'a Books,
}

/// A setting of the simulation, which no object holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Whether the DaemonSet controller takes nodes by chance, as upstream does that walks a Go map, or by name.
    ByChance(bool),
    /// The namespace in which kubectl was, and the one in which it is from then on.
    Home(EcoString, EcoString),
}

/// A command of the language.
#[derive(Debug)]
pub struct Verb {
    /// Its words after the program, such as `rollout undo`.
    pub name: &'static str,
    /// Its flags beside those of every command.
    pub flags: &'static [Flag],
    /// Does it.
    pub run: fn(&mut Env, &Args) -> Result<(), Failure>,
}

/// What a command that follows (`-w`) is given when it goes on: it then prints only what is new.
#[derive(Clone, Copy)]
pub struct Again<'a> {
    /// What changed since it printed last.
    pub changes: &'a [Change],
    /// What it printed until then.
    pub printed: &'a str,
    /// When it began.
    pub since: Time,
    /// Whether the time is over that it was to follow at most.
    pub is_over: bool,
}

/// What a running command has at hand.
pub struct Env<'a> {
    /// The cluster.
    pub client: Client,
    /// The cluster and the time when the command was given.
    pub begun: Client,
    /// The simulated time.
    pub now: Time,
    /// Texts by name.
    pub files: &'a Files,
    /// Texts about commands and fields, as far as they are there.
    pub books: &'a Books,
    /// A text that has to be fetched before the command can answer.
    pub wants: Option<Book>,
    /// Standard input; it can be read once.
    pub stdin: Option<String>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// Where standard error stands among standard output, as [`Answer::places`].
    pub places: Interleaving,
    /// A setting.
    pub setting: Option<Setting>,
    /// Set where a command goes on that follows.
    pub again: Option<Again<'a>>,
    /// Whether it goes on with the next change.
    pub follows: bool,
    /// Whether a YAML document was printed.
    pub has_document: bool,
    /// Whether what it prints is a value of a Go type, and not what the API server sent.
    pub is_typed: bool,
    /// Variables that were set for this command, such as KUBE_EDITOR.
    pub variables: BTreeMap<String, String>,
    /// Exit code if it fails.
    pub failed: i32,
    /// An object that is to be opened in an editor.
    pub opened: Option<Opened>,
    /// How long the command waits for something that is not so yet, or follows at most.
    pub waits: Option<Waits>,
    /// What it sent over the network.
    pub sent: Option<Rc<Outbound>>,
    /// What it waits for before it ends.
    pub awaits_gone: AwaitsGone,
    /// After how long it tries again what was refused.
    pub asks_again: Option<Millis>,
}

impl Env<'_> {
    /// Prints a line.
    pub fn say(&mut self, line: &str) {
        self.out += line;
        self.out.push('\n');
    }

    /// Prints to standard error what a reader sees before all that is printed from now on.
    pub fn complain(&mut self, text: &str) {
        self.err += text;
        self.places.push((self.out.len(), self.err.len()));
    }

    /// Prints a warning to standard error.
    pub fn warn(&mut self, text: &str) {
        self.complain(&format!("Warning: {text}\n"));
    }

    /// Creates an object and tells what the API server warns of.
    ///
    /// # Errors
    /// The API server's.
    pub fn create(&mut self, object: Object, dry_run: DryRun) -> Result<Object, ApiError> {
        let created = self.client.create(object, dry_run);
        self.tell_warnings();
        created
    }

    /// Replaces an object by another state of it and tells what the API server warns of.
    ///
    /// # Errors
    /// The API server's.
    pub fn update(&mut self, object: Object, dry_run: DryRun) -> Result<Object, ApiError> {
        let updated = self.client.update(object, dry_run);
        self.tell_warnings();
        updated
    }

    /// Tells what the API server warned of; the same thing once.
    pub fn tell_warnings(&mut self) {
        for warning in self.client.take_warnings() {
            let line = format!("Warning: {warning}");
            if !self.err.lines().any(|told| told == line) {
                self.complain(&(line + "\n"));
            }
        }
    }
}

/// Flags that every command of kubectl takes. Those that choose a cluster or a user have no effect here.
#[rustfmt::skip]
const GLOBAL: &[Flag] = &[
    Flag::short("namespace", 'n', Takes::Text),
    Flag::short("help", 'h', Takes::Switch),
    Flag::long("as", Takes::Text),
    Flag::long("as-group", Takes::Texts),
    Flag::long("as-uid", Takes::Text),
    Flag::long("as-user-extra", Takes::Texts),
    Flag::long("cache-dir", Takes::Text),
    Flag::long("certificate-authority", Takes::Text),
    Flag::long("client-certificate", Takes::Text),
    Flag::long("client-key", Takes::Text),
    Flag::long("cluster", Takes::Text),
    Flag::long("context", Takes::Text),
    Flag::long("disable-compression", Takes::Switch),
    Flag::long("insecure-skip-tls-verify", Takes::Switch),
    Flag::long("kubeconfig", Takes::Text),
    Flag::long("kuberc", Takes::Text),
    Flag::long("log-flush-frequency", Takes::Duration),
    Flag::long("match-server-version", Takes::Switch),
    Flag::long("password", Takes::Text),
    Flag::long("profile", Takes::Text),
    Flag::long("profile-output", Takes::Text),
    Flag::long("request-timeout", Takes::Text),
    Flag::short("server", 's', Takes::Text),
    Flag::long("tls-server-name", Takes::Text),
    Flag::long("token", Takes::Text),
    Flag::long("user", Takes::Text),
    Flag::long("username", Takes::Text),
    Flag::short("v", 'v', Takes::Number),
    Flag::long("vmodule", Takes::Text),
    Flag::long("warnings-as-errors", Takes::Switch),
];

/// Runs a command.
pub fn run(command: &Command, cx: &CommandCx) -> Answer {
    run_again(command, cx, &Begun { world: cx.world, at: cx.now }, None)
}

/// The cluster and the time when a command was given that still waits ([`Answer::waits`]).
pub struct Begun<'a> {
    /// The cluster.
    pub world: &'a World,
    /// The time.
    pub at: Time,
}

/// Asks a command that waits again: what it is about was found when it was given.
pub fn run_since(command: &Command, cx: &CommandCx, begun: &Begun) -> Answer {
    run_again(command, cx, begun, None)
}

fn run_again(command: &Command, cx: &CommandCx, begun: &Begun, again: Option<Again>) -> Answer {
    let mut env = Env {
        begun: Client::new(begun.world, begun.at),
        client: Client::new(cx.world, cx.now),
        now: cx.now,
        files: cx.files,
        books: cx.books,
        wants: None,
        stdin: command.stdin.clone(),
        out: String::new(),
        err: String::new(),
        places: Vec::new(),
        setting: None,
        again,
        follows: false,
        has_document: false,
        is_typed: false,
        variables: BTreeMap::new(),
        failed: FAILED,
        opened: None,
        waits: None,
        sent: None,
        awaits_gone: AwaitsGone::default(),
        asks_again: None,
    };
    let code = match dispatch(&mut env, &command.words) {
        Ok(()) => 0,
        Err(failure) => {
            env.complain(&failure.print());
            env.failed
        }
    };
    let Env {
        client,
        out,
        err,
        places,
        setting,
        opened,
        waits,
        follows,
        wants,
        sent,
        awaits_gone,
        asks_again,
        ..
    } = env;
    let (writes, done, reads) = client.into_parts();
    Answer {
        out,
        err,
        places,
        code,
        writes,
        done,
        setting,
        opened,
        waits,
        follows: follows && code == 0,
        wants,
        sent,
        awaits_gone,
        asks_again: asks_again.filter(|_| code == 0),
        reads,
    }
}

/// What the words of a command set.
fn setting_of(words: &[String]) -> Option<Setting> {
    match words.split_first() {
        Some((program, words)) if program == "playground" => verbs::playground::setting(words),
        _ => None,
    }
}

/// The command with its program's whole name: the same command is always the same line.
pub fn canonical(command: &Command) -> Command {
    let mut command = command.clone();
    let at = line::program_at(&command.words);
    if let Some(program) = command.words.get_mut(at).filter(|program| *program == "k") {
        "kubectl".clone_into(program);
    }
    // A here-document ends with a whole line.
    if let Some(text) = command.stdin.as_mut().filter(|text| !text.is_empty() && !text.ends_with('\n')) {
        text.push('\n');
    }
    command
}

/// Exit code of a command that failed.
const FAILED: i32 = 1;
/// A shell's exit code for a program that is not there.
const NOT_FOUND: i32 = 127;

fn dispatch(env: &mut Env, words: &[String]) -> Result<(), Failure> {
    let (variables, words) = words.split_at(line::program_at(words));
    let set = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    env.variables = sort::map(variables.iter().filter_map(|word| line::variable(word).map(set)));
    let Some((program, words)) = words.split_first() else { return Ok(()) };
    match program.as_str() {
        "kubectl" | "k" => kubectl(env, words),
        "ssh" => verbs::ssh::run(env, words),
        "playground" => verbs::playground::run(env, words),
        name if programs::is_one(name) => {
            let words = [std::slice::from_ref(program), words].concat();
            programs::run(env, &crate::network::Caller::Outside, &words)
        }
        _ => {
            env.complain(&format!("{program}: command not found\n"));
            env.failed = NOT_FOUND;
            Err(Failure::Told)
        }
    }
}

/// Finds the command, reads the flags and runs it.
fn kubectl(env: &mut Env, words: &[String]) -> Result<(), Failure> {
    let (name, rest) = verbs::find_command(words);
    if name == "diff" {
        // There 1 says that there are differences.
        env.failed = FAILED + 1;
    }
    let Some(verb) = verbs::VERBS.iter().find(|verb| verb.name == name) else {
        return verbs::without_verb(env, &name, &rest);
    };
    let recording: &[Flag] = if RECORDING.contains(&verb.name) { &[RECORD] } else { &[] };
    let mut args = Args::read(&rest, &[verb.flags, GLOBAL, implied(verb.flags), recording])
        .map_err(|error| Failure::own(format!("{error}\nSee 'kubectl {} --help' for usage.", verb.name)))?;
    args.home = env.client.namespace();
    if args.is_on("help") {
        return verbs::help::print(env, &name);
    }
    if args.has("record") {
        env.complain("Flag --record has been deprecated, --record will be removed in the future\n");
        let words = args.positional.iter().chain(&args.given).fold(name, |line, word| line + " " + word);
        env.client.cause = args.is_on("record").then(|| format!("kubectl {words}").into());
    }
    verbs::config::check(&args, verb)?;
    let has = |name: &str| verb.flags.iter().any(|flag| flag.name == name);
    if has("dry-run") && has("output") && !["apply", "delete"].contains(&verb.name) {
        // Whoever cannot print does not write.
        dry_run(&args)?;
        print::format::of(env, &args)?;
    }
    env.is_typed =
        TYPED.iter().any(|typed| verb.name == *typed || typed.ends_with(' ') && verb.name.starts_with(typed));
    (verb.run)(env, &args)
}

/// Verbs that print values of Go's types; those that end with a blank are all that are below a word.
const TYPED: &[&str] = &[
    "api-resources",
    "auth whoami",
    "autoscale",
    "create ",
    "expose",
    "rollout history",
    "rollout undo",
    "run",
    "set ",
];

/// Flags that come with others: a verb that prints objects takes all that says how, and one that reads texts too.
fn implied(flags: &[Flag]) -> &'static [Flag] {
    let has = |name: &str| flags.iter().any(|flag| flag.name == name);
    match (has("output"), has("filename")) {
        (true, true) => IMPLIED,
        (true, false) => &IMPLIED[..OF_OUTPUT],
        (false, true) => &IMPLIED[OF_OUTPUT..],
        (false, false) => &[],
    }
}

/// `--record`, which old notes know: the command becomes the cause of the change (`genericclioptions.RecordFlags`).
const RECORD: Flag = Flag::long("record", Takes::Switch);
const RECORDING: [&str; 15] = [
    "annotate",
    "apply",
    "autoscale",
    "create",
    "edit",
    "expose",
    "label",
    "patch",
    "replace",
    "run",
    "scale",
    "set image",
    "set resources",
    "set selector",
    "set serviceaccount",
];

/// How many of the implied flags come with `--output`; the others with `--filename`.
const OF_OUTPUT: usize = 3;
const IMPLIED: &[Flag] = &[
    Flag::long("template", Takes::Text),
    Flag::long("show-managed-fields", Takes::Switch),
    Flag::long("allow-missing-template-keys", Takes::Switch),
    source::KUSTOMIZE,
    select::RECURSIVE,
];

/// `--dry-run`.
pub const DRY_RUN: Flag = Flag::long("dry-run", Takes::TextOr("unchanged"));

/// What `--dry-run` says (`GetDryRunStrategy`). The old forms are understood; kubectl's log lines about them, which
/// hold the wall clock and a process id, are left out.
///
/// # Errors
/// It says nothing that there is.
pub fn dry_run(args: &Args) -> Result<DryRun, Failure> {
    match args.text("dry-run").map(|text| (text, flags::bool_of(text))) {
        None | Some(("none", _) | (_, Some(false))) => Ok(DryRun::None),
        Some(("client" | "unchanged", _) | (_, Some(true))) => Ok(DryRun::Client),
        Some(("server", _)) => Ok(DryRun::Server),
        Some((other, None)) => Err(Failure::own(format!(
            "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::given::{answer, cluster};
    use super::*;

    #[test]
    fn what_is_no_command_is_told_as_a_shell_or_kubectl_does() {
        let world = cluster();
        for (line, err, code) in [
            ("kubctl get pods", "kubctl: command not found\n", 127),
            (
                "kubectl gte ds",
                "error: unknown command \"gte\" for \"kubectl\"\n\nDid you mean this?\n\tget\n",
                1,
            ),
            (
                "kubectl del ds agent",
                "error: unknown command \"del\" for \"kubectl\"\n\nDid you mean this?\n\tset\n\tget\n\tdelete\n",
                1,
            ),
            ("kubectl get-ds", "error: unknown command \"get-ds\" for \"kubectl\"\n", 1),
            (
                "kubectl rollout nosuch ds/agent",
                "error: unknown command \"nosuch ds/agent\"\nSee 'kubectl rollout -h' for help and examples\n",
                1,
            ),
            (
                "kubectl rollout history ds/agent --revision=x",
                "error: invalid argument \"x\" for \"--revision\" flag: strconv.ParseInt: parsing \"x\": invalid syntax\nSee 'kubectl rollout history --help' for usage.\n",
                1,
            ),
            (
                "kubectl apply -f",
                "error: flag needs an argument: 'f' in -f\nSee 'kubectl apply --help' for usage.\n",
                1,
            ),
        ] {
            let answer = answer(&world, line);
            assert_eq!((answer.err.as_str(), answer.code), (err, code), "{line}");
            assert!(answer.writes.is_empty());
        }
    }

    #[test]
    fn flags_may_stand_before_the_verb() {
        let answer = answer(&cluster(), "k -n kube-system delete --dry-run=client pod p");
        assert_eq!(answer.out, "pod \"p\" deleted from kube-system namespace (dry run)\n");
    }

    #[test]
    fn the_short_program_name_is_the_long_one_in_the_canonical_line() {
        let command = canonical(&Command::of(["k", "get", "pods"]));
        assert_eq!(command.to_string(), "kubectl get pods");
    }
}
