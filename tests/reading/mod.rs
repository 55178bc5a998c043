//! Reading takes as long as the text is long, whatever it holds.

use playground::manifest::parse;

/// How many times longer it takes to read eight times as much: the shortest of a few tries each.
#[allow(clippy::disallowed_types, reason = "what is measured here is the host's time")]
fn growth(text: impl Fn(usize) -> String, size: usize) -> f64 {
    let time = |text: &str| {
        let tries = (0..3).map(|_| {
            let start = std::time::Instant::now();
            parse(text);
            start.elapsed()
        });
        tries.min().unwrap_or_default().as_secs_f64()
    };
    time(&text(size * 8)) / time(&text(size)).max(1e-6)
}

#[test]
fn reading_takes_as_long_as_the_text() {
    let namespaces = |count: usize| -> String {
        (0..count)
            .map(|number| format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: n{number}}}\n"))
            .collect()
    };
    let labels = |count: usize| -> String {
        let labels: String = (0..count).map(|number| format!("    b@d{number}: x\n")).collect();
        format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n{labels}")
    };
    let unknown = |count: usize| -> String {
        let fields: String = (0..count).map(|number| format!("  unknown{number}: x\n")).collect();
        format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: a}}\nspec:\n{fields}")
    };
    let anchors =
        |count: usize| -> String { (0..count).map(|number| format!("a{number}: &a{number} x\n")).collect() };
    // Quadratic reading takes 64 times as long.
    for (name, growth) in [
        ("namespaces", growth(namespaces, 400)),
        ("labels", growth(labels, 2000)),
        ("unknown fields", growth(unknown, 2000)),
        ("anchors", growth(anchors, 2000)),
    ] {
        assert!(growth < 32.0, "{name}: {growth}");
    }
}
