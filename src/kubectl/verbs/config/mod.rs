//! `kubectl config`: one context, `oracle`, for the one cluster that there is. What can be changed of it is the
//! namespace that commands look in. Upstream: `kubectl/pkg/cmd/config`.

use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes, is_duration};
use crate::kubectl::print::format;
use crate::kubectl::print::tab::{TABLE, aligned};
use crate::kubectl::verbs::help;
use crate::kubectl::{Args, Env, Setting, Verb};
use crate::manifest;
use serde_json::json;

/// The address of the API server.
pub const ADDRESS: &str = "https://127.0.0.1:21443";
/// The name of the cluster and of the context.
pub const CONTEXT: &str = "oracle";
/// The user.
pub const USER: &str = "admin";
/// Where kubectl's configuration is.
const FILE: &str = "/home/admin/.kube/config";

/// `kubectl config view`.
pub const VIEW: Verb = Verb {
    name: "config view",
    flags: &[
        format::OUTPUT,
        Flag::long("flatten", Takes::Switch),
        Flag::long("merge", Takes::Switch),
        Flag::long("minify", Takes::Switch),
        Flag::long("raw", Takes::Switch),
    ],
    run: view,
};
/// `kubectl config current-context`.
pub const CURRENT: Verb = Verb {
    name: "config current-context",
    flags: &[],
    run: |env, _| {
        env.say(CONTEXT);
        Ok(())
    },
};
/// `kubectl config get-contexts`.
pub const CONTEXTS: Verb = Verb {
    name: "config get-contexts",
    flags: &[format::OUTPUT, Flag::long("no-headers", Takes::Switch)],
    run: contexts,
};
/// `kubectl config get-clusters`.
pub const CLUSTERS: Verb = Verb {
    name: "config get-clusters",
    flags: &[],
    run: |env, _| {
        env.out += &format!("NAME\n{CONTEXT}\n");
        Ok(())
    },
};
/// `kubectl config get-users`.
pub const USERS: Verb = Verb {
    name: "config get-users",
    flags: &[],
    run: |env, _| {
        env.out += &format!("NAME\n{USER}\n");
        Ok(())
    },
};
/// `kubectl config use-context`.
pub const USE: Verb = Verb { name: "config use-context", flags: &[], run: use_context };
/// `kubectl config set-context`.
pub const SET: Verb =
    Verb { name: "config set-context", flags: &[Flag::long("current", Takes::Switch)], run: set_context };

/// What the flags that choose a cluster name has to be there.
///
/// # Errors
/// It is not there.
pub fn check(args: &Args, verb: &Verb) -> Result<(), Failure> {
    if verb.name.starts_with("config ") || verb.name == "version" && args.is_on("client") {
        return Ok(());
    }
    // A verb with a flag of that name means something else by it.
    let is_own = |name: &str| verb.flags.iter().any(|flag| flag.name == name);
    let given = |name: &str| args.text(name).filter(|text| !text.is_empty() && !is_own(name));
    if let Some(path) = given("kubeconfig") {
        return Err(Failure::own(format!("stat {path}: no such file or directory")));
    }
    let profiles = ["none", "cpu", "heap", "goroutine", "threadcreate", "block", "mutex"];
    if let Some(name) = given("profile").filter(|name| !profiles.contains(name)) {
        return Err(Failure::own(format!("unknown profile '{name}'")));
    }
    let named = |flag: &str, is: &str| {
        if is_own(flag) {
            return None;
        }
        args.text(flag).filter(|name| !name.is_empty() && *name != is).map(str::to_owned)
    };
    if let Some(name) = named("context", CONTEXT) {
        return Err(Failure::AsItIs(format!(
            "Error in configuration: context was not found for specified context: {name}"
        )));
    }
    if let Some(name) = named("cluster", CONTEXT) {
        return Err(Failure::own(format!("no server found for cluster {name:?}")));
    }
    if let Some(name) = named("user", USER) {
        return Err(Failure::own(format!("auth info {name:?} does not exist")));
    }
    let is_timeout = |text: &str| text.parse::<u32>().is_ok() || is_duration(text);
    let others = ["as-group", "as-user-extra"].iter().any(|flag| !args.texts(flag).is_empty());
    Err(Failure::own(if given("request-timeout").is_some_and(|text| !is_timeout(text)) {
        "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)".to_owned()
    } else if given("username").or(given("password")).is_some() {
        format!(
            "more than one authentication method found for {USER}; found [token basicAuth], only one is allowed"
        )
    } else if given("as").is_none() && (others || given("as-uid").is_some()) {
        format!("requesting uid, groups or user-extra for {USER} without impersonating a user")
    } else {
        return Ok(());
    }))
}

fn view(env: &mut Env, args: &Args) -> Result<(), Failure> {
    if !args.positional.is_empty() {
        let text = format!("unexpected arguments: [{}]", args.positional.join(" "));
        return Err(Failure::usage("kubectl config view", &text));
    }
    let token = if args.is_on("raw") || args.is_on("flatten") { "playground" } else { "REDACTED" };
    let home = env.client.home();
    let mut told = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": CONTEXT,
        "clusters": [{ "name": CONTEXT, "cluster": { "insecure-skip-tls-verify": true, "server": ADDRESS } }],
        "contexts": [{ "name": CONTEXT, "context": { "cluster": CONTEXT, "user": USER } }],
        "users": [{ "name": USER, "user": { "token": token } }],
    });
    if !home.is_empty() {
        told["contexts"][0]["context"]["namespace"] = home.as_str().into();
    }
    match format::of(env, args)? {
        None => {
            env.out += &manifest::printed_yaml(&told);
            Ok(())
        }
        // Its fields are in an order of their own.
        Some(format::Format::Json) => {
            let home = match home.as_str() {
                "" => String::new(),
                home => format!(",\n                \"namespace\": {home:?}"),
            };
            env.out += &format!(
                r#"{{
    "kind": "Config",
    "apiVersion": "v1",
    "clusters": [
        {{
            "name": "{CONTEXT}",
            "cluster": {{
                "server": "{ADDRESS}",
                "insecure-skip-tls-verify": true
            }}
        }}
    ],
    "users": [
        {{
            "name": "{USER}",
            "user": {{
                "token": "{token}"
            }}
        }}
    ],
    "contexts": [
        {{
            "name": "{CONTEXT}",
            "context": {{
                "cluster": "{CONTEXT}",
                "user": "{USER}"{home}
            }}
        }}
    ],
    "current-context": "{CONTEXT}"
}}
"#
            );
            Ok(())
        }
        Some(format::Format::Name) => {
            env.say("config/<unknown>");
            Ok(())
        }
        Some(format) => format.print(env, args, told),
    }
}

fn contexts(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let output = args.text("output").unwrap_or_default();
    if !["", "wide", "name"].contains(&output) {
        return Err(Failure::own(format!(
            "--output {output} is not available in kubectl config get-contexts; resetting to default output format"
        )));
    }
    let unknown: Vec<&String> = args.positional.iter().filter(|name| *name != CONTEXT).collect();
    let is_shown = args.positional.is_empty() || args.positional.iter().any(|name| name == CONTEXT);
    if output == "name" {
        if is_shown {
            env.say(CONTEXT);
        }
    } else {
        let mut lines = String::new();
        if !args.is_on("no-headers") {
            lines += "CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n";
        }
        if is_shown {
            lines += &format!("*\t{CONTEXT}\t{CONTEXT}\t{USER}\t{}\n", env.client.home());
        }
        env.out += &aligned(&lines, TABLE);
    }
    Failure::of(unknown.iter().map(|name| Failure::own(format!("context {name} not found"))).collect())
}

fn use_context(env: &mut Env, args: &Args) -> Result<(), Failure> {
    match args.positional.as_slice() {
        [name] if name == CONTEXT => {
            env.say(&format!("Switched to context {name:?}."));
            Ok(())
        }
        [name] => Err(Failure::own(format!("no context exists with the name: {name:?}"))),
        words => {
            help::print(env, "config use-context")?;
            Err(Failure::own(format!("Unexpected args: [{}]", words.join(" "))))
        }
    }
}

/// From now on commands that name no namespace look there.
fn go_home(env: &mut Env, namespace: &str) {
    let home = env.client.home();
    if home != namespace {
        env.setting = Some(Setting::Home(home, namespace.into()));
    }
}

fn set_context(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let name = args.positional.first().map(String::as_str);
    match (name, args.is_on("current")) {
        (None, false) => Err(Failure::own("you must specify a non-empty context name or --current")),
        (Some(_), true) => Err(Failure::own("you cannot specify both a context name and --current")),
        (Some(CONTEXT), _) | (None, true) => {
            if let Some(namespace) = args.text("namespace") {
                go_home(env, namespace);
            }
            env.say(&format!("Context {CONTEXT:?} modified."));
            Ok(())
        }
        (Some(name), _) => Err(Failure::own(format!(
            "kubectl config cannot make the context {name:?} in {FILE}: this playground has one cluster, and one context"
        ))),
    }
}

/// The property of kubectl's configuration that can be set here.
const NAMESPACE: &str = "contexts.oracle.namespace";

/// What the commands say that change other things of kubectl's configuration, which are one and the same here: their usage
/// where their words are too few or too many, and what they cannot find.
///
/// # Errors
/// There is nothing that could be changed.
pub fn change(env: &mut Env, command: &str, words: &[String]) -> Result<(), Failure> {
    let name = words.first().map_or("", String::as_str);
    let wanted = if ["config set", "config rename-context"].contains(&command) { 2 } else { 1 };
    if words.len() != wanted {
        help::print(env, command)?;
        let all = words.join(" ");
        return Err(match command {
            "config delete-cluster" | "config delete-context" | "config delete-user" => return Ok(()),
            "config set-credentials" => Failure::own(format!("unexpected args: [{all}]")),
            _ => Failure::own(format!("Unexpected args: [{all}]")),
        });
    }
    if name == NAMESPACE && ["config set", "config unset"].contains(&command) {
        go_home(env, words.get(1).map_or("", String::as_str));
        env.say(&format!("Property {name:?} {}.", if words.len() > 1 { "set" } else { "unset" }));
        return Ok(());
    }
    let known = if command == "config delete-user" { USER } else { CONTEXT };
    let what = command.strip_prefix("config delete-").unwrap_or_default();
    Err(Failure::own(match command {
        "config rename-context" if name != CONTEXT => {
            format!("cannot rename the context {name:?}, it's not in {FILE}")
        }
        _ if !what.is_empty() && name != known => format!("cannot delete {what} {name}, not in {FILE}"),
        _ => format!("kubectl {command} is not part of this playground: it has one cluster, and one context"),
    }))
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn the_namespace_of_the_context_is_told_wherever_it_counts() {
        let mut world = cluster();
        for line in ["set-context --current --namespace=team", "set contexts.oracle.namespace team"] {
            assert!(answer(&world, &format!("kubectl config {line}")).acts(), "{line}");
        }
        world.set_home(&"team".into());
        for (line, out) in [
            (
                "get-contexts",
                "CURRENT   NAME     CLUSTER   AUTHINFO   NAMESPACE\n*         oracle   oracle    admin      team\n",
            ),
            ("view --minify -o jsonpath={..namespace}", "team"),
            ("set-context oracle", "Context \"oracle\" modified.\n"),
            ("set-context --current --namespace=team", "Context \"oracle\" modified.\n"),
        ] {
            let answer = answer(&world, &format!("kubectl config {line}"));
            assert_eq!((answer.out.as_str(), answer.acts()), (out, false), "{line}");
        }
        assert!(answer(&world, "kubectl config view -o json").out.contains("\"namespace\": \"team\"\n"));
        assert_eq!(answer(&world, "kubectl get pods").err, "No resources found in team namespace.\n");
        assert!(answer(&world, "kubectl get pods -n default").out.contains("p "));
        let unset = answer(&world, "kubectl config unset contexts.oracle.namespace");
        assert_eq!(
            (unset.out.as_str(), unset.acts()),
            ("Property \"contexts.oracle.namespace\" unset.\n", true)
        );
    }
}
