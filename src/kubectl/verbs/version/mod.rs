//! `kubectl version`. Upstream: `kubectl/pkg/cmd/version/version.go`.

use crate::api::sort;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::print::format;
use crate::kubectl::{Args, Env, Verb};
use crate::manifest;
use serde_json::{Value, json};

/// The verb.
pub const VERB: Verb =
    Verb { name: "version", flags: &[format::OUTPUT, Flag::long("client", Takes::Switch)], run };

/// What the API server says of itself at `/version`.
pub const SERVER: &str = r#"{
  "major": "1",
  "minor": "36",
  "emulationMajor": "1",
  "emulationMinor": "36",
  "minCompatibilityMajor": "1",
  "minCompatibilityMinor": "35",
  "gitVersion": "v1.36.2",
  "gitCommit": "98b35193b2ac7a23a673325f5e9b830ecd5ba406",
  "gitTreeState": "clean",
  "buildDate": "2026-06-15T00:00:00Z",
  "goVersion": "go1.26.5",
  "compiler": "gc",
  "platform": "linux/amd64"
}"#;

/// The version of kubectl and of the cluster, its kubelets included.
pub const VERSION: &str = "v1.36.2";
const KUSTOMIZE: &str = "v5.8.1";

/// Fields in the order in which kubectl's JSON has them.
const CLIENT: &[&str] = &[
    "major",
    "minor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];
const ALL: &[&str] = &[
    "major",
    "minor",
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    if !args.positional.is_empty() {
        return Err(Failure::own(format!("extra arguments: [{}]", args.positional.join(" "))));
    }
    let output = args.text("output").unwrap_or_default();
    if !["", "yaml", "json"].contains(&output) {
        return Err(Failure::own("--output must be 'yaml' or 'json'"));
    }
    let only_client = args.is_on("client");
    let server: Value = serde_json::from_str(SERVER).unwrap_or_default();
    let part = |fields: &[&str]| -> Vec<String> {
        fields.iter().map(|field| format!("    \"{field}\": {}", server[*field])).collect()
    };
    match output {
        "yaml" => {
            let client: serde_json::Map<String, Value> =
                sort::fields(CLIENT.iter().map(|field| ((*field).to_owned(), server[*field].clone())));
            let mut told = json!({ "clientVersion": client, "kustomizeVersion": KUSTOMIZE });
            if !only_client {
                told["serverVersion"] = server;
            }
            env.out += &manifest::printed_yaml(&told);
            env.out += "\n";
        }
        "json" => {
            let inner = |fields: &[&str]| part(fields).join(",\n");
            let server = match only_client {
                true => String::new(),
                false => format!(",\n  \"serverVersion\": {{\n{}\n  }}", inner(ALL)),
            };
            env.out += &format!(
                "{{\n  \"clientVersion\": {{\n{}\n  }},\n  \"kustomizeVersion\": \"{KUSTOMIZE}\"{server}\n}}\n",
                inner(CLIENT)
            );
        }
        _ => {
            env.say(&format!("Client Version: {VERSION}"));
            env.say(&format!("Kustomize Version: {KUSTOMIZE}"));
            if !only_client {
                env.say(&format!("Server Version: {VERSION}"));
            }
        }
    }
    Ok(())
}
