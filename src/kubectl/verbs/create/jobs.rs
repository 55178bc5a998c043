//! Jobs and CronJobs that are made of flags. Nothing here runs them. Upstream:
//! `kubectl/pkg/cmd/create/create_{job,cronjob}.go`.

use super::{made, name};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Query};
use crate::kubectl::{DRY_RUN, Env, Verb, source};
use serde_json::{Value, json};

/// The verb `create job`.
pub const JOB: Verb = Verb {
    name: "create job",
    flags: making![Flag::long("image", Takes::Text), Flag::long("from", Takes::Text)],
    run: job,
};

/// The verb `create cronjob`.
pub const CRON_JOB: Verb = Verb {
    name: "create cronjob",
    flags: making![
        Flag::long("image", Takes::Text),
        Flag::long("schedule", Takes::Text),
        Flag::long("restart", Takes::Text)
    ],
    run: cron_job,
};

/// The spec of a job with one container.
fn spec(args: &Args, name: &str, restart: &str) -> Value {
    let mut container =
        json!({ "image": args.text("image").unwrap_or_default(), "name": name, "resources": {} });
    if let Some(command) = args.positional.get(1..).filter(|command| !command.is_empty()) {
        container["command"] = json!(command);
    }
    json!({ "template": { "metadata": {}, "spec": { "containers": [container], "restartPolicy": restart } } })
}

fn job(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let name = name(args, "create job")?;
    let text = |flag: &str| args.text(flag).unwrap_or_default();
    if text("image").is_empty() == text("from").is_empty() {
        return Err(Failure::own("either --image or --from must be specified"));
    }
    if !text("from").is_empty() && args.positional.len() > 1 {
        return Err(Failure::own("cannot specify --from and command"));
    }
    let mut job = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": name }, "spec": {}, "status": {},
    });
    if text("from").is_empty() {
        job["spec"] = spec(args, &name, "Never");
    } else {
        let found = select::find(env, &Query::of(args, &[text("from").to_owned()]))?;
        let target = found.targets.first().ok_or(Failure::Told)?;
        let of = target.object.clone()?.to_json();
        if target.key.kind.name() != "CronJob" {
            let version = target.key.kind.api_version().rsplit('/').next().unwrap_or_default();
            return Err(Failure::own(format!("unknown object type *{version}.{}", target.key.kind.name())));
        }
        let template = &of["spec"]["jobTemplate"];
        job["metadata"]["annotations"] = json!({ "cronjob.kubernetes.io/instantiate": "manual" });
        let annotations = template.pointer("/metadata/annotations").and_then(Value::as_object);
        annotations.into_iter().flatten().for_each(|(name, value)| {
            job["metadata"]["annotations"][name] = value.clone();
        });
        if let Some(labels) = template.pointer("/metadata/labels") {
            job["metadata"]["labels"] = labels.clone();
        }
        job["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "batch/v1",
            "controller": true,
            "kind": "CronJob",
            "name": of["metadata"]["name"],
            "uid": of["metadata"]["uid"],
        }]);
        job["spec"] = template["spec"].clone();
    }
    made(env, args, job, "failed to create job: ", "created")
}

fn cron_job(env: &mut Env, args: &Args) -> Result<(), Failure> {
    args.require(&["image", "schedule"]).map_err(Failure::Own)?;
    let name = name(args, "create cronjob")?;
    let restart = args.text("restart").filter(|policy| !policy.is_empty()).unwrap_or("OnFailure");
    let cron_job = json!({
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": { "name": name },
        "spec": {
            "jobTemplate": { "metadata": { "name": name }, "spec": spec(args, &name, restart) },
            "schedule": args.text("schedule").unwrap_or_default(),
        },
        "status": {},
    });
    made(env, args, cron_job, "failed to create cronjob: ", "created")
}
