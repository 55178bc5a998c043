//! Any object, and how it is named.

use super::*;
use ecow::EcoString;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// Kinds of objects. The order is that in which a manifest's objects are created, as `kubectl` sorts what others
/// depend on first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// core/v1
    Namespace,
    /// scheduling.k8s.io/v1
    PriorityClass,
    /// core/v1
    Node,
    /// core/v1
    Service,
    /// policy/v1
    PodDisruptionBudget,
    /// apps/v1
    DaemonSet,
    /// apps/v1
    ControllerRevision,
    /// apps/v1, stored for its selector
    ReplicaSet,
    /// core/v1
    Pod,
    /// core/v1
    Event,
    /// discovery.k8s.io/v1
    EndpointSlice,
    /// Any other kind: stored, not simulated.
    Stored(Arc<StoredKind>),
}

/// The name of a kind that is not simulated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredKind {
    /// Group and version.
    pub api_version: EcoString,
    /// As in `kind:`.
    pub name: EcoString,
}

/// The plural of a kind's name: upstream's guess (`UnsafeGuessKindToResource`), which is right for all that the API server
/// has by itself.
pub fn plural(kind: &str) -> String {
    match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if kind.eq_ignore_ascii_case("endpoints") => kind.to_owned(),
        None if kind.ends_with('s') => format!("{kind}es"),
        None => format!("{kind}s"),
    }
}

impl Kind {
    /// The kind of an `apiVersion` and `kind`.
    pub fn of(api_version: &str, kind: &str) -> Self {
        match (api_version, kind) {
            ("v1", "Namespace") => Kind::Namespace,
            ("scheduling.k8s.io/v1", "PriorityClass") => Kind::PriorityClass,
            ("v1", "Node") => Kind::Node,
            ("v1", "Service") => Kind::Service,
            ("policy/v1", "PodDisruptionBudget") => Kind::PodDisruptionBudget,
            ("apps/v1", "DaemonSet") => Kind::DaemonSet,
            ("apps/v1", "ControllerRevision") => Kind::ControllerRevision,
            ("apps/v1", "ReplicaSet") => Kind::ReplicaSet,
            ("v1", "Pod") => Kind::Pod,
            ("v1", "Event") => Kind::Event,
            ("discovery.k8s.io/v1", "EndpointSlice") => Kind::EndpointSlice,
            _ => Kind::Stored(Arc::new(StoredKind { api_version: api_version.into(), name: kind.into() })),
        }
    }

    /// Its name, as in `kind:`.
    pub fn name(&self) -> &str {
        match self {
            Kind::Namespace => "Namespace",
            Kind::PriorityClass => "PriorityClass",
            Kind::Node => "Node",
            Kind::Service => "Service",
            Kind::PodDisruptionBudget => "PodDisruptionBudget",
            Kind::DaemonSet => "DaemonSet",
            Kind::ControllerRevision => "ControllerRevision",
            Kind::ReplicaSet => "ReplicaSet",
            Kind::Pod => "Pod",
            Kind::Event => "Event",
            Kind::EndpointSlice => "EndpointSlice",
            Kind::Stored(stored) => &stored.name,
        }
    }

    /// Its group and version, as in `apiVersion:`.
    pub fn api_version(&self) -> &str {
        match self {
            Kind::Namespace | Kind::Node | Kind::Service | Kind::Pod | Kind::Event => "v1",
            Kind::PriorityClass => "scheduling.k8s.io/v1",
            Kind::PodDisruptionBudget => "policy/v1",
            Kind::EndpointSlice => "discovery.k8s.io/v1",
            Kind::DaemonSet | Kind::ControllerRevision | Kind::ReplicaSet => "apps/v1",
            Kind::Stored(stored) => &stored.api_version,
        }
    }

    /// The group, empty for core.
    pub fn group(&self) -> &str {
        group_of(self.api_version())
    }

    /// The resource in error messages: `pods`, `daemonsets.apps`, `ingresses.networking.k8s.io`.
    pub fn resource(&self) -> String {
        self.with_group(plural(&self.name().to_ascii_lowercase()))
    }

    /// The kind in error messages: `Pod`, `DaemonSet.apps`.
    pub fn qualified_name(&self) -> String {
        self.with_group(self.name().to_owned())
    }

    fn with_group(&self, name: String) -> String {
        if self.group().is_empty() { name } else { format!("{name}.{}", self.group()) }
    }

    /// Whether it is the scheduler's configuration (`kubescheduler.config.k8s.io`), which is followed though it is no
    /// object of the API server's.
    pub fn is_scheduler_configuration(&self) -> bool {
        self.name() == "KubeSchedulerConfiguration" && self.group() == "kubescheduler.config.k8s.io"
    }

    /// Whether its objects live in a namespace. Of a custom resource its definition alone says so: here it does.
    pub fn is_namespaced(&self) -> bool {
        match self {
            Kind::Namespace | Kind::PriorityClass | Kind::Node => false,
            Kind::Stored(stored) => !served::is_of_cluster(self.group(), &stored.name),
            _ => true,
        }
    }

    /// Whether the API server has it by itself.
    pub fn is_served(&self) -> bool {
        served::is_served(self.api_version(), self.name())
    }

    /// Whether it is a custom resource: it is there if a definition of it is.
    pub fn is_custom(&self) -> bool {
        matches!(self, Kind::Stored(..)) && !self.is_of_own_group() && !self.is_scheduler_configuration()
    }

    /// Whether its group is the API server's own: no definition can add a kind to it.
    pub fn is_of_own_group(&self) -> bool {
        served::is_own_group(self.group())
    }
}

/// The group of an `apiVersion`, empty for core.
fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

/// Names an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Kind.
    pub kind: Kind,
    /// Namespace; empty for objects of the cluster.
    pub namespace: EcoString,
    /// Name.
    pub name: EcoString,
}

impl ObjectKey {
    /// Builds a key.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        let namespace = if kind.is_namespaced() { namespace } else { "" };
        ObjectKey { kind, namespace: namespace.into(), name: name.into() }
    }

    /// The key of an object of a kind. It shares the texts of its metadata.
    pub fn of(kind: Kind, metadata: &ObjectMeta) -> Self {
        let namespace = if kind.is_namespaced() { metadata.namespace.clone() } else { EcoString::new() };
        ObjectKey { kind, namespace, name: metadata.name.clone() }
    }

    /// The key of a node.
    pub fn node(name: &str) -> Self {
        Self::new(Kind::Node, "", name)
    }

    /// The key of a pod.
    pub fn pod(namespace: &str, name: &str) -> Self {
        Self::new(Kind::Pod, namespace, name)
    }
}

/// `kind/name`, as kubectl names objects.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.name().to_ascii_lowercase(), self.name)
    }
}

api! {
    /// An object of a kind that is stored and not simulated.
    Stored {
        /// Group and version.
        api_version: EcoString,
        /// Kind.
        kind: EcoString,
        /// Metadata.
        metadata: ObjectMeta,
    }
}

macro_rules! object {
    ($($kind:ident),*) => {
        /// Any object, shared.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Object {
            $(#[doc = concat!("A ", stringify!($kind), ".")] $kind(Rc<$kind>),)*
            /// An object of another kind.
            Stored(Rc<Stored>),
        }

        impl Object {
            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Object::$kind(_) => Kind::$kind,)*
                    Object::Stored(object) => {
                        let (api_version, name) = (object.api_version.clone(), object.kind.clone());
                        Kind::Stored(Arc::new(StoredKind { api_version, name }))
                    }
                }
            }

            /// Whether it is of a kind.
            pub fn is_of(&self, kind: &Kind) -> bool {
                match (self, kind) {
                    $((Object::$kind(_), kind) => *kind == Kind::$kind,)*
                    (Object::Stored(object), Kind::Stored(kind)) => {
                        kind.api_version == object.api_version && kind.name == object.kind
                    }
                    _ => false,
                }
            }

            /// Its metadata.
            pub fn metadata(&self) -> &ObjectMeta {
                match self {
                    $(Object::$kind(object) => &object.metadata,)*
                    Object::Stored(object) => &object.metadata,
                }
            }

            /// Its metadata, to be changed; the object is copied if it is shared.
            pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
                match self {
                    $(Object::$kind(object) => &mut Rc::make_mut(object).metadata,)*
                    Object::Stored(object) => &mut Rc::make_mut(object).metadata,
                }
            }

            /// Decodes a JSON object of the kind it names.
            ///
            /// # Errors
            /// A field has a value of another type than the kind's.
            pub fn from_json(value: serde_json::Value) -> Result<Self, serde_json::Error> {
                let text = |field: &str| value.get(field).and_then(|value| value.as_str()).unwrap_or_default();
                let kind = Kind::of(text("apiVersion"), text("kind"));
                Ok(match kind {
                    $(Kind::$kind => {
                        let mut value = value;
                        if kind == Kind::Pod {
                            unlist_addresses(&mut value);
                        }
                        if let Some(fields) = value.as_object_mut() {
                            fields.remove("apiVersion");
                            fields.remove("kind");
                        }
                        Object::$kind(decoded(value)?)
                    })*
                    Kind::Stored(..) => Object::Stored(decoded(value)?),
                })
            }

            /// The object as JSON, with `apiVersion` and `kind`.
            pub fn to_json(&self) -> serde_json::Value {
                let encoded = match self {
                    $(Object::$kind(object) => encoded(object),)*
                    Object::Stored(object) => encoded(object),
                };
                debug_assert!(encoded.is_ok(), "its maps have texts as keys: {encoded:?}");
                let mut value = encoded.unwrap_or_default();
                if let Object::Pod(_) = self {
                    list_addresses(&mut value);
                }
                if let (kind, Some(fields)) = (self.kind(), value.as_object_mut()) {
                    fields.insert("apiVersion".into(), kind.api_version().into());
                    fields.insert("kind".into(), kind.name().into());
                }
                value
            }
        }

        $(impl From<$kind> for Object {
            fn from(object: $kind) -> Self {
                Object::$kind(Rc::new(object))
            }
        })*
    };
}

/// One kind's decoder. A function of its own for each: a page that meets no such object need not have it yet.
#[inline(never)]
fn decoded<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(value)
}

/// One kind's encoder, likewise.
#[inline(never)]
fn encoded<T: serde::Serialize>(object: &T) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(object)
}

object!(
    Namespace,
    PriorityClass,
    Node,
    Service,
    PodDisruptionBudget,
    DaemonSet,
    ControllerRevision,
    ReplicaSet,
    Pod,
    Event,
    EndpointSlice
);

/// Takes away a list of addresses that says what the single one says.
fn unlist_addresses(pod: &mut serde_json::Value) {
    let Some(status) = pod.get_mut("status").and_then(|status| status.as_object_mut()) else { return };
    for (single, list) in [("podIP", "podIPs"), ("hostIP", "hostIPs")] {
        let told = status
            .get(single)
            .filter(|address| address.is_string())
            .map(|address| serde_json::json!([{ "ip": address }]));
        if told.is_some() && status.get(list) == told.as_ref() {
            status.remove(list);
        }
    }
}

/// Each address of a pod is also the only one of a list (`Convert_core_PodStatus_To_v1_PodStatus`); kept once.
fn list_addresses(pod: &mut serde_json::Value) {
    for (single, list) in [("podIP", "podIPs"), ("hostIP", "hostIPs")] {
        let status = &pod["status"];
        let address = status[single].as_str().filter(|_| status[list].is_null()).map(str::to_owned);
        if let Some(address) = address {
            pod["status"][list] = serde_json::json!([{ "ip": address }]);
        }
    }
}

impl From<Stored> for Object {
    fn from(object: Stored) -> Self {
        Object::Stored(Rc::new(object))
    }
}

/// The label of an EndpointSlice that names its Service.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";

impl ContainerPort {
    /// Whether it is of a protocol; without one it is TCP's.
    pub fn is_of(&self, protocol: &str) -> bool {
        self.protocol == protocol || self.protocol.is_empty() && protocol == "TCP"
    }
}

impl Service {
    /// How it is named.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::of(Kind::Service, &self.metadata)
    }

    /// A field of the spec that is a text; empty where it is not.
    pub fn text(&self, field: &str) -> &str {
        self.spec.rest.get(field).and_then(|value| value.as_str()).unwrap_or_default()
    }

    /// Whether it selects a pod. One without a selector selects none.
    pub fn selects(&self, pod: &Pod) -> bool {
        let selector = &self.spec.selector;
        self.metadata.namespace == pod.metadata.namespace
            && !selector.is_empty()
            && selector.iter().all(|(name, value)| pod.metadata.labels.get(name) == Some(value))
    }
}

impl Pod {
    /// How it is named.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::of(Kind::Pod, &self.metadata)
    }
}

impl DaemonSet {
    /// How it is named.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::of(Kind::DaemonSet, &self.metadata)
    }
}

impl Object {
    /// How it is named.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::of(self.kind(), self.metadata())
    }

    /// Whether it lives in a namespace, as [`Kind::is_namespaced`] says.
    pub fn is_namespaced(&self) -> bool {
        match self {
            // Its kind is not made for the question.
            Object::Stored(object) => !served::is_of_cluster(group_of(&object.api_version), &object.kind),
            object => object.kind().is_namespaced(),
        }
    }

    /// The pod, if it is one.
    pub fn as_pod(&self) -> Option<&Rc<Pod>> {
        if let Object::Pod(pod) = self { Some(pod) } else { None }
    }

    /// The node, if it is one.
    pub fn as_node(&self) -> Option<&Rc<Node>> {
        if let Object::Node(node) = self { Some(node) } else { None }
    }

    /// The DaemonSet, if it is one.
    pub fn as_daemon_set(&self) -> Option<&Rc<DaemonSet>> {
        if let Object::DaemonSet(set) = self { Some(set) } else { None }
    }
}
