use crate::api::{ContainerImage, Node, Pod};
use crate::scheduler::plugins::testing::*;
use std::rc::Rc;

fn holding(name: &str, image: &str, mib: i64) -> Node {
    let mut node = node(name);
    let image =
        ContainerImage { names: vec![image.into()], size_bytes: mib * 1024 * 1024, ..Default::default() };
    node.status.images.push(image);
    node
}

fn running(image: &str) -> Pod {
    let mut pod = pod("p");
    Rc::make_mut(&mut Rc::make_mut(&mut pod.spec).containers)[0].image = image.into();
    pod
}

#[test]
fn the_size_of_present_images_counts_scaled_by_how_many_nodes_have_them() {
    for (image, other, expected) in [
        ("app:1", "none:1", 48),
        ("app:1", "app:1", 100),
        ("app", "none:1", 0),
        ("host:5000/app", "none:1", 0),
    ] {
        let nodes = [holding("n1", "app:1", 1000), holding("n2", other, 1000)];
        let trace = schedule(&world(&nodes, &[]), running(image));
        assert_eq!(score(&trace, "ImageLocality", "n1"), Some(expected), "{image}, {other} elsewhere");
    }
}

#[test]
fn a_name_without_tag_means_latest() {
    let nodes = [holding("n1", "host:5000/app:latest", 2000), node("n2")];
    let trace = schedule(&world(&nodes, &[]), running("host:5000/app"));
    assert_eq!(score(&trace, "ImageLocality", "n1"), Some(100));
}

#[test]
fn a_node_that_lists_an_image_twice_counts_once() {
    let mut twice = holding("n1", "app:1", 1000);
    twice.status.images.push(twice.status.images[0].clone());
    let trace = schedule(&world(&[twice, node("n2")], &[]), running("app:1"));
    // Half the nodes have it: (500 MiB - 23 MiB) of (1000 MiB - 23 MiB).
    assert_eq!(score(&trace, "ImageLocality", "n1"), Some(48));
}
