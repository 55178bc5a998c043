//! The page and the editor's script agree on what can be called: `static/editor/contract.d.ts` says it, TypeScript
//! compares the script with it, and these tests compare the page's block of foreign functions.

use super::source::read;

/// A method and the types of what it takes, as TypeScript names them; `any` is a value of no type in Rust.
type Method = (String, Vec<String>);

/// The methods of the class in the foreign block of a Rust file.
fn called(text: &str) -> Vec<Method> {
    let file = syn::parse_file(text).expect("a Rust file");
    let blocks = file.items.iter().filter_map(|item| match item {
        syn::Item::ForeignMod(block) => Some(&block.items),
        _ => None,
    });
    let functions = blocks.flatten().filter_map(|item| match item {
        syn::ForeignItem::Fn(function) => Some(function),
        _ => None,
    });
    let mut methods: Vec<Method> = functions.filter_map(method).collect();
    methods.sort();
    methods
}

fn method(function: &syn::ForeignItemFn) -> Option<Method> {
    let told = function.attrs.iter().filter_map(|attribute| attribute.meta.require_list().ok());
    let told = told.map(|list| list.tokens.to_string()).find(|told| told.starts_with("method"))?;
    let name = match told.split_once("js_name = ") {
        Some((_, name)) => name.trim_matches('"').to_owned(),
        None => function.sig.ident.to_string(),
    };
    let taken = function.sig.inputs.iter().skip(1).filter_map(|input| match input {
        syn::FnArg::Typed(input) => Some(typescript(&input.ty)),
        syn::FnArg::Receiver(_) => None,
    });
    Some((name, taken.collect()))
}

fn typescript(of: &syn::Type) -> String {
    let of = if let syn::Type::Reference(reference) = of { &reference.elem } else { of };
    let syn::Type::Path(of) = of else { return "unknown".into() };
    match of.path.segments.last().map(|segment| segment.ident.to_string()).as_deref() {
        Some("str" | "String") => "string".into(),
        Some("u32" | "i32" | "f64" | "usize") => "number".into(),
        Some("bool") => "boolean".into(),
        Some("JsValue") => "any".into(),
        other => other.unwrap_or("unknown").to_owned(),
    }
}

/// The methods that the contract's interface `Script` promises.
fn promised(text: &str) -> Vec<Method> {
    let (_, rest) = text.split_once("interface Script {").expect("the interface");
    let (body, _) = rest.split_once("\n}").expect("its end");
    let method = |line: &str| {
        let (name, rest) = line.trim().split_once('(')?;
        let (taken, _) = rest.split_once("):")?;
        let types = taken.split(", ").filter_map(|taken| Some(taken.split_once(": ")?.1.to_owned()));
        Some((name.to_owned(), types.collect()))
    };
    let mut methods: Vec<Method> = body.lines().filter_map(method).collect();
    methods.sort();
    methods
}

/// Whether all that is called is promised, and nothing else.
fn agree(called: &[Method], promised: &[Method]) -> bool {
    let same = |(own, promised): (&String, &String)| own == promised || own == "any";
    called.len() == promised.len()
        && called.iter().zip(promised).all(|((name, taken), (promised_name, promised))| {
            name == promised_name && taken.len() == promised.len() && taken.iter().zip(promised).all(same)
        })
}

#[test]
fn what_the_page_calls_is_what_the_editor_promises() {
    let (called, promised) =
        (called(&read("src/ui/browser/editor.rs")), promised(&read("static/editor/contract.d.ts")));
    assert!(called.len() > 5, "the block is found");
    assert!(agree(&called, &promised), "called: {called:?}\npromised: {promised:?}");
}

#[test]
fn a_call_that_differs_is_found() {
    let block = |function: &str| {
        called(&format!("#[wasm_bindgen] extern \"C\" {{ #[wasm_bindgen(method)] {function} }}"))
    };
    let script = promised("interface Script {\n  go(line: number, name: string): void;\n}");
    assert!(agree(&block("fn go(this: &Script, line: u32, name: &str);"), &script));
    assert!(agree(&block("fn go(this: &Script, line: &JsValue, name: &str);"), &script));
    assert!(!agree(&block("fn go(this: &Script, name: &str, line: u32);"), &script));
    assert!(!agree(&block("fn go(this: &Script, line: u32);"), &script));
    assert!(!agree(&block("fn went(this: &Script, line: u32, name: &str);"), &script));
}
