//! The formats of `-o`. Upstream: `cli-runtime/pkg/genericclioptions/{print,json_yaml,jsonpath,template}_flags.go`,
//! `kubectl/pkg/cmd/get/get_flags.go`.

use super::columns::Columns;
use super::go;
use super::gotemplate::Template;
use super::json::{json, typed};
use super::jsonpath::JsonPath;
use super::kyaml::kyaml;
use crate::kubectl::Env;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::manifest;
use serde_json::Value;

/// `-o`.
pub const OUTPUT: Flag = Flag::short("output", 'o', Takes::Text);
/// What `-o` asks for, unless it is a table or a line.
#[derive(Debug)]
pub enum Format {
    /// `kind.group/name`.
    Name,
    /// YAML.
    Yaml,
    /// YAML in braces.
    Kyaml,
    /// JSON.
    Json,
    /// `jsonpath=…`; whether the answer is JSON, and the template.
    JsonPath(JsonPath, bool, String),
    /// `custom-columns=…`.
    Columns(Columns),
    /// `go-template=…`, and the template.
    Template(Template, String),
}

/// The formats that every command knows, those of `get` too, and how `get` tells them.
const FORMATS: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml";
const FORMATS_OF_GET: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

/// There is no such format.
pub fn unknown(format: &str) -> Failure {
    unmatched(format, FORMATS)
}

fn unmatched(format: &str, formats: &str) -> Failure {
    Failure::own(format!(
        "unable to match a printer suitable for the output format {format:?}, allowed formats are: {formats}"
    ))
}

/// Which format a command was asked for; none where it prints in its own way.
///
/// # Errors
/// There is no such format, or it lacks what it needs.
pub fn of(env: &Env, args: &Args) -> Result<Option<Format>, Failure> {
    read(env, args, FORMATS)
}

/// Which format `kubectl get` was asked for; none for a table.
///
/// # Errors
/// As for [`of`].
pub fn of_get(env: &Env, args: &Args) -> Result<Option<Format>, Failure> {
    match args.text("output") {
        Some("wide") => Ok(None),
        _ => read(env, args, FORMATS_OF_GET),
    }
}

fn read(env: &Env, args: &Args, formats: &str) -> Result<Option<Format>, Failure> {
    let output = match args.text("output").unwrap_or_default() {
        "" if args.has("template") => "go-template",
        "" => return Ok(None),
        output => output,
    };
    let (name, given) = match output.split_once('=') {
        Some((name, given)) => (name, Some(given)),
        None => (output, None),
    };
    let is_of_get = formats.contains("custom-columns");
    // `--template` is what the formats without a value take.
    let given = given.or(args.text("template")).filter(|given| !given.is_empty());
    let template = || {
        given
            .map(str::to_owned)
            .ok_or_else(|| Failure::own("template format specified but no template given"))
    };
    let file = |told: &str| -> Result<String, Failure> {
        let name = template()?;
        let text = env.files.get(&name).map(|file| file.text().to_string());
        text.ok_or_else(|| {
            Failure::own(format!("error reading {told}{name}, open {name}: no such file or directory\n"))
        })
    };
    // The formats without a value are known in any letters (`JSONYamlPrintFlags`, `NamePrintFlags`).
    let plain = name.to_ascii_lowercase();
    let name = if ["json", "yaml", "kyaml", "name"].contains(&plain.as_str()) { &plain } else { name };
    Ok(Some(match (name, output.contains('=')) {
        ("json", false) => Format::Json,
        ("yaml", false) => Format::Yaml,
        ("kyaml", false) => Format::Kyaml,
        ("name", false) => Format::Name,
        ("jsonpath" | "jsonpath-as-json", _) => json_path(template()?, name == "jsonpath-as-json", args)?,
        ("jsonpath-file", _) => json_path(file("--template ")?, false, args)?,
        ("go-template" | "template", _) => go_template(template()?)?,
        ("go-template-file" | "templatefile", _) => go_template(file("--template ")?)?,
        ("custom-columns", _) if is_of_get => {
            let spec = given
                .ok_or_else(|| Failure::own("custom-columns format specified but no custom columns given"))?;
            columns(Columns::parse(spec), args)?
        }
        ("custom-columns-file", _) if is_of_get => {
            if given.is_none() {
                return Err(Failure::own("custom-columns format specified but no custom columns given"));
            }
            columns(Columns::parse_template(&file("template ")?), args)?
        }
        _ => return Err(unmatched(output, formats)),
    }))
}

fn columns(columns: Result<Columns, String>, args: &Args) -> Result<Format, Failure> {
    let mut columns = columns.map_err(Failure::own)?;
    columns.no_headers = args.is_on("no-headers");
    Ok(Format::Columns(columns))
}

fn json_path(template: String, as_json: bool, args: &Args) -> Result<Format, Failure> {
    let mut path = JsonPath::parse(&template)
        .map_err(|error| Failure::own(format!("error parsing jsonpath {template}, {error}\n")))?;
    path.allows_missing = args.text("allow-missing-template-keys") != Some("false");
    Ok(Format::JsonPath(path, as_json, template))
}

fn go_template(text: String) -> Result<Format, Failure> {
    let template = Template::parse(&text)
        .map_err(|error| Failure::own(format!("error parsing template {text}, {error}\n")))?;
    Ok(Format::Template(template, text))
}

/// An object without what is only shown when asked for.
fn without_managed(mut value: Value, args: &Args) -> Value {
    if args.is_on("show-managed-fields") {
        return value;
    }
    let drop_from = |object: &mut Value| {
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
    };
    drop_from(&mut value);
    if let Some(items) = value.get_mut("items").and_then(Value::as_array_mut) {
        items.iter_mut().for_each(drop_from);
    }
    value
}

/// `daemonset.apps/agent` of an object as JSON.
fn name_of(value: &Value) -> String {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let group = text("/apiVersion").split_once('/').map_or("", |(group, _)| group);
    let dot = if group.is_empty() { "" } else { "." };
    format!("{}{dot}{group}/{}\n", text("/kind").to_ascii_lowercase(), text("/metadata/name"))
}

/// The items of a list, or the object itself.
fn items(value: &Value) -> Vec<&Value> {
    match value.get("items").and_then(Value::as_array) {
        Some(items) if value["kind"] == "List" => items.iter().collect(),
        _ => vec![value],
    }
}

impl Format {
    /// Prints an object, or a list of them.
    ///
    /// # Errors
    /// A template asks for what the object cannot have.
    pub fn print(&self, env: &mut Env, args: &Args, value: Value) -> Result<(), Failure> {
        match self {
            Format::Name => items(&value).into_iter().for_each(|item| env.out += &name_of(item)),
            Format::Yaml => {
                // Documents that are printed one after the other are parted.
                env.out += if env.has_document { "---\n" } else { "" };
                env.has_document = true;
                env.out += &manifest::printed_yaml(&without_managed(value, args));
            }
            Format::Kyaml => env.out += &kyaml(&without_managed(value, args)),
            Format::Json => {
                let value = without_managed(value, args);
                env.out += &if env.is_typed { typed(&value) } else { json(&value) };
            }
            Format::JsonPath(path, as_json, template) => {
                let text = if *as_json { path.execute_as_json(&value) } else { path.execute(&value) };
                match text {
                    Ok(text) => env.out += &text,
                    Err(error) => {
                        let object = go::syntax(&value);
                        return Err(Failure::own(format!(
                            "error executing jsonpath {}: Error executing template: {error}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine was:\n\t\t{object}\n\n\n",
                            go::quoted(template)
                        )));
                    }
                }
            }
            Format::Columns(columns) => {
                let (text, outcome) = columns.print(&items(&value));
                env.out += &text;
                outcome.map_err(Failure::own)?;
            }
            Format::Template(template, raw) => {
                let (text, outcome) = template.execute(&value);
                env.out += &text;
                if let Err(error) = outcome {
                    let (data, object) = (go::json(&value), go::plain(&value));
                    env.out += &format!(
                        "Error executing template: {error}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{raw}\n\traw data was:\n\t\t{data}\n\tobject given to template engine was:\n\t\t{object}\n\n"
                    );
                    return Err(Failure::own(format!(
                        "error executing template {}: {error}",
                        go::quoted(raw)
                    )));
                }
            }
        }
        Ok(())
    }
}
