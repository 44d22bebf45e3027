//! Holds the repository to its own rules: floors, sizes, names, words, links.
//!
//! Each rule is one file and one pure function from the [`Tree`] to its
//! [`Finding`]s; only [`Tree::read`] touches the disk. A rule must never need
//! to know another rule.

mod floors;
mod functions;
mod links;
mod manifest;
mod names;
mod purity;
mod shape;
mod syntax;
mod tree;
mod words;

use std::fmt;

pub(crate) use tree::Tree;

/// One breach of one rule, said so that the reader can mend it.
#[derive(Debug)]
pub(crate) struct Finding {
    /// The file, relative to the root of the repository.
    path: String,
    /// Counted from one.
    line: usize,
    /// Which rule, in one hyphenated word to search for.
    rule: &'static str,
    /// What was found.
    what: String,
    /// What to do about it.
    remedy: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, rule, what, remedy } = self;
        write!(f, "{path}:{line}: {rule}: {what}; {remedy}")
    }
}

/// What one run found.
pub(crate) struct Report {
    /// Every breach, by path and line.
    pub(crate) findings: Vec<Finding>,
    files: usize,
    long_files: usize,
    long_functions: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "tidy: {} out of order in {} files; {} files above {} lines, {} functions above {}",
            self.findings.len(),
            self.files,
            self.long_files,
            shape::LONG_FILE,
            self.long_functions,
            functions::LONG_FUNCTION,
        )
    }
}

/// Runs every rule over `tree`.
pub(crate) fn check(tree: &Tree) -> Report {
    let functions = functions::check(tree);
    let rules = [floors::check, links::check, names::check, purity::check, shape::check, words::check];
    let mut findings: Vec<_> = rules.iter().flat_map(|rule| rule(tree)).chain(functions.findings).collect();
    findings.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    Report {
        findings,
        files: tree.files().count(),
        long_files: shape::long_files(tree),
        long_functions: functions.long,
    }
}
