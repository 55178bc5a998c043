//! The LimitRanger plugin: what containers of a namespace get where they ask for nothing, and the bounds of what they may
//! ask for. Upstream: `plugin/pkg/admission/limitranger/admission.go`.

use super::World;
use crate::api::requests::totals;
use crate::api::{Kind, Object, Pod, Quantity, ResourceList, ResourceRequirements};
use serde_json::Value;
use std::rc::Rc;
use std::sync::LazyLock;

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// The greatest number that is compared in thousandths.
const MOST_MILLI: i64 = i64::MAX / 1000;

/// One of the limits of a LimitRange.
struct Limit {
    of: String,
    default: ResourceList,
    default_request: ResourceList,
    min: ResourceList,
    max: ResourceList,
    ratio: ResourceList,
}

impl Limit {
    fn read(limit: &Value) -> Self {
        let list =
            |field: &str| serde_json::from_value::<ResourceList>(limit[field].clone()).unwrap_or_default();
        Limit {
            of: limit["type"].as_str().unwrap_or_default().to_owned(),
            default: list("default"),
            default_request: list("defaultRequest"),
            min: list("min"),
            max: list("max"),
            ratio: list("maxLimitRequestRatio"),
        }
    }
}

/// Adds what is missing; returns its names.
fn fill(list: &mut ResourceList, from: &ResourceList) -> Vec<String> {
    let mut filled = Vec::new();
    for (name, amount) in from {
        if !list.contains_key(name) {
            list.insert(name.clone(), amount.clone());
            filled.push(name.to_string());
        }
    }
    filled
}

/// Made once: it is asked for whenever a pod is created.
static LIMIT_RANGE: LazyLock<Kind> = LazyLock::new(|| Kind::of("v1", "LimitRange"));

/// The limits of each LimitRange of a namespace.
fn ranges(world: &World, namespace: &str) -> Vec<Vec<Limit>> {
    let ranges = world.of_kind(&LIMIT_RANGE).filter(|range| range.metadata().namespace == namespace);
    let limits = ranges.filter_map(|range| match range {
        Object::Stored(stored) => stored.rest.get("spec")?.get("limits")?.as_array(),
        _ => None,
    });
    limits.map(|limits| limits.iter().map(Limit::read).collect()).collect()
}

/// Gives a pod that is created what its containers do not ask for, and says so in an annotation.
pub(super) fn fill_in(world: &World, pod: &mut Rc<Pod>) {
    for range in ranges(world, &pod.metadata.namespace) {
        give(range, pod);
    }
}

/// On its own, as most namespaces have no LimitRange: the page may fetch it later.
#[inline(never)]
fn give(range: Vec<Limit>, pod: &mut Rc<Pod>) {
    let mut given = ResourceRequirements::default();
    for limit in range.into_iter().filter(|limit| limit.of == "Container") {
        given.limits.set_all(&limit.default);
        given.requests.set_all(&limit.default_request);
    }
    if given == ResourceRequirements::default() {
        return;
    }
    let pod = Rc::make_mut(pod);
    let spec = Rc::make_mut(&mut pod.spec);
    let mut told = Vec::new();
    for (what, containers) in
        [("container", &mut spec.containers), ("init container", &mut spec.init_containers)]
    {
        for container in Rc::make_mut(containers) {
            let limits = fill(&mut container.resources.limits, &given.limits);
            let requests = fill(&mut container.resources.requests, &given.requests);
            for (filled, kind) in [(requests, "request"), (limits, "limit")] {
                if !filled.is_empty() {
                    told.push(format!("{} {kind} for {what} {}", filled.join(", "), container.name));
                }
            }
        }
    }
    if !told.is_empty() {
        let told = format!("LimitRanger plugin set: {}", told.join("; "));
        pod.metadata.annotations.insert(ANNOTATION.into(), told.into());
    }
}

/// Why a pod may not be created in its namespace; none if it may.
pub(super) fn forbids(world: &World, pod: &Pod) -> Option<String> {
    ranges(world, &pod.metadata.namespace).iter().find_map(|range| against(range, pod))
}

#[inline(never)]
fn against(range: &[Limit], pod: &Pod) -> Option<String> {
    let mut errors: Vec<String> = Vec::new();
    for limit in range {
        let mut check = |resources: &ResourceRequirements| {
            errors.extend(limit.min.iter().filter_map(|bound| too_little(&limit.of, bound, resources)));
            errors.extend(limit.max.iter().filter_map(|bound| too_much(&limit.of, bound, resources)));
            errors.extend(limit.ratio.iter().filter_map(|bound| too_far(&limit.of, bound, resources)));
        };
        match limit.of.as_str() {
            "Container" => {
                pod.spec.all_containers().for_each(|container| check(&container.resources));
            }
            "Pod" => check(&ResourceRequirements {
                requests: totals(&pod.spec, |resources| &resources.requests),
                limits: totals(&pod.spec, |resources| &resources.limits),
                ..Default::default()
            }),
            _ => {}
        }
    }
    let mut distinct: Vec<String> = Vec::new();
    for error in errors {
        if !distinct.contains(&error) {
            distinct.push(error);
        }
    }
    match distinct.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(format!("[{}]", several.join(", "))),
    }
}

type Bound<'a> = (&'a crate::api::EcoString, &'a Quantity);

/// Both amounts and the bound in one unit that suits them all (`requestLimitEnforcedValues`).
fn comparable(resources: &ResourceRequirements, (name, bound): Bound) -> [Option<i64>; 3] {
    let all = [resources.requests.get(name), resources.limits.get(name), Some(bound)];
    let is_small = all.iter().flatten().all(|amount| amount.value() <= MOST_MILLI);
    all.map(|amount| amount.map(|amount| if is_small { amount.milli_value() } else { amount.value() }))
}

fn too_little(of: &str, bound: Bound, resources: &ResourceRequirements) -> Option<String> {
    let (name, least) = bound;
    let [request, limit, bound] = comparable(resources, bound);
    let told = format!("minimum {name} usage per {of} is {}", least.canonical());
    let Some(request) = request else { return Some(told + ".  No request is specified") };
    if Some(request) < bound {
        return Some(format!("{told}, but request is {}", resources.requests[name].canonical()));
    }
    let is_less = limit.is_some() && limit < bound;
    is_less.then(|| format!("{told}, but limit is {}", resources.limits[name].canonical()))
}

fn too_much(of: &str, bound: Bound, resources: &ResourceRequirements) -> Option<String> {
    let (name, most) = bound;
    let [request, limit, bound] = comparable(resources, bound);
    let told = format!("maximum {name} usage per {of} is {}", most.canonical());
    let Some(limit) = limit else { return Some(told + ".  No limit is specified") };
    if Some(limit) > bound {
        return Some(format!("{told}, but limit is {}", resources.limits[name].canonical()));
    }
    (request > bound).then(|| format!("{told}, but request is {}", resources.requests[name].canonical()))
}

fn too_far(of: &str, bound: Bound, resources: &ResourceRequirements) -> Option<String> {
    let (name, most) = bound;
    let [request, limit, _] = comparable(resources, bound);
    let told = format!("{name} max limit to request ratio per {of} is {}", most.canonical());
    let Some(request) = request.filter(|amount| *amount != 0) else {
        return Some(told + ", but no request is specified or request is 0");
    };
    let Some(limit) = limit.filter(|amount| *amount != 0) else {
        return Some(told + ", but no limit is specified or limit is 0");
    };
    let ratio = limit as f64 / request as f64;
    let is_small = most.value() <= MOST_MILLI;
    let is_over =
        if is_small { ratio * 1000.0 > most.milli_value() as f64 } else { ratio > most.value() as f64 };
    is_over.then(|| format!("{told}, but provided ratio is {ratio:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Time;
    use crate::cluster::Write;
    use crate::cluster::given::{add, object};
    use serde_json::json;

    fn created(limits: Value, resources: Value) -> Result<Object, String> {
        let mut world = World::new(1, Time::EPOCH);
        let metadata = |name: &str| json!({ "name": name, "namespace": "default" });
        let spec = json!({ "limits": limits });
        add(
            &mut world,
            json!({ "apiVersion": "v1", "kind": "LimitRange", "metadata": metadata("limits"), "spec": spec }),
        );
        let spec = json!({ "containers": [{ "name": "c", "image": "c:1", "resources": resources }] });
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata("p"), "spec": spec });
        let written = world.write(Write::Create(object(pod)), Time::EPOCH);
        written
            .map_err(|error| error.to_string())
            .map(|change| change.and_then(|change| change.after).expect("a pod"))
    }

    #[test]
    fn a_container_gets_what_it_does_not_ask_for_and_the_pod_says_so() {
        for (limit, resources, expected, told) in [
            (
                json!({ "default": { "cpu": "500m" }, "defaultRequest": { "cpu": "100m" }, "max": { "memory": "1Gi" } }),
                json!({}),
                json!({ "limits": { "cpu": "500m", "memory": "1Gi" }, "requests": { "cpu": "100m", "memory": "1Gi" } }),
                Some("cpu, memory request for container c; cpu, memory limit for container c"),
            ),
            (
                json!({ "min": { "cpu": "50m" } }),
                json!({ "limits": { "cpu": "1" } }),
                json!({ "limits": { "cpu": "1" }, "requests": { "cpu": "1" } }),
                None,
            ),
        ] {
            let mut limit = limit;
            limit["type"] = "Container".into();
            let pod = created(json!([limit]), resources).expect("accepted").to_json();
            assert_eq!(pod["spec"]["containers"][0]["resources"], expected);
            let told = told.map(|told| format!("LimitRanger plugin set: {told}"));
            assert_eq!(pod["metadata"]["annotations"][ANNOTATION].as_str(), told.as_deref());
        }
    }

    #[test]
    fn bounds_that_contradict_each_other_are_refused() {
        let limit = json!([{ "type": "Container", "min": { "cpu": "2" }, "max": { "cpu": "1" } }]);
        let range = json!({
            "apiVersion": "v1", "kind": "LimitRange", "metadata": { "name": "l", "namespace": "default" },
            "spec": { "limits": limit },
        });
        let written = World::new(1, Time::EPOCH).write(Write::Create(object(range)), Time::EPOCH);
        let told = written.expect_err("refused").to_string();
        for expected in [
            "spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value 1",
            "spec.limits[0].defaultRequest[cpu]: Invalid value: \"1\": min value 2 is greater than default request value 1",
            "spec.limits[0].default[cpu]: Invalid value: \"2\": min value 2 is greater than default value 1",
        ] {
            assert!(told.contains(expected), "{told}");
        }
    }

    #[test]
    fn what_is_beyond_the_bounds_is_refused_in_upstreams_words() {
        let of = |type_: &str, bound: &str, list: Value| json!([{ "type": type_, bound: list }]);
        let asks = |request: &str, limit: &str| json!({ "requests": { "cpu": request }, "limits": { "cpu": limit } });
        for (limits, resources, expected) in [
            (
                of("Container", "max", json!({ "cpu": "1" })),
                asks("2", "2"),
                "maximum cpu usage per Container is 1, but limit is 2",
            ),
            (
                of("Container", "min", json!({ "cpu": "50m" })),
                asks("10m", "1"),
                "minimum cpu usage per Container is 50m, but request is 10m",
            ),
            (
                of("Container", "maxLimitRequestRatio", json!({ "cpu": "2" })),
                asks("100m", "500m"),
                "cpu max limit to request ratio per Container is 2, but provided ratio is 5.000000",
            ),
            (
                of("Pod", "max", json!({ "memory": "1Gi" })),
                asks("1", "1"),
                "maximum memory usage per Pod is 1Gi.  No limit is specified",
            ),
            (
                of("Pod", "min", json!({ "cpu": "2", "memory": "1Gi" })),
                asks("1", "1"),
                "[minimum cpu usage per Pod is 2, but request is 1, minimum memory usage per Pod is 1Gi.  No request is specified]",
            ),
        ] {
            let refused = created(limits, resources).expect_err("refused");
            assert_eq!(refused, format!("pods \"p\" is forbidden: {expected}"));
        }
    }
}
