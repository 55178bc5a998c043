//! `kubectl cluster-info`. Upstream: `kubectl/pkg/cmd/clusterinfo/clusterinfo.go`.

use super::config::ADDRESS;
use crate::kubectl::{Env, Verb};

/// The verb.
pub const VERB: Verb = Verb {
    name: "cluster-info",
    flags: &[],
    run: |env: &mut Env, _| {
        env.say(&format!("Kubernetes control plane is running at {ADDRESS}"));
        env.say("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
        Ok(())
    },
};
