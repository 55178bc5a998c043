//! The lines that buttons and forms say.

use super::{Command, File, Files, Request, kinds};
use crate::api::{Condition, DEFAULT_NAMESPACE, Object, ObjectKey, Taint, Time};
use crate::cluster::Propagation;
use crate::kubelet::{Fault, Stage, pressure_condition};

/// The text that is applied with `kubectl apply -f`.
pub const MANIFEST: &str = "manifest.yaml";
/// The text that says which nodes there are.
pub const NODES: &str = "nodes.yaml";

/// `-n`, where it is not the namespace one is in.
fn in_namespace(key: &ObjectKey) -> Vec<String> {
    match key.namespace.as_str() {
        "" | DEFAULT_NAMESPACE => Vec::new(),
        namespace => vec!["-n".into(), namespace.into()],
    }
}

/// The kind as one types it.
fn type_of(key: &ObjectKey) -> String {
    kinds::of(&key.kind)
        .map_or_else(|| key.kind.qualified_name().to_ascii_lowercase(), |kind| kind.singular.into())
}

fn request(words: &[&str], more: impl IntoIterator<Item = String>) -> Request {
    Request::of(words.iter().map(|word| (*word).to_owned()).chain(more))
}

impl Request {
    /// `kubectl apply -f manifest.yaml`.
    pub fn apply(text: File) -> Self {
        request(&["kubectl", "apply", "-f", MANIFEST], []).with_file(MANIFEST, text)
    }

    /// `playground restore -f manifest.yaml`.
    pub fn restore(text: File) -> Self {
        request(&["playground", "restore", "-f", MANIFEST], []).with_file(MANIFEST, text)
    }

    /// `playground set nodes -f nodes.yaml`.
    pub fn set_nodes(text: File) -> Self {
        request(&["playground", "set", "nodes", "-f", NODES], []).with_file(NODES, text)
    }

    /// `playground add nodes -f -`, with the nodes in a here-document.
    pub fn add_nodes(text: &str) -> Self {
        let command = Command::of(["playground", "add", "nodes", "-f", "-"]);
        Request::new(&Command { stdin: Some(text.to_owned()), ..command }, Files::new())
    }

    /// `kubectl taint nodes`, with several changes as one types them.
    pub fn taint_nodes(nodes: Vec<String>, changes: Vec<String>) -> Self {
        request(&["kubectl", "taint", "nodes"], nodes.into_iter().chain(changes))
    }

    /// `kubectl patch` with a strategic merge patch.
    pub fn patch(key: &ObjectKey, patch: &serde_json::Value) -> Self {
        let more = in_namespace(key).into_iter().chain(["-p".to_owned(), patch.to_string()]);
        request(&["kubectl", "patch", &type_of(key), &key.name], more)
    }

    /// `kubectl delete`.
    pub fn delete(key: &ObjectKey, propagation: Propagation) -> Self {
        let cascade = match propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some("--cascade=foreground".to_owned()),
            Propagation::Orphan => Some("--cascade=orphan".to_owned()),
        };
        let more = in_namespace(key).into_iter().chain(cascade);
        request(&["kubectl", "delete", &type_of(key), &key.name], more)
    }

    /// `kubectl delete pod NAME --grace-period=0 --force`: nobody waits for the kubelet.
    pub fn force_delete(pod: &ObjectKey) -> Self {
        let more = ["--grace-period=0".to_owned(), "--force".to_owned()];
        request(&["kubectl", "delete", &type_of(pod), &pod.name], in_namespace(pod).into_iter().chain(more))
    }

    /// `kubectl label`; no value removes the label. It may replace another value only where
    /// `replaces` says so.
    pub fn label(key: &ObjectKey, label: &str, value: Option<&str>, replaces: bool) -> Self {
        let more = match value {
            Some(value) => format!("{label}={value}"),
            None => format!("{label}-"),
        };
        let overwrite = (replaces && value.is_some()).then(|| "--overwrite".to_owned());
        let more = [more].into_iter().chain(overwrite).chain(in_namespace(key));
        request(&["kubectl", "label", &type_of(key), &key.name], more)
    }

    /// `kubectl taint`, which replaces a taint of one key and effect.
    pub fn taint(node: &str, taint: &Taint) -> Self {
        request(&["kubectl", "taint", "nodes", node], [taint.to_string(), "--overwrite".to_owned()])
    }

    /// `kubectl taint` with a `-` behind it: all taints of the key, or only those of the effect.
    pub fn untaint(node: &str, key: &str, effect: &str) -> Self {
        Request::untaint_nodes(vec![node.to_owned()], key, effect)
    }

    /// The same for several nodes.
    pub fn untaint_nodes(nodes: Vec<String>, key: &str, effect: &str) -> Self {
        let colon = if effect.is_empty() { "" } else { ":" };
        Request::taint_nodes(nodes, vec![format!("{key}{colon}{effect}-")])
    }

    /// `kubectl cordon` or `kubectl uncordon`.
    pub fn cordon(node: &str, on: bool) -> Self {
        request(&["kubectl", if on { "cordon" } else { "uncordon" }, node], [])
    }

    /// Starts the kubelet of a node, or stops it.
    pub fn power(node: &str, on: bool) -> Self {
        request(&["ssh", node, "sudo", "systemctl", if on { "start" } else { "stop" }, "kubelet"], [])
    }

    /// Lets a node report one of [`super::PRESSURES`], or that it is over, as its kubelet would: `kubectl patch
    /// --subresource=status`.
    pub fn pressure(node: &str, type_: &str, on: bool, now: Time) -> Self {
        let Condition { type_, status, reason, message, .. } = pressure_condition(type_, on);
        let patch = format!(
            r#"{{"status":{{"conditions":[{{"type":"{type_}","status":"{status}","reason":"{reason}","message":"{message}","lastHeartbeatTime":"{now}","lastTransitionTime":"{now}"}}]}}}}"#
        );
        request(&["kubectl", "patch", "node", node, "--subresource=status", "-p"], [patch])
    }

    /// `kubectl rollout undo --to-revision`.
    pub fn roll_back(set: &ObjectKey, to_revision: i64) -> Self {
        let about = format!("{}/{}", type_of(set), set.name);
        let more = [about, format!("--to-revision={to_revision}")];
        request(&["kubectl", "rollout", "undo"], more.into_iter().chain(in_namespace(set)))
    }

    /// Lets the DaemonSet controller pick nodes by chance or by name.
    pub fn order(by_chance: bool) -> Self {
        request(&["playground", "set", if by_chance { "order=chance" } else { "order=name" }], [])
    }

    /// `kubectl rollout undo`.
    pub fn undo(set: &ObjectKey) -> Self {
        let more = [format!("{}/{}", type_of(set), set.name)];
        request(&["kubectl", "rollout", "undo"], more.into_iter().chain(in_namespace(set)))
    }

    /// `kubectl set image`.
    pub fn set_image(set: &ObjectKey, container: &str, image: &str) -> Self {
        let more = [format!("{}/{}", type_of(set), set.name), format!("{container}={image}")];
        request(&["kubectl", "set", "image"], more.into_iter().chain(in_namespace(set)))
    }

    /// Makes a running pod fail, as one does it on KWOK.
    pub fn fail_pod(pod: &ObjectKey) -> Self {
        Request::label(pod, Stage::PodContainerRunningFailed.label(), Some("true"), false)
    }

    /// Switches a fault of a pod's containers on or off, as one does it on KWOK; `replaces`: it was switched before.
    pub fn fault(pod: &ObjectKey, fault: Fault, on: bool, replaces: bool) -> Self {
        Request::label(pod, fault.label(), Some(if on { "true" } else { "false" }), replaces)
    }

    /// The same where kubectl is in this namespace: a button means the object that it stands at, wherever that is.
    #[must_use]
    pub fn from_home(&self, home: &str) -> Self {
        let words = self.words();
        let names_namespace = words.iter().any(|word| word == "-n");
        let kind = words.iter().skip(1).find_map(|word| kinds::named(word.split('/').next().unwrap_or(word)));
        if home == DEFAULT_NAMESPACE || names_namespace || !kind.is_some_and(|kind| kind.is_namespaced) {
            return self.clone();
        }
        let more = ["-n".to_owned(), DEFAULT_NAMESPACE.to_owned()];
        let words = words.iter().cloned().chain(more).collect();
        Request::new(&Command { words, stdin: self.stdin().map(str::to_owned) }, self.files().clone())
    }

    /// Objects as the text that a command reads.
    pub fn text_of(objects: &[Object]) -> File {
        let documents: Vec<String> = objects.iter().map(|object| object.to_json().to_string()).collect();
        File::new(documents.join("\n---\n"))
    }
}
