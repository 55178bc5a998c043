//! Every pattern of a sentence has a gap for each value and closes its marks. The texts are in the source, so they are
//! read there: a sentence that no test happens to tell is checked too.

use super::source;
use syn::visit::{self, Visit};

/// A pattern in the source, the values that are put into it, and where it stands.
struct Pattern {
    text: String,
    values: usize,
    line: usize,
}

/// Texts in an expression, without those of nested calls' arguments.
#[derive(Default)]
struct Texts(Vec<(String, usize)>);

impl Visit<'_> for Texts {
    fn visit_lit_str(&mut self, text: &syn::LitStr) {
        self.0.push((text.value(), text.span().start().line));
    }
    fn visit_expr_call(&mut self, _: &syn::ExprCall) {}
    fn visit_expr_method_call(&mut self, _: &syn::ExprMethodCall) {}
    fn visit_expr_match(&mut self, expr: &syn::ExprMatch) {
        // What is matched is no text of the answer.
        expr.arms.iter().for_each(|arm| self.visit_expr(&arm.body));
    }
    fn visit_expr_if(&mut self, expr: &syn::ExprIf) {
        self.visit_block(&expr.then_branch);
        expr.else_branch.iter().for_each(|(_, expr)| self.visit_expr(expr));
    }
    fn visit_expr_block(&mut self, block: &syn::ExprBlock) {
        self.visit_block(&block.block);
    }
    fn visit_block(&mut self, block: &syn::Block) {
        if let Some(syn::Stmt::Expr(last, _)) = block.stmts.last() {
            self.visit_expr(last);
        }
    }
}

fn texts(expr: &syn::Expr) -> Vec<(String, usize)> {
    let mut texts = Texts::default();
    texts.visit_expr(expr);
    texts.0
}

/// The patterns of a file: texts that stand in the call, or in the `let` before it.
#[derive(Default)]
struct Patterns {
    lets: Vec<(String, Vec<(String, usize)>)>,
    found: Vec<Pattern>,
}

impl Visit<'_> for Patterns {
    fn visit_block(&mut self, block: &syn::Block) {
        let outer = self.lets.len();
        visit::visit_block(self, block);
        self.lets.truncate(outer);
    }

    fn visit_local(&mut self, local: &syn::Local) {
        visit::visit_local(self, local);
        if let (syn::Pat::Ident(name), Some(init)) = (&local.pat, &local.init) {
            self.lets.push((name.ident.to_string(), texts(&init.expr)));
        }
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        visit::visit_expr_call(self, call);
        let syn::Expr::Path(path) = &*call.func else { return };
        let is_sentence = path.path.segments.last().is_some_and(|last| last.ident == "sentence");
        let (Some(pattern), Some(syn::Expr::Reference(values))) = (call.args.first(), call.args.get(1))
        else {
            return;
        };
        let syn::Expr::Array(values) = &*values.expr else { return };
        if !is_sentence {
            return;
        }
        let found = match pattern {
            syn::Expr::Path(name) => {
                let name = name.path.get_ident().map(ToString::to_string);
                let known = self.lets.iter().rev().find(|(known, _)| Some(known) == name.as_ref());
                known.map(|(_, texts)| texts.clone()).unwrap_or_default()
            }
            expr => texts(expr),
        };
        let pattern = |(text, line)| Pattern { text, values: values.elems.len(), line };
        self.found.extend(found.into_iter().map(pattern));
    }
}

/// What is wrong with a pattern.
fn wrong(pattern: &Pattern) -> Option<&'static str> {
    if pattern.text.matches("{}").count() != pattern.values {
        return Some("not one value for each gap");
    }
    let mut rest = pattern.text.as_str();
    while let Some(start) = rest.find(['`', '*']) {
        let mark = &rest[start..=start];
        match rest[start + 1..].split_once(mark) {
            None => return Some("a mark is not closed"),
            Some(("", _)) => return Some("nothing is marked"),
            Some((_, after)) => rest = after,
        }
    }
    None
}

fn patterns(text: &str) -> Vec<Pattern> {
    let mut patterns = Patterns::default();
    patterns.visit_file(&syn::parse_file(text).expect("Rust"));
    patterns.found
}

#[test]
fn every_sentence_has_a_gap_for_each_value_and_closes_its_marks() {
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for path in source::rust("src/explain") {
        for pattern in patterns(&source::read(&path)) {
            seen += 1;
            if let Some(why) = wrong(&pattern) {
                complaints.push(format!("{path}:{}: {why}: {:?}", pattern.line, pattern.text));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(seen > 300, "only {seen} patterns were found");
}

#[test]
fn a_pattern_that_is_wrong_is_found_wherever_it_stands() {
    let found = patterns(
        r#"fn f(a: bool) {
            sentence("`{}` is *not", &["x"]);
            let text = if a { "{} and {}" } else { "{}" };
            sentence(text, &["x"]);
            sentence(match a { true => "``", false => "{}" }, &[]);
        }"#,
    );
    let wrong: Vec<_> = found.iter().map(|pattern| (pattern.line, wrong(pattern))).collect();
    let gaps = Some("not one value for each gap");
    let expected =
        [(2, Some("a mark is not closed")), (3, gaps), (3, None), (5, Some("nothing is marked")), (5, gaps)];
    assert_eq!(wrong, expected);
}
