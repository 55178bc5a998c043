//! What a text's problems are and where they stand.

use super::*;
use proptest::prelude::*;

/// The user's log collector, as it was written.
const NOTES: &str = include_str!("../../tests/data/notes.yaml");

fn told(text: &str) -> Vec<String> {
    let tell = |diagnostic: Diagnostic| {
        let Span { line, column, end_line, end_column } = diagnostic.span;
        let suggestion =
            diagnostic.suggestion.map(|suggestion| format!(" => {suggestion}")).unwrap_or_default();
        let to = if line == end_line { format!("{end_column}") } else { format!("{end_line}:{end_column}") };
        format!("{line}:{column}-{to} {}{suggestion}", diagnostic.message)
    };
    parse(text).diagnostics.into_iter().map(tell).collect()
}

/// The text with every fix put in.
fn mended(text: &str) -> String {
    let mut lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let mut fixes: Vec<Fix> =
        parse(text).diagnostics.into_iter().filter_map(|diagnostic| diagnostic.fix).collect();
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span));
    for Fix { replacement, span, .. } in fixes {
        let line = &mut lines[span.line as usize - 1];
        line.splice(span.column as usize - 1..span.end_column as usize - 1, replacement.chars());
    }
    lines.iter().map(|line| line.iter().collect::<String>() + "\n").collect()
}

#[test]
fn the_notes_slip_is_told_at_its_key_and_mended_by_its_fix() {
    let manifest = parse(NOTES);
    let [diagnostic] = manifest.diagnostics.as_slice() else { panic!("{:#?}", manifest.diagnostics) };
    assert_eq!(diagnostic.severity, Severity::Error);
    assert_eq!(diagnostic.path, "spec.template.spec.containers[0].resources.requests[memrory]");
    let line = NOTES.lines().position(|line| line.contains("memrory")).expect("the slip") as u32 + 1;
    assert_eq!(diagnostic.span, Span { line, column: 15, end_line: line, end_column: 22 });
    assert!(
        diagnostic
            .message
            .contains("Invalid value: \"memrory\": must be a standard resource type or fully qualified")
    );
    assert_eq!(diagnostic.suggestion.as_deref(), Some("did you mean \"memory\"?"));
    assert!(!manifest.is_applicable());
    let mended = mended(NOTES);
    assert_eq!(mended, NOTES.replace("memrory", "memory"));
    assert!(parse(&mended).diagnostics.is_empty());
}

#[test]
fn spaces_of_a_page_of_the_web_are_told_and_made_plain() {
    let notes = NOTES.replace("memrory", "memory");
    let indented = |line: &str| {
        let content = line.trim_start_matches(' ');
        format!("{}{content}\n", "\u{a0}".repeat(line.len() - content.len()))
    };
    let all: String = notes.lines().map(indented).collect();
    let one = notes.replacen("  name: ", "\u{a0} name: ", 1);
    let behind = notes.replacen("kind: DaemonSet", "kind:\u{a0}DaemonSet", 1);
    let listed = notes.replacen("- name: ", "-\u{2003}name: ", 1);
    for text in [all, one, behind, listed] {
        assert_ne!(text, notes);
        let diagnostics = parse(&text).diagnostics;
        let told =
            diagnostics.iter().find(|told| told.fix.as_ref().is_some_and(|fix| fix.label.contains("plain")));
        let told = told.unwrap_or_else(|| panic!("{diagnostics:#?}"));
        let suggestion = told.suggestion.as_deref().expect("why");
        assert!(suggestion.contains("has a space that YAML takes for a letter"), "{suggestion}");
        let fix = told.fix.as_ref().expect("a fix");
        let (first, last) = (fix.span.line as usize - 1, fix.span.end_line as usize);
        let mut lines: Vec<&str> = text.lines().collect();
        lines.splice(first..last, [fix.replacement.as_str()]);
        assert_eq!(lines.join("\n") + "\n", notes);
    }
}

#[test]
fn a_selector_that_does_not_fit_says_what_it_asks_for_and_what_the_pods_carry() {
    let set = |selector: &str, labels: &str| {
        format!(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: a}}\nspec:\n{selector}  template:\n{labels}    \
             spec:\n      containers: [{{name: c, image: d:1}}]\n"
        )
    };
    let labels = "    metadata: {labels: {app: edge, tier: net}}\n";
    for (selector, labels, wanted) in [
        ("", labels, "write selector: {matchLabels: {app: edge, tier: net}} under spec"),
        ("  selector: {}\n", labels, "write selector: {matchLabels: {app: edge, tier: net}} under spec"),
        (
            "  selector: {matchLabels: {app: edge}}\n",
            "",
            "the selector asks for app: edge, and the pods carry no labels",
        ),
        (
            "  selector: {matchLabels: {app: edg}}\n",
            labels,
            "the selector asks for app: edg, the pods carry app: edge, tier: net",
        ),
    ] {
        let told = told(&set(selector, labels));
        assert!(told.iter().any(|told| told.contains(wanted)), "{told:#?}");
    }
    let fits = told(&set("  selector: {matchLabels: {app: edge}}\n", labels));
    assert_eq!(fits, [""; 0]);
}

#[test]
fn common_mistakes_are_told_at_their_place_and_mended() {
    let set = |kind: &str, rest: &str| {
        format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  selector: {{matchLabels: {{a: b}}}}\n  \
             template:\n    metadata: {{labels: {{a: b}}}}\n    spec:\n      containers: [{{name: c, image: d:1}}]\n{rest}"
        )
    };
    for (text, expected) in [
        (
            set("Daemonset", ""),
            "2:7-16 no matches for kind \"Daemonset\" in version \"apps/v1\" => did you mean \"DaemonSet\"?",
        ),
        (
            set("DaemonSet", "").replace("apps/v1", "extensions/v1beta1"),
            "1:13-31 no matches for kind \"DaemonSet\" in version \"extensions/v1beta1\" => did you mean \"apps/v1\"?",
        ),
        (
            set("DaemonSet", "      tolerations: [{key: gpu, value: true}]\n"),
            "10:39-43 json: cannot unmarshal bool into Go struct field Toleration.spec.template.spec.tolerations.value \
             of type string => did you mean \"true\"?",
        ),
        (
            set("DaemonSet", "      tolerations: [{key: gpu, operator: Exists, effect: NoSchedul}]\n"),
            "10:58-67 spec.template.spec.tolerations[0].effect: Unsupported value: \"NoSchedul\": supported values: \
             \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\" => did you mean \"NoSchedule\"?",
        ),
        (
            set("DaemonSet", "      nodeSelctor: {a: b}\n"),
            "10:7-18 unknown field \"spec.template.spec.nodeSelctor\" => did you mean \"nodeSelector\"?",
        ),
        (
            set("DaemonSet", "      tolerations: [{key: node.kubernestes.io/not-ready, operator: Exists}]\n"),
            "10:27-56 \"node.kubernestes.io/not-ready\" is a valid key, but Kubernetes gives it no meaning => did you \
             mean \"node.kubernetes.io/not-ready\"?",
        ),
        (
            set("DaemonSet", "      tolerations:\n      - gpu=true:NoSchedule\n"),
            "11:9-28 json: cannot unmarshal string into Go struct field PodSpec.spec.template.spec.tolerations of type \
             v1.Toleration => that is how kubectl takes a taint: here its parts are fields of their own",
        ),
        (
            set("DaemonSet", "      tolerations:\n      - gpu:NoExecute\n"),
            "11:9-22 json: cannot unmarshal string into Go struct field PodSpec.spec.template.spec.tolerations of type \
             v1.Toleration => that is how kubectl takes a taint: here its parts are fields of their own",
        ),
        (
            set("DaemonSet", "      hostNetwork: 'true'\n"),
            "10:20-26 json: cannot unmarshal string into Go struct field PodSpec.spec.template.spec.hostNetwork of type \
             bool => did you mean true?",
        ),
    ] {
        assert_eq!(told(&text), [expected]);
        assert_eq!(told(&mended(&text)), Vec::<String>::new(), "{}", mended(&text));
    }
}

#[test]
fn misplaced_and_repeated_fields_say_where_they_belong() {
    let text =
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata:\n  name: a\n  name: b\nspec:\n  tolerations: []\n";
    assert_eq!(
        told(text),
        [
            "5:3-7 metadata.name is already in line 4; kubectl takes the last one and does not say so",
            "7:3-14 unknown field \"spec.tolerations\" => it belongs under spec.template.spec",
        ]
    );
}

#[test]
fn fields_that_others_have_say_whose_they_are() {
    let text = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: a}\nspec:\n  replicas: 3\n";
    let taint = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec:\n  taints: [{key: a, effect: NoSchedule, operator: Exists}]\n";
    let replicas = "5:3-11 unknown field \"spec.replicas\" => a DaemonSet has no number of pods: it runs one on each node that may run it";
    let operator =
        "5:41-49 unknown field \"spec.taints[0].operator\" => a taint has none: that is a toleration's";
    for (text, expected) in [(text, replicas), (taint, operator)] {
        assert!(told(text).iter().any(|told| told == expected), "{:?}", told(text));
    }
}

#[test]
fn every_document_is_read_and_kinds_that_are_not_simulated_are_kept() {
    let text = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\ndata: {a: b}\n---\na: [\n---\napiVersion: v1\n\
                kind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: ns}}\n\
                - {apiVersion: v1, kind: Node, metadata: {name: w}}\n";
    let manifest = parse(text);
    let names: Vec<String> =
        manifest.objects.iter().map(|located| located.object.key().to_string()).collect();
    assert_eq!(names, ["configmap/x", "namespace/ns", "node/w"]);
    let severities: Vec<_> =
        manifest.diagnostics.iter().map(|diagnostic| (diagnostic.document, diagnostic.severity)).collect();
    assert_eq!(severities, [(0, Severity::Warning), (1, Severity::Error)]);
    assert_eq!(manifest.objects[0].object.to_json()["data"]["a"], "b");
}

#[test]
fn an_object_twice_is_a_warning_that_says_what_kubectl_does() {
    let one = "{apiVersion: v1, kind: Namespace, metadata: {name: ns}}\n";
    let other = "{apiVersion: v1, kind: Namespace, metadata: {name: ns, labels: {a: b}}}\n";
    for (text, expected) in [
        (
            format!("{one}---\n{one}"),
            "3:46-50 namespace/ns is already in line 1; this one is the same, and kubectl apply reports \
             \"namespace/ns unchanged\"",
        ),
        (
            format!("{one}---\n{other}"),
            "3:46-50 namespace/ns is already in line 1; this one changes it, and kubectl apply reports \
             \"namespace/ns configured\"",
        ),
    ] {
        assert_eq!(told(&text), [expected]);
        assert!(parse(&text).is_applicable());
    }
}

/// kubectl sends the last of two equal keys, from YAML and from JSON, at any depth; the API server refuses both where it
/// gets the text as it is written.
#[test]
fn of_a_key_twice_kubectl_takes_the_last_one() {
    let node = |metadata: &str, spec: &str| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"Node\",\n\"metadata\": {metadata},\n\"spec\": {spec}}}"
        )
    };
    let name = "{\"name\": \"n\"}";
    let taints = "{\"taints\": [{\"key\": \"a\", \"effect\": \"NoSchedule\",\n \"key\": \"b\"}]}";
    let cases: &[(&str, String, &[&str], &str, Value)] = &[
        (
            "a field",
            node("{\"name\": \"m\",\n \"name\": \"n\"}", "{}"),
            &["3:2-8 metadata.name"],
            "/metadata/name",
            "n".into(),
        ),
        (
            "a key of a map",
            node("{\"name\": \"n\", \"labels\": {\"a\": \"b\",\n \"a\": \"c\"}}", "{}"),
            &["3:2-5 metadata.labels.a"],
            "/metadata/labels/a",
            "c".into(),
        ),
        (
            "in an item of a list",
            node(name, taints),
            &["4:2-7 spec.taints[0].key"],
            "/spec/taints/0/key",
            "b".into(),
        ),
        (
            "three times",
            node(
                name,
                "{\"podCIDR\": \"10.0.0.0/24\",\n \"podCIDR\": \"10.0.1.0/24\",\n \"podCIDR\": \"10.0.2.0/24\"}",
            ),
            &["4:2-11 spec.podCIDR", "5:2-11 spec.podCIDR"],
            "/spec/podCIDR",
            "10.0.2.0/24".into(),
        ),
        (
            "an earlier value that could not be read is not looked at",
            node(name, "{\"wrong\": 1},\n \"spec\": {\"unschedulable\": true}"),
            &["4:2-8 spec"],
            "/spec/unschedulable",
            true.into(),
        ),
    ];
    for (what, json, expected, pointer, value) in cases {
        let as_yaml = format!("# YAML\n{json}");
        for (text, added) in [(json, 0), (&as_yaml, 1)] {
            let manifest = parse(text);
            let found: Vec<_> = told(text);
            let expected: Vec<String> = expected
                .iter()
                .map(|place| {
                    let (place, path) = place.split_once(' ').unwrap();
                    let (line, columns) = place.split_once(':').unwrap();
                    let line: u32 = line.parse().unwrap();
                    format!(
                        "{}:{columns} {path} is already in line {}; kubectl takes the last one and does not say so",
                        line + added,
                        line + added - 1
                    )
                })
                .collect();
            assert_eq!(found, expected, "{what}: {text}");
            assert!(manifest.is_applicable(), "{what}");
            assert_eq!(manifest.objects[0].object.to_json().pointer(pointer), Some(value), "{what}");
        }
        let path = expected[0].split_once(' ').unwrap().1;
        let refused = decode_strictly(json).map(|_| ()).unwrap_err();
        assert!(refused.contains(&format!("duplicate field {path:?}")), "{what}: {refused}");
    }
    // What a merge brings may be written again.
    let merged =
        "apiVersion: v1\nkind: Node\nmetadata: {name: n1, annotations: &a {x: v}, labels: {<<: *a, x: w}}\n";
    assert!(told(merged).is_empty());
}

#[test]
fn items_of_a_typed_list_are_of_its_kind() {
    let text = "{\"kind\": \"NodeList\", \"apiVersion\": \"v1\", \"items\": [\n {\"metadata\": {\"name\": \"n1\"}},\n \
                {\"metadata\": {\"name\": \"n2\"}, \"spec\": {\"unschedulable\": true}}]}";
    let manifest = parse(text);
    assert_eq!(manifest.diagnostics, []);
    let names: Vec<String> =
        manifest.objects.iter().map(|located| located.object.key().to_string()).collect();
    assert_eq!(names, ["node/n1", "node/n2"]);
    assert_eq!(manifest.objects[1].diagnose_whole("x".into()).span.line, 3);
    for (text, expected) in [
        ("kind: List\napiVersion: v1\nitems:\n- metadata: {name: n1}\n", "4:3-11 Object 'Kind' is missing"),
        (
            "kind: NodeList\napiVersion: v1\nitems:\n- apiVersion: v1\n  metadata: {name: n1}\n",
            "4:3-13 Object 'Kind' is missing",
        ),
    ] {
        assert_eq!(told(text), [expected]);
    }
}

#[test]
fn kinds_and_versions_that_cannot_be_are_refused() {
    for (text, expected) in [
        (
            "apiVersion: v1\nkind: a/b\nmetadata: {name: x}",
            "2:1-5 no matches for kind \"a/b\" in version \"v1\"",
        ),
        ("apiVersion: a/b/c\nkind: D\nmetadata: {name: x}", "1:1-11 unexpected GroupVersion string: a/b/c"),
    ] {
        assert_eq!(told(text), [expected]);
    }
}

#[test]
fn what_stands_behind_the_end_of_a_document_is_told() {
    let text = " apiVersion: v1\n kind: Node\n metadata: {name: n1}\nspec: {}\n";
    let [warning] = &told(text)[..] else { panic!("one warning") };
    assert!(warning.starts_with("4:1-") && warning.contains("kubectl ignores the rest"), "{warning}");
    assert!(parse(text).is_applicable());
}

#[test]
fn what_was_pasted_by_mistake_is_told_once_with_what_to_paste() {
    let text = "NAME   STATUS   ROLES    AGE   VERSION\nn1     Ready    <none>   1d    v1.36.0\nn2: x\n";
    assert_eq!(
        told(text),
        [
            "1:1-2 this is the table that kubectl get prints, which leaves out most of the objects => paste the output of \
             kubectl get nodes -o yaml"
        ]
    );
}

#[test]
fn a_template_of_a_chart_is_told_as_one() {
    for text in
        ["{{- if .Values.x }}\nkind: Pod\n{{- end }}\n", "kind: {{ .Values.kind }}\nmetadata: {name: a}\n"]
    {
        let told = told(text);
        assert!(
            told[0]
                .ends_with(" => {{ … }} is a placeholder of a template: fill it in first, for a Helm chart with helm template"),
            "{told:?}"
        );
    }
}

#[test]
fn texts_that_are_no_objects_are_told_so() {
    for (text, expected) in [
        (
            "just words",
            "1:1-11 an object is expected here: fields such as apiVersion, kind, metadata and spec",
        ),
        ("metadata: {name: a}", "1:1-9 Object 'Kind' is missing"),
        ("kind: Pod", "1:1-5 Object 'apiVersion' is missing"),
    ] {
        assert_eq!(told(text), [expected]);
    }
    assert!(told("").is_empty());
    assert!(told("# only a comment\n---\n").is_empty());
}

#[test]
fn a_huge_text_is_refused_at_once() {
    let text = "a: b\n".repeat(tree::MAX_BYTES / 5 + 1);
    let [diagnostic] = &told(&text)[..] else { panic!("one") };
    assert!(
        diagnostic.starts_with("1:1-2 the text has 21 MB and was not read: the limit is 20 MB"),
        "{diagnostic}"
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\PC|[-:{}\\[\\]&*!|>'\"%@#,\n\t ]){0,200}") {
        parse(&text);
    }

    #[test]
    fn no_change_of_a_manifest_makes_the_reader_panic(at in 0..NOTES.len(), length in 0usize..40, put in "[-:{}\\[\\]&*0-9a-z\n ]{0,6}") {
        let end = (at + length).min(NOTES.len());
        if let (Some(head), Some(tail)) = (NOTES.get(..at), NOTES.get(end..)) {
            parse(&format!("{head}{put}{tail}"));
        }
    }
}

/// A file of the tests: its text, and what is told of it.
macro_rules! file {
    ($path:literal) => {
        parse(include_str!(concat!("../../tests/", $path)))
    };
}

fn keys(manifest: &Manifest) -> Vec<String> {
    manifest.objects.iter().map(|located| located.object.key().to_string()).collect()
}

fn messages(manifest: &Manifest) -> Vec<&str> {
    manifest.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect()
}

/// A part of the object at a position.
fn part(manifest: &Manifest, position: usize, pointer: &str) -> Value {
    manifest.objects[position].object.to_json().pointer(pointer).cloned().unwrap_or_default()
}

#[test]
fn lists_and_texts_that_end_at_the_column_of_their_key_are_read() {
    let manifest = file!("cases/03-flow-list-bracket-at-key-column/manifest.yaml");
    assert_eq!((keys(&manifest), messages(&manifest)), (vec!["daemonset/a".to_owned()], Vec::new()));
    assert_eq!(part(&manifest, 0, "/spec/template/spec/containers/0/args"), serde_json::json!(["-x", "-y"]));
    let manifest = file!("cases/03-flow-list-bracket-at-key-column/manifest2.yaml");
    assert_eq!(keys(&manifest), ["networkattachmentdefinition/macvlan", "daemonset/cni"]);
    let config = "{ \"cniVersion\": \"0.3.1\", \"type\": \"macvlan\" }";
    assert_eq!(part(&manifest, 0, "/spec/config"), config);
    assert!(manifest.is_applicable());
}

#[test]
fn a_dump_of_nodes_without_kinds_is_read() {
    let manifest = file!("cases/06-nodelist-items-without-kind/nodes.yaml");
    assert_eq!(
        (keys(&manifest), messages(&manifest)),
        (vec!["node/n1".to_owned(), "node/n2".into()], Vec::new())
    );
    assert_eq!(part(&manifest, 1, "/spec/unschedulable"), true);
}

#[test]
fn of_a_field_twice_the_last_one_is_applied() {
    let manifest = file!("cases/18-duplicate-keys-block/manifest.yaml");
    let [warning] = manifest.diagnostics.as_slice() else { panic!("one warning") };
    assert_eq!((warning.severity, warning.span.line), (Severity::Warning, 14));
    assert!(manifest.is_applicable());
    let manifest = file!("cases/18-duplicate-keys-block/manifest2.yaml");
    let [warning] = manifest.diagnostics.as_slice() else { panic!("one warning") };
    assert_eq!((warning.severity, warning.span.line), (Severity::Warning, 18));
    assert_eq!(part(&manifest, 0, "/spec/template/spec/containers/0/resources/requests/cpu"), "8");
}

#[test]
fn a_kind_that_a_loop_or_admission_follows_is_not_said_to_do_nothing() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {selector: {matchLabels: {app: api}}, template: {metadata: {labels: {app: api}}, spec: {containers: [{name: api, image: x}]}}}\n";
    assert_eq!(told(deployment), Vec::<String>::new());
    assert_eq!(told(&deployment.replace("Deployment", "StatefulSet")).len(), 1);
    for (kind, spec) in
        [("ResourceQuota", "{hard: {pods: '6'}}"), ("LimitRange", "{limits: [{type: Pod, max: {cpu: '1'}}]}")]
    {
        let admitted = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n");
        assert_eq!(told(&admitted), Vec::<String>::new());
    }
}

#[test]
fn an_operator_without_a_key_is_corrected_to_the_one_that_is_right_there() {
    for (operator, suggested) in [("exists", true), ("Eqaul", true), ("Equal", false), ("Exists", false)] {
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{tolerations: [{{operator: {operator}}}], containers: [{{name: a, image: x}}]}}\n"
        );
        let told = told(&pod);
        let is_suggested = told.iter().any(|told| told.contains("=> did you mean \"Exists\"?"));
        assert_eq!(is_suggested, suggested, "{operator}: {told:?}");
        assert_eq!(told.is_empty(), operator == "Exists", "{operator}: {told:?}");
    }
}

#[test]
fn manifests_in_the_shapes_that_projects_publish_are_read() {
    let kept =
        |kind: &str| format!("{kind} is kept, but nothing acts on it here: this kind is not simulated");
    let told_only = |manifest: &Manifest, expected: &[String]| assert_eq!(messages(manifest), expected);

    let manifest = file!("data/manifests/01-crd-and-operator.yaml");
    told_only(&manifest, &[kept("CustomResourceDefinition")]);
    let properties = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
    assert_eq!(part(&manifest, 0, &format!("{properties}/keep/default")), 7);
    assert_eq!(
        part(&manifest, 0, &format!("{properties}/schedule/pattern")),
        r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$"
    );

    let manifest = file!("data/manifests/02-rbac-with-colons.yaml");
    assert_eq!(
        keys(&manifest),
        ["clusterrole/system:agent:node-reader", "clusterrolebinding/system:agent:node-reader"]
    );
    assert_eq!(part(&manifest, 1, "/subjects/0/name"), "system:kube-proxy");

    let manifest = file!("data/manifests/03-flow-list-at-the-key.yaml");
    told_only(&manifest, &[]);
    let container = "/spec/template/spec/containers/0";
    assert_eq!(part(&manifest, 0, &format!("{container}/args/1")), "/run/agent.conf");
    assert_eq!(part(&manifest, 0, &format!("{container}/command/2")), "exec agent");
    assert_eq!(part(&manifest, 0, &format!("{container}/env/1/value")), "two: 2");

    let manifest = file!("data/manifests/04-quoted-config-at-the-key.yaml");
    told_only(&manifest, &[kept("NetworkAttachment")]);
    let config = part(&manifest, 0, "/spec/config");
    let config: Value = serde_json::from_str(config.as_str().expect("a text")).expect("JSON");
    assert_eq!(config["plugins"][0]["master"], "eth0");
    assert_eq!(part(&manifest, 1, "/metadata/annotations/note"), "one two three");

    let manifest = file!("data/manifests/05-windows-line-ends.yaml");
    told_only(&manifest, &[]);
    assert_eq!(part(&manifest, 1, &format!("{container}/command/2")), "tail -F /var/log/*.log\nexit 1\n");

    let manifest = file!("data/manifests/06-tabs-and-mark.yaml");
    told_only(&manifest, &[]);
    assert_eq!(keys(&manifest), ["daemonset/tabs"]);
    assert_eq!(part(&manifest, 0, &format!("{container}/args/0")), "indented by tabs");

    let manifest = file!("data/manifests/07-anchors.yaml");
    told_only(&manifest, &[]);
    let labels = part(&manifest, 0, "/spec/template/metadata/labels");
    assert_eq!(
        (labels.as_object().map(serde_json::Map::len), &labels["app.kubernetes.io/version"]),
        (Some(3), &"1.10".into())
    );
    let second = part(&manifest, 0, "/spec/template/spec/containers/1");
    assert_eq!(
        (&second["name"], &second["resources"]["limits"]["memory"]),
        (&"second".into(), &"64Mi".into())
    );
}

#[test]
fn lists_scripts_and_empty_documents_are_read() {
    let manifest = file!("data/manifests/08-list-of-nodes.yaml");
    assert_eq!(keys(&manifest), ["node/worker-1"]);
    assert_eq!(
        messages(&manifest),
        ["creationTimestamp is written by the cluster this comes from; not applied here"]
    );

    let manifest = file!("data/manifests/09-typed-list.json");
    assert_eq!(
        (keys(&manifest), messages(&manifest)),
        (vec!["node/n1".to_owned(), "node/n2".into()], Vec::new())
    );
    let annotations = part(&manifest, 0, "/metadata/annotations");
    assert_eq!((&annotations["url"], &annotations["emoji"]), (&"http://example.com/".into(), &"😀".into()));

    let manifest = file!("data/manifests/10-scripts.yaml");
    assert_eq!(keys(&manifest), ["configmap/scripts", "daemonset/scripts"]);
    assert!(manifest.is_applicable(), "{:?}", messages(&manifest));
    let data = part(&manifest, 0, "/data");
    assert!(data["run.sh"].as_str().is_some_and(|text| text.ends_with("  --- not a separator\nEOF\n")));
    assert_eq!(data["folded"], "one line of two\nand another");
    assert_eq!(data["keep"], "ends with two breaks\n\n");
    assert_eq!(data["indented"], "  two more than the block\n");
    assert_eq!(data["escaped"], "tab\tquote\"éjoined");
    let spec = "/spec/template/spec";
    assert_eq!(part(&manifest, 1, &format!("{spec}/volumes/0/configMap/defaultMode")), 0o755);
    assert_eq!(
        part(&manifest, 1, &format!("{spec}/containers/0/command/2")),
        "echo \"it's: {fine}\" # really"
    );

    let manifest = file!("data/manifests/11-twice.yaml");
    assert!(manifest.is_applicable());
    assert_eq!(manifest.diagnostics.len(), 2);
    assert_eq!(part(&manifest, 0, &format!("{spec}/containers/0/resources/requests/cpu")), "200m");

    let manifest = file!("data/manifests/12-everything-bare.yaml");
    assert_eq!(
        (keys(&manifest), messages(&manifest)),
        (vec!["poddisruptionbudget/budget".to_owned(), "service/web".into()], Vec::new())
    );
    assert_eq!(part(&manifest, 0, "/metadata/labels/octal"), "0755");
}

#[test]
fn a_hundred_problems_of_an_object_are_told() {
    let labels: String = (0..500).map(|number| format!("    b@d{number}: x\n")).collect();
    let text = format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n{labels}");
    let manifest = parse(&text);
    assert_eq!(manifest.diagnostics.len(), MAX_TOLD + 1);
    assert!(messages(&manifest).contains(&"400 more errors of this object are not shown"));
}

#[test]
fn aliases_are_counted_in_the_whole_text() {
    let levels = |width: usize| {
        let aliases = |name: &str| vec![format!("*{name}"); width].join(", ");
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: x}}\na: &a [{}]\nb: &b [{}]\nc: [{}]\n",
            vec!["x"; width].join(", "),
            aliases("a"),
            aliases("b"),
        )
    };
    // One is what kubectl reads, a hundred are too much.
    assert!(parse(&levels(16)).is_applicable());
    let many = vec![levels(16); 100].join("---\n");
    let manifest = parse(&many);
    assert!(manifest.objects.len() < 60, "{}", manifest.objects.len());
    assert!(messages(&manifest).contains(&"the aliases of this text stand for more than 200000 parts"));
    // A chain of merges: each map holds all the maps before.
    let chain: String = (1..20_000)
        .map(|number| format!("a{number}: &a{number} {{<<: *a{}, k{number}: 1}}\n", number - 1))
        .collect();
    let manifest = parse(&format!("a0: &a0 {{x: 1}}\n{chain}"));
    assert_eq!(
        messages(&manifest),
        ["error converting YAML to JSON: yaml: document contains excessive aliasing"]
    );
}

#[test]
fn a_list_without_items_is_empty() {
    for kind in ["List", "NodeList"] {
        let manifest = parse(&format!("apiVersion: v1\nkind: {kind}\nitems: null\n"));
        assert_eq!((manifest.objects.len(), messages(&manifest)), (0, Vec::new()), "{kind}");
    }
}
