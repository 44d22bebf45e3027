//! Reads Cargo manifests as far as the rules need them, without running cargo.

use super::Finding;
use super::tree::File;
use toml::{Table, Value};

/// One parsed `Cargo.toml`.
pub(crate) struct Manifest<'a> {
    pub(crate) file: File<'a>,
    table: Table,
}

/// A dependency as a manifest names it.
pub(crate) struct Dependency {
    /// The name on the left of the `=`.
    pub(crate) key: String,
    /// The package it stands for, after any renaming.
    pub(crate) package: String,
}

impl<'a> Manifest<'a> {
    /// Parses `file`; a manifest that is not TOML is a finding of its own.
    pub(crate) fn parse(file: File<'a>) -> Result<Self, Finding> {
        match file.text.parse() {
            Ok(table) => Ok(Self { file, table }),
            Err(_) => Err(Finding {
                path: file.path.to_owned(),
                line: 1,
                rule: "manifest",
                what: "not a TOML document".to_owned(),
                remedy: "let `cargo metadata` say where",
            }),
        }
    }

    /// The room this manifest belongs to: the name of its folder.
    pub(crate) fn room(&self) -> &'a str {
        self.file.path.trim_end_matches("/Cargo.toml").rsplit('/').next().unwrap_or_default()
    }

    /// The members of the workspace, in the order they are written.
    pub(crate) fn members(&self) -> Vec<&str> {
        let members = self.table.get("workspace").and_then(|it| it.get("members")).and_then(Value::as_array);
        members.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether it is the root of a workspace, and so inherits nothing.
    pub(crate) fn is_workspace(&self) -> bool {
        self.table.contains_key("workspace")
    }

    /// Whether it inherits the lints of the workspace.
    pub(crate) fn inherits_lints(&self) -> bool {
        let lints = self.table.get("lints").and_then(|it| it.get("workspace"));
        lints.and_then(Value::as_bool).unwrap_or(false)
    }

    /// The dependencies in `sections`, those for one platform only included.
    pub(crate) fn dependencies(&self, workspace: &Manifest<'_>, sections: &[&str]) -> Vec<Dependency> {
        let platforms = self.table.get("target").and_then(Value::as_table);
        let tables = platforms.into_iter().flat_map(Table::values).filter_map(Value::as_table);
        std::iter::once(&self.table)
            .chain(tables)
            .flat_map(|table| sections.iter().filter_map(|section| table.get(*section)?.as_table()))
            .flatten()
            .map(|(key, value)| Dependency { key: key.clone(), package: workspace.package(key, value) })
            .collect()
    }

    /// The package that `key = value` stands for, where this is the root manifest.
    fn package(&self, key: &str, value: &Value) -> String {
        let shared = self.table.get("workspace").and_then(|it| it.get("dependencies")).and_then(|it| it.get(key));
        let renamed = value.get("package").or_else(|| shared?.get("package"));
        renamed.and_then(Value::as_str).unwrap_or(key).to_owned()
    }
}
