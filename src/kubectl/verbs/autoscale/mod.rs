//! `kubectl autoscale`. Upstream: `kubectl/pkg/cmd/autoscale/autoscale.go`. The autoscaler is stored; nothing measures
//! here, and so nothing scales.

use super::create::made;
use super::patch::is_scaled;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::kinds::ApiResource;
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Query};
use crate::kubectl::{DRY_RUN, DryRun, Env, Verb, dry_run, source};
use serde_json::json;

/// The verb.
pub const VERB: Verb = Verb {
    name: "autoscale",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::FILENAME,
        source::FIELD_MANAGER,
        source::SAVE_CONFIG,
        Flag::long("min", Takes::Number),
        Flag::long("max", Takes::Number),
        Flag::long("cpu", Takes::Text),
        Flag::long("cpu-percent", Takes::Number),
        Flag::long("memory", Takes::Text),
        Flag::long("name", Takes::Text),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    args.require(&["max"]).map_err(Failure::Own)?;
    // The printer of what is only tried is made with another word.
    let deed = if dry_run(args)? == DryRun::Client { "created" } else { "autoscaled" };
    if args.has("cpu-percent") {
        env.complain("Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).\n");
    }
    let (least, most) = (args.number("min").unwrap_or(-1), args.number("max").unwrap_or(-1));
    if most < 1 {
        return Err(Failure::own(format!("--max=MAXPODS is required and must be at least 1, max: {most}")));
    }
    if most < least {
        return Err(Failure::own(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {most}, min: {least}"
        )));
    }
    let found = select::find(env, &Query::of(args, &args.positional))?;
    select::each(env, &found.targets, |env, target, object| {
        let kind = &target.key.kind;
        if !is_scaled(kind) {
            return Err(Failure::own(format!(
                "cannot autoscale a {}: could not find scale subresource for {} in discovery information",
                kind.name(),
                target.resource.map(ApiResource::mapping).unwrap_or_default()
            )));
        }
        let name = args.text("name").unwrap_or(&object.metadata().name);
        let mut spec = json!({
            "maxReplicas": most,
            "scaleTargetRef": {
                "apiVersion": kind.api_version(), "kind": kind.name(), "name": object.metadata().name.as_str(),
            },
        });
        if least > 0 {
            spec["minReplicas"] = least.into();
        }
        let mut metrics = Vec::new();
        let percent = args.number("cpu-percent").filter(|percent| *percent >= 0);
        if let Some(percent) = percent {
            metrics.push(metric("cpu", &format!("{percent}%"), ""));
        }
        for (resource, unit) in [("cpu", "m"), ("memory", "Mi")] {
            if let Some(target) = args.text(resource).filter(|text| !text.is_empty()) {
                metrics.push(metric(resource, target, unit));
            }
        }
        if !metrics.is_empty() {
            spec["metrics"] = metrics.into();
        }
        let scaler = json!({
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": { "name": name },
            "spec": spec,
            "status": { "currentMetrics": null, "desiredReplicas": 0 },
        });
        made(env, args, scaler, "", deed).map_err(|failure| refused(args, failure))
    })
}

/// What is refused is tried again as the older version of the kind, which knows a share of the cpu alone.
fn refused(args: &Args, failure: Failure) -> Failure {
    let text = |flag: &str| args.text(flag).unwrap_or_default();
    let why = match (text("cpu"), text("memory")) {
        (cpu, "") if cpu.ends_with('%') => return failure,
        ("", _) => "empty input",
        _ => "%!w(<nil>)",
    };
    Failure::own(format!(
        "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: {why}"
    ))
}

/// A target: a share of what is requested, or an amount.
fn metric(resource: &str, target: &str, unit: &str) -> serde_json::Value {
    let target = match target.strip_suffix('%').and_then(|percent| percent.parse::<i64>().ok()) {
        Some(percent) => json!({ "averageUtilization": percent, "type": "Utilization" }),
        None => {
            let is_bare = target.chars().all(|letter| letter.is_ascii_digit());
            let amount = if is_bare { format!("{target}{unit}") } else { target.to_owned() };
            json!({ "averageValue": amount, "type": "AverageValue" })
        }
    };
    json!({ "resource": { "name": resource, "target": target }, "type": "Resource" })
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn a_daemon_set_is_not_scaled() {
        for (line, err) in [
            ("ds agent", "error: required flag(s) \"max\" not set\n"),
            ("ds agent --max=0", "error: --max=MAXPODS is required and must be at least 1, max: 0\n"),
            (
                "ds agent --max=3",
                "error: cannot autoscale a DaemonSet: could not find scale subresource for apps/v1, Resource=daemonsets in discovery information\n",
            ),
        ] {
            assert_eq!(answer(&cluster(), &format!("kubectl autoscale {line}")).err, err, "{line}");
        }
    }
}
