//! The ResourceQuota plugin: how much a namespace may have altogether. Upstream:
//! `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go` and `pkg/quota/v1/evaluator/core`.
//!
//! What is used is counted anew from the objects that are there, also for who reads a quota's status ([`with_usage`]): upstream
//! keeps it in the quota, which the resourcequota controller brings up to date a little later.

use super::World;
use crate::api::requests::totals;
use crate::api::{
    EcoString, Kind, LabelSelector, LabelSelectorRequirement, Labels, Millis, Object, Pod, Quantity,
    QuantityFormat, ResourceList, ResourceRequirements, Stored, Time, qos_class,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::LazyLock;

/// Amounts that, once there is a quota of them, each container has to name.
const TO_BE_NAMED: [&str; 6] =
    ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

/// Kinds that have a quota of their own, besides `count/…`.
const OWN_QUOTAS: [&str; 6] = [
    "services",
    "configmaps",
    "secrets",
    "replicationcontrollers",
    "resourcequotas",
    "persistentvolumeclaims",
];

/// A quota of a namespace.
struct Quota<'a> {
    name: &'a str,
    hard: ResourceList,
    /// Each scope with how it chooses: name, operator, values.
    scopes: Vec<(String, String, Vec<EcoString>)>,
}

/// Made once: it is asked for whenever something is created.
static RESOURCE_QUOTA: LazyLock<Kind> = LazyLock::new(|| Kind::of("v1", "ResourceQuota"));

fn quotas<'a>(world: &'a World, namespace: &str) -> Vec<Quota<'a>> {
    let objects = world.of_kind(&RESOURCE_QUOTA);
    let of_namespace = objects.filter(|quota| quota.metadata().namespace == namespace);
    let read = of_namespace.filter_map(|quota| match quota {
        Object::Stored(stored) => read(stored),
        _ => None,
    });
    read.collect()
}

fn read(stored: &Stored) -> Option<Quota<'_>> {
    let spec = stored.rest.get("spec")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let scopes = spec["scopes"].as_array().into_iter().flatten();
    let plain = scopes.map(|scope| (text(scope), "Exists".to_owned(), Vec::new()));
    let chosen = spec["scopeSelector"]["matchExpressions"].as_array().into_iter().flatten().map(|scope| {
        let values = scope["values"].as_array().into_iter().flatten().filter_map(Value::as_str);
        (text(&scope["scopeName"]), text(&scope["operator"]), values.map(EcoString::from).collect())
    });
    Some(Quota {
        name: stored.metadata.name.as_str(),
        hard: serde_json::from_value(spec["hard"].clone()).unwrap_or_default(),
        scopes: plain.chain(chosen).collect(),
    })
}

impl Quota<'_> {
    /// Whether an object counts: only pods are told apart by scopes.
    fn counts(&self, object: &Object) -> bool {
        let Object::Pod(pod) = object else { return self.scopes.is_empty() };
        let ends = pod.spec.rest.get("activeDeadlineSeconds").is_some();
        let is_best_effort = || qos_class(&pod.spec) == "BestEffort";
        self.scopes.iter().all(|(scope, operator, values)| match scope.as_str() {
            "Terminating" => ends,
            "NotTerminating" => !ends,
            "BestEffort" => is_best_effort(),
            "NotBestEffort" => !is_best_effort(),
            "PriorityClass" => has_class(pod, operator, values),
            _ => false,
        })
    }
}

fn has_class(pod: &Pod, operator: &str, values: &[EcoString]) -> bool {
    let class = &pod.spec.priority_class_name;
    let requirement = LabelSelectorRequirement {
        key: "PriorityClass".into(),
        operator: operator.into(),
        values: values.to_vec(),
        ..Default::default()
    };
    let selector = LabelSelector { match_expressions: vec![requirement], ..Default::default() };
    let labels = (!class.is_empty()).then(|| ("PriorityClass".to_owned(), class.to_string()));
    selector.matches(&labels.into_iter().collect::<Labels>())
}

/// Why an object may not be created in its namespace; none if it may.
pub(super) fn forbids(world: &World, object: &Object, now: Time) -> Option<String> {
    let namespace = &object.metadata().namespace;
    if namespace.is_empty() || matches!(object, Object::Event(_)) {
        return None;
    }
    let quotas = quotas(world, namespace);
    if quotas.is_empty() { None } else { exceeded(world, &quotas, object, now) }
}

/// On its own, as most namespaces have no quota: the page may fetch it later.
#[inline(never)]
fn exceeded(world: &World, quotas: &[Quota], object: &Object, now: Time) -> Option<String> {
    let asked = usage(object, now);
    let mut interested: Vec<(&Quota, ResourceList)> = Vec::new();
    for quota in quotas.iter().filter(|quota| quota.counts(object)) {
        let limited = quota.hard.keys().filter(|name| asked.contains_key(name));
        let limited: ResourceList = limited.map(|name| (name.clone(), asked[name].clone())).collect();
        if let Object::Pod(pod) = object
            && let Some(unnamed) = unnamed(quota, pod)
        {
            return Some(format!("failed quota: {}: must specify {unnamed}", quota.name));
        }
        if !limited.is_empty() {
            interested.push((quota, limited));
        }
    }
    for (quota, asked) in interested {
        let used = used(world, quota, object, now);
        let none = Quantity::from_value(0, QuantityFormat::DecimalSI);
        let exceeded = |name: &EcoString| {
            let used = used.get(name).unwrap_or(&none);
            asked[name].sign() > 0 && asked[name].plus(used) > quota.hard[name]
        };
        let exceeded: Vec<&EcoString> = asked.keys().filter(|name| exceeded(name)).collect();
        if !exceeded.is_empty() {
            let told = |list: &ResourceList| {
                let parts = exceeded
                    .iter()
                    .map(|name| format!("{name}={}", list.get(name).unwrap_or(&none).canonical()));
                parts.collect::<Vec<_>>().join(",")
            };
            return Some(format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                quota.name,
                told(&asked),
                told(&used),
                told(&quota.hard)
            ));
        }
    }
    None
}

/// What containers of a pod have to name and do not (`Constraints` in `pods.go`).
fn unnamed(quota: &Quota, pod: &Pod) -> Option<String> {
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    if pod
        .spec
        .resources
        .as_ref()
        .is_some_and(|whole| !(whole.requests.is_empty() && whole.limits.is_empty()))
    {
        return None;
    }
    for container in pod.spec.all_containers() {
        let named = computed(&container.resources.requests, &container.resources.limits);
        for name in TO_BE_NAMED.into_iter().filter(|name| quota.hard.contains_key(name)) {
            if !named.contains_key(name) {
                missing.entry(name).or_default().insert(container.name.as_str());
            }
        }
    }
    let told = missing.into_iter().map(|(name, containers)| {
        format!("{name} for: {}", containers.into_iter().collect::<Vec<_>>().join(","))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// What the objects that are there come to, of the kind of a new one: those of other kinds count under other names.
fn used(world: &World, quota: &Quota, like: &Object, now: Time) -> ResourceList {
    let mut sum = ResourceList::new();
    let namespace = &like.metadata().namespace;
    if like.as_pod().is_some() {
        add_pods(&mut sum, world, quota, namespace, now);
    } else {
        let objects = world.of_kind(&like.kind()).filter(|object| object.metadata().namespace == *namespace);
        objects.for_each(|object| add(&mut sum, quota, object, 1, now));
    }
    sum
}

/// Adds what the pods of a namespace come to.
fn add_pods(sum: &mut ResourceList, world: &World, quota: &Quota, namespace: &str, now: Time) {
    for (pod, times) in kinds_of_pods(world.pods_in(namespace), now) {
        add(sum, quota, &Object::Pod(Rc::clone(pod)), times, now);
    }
}

/// Adds what an object and its like come to, so many of them, if they count.
fn add(sum: &mut ResourceList, quota: &Quota, object: &Object, times: usize, now: Time) {
    if !quota.counts(object) {
        return;
    }
    for (name, amount) in &usage(object, now) {
        let amount = if times == 1 { amount.clone() } else { amount.times(times) };
        let known = sum.get(name).map(|known| known.plus(&amount));
        sum.insert(name.clone(), known.unwrap_or(amount));
    }
}

/// Whether it is the kind of a quota.
pub fn is_quota(kind: &Kind) -> bool {
    *kind == *RESOURCE_QUOTA
}

/// A ResourceQuota with the status that the resourcequota controller gives it (`syncResourceQuota` in
/// `pkg/controller/resourcequota/resource_quota_controller.go`).
#[inline(never)]
pub fn with_usage(world: &World, object: Object, now: Time) -> Object {
    let is_one = is_quota(&object.kind());
    let Object::Stored(mut stored) = object else { return object };
    if !is_one {
        return Object::Stored(stored);
    }
    let Some(quota) = read(&stored) else { return Object::Stored(stored) };
    let mut sum = ResourceList::new();
    let namespace = &stored.metadata.namespace;
    add_pods(&mut sum, world, &quota, namespace, now);
    let others = world.objects_in(namespace);
    others
        .filter(|object| !matches!(object, Object::Pod(_) | Object::Event(_)))
        .for_each(|object| add(&mut sum, &quota, &object, 1, now));
    let none = Quantity::from_value(0, QuantityFormat::DecimalSI);
    let mut used = ResourceList::new();
    for name in quota.hard.keys().filter(|name| is_counted(name)) {
        used.insert(name.clone(), sum.get(name).unwrap_or(&none).clone());
    }
    let status = serde_json::json!({ "hard": quota.hard, "used": used });
    Rc::make_mut(&mut stored).rest.set("status", status);
    Object::Stored(stored)
}

/// Whether there is a sum of that name: storage is not counted here, and other names count nothing upstream either.
fn is_counted(name: &str) -> bool {
    let name = name.strip_prefix("requests.").filter(|name| *name != "storage").unwrap_or(name);
    let name = name.strip_prefix("limits.").unwrap_or(name);
    matches!(
        name,
        "cpu" | "memory" | "ephemeral-storage" | "pods" | "services.nodeports" | "services.loadbalancers"
    ) || OWN_QUOTAS.contains(&name)
        || ["count/", "hugepages-"].iter().any(|prefix| name.starts_with(prefix))
        || name.contains('/') && !name.contains("storageclass.storage.k8s.io")
}

/// Pods that count alike, as one of them and how many they are: the thousands of a namespace come from a few templates,
/// and each new one asks for the sum of all.
fn kinds_of_pods<'w>(pods: impl Iterator<Item = &'w Rc<Pod>>, now: Time) -> Vec<(&'w Rc<Pod>, usize)> {
    /// So many of those found last are compared with the next pod. Where all are different none is like another.
    const COMPARED: usize = 8;
    let mut kinds: Vec<(&Rc<Pod>, usize)> = Vec::new();
    for pod in pods {
        match kinds.iter_mut().rev().take(COMPARED).find(|(other, _)| count_alike(other, pod, now)) {
            Some((_, count)) => *count += 1,
            None => kinds.push((pod, 1)),
        }
    }
    kinds
}

/// Whether two pods are known to count for the same, under the same quotas.
fn count_alike(one: &Pod, other: &Pod, now: Time) -> bool {
    let (spec, others) = (&one.spec, &other.spec);
    let ends = |pod: &Pod| pod.spec.rest.get("activeDeadlineSeconds").is_some();
    Rc::ptr_eq(&spec.containers, &others.containers)
        && Rc::ptr_eq(&spec.init_containers, &others.init_containers)
        && spec.priority_class_name == others.priority_class_name
        && spec.overhead == others.overhead
        && spec.resources == others.resources
        && ends(one) == ends(other)
        && counts_for_nothing(one, now) == counts_for_nothing(other, now)
}

/// What an object counts for (`Usage` of each kind's evaluator).
fn usage(object: &Object, now: Time) -> ResourceList {
    let number = |count: usize| {
        Quantity::from_value(i64::try_from(count).unwrap_or(i64::MAX), QuantityFormat::DecimalSI)
    };
    let resource = object.kind().resource();
    let mut usage = ResourceList::from([(ecow::eco_format!("count/{resource}"), number(1))]);
    match object {
        Object::Pod(pod) if !counts_for_nothing(pod, now) => {
            let (mut requests, mut limits) = (totals(&pod.spec, requests), totals(&pod.spec, limits));
            for (name, more) in &pod.spec.overhead {
                requests.insert(
                    name.clone(),
                    requests.get(name).map_or_else(|| more.clone(), |own| own.plus(more)),
                );
                if let Some(own) = limits.get_mut(name) {
                    *own = own.plus(more);
                }
            }
            usage.set_all(&computed(&requests, &limits));
            usage.insert("pods".into(), number(1));
        }
        Object::Pod(_) => {}
        _ => {
            if OWN_QUOTAS.contains(&resource.as_str()) {
                usage.insert(resource.into(), number(1));
            }
        }
    }
    if let Object::Service(service) = object {
        let field = |name: &str| service.spec.rest.get(name);
        let is = |kind: &str| field("type").is_some_and(|type_| type_ == kind);
        let balances = is("LoadBalancer");
        let ports = field("ports").and_then(Value::as_array).filter(|_| balances || is("NodePort"));
        let gives_all = field("allocateLoadBalancerNodePorts").is_none_or(|gives| *gives != false);
        let is_counted =
            |port: &&Value| !balances || gives_all || port["nodePort"].as_i64().unwrap_or(0) != 0;
        let ports = ports.map_or(0, |ports| ports.iter().filter(is_counted).count());
        usage.insert("services.nodeports".into(), number(ports));
        usage.insert("services.loadbalancers".into(), number(usize::from(balances)));
    }
    usage
}

fn requests(resources: &ResourceRequirements) -> &ResourceList {
    &resources.requests
}

fn limits(resources: &ResourceRequirements) -> &ResourceList {
    &resources.limits
}

/// A pod that has ended, or should have (`QuotaV1Pod`).
fn counts_for_nothing(pod: &Pod, now: Time) -> bool {
    let metadata = &pod.metadata;
    let grace = metadata.deletion_grace_period_seconds.unwrap_or_default();
    let overdue = |at: Time| now > at + Millis::seconds(grace);
    pod.is_finished() || metadata.deletion_timestamp.is_some_and(overdue)
}

/// The names under which amounts are counted (`podComputeUsageHelper`).
fn computed(requests: &ResourceList, limits: &ResourceList) -> ResourceList {
    let mut usage = ResourceList::new();
    for (name, amount) in requests {
        let is_plain = ["cpu", "memory", "ephemeral-storage"].contains(&name.as_str());
        let is_huge = name.starts_with("hugepages-");
        if is_plain || is_huge {
            usage.insert(name.clone(), amount.clone());
        }
        if is_plain || is_huge || name.contains('/') {
            usage.insert(ecow::eco_format!("requests.{name}"), amount.clone());
        }
    }
    for (name, amount) in limits {
        if ["cpu", "memory", "ephemeral-storage"].contains(&name.as_str()) {
            usage.insert(ecow::eco_format!("limits.{name}"), amount.clone());
        }
    }
    usage
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Write;
    use crate::cluster::given::{add, object};
    use serde_json::json;

    fn pod(name: &str, cpu: &str, class: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "namespace": "default" },
            "spec": {
                "priorityClassName": class,
                "containers": [{ "name": "c", "image": "c:1", "resources": { "requests": { "cpu": cpu } } }],
            },
        })
    }

    #[test]
    fn what_would_be_too_much_is_refused_with_what_is_used() {
        let class = "system-node-critical";
        let critical = json!({ "matchExpressions": [{ "scopeName": "PriorityClass", "operator": "In", "values": [class] }] });
        // What is asked for the pod as a whole (`IsPodLevelResourcesSet`).
        let whole = |cpu: &str| {
            let mut pod = pod("b", "100m", "");
            pod["spec"]["containers"][0]["resources"] = json!({});
            pod["spec"]["resources"] = json!({ "requests": { "cpu": cpu } });
            pod
        };
        let balanced = |allocates: bool| {
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": { "name": "b", "namespace": "default" },
                "spec": { "type": "LoadBalancer", "allocateLoadBalancerNodePorts": allocates, "ports": [{ "port": 1 }] },
            })
        };
        for (spec, created, expected) in [
            (
                json!({ "hard": { "pods": "1" } }),
                pod("b", "1", ""),
                Some("exceeded quota: quota, requested: pods=1, used: pods=1, limited: pods=1"),
            ),
            (
                json!({ "hard": { "requests.cpu": "1", "pods": "9" } }),
                pod("b", "600m", ""),
                Some(
                    "exceeded quota: quota, requested: requests.cpu=600m, used: requests.cpu=500m, limited: requests.cpu=1",
                ),
            ),
            (json!({ "hard": { "requests.cpu": "1" } }), pod("b", "500m", ""), None),
            (
                json!({ "hard": { "limits.memory": "1Gi", "cpu": "9" } }),
                pod("b", "1", ""),
                Some("failed quota: quota: must specify limits.memory for: c"),
            ),
            (json!({ "hard": { "pods": "0" }, "scopeSelector": critical }), pod("b", "1", ""), None),
            (
                json!({ "hard": { "pods": "0" }, "scopeSelector": critical }),
                pod("b", "1", class),
                Some("exceeded quota: quota, requested: pods=1, used: pods=0, limited: pods=0"),
            ),
            (json!({ "hard": { "pods": "0" }, "scopes": ["BestEffort"] }), pod("b", "1", ""), None),
            (
                json!({ "hard": { "count/configmaps": "1", "configmaps": "1" } }),
                json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "b", "namespace": "default" } }),
                Some(
                    "exceeded quota: quota, requested: configmaps=1,count/configmaps=1, used: configmaps=1,count/configmaps=1, limited: configmaps=1,count/configmaps=1",
                ),
            ),
            (
                json!({ "hard": { "services.nodeports": "1" } }),
                json!({
                    "apiVersion": "v1", "kind": "Service", "metadata": { "name": "b", "namespace": "default" },
                    "spec": { "type": "NodePort", "ports": [{ "name": "a", "port": 1 }, { "name": "b", "port": 2 }] },
                }),
                Some(
                    "exceeded quota: quota, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1",
                ),
            ),
            (
                json!({ "hard": { "requests.cpu": "1" } }),
                whole("600m"),
                Some(
                    "exceeded quota: quota, requested: requests.cpu=600m, used: requests.cpu=500m, limited: requests.cpu=1",
                ),
            ),
            (json!({ "hard": { "requests.cpu": "2", "limits.memory": "1Gi" } }), whole("600m"), None),
            (json!({ "hard": { "services.nodeports": "0" } }), balanced(false), None),
            (
                json!({ "hard": { "services.nodeports": "0" } }),
                balanced(true),
                Some(
                    "exceeded quota: quota, requested: services.nodeports=1, used: services.nodeports=0, limited: services.nodeports=0",
                ),
            ),
        ] {
            let mut world = World::new(1, Time::EPOCH);
            add(&mut world, pod("a", "500m", ""));
            add(
                &mut world,
                json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a", "namespace": "default" } }),
            );
            let metadata = json!({ "name": "quota", "namespace": "default" });
            add(
                &mut world,
                json!({ "apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": spec }),
            );
            let written = world.write(Write::Create(object(created)), Time::EPOCH);
            let refused = written.err().map(|error| error.to_string());
            let told =
                refused.as_deref().and_then(|told| told.split_once(" is forbidden: ")).map(|(_, told)| told);
            assert_eq!(told, expected, "{spec}");
        }
    }

    #[test]
    fn who_reads_a_quota_reads_what_is_used_of_it() {
        let mut world = World::new(1, Time::EPOCH);
        for name in ["a", "b"] {
            add(&mut world, pod(name, "250m", ""));
        }
        let mut elsewhere = pod("c", "1", "");
        elsewhere["metadata"]["namespace"] = "kube-system".into();
        add(&mut world, elsewhere);
        let quota = |rest: Value| {
            let mut quota = json!({ "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "q", "namespace": "default" } });
            quota.as_object_mut().expect("an object").extend(rest.as_object().expect("fields").clone());
            object(quota)
        };
        let status = |quota| with_usage(&world, quota, Time::EPOCH).to_json()["status"].clone();
        let hard = json!({ "requests.cpu": "4", "pods": "6", "count/pods": "9", "limits.memory": "1Gi", "configmaps": "5" });
        let used = json!({ "requests.cpu": "500m", "pods": "2", "count/pods": "2", "limits.memory": "0", "configmaps": "0" });
        assert_eq!(status(quota(json!({ "spec": { "hard": hard } }))), json!({ "hard": hard, "used": used }));
        let scoped = json!({ "hard": { "pods": "6" }, "scopes": ["BestEffort"] });
        assert_eq!(status(quota(json!({ "spec": scoped })))["used"], json!({ "pods": "0" }));
        let stale = json!({ "hard": { "pods": "6" }, "used": { "pods": "5" } });
        let restored =
            quota(json!({ "spec": { "hard": { "pods": "6", "requests.storage": "1Gi" } }, "status": stale }));
        assert_eq!(status(restored)["used"], json!({ "pods": "2" }), "counted anew, but for storage");
    }

    /// What is counted by kinds is what is counted one by one.
    #[test]
    fn pods_of_one_template_count_each_and_those_that_differ_for_themselves() {
        let mut world = World::new(1, Time::EPOCH);
        let hard = json!({ "requests.cpu": "100", "pods": "100", "count/pods": "100" });
        add(
            &mut world,
            json!({
                "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "q", "namespace": "default" },
                "spec": { "hard": hard },
            }),
        );
        for (number, cpu) in ["250m", "250m", "1", "250m", "1500m"].into_iter().enumerate() {
            let class = if number == 3 { "system-node-critical" } else { "" };
            let mut pod = pod(&format!("p{number}"), cpu, class);
            if number == 1 {
                pod["spec"]["overhead"] = json!({ "cpu": "10m" });
            }
            add(&mut world, pod);
        }
        let mut ended = Rc::clone(world.pod("default", "p2").expect("a pod"));
        Rc::make_mut(&mut ended).status.phase = "Failed".into();
        world.write(Write::UpdateStatus(Object::Pod(ended)), Time::EPOCH).expect("accepted");
        let quotas = quotas(&world, "default");
        let used = used(&world, &quotas[0], &object(pod("new", "1", "")), Time::EPOCH);
        let told = |name: &str| used.get(name).map(Quantity::canonical);
        assert_eq!(told("requests.cpu").as_deref(), Some("2260m"));
        assert_eq!((told("pods").as_deref(), told("count/pods").as_deref()), (Some("4"), Some("5")));
        // However many pods have what one template gave them, it is added up once.
        let one = world.pod("default", "p0").expect("a pod");
        let kinds: Vec<usize> =
            kinds_of_pods(std::iter::repeat_n(one, 9), Time::EPOCH).iter().map(|(_, count)| *count).collect();
        assert_eq!(kinds, [9]);
    }

    #[test]
    fn a_pod_that_has_ended_counts_as_an_object_only() {
        let ended = |phase: &str| {
            let mut pod = pod("a", "1", "");
            pod["status"] = json!({ "phase": phase });
            usage(&object(pod), Time::EPOCH).keys().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(ended("Running"), ["count/pods", "cpu", "pods", "requests.cpu"]);
        assert_eq!(ended("Failed"), ["count/pods"]);
    }
}
