//! Names that say nothing: a room called so collects whatever nobody placed.

use super::Finding;
use super::syntax;
use super::tree::{File, Tree};
use syn::ItemMod;
use syn::visit::{self, Visit};

const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "core", "manager", "helper", "helpers"];

/// Checks the name of every Rust file, its folders, and the modules written inside it.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_extension("rs") {
        let mut names = Names { file, findings: &mut findings };
        for name in file.path.trim_end_matches(".rs").split('/') {
            names.check(name, 1);
        }
        // A file that does not parse is for the function lengths to report.
        if let Ok(parsed) = syntax::parse(file) {
            names.visit_file(&parsed);
        }
    }
    findings
}

struct Names<'a> {
    file: File<'a>,
    findings: &'a mut Vec<Finding>,
}

impl Names<'_> {
    /// The last word counts: `key_manager` says no more than `manager`.
    fn check(&mut self, name: &str, line: usize) {
        let last = name.rsplit(['_', '-']).next().unwrap_or(name);
        if EMPTY_NAMES.contains(&last) {
            self.findings.push(Finding {
                path: self.file.path.to_owned(),
                line,
                rule: "names",
                what: format!("`{name}` says nothing about what is inside"),
                remedy: "name it after what it holds, or put each thing where it is used",
            });
        }
    }
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        // A module in a file of its own is found by that file's name.
        if item.content.is_some() {
            self.check(&item.ident.to_string(), item.ident.span().start().line);
        }
        visit::visit_item_mod(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn files_folders_and_modules_with_empty_names_are_found() {
        for path in ["src/util.rs", "src/core/key.rs", "tests/common/mod.rs", "src/key_manager.rs"] {
            assert!(found(path, "//! Room.\n")[0].starts_with(&format!("{path}:1: names: ")), "{path}");
        }
        let inline = found("src/key.rs", "//! Room.\nmod helpers {}\n");
        assert!(inline[0].starts_with("src/key.rs:2: names: `helpers`"), "{inline:?}");
    }

    #[test]
    fn a_word_that_only_contains_one_passes() {
        for path in ["src/corefile.rs", "src/common_law.rs", "src/utility.rs", "src/score.rs"] {
            assert_eq!(found(path, "//! Room.\nmod key;\n"), [""; 0], "{path}");
        }
    }
}
