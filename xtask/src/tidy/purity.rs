//! The rooms without async and without input or output: `model` and `ledger`.
//!
//! What they hold can then be verified, fuzzed and reused anywhere. Paths
//! inside a macro's arguments are not seen.

use super::Finding;
use super::manifest::Manifest;
use super::syntax;
use super::tree::{File, Tree};
use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{ExprAsync, ExprAwait, ImplItemFn, ItemFn, ItemMod, Path, Signature, UseTree};

const PURE_ROOMS: &[&str] = &["model", "ledger"];

/// Packages that wait, or reach the world outside the process.
const IMPURE_PACKAGES: &[&str] = &[
    "async-std",
    "async-trait",
    "axum",
    "futures",
    "futures-util",
    "hyper",
    "hyper-util",
    "object_store",
    "reqwest",
    "smol",
    "sqlx",
    "tokio",
    "tokio-rustls",
    "tower",
];

/// Modules of `std` that do the same. Addresses as mere values are in `core::net`.
const IMPURE_MODULES: &[&str] = &["fs", "net", "process", "thread"];

/// Checks the manifests and the sources of the pure rooms; their tests may read files.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    PURE_ROOMS.iter().flat_map(|room| [manifest_findings(tree, room), source_findings(tree, room)]).flatten().collect()
}

fn manifest_findings(tree: &Tree, room: &str) -> Vec<Finding> {
    let file = |path: &str| Manifest::parse(tree.get(path)?).ok();
    // A manifest that is missing or does not parse is for the floors to report.
    let (Some(workspace), Some(manifest)) = (file("Cargo.toml"), file(&format!("crates/{room}/Cargo.toml"))) else {
        return Vec::new();
    };
    let dependencies = manifest.dependencies(&workspace, &["dependencies", "build-dependencies"]);
    let impure = dependencies.iter().filter(|it| IMPURE_PACKAGES.contains(&it.package.as_str()));
    impure
        .map(|dependency| Finding {
            path: manifest.file.path.to_owned(),
            line: manifest.file.line_starting(&dependency.key),
            rule: "purity",
            what: format!("`{room}` has no async and no I/O, and must not use `{}`", dependency.package),
            remedy: "leave the waiting to a higher floor",
        })
        .collect()
}

fn source_findings(tree: &Tree, room: &str) -> Vec<Finding> {
    let folder = format!("crates/{room}/src/");
    let mut findings = Vec::new();
    for file in tree.with_extension("rs").filter(|file| file.path.starts_with(&folder)) {
        // A file that does not parse is for the function lengths to report.
        if let (Ok(parsed), false) = (syntax::parse(file), syntax::is_test_file(file)) {
            Purity { file, room, findings: &mut findings }.visit_file(&parsed);
        }
    }
    findings
}

struct Purity<'a> {
    file: File<'a>,
    room: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Purity<'_> {
    fn find(&mut self, span: Span, what: &str) {
        self.findings.push(Finding {
            path: self.file.path.to_owned(),
            line: span.start().line,
            rule: "purity",
            what: format!("`{}` has no async and no I/O, and must not use {what}", self.room),
            remedy: "take the bytes or the time as an argument, and let a higher floor fetch them",
        });
    }
}

impl<'ast> Visit<'ast> for Purity<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !syntax::is_test_item(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !syntax::is_test_item(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !syntax::is_test_item(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_signature(&mut self, signature: &'ast Signature) {
        if let Some(token) = &signature.asyncness {
            self.find(token.span, "`async fn`");
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, expression: &'ast ExprAsync) {
        self.find(expression.async_token.span, "an `async` block");
        visit::visit_expr_async(self, expression);
    }

    fn visit_expr_await(&mut self, expression: &'ast ExprAwait) {
        self.find(expression.await_token.span, "`.await`");
        visit::visit_expr_await(self, expression);
    }

    fn visit_use_tree(&mut self, tree: &'ast UseTree) {
        if let UseTree::Path(path) = tree
            && path.ident == "std"
        {
            for module in imported(&path.tree) {
                self.find(path.ident.span(), &format!("`std::{module}`"));
            }
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let mut segments = path.segments.iter();
        if let (Some(first), Some(second)) = (segments.next(), segments.next())
            && first.ident == "std"
            && let Some(module) = IMPURE_MODULES.iter().find(|module| second.ident == *module)
        {
            self.find(first.ident.span(), &format!("`std::{module}`"));
        }
        visit::visit_path(self, path);
    }
}

/// The impure modules directly below `std` in a `use`, groups and renamings included.
fn imported(tree: &UseTree) -> Vec<String> {
    let name = match tree {
        UseTree::Path(path) => &path.ident,
        UseTree::Name(name) => &name.ident,
        UseTree::Rename(rename) => &rename.ident,
        UseTree::Group(group) => return group.items.iter().flat_map(imported).collect(),
        UseTree::Glob(_) => return Vec::new(),
    };
    let name = name.to_string();
    if IMPURE_MODULES.contains(&name.as_str()) { vec![name] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let root = ("Cargo.toml", "[workspace]\n");
        check(&Tree::of(&[root, (path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_package_that_waits_is_found_in_a_pure_room_only() {
        let text = "[dependencies]\nserde = \"1\"\ntokio.workspace = true\n";
        let found_in_model = found("crates/model/Cargo.toml", text);
        assert_eq!(found_in_model.len(), 1);
        assert!(found_in_model[0].starts_with("crates/model/Cargo.toml:3: purity: "), "{found_in_model:?}");
        assert_eq!(found("crates/store/Cargo.toml", text), [""; 0]);
        assert_eq!(found("crates/ledger/Cargo.toml", "[dev-dependencies]\ntokio = \"1\"\n"), [""; 0]);
    }

    #[test]
    fn every_way_out_of_the_process_is_found() {
        for line in [
            "use std::fs;",
            "use std::fs::File;",
            "use std::{collections::BTreeMap, net};",
            "use std::{io, process::{self, Command}};",
            "use std::thread as worker;",
            "fn f() { let _ = std::fs::read(\"x\"); }",
            "fn f(socket: std::net::TcpStream) {}",
            "async fn f() {}",
            "trait T { async fn f(); }",
            "struct S; impl S { async fn f() {} }",
            "fn f() { let _ = async { 1 }; }",
        ] {
            let text = format!("//! Room.\n{line}\n");
            let found = found("crates/ledger/src/a.rs", &text);
            assert!(
                found.len() == 1 && found[0].starts_with("crates/ledger/src/a.rs:2: purity: "),
                "{line}: {found:?}"
            );
        }
    }

    #[test]
    fn values_and_tests_are_free() {
        for text in [
            "use std::{collections::BTreeMap, io, fmt};",
            "use core::net::IpAddr;",
            "#[cfg(test)]\nmod tests { use std::fs; fn f() { std::thread::yield_now(); } }",
            "#[test]\nfn reads() { std::fs::read(\"x\").unwrap(); }",
        ] {
            assert_eq!(found("crates/model/src/a.rs", text), [""; 0], "{text}");
        }
        assert_eq!(found("crates/model/tests/a.rs", "use std::fs;"), [""; 0]);
        assert_eq!(found("crates/keys/src/a.rs", "use std::fs;"), [""; 0]);
    }
}
