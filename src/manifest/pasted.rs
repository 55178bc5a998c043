//! Texts that are no manifests but are often pasted as one, and what to paste instead.

/// What a text is, and what to paste instead of it.
pub(super) struct Pasted {
    pub what: &'static str,
    pub instead: String,
}

/// What a text is, if it is none that could be a manifest.
pub(super) fn recognize(text: &str) -> Option<Pasted> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let pasted = |what, instead: &str| Some(Pasted { what, instead: instead.into() });
    if is_table(first) {
        return Some(table(first));
    }
    if is_description(first, text) {
        let name = first.trim_start_matches("Name:").trim();
        let resource = described(text);
        let instead = format!("paste the output of kubectl get {resource} {name} -o yaml");
        return Some(Pasted {
            what: "this is the output of kubectl describe, which cannot be read back",
            instead,
        });
    }
    let lower = first.get(..first.len().min(20)).unwrap_or_default().to_ascii_lowercase();
    if ["<!doctype", "<html", "<?xml", "<head", "<body", "<svg"].iter().any(|tag| lower.starts_with(tag)) {
        return pasted(
            "this is a page of the web, not a manifest",
            "open the raw file in the browser and paste its text",
        );
    }
    if first.starts_with("```") || first.starts_with("~~~") {
        return pasted(
            "this is a piece of Markdown: its first line is a fence",
            "paste what stands between the two fences",
        );
    }
    if first.starts_with("cat <<") || first.starts_with("kubectl ") || first.starts_with("$ ") {
        return pasted(
            "this begins with a command of the shell",
            "paste the manifest alone: what stands between the command and its end",
        );
    }
    if is_log(first) {
        return pasted("this is a log", "paste a manifest, or the output of kubectl get nodes -o yaml");
    }
    if first.starts_with("Error from server") || first.starts_with("error: ") || first == "No resources found"
    {
        return pasted(
            "this is an error of kubectl",
            "paste the manifest, or the output of a command that went well, such as kubectl get nodes -o yaml",
        );
    }
    let says = |is: &dyn Fn(&str) -> bool| text.lines().take(TOP).any(|line| is(line.trim_end()));
    if says(&|line| line.starts_with("kind:")) {
        return None;
    }
    let is_service =
        |line: &str| ["image:", "build:"].iter().any(|field| line.trim_start().starts_with(field));
    if says(&|line| line == "services:") && says(&is_service) {
        return pasted(
            "this is a file of Docker Compose, which Kubernetes does not read",
            "write a manifest: the example Log collector is one, and the program kompose makes one of a Compose file",
        );
    }
    if says(&|line| line == "apiVersion: v2") {
        return pasted("this is the Chart.yaml of a Helm chart", "paste what helm template prints");
    }
    None
}

/// So many lines are looked at.
const TOP: usize = 100;

/// What to do with what is no manifest yet: a template.
pub(super) const TEMPLATE: &str =
    "{{ … }} is a placeholder of a template: fill it in first, for a Helm chart with helm template";

/// The same of a document that cannot be read at all, if it is one.
#[cold]
#[inline(never)]
pub(super) fn template(document: &str) -> Option<&'static str> {
    // In quotes it is a text like any other.
    let is_template =
        document.lines().any(|line| line.trim_start().starts_with("{{") || line.contains(": {{"));
    is_template.then_some(TEMPLATE)
}

/// Whether a line is the head of a table of `kubectl get`: column names in capitals, one of them NAME.
fn is_table(line: &str) -> bool {
    let mut columns = line.split_whitespace();
    let begins = matches!(columns.next(), Some("NAME" | "NAMESPACE" | "LAST"));
    let is_name = |column: &str| {
        let letters = column.trim_matches(['(', ')']);
        !letters.is_empty()
            && letters
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'/' | b'(' | b')'))
    };
    // From a page of the web, columns come with one space between them.
    begins && columns.clone().count() > 1 && columns.all(is_name)
}

/// The resources whose tables have a column that no other has.
fn table(head: &str) -> Pasted {
    let has = |column: &str| head.split_whitespace().any(|name| name == column);
    let resource = if has("ROLES") || has("VERSION") || has("TAINTS") {
        "nodes"
    } else if has("DESIRED") && has("NODE") {
        "daemonsets"
    } else if has("RESTARTS") {
        "pods"
    } else {
        "RESOURCE"
    };
    let all = if has("NAMESPACE") { " --all-namespaces" } else { "" };
    Pasted {
        what: "this is the table that kubectl get prints, which leaves out most of the objects",
        instead: format!("paste the output of kubectl get {resource}{all} -o yaml"),
    }
}

/// Whether a text is what `kubectl describe` prints: it begins with the name, in columns.
fn is_description(first: &str, text: &str) -> bool {
    let fields = ["Labels:", "Annotations:", "Namespace:", "CreationTimestamp:", "Selector:"];
    first.strip_prefix("Name:").is_some_and(|rest| rest.starts_with("  "))
        && text.lines().take(20).any(|line| fields.iter().any(|field| line.starts_with(field)))
}

/// The resource that `kubectl describe` tells of.
fn described(text: &str) -> &'static str {
    let has = |field: &str| text.lines().any(|line| line.starts_with(field));
    if has("Desired Number of Nodes Scheduled:") {
        "daemonset"
    } else if has("Taints:") {
        "node"
    } else if has("Containers:") {
        "pod"
    } else {
        "RESOURCE"
    }
}

/// Whether a line is one of a log: of klog (`I0102 15:04:05`), or one that begins with a time.
fn is_log(line: &str) -> bool {
    let bytes = line.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let at = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let is_klog = b"IWEF".contains(&at(0)) && digits(1..5) && at(5) == b' ' && digits(6..8) && at(8) == b':';
    let is_timed = digits(0..4)
        && at(4) == b'-'
        && digits(5..7)
        && at(7) == b'-'
        && digits(8..10)
        && matches!(at(10), b'T' | b' ')
        && digits(11..13)
        && at(13) == b':';
    is_klog || is_timed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubectl_prints_for_people_is_recognized_with_what_to_paste_instead() {
        for (text, instead) in [
            (
                "NAME   STATUS   ROLES    AGE   VERSION\nn1     Ready    <none>   1d    v1.36.0\n",
                "kubectl get nodes -o yaml",
            ),
            (
                "NAME   STATUS   ROLES    AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME\n",
                "kubectl get nodes -o yaml",
            ),
            (
                "NAMESPACE   NAME   READY   STATUS   RESTARTS   AGE\n",
                "kubectl get pods --all-namespaces -o yaml",
            ),
            (
                "NAME   DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE\n",
                "kubectl get daemonsets -o yaml",
            ),
            (
                "Name:               n1\nRoles:              <none>\nLabels:             a=b\nTaints:             <none>\n",
                "kubectl get node n1 -o yaml",
            ),
            ("\nName:         p\nNamespace:    default\nContainers:\n  c:\n", "kubectl get pod p -o yaml"),
            ("NAME STATUS ROLES AGE VERSION\nn1 Ready <none> 3d v1.36.0\n", "kubectl get nodes -o yaml"),
            ("```yaml\nkind: Pod\n```\n", "between the two fences"),
            ("<!DOCTYPE html>\n<html>", "raw file"),
            ("cat <<EOF | kubectl apply -f -\nkind: Pod\nEOF\n", "between the command and its end"),
            ("I1125 10:00:00.1 1 main.go:3] Starting\n", "kubectl get nodes -o yaml"),
            ("2026-01-01T00:00:00Z INFO started\n", "kubectl get nodes -o yaml"),
            ("Error from server (NotFound): nodes \"a\" not found\n", "went well"),
            ("version: '3'\nservices:\n  web:\n    image: nginx\n", "kompose"),
            ("apiVersion: v2\nname: agent\nversion: 0.1.0\n", "helm template"),
        ] {
            let pasted = recognize(text).expect(text);
            assert!(pasted.instead.contains(instead), "{text}: {}", pasted.instead);
        }
    }

    #[test]
    fn what_may_be_a_manifest_is_left_to_the_reader() {
        for text in [
            "",
            "name: x\nkind: Pod",
            "# NAME  STATUS\nkind: Pod",
            "NAME: x",
            "Name: x\nLabels: y",
            "just words",
            "- 2026-01-01",
            "kind: Pod\n",
            "kind: Pod\nservices: []\n",
            "apiVersion: v1\nname: agent\n",
            "services:\n  web: true\n",
        ] {
            assert!(recognize(text).is_none(), "{text}");
        }
    }
}
