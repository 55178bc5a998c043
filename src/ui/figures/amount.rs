//! What is used of a resource, as a bar with its figures.

use crate::api::requests::pod_requests;
use crate::api::{Node, Pod, Quantity};
use std::rc::Rc;
#[cfg(target_arch = "wasm32")]
use yew::prelude::*;

/// What is used of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// `cpu` or `mem`.
    pub name: &'static str,
    /// Hundredths of the bar that other pods take.
    pub rest: u32,
    /// Hundredths that the DaemonSet's pods take.
    pub own: u32,
    /// Whether more is asked for than there is.
    pub over: bool,
    /// `850m/2`, `1.2/3.7Gi`
    pub text: String,
}

/// What the pods that are bound to a node ask for against what it has.
pub fn meters(node: &Node, pods: &[Rc<Pod>], own: impl Fn(&&Rc<Pod>) -> bool) -> [Meter; 2] {
    let mut sums = [[0i64; 2]; 2];
    for pod in pods.iter().filter(|pod| pod.takes_room()) {
        let asks = pod_requests(pod).requests;
        let kind = usize::from(own(&pod));
        sums[kind][0] = sums[kind][0].saturating_add(asks.milli_cpu);
        sums[kind][1] = sums[kind][1].saturating_add(asks.memory);
    }
    let amount = |resource: &str| node.status.allocatable.get(resource);
    let meter = |name, index: usize, all: i64, text: String| {
        let share = |sum: i64| {
            let share = i128::from(sum).saturating_mul(100) / i128::from(all.max(1));
            u32::try_from(share.clamp(0, 100)).unwrap_or(100)
        };
        let (rest, own) = (sums[0][index], sums[1][index]);
        let over = rest.saturating_add(own) > all;
        let before = share(rest);
        Meter { name, rest: before, own: share(own).min(100 - before), over, text }
    };
    let cpu = amount("cpu").map_or(0, Quantity::milli_value);
    let memory = amount("memory").map_or(0, Quantity::value);
    let used = |index: usize| sums[0][index].saturating_add(sums[1][index]);
    let cores = if cpu % 1000 == 0 { format!("{}", cpu / 1000) } else { format!("{cpu}m") };
    [
        meter("cpu", 0, cpu, format!("{}m/{cores}", used(0))),
        meter("mem", 1, memory, format!("{}/{}Gi", gibi(used(1), memory), gibi(memory, 0))),
    ]
}

/// Bytes in GiB with one decimal; with two where one would not tell them from `other` bytes.
fn gibi(bytes: i64, other: i64) -> String {
    let hundredths = |bytes: i64| (i128::from(bytes) * 100 + (1 << 29)) >> 30;
    let tenths = |bytes: i64| (hundredths(bytes) + 5) / 10;
    let text = match (hundredths(bytes), tenths(bytes)) {
        (_, tenths @ 100..) => format!("{}", (tenths + 5) / 10),
        (exact, rounded) if bytes != other && rounded == tenths(other) => {
            format!("{}.{:02}", exact / 100, exact % 100)
        }
        (_, rounded) => format!("{}.{}", rounded / 10, rounded % 10),
    };
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// The bar.
#[cfg(target_arch = "wasm32")]
pub fn meter(meter: &Meter) -> Html {
    let own = if meter.over { "over" } else { "r1" };
    html! {
        <div class="meter">
            <span>{ meter.name }</span>
            <svg viewBox="0 0 100 7" preserveAspectRatio="none" aria-hidden="true">
                <rect class="track" width="100" height="7" rx="1" />
                <rect class="rest" width={meter.rest.to_string()} height="7" />
                <rect class={own} x={meter.rest.to_string()} width={meter.own.to_string()} height="7" />
            </svg>
            <b>{ meter.text.clone() }</b>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_few_digits() {
        let gi = 1i64 << 30;
        for (bytes, other, expected) in [
            (0, gi, "0"),
            (gi, 0, "1"),
            (gi * 3 / 2, 0, "1.5"),
            (gi * 15 / 2, 0, "7.5"),
            (gi * 30, 0, "30"),
            (gi * 36 / 10, 0, "3.6"),
            (gi * 12 + gi / 2, 0, "13"),
            (gi * 176 / 100, gi * 18 / 10, "1.76"),
            (gi * 18 / 10, gi * 18 / 10, "1.8"),
        ] {
            assert_eq!(gibi(bytes, other), expected, "{bytes}");
        }
    }
}
