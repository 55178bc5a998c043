//! `kubectl explain`. The texts about fields are fetched when first asked for. Upstream: `kubectl/pkg/cmd/explain`,
//! `kubectl/pkg/explain/v2/templates/plaintext.tmpl`.

mod wrap;

use crate::kubectl::books::Book;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::kinds::{self, ApiResource, RESOURCES};
use crate::kubectl::select::warn_of_short_names;
use crate::kubectl::{Args, Env, Verb};
use std::collections::BTreeMap;
use wrap::{indented, wrapped};

/// The verb.
pub const VERB: Verb = Verb {
    name: "explain",
    flags: &[
        Flag::long("api-version", Takes::Text),
        Flag::short("output", 'o', Takes::Text),
        Flag::short("recursive", 'R', Takes::Switch),
    ],
    run,
};

/// A type that has a name.
struct Type<'a> {
    /// Its type in JSON; empty if it may be of several.
    json: &'a str,
    /// The description, as it is stored.
    about: &'a str,
    fields: Vec<Field<'a>>,
}

/// A field, with texts as they are stored.
#[derive(Clone, Copy)]
struct Field<'a> {
    name: &'a str,
    is_required: bool,
    /// `string`, `[]string`, `map:$core.v1.Pod`, …
    type_: &'a str,
    /// The values that there are, joined by commas.
    values: &'a str,
    about: &'a str,
}

impl Field<'_> {
    /// What it is about, or that nobody said it.
    fn told(&self) -> String {
        if self.about.is_empty() { "<no description>".into() } else { unescaped(self.about) }
    }
}

type Types<'a> = BTreeMap<&'a str, Type<'a>>;

fn types(text: &str) -> Types<'_> {
    let mut types = Types::new();
    let mut latest = "";
    for line in text.lines() {
        if let Some(head) = line.strip_prefix('=') {
            let mut parts = head.splitn(3, '\t');
            let mut part = || parts.next().unwrap_or_default();
            latest = part();
            types.insert(latest, Type { json: part(), about: part(), fields: Vec::new() });
            continue;
        }
        let mut parts = line.splitn(4, '\t');
        let mut part = || parts.next().unwrap_or_default();
        let (name, type_, values, about) = (part(), part(), part(), part());
        if let Some(known) = types.get_mut(latest) {
            let is_required = type_.starts_with('!');
            let type_ = type_.trim_start_matches('!');
            known.fields.push(Field { name, is_required, type_, values, about });
        }
    }
    types
}

/// A stored text with its line breaks.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.push(match letters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            }),
            letter => out.push(letter),
        }
    }
    out
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let word = match args.positional.as_slice() {
        [word] => word.clone(),
        [] => {
            return Err(Failure::own(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
            ));
        }
        _ => return Err(Failure::own("We accept only this format: explain RESOURCE\n")),
    };
    if word.starts_with('.') || word.contains("..") || word.contains('[') {
        let nodes = match word.contains('[') && args.has("api-version") {
            true => "all nodes must be field nodes",
            false => "first node must be field node",
        };
        return Err(Failure::own(format!("invalid jsonpath syntax, {nodes}")));
    }
    let (resource, path) = named(&word)?;
    warn_of_short_names(env, &[word.split('.').next().unwrap_or_default().to_owned()]);
    let version =
        args.text("api-version").filter(|version| !version.is_empty()).unwrap_or(resource.api_version);
    let output = args.text("output").unwrap_or("plaintext");
    let Some(text) = env.books.fields.clone() else {
        env.wants = Some(Book::Fields);
        return Err(Failure::Told);
    };
    let types = types(&text);
    let root = RESOURCES
        .iter()
        .find(|known| known.plural == resource.plural && known.api_version == version)
        .and_then(|known| root_of(&types, known));
    let Some(root) = root else {
        let plural = resource.plural;
        let slash = if version.contains('/') { "" } else { "/" };
        let wanted = format!("{slash}{version}, Resource={plural}");
        return Err(Failure::own(match RESOURCES.iter().any(|known| known.api_version == version) {
            true => format!("GVR ({wanted}) not found in OpenAPI schema"),
            false => format!("couldn't find resource for {wanted:?}"),
        }));
    };
    match output {
        "plaintext" => plain(&mut env.out, &types, resource, root, &path, args.is_on("recursive")),
        "plaintext-openapiv2" => {
            env.out += &old(&types, resource, root, &path, args.is_on("recursive"))?;
            Ok(())
        }
        other => Err(Failure::own(format!("unrecognized format: {other}"))),
    }
}

/// The kind and the fields that `ds.spec.template` names; a kind may be named with its group.
fn named(word: &str) -> Result<(&'static ApiResource, Vec<String>), Failure> {
    let parts: Vec<&str> = word.split('.').collect();
    let unknown = || Failure::AsItIs(format!("the server doesn't have a resource type {:?}", parts[0]));
    if parts[0].is_empty() {
        return Err(unknown());
    }
    for length in (1..=parts.len()).rev() {
        // With its group, but not with its version: that is taken for a field.
        let group = parts[1..length].join(".");
        let found = kinds::named(&parts[..length].join("."));
        if let Some(resource) = found.filter(|found| length == 1 || found.group() == group) {
            let fields = parts[length..].iter().map(|part| (*part).to_owned());
            return Ok((resource, fields.filter(|part| !part.is_empty()).collect()));
        }
    }
    Err(unknown())
}

/// The type of a kind's objects.
fn root_of<'a>(types: &Types<'a>, resource: &ApiResource) -> Option<&'a str> {
    let (group, version) = resource.api_version.rsplit_once('/').unwrap_or(("core", resource.api_version));
    let short = group.split('.').next().unwrap_or_default();
    let names = [
        format!("{short}.{version}.{}", resource.kind),
        format!("apiextensions-apiserver.pkg.apis.{short}.{version}.{}", resource.kind),
        format!("kube-aggregator.pkg.apis.{short}.{version}.{}", resource.kind),
    ];
    names.iter().find_map(|name| types.get_key_value(name.as_str()).map(|(name, _)| *name))
}

/// What a list or map holds, and what it is called before that.
fn inside(type_: &str) -> Option<(&'static str, &str)> {
    match (type_.strip_prefix("[]"), type_.strip_prefix("map:")) {
        (Some(inner), _) => Some(("[]", inner)),
        (_, Some(inner)) => Some(("map[string]", inner)),
        _ => None,
    }
}

/// The type as one reads it (`typeGuess`).
fn guess(types: &Types, type_: &str) -> String {
    if let Some((before, inner)) = inside(type_) {
        return before.to_owned() + &guess(types, inner);
    }
    match type_.strip_prefix('$') {
        Some(name) => match types.get(name).map(|known| known.json) {
            Some("" | "object") | None => name.rsplit('.').next().unwrap_or_default().to_owned(),
            Some(json) => json.to_owned(),
        },
        None if type_.is_empty() || type_ == "object" => "Object".into(),
        None => type_.to_owned(),
    }
}

/// The named type that a type leads to.
fn target<'a, 'b>(types: &'b Types<'a>, type_: &'a str) -> Option<(&'a str, &'b Type<'a>)> {
    match inside(type_) {
        Some((_, inner)) => target(types, inner),
        None => {
            let name = type_.strip_prefix('$')?;
            types.get(name).map(|known| (name, known))
        }
    }
}

/// The descriptions of a type and of what it leads to.
fn about(types: &Types, own: &str, type_: &str) -> String {
    let mut all = String::new();
    let mut tell = |text: &str| {
        if !text.is_empty() {
            all += &unescaped(text);
            all.push('\n');
        }
    };
    tell(own);
    if let Some((_, known)) = target(types, type_) {
        tell(known.about);
    }
    all
}

/// The field at the end of a path, from a type on.
fn follow<'a>(types: &Types<'a>, root: &str, path: &[String]) -> Result<Option<Field<'a>>, Failure> {
    let mut at = types.get(root);
    let mut found: Option<Field<'a>> = None;
    for name in path {
        let field = at.and_then(|type_| type_.fields.iter().find(|field| field.name == name));
        let missing = || {
            let last = path.last().map_or("", String::as_str);
            Failure::own(format!("field {last:?} does not exist"))
        };
        let field = *field.ok_or_else(missing)?;
        at = target(types, field.type_).map(|(_, known)| known);
        found = Some(field);
    }
    Ok(found)
}

/// Kind, version and group, and what is below them.
fn plain(
    out: &mut String,
    types: &Types,
    resource: &ApiResource,
    root: &str,
    path: &[String],
    is_recursive: bool,
) -> Result<(), Failure> {
    let (group, version) = resource.api_version.rsplit_once('/').unwrap_or(("", resource.api_version));
    if !group.is_empty() {
        *out += &format!("GROUP:      {group}\n");
    }
    // This much is told before a field is looked for.
    *out += &format!("KIND:       {}\nVERSION:    {version}\n\n", resource.kind);
    let field = follow(types, root, path)?;
    let root_type = format!("${root}");
    let (own, type_) = match &field {
        Some(field) => {
            *out += &format!("FIELD: {} <{}>\n", field.name, guess(types, field.type_));
            if !field.values.is_empty() {
                *out += "ENUM:";
                field.values.split(',').for_each(|value| *out += &format!("\n    {}", or_quotes(value)));
            }
            *out += "\n\n";
            (field.about, field.type_)
        }
        None => ("", root_type.as_str()),
    };
    let told = about(types, own, type_);
    let told = if told.is_empty() { "<empty>".to_owned() } else { told };
    *out += &format!("DESCRIPTION:\n{}\n", indented(&wrapped(&told, 76), 4));
    let mut fields = String::new();
    if let Some((name, known)) = target(types, type_) {
        let mut seen = vec![name];
        list(types, known, 1, is_recursive, &mut seen, &mut fields);
    }
    if !fields.is_empty() {
        *out += &format!("FIELDS:\n{fields}");
    }
    *out += "\n";
    Ok(())
}

fn or_quotes(value: &str) -> &str {
    if value.is_empty() { "\"\"" } else { value }
}

/// The fields of a type, and those below them if all are wanted.
fn list<'a>(
    types: &Types<'a>,
    known: &Type<'a>,
    level: usize,
    is_recursive: bool,
    seen: &mut Vec<&'a str>,
    out: &mut String,
) {
    const MOST: usize = 4;
    let blanks = " ".repeat(level * 2);
    for field in &known.fields {
        *out += &format!("{blanks}{}\t<{}>", field.name, guess(types, field.type_));
        *out += if field.is_required { " -required-" } else { "" };
        if !field.values.is_empty() {
            let values: Vec<&str> = field.values.split(',').map(or_quotes).collect();
            let more = if values.len() > MOST { ", ...." } else { "" };
            *out += &format!("\n{blanks}enum: {}{more}", values[..values.len().min(MOST)].join(", "));
        }
        out.push('\n');
        if is_recursive {
            if let Some((name, inner)) = target(types, field.type_).filter(|(name, _)| !seen.contains(name)) {
                seen.push(name);
                list(types, inner, level + 1, is_recursive, seen, out);
                seen.pop();
            }
            continue;
        }
        *out += &indented(&wrapped(&field.told(), 78 - level * 2), level * 2 + 2);
        *out += "\n\n";
    }
}

/// The older form (`kubectl/pkg/explain/model_printer.go`).
fn old(
    types: &Types,
    resource: &ApiResource,
    root: &str,
    path: &[String],
    is_recursive: bool,
) -> Result<String, Failure> {
    const WIDTH: usize = 80;
    let field = follow(types, root, path)?;
    let mut out = format!("KIND:     {}\nVERSION:  {}\n\n", resource.kind, resource.api_version);
    let root_type = format!("${root}");
    let (own, type_) = match &field {
        Some(field) => {
            let is_object = target(types, field.type_).is_some_and(|(_, known)| !known.fields.is_empty());
            let title = if is_object { "RESOURCE" } else { "FIELD" };
            let gap = if is_object { " " } else { "    " };
            out += &format!("{title}:{gap}{} <{}>\n\n", field.name, guess_old(types, field.type_));
            (field.about, field.type_)
        }
        None => ("", root_type.as_str()),
    };
    out += "DESCRIPTION:\n";
    let told = [about(types, own, ""), about(types, "", type_)];
    if told.iter().all(String::is_empty) {
        out += &wrap::old("<empty>", WIDTH - 5, 5);
    }
    for (index, text) in told.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        if index > 0 && field.is_some() {
            out.push('\n');
        }
        for part in text.trim_end_matches('\n').split('\n') {
            out += &wrap::old(part, WIDTH - 5, 5);
        }
    }
    if let Some((start, known)) = target(types, type_).filter(|(_, known)| !known.fields.is_empty()) {
        out += "\nFIELDS:\n";
        let mut seen = vec![start];
        old_list(types, known, 3, is_recursive, &mut seen, &mut out);
    }
    Ok(out)
}

fn guess_old(types: &Types, type_: &str) -> String {
    if let Some((before, inner)) = inside(type_) {
        return before.to_owned() + &guess_old(types, inner);
    }
    match type_.strip_prefix('$') {
        Some(name) => match types.get(name) {
            Some(known) if known.json == "object" && !known.fields.is_empty() => "Object".into(),
            Some(known) if !known.json.is_empty() && known.json != "object" => known.json.to_owned(),
            _ => "string".into(),
        },
        None => guess(types, type_),
    }
}

fn old_list<'a>(
    types: &Types<'a>,
    known: &Type<'a>,
    indent: usize,
    is_recursive: bool,
    seen: &mut Vec<&'a str>,
    out: &mut String,
) {
    const WIDTH: usize = 80;
    let blanks = " ".repeat(indent);
    for field in &known.fields {
        let required = if field.is_required && !is_recursive { " -required-" } else { "" };
        *out += &format!("{blanks}{}\t<{}>{required}\n", field.name, guess_old(types, field.type_));
        if is_recursive {
            if let Some((name, inner)) = target(types, field.type_).filter(|(name, _)| !seen.contains(name)) {
                seen.push(name);
                old_list(types, inner, indent + 3, is_recursive, seen, out);
                seen.pop();
            }
            continue;
        }
        field.told().split('\n').for_each(|part| *out += &wrap::old(part, WIDTH - indent - 2, indent + 2));
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn a_path_names_fields_only() {
        let world = cluster();
        for (line, error) in [
            ("ds.spec.containers[0].image", "first node must be field node"),
            ("pods.spec.containers[*]", "first node must be field node"),
            ("pods.spec.containers[*] --api-version=v1", "all nodes must be field nodes"),
            (".spec", "first node must be field node"),
        ] {
            let answer = answer(&world, &format!("kubectl explain {line}"));
            let told = (answer.out.as_str(), answer.err.as_str(), answer.code);
            assert_eq!(
                told,
                ("", format!("error: invalid jsonpath syntax, {error}\n").as_str(), 1),
                "{line}"
            );
        }
    }
}
