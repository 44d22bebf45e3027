//! How good the columns are, before anything is compared.

use rayon::prelude::*;

use crate::Result;
use crate::data::prepare::CleanColumn;
use crate::hash;
use crate::spec::Spec;
use crate::summary::{ColumnProfile, CommonValue, TableProfile};
use crate::table::{Side, Table};

/// Most common values that are told, and the fewest rows that make a value common.
const COMMON: usize = 10;
const COMMON_ROWS: u32 = 10;

/// The profile of each table.
pub(super) fn profiles(tables: &[Table], cleaned: &[CleanColumn], spec: &Spec) -> Result<Vec<TableProfile>> {
    let mut profiles = Vec::new();
    let mut start = 0;
    for (place, table) in tables.iter().enumerate() {
        let side = if place == 0 { Side::Left } else { Side::Right };
        let columns = cleaned.par_iter().map(|column| column_profile(column, start..start + table.rows, place));
        profiles.push(TableProfile {
            name: table.name.clone(),
            rows: table.rows as u64,
            ids_repeated: ids_repeated(table, spec, side),
            columns: columns.collect(),
        });
        start += table.rows;
    }
    Ok(profiles)
}

fn ids_repeated(table: &Table, spec: &Spec, side: Side) -> u64 {
    let wanted = spec.wanted(side);
    let Some(column) = wanted.first().and_then(|id| table.columns.iter().find(|column| column.name == *id)) else {
        return 0;
    };
    let texts: Vec<u64> = column.values.iter().map(hash::text).collect();
    let mut ids: Vec<u64> = column.ids.iter().filter_map(|id| texts.get(*id as usize)).copied().collect();
    ids.par_sort_unstable();
    ids.chunk_by(|one, other| one == other).filter(|same| same.len() > 1).map(|same| same.len() as u64).sum()
}

fn column_profile(cleaned: &CleanColumn, rows: std::ops::Range<usize>, table: usize) -> ColumnProfile {
    let values = &cleaned.column.values;
    let mut counts = vec![0_u32; values.len()];
    let mut missing = 0;
    for id in &cleaned.ids[rows.clone()] {
        match counts.get_mut(*id as usize) {
            Some(count) => *count += 1,
            None => missing += 1,
        }
    }
    let mut common: Vec<(u32, u32)> =
        (0..).zip(&counts).filter(|(_, count)| **count >= COMMON_ROWS).map(|(id, count)| (*count, id)).collect();
    common.sort_unstable_by(|a, b| b.cmp(a));
    let told = common.iter().take(COMMON).filter_map(|(rows, id)| {
        let value = values.get(*id)?.chars().take(80).collect();
        Some(CommonValue { value, rows: u64::from(*rows) })
    });
    ColumnProfile {
        name: cleaned.column.name.clone(),
        kind: cleaned.column.kind,
        filled: rows.len() as u64 - missing,
        missing,
        unreadable: cleaned.unreadable[table],
        distinct: counts.iter().filter(|count| **count > 0).count() as u64,
        common: told.collect(),
    }
}

/// What the reader should know about the columns.
pub(crate) fn warnings(profiles: &[TableProfile]) -> Vec<String> {
    let mut warnings = Vec::new();
    for table in profiles {
        if table.ids_repeated > 0 {
            warnings.push(format!(
                "{}: {} rows share their id with another row; pairs and clusters name records by id, so they cannot be \
                 told apart",
                table.name, table.ids_repeated
            ));
        }
        for column in &table.columns {
            let name = &column.name;
            if column.filled == 0 {
                warnings.push(format!("{}: the column {name} has no value at all: it decides nothing", table.name));
            } else if column.distinct == 1 && table.rows > 1 {
                warnings.push(format!("{}: the column {name} has one value only: it decides nothing", table.name));
            }
            if column.unreadable * 20 > table.rows {
                let share = 100 * column.unreadable / table.rows.max(1);
                let kind = format!("{:?}", column.kind).to_lowercase();
                warnings.push(format!("{}: {share} % of the column {name} cannot be read as {kind}", table.name));
            }
        }
    }
    warnings
}
