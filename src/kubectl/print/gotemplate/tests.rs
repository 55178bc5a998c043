use super::Template;
use serde_json::{Value, json};

fn data() -> Value {
    json!({
        "items": [{ "name": "a", "n": 2 }, { "name": "b", "labels": { "x": "y", "w": "z" } }],
        "on": true, "data": "aGk=", "kind": "Pod", "n": 4,
    })
}

#[test]
fn templates_print_as_go_prints_them() {
    for (template, expected) in [
        ("{{range .items}}{{.name}}{{\"\\n\"}}{{end}}", "a\nb\n"),
        ("{{range $i, $e := .items}}{{$i}}={{$e.name}} {{end}}", "0=a 1=b "),
        ("{{len .items}} {{(index .items 1).name}}", "2 b"),
        ("{{.nope}} {{.nope.x}}", "<no value> <no value>"),
        ("{{if .on}}yes{{else}}no{{end}}", "yes"),
        ("{{if .nope}}yes{{else if eq .data \"aGk=\"}}data{{else}}no{{end}}", "data"),
        ("{{with index .items 0}}{{.n}}{{end}}", "2"),
        ("{{with .nope}}a{{else with .kind}}{{.}}{{end}}", "Pod"),
        ("{{range $k, $v := (index .items 1).labels}}{{$k}}={{$v}},{{end}}", "w=z,x=y,"),
        ("{{ .data | base64decode }}", "hi"),
        ("a {{- /* gone */ -}} b", "ab"),
        ("{{$x := .data}}{{$x}}{{$x = 5}}{{$x}}", "aGk=5"),
        ("{{range .none}}x{{else}}none{{end}}{{range 3}}{{.}}{{end}}", "none012"),
        ("{{range .items}}{{.name}}{{break}}{{end}}{{range .items}}{{continue}}x{{end}}", "a"),
        ("{{if and .on (not .nope)}}both{{end}}", "both"),
        ("{{define \"t\"}}<{{.}}>{{end}}{{template \"t\" .kind}}{{template \"t\"}}", "<Pod><<no value>>"),
        ("{{block \"b\" .}}{{.kind}}{{end}}", "Pod"),
        ("{{printf \"%-4s|%q|%T\" .data \"x\" .n}}", "aGk=|\"x\"|int64"),
        (
            "{{printf \"%5d|%-5d|%05d|%x|%X|%o|%b|%c|%U\" 42 42 42 255 255 8 5 65 65}}",
            "   42|42   |00042|ff|FF|10|101|A|U+0041",
        ),
        ("{{printf \"%5.2f|%e|%.2s|%x\" 3.14159 1234.5 \"abc\" \"hi\"}}", " 3.14|1.234500e+03|ab|6869"),
        ("{{printf \"%d %s %z\" \"x\" 5 1}}", "%!d(string=x) %!s(int=5) %!z(int=1)"),
        ("{{printf \"%d\"}}{{printf \"x\" 1}}{{printf \"%\"}}", "%!d(MISSING)x%!(EXTRA int=1)%!(NOVERB)"),
        ("{{printf \"%*d %[2]d %[1]d\" 5 42}}", "   42 42 5"),
        ("{{print 1 2 \"a\" \"b\" 3}}", "1 2ab3"),
        ("{{1}} {{1.5}} {{1e3}} {{0x10}} {{-5}} {{1_000}} {{'a'}} {{.5}}", "1 1.5 1000 16 -5 1000 97 0.5"),
        (
            "{{js \"a'b<=\\n\"}} {{urlquery \"a b&é\"}} {{html \"<a>\"}}",
            "a\\'b\\u003C\\u003D\\u000A a+b%26%C3%A9 &lt;a&gt;",
        ),
        ("{{index .kind 0}} {{slice .kind 1 2}} {{slice .items 0 0}}", "80 o []"),
        ("{{exists . \"items\" 0 \"name\"}} {{exists . \"x\"}}", "true false"),
        ("{{\"\\u00e9\\x41\\101\"}}", "éAA"),
        ("{{eq .n 4}} {{eq .kind \"a\" \"Pod\"}} {{lt .n 5}} {{ne .nope \"x\"}}", "true true true true"),
    ] {
        let (text, outcome) = Template::parse(template).expect(template).execute(&data());
        assert_eq!((text.as_str(), outcome), (expected, Ok(())), "{template}");
    }
}

#[test]
fn what_goes_wrong_is_told_with_its_place() {
    for (template, place, why) in [
        ("{{.kind.x}}", "1:7", "<.kind.x>: can't evaluate field x in type interface {}"),
        ("a\n {{len .n}}", "2:3", "<len .n>: error calling len: len of type int64"),
        ("{{(index .items 5).name}}", "1:3", "<index .items 5>: error calling index: index out of range: 5"),
        ("{{range .kind}}{{end}}", "1:8", "<.kind>: range can't iterate over Pod"),
        ("{{eq 1 1.0}}", "1:2", "<eq 1 1.0>: error calling eq: incompatible types for comparison"),
        ("{{len}}", "1:2", "<len>: wrong number of args for len: want 1 got 0"),
        ("{{base64decode 5}}", "1:15", "<5>: expected string; found 5"),
        ("{{.kind \"x\"}}", "1:2", "<.kind>: kind is not a method but has arguments"),
        ("{{\"x\" .kind}}", "1:2", "<\"x\">: can't give argument to non-function \"x\""),
        ("{{nil}}", "1:2", "<nil>: nil is not a command"),
        ("{{$x = 5}}", "1:7", "<5>: undefined variable: $x"),
        ("{{template \"t\" .}}", "1:11", "<{{template \"t\" .}}>: template \"t\" not defined"),
    ] {
        let (_, outcome) = Template::parse(template).expect(template).execute(&data());
        assert_eq!(
            outcome,
            Err(format!("template: output:{place}: executing \"output\" at {why}")),
            "{template}"
        );
    }
    let inner =
        Template::parse("{{define \"t\"}}{{.x.y}}{{end}}{{template \"t\" .kind}}").expect("a template");
    let told = "template: output:1:18: executing \"t\" at <.x.y>: can't evaluate field x in type string";
    assert_eq!(inner.execute(&data()).1, Err(told.into()));
    let endless = Template::parse("{{define \"t\"}}{{template \"t\" .}}{{end}}{{template \"t\" .}}");
    assert!(endless.expect("a template").execute(&data()).1.is_err());
}

#[test]
fn what_is_no_template_is_told() {
    for (template, why) in [
        ("{{.a", "1: unclosed action"),
        ("\n{{range .items}}", "2: unexpected EOF"),
        ("{{nosuch 1}}", "1: function \"nosuch\" not defined"),
        ("{{end}}", "1: unexpected {{end}}"),
        ("{{if}}x{{end}}", "1: missing value for if"),
        ("{{if .a}}{{else}}{{else}}{{end}}", "1: expected end; found {{else}}"),
        ("{{break}}", "1: {{break}} outside {{range}}"),
        ("{{$y}}", "1: undefined variable \"$y\""),
        ("{{if $x := .a}}{{end}}{{$x}}", "1: undefined variable \"$x\""),
        ("{{.kind}", "1: bad character U+007D '}'"),
        ("{{'ab'}}", "1: malformed character constant: 'ab'"),
        ("{{.a | \"x\"}}", "1: non executable command in pipeline stage 2"),
        ("{{| .a}}", "1: unexpected \"|\" in command"),
        ("{{define t}}{{end}}", "1: unexpected \"t\" in define clause"),
        ("{{if .a}}{{define \"x\"}}{{end}}{{end}}", "1: unexpected <define> in command"),
        ("{{with $a, $b := .a}}{{end}}", "1: too many declarations in with"),
        ("{{\"a\".x}}", "1: unexpected . after term \"\\\"a\\\"\""),
        ("{{(.a}}", "1: unclosed left paren"),
    ] {
        let told = Template::parse(template).map(drop);
        assert_eq!(told, Err(format!("template: output:{why}")), "{template}");
    }
    let deep = "(".repeat(100_000);
    assert!(Template::parse(&format!("{{{{{deep}")).is_err());
}
