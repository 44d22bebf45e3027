//! The shape of a source file: it opens with its purpose and ends before it tires.

use super::Finding;
use super::tree::Tree;

/// Above this a file is counted, so that the trend is seen.
pub(crate) const LONG_FILE: usize = 150;
/// Above this a file fails.
const MAX_FILE: usize = 400;

/// Checks every Rust file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_extension("rs") {
        let mut find = |line, rule, what, remedy| {
            findings.push(Finding { path: file.path.to_owned(), line, rule, what, remedy });
        };
        if !file.text.starts_with("//! ") {
            let what = "the file does not open with a `//!` comment".to_owned();
            find(1, "module-comment", what, "say what it is for and what it must never know");
        }
        let lines = file.text.lines().count();
        if lines > MAX_FILE {
            let what = format!("{lines} lines, at most {MAX_FILE}");
            find(MAX_FILE + 1, "file-length", what, "move what has a name of its own into a file of its own");
        }
    }
    findings
}

/// How many Rust files are long enough to be watched.
pub(crate) fn long_files(tree: &Tree) -> usize {
    tree.with_extension("rs").filter(|file| file.text.lines().count() > LONG_FILE).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        Tree::of(&[("crates/keys/src/a.rs", text)])
    }

    #[test]
    fn a_file_without_a_purpose_is_found() {
        for text in ["", "use std::io;\n", "// Not documentation.\n", "\n//! Too late.\n"] {
            let findings = check(&tree(text));
            assert!(findings[0].to_string().starts_with("crates/keys/src/a.rs:1: module-comment: "), "{text:?}");
        }
        assert!(check(&tree("//! Purpose.\n")).is_empty());
    }

    #[test]
    fn a_file_of_four_hundred_lines_passes_and_one_line_more_fails() {
        let lines = |count: usize| format!("//! Purpose.\n{}", "// line\n".repeat(count - 1));
        assert!(check(&tree(&lines(400))).is_empty());
        let findings = check(&tree(&lines(401)));
        assert!(findings[0].to_string().starts_with("crates/keys/src/a.rs:401: file-length: 401 lines"));
    }

    #[test]
    fn long_files_are_counted() {
        assert_eq!(long_files(&tree(&"// line\n".repeat(150))), 0);
        assert_eq!(long_files(&tree(&"// line\n".repeat(151))), 1);
    }
}
