//! The service account that every namespace has.

use crate::api::{Kind, Object, ObjectKey, ObjectMeta, Stored};
use std::sync::LazyLock;

/// Made once: each pod asks for its account.
static SERVICE_ACCOUNT: LazyLock<Kind> = LazyLock::new(|| Kind::of("v1", "ServiceAccount"));

/// The name of the account of pods that name none.
pub const DEFAULT_ACCOUNT: &str = "default";

/// The key of a service account.
pub fn account_key(namespace: &str, name: &str) -> ObjectKey {
    // That it lives in a namespace need not be looked up.
    ObjectKey { kind: SERVICE_ACCOUNT.clone(), namespace: namespace.into(), name: name.into() }
}

/// The account `default` of a namespace.
pub fn default_account(namespace: &str) -> Object {
    account(namespace, DEFAULT_ACCOUNT)
}

/// An account of a namespace.
pub fn account(namespace: &str, name: &str) -> Object {
    let metadata = ObjectMeta { name: name.into(), namespace: namespace.into(), ..Default::default() };
    let (api_version, kind) = ("v1".into(), "ServiceAccount".into());
    Stored { api_version, kind, metadata, ..Default::default() }.into()
}
