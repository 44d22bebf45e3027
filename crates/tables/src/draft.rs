//! A first definition for data that somebody brings: columns named and typed from a bounded sample,
//! for its owner to read, correct and keep.
//!
//! Proposes only; nothing is published here.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use packhorse_model::identifier::{Format, Rules};
use serde::Serialize;

use crate::definition::{Column, Lookup, Rule, Source, TableDefinition};
use crate::error::TableError;
use crate::source;
use crate::sql;
use crate::types::{Inference, Observer, SAMPLE_ROWS};

/// Formats whose values name one person or thing, so that a lookup by them is proposed.
const KEYS: [Format; 11] = [
    Format::NhsNumber,
    Format::Nino,
    Format::Upn,
    Format::Uln,
    Format::PncId,
    Format::Vrm,
    Format::DriverNumber,
    Format::BlueBadge,
    Format::Uprn,
    Format::GssCode,
    Format::SchoolUrn,
];

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// The definition, ready to be changed.
    pub definition: TableDefinition,
    /// Why each column got its format.
    pub inferences: Vec<Inference>,
}

/// Looks at a sample of the source and proposes a definition. When no column holds a known
/// identifier, the first column is proposed as the key.
///
/// # Errors
/// [`TableError`] when the source cannot be read; an upstream has nothing to look at.
pub async fn draft(service: &str, title: &str, source: Source, allow_synthetic: bool) -> Result<Draft, TableError> {
    let mut definition = TableDefinition {
        service: service.to_owned(),
        title: title.to_owned(),
        description: String::new(),
        allow_synthetic,
        source,
        columns: Vec::new(),
        lookups: Vec::new(),
    };
    let inferences = infer(&definition).await?;
    let mut taken = BTreeSet::new();
    definition.columns = inferences.iter().map(|inference| column(inference, &mut taken)).collect();
    definition.lookups = lookups(&definition.columns);
    definition.check()?;
    Ok(Draft { definition, inferences })
}

async fn infer(definition: &TableDefinition) -> Result<Vec<Inference>, TableError> {
    let rules = definition.rules();
    let source = definition.source.clone();
    match source {
        Source::Csv { .. } | Source::Parquet { .. } => {
            tokio::task::spawn_blocking(move || from_file(&source, rules)).await.map_err(|_| TableError::Abandoned)?
        }
        Source::Sqlite { .. } | Source::Postgres { .. } => {
            let (names, rows) = sql::sample(&source, SAMPLE_ROWS).await?;
            let mut observers: Vec<Observer> = names.iter().map(|name| Observer::new(name)).collect();
            for row in &rows {
                for (observer, cell) in observers.iter_mut().zip(row) {
                    observer.see(cell.as_deref(), rules);
                }
            }
            Ok(observers.into_iter().map(Observer::conclude).collect())
        }
        Source::Upstream { .. } => {
            Err(TableError::Definition("the fields of an upstream's answer must be written down by hand".to_owned()))
        }
    }
}

fn from_file(source: &Source, rules: Rules) -> Result<Vec<Inference>, TableError> {
    let (file, _) = source::open(source)?;
    let mut observers: Vec<Observer> = file.headings().iter().map(|name| Observer::new(name)).collect();
    let picks: Vec<usize> = (0..observers.len()).collect();
    let mut seen = 0;
    file.visit(&picks, &mut |_, cells| {
        for (observer, cell) in observers.iter_mut().zip(cells) {
            observer.see(*cell, rules);
        }
        seen += 1;
        Ok(if seen < SAMPLE_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(observers.into_iter().map(Observer::conclude).collect())
}

fn column(inference: &Inference, taken: &mut BTreeSet<String>) -> Column {
    let name = unused(&published_name(&inference.column), taken);
    let source = (name != inference.column).then(|| inference.column.clone());
    Column { name, source, format: inference.format, title: String::new(), description: String::new(), nullable: true }
}

/// A heading as a name: lower case, `_` for everything else than letters, digits and `-`.
fn published_name(heading: &str) -> String {
    let plain: String = heading
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .take(100)
        .collect();
    let trimmed = plain.trim_matches(['_', '-']);
    if trimmed.is_empty() { "column".to_owned() } else { trimmed.to_owned() }
}

fn unused(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidates = std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}_{number}")));
    let free = candidates.find(|candidate| !taken.contains(candidate)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

fn lookups(columns: &[Column]) -> Vec<Lookup> {
    let by = |column: &Column| Lookup {
        name: format!("by-{}", column.name.replace('_', "-")),
        keys: vec![column.name.clone()],
        rule: Rule::Single,
    };
    let known: Vec<Lookup> = columns.iter().filter(|column| KEYS.contains(&column.format)).map(by).collect();
    if known.is_empty() { columns.first().map(by).into_iter().collect() } else { known }
}
