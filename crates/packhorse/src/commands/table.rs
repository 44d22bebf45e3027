//! `packhorse table`: publishes data you already have as a service, its columns typed by a look at a sample.
//!
//! What is inferred is shown, and overridden on the command line or in the definition's TOML.

mod define;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use http::Method;
use packhorse_tables::{Inference, TableDefinition};
use serde_json::{Value, json};

use crate::api::{Target, path};
use crate::error::{Error, Result};
use crate::files;
use crate::output::{Output, printable};

use define::Described;

/// Largest definition document, in bytes.
const MAX_DEFINITION: u64 = 1 << 20;

/// Arguments of `table`.
#[derive(Debug, Args)]
pub(crate) struct TableArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Publish a table, or change how it is published
    Add(Box<NewTable>),
    /// Look at a source and say what its columns seem to be
    Inspect(Described),
    /// List the services you publish
    List(Target),
    /// Show a service's OpenAPI document
    Show(Named),
    /// Take a service down
    Remove(Named),
}

#[derive(Debug, Args)]
struct NewTable {
    #[command(flatten)]
    target: Target,
    /// Where it is published: system/service
    #[arg(long, value_name = "SYSTEM/SERVICE", value_parser = place)]
    service: (String, String),
    #[command(flatten)]
    described: Described,
    /// Print the definition as TOML instead of publishing
    #[arg(long)]
    dry_run: bool,
    /// Publish it switched off
    #[arg(long)]
    disabled: bool,
}

#[derive(Debug, Args)]
struct Named {
    #[command(flatten)]
    target: Target,
    /// Where it is published: system/service
    #[arg(value_name = "SYSTEM/SERVICE", value_parser = place)]
    service: (String, String),
}

/// Runs one table command.
pub(crate) async fn run(args: TableArgs, output: Output) -> Result<()> {
    match args.act {
        Act::Add(new) => add(&new, output).await,
        Act::Inspect(described) => {
            let (_, inferences) = described.define("inspected").await?;
            output.list(&rows(&inferences), &COLUMNS)
        }
        Act::List(target) => {
            let columns = [
                ("service", "/id"),
                ("title", "/title"),
                ("type", "/type"),
                ("enabled", "/enabled"),
                ("trouble", "/trouble"),
            ];
            output.list(&target.api()?.get("/services").await?, &columns)
        }
        Act::Show(named) => {
            let (system, service) = &named.service;
            let shown = named.target.api()?.get(&path(&["services", system, service, "openapi"])).await?;
            let text = serde_json::to_string_pretty(&shown).map_err(std::io::Error::other)?;
            output.result(&shown, &text)
        }
        Act::Remove(named) => {
            let (system, service) = &named.service;
            named.target.api()?.delete(&path(&["services", system, service])).await?;
            let text = format!("{system}/{service} is taken down");
            output.result(&json!({"service": format!("{system}/{service}"), "removed": true}), &text)
        }
    }
}

async fn add(new: &NewTable, output: Output) -> Result<()> {
    let (system, service) = &new.service;
    let (definition, inferences) = new.described.define(service).await?;
    if !inferences.is_empty() {
        output.progress("what the columns seem to be, from a sample; --format column=format overrides:")?;
        for Inference { column, format, filled, fitting, empty } in &inferences {
            let name = format.name();
            output.progress(&format!("  {}: {name} ({fitting} of {filled} fit, {empty} empty)", printable(column)))?;
        }
    }
    for lookup in &definition.lookups {
        output.progress(&format!("asked by {}: /{}/{{{}}}", lookup.name, lookup.name, lookup.keys.join("}/{")))?;
    }
    if new.dry_run {
        return output.document(definition.to_toml()?.as_bytes());
    }
    let body = json!({"definition": definition, "enabled": !new.disabled});
    let published = new.target.api()?.send(Method::PUT, &path(&["services", system, service]), &body).await?;
    let id = published.get("id").and_then(Value::as_str).unwrap_or_default();
    output.result(&published, &format!("published as {id}"))?;
    output.hint("an agreement with a grant for this service lets others ask: packhorse agreement new")
}

const COLUMNS: [(&str, &str); 5] =
    [("column", "/column"), ("format", "/format"), ("filled", "/filled"), ("fitting", "/fitting"), ("empty", "/empty")];

fn rows(inferences: &[Inference]) -> Value {
    json!(inferences)
}

/// Reads a definition that somebody wrote; paths in it stand below its folder.
fn written(file: &PathBuf) -> Result<TableDefinition> {
    let text = files::read_text(file, MAX_DEFINITION)?;
    let definition = TableDefinition::from_toml(&text)
        .map_err(|error| Error::Config { place: file.display().to_string(), rule: error.to_string() })?;
    let folder = std::path::absolute(file).map_err(Error::file(file, "found"))?;
    Ok(definition.resolved(folder.parent().unwrap_or(&folder)))
}

fn place(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((system, service)) if !system.is_empty() && !service.is_empty() && !service.contains('/') => {
            Ok((system.to_owned(), service.to_owned()))
        }
        _ => Err("expected system/service, for example vehicles/keepers".to_owned()),
    }
}
