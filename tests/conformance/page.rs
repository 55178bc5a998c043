//! Writes the page that says how far the answers can be trusted: `conformance.html`, from what was just run.

use playground::api::base64;
use playground::manifest::value_to_yaml;
use playground::session::Link;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What each family is about.
const ABOUT: &[(&str, &str)] = &[
    (
        "affinity",
        "Whether a node matches the node affinity and the node selector of a pod, and how it is preferred.",
    ),
    (
        "cluster",
        "Whole clusters, recorded while commands were given: what kubectl answered, and which objects there were then.",
    ),
    ("daemon_pod", "The pod that the DaemonSet controller makes for a node from the template."),
    ("drain", "kubectl drain: which pods go, which stay, and every line it prints."),
    ("eligibility", "Whether a DaemonSet should run a pod on a node, and whether one that runs may stay."),
    ("eviction", "When a NoExecute taint evicts a pod."),
    ("kubectl", "What kubectl prints: tables, descriptions, errors, letter by letter."),
    ("kubectl-live", "kubectl against an API server, command after command."),
    ("preempt", "Which pods the scheduler evicts for a pod of higher priority, and where."),
    ("quantity", "Amounts such as 1.5Gi: what they are worth and how they are written."),
    ("requests", "What a pod requests in all, as the scheduler counts it."),
    ("rollout", "A DaemonSet's update, look after look: which pods are deleted and created, and the status."),
    ("schedule", "One attempt to schedule a pod: each node's verdict, the scores, and the message."),
    ("sequence", "Pods scheduled one after the other, each on what the ones before left."),
    ("tolerates", "Which tolerations tolerate which taints."),
    ("validation", "What the API server fills in, warns of and refuses, with its words."),
];

/// So many cases of a family are given as links.
const LINKED: usize = 3;

/// How the cases of a family went.
pub struct Ran {
    pub name: String,
    pub total: usize,
    pub passed: usize,
    /// Its cases.
    pub cases: Vec<Value>,
}

/// What is wrong with this file's own list of families.
pub fn complaints<'f>(families: impl Iterator<Item = &'f str>) -> Vec<String> {
    let untold = families.filter(|name| !ABOUT.iter().any(|(told, _)| told == name));
    untold.map(|name| format!("{name} is not told of in page.rs: add a line to ABOUT")).collect()
}

/// Writes the page where the build of the site finds it; an equal one stays as it is, so that nothing is built anew.
pub fn write(ran: &[Ran], gaps: &[(String, String)]) -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let html = page(ran, gaps);
    std::fs::create_dir_all(root.join("target"))?;
    let file = root.join("target/conformance.html");
    match std::fs::read_to_string(&file) {
        Ok(before) if before == html => Ok(()),
        _ => std::fs::write(file, html),
    }
}

fn page(ran: &[Ran], gaps: &[(String, String)]) -> String {
    let (passed, total): (usize, usize) =
        ran.iter().fold((0, 0), |(passed, total), of| (passed + of.passed, total + of.total));
    let rows: String = ran.iter().map(row).collect();
    let gaps: String = match gaps {
        [] => "<p>None.</p>\n".into(),
        gaps => {
            let gap = |(case, why): &(String, String)| {
                format!("<dt><code>{}</code></dt><dd>{}</dd>\n", escaped(case), escaped(why))
            };
            format!("<dl>\n{}</dl>\n", gaps.iter().map(gap).collect::<String>())
        }
    };
    let (commit, date) = (git("%h"), git("%cs"));
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>How far DaemonSet Playground behaves like Kubernetes 1.36</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="help/help.css">
</head>
<body>
<main>
<h1>How far DaemonSet Playground behaves like Kubernetes 1.36</h1>
<p><a href="./">Back to the playground</a></p>
<p>The cases below were recorded by running the code of Kubernetes v1.36.2 itself. The playground has to give the same answers, to the letter. Of {total} cases, <strong>{passed} agree</strong>.</p>
<p>Version of the playground: {version}, commit <code>{commit}</code> of {date}. This page was written by the test run itself.</p>
<h2>Families of cases</h2>
<table>
<thead><tr><th scope="col">Family</th><th scope="col">Agree</th><th scope="col">Cases</th><th scope="col">What it is about</th><th scope="col">Open some of them in the playground</th></tr></thead>
<tbody>
{rows}</tbody>
</table>
<h2>Known gaps</h2>
<p>Cases in which the playground is known to differ, or in which the recording cannot be met, with the reason.</p>
{gaps}<h2>Run it yourself</h2>
<p>In a copy of the project:</p>
<pre><code>make conformance
make conformance VECTORS=folder</code></pre>
<p>The second form takes cases of your own: a file <code>family.jsonl</code> for each family, with one case a line.</p>
</main>
</body>
</html>
"#,
        version = env!("CARGO_PKG_VERSION"),
    )
}

fn row(ran: &Ran) -> String {
    let about = ABOUT.iter().find(|(name, _)| *name == ran.name).map_or("", |(_, about)| about);
    let shown: Vec<(&str, String)> =
        ran.cases.iter().filter_map(|case| Some((case["name"].as_str()?, link(&ran.name, case)?))).collect();
    let every = shown.len().div_ceil(LINKED).max(1);
    let links: String = shown
        .iter()
        .step_by(every)
        .map(|(name, link)| format!("<p><a href=\"./#2p.{link}\">{}</a></p>", escaped(name)))
        .collect();
    let links = if links.is_empty() { "There is no cluster to show for it.".into() } else { links };
    format!(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{about}</td><td>{links}</td></tr>\n",
        escaped(&ran.name),
        ran.passed,
        ran.total
    )
}

/// A case as a cluster with what is to be applied to it, as the fragment of a link; none where it is no cluster.
fn link(family: &str, case: &Value) -> Option<String> {
    let input = case.get("input").unwrap_or(case);
    let list = |name: &str| input[name].as_array().cloned().unwrap_or_default();
    let (api, there, applied) = match family {
        "schedule" | "preempt" => ("v1", [list("nodes"), list("pods")].concat(), vec![input["pod"].clone()]),
        "sequence" => ("v1", [list("nodes"), list("pods")].concat(), list("queue")),
        "eligibility" => ("v1", vec![input["node"].clone()], vec![input["daemonset"].clone()]),
        "rollout" => ("v1", list("nodes"), vec![input["daemonset"].clone()]),
        "cluster" => {
            let said = input["steps"].as_array()?.iter().find_map(|step| step["do"]["stdin"].as_str())?;
            return Some(packed(said, &texts("v1", &list("nodes"))));
        }
        "validation" => {
            return input["object"]["kind"].as_str().map(|_| packed(&value_to_yaml(&input["object"]), ""));
        }
        _ => return None,
    };
    if there.is_empty() || there.iter().chain(&applied).any(|object| !object.is_object()) {
        return None;
    }
    Some(packed(&texts(api, &applied), &texts(api, &there)))
}

/// Objects as YAML; the recordings leave out what kind they are where the place says it.
fn texts(api: &str, objects: &[Value]) -> String {
    let text = |object: &Value| {
        let mut object = object.clone();
        let kind =
            if object["status"].get("allocatable").is_some() || object["spec"].get("containers").is_none() {
                "Node"
            } else {
                "Pod"
            };
        for (name, value) in [("kind", kind), ("apiVersion", api)] {
            if object.get(name).is_none() {
                object[name] = json!(value);
            }
        }
        value_to_yaml(&object)
    };
    objects.iter().map(text).collect::<Vec<_>>().join("---\n")
}

fn packed(manifest: &str, nodes: &str) -> String {
    base64url(Link::of_texts(manifest, nodes).text().as_bytes())
}

fn base64url(bytes: &[u8]) -> String {
    base64::encoded(bytes).replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
}

/// Something of the commit that was run; the sources may come without their history.
fn git(format: &str) -> String {
    let folder = env!("CARGO_MANIFEST_DIR");
    let told = Command::new("git").args(["-C", folder, "log", "-1", &format!("--format={format}")]).output();
    let told =
        told.ok().filter(|told| told.status.success()).and_then(|told| String::from_utf8(told.stdout).ok());
    told.map(|told| told.trim().to_owned())
        .filter(|told| !told.is_empty())
        .unwrap_or_else(|| "unknown".into())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
