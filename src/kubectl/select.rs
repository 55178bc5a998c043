//! Which objects a command is about: by type and name, by selector, by file. Upstream:
//! `cli-runtime/pkg/resource/builder.go`.

use super::Env;
use super::failure::Failure;
use super::flags::{Args, Flag, Takes};
use super::kinds::{self, ApiResource, RESOURCES};
use super::selector::{FieldSelector, Selector};
use super::source::{self, Reading, Source};
use crate::api::{DEFAULT_NAMESPACE, Kind, Object, ObjectKey, path_segment};
use crate::cluster::ApiError;

/// `-l`.
pub const SELECTOR: Flag = Flag::short("selector", 'l', Takes::Text);
/// `--field-selector`.
pub const FIELD_SELECTOR: Flag = Flag::long("field-selector", Takes::Text);
/// `--all`.
pub const ALL: Flag = Flag::long("all", Takes::Switch);
/// `-A`.
pub const ALL_NAMESPACES: Flag = Flag::short("all-namespaces", 'A', Takes::Switch);
/// `-f`.
pub const FILENAME: Flag = Flag::short("filename", 'f', Takes::Texts);
/// `-R`.
pub const RECURSIVE: Flag = Flag::short("recursive", 'R', Takes::Switch);

/// What the objects are chosen by.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Type, names, `type/name`.
    pub words: Vec<String>,
    /// The namespace; none = all.
    pub namespace: Option<String>,
    /// The namespace was named: objects of files must be in it.
    pub is_enforced: bool,
    /// Label selector; an empty one selects all of the types.
    pub selector: Option<String>,
    /// Field selector.
    pub fields: Option<String>,
    /// All objects of the types (`--all`).
    pub is_all: bool,
    /// A type alone stands for all objects of it.
    pub type_is_enough: bool,
    /// Texts to read objects from.
    pub files: Vec<String>,
    /// The objects of files are fetched.
    pub is_latest: bool,
    /// Nobody is asked (`--local`): the objects of files are in no namespace but the one that they name.
    pub is_local: bool,
    /// What is wrong with a document is told without `error:` before it, as one of several things.
    pub is_gathered: bool,
}

impl Query {
    /// What the usual flags and words say.
    pub fn of(args: &Args, words: &[String]) -> Self {
        let is_all = args.is_on("all-namespaces");
        let text = |flag: &str| args.text(flag).filter(|text| !text.trim().is_empty()).map(str::to_owned);
        Query {
            words: words.to_vec(),
            namespace: (!is_all).then(|| args.namespace().0.to_owned()),
            is_enforced: args.namespace().1,
            selector: text("selector"),
            fields: text("field-selector"),
            files: args.texts("filename").to_vec(),
            is_latest: true,
            ..Default::default()
        }
    }

    /// A type alone stands for all objects of it.
    pub fn with_type_enough(self, enough: bool) -> Self {
        Query { type_is_enough: enough, ..self }
    }

    /// Everything of the types (`--all`).
    pub fn with_all(self, all: bool) -> Self {
        Query { is_all: all, ..self }
    }
}

/// An object that was chosen.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its kind; none for one that has no names here.
    pub resource: Option<&'static ApiResource>,
    /// Its key.
    pub key: ObjectKey,
    /// The object, or why there is none.
    pub object: Result<Object, Failure>,
    /// The file that named it.
    pub file: Option<String>,
}

impl Target {
    /// What stands in a text and cannot be read: it has no name.
    fn unread(failure: Failure, file: &str) -> Self {
        let key = ObjectKey::new(Kind::of("", ""), "", "");
        Target { resource: None, key, object: Err(failure), file: Some(file.to_owned()) }
    }

    /// Why it cannot be read, where that is so: then its key says nothing.
    pub fn why_unread(&self) -> Option<&Failure> {
        self.object.as_ref().err().filter(|_| self.key.kind.name().is_empty())
    }

    /// `daemonsets/agent`, as warnings name it (`Info.ObjectName`).
    pub fn plural_name(&self) -> String {
        let plural =
            self.resource.map_or_else(|| self.key.kind.resource(), |resource| resource.plural.to_owned());
        format!("{plural}/{}", self.key.name)
    }
}

impl Found {
    /// Why what stands in the texts and cannot be read is so.
    pub fn unread(&self) -> Vec<Failure> {
        self.targets.iter().filter_map(|target| target.why_unread().cloned()).collect()
    }

    /// Whether an object was among those that were asked for.
    pub fn is_about(&self, key: &ObjectKey) -> bool {
        self.targets.iter().any(|target| target.key == *key)
    }
}

/// What a query finds.
#[derive(Clone, Debug)]
pub struct Found {
    /// The objects.
    pub targets: Vec<Target>,
    /// The kinds that were asked for.
    pub kinds: Vec<&'static ApiResource>,
    /// Whether the command names one object alone, or one file (`singleItemImplied`).
    pub is_single: bool,
    /// Whether the objects were listed and not named.
    pub is_listed: bool,
}

const TYPE_TWICE: &str = "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'";

pub(super) const MISSING: &str = "You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'";

const MISSING_FILE: &str = "you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'";

/// The kind that a word names.
///
/// # Errors
/// There is none.
pub fn kind(word: &str) -> Result<&'static ApiResource, Failure> {
    let name = word.split('.').next().unwrap_or(word);
    kinds::named(word)
        .ok_or_else(|| Failure::own(format!("the server doesn't have a resource type {name:?}")))
}

/// A short name that two kinds have means the one of the core, and kubectl says so (`shortcutExpander`).
pub fn warn_of_short_names(env: &mut Env, words: &[String]) {
    let mut types = words.iter().flat_map(|word| word.split('/').next().unwrap_or_default().split(','));
    if types.any(|type_| type_ == "ev") {
        env.warn("short name \"ev\" could also match lower priority resource events.events.k8s.io");
    }
}

/// `a,b,c` without what is there twice, and `all` spelt out.
pub fn types(word: &str) -> Vec<String> {
    let mut types: Vec<String> = Vec::new();
    for part in word.split(',') {
        let names: Vec<String> = match part {
            "all" => RESOURCES.iter().filter(|kind| kind.in_all).map(ApiResource::with_group).collect(),
            part => vec![part.to_owned()],
        };
        names.into_iter().for_each(|name| {
            if !types.contains(&name) {
                types.push(name);
            }
        });
    }
    types
}

/// Finds the objects of a query.
///
/// # Errors
/// The words make no sense together, or there is no such type.
pub fn find(env: &mut Env, query: &Query) -> Result<Found, Failure> {
    if query.is_all && (query.selector.is_some() || query.fields.is_some()) {
        return Err(Failure::own("setting 'all' parameter but found a non empty selector. "));
    }
    let words = several_types(&query.words);
    let slashes = words.iter().filter(|word| word.contains('/')).count();
    if slashes > 0 && slashes != words.len() {
        return Err(Failure::own(TYPE_TWICE));
    }
    let named = if slashes > 0 { words.as_slice() } else { words.get(..1).unwrap_or_default() };
    warn_of_short_names(env, named);
    let mut pairs = Vec::new();
    if slashes > 0 {
        for word in &words {
            pairs.push(pair(word)?);
        }
    }
    let (first, names) = match words.split_first() {
        Some((first, names)) if slashes == 0 => (Some(first.as_str()), names),
        _ => (None, &[][..]),
    };
    let is_everything = query.type_is_enough && names.is_empty() && query.fields.is_none();
    let selector = match &query.selector {
        None if query.is_all || first.is_some() && is_everything => Some(String::new()),
        selector => selector.clone(),
    };
    if !query.files.is_empty() {
        source::names(env, &query.files)?;
        if first.is_some() || !pairs.is_empty() {
            let what = if names.is_empty() && pairs.is_empty() {
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"
            } else {
                "name cannot be provided when a path is specified"
            };
            return Err(Failure::own(what));
        }
        return by_files(env, query);
    }
    if selector.is_some() || query.fields.is_some() {
        let refusal = if !names.is_empty() {
            "name cannot be provided when a selector is specified"
        } else if !pairs.is_empty() {
            "selectors and the all flag cannot be used when passing resource/name arguments"
        } else if first.is_none() {
            "at least one resource must be specified to use a selector"
        } else {
            return by_selector(env, query, first.unwrap_or_default(), &selector.unwrap_or_default());
        };
        return Err(Failure::own(refusal));
    }
    if let Some(first) = first {
        if names.is_empty() {
            types(first).iter().try_for_each(|name| kind(name).map(drop))?;
            return Err(Failure::own("resource(s) were provided, but no name was specified"));
        }
        if first == "all" {
            return Err(Failure::own("you must specify only one resource"));
        }
        let kind = kind(first)?;
        pairs = names.iter().map(|name| (kind, name.clone())).collect();
    }
    if pairs.is_empty() {
        return Err(Failure::own(if query.is_local { MISSING_FILE } else { MISSING }));
    }
    by_name(env, query, &pairs)
}

/// `a,b c` is `a/c b/c`.
fn several_types(words: &[String]) -> Vec<String> {
    match words.split_first() {
        Some((first, names)) if !names.is_empty() && first.contains(',') => {
            let types = types(first);
            types.iter().flat_map(|type_| names.iter().map(move |name| format!("{type_}/{name}"))).collect()
        }
        _ => words.to_vec(),
    }
}

/// `type/name`.
fn pair(word: &str) -> Result<(&'static ApiResource, String), Failure> {
    let parts: Vec<&str> = word.split('/').collect();
    match parts.as_slice() {
        [type_, name] if !type_.is_empty() && !name.is_empty() && !type_.contains(',') => {
            Ok((kind(type_)?, (*name).to_owned()))
        }
        [_, _] => Err(Failure::own("arguments in resource/name form must have a single resource and name")),
        _ => Err(Failure::own("arguments in resource/name form may not have more than one slash")),
    }
}

fn by_name(env: &Env, query: &Query, pairs: &[(&'static ApiResource, String)]) -> Result<Found, Failure> {
    let mut targets = Vec::new();
    for (resource, name) in pairs {
        let namespace = match &query.namespace {
            Some(namespace) => namespace.as_str(),
            None if resource.is_namespaced => {
                return Err(Failure::own("a resource cannot be retrieved by name across all namespaces"));
            }
            None => "",
        };
        let key = ObjectKey::new(resource.kind(), namespace, name);
        let object = match unnameable(name) {
            Some(why) => Err(Failure::Own(why)),
            None => fetched(env, &key),
        };
        targets.push(Target { resource: Some(resource), key, object, file: None });
    }
    let mut kinds: Vec<&'static ApiResource> = Vec::new();
    for (resource, _) in pairs {
        if !kinds.iter().any(|known| known.plural == resource.plural) {
            kinds.push(resource);
        }
    }
    Ok(Found { is_single: targets.len() == 1, is_listed: false, targets, kinds })
}

/// Why nothing of this name can be asked for: it is a part of an address (`rest.Request.Name`).
pub fn unnameable(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("resource name may not be empty".into());
    }
    let wrong = path_segment(name, false);
    (!wrong.is_empty()).then(|| format!("invalid resource name {name:?}: [{}]", wrong.join(" ")))
}

/// The object of a name. Where it is not there, a namespace that is not there either is the reason (`Info.Get`).
fn fetched(env: &Env, key: &ObjectKey) -> Result<Object, Failure> {
    env.client.get(key).map_err(|error| {
        let is_looked_for = !key.namespace.is_empty() && key.namespace != DEFAULT_NAMESPACE;
        let namespace = ObjectKey::new(Kind::Namespace, "", &key.namespace);
        match (&error, env.client.get(&namespace)) {
            (ApiError::NotFound(_), Err(missing)) if is_looked_for => missing.into(),
            _ => error.into(),
        }
    })
}

fn by_selector(env: &Env, query: &Query, first: &str, selector: &str) -> Result<Found, Failure> {
    let mut resources: Vec<&'static ApiResource> = Vec::new();
    for name in types(first) {
        let resource = kind(&name)?;
        if !resources.iter().any(|known| known.plural == resource.plural) {
            resources.push(resource);
        }
    }
    let told = query.fields.as_deref().unwrap_or_default();
    // The API server reads them, and says so.
    let refused = |resource: Option<&&ApiResource>, failure: Failure| {
        let mapping = resource.map_or_else(String::new, |resource| resource.mapping());
        Failure::Status(
            Some("BadRequest"),
            format!(
                "Unable to find {mapping:?} that match label selector {selector:?}, field selector {told:?}: {}",
                failure.message()
            ),
        )
    };
    let first = resources.first();
    let labels = Selector::parse(selector).map_err(|failure| refused(first, failure))?;
    let fields = FieldSelector::parse(told).map_err(|failure| refused(first, failure))?;
    let mut targets = Vec::new();
    for resource in &resources {
        fields.check(&resource.kind()).map_err(|failure| refused(Some(resource), failure))?;
        for object in env.client.list(resource, query.namespace.as_deref()) {
            let has_labels = labels.matches(&object.metadata().labels);
            if has_labels && fields.matches(&object) {
                targets.push(Target {
                    resource: Some(resource),
                    key: object.key(),
                    object: Ok(object),
                    file: None,
                });
            }
        }
    }
    Ok(Found { targets, is_single: false, is_listed: true, kinds: resources })
}

fn by_files(env: &mut Env, query: &Query) -> Result<Found, Failure> {
    let mut targets = Vec::new();
    for file in &source::names(env, &query.files)? {
        let namespace = match query.is_local {
            true => "",
            false => query.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE),
        };
        let reading = Reading { namespace, is_enforced: query.is_enforced, is_validated: false };
        for document in source::read(env, file, &reading)? {
            let Source { key, decoded, source, .. } = match document {
                Ok(document) => document,
                Err(failure) => {
                    // What cannot be read does not keep the others of the text from being worked on.
                    let failure = match failure {
                        Failure::Own(text) if query.is_gathered => Failure::AsItIs(text),
                        failure => failure,
                    };
                    targets.push(Target::unread(failure, file));
                    continue;
                }
            };
            let object = if let Some(why) = unnameable(&key.name).filter(|_| !key.name.is_empty()) {
                Err(if query.is_gathered { Failure::AsItIs(why) } else { Failure::Own(why) })
            } else if query.is_latest {
                fetched(env, &key)
            } else {
                decoded.map(|decoded| decoded.object).map_err(Failure::own)
            };
            targets.push(Target { resource: kinds::of(&key.kind), key, object, file: Some(source) });
        }
    }
    let kinds = targets.iter().filter_map(|target: &Target| target.resource).collect();
    // One file implies one object, whatever is in it; the standard input and a folder do not (`visitByPaths`).
    let is_single = query.files.len() == 1 && !["-", ".", "./"].contains(&query.files[0].as_str());
    Ok(Found { is_single, is_listed: false, targets, kinds })
}

/// Does something with each object and goes on after a failure, as `ContinueOnError` does.
///
/// # Errors
/// What failed.
pub fn each(
    env: &mut Env,
    targets: &[Target],
    mut work: impl FnMut(&mut Env, &Target, &Object) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut failures = Vec::new();
    for target in targets {
        let outcome = match &target.object {
            Ok(object) => work(env, target, object),
            Err(failure) => Err(failure.clone()),
        };
        failures.extend(outcome.err());
    }
    Failure::of(failures)
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer_with, cluster};

    #[test]
    fn a_document_of_a_kind_that_nobody_serves_keeps_no_other_from_being_worked_on() {
        let world = cluster();
        let text = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\n---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: sm}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";
        let unknown = "resource mapping not found for name: \"sm\" namespace: \"\" from \"m.yaml\": no matches for kind \"ServiceMonitor\" in version \"monitoring.coreos.com/v1\"\nensure CRDs are installed first\n";
        let lines: [(&str, &[&str], usize); 7] = [
            ("delete", &["daemonset.apps \"agent\" deleted", "pod \"p\" deleted"], 2),
            ("label a=b", &["daemonset.apps/agent labeled", "pod/p labeled"], 2),
            ("get", &["daemonset.apps/agent", "pod/p"], 0),
            ("describe", &["Name:           agent", "Name:             p"], 0),
            // What is printed whole is one object of one file, or nothing.
            ("get -o name", &[], 0),
            ("get -w", &[], 0),
            ("delete -i", &[], 0),
        ];
        for (line, said, writes) in lines {
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            let answer =
                answer_with(&world, &format!("kubectl {verb} -f m.yaml {rest}"), &[("m.yaml", text)]);
            assert!(said.iter().all(|part| answer.out.contains(part)), "{line}: {answer:?}");
            assert!(!said.is_empty() || answer.out.is_empty(), "{line}: {answer:?}");
            assert!(answer.err.ends_with(unknown) && answer.code == 1, "{line}: {answer:?}");
            assert_eq!(answer.writes.len(), writes, "{line}");
        }
    }
}
