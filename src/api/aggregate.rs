//! What a pod's containers ask for together, as quantities that print as they were written. Upstream:
//! `AggregateContainerRequests` and `AggregateContainerLimits` in `component-helpers/resource/helpers.go`. (The
//! scheduler counts in whole numbers, see [`super::requests`].)

use super::Quantity;
use crate::api::sort;
use serde_json::Value;
use std::collections::BTreeMap;

/// Amounts by resource.
pub(super) type Amounts = BTreeMap<String, Quantity>;

/// The sum of `requests` or `limits` in a pod's spec: of the containers that run together, but no less than what the
/// initialisation needs at any moment.
pub(super) fn container_sum(spec: &Value, list: &str) -> Amounts {
    let containers = |field: &str| spec[field].as_array().into_iter().flatten();
    let mut sum = Amounts::new();
    for container in containers("containers") {
        add(&mut sum, &amounts(&container["resources"][list]));
    }
    let (mut sidecars, mut start) = (Amounts::new(), Amounts::new());
    for container in containers("initContainers") {
        let own = amounts(&container["resources"][list]);
        if container["restartPolicy"] == "Always" {
            add(&mut sum, &own);
            add(&mut sidecars, &own);
            raise(&mut start, &sidecars);
        } else {
            let mut now = own;
            add(&mut now, &sidecars);
            raise(&mut start, &now);
        }
    }
    raise(&mut sum, &start);
    sum
}

fn amounts(list: &Value) -> Amounts {
    let entries = list.as_object().into_iter().flatten();
    let amount = |value: &Value| value.as_str().and_then(|text| Quantity::parse(text).ok());
    sort::map(entries.filter_map(|(name, value)| Some((name.clone(), amount(value)?))))
}

fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let total = match sum.get(name) {
            Some(before) => plus(before, amount),
            None => amount.clone(),
        };
        sum.insert(name.clone(), total);
    }
}

fn plus(a: &Quantity, b: &Quantity) -> Quantity {
    let milli = a.milli_value().saturating_add(b.milli_value());
    let format = if a.sign() == 0 { b.format() } else { a.format() };
    if milli % 1000 == 0 { Quantity::from_value(milli / 1000, format) } else { Quantity::from_milli(milli) }
}

fn raise(list: &mut Amounts, least: &Amounts) {
    for (name, amount) in least {
        if list.get(name).is_none_or(|before| amount > before) {
            list.insert(name.clone(), amount.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sidecars_count_with_the_containers_and_the_start_sets_the_least() {
        let with = |cpu: &str, memory: &str| json!({"requests": {"cpu": cpu, "memory": memory}});
        let spec = json!({
            "containers": [{"resources": with("100m", "64Mi")}, {"resources": with("900m", "64Mi")}],
            "initContainers": [
                {"resources": with("50m", "16Mi"), "restartPolicy": "Always"},
                {"resources": with("500m", "1Gi")},
            ],
        });
        let told: Vec<String> = container_sum(&spec, "requests")
            .iter()
            .map(|(name, amount)| format!("{name} {amount}"))
            .collect();
        assert_eq!(told, ["cpu 1050m", "memory 1040Mi"]);
        assert!(container_sum(&spec, "limits").is_empty());
    }
}
