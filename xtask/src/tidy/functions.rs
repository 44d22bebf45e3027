//! The length of functions, from `fn` to the closing brace.
//!
//! Functions that a macro makes are not seen.

use super::Finding;
use super::syntax;
use super::tree::{File, Tree};
use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, ItemFn, ItemImpl, ItemMod, Signature, TraitItemFn};

/// Above this a function is counted, so that the trend is seen.
pub(crate) const LONG_FUNCTION: usize = 40;
/// Above this a function fails.
const MAX_FUNCTION: usize = 60;
/// A test tells one story and may take longer over it.
const MAX_TEST: usize = 120;

/// What the rule found, and how many functions outside tests are long.
#[derive(Default)]
pub(crate) struct Functions {
    pub(crate) findings: Vec<Finding>,
    pub(crate) long: usize,
}

/// Measures every function of the tree.
pub(crate) fn check(tree: &Tree) -> Functions {
    let mut functions = Functions::default();
    for file in tree.with_extension("rs") {
        match syntax::parse(file) {
            Ok(parsed) => {
                let in_test = syntax::is_test_file(file);
                Measure { file, in_test, functions: &mut functions }.visit_file(&parsed);
            }
            Err(finding) => functions.findings.push(finding),
        }
    }
    functions
}

/// Walks one file, and knows whether it stands inside test code.
struct Measure<'a> {
    file: File<'a>,
    in_test: bool,
    functions: &'a mut Functions,
}

impl Measure<'_> {
    fn measure(&mut self, signature: &Signature, body: &Block) {
        let line = |span: Span| span.start().line;
        let first = line(signature.fn_token.span);
        let lines = line(body.brace_token.span.close()) + 1 - first;
        let most = if self.in_test { MAX_TEST } else { MAX_FUNCTION };
        if lines > LONG_FUNCTION && !self.in_test {
            self.functions.long += 1;
        }
        if lines > most {
            self.functions.findings.push(Finding {
                path: self.file.path.to_owned(),
                line: first,
                rule: "function-length",
                what: format!("`{}` has {lines} lines, at most {most}", signature.ident),
                remedy: "name its steps and give each a function",
            });
        }
    }

    /// Runs `walk` as test code where `attributes` say so.
    fn within(&mut self, attributes: &[Attribute], walk: impl FnOnce(&mut Self)) {
        let outside = self.in_test;
        self.in_test |= syntax::is_test_item(attributes);
        walk(self);
        self.in_test = outside;
    }
}

impl<'ast> Visit<'ast> for Measure<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.within(&item.attrs, |it| visit::visit_item_mod(it, item));
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        self.within(&item.attrs, |it| visit::visit_item_impl(it, item));
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.within(&item.attrs, |it| {
            it.measure(&item.sig, &item.block);
            visit::visit_item_fn(it, item);
        });
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.within(&item.attrs, |it| {
            it.measure(&item.sig, &item.block);
            visit::visit_impl_item_fn(it, item);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(body) = &item.default {
            self.measure(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function of exactly `lines` lines.
    fn function(lines: usize) -> String {
        format!("fn story() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    fn measured(path: &str, text: &str) -> (Vec<String>, usize) {
        let functions = check(&Tree::of(&[(path, text)]));
        (functions.findings.iter().map(ToString::to_string).collect(), functions.long)
    }

    #[test]
    fn a_function_of_sixty_lines_passes_and_is_counted() {
        assert_eq!(measured("src/a.rs", &function(40)), (vec![], 0));
        assert_eq!(measured("src/a.rs", &function(60)), (vec![], 1));
    }

    #[test]
    fn one_line_more_fails_wherever_the_function_stands() {
        let free = function(61);
        let method = format!("struct S;\nimpl S {{\n{free}}}\n");
        let default = format!("trait T {{\n{free}}}\n");
        for (text, line) in [(&free, 1), (&method, 3), (&default, 2)] {
            let (found, _) = measured("src/a.rs", text);
            let start = format!("src/a.rs:{line}: function-length: `story` has 61 lines, at most 60");
            assert!(found.len() == 1 && found[0].starts_with(&start), "{found:?}");
        }
    }

    #[test]
    fn the_documentation_above_a_function_does_not_count() {
        let text = format!("{}{}", "/// Why.\n".repeat(50), function(40));
        assert_eq!(measured("src/a.rs", &text), (vec![], 0));
    }

    #[test]
    fn a_test_may_be_longer_but_not_endless() {
        let module = |lines| format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(lines));
        let attribute = |lines| format!("#[tokio::test]\nasync {}", function(lines));
        assert_eq!(measured("src/a.rs", &module(120)), (vec![], 0));
        assert_eq!(measured("src/a.rs", &attribute(120)), (vec![], 0));
        assert_eq!(measured("tests/a.rs", &function(120)), (vec![], 0));
        assert_eq!(measured("src/a.rs", &module(121)).0.len(), 1);
        assert_eq!(measured("tests/a.rs", &function(121)).0.len(), 1);
    }

    #[test]
    fn code_compiled_without_tests_is_no_test() {
        let text = format!("#[cfg(not(test))]\nmod real {{\n{}}}\n", function(61));
        assert_eq!(measured("src/a.rs", &text).0.len(), 1);
    }

    #[test]
    fn a_file_that_is_not_rust_is_found() {
        let (found, _) = measured("src/a.rs", "fn ok() {}\nfn (\n");
        assert!(found[0].starts_with("src/a.rs:2: syntax: "), "{found:?}");
    }
}
