//! Checks of a definition: every fault is named, with the nearest valid name.
//!
//! Looks at the document only, never at the data.

use std::collections::BTreeSet;

use packhorse_model::OrganisationId;

use super::{Lookup, Rule, Source, TableDefinition};
use crate::error::TableError;

/// Most columns of a table.
pub(crate) const COLUMN_LIMIT: usize = 1_024;
const LOOKUP_LIMIT: usize = 64;
const KEY_LIMIT: usize = 8;
const MOST_ROWS: u32 = 1_000;
const NAME_LIMIT: usize = 128;

/// Metaservices of the X-Road REST protocol: a service cannot have their names.
const RESERVED: [&str; 5] = ["listMethods", "allowedMethods", "getOpenAPI", "getWsdl", "listClients"];

pub(super) fn check(definition: &TableDefinition) -> Result<(), TableError> {
    let mut faults = Vec::new();
    service(definition, &mut faults);
    source(definition, &mut faults);
    columns(definition, &mut faults);
    lookups(definition, &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(TableError::Definition(faults.join("; "))) }
}

fn service(definition: &TableDefinition, faults: &mut Vec<String>) {
    let code = definition.service.as_str();
    // Whatever can be a part of an identifier: services that have long been called keep their codes.
    if let Err(error) = OrganisationId::new("NET", "CLASS", code) {
        faults.push(format!("service {code:?} is no service code: {error}"));
    } else if code.contains('/') {
        faults.push(format!("service {code:?} has a slash: choose a code of one part"));
    }
    if RESERVED.contains(&code) {
        faults.push(format!("service {code:?} is the name of a metaservice: choose another"));
    }
    if definition.title.trim().is_empty() {
        faults.push("title is empty: say in one line what the table is".to_owned());
    }
}

fn source(definition: &TableDefinition, faults: &mut Vec<String>) {
    match &definition.source {
        Source::Csv { delimiter, .. } if !delimiter.is_ascii() || matches!(delimiter, '"' | '\r' | '\n' | ' ') => {
            faults.push("delimiter must be one ASCII character, such as ',' ';' '|' or a tab".to_owned());
        }
        Source::Sqlite { table, .. } | Source::Postgres { table, .. }
            if table.is_empty() || table.contains('\0') || table.len() > 2 * NAME_LIMIT =>
        {
            faults.push("source.table must be the name of a table".to_owned());
        }
        Source::Upstream {
            base_url, ca_file, connect_timeout_ms, first_byte_timeout_ms, timeout_ms, max_body, ..
        } => {
            match crate::upstream::base(base_url) {
                Err(fault) => faults.push(fault),
                Ok(base) if base.is_encrypted() != ca_file.is_some() => faults.push(
                    "an https base_url needs ca_file, a PEM file of the authorities that may vouch for it, and an http \
                     one must not have it"
                        .to_owned(),
                ),
                Ok(_) => {}
            }
            if [*connect_timeout_ms, *first_byte_timeout_ms, *timeout_ms].contains(&0) || *max_body == 0 {
                faults.push("time limits and max_body of an upstream must be above zero".to_owned());
            }
        }
        _ => {}
    }
}

fn columns(definition: &TableDefinition, faults: &mut Vec<String>) {
    let is_upstream = matches!(definition.source, Source::Upstream { .. });
    // An upstream that nobody has described can be given whole, under an agreement that gives everything.
    if definition.columns.is_empty() && !is_upstream {
        faults.push("no [[columns]]: name what may be answered".to_owned());
    }
    if definition.columns.len() > COLUMN_LIMIT {
        faults.push(format!("more than {COLUMN_LIMIT} columns"));
    }
    let mut names = BTreeSet::new();
    let mut sources = BTreeSet::new();
    for column in &definition.columns {
        let name = &column.name;
        let well_named =
            if is_upstream { name.split('.').all(|part| is_name(part, b"-_")) } else { is_name(name, b"-_") };
        if !well_named {
            faults.push(format!("column {name:?} must be letters, digits, '-' and '_'"));
        }
        if !names.insert(name) {
            faults.push(format!("column {name:?} is declared twice"));
        }
        if !is_upstream && !sources.insert(column.source_name()) {
            faults.push(format!("the source's column {:?} is published twice", column.source_name()));
        }
    }
}

fn lookups(definition: &TableDefinition, faults: &mut Vec<String>) {
    if matches!(definition.source, Source::Upstream { .. }) {
        if !definition.lookups.is_empty() {
            faults.push("an upstream answers by its own paths: remove [[lookups]]".to_owned());
        }
        return;
    }
    if definition.lookups.is_empty() {
        faults.push("no [[lookups]]: say by which keys the table is asked".to_owned());
    }
    if definition.lookups.len() > LOOKUP_LIMIT {
        faults.push(format!("more than {LOOKUP_LIMIT} lookups"));
    }
    let mut names = BTreeSet::new();
    for lookup in &definition.lookups {
        if !names.insert(&lookup.name) {
            faults.push(format!("lookup {:?} is declared twice", lookup.name));
        }
        lookup_faults(definition, lookup, faults);
    }
}

fn lookup_faults(definition: &TableDefinition, lookup: &Lookup, faults: &mut Vec<String>) {
    let name = &lookup.name;
    if !is_name(name, b"-_") {
        faults.push(format!("lookup {name:?} must be letters, digits, '-' and '_'"));
    }
    if lookup.keys.is_empty() || lookup.keys.len() > KEY_LIMIT {
        faults.push(format!("lookup {name:?} must have 1 to {KEY_LIMIT} keys"));
    }
    if let Rule::AtMost(most) = lookup.rule
        && !(1..=MOST_ROWS).contains(&most)
    {
        faults.push(format!("lookup {name:?} may answer at most 1 to {MOST_ROWS} rows"));
    }
    let columns = || definition.columns.iter().map(|column| column.name.as_str());
    for (place, key) in lookup.keys.iter().enumerate() {
        if definition.place_of(key).is_none() {
            faults.push(format!("lookup {name:?} has the key {key:?}, which is no column{}", nearest(key, columns())));
        }
        if lookup.keys[..place].contains(key) {
            faults.push(format!("lookup {name:?} has the key {key:?} twice"));
        }
    }
}

fn is_name(text: &str, also: &[u8]) -> bool {
    let mut bytes = text.bytes();
    text.len() <= NAME_LIMIT
        && bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte))
}

/// The nearest of the valid names, as the end of a message; nothing when none is near.
pub(crate) fn nearest<'a>(wrong: &str, valid: impl Iterator<Item = &'a str>) -> String {
    let wrong = wrong.to_lowercase();
    let near = valid
        .map(|name| (strsim::jaro_winkler(&wrong, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    near.map(|(_, name)| format!(" (did you mean {name:?}?)")).unwrap_or_default()
}
