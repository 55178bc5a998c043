//! The words of the page itself: notices, menus, hints, dialogs, what stands where nothing is. They stand in the source of
//! the page and of its scripts, so they are read there. `make words` writes `tests/words/page.txt`.

use crate::tidy::source;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What nobody reads: the texts of these macros and methods, and of this attribute.
const UNREAD: [&str; 8] =
    ["classes", "class", "expect", "panic", "assert", "assert_eq", "unreachable", "query_selector"];

/// Whether a text is for a person: it has two words, side by side.
fn is_told(text: &str) -> bool {
    let is_word = |word: &str| {
        let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        word.chars().count() > 1 && word.chars().all(|letter| letter.is_alphabetic() || "’'".contains(letter))
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_class = |word: &&str| word.contains("--") || word.starts_with("is-");
    words.windows(2).any(|pair| is_word(pair[0]) && is_word(pair[1])) && !words.iter().any(is_class)
}

/// The texts among these tokens, in their order.
fn texts(tokens: TokenStream, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |at: Option<&TokenTree>, text: &str| at.is_some_and(|token| token.to_string() == text);
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            // An attribute, or a doc comment.
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                at += usize::from(is(tokens.get(at), "!"));
                at += usize::from(
                    matches!(tokens.get(at), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket),
                );
            }
            TokenTree::Ident(name) if name == "mod" && is(tokens.get(at), "tests") => at += 2,
            TokenTree::Ident(name) if UNREAD.iter().any(|unread| name == unread) => {
                let has_mark = is(tokens.get(at), "!") || is(tokens.get(at), "=");
                let group = at + usize::from(has_mark);
                let is_call = matches!(tokens.get(group), Some(TokenTree::Group(_)));
                at = if has_mark || is_call { group + 1 } else { at };
            }
            TokenTree::Group(group) => texts(group.stream(), found),
            TokenTree::Literal(literal) => {
                let text = syn::parse_str::<syn::LitStr>(&literal.to_string()).map(|text| text.value());
                found.extend(text.ok().filter(|text| is_told(text)));
            }
            _ => {}
        }
    }
}

/// The texts of a script, each within its line; without its comments.
fn texts_of_script(script: &str, found: &mut Vec<String>) {
    for line in script.lines().map(str::trim) {
        if ["//", "/*", "*"].iter().any(|comment| line.starts_with(comment)) {
            continue;
        }
        let mut rest = line;
        while let Some(start) = rest.find(['"', '`']) {
            let mark = &rest[start..=start];
            let Some((text, after)) = rest[start + 1..].split_once(mark) else { break };
            found.extend(is_told(text).then(|| text.to_owned()));
            rest = after;
        }
    }
}

/// All texts, by the file in which they stand.
fn words() -> String {
    let mut told =
        String::from("Written by `make words`: the words of the page, by the file in which they stand.\n");
    let scripts = source::files("static").into_iter().filter(|path| path.ends_with(".js"));
    for path in source::rust("src/ui").into_iter().chain(scripts) {
        if path.ends_with("tests.rs") || path.contains("/vendor/") {
            continue;
        }
        let (text, mut found) = (source::read(&path), Vec::new());
        match path.ends_with(".rs") {
            true => texts(text.parse().expect("Rust"), &mut found),
            false => texts_of_script(&text, &mut found),
        }
        found.dedup();
        if !found.is_empty() {
            told.push_str(&format!("\n== {path}\n{}\n", found.join("\n")));
        }
    }
    told
}

#[test]
fn every_word_of_the_page_is_as_it_was_read() {
    super::hold(&words(), "page.txt");
}
