//! Volumes as `describe` and `rollout history` show them. Upstream: `kubectl/pkg/describe/describe.go`
//! (`describeVolumes`).

use super::lines::{Lines, is_on, list, number, plain, shortened, text};
use crate::api::merge::LAST_APPLIED;
use crate::api::{Labels, Quantity};
use serde_json::Value;

/// The sources, a line each: the field, its type, and its own fields as label=field. What is behind a field says how it is
/// printed: `?` a switch, `#` a number, `*` a pointer (`<none>` where it is absent), `[]` a list as Go prints one, `,` one with
/// commas, `&` a reference to a Secret, `{}` a map as Go prints one; nothing = a text. A text is half as heavy as a table of
/// pointers. Left out are sources that nobody mounts any more: flocker, quobyte, scaleIO, storageos, photonPersistentDisk.
const SOURCES: &str = include_str!("volumes.txt");

/// Volumes.
pub fn volumes(volumes: &[Value], lines: &mut Lines, space: &str) {
    if volumes.is_empty() {
        return lines.line(0, &format!("{space}Volumes:\t<none>"));
    }
    lines.line(0, &format!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for volume in volumes {
        lines.line(1, &format!("{indent}{}:", text(volume, "name")));
        let forms = SOURCES.lines().filter_map(|line| line.split_once('|'));
        let source = forms.filter_map(|(field, form)| Some((field, form, volume.get(field)?))).next();
        let Some((field, form, source)) = source else {
            lines.line(1, "<unknown>");
            continue;
        };
        let (type_, fields) = form.split_once('|').unwrap_or((form, ""));
        lines.line(2, &format!("Type:\t{type_}"));
        for (label, what) in fields.split(';').filter_map(|field| field.split_once('=')) {
            lines.line(2, &format!("{label}\t{}", printed(source, what)));
        }
        match field {
            "emptyDir" => {
                let limit = plain(source.get("sizeLimit"));
                let is_set = Quantity::parse(&limit).is_ok_and(|limit| limit.value() > 0);
                let limit = if is_set { limit.as_str() } else { "<unset>" };
                lines.line(2, &format!("SizeLimit:\t{limit}"));
            }
            "csi" => attributes(source, lines),
            "downwardAPI" => items(source, lines),
            "projected" => sources(list(source, "sources"), lines),
            "ephemeral" => {
                if let Some(claim) = source.get("volumeClaimTemplate") {
                    claim_of(claim, lines);
                }
            }
            _ => {}
        }
    }
}

/// What is printed of a field, which ends with how.
fn printed(source: &Value, what: &str) -> String {
    let end = what.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(what.len());
    let (name, how) = what.split_at(end);
    let joined = |separator: &str| {
        let items = list(source, name).iter().map(|item| item.as_str().unwrap_or_default());
        items.collect::<Vec<_>>().join(separator)
    };
    match how {
        "?" => is_on(source, name).to_string(),
        "#" => number(source, name).to_string(),
        "*" => source.get(name).map_or("<none>".into(), |value| plain(Some(value))),
        "[]" => format!("[{}]", joined(" ")),
        "," => joined(", "),
        "&" => source.get(name).map_or("nil".into(), |reference| {
            format!("&LocalObjectReference{{Name:{},}}", text(reference, "name"))
        }),
        "{}" => {
            let entries = source.get(name).and_then(Value::as_object).into_iter().flatten();
            let entries: Vec<String> =
                entries.map(|(key, value)| format!("{key}:{}", value.as_str().unwrap_or_default())).collect();
            format!("map[{}]", entries.join(" "))
        }
        _ => text(source, name).into(),
    }
}

/// Texts behind a title, which upstream indents each as if it stood in a line of its own; `none` and `next` are the levels of
/// `<none>` and of what stands before the second text and those behind it.
fn nested(title: &str, texts: impl Iterator<Item = String>, (none, next): (usize, usize), lines: &mut Lines) {
    lines.part(2, &format!("{title}:\t"));
    let mut texts = texts.peekable();
    if texts.peek().is_none() {
        lines.line(none, "<none>");
    }
    for (index, text) in texts.enumerate() {
        if index > 0 {
            lines.part(next, "\t");
        }
        lines.line(2, &text);
    }
}

/// What a driver is given.
fn attributes(csi: &Value, lines: &mut Lines) {
    /// Longer ones are cut.
    const LONGEST: usize = 140;
    let all = csi.get("volumeAttributes").and_then(Value::as_object).into_iter().flatten();
    let told = |(key, value): (&String, &Value)| format!("{key}={}", value.as_str().unwrap_or_default());
    nested("VolumeAttributes", all.map(|one| shortened(&told(one), LONGEST)), (0, 4), lines);
}

fn items(downward: &Value, lines: &mut Lines) {
    lines.line(2, "Items:");
    for item in list(downward, "items") {
        let field = [("fieldRef", "fieldPath"), ("resourceFieldRef", "resource")];
        for (reference, field) in field.into_iter().filter(|(reference, _)| item.get(*reference).is_some()) {
            lines.line(3, &format!("{} -> {}", text(&item[reference], field), text(item, "path")));
        }
    }
}

/// The sources of a projected volume.
fn sources(sources: &[Value], lines: &mut Lines) {
    for source in sources {
        if let Some(secret) = source.get("secret") {
            lines.line(2, &format!("SecretName:\t{}", text(secret, "name")));
            lines.line(2, &format!("Optional:\t{}", is_on(secret, "optional")));
        } else if source.get("downwardAPI").is_some() {
            lines.line(2, "DownwardAPI:\ttrue");
        } else if let Some(map) = source.get("configMap") {
            lines.line(2, &format!("ConfigMapName:\t{}", text(map, "name")));
            lines.line(2, &format!("Optional:\t{}", is_on(map, "optional")));
        } else if let Some(token) = source.get("serviceAccountToken") {
            lines.line(2, &format!("TokenExpirationSeconds:\t{}", number(token, "expirationSeconds")));
        }
    }
}

/// The claim that is made for a pod (`printPersistentVolumeClaim`).
fn claim_of(claim: &Value, lines: &mut Lines) {
    let pairs = |field: &str| -> Labels {
        serde_json::from_value(claim["metadata"][field].clone()).unwrap_or_default()
    };
    let spec = &claim["spec"];
    let (labels, annotations) = (pairs("labels"), pairs("annotations"));
    let class = annotations.get("volume.beta.kubernetes.io/storage-class").map(|class| class.as_str());
    let (class, volume) = (class.unwrap_or_else(|| text(spec, "storageClassName")), text(spec, "volumeName"));
    lines.line(2, &format!("StorageClass:\t{class}"));
    lines.line(2, &format!("Volume:\t{volume}"));
    nested("Labels", labels.iter().map(|(key, value)| format!("{key}={value}")), (2, 4), lines);
    let annotations = annotations.iter().filter(|(key, _)| *key != LAST_APPLIED);
    nested("Annotations", annotations.map(|(key, value)| format!("{key}: {value}")), (2, 2), lines);
    lines.line(2, &format!("Capacity:\t{}", if volume.is_empty() { "" } else { "0" }));
    lines.line(2, "Access Modes:\t");
    if let Some(mode) = spec.get("volumeMode").and_then(Value::as_str) {
        lines.line(2, &format!("VolumeMode:\t{mode}"));
    }
    if let Some(source) = spec.get("dataSource").filter(|source| source.is_object()) {
        lines.line(2, "DataSource:");
        for (label, field) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if field != "apiGroup" || source.get(field).is_some() {
                lines.line(3, &format!("{label}:\t{}", text(source, field)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Checked by hand against upstream's printers, tabs and all.
    #[test]
    fn each_source_of_a_volume_is_told_with_its_fields() {
        let csi =
            json!({ "csi": { "driver": "d", "readOnly": true, "volumeAttributes": { "b": "2", "a": "1" } } });
        let bare = json!({ "csi": { "driver": "d" } });
        let image = json!({ "image": { "reference": "r:1", "pullPolicy": "Always" } });
        let claim = json!({ "ephemeral": { "volumeClaimTemplate": {
            "metadata": { "labels": { "a": "b", "c": "d" } },
            "spec": { "storageClassName": "fast", "volumeMode": "Filesystem", "dataSource": { "kind": "K", "name": "n" } },
        } } });
        let ceph = json!({ "cephfs": { "monitors": ["m1", "m2"], "secretRef": { "name": "s" } } });
        let channel = json!({ "fc": { "targetWWNs": ["x", "y"] } });
        let flex = json!({ "flexVolume": { "driver": "d", "options": { "k": "v", "l": "w" } } });
        let own = json!({ "somebodys": {} });
        for (mut volume, wanted) in [
            (
                csi,
                "    Type:\tCSI (a Container Storage Interface (CSI) volume source)\n    Driver:\td\n    FSType:\t\n    ReadOnly:\ttrue\n    VolumeAttributes:\t    a=1\n        \t    b=2\n",
            ),
            (
                bare,
                "    Type:\tCSI (a Container Storage Interface (CSI) volume source)\n    Driver:\td\n    FSType:\t\n    ReadOnly:\tfalse\n    VolumeAttributes:\t<none>\n",
            ),
            (
                image,
                "    Type:\tImage (a container image or OCI artifact)\n    Reference:\tr:1\n    PullPolicy:\tAlways\n",
            ),
            (
                claim,
                "    Type:\tEphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)\n    StorageClass:\tfast\n    Volume:\t\n    Labels:\t    a=b\n        \t    c=d\n    Annotations:\t    <none>\n    Capacity:\t\n    Access Modes:\t\n    VolumeMode:\tFilesystem\n    DataSource:\n      Kind:\tK\n      Name:\tn\n",
            ),
            (
                ceph,
                "    Type:\tCephFS (a CephFS mount on the host that shares a pod's lifetime)\n    Monitors:\t[m1 m2]\n    Path:\t\n    User:\t\n    SecretFile:\t\n    SecretRef:\t&LocalObjectReference{Name:s,}\n    ReadOnly:\tfalse\n",
            ),
            (
                channel,
                "    Type:\tFC (a Fibre Channel disk)\n    TargetWWNs:\tx, y\n    LUN:\t<none>\n    FSType:\t\n    ReadOnly:\tfalse\n",
            ),
            (
                flex,
                "    Type:\tFlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)\n    Driver:\td\n    FSType:\t\n    SecretRef:\tnil\n    ReadOnly:\tfalse\n    Options:\tmap[k:v l:w]\n",
            ),
            (own, "  <unknown>\n"),
        ] {
            volume["name"] = "v".into();
            let mut lines = Lines::default();
            volumes(&[volume], &mut lines, "");
            assert_eq!(lines.0, format!("Volumes:\n  v:\n{wanted}"));
        }
    }
}
