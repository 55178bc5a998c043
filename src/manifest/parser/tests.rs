//! Texts that kubectl's reader takes and others refuse, and the other way round. The answers are those of
//! `go.yaml.in/yaml/v2` 2.4.

use super::super::tree::{self, Document};
use serde_json::{Value, json};

fn read(text: &str) -> Result<Value, String> {
    match tree::read(text).into_iter().next() {
        None => Ok(Value::Null),
        Some(Document { content: Ok(tree), .. }) => Ok(tree.map_or(Value::Null, |tree| tree.value())),
        Some(Document { content: Err(error), .. }) => Err(error.message),
    }
}

#[test]
fn flow_collections_and_quoted_scalars_know_no_indentation() {
    for (text, expected) in [
        ("- args: [\n  x,\n  ]\n", json!([{"args": ["x"]}])),
        ("a:\n  b: [\n1, 2\n]\n", json!({"a": {"b": [1, 2]}})),
        ("a: {\nb: c,\n  d: [e,\nf]}\n", json!({"a": {"b": "c", "d": ["e", "f"]}})),
        ("a: '{\n\"b\": 1\n}'\n", json!({"a": "{ \"b\": 1 }"})),
        ("a:\n    b: \"x\n  y\n\nz\"\n", json!({"a": {"b": "x y\nz"}})),
        ("{a: b,\n\tc: d}", json!({"a": "b", "c": "d"})),
        ("[a,\n# no\n b # yes\n]", json!(["a", "b"])),
    ] {
        assert_eq!(read(text), Ok(expected), "{text:?}");
    }
}

#[test]
fn tabs_may_separate_but_not_indent() {
    for (text, expected) in [
        ("a:\tb", Ok(json!({"a": "b"}))),
        ("a: b\t# c", Ok(json!({"a": "b"}))),
        ("a: b\n\t# c\nd: e", Err("line 2: found a tab character that violates indentation")),
        ("-\ta", Err("line 1: found character that cannot start any token")),
        ("a: b\t\nc: d\t", Ok(json!({"a": "b", "c": "d"}))),
        ("a: 1\n\tb: 2", Err("line 2: found a tab character that violates indentation")),
        ("a:\n\tb: 2", Err("line 2: found character that cannot start any token")),
        ("a: |\n\tx", Err("line 2: found a tab character where an indentation space is expected")),
    ] {
        told(text, expected);
    }
}

fn told(text: &str, expected: Result<Value, &str>) {
    let expected = expected.map_err(|message| format!("error converting YAML to JSON: yaml: {message}"));
    assert_eq!(read(text), expected, "{text:?}");
}

#[test]
fn colons_and_question_marks_are_part_of_texts_where_no_space_follows() {
    for (text, expected) in [
        ("a: http://x:80/y", Ok(json!({"a": "http://x:80/y"}))),
        ("{a: http://x}", Ok(json!({"a": "http://x"}))),
        ("[a:b, c: d]", Ok(json!(["a:b", {"c": "d"}]))),
        ("{\"a\":b, 'c':1}", Ok(json!({"a": "b", "c": 1}))),
        ("a:b", Ok(json!("a:b"))),
        ("a: b: c", Err("line 1: mapping values are not allowed in this context")),
        ("a: system:node:x", Ok(json!({"a": "system:node:x"}))),
        ("{a, b: , : c}", Err("line 1: did not find expected node content")),
        ("[a?b]", Err("line 1: did not find expected ',' or ']'")),
        ("? a\n: b", Ok(json!({"a": "b"}))),
        ("a: ? b", Err("line 1: mapping keys are not allowed in this context")),
    ] {
        told(text, expected);
    }
}

#[test]
fn scalars_of_several_lines_are_folded_chomped_and_escaped() {
    for (text, expected) in [
        ("a: b\n c\n\n d", json!({"a": "b c\nd"})),
        ("a: \"x\\\n   y\"", json!({"a": "xy"})),
        ("a: \"\\x41\\u00e9\\n\\t\\e\"", json!({"a": "Aé\n\t\u{1b}"})),
        ("a: 'it''s'", json!({"a": "it's"})),
        ("a: |\n  x\n   y\n\n  z\nb: c", json!({"a": "x\n y\n\nz\n", "b": "c"})),
        ("a: |-\n  x\n", json!({"a": "x"})),
        ("a: |+\n  x\n\n", json!({"a": "x\n\n"})),
        ("a: >\n  x\n  y\n\n  z\n   w\n", json!({"a": "x y\nz\n w\n"})),
        ("a: |2\n   x\n", json!({"a": " x\n"})),
        ("a: |2-\n   x\n", json!({"a": " x"})),
        ("- |\n x", json!(["x"])),
        ("a: b\r\nc: |\r\n  d\r\n", json!({"a": "b", "c": "d\n"})),
    ] {
        assert_eq!(read(text), Ok(expected), "{text:?}");
    }
}

#[test]
fn anchors_tags_and_directives() {
    for (text, expected) in [
        ("a: &x {b: c}\nd: *x", Ok(json!({"a": {"b": "c"}, "d": {"b": "c"}}))),
        ("a: &x 1\nb: &x 2\nc: *x", Ok(json!({"a": 1, "b": 2, "c": 2}))),
        ("a: *x", Err("unknown anchor 'x' referenced")),
        ("a: &x [*x]", Err("anchor 'x' value contains itself")),
        ("a: &x", Ok(json!({"a": null}))),
        ("a: !!str 1\nb: !!int '3'\nc: !foo x\nd: ! 4", Ok(json!({"a": "1", "b": 3, "c": "x", "d": "4"}))),
        ("a: !!binary aGk=", Ok(json!({"a": "hi"}))),
        ("a: !!binary aGk", Err("!!binary value contains invalid base64 data")),
        ("a: !!int x", Err("cannot decode !!str `x` as a !!int")),
        ("a: !!float 3", Ok(json!({"a": 3}))),
        ("a: !x!y z", Err("line 1: found undefined tag handle")),
        // kubectl splits the text before it reads it, and so directives stand alone.
        ("%TAG !x! tag:x,\n--- \na: !x!y z", Err("line 2: did not find expected <document start>")),
        ("%YAML 1.2\n---\na: b", Err("line 1: found incompatible YAML document")),
    ] {
        told(text, expected);
    }
}

#[test]
fn what_a_merge_brings_counts_where_it_stands() {
    for (text, expected) in [
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}", json!({"b": 3, "c": 2})),
        ("a: &x {b: 1, c: 2}\nd: {b: 3, <<: *x}", json!({"b": 1, "c": 2})),
        ("a: &x {b: 1}\ne: &y {b: 2, c: 3}\nd: {<<: [*x, *y]}", json!({"b": 1, "c": 3})),
        ("d: {<<: {b: 1}, c: 2}", json!({"b": 1, "c": 2})),
        ("d: {'<<': {b: 1}}", json!({"<<": {"b": 1}})),
    ] {
        assert_eq!(read(text).expect("valid")["d"], expected, "{text:?}");
    }
    told("d: {<<: 3}", Err("map merge requires map or sequence of maps as the value"));
}

#[test]
fn keys_become_texts_and_lists_or_maps_are_none() {
    for (text, expected) in [
        ("1: a\ntrue: b\n1.5: c\n0x10: d", Ok(json!({"1": "a", "true": "b", "1.5": "c", "16": "d"}))),
        ("yes: a", Ok(json!({"true": "a"}))),
        ("? [a, 1]\n: b", Err("invalid map key: []interface {}{\"a\", 1}")),
        (
            "image: {{ .Values.image }}",
            Err("invalid map key: map[interface {}]interface {}{\".Values.image\":interface {}(nil)}"),
        ),
    ] {
        told(text, expected);
    }
}

#[test]
fn refusals_are_in_upstreams_words() {
    for (text, message) in [
        ("a: [1\nb: 2\n", "line 2: did not find expected ',' or ']'"),
        ("a: {b: c\nd: e\n", "line 2: did not find expected ',' or '}'"),
        ("a: 'x", "line 1: found unexpected end of stream"),
        ("a: \"x\n--- \ny\"", "line 2: found unexpected end of stream"),
        ("a: \"x\n...\ny\"", "line 2: found unexpected document indicator"),
        ("a: 'x'y", "line 1: did not find expected key"),
        ("a:\n  b: c\n d: e", "line 3: did not find expected key"),
        ("- a\nb: c", "line 2: did not find expected '-' indicator"),
        ("a: b\nc\n", "line 3: could not find expected ':'"),
        ("a: @b", "line 1: found character that cannot start any token"),
        ("a: \"\\q\"", "line 1: found unknown escape character"),
        ("a: - b", "line 1: block sequence entries are not allowed in this context"),
        ("a: b\nc: \u{7}", "line 2: control characters are not allowed"),
        ("*a: b", "unknown anchor 'a' referenced"),
        ("*: b", "line 1: did not find expected alphabetic or numeric character"),
    ] {
        told(text, Err(message));
    }
}

#[test]
fn places_are_those_of_the_whole_text() {
    let documents = tree::read("# c\na: 1\n---\nb:\n- [x,\ny]\n- \"é\"\n- {z: 1}");
    let tree = documents[1].content.as_ref().expect("valid").as_ref().expect("not empty");
    let list = &tree.get("b").expect("there").value;
    let tree::Data::List(items) = &list.data else { panic!("a list") };
    let spans = items.iter().map(|item| {
        let span = item.span;
        (span.line, span.column, span.end_line, span.end_column, item.is_flow)
    });
    assert_eq!(spans.collect::<Vec<_>>(), [(5, 3, 6, 3, true), (7, 3, 7, 6, false), (8, 3, 8, 9, true)]);
}

#[test]
fn json_is_read_with_its_own_escapes() {
    for (text, expected) in [
        (r#"{"a": "x\/y"}"#, Ok(json!({"a": "x/y"}))),
        (r#"{"a": "\ud83d\ude00"}"#, Ok(json!({"a": "😀"}))),
        ("{\n\t\"a\":\t1\n}", Ok(json!({"a": 1}))),
        (r#"{a: "x\/y"}"#, Err("line 1: found unknown escape character")),
    ] {
        told(text, expected);
    }
}
