//! Volumes. Upstream: `pkg/apis/core/validation/validation.go` (`ValidateVolumes`). Sources that are only for
//! clouds and storage systems are counted, not looked into.

use super::super::Quantity;
use super::field::{Errors, Field};
use super::parts::{pull_policy, required};
use super::paths::{descending_path, key_to_path, mode, no_backsteps};
use super::projected;
use crate::api::names::{dns_label, dns_subdomain, in_range};

/// Sources in upstream's order.
const SOURCES: [&str; 30] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

const HOST_PATH_TYPES: [&str; 8] =
    ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/// A pod's volumes; gives those without an error, by name and source. Only those can be mounted.
pub(super) fn check<'a>(
    volumes: &Field<'a>,
    is_pod: bool,
    errors: &mut Errors,
) -> Vec<(&'a str, &'static str)> {
    let mut good: Vec<(&str, &str)> = Vec::new();
    for volume in volumes.items() {
        let found = errors.0.len();
        let source = source(&volume, is_pod, errors);
        let name = volume.get("name");
        if name.text().is_empty() {
            errors.required(&name.path, "");
        } else {
            errors.all_invalid(&name.path, name.text(), dns_label(name.text()));
        }
        if good.iter().any(|(other, _)| *other == name.text()) {
            errors.duplicate(&name.path, name.text());
        }
        if errors.none_since(found) {
            good.push((name.text(), source));
        }
    }
    good
}

fn source(volume: &Field, is_pod: bool, errors: &mut Errors) -> &'static str {
    let mut first = None;
    for name in SOURCES {
        let source = volume.get(name);
        if !source.is_set() {
            continue;
        }
        if first.is_some() {
            errors.forbidden(&volume.path_of(misspelt(name)), "may not specify more than 1 volume type");
            continue;
        }
        first = Some(name);
        match name {
            "emptyDir" => empty_dir(&source, errors),
            "hostPath" => host_path(&source, errors),
            "gitRepo" => {
                required(&source, "repository", errors);
                descending_path(&source.get("directory"), errors);
            }
            "secret" => {
                required(&source, "secretName", errors);
                mode(&source.get("defaultMode"), errors);
                source.get("items").items().iter().for_each(|item| key_to_path(item, errors));
            }
            "configMap" => {
                required(&source, "name", errors);
                mode(&source.get("defaultMode"), errors);
                source.get("items").items().iter().for_each(|item| key_to_path(item, errors));
            }
            "nfs" => {
                required(&source, "server", errors);
                required(&source, "path", errors);
                let path = source.get("path");
                if !path.text().starts_with('/') {
                    errors.invalid(&path.path, path.text(), "must be an absolute path");
                }
            }
            "persistentVolumeClaim" => required(&source, "claimName", errors),
            "downwardAPI" => projected::downward(&source, errors),
            "projected" => projected::projected(&source, errors),
            "csi" => csi(&source, errors),
            "ephemeral" => claim_template(&source.get("volumeClaimTemplate"), errors),
            "iscsi" => iscsi(&source, errors),
            "awsElasticBlockStore" => required(&source, "volumeID", errors),
            "gcePersistentDisk" => required(&source.at(volume.path_of("persistentDisk")), "pdName", errors),
            "glusterfs" => ["endpoints", "path"].iter().for_each(|name| required(&source, name, errors)),
            "rbd" => {
                if !source.get("monitors").has_items() {
                    errors.required(&source.path_of("monitors"), "");
                }
                required(&source, "image", errors);
            }
            "image" => {
                let reference = source.get("reference");
                if is_pod && reference.text().is_empty() {
                    errors.required(&reference.path, "");
                }
                pull_policy(&source.get("pullPolicy"), errors);
            }
            _ => {}
        }
    }
    if first.is_none() {
        errors.required(&volume.path, "must specify a volume type");
    }
    first.unwrap_or_default()
}

/// Two sources have another name where upstream refuses a second one.
fn misspelt(source: &'static str) -> &'static str {
    match source {
        "cephfs" => "cephFS",
        "downwardAPI" => "downwarAPI",
        other => other,
    }
}

#[inline(never)]
fn iscsi(source: &Field, errors: &mut Errors) {
    required(source, "targetPortal", errors);
    let [name, number] = ["iqn", "lun"].map(|field| source.get(field));
    if name.text().is_empty() {
        errors.required(&name.path, "");
    } else if !["iqn", "eui", "naa"].iter().any(|start| name.text().starts_with(start)) {
        errors.invalid(&name.path, name.text(), "must be valid format starting with iqn, eui, or naa");
    }
    errors.all_invalid(&number.path, number.int(), in_range(number.int(), 0, 255));
    let needs_secret =
        ["chapAuthDiscovery", "chapAuthSession"].iter().any(|field| source.get(field).is_true());
    if needs_secret && !source.get("secretRef").is_set() {
        errors.required(&source.path_of("secretRef"), "");
    }
}

/// A claim that is made for the pod. (Classes and data sources are not looked into.)
#[inline(never)]
fn claim_template(template: &Field, errors: &mut Errors) {
    if !template.is_set() {
        return errors.required(&template.path, "");
    }
    for name in ["name", "generateName"].map(|name| template.get("metadata").get(name)) {
        if !name.text().is_empty() {
            errors.forbidden(&name.path, "cannot be set");
        }
    }
    const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    let spec = template.get("spec");
    let modes = spec.get("accessModes");
    if !modes.has_items() {
        errors.required(&modes.path, "at least 1 access mode is required");
    }
    let all: Vec<&str> = modes.items().iter().map(Field::text).collect();
    for mode in all.iter().filter(|mode| !MODES.contains(mode)) {
        errors.not_supported(&modes.path, mode, &MODES);
    }
    if all.contains(&"ReadWriteOncePod") && all.iter().any(|mode| MODES[..3].contains(mode)) {
        errors.forbidden(&modes.path, "may not use ReadWriteOncePod with other access modes");
    }
    let resources = spec.get("resources");
    let path = resources.path_at("storage");
    let storage = resources.get("requests").get("storage").at(path.as_str());
    if !storage.is_set() {
        errors.required(&path, "");
    } else if Quantity::parse(storage.text()).is_ok_and(|amount| amount.sign() <= 0) {
        errors.invalid(&path, storage.text(), "must be greater than zero");
    }
}

#[inline(never)]
fn csi(source: &Field, errors: &mut Errors) {
    let driver = source.get("driver");
    if driver.text().is_empty() {
        errors.required(&driver.path, "");
    }
    if driver.text().len() > 63 {
        errors.too_long(&driver.path, 63);
    }
    if !driver.text().is_empty() {
        let lower = driver.text().to_ascii_lowercase();
        errors.all_invalid(&driver.path, driver.text(), dns_subdomain(&lower));
    }
    let secret = source.get("nodePublishSecretRef");
    if secret.is_set() {
        required(&secret, "name", errors);
    }
}

#[inline(never)]
fn empty_dir(source: &Field, errors: &mut Errors) {
    let limit = source.get("sizeLimit");
    if Quantity::parse(limit.text()).is_ok_and(|limit| limit.sign() < 0) {
        errors.forbidden(&limit.path, "SizeLimit field must be a valid resource quantity");
    }
}

fn host_path(source: &Field, errors: &mut Errors) {
    let [path, type_] = ["path", "type"].map(|name| source.get(name));
    if path.text().is_empty() {
        errors.required(&path.path, "");
        return;
    }
    no_backsteps(&path, errors);
    if type_.is_set() && !HOST_PATH_TYPES.contains(&type_.text()) {
        errors.not_supported(&type_.path, type_.text(), &HOST_PATH_TYPES);
    }
}
