use crate::api::Time;
use crate::kubectl::given::{answer, cluster};

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
