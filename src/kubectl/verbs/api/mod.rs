//! `kubectl api-resources` and `kubectl api-versions`. Upstream: `kubectl/pkg/cmd/apiresources`.

use crate::api::sort;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::kinds::{ApiResource, RESOURCES};
use crate::kubectl::print::format;
use crate::kubectl::print::tab::{TABLE, aligned};
use crate::kubectl::{Env, Verb};
use serde_json::{Value, json};

/// `kubectl api-resources`.
pub const RESOURCES_VERB: Verb = Verb {
    name: "api-resources",
    flags: &[
        format::OUTPUT,
        Flag::long("api-group", Takes::Text),
        Flag::long("cached", Takes::Switch),
        Flag::long("categories", Takes::Texts),
        Flag::long("namespaced", Takes::Switch),
        Flag::long("no-headers", Takes::Switch),
        Flag::long("sort-by", Takes::Text),
        Flag::long("verbs", Takes::Texts),
    ],
    run: resources,
};

/// `kubectl api-versions`.
pub const VERSIONS: Verb = Verb { name: "api-versions", flags: &[], run: versions };

/// `kubectl <command>` takes no arguments.
fn no_arguments(args: &Args, command: &str) -> Result<(), Failure> {
    if args.positional.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(
        &format!("kubectl {command}"),
        &format!("unexpected arguments: [{}]", args.positional.join(" ")),
    ))
}

/// Versions that hold nothing that is listed.
const MORE_VERSIONS: &[&str] = &["autoscaling/v1"];

fn versions(env: &mut Env, args: &Args) -> Result<(), Failure> {
    no_arguments(args, "api-versions")?;
    let mut versions: Vec<&str> =
        RESOURCES.iter().map(|resource| resource.api_version).chain(MORE_VERSIONS.iter().copied()).collect();
    sort::plain(&mut versions);
    versions.dedup();
    versions.iter().for_each(|version| env.say(version));
    Ok(())
}

fn resources(env: &mut Env, args: &Args) -> Result<(), Failure> {
    no_arguments(args, "api-resources")?;
    let output = args.text("output").unwrap_or_default();
    let by = args.text("sort-by").unwrap_or_default();
    if !["", "name", "kind"].contains(&by) {
        return Err(Failure::own("--sort-by accepts only name or kind"));
    }
    let lists = |field: &str| args.texts(field).iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
    let (verbs, categories) = (lists("verbs"), lists("categories"));
    let is_chosen = |resource: &&ApiResource| {
        args.text("api-group").is_none_or(|group| group == resource.group())
            && (!args.has("namespaced") || resource.is_namespaced == args.is_on("namespaced"))
            && verbs.iter().all(|verb| resource.verbs().contains(&verb.as_str()))
            && categories.iter().all(|category| resource.categories() == Some(category.as_str()))
    };
    let mut chosen: Vec<&ApiResource> = RESOURCES.iter().filter(is_chosen).collect();
    match by {
        "kind" => sort::by_key(&mut chosen, |resource| resource.kind),
        "name" => sort::by_key(&mut chosen, |resource| resource.plural),
        _ => sort::by_key(&mut chosen, |resource| (resource.group(), resource.plural)),
    }
    match output {
        "" | "wide" => {
            let is_wide = output == "wide";
            let mut lines = String::new();
            if !args.is_on("no-headers") {
                lines += "NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND";
                lines += if is_wide { "\tVERBS\tCATEGORIES\n" } else { "\n" };
            }
            for resource in chosen {
                let ApiResource { plural, api_version, is_namespaced, kind, .. } = resource;
                let short = resource.short.join(",");
                lines += &format!("{plural}\t{short}\t{api_version}\t{is_namespaced}\t{kind}");
                if is_wide {
                    let verbs = resource.verbs().join(",");
                    lines += &format!("\t{verbs}\t{}", resource.categories().unwrap_or_default());
                }
                lines.push('\n');
            }
            env.out += &aligned(&lines, TABLE);
        }
        "name" => chosen.iter().for_each(|resource| env.say(&resource.with_group())),
        "json" | "yaml" | "kyaml" => {
            let list = as_list(&chosen);
            if let Some(format) = format::of(env, args)? {
                format.print(env, args, list)?;
            }
        }
        other => {
            return Err(Failure::own(format!(
                "unable to match a printer suitable for the output format {other:?}, allowed formats are: json,kyaml,name,wide,yaml"
            )));
        }
    }
    Ok(())
}

/// The kinds as the API server's discovery tells them.
fn as_list(kinds: &[&ApiResource]) -> Value {
    let resources = kinds.iter().map(|kind| {
        let version = kind.api_version.rsplit('/').next().unwrap_or_default();
        let mut told = json!({
            "kind": kind.kind,
            "name": kind.plural,
            "namespaced": kind.is_namespaced,
            "singularName": kind.singular,
            "verbs": kind.verbs(),
            "version": version,
        });
        if !kind.group().is_empty() {
            told["group"] = kind.group().into();
        }
        if !kind.short.is_empty() {
            told["shortNames"] = json!(kind.short);
        }
        if let Some(category) = kind.categories() {
            told["categories"] = json!([category]);
        }
        told
    });
    let resources: Vec<Value> = resources.collect();
    json!({ "apiVersion": "v1", "groupVersion": "", "kind": "APIResourceList", "resources": resources })
}
