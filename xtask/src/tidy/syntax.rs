//! What several rules ask about a piece of Rust: does it parse, is it a test.

use super::Finding;
use super::tree::File;
use syn::{Attribute, Meta};

/// Parses `file`; code that is not Rust is a finding of its own.
pub(crate) fn parse(file: File<'_>) -> Result<syn::File, Finding> {
    syn::parse_file(file.text).map_err(|error| Finding {
        path: file.path.to_owned(),
        line: error.span().start().line,
        rule: "syntax",
        what: error.to_string(),
        remedy: "let `cargo check` say more",
    })
}

/// Whether the whole file is test code.
pub(crate) fn is_test_file(file: File<'_>) -> bool {
    file.path.split('/').any(|name| ["tests", "tests.rs", "benches"].contains(&name))
}

/// Whether an item with these attributes is compiled for tests only.
pub(crate) fn is_test_item(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all (test") || condition.starts_with("all(test")
        }
        meta => meta.path().segments.last().is_some_and(|segment| segment.ident == "test"),
    })
}
