//! Secrets that are made of flags. Upstream: `kubectl/pkg/cmd/create/create_secret{,_docker,_tls}.go`.

use super::generators::{HASH, KEY, is_key, pairs};
use super::{hash, made, name};
use crate::api::base64;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::{DRY_RUN, Env, Verb, source};
use serde_json::{Map, json};

const FILE: Flag = Flag::long("from-file", Takes::Texts);

/// The verb `create secret generic`.
pub const GENERIC: Verb = Verb {
    name: "create secret generic",
    flags: making![
        FILE,
        HASH,
        Flag::long("from-literal", Takes::List),
        Flag::long("from-env-file", Takes::Texts),
        Flag::long("type", Takes::Text)
    ],
    run: |env, args| {
        let name = name(args, "create secret generic")?;
        let pairs = pairs(env, args)?;
        secret(env, args, &name, args.text("type").unwrap_or_default(), pairs)
    },
};

/// The verb `create secret docker-registry`.
pub const DOCKER_REGISTRY: Verb = Verb {
    name: "create secret docker-registry",
    flags: making![
        FILE,
        HASH,
        Flag::long("docker-username", Takes::Text),
        Flag::long("docker-password", Takes::Text),
        Flag::long("docker-email", Takes::Text),
        Flag::long("docker-server", Takes::Text)
    ],
    run: docker_registry,
};

/// The verb `create secret tls`: nothing here reads certificates.
pub const TLS: Verb = Verb {
    name: "create secret tls",
    flags: making![HASH, Flag::long("cert", Takes::Text), Flag::long("key", Takes::Text)],
    run: |env, args| {
        name(args, "create secret tls")?;
        let files = ["cert", "key"].map(|flag| args.text(flag).unwrap_or_default());
        if files.contains(&"") {
            return Err(Failure::own("key and cert must be specified"));
        }
        if let Some(file) = files.iter().find(|file| !env.files.contains_key(**file)) {
            return Err(Failure::own(format!(
                "Cannot read file {file}, open {file}: no such file or directory"
            )));
        }
        Err(Failure::own("tls: failed to find any PEM data in certificate input"))
    },
};

fn docker_registry(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let name = name(args, "create secret docker-registry")?;
    let text = |flag: &str| args.text(flag).unwrap_or_default();
    let server = args.text("docker-server").unwrap_or("https://index.docker.io/v1/");
    let (user, password) = (text("docker-username"), text("docker-password"));
    let mut data = pairs(env, args)?;
    if data.is_empty() {
        if [server, user, password].contains(&"") {
            return Err(Failure::own(
                "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
            ));
        }
        let of = |field: &str, text: &str| match text {
            "" => String::new(),
            text => format!("{field:?}:{},", json!(text)),
        };
        let email = of("email", text("docker-email"));
        let auth = base64::encoded(format!("{user}:{password}").as_bytes());
        let entry = of("username", user) + &of("password", password) + &email;
        let config = format!("{{\"auths\":{{{}:{{{entry}\"auth\":\"{auth}\"}}}}}}", json!(server));
        data.push((".dockerconfigjson".into(), config));
    } else {
        // A file without a name of its own is the one that the registry's clients read.
        for (source, pair) in args.texts("from-file").iter().zip(&mut data) {
            if !source.contains('=') {
                pair.0 = ".dockerconfigjson".into();
            }
        }
    }
    secret(env, args, &name, "kubernetes.io/dockerconfigjson", data)
}

fn secret(
    env: &mut Env,
    args: &Args,
    name: &str,
    type_: &str,
    pairs: Vec<(String, String)>,
) -> Result<(), Failure> {
    let mut data = Map::new();
    for (key, text) in pairs {
        if !is_key(&key) {
            return Err(Failure::own(format!("{key:?} is not valid key name for a Secret {KEY}")));
        }
        if data.insert(key.clone(), base64::encoded(text.as_bytes()).into()).is_some() {
            return Err(Failure::own(format!(
                "cannot add key {key}, another key by that name already exists"
            )));
        }
    }
    let mut secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name } });
    if args.is_on("append-hash") {
        let hash = hash::of(&json!({ "data": data, "kind": "Secret", "name": name, "type": type_ }));
        secret["metadata"]["name"] = format!("{name}-{hash}").into();
    }
    if !data.is_empty() {
        secret["data"] = data.into();
    }
    if !type_.is_empty() {
        secret["type"] = type_.into();
    }
    made(env, args, secret, "failed to create secret ", "created")
}
