use crate::api::Time;
use crate::kubectl::given::{add, answer, cluster};
use serde_json::json;

#[test]
fn undo_refuses_what_is_no_revision_and_says_so_before_anything_is_written() {
    let world = cluster();
    for (line, error) in [
        ("kubectl rollout undo ds/agent", "error: no last revision to roll back to\n"),
        (
            "kubectl rollout undo ds/agent --to-revision=9",
            "error: unable to find specified revision 9 in history\n",
        ),
        (
            "kubectl rollout undo ds/nope",
            "Error from server (NotFound): daemonsets.apps \"nope\" not found\n",
        ),
        ("kubectl rollout undo", "error: required resource not specified\n"),
    ] {
        let answer = answer(&world, line);
        assert_eq!((answer.err.as_str(), answer.code, answer.writes.len()), (error, 1, 0), "{line}");
    }
}

/// Its controller is not here, and so nothing made a revision of it.
#[test]
fn a_stateful_set_has_no_revisions() {
    let mut world = cluster();
    add(
        &mut world,
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": "db" },
            "spec": {
                "serviceName": "db", "selector": { "matchLabels": { "app": "db" } },
                "template": {
                    "metadata": { "labels": { "app": "db" } },
                    "spec": { "containers": [{ "name": "db", "image": "db:1" }] },
                },
            },
        }),
    );
    let history = answer(&world, "kubectl rollout history sts/db");
    assert_eq!(
        (history.out.as_str(), history.code),
        ("statefulset.apps/db \nNo rollout history found.\n", 0)
    );
    let undo = answer(&world, "kubectl rollout undo sts/db");
    assert_eq!((undo.err.as_str(), undo.code), ("error: no last revision to roll back to\n", 1));
    let undo = answer(&world, "kubectl rollout undo sts/db --to-revision=5");
    assert_eq!(undo.err, "error: unable to find specified revision 5 in history\n");
    let other = answer(&world, "kubectl rollout history pod/p");
    assert_eq!(other.err, "error: no history viewer has been implemented for \"Pod\"\n");
}

#[test]
fn restart_changes_the_template_once_a_second() {
    let mut world = cluster();
    let first = answer(&world, "kubectl rollout restart daemonset agent");
    assert_eq!((first.out.as_str(), first.writes.len()), ("daemonset.apps/agent restarted\n", 1));
    for write in first.writes {
        world.write(write, Time::EPOCH).expect("accepted");
    }
    let again = answer(&world, "kubectl rollout restart ds/agent");
    assert_eq!((again.code, again.writes.len()), (1, 0));
}

#[test]
fn a_deployment_alone_can_be_paused() {
    let mut world = cluster();
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": {
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": "web:1" }] },
            },
        },
    });
    add(&mut world, deployment);
    for (line, out, err) in [
        ("pause ds/agent", "", "error: daemonsets.apps \"agent\" pausing is not supported\n"),
        ("resume deploy/web", "", "error: deployments.apps \"web\" is not paused\n"),
        ("pause deploy/web", "deployment.apps/web paused\n", ""),
        ("pause deploy/web", "", "error: deployments.apps \"web\" is already paused\n"),
        (
            "restart deploy/web",
            "",
            "error: deployments.apps \"web\" can't restart paused deployment (run rollout resume first)\n",
        ),
        ("resume deploy web", "deployment.apps/web resumed\n", ""),
        ("restart deploy -l x=y", "", "No resources found in default namespace.\n"),
        ("restart deploy", "deployment.apps/web restarted\n", ""),
    ] {
        let answer = answer(&world, &format!("kubectl rollout {line}"));
        assert_eq!((answer.out.as_str(), answer.err.as_str()), (out, err), "{line}");
        for write in answer.writes {
            world.write(write, Time::EPOCH).expect("accepted");
        }
    }
}

#[test]
fn a_deployment_goes_back_to_the_template_of_a_replica_set() {
    let mut world = cluster();
    let template = |image: &str| {
        json!({
            "metadata": { "labels": { "app": "web" } },
            "spec": { "containers": [{ "name": "web", "image": image }] },
        })
    };
    let selector = json!({ "matchLabels": { "app": "web" } });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "web", "uid": "u", "annotations": { "deployment.kubernetes.io/revision": "2" } },
        "spec": { "replicas": 2, "selector": selector, "template": template("web:2") },
        "status": { "observedGeneration": 1, "replicas": 2, "updatedReplicas": 1 },
    });
    add(&mut world, deployment);
    let uid =
        world.objects().find(|object| object.metadata().name == "web").map(|web| web.metadata().uid.clone());
    for (number, image) in [("1", "web:1"), ("2", "web:2")] {
        let set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": format!("web-{number}"),
                "annotations": { "deployment.kubernetes.io/revision": number },
                "ownerReferences": [
                    { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": uid, "controller": true },
                ],
            },
            "spec": { "selector": selector, "template": template(image) },
        });
        add(&mut world, set);
    }
    let told = answer(&world, "kubectl rollout undo deploy/web --dry-run=client");
    assert!(told.out.starts_with("deployment.apps/web Pod Template:"), "{}", told.out);
    assert!(told.out.contains("web:1"), "{}", told.out);
    for (line, out, err) in [
        ("undo deploy/web --to-revision=7", "", "error: unable to find specified revision 7 in history\n"),
        (
            "undo deploy/web --to-revision=2",
            "deployment.apps/web skipped rollback (current template already matches revision 2)\n",
            "",
        ),
        ("undo deploy/web", "deployment.apps/web rolled back\n", ""),
        (
            "status deploy/web --revision=9",
            "",
            "error: desired revision (9) is different from the running revision (2)\n",
        ),
    ] {
        let answer = answer(&world, &format!("kubectl rollout {line}"));
        assert_eq!((answer.out.as_str(), answer.err.as_str()), (out, err), "{line}");
        assert_eq!(answer.writes.len(), usize::from(out.ends_with("rolled back\n")), "{line}");
    }
}
