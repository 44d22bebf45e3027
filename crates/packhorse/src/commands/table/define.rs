//! From what was typed to a table's definition: the source, a draft from its sample, and what overrides it.

use std::path::PathBuf;
use std::str::FromStr as _;

use clap::Args;
use packhorse_model::identifier::Format;
use packhorse_model::service::Operation;
use packhorse_tables::{Column, DatabaseUrl, Draft, Inference, Lookup, Rule, Source, TableDefinition, draft};

use super::written;
use crate::error::{Error, Result};

/// What is published and how.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["source", "definition"]))]
pub(super) struct Described {
    /// A .csv, .parquet or .sqlite file, a postgres:// URL, or the http:// or https:// address of a JSON service
    source: Option<String>,
    /// A definition in TOML, as --dry-run prints it, in place of a source
    #[arg(long, value_name = "FILE", conflicts_with_all = ["table", "key", "format", "only", "operation", "ca_file", "synthetic"])]
    definition: Option<PathBuf>,
    /// One line for people [default: the service's code]
    #[arg(long, conflicts_with = "definition")]
    title: Option<String>,
    /// The table's name, for SQLite and PostgreSQL
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The column, or columns joined by commas, by which it is asked; repeat for each way [default: columns that look like identifiers]
    #[arg(long, value_name = "COLUMN[,COLUMN]")]
    key: Vec<String>,
    /// How many rows an answer may have: single, or at-most:N
    #[arg(long, default_value = "single", value_parser = rule)]
    rule: Rule,
    /// What a column is, for example nhs=nhs-number; for a JSON service, each field of its answer
    #[arg(long, value_name = "COLUMN=FORMAT", value_parser = format)]
    format: Vec<(String, Format)>,
    /// Publish only this column; repeat for each [default: all]
    #[arg(long, value_name = "COLUMN")]
    only: Vec<String>,
    /// For a JSON service: an operation it offers, for example "GET /people/*"; repeat for each
    #[arg(long, value_name = "METHOD PATH", value_parser = operation)]
    operation: Vec<Operation>,
    /// For the https:// address of a JSON service: a PEM file of the authorities that may have issued its certificate
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Take reserved example identifiers for real: tests and demonstrations only
    #[arg(long)]
    synthetic: bool,
}

impl Described {
    /// The definition, checked, and what was inferred on the way.
    pub(super) async fn define(&self, service: &str) -> Result<(TableDefinition, Vec<Inference>)> {
        if let Some(file) = &self.definition {
            let mut definition = written(file)?;
            service.clone_into(&mut definition.service);
            return Ok((definition, Vec::new()));
        }
        let (source, title) = (self.source()?, self.title.as_deref().unwrap_or(service));
        let Draft { mut definition, inferences } = match source {
            Source::Upstream { .. } => {
                Draft { definition: self.upstream(service, title, source), inferences: Vec::new() }
            }
            _ => draft(service, title, source, self.synthetic).await?,
        };
        self.narrow(&mut definition)?;
        self.set_formats(&mut definition)?;
        self.set_lookups(&mut definition);
        definition.check()?;
        Ok((definition, inferences))
    }

    fn source(&self) -> Result<Source> {
        let text = self.source.as_deref().unwrap_or_default();
        let table = || self.table.clone().ok_or_else(|| Error::Usage("name the table with --table".to_owned()));
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Source::Postgres { url: DatabaseUrl(text.to_owned()), table: table()? });
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return self.upstream_source(text);
        }
        let path = PathBuf::from(text);
        // The gateway may run in another folder.
        let path = std::path::absolute(&path).map_err(Error::file(&path, "found"))?;
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        Ok(match extension {
            "parquet" => Source::Parquet { path },
            "sqlite" | "sqlite3" | "db" => Source::Sqlite { path, table: table()? },
            _ => Source::Csv { path, delimiter: ',', space_after_delimiter: None },
        })
    }

    /// The source's other settings are the tables' own defaults, as a definition that leaves them out gets them.
    fn upstream_source(&self, base_url: &str) -> Result<Source> {
        let absolute = |path: &PathBuf| std::path::absolute(path).map_err(Error::file(path, "found"));
        let ca_file = self.ca_file.as_ref().map(absolute).transpose()?;
        let described = serde_json::json!({
            "kind": "upstream", "base_url": base_url, "ca_file": ca_file, "operations": self.operation,
        });
        serde_json::from_value(described).map_err(|error| Error::Usage(format!("the address cannot be used: {error}")))
    }

    /// An upstream has no sample to look at: its fields are those that were given a format.
    fn upstream(&self, service: &str, title: &str, source: Source) -> TableDefinition {
        TableDefinition {
            service: service.to_owned(),
            title: title.to_owned(),
            description: String::new(),
            allow_synthetic: self.synthetic,
            source,
            columns: self.format.iter().map(|(name, format)| column(name, *format)).collect(),
            lookups: Vec::new(),
        }
    }

    fn narrow(&self, definition: &mut TableDefinition) -> Result<()> {
        for name in &self.only {
            find(definition, name)?;
        }
        if !self.only.is_empty() {
            definition.columns.retain(|column| self.only.contains(&column.name));
            let columns = definition.fields();
            definition.lookups.retain(|lookup| lookup.keys.iter().all(|key| columns.contains(key)));
        }
        Ok(())
    }

    fn set_formats(&self, definition: &mut TableDefinition) -> Result<()> {
        for (name, format) in &self.format {
            find(definition, name)?.format = *format;
        }
        Ok(())
    }

    /// Keys that were typed replace those that were proposed.
    fn set_lookups(&self, definition: &mut TableDefinition) {
        let lookup = |keys: &String| {
            let keys: Vec<String> = keys.split(',').map(|key| key.trim().to_owned()).collect();
            Lookup { name: format!("by-{}", keys.join("-").replace('_', "-")), keys, rule: self.rule }
        };
        if self.key.is_empty() {
            definition.lookups.iter_mut().for_each(|lookup| lookup.rule = self.rule);
        } else {
            definition.lookups = self.key.iter().map(lookup).collect();
        }
    }
}

fn find<'a>(definition: &'a mut TableDefinition, name: &str) -> Result<&'a mut Column> {
    let names = definition.fields().join(", ");
    let found = definition.columns.iter_mut().find(|column| column.name == name);
    found.ok_or_else(|| Error::Usage(format!("there is no column {name:?}; there are: {names}")))
}

fn column(name: &str, format: Format) -> Column {
    Column {
        name: name.to_owned(),
        source: None,
        format,
        title: String::new(),
        description: String::new(),
        nullable: true,
    }
}

fn rule(text: &str) -> Result<Rule, String> {
    match text.split_once(':') {
        None if text == "single" => Ok(Rule::Single),
        Some(("at-most", most)) => {
            most.parse().map(Rule::AtMost).map_err(|_| "expected a number, at-most:20".to_owned())
        }
        _ => Err("expected single or at-most:N".to_owned()),
    }
}

fn format(text: &str) -> Result<(String, Format), String> {
    let (column, name) = text.split_once('=').ok_or("expected column=format, for example nhs=nhs-number")?;
    let names = || Format::ALL.map(Format::name).join(", ");
    let format = Format::from_str(name).map_err(|_| format!("there is no format {name:?}; there are: {}", names()))?;
    Ok((column.to_owned(), format))
}

fn operation(text: &str) -> Result<Operation, String> {
    let (method, path) = text.split_once(' ').ok_or("expected a method and a path, for example \"GET /people/*\"")?;
    let path = path.trim().parse().map_err(|error| format!("{error}"))?;
    Ok(Operation { method: method.to_ascii_uppercase(), path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_rules_and_formats_are_read_or_answered_with_those_there_are() {
        assert_eq!(rule("single"), Ok(Rule::Single));
        assert_eq!(rule("at-most:20"), Ok(Rule::AtMost(20)));
        assert!(rule("many").is_err() && rule("at-most:x").is_err());
        assert_eq!(format("id=nhs-number"), Ok(("id".to_owned(), Format::NhsNumber)));
        assert!(format("id=nhs").unwrap_err().contains("nhs-number, nino"));
        assert_eq!(operation("get /people/*").unwrap().to_string(), "GET /people/*");
    }
}
