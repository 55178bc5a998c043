use crate::api::{ContainerPort, Pod};
use crate::scheduler::plugins::testing::*;
use std::rc::Rc;

fn exposing(mut pod: Pod, host_port: i32, protocol: &str, host_ip: &str) -> Pod {
    let port = ContainerPort {
        host_port,
        container_port: 80,
        protocol: protocol.into(),
        host_ip: host_ip.into(),
        ..Default::default()
    };
    Rc::make_mut(&mut Rc::make_mut(&mut pod.spec).containers)[0].ports.push(port);
    pod
}

#[test]
fn a_port_conflicts_on_its_protocol_and_an_overlapping_address() {
    for (taken, wanted, fits) in [
        ((80, "TCP", ""), (80, "", ""), false),
        ((80, "TCP", ""), (81, "TCP", ""), true),
        ((80, "TCP", ""), (80, "UDP", ""), true),
        ((80, "TCP", "10.0.0.1"), (80, "TCP", "10.0.0.2"), true),
        ((80, "TCP", "10.0.0.1"), (80, "TCP", "10.0.0.1"), false),
        ((80, "TCP", "10.0.0.1"), (80, "TCP", "0.0.0.0"), false),
        ((0, "TCP", ""), (0, "TCP", ""), true),
    ] {
        let old = on(exposing(pod("old"), taken.0, taken.1, taken.2), "n1");
        let trace = schedule(&world(&[node("n1")], &[old]), exposing(pod("p"), wanted.0, wanted.1, wanted.2));
        assert_eq!(trace.node().is_some(), fits, "{taken:?} then {wanted:?}");
    }
}
