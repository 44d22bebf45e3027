//! Cleaning both tables into one piece of data.

use rayon::prelude::*;

use crate::Result;
use crate::clean::{Cleaned, Cleaner, join};
use crate::data::profile::profiles;
use crate::data::{Data, DataColumn, Mode};
use crate::error::LinkageError;
use crate::hash;
use crate::spec::{Column, Kind, Spec};
use crate::store::fits;
use crate::table::{Interner, MISSING, SEVERAL, Side, Table, TableColumn};

/// Stands for "something, but nothing of the column's kind" until it is counted.
const UNREADABLE: u32 = MISSING - 1;

/// Values cleaned at once.
const AT_ONCE: usize = 1024;

/// One column of both tables after cleaning.
pub(super) struct CleanColumn {
    pub(super) column: DataColumn,
    /// The value's number for each row of both.
    pub(super) ids: Vec<u32>,
    /// Rows of each table that had something unreadable.
    pub(super) unreadable: [u64; 2],
}

impl Data {
    /// Cleans one or two tables.
    pub(crate) fn prepare(spec: &Spec, tables: Vec<Table>) -> Result<Self> {
        let mode = match tables.len() {
            1 => Mode::Dedupe,
            2 if spec.input.within => Mode::Both,
            2 => Mode::Link,
            _ => return Err(LinkageError::Spec("one or two tables are linked, no more".to_owned())),
        };
        let rows = tables.iter().map(|table| table.rows).sum::<usize>();
        if u32::try_from(rows).is_err() {
            return Err(LinkageError::Spec("the tables have more than 4 billion rows together".to_owned()));
        }
        let cleaned: Vec<CleanColumn> =
            spec.columns.par_iter().map(|column| clean_column(column, None, &tables)).collect::<Result<_>>()?;
        let read = tables.iter().flat_map(|table| &table.columns).map(TableColumn::held).sum::<usize>();
        let clean = cleaned.iter().map(|clean| clean.column.values.held() + 8 * rows).sum::<usize>();
        fits(&spec.limits, read + clean)?;
        let profiles = profiles(&tables, &cleaned, spec)?;
        let truth = spec.input.truth.as_ref().map(|name| truth(name, &tables));
        let left_rows = tables[0].rows;
        let ids = tables.into_iter().zip([Side::Left, Side::Right]);
        let ids = ids.map(|(table, side)| record_ids(spec, table, side)).collect::<Result<_>>()?;
        let cells = side_by_side(&cleaned, rows);
        let columns = cleaned.into_iter().map(|cleaned| cleaned.column).collect();
        Ok(Self { mode, rows, left_rows, columns, cells, ids, truth, profiles })
    }

    /// Cleans a new table and sets it behind data that was kept: the kept rows are the first table.
    pub(crate) fn extend(self, spec: &Spec, table: Table) -> Result<Self> {
        let Self { columns, cells, ids, profiles: kept_profiles, left_rows, rows, truth: kept_truth, .. } = self;
        if left_rows != rows {
            return Err(LinkageError::Model("the index holds two tables".to_owned()));
        }
        let width = columns.len();
        let tables = [table];
        let cleaned: Vec<CleanColumn> = spec
            .columns
            .par_iter()
            .zip(columns.into_par_iter())
            .map(|(column, kept)| clean_column(column, Some(kept), &tables))
            .collect::<Result<_>>()?;
        let new_rows = tables[0].rows;
        let new_cells = side_by_side(&cleaned, new_rows);
        let mut profiles = kept_profiles;
        profiles.extend(self::profiles(&tables, &cleaned, spec)?);
        let truth = match (kept_truth, &spec.input.truth) {
            (Some(mut kept), Some(name)) => {
                kept.extend(self::truth(name, &tables));
                Some(kept)
            }
            _ => None,
        };
        let [table] = tables;
        let mut ids = ids;
        ids.push(record_ids(spec, table, Side::Right)?);
        let mut cells = cells;
        debug_assert_eq!(cells.len(), width * rows);
        cells.extend(new_cells);
        let columns = cleaned.into_iter().map(|cleaned| cleaned.column).collect();
        Ok(Self { mode: Mode::Link, rows: rows + new_rows, left_rows, columns, cells, ids, truth, profiles })
    }

    /// The cells as they are kept in a file.
    pub(crate) fn cells(&self) -> &[u32] {
        &self.cells
    }

    /// Data from its parts, as they were kept in a file.
    pub(crate) fn from_parts(mut data: Self, cells: Vec<u32>) -> Option<Self> {
        let columns = &data.columns;
        let width = columns.len();
        let fits = cells.len() == width * data.rows
            && cells.chunks(width.max(1)).all(|row| {
                row.iter().zip(columns).all(|(id, column)| *id == MISSING || (*id as usize) < column.values.len())
            });
        data.cells = cells;
        fits.then_some(data)
    }
}

fn find<'a>(table: &'a Table, name: &str) -> Result<&'a TableColumn> {
    let found = table.columns.iter().find(|column| column.name == name);
    found.ok_or_else(|| LinkageError::table(&table.name, format!("it has no column {name:?}")))
}

fn record_ids(spec: &Spec, table: Table, side: Side) -> Result<TableColumn> {
    let name = spec.input.id_right.as_ref().filter(|_| side == Side::Right).unwrap_or(&spec.input.id);
    let missing = find(&table, name)?.ids.iter().position(|id| *id == MISSING);
    if let Some(row) = missing {
        let row = row + 1;
        return Err(LinkageError::table(
            &table.name,
            format!("row {row} has no {name:?}, and every record needs an id"),
        ));
    }
    let place = table.columns.iter().position(|column| column.name == *name).unwrap_or_default();
    let mut columns = table.columns;
    Ok(columns.swap_remove(place))
}

fn truth(name: &str, tables: &[Table]) -> Vec<u64> {
    let mut truth = Vec::new();
    for table in tables {
        let Ok(column) = find(table, name) else { continue };
        let person: Vec<u64> = column.values.iter().map(hash::text).collect();
        truth.extend(column.ids.iter().map(|id| person.get(*id as usize).copied().unwrap_or(0)));
    }
    truth
}

fn side_by_side(cleaned: &[CleanColumn], rows: usize) -> Vec<u32> {
    const AT_ONCE: usize = 4096;
    let width = cleaned.len();
    let mut cells = vec![MISSING; rows * width];
    cells.par_chunks_mut(AT_ONCE * width).enumerate().for_each(|(chunk, cells)| {
        for (at, column) in cleaned.iter().enumerate() {
            let ids = &column.ids[chunk * AT_ONCE..];
            cells.iter_mut().skip(at).step_by(width).zip(ids).for_each(|(cell, id)| *cell = *id);
        }
    });
    cells
}

/// Cleans one column; its dictionary goes on from a kept one, whose rows are not among the tables'.
fn clean_column(column: &Column, kept: Option<DataColumn>, tables: &[Table]) -> Result<CleanColumn> {
    let sides = if kept.is_some() { [Side::Right; 2] } else { [Side::Left, Side::Right] };
    let mut several = kept.as_ref().is_some_and(|kept| kept.several);
    let mut interner = kept.map(|kept| Interner::from_strings(kept.values)).unwrap_or_default();
    let mut ids = Vec::with_capacity(tables.iter().map(|table| table.rows).sum());
    let mut unreadable = [0; 2];
    for ((table, side), unreadable) in tables.iter().zip(sides).zip(&mut unreadable) {
        let sources: Vec<&TableColumn> =
            column.sources(side).iter().map(|name| find(table, name)).collect::<Result<_>>()?;
        let start = ids.len();
        match sources.as_slice() {
            [source] => clean_one(column, source, &mut interner, &mut ids),
            sources => clean_several(column, sources, table.rows, &mut interner, &mut ids),
        }
        .ok_or_else(|| LinkageError::table(&table.name, format!("{:?} has more than 4 GB of values", column.name)))?;
        for id in ids[start..].iter_mut().filter(|id| **id == UNREADABLE) {
            *id = MISSING;
            *unreadable += 1;
        }
    }
    let values = interner.into_strings();
    several = several || column.kind != Kind::Raw && values.iter().any(|value| value.contains(SEVERAL));
    let column = DataColumn { name: column.name.clone(), kind: column.kind, values, several };
    Ok(CleanColumn { column, ids, unreadable })
}

fn clean_one(column: &Column, source: &TableColumn, interner: &mut Interner, ids: &mut Vec<u32>) -> Option<()> {
    let cleaner = Cleaner::new(column);
    let mut cleaned = Vec::with_capacity(source.values.len());
    let mut values = source.values.iter();
    loop {
        let some: Vec<Cleaned> = values.by_ref().take(AT_ONCE).map(|value| cleaner.clean(value)).collect();
        if some.is_empty() {
            break;
        }
        let texts: Vec<Option<&str>> = some.iter().map(Cleaned::value).collect();
        interner.intern_all(&texts, &mut cleaned)?;
        let numbers = cleaned.iter_mut().rev().zip(some.iter().rev());
        numbers.filter(|(_, one)| matches!(one, Cleaned::Unreadable)).for_each(|(number, _)| *number = UNREADABLE);
    }
    ids.extend(source.ids.iter().map(|id| cleaned.get(*id as usize).copied().unwrap_or(MISSING)));
    Some(())
}

/// Several table columns make several values.
fn clean_several(
    column: &Column,
    sources: &[&TableColumn],
    rows: usize,
    interner: &mut Interner,
    ids: &mut Vec<u32>,
) -> Option<()> {
    let cleaner = Cleaner::new(column);
    let cleaned: Vec<Vec<Cleaned>> =
        sources.iter().map(|source| source.values.iter().map(|value| cleaner.clean(value)).collect()).collect();
    for row in 0..rows {
        let mut values = Vec::new();
        let mut unreadable = false;
        for (source, cleaned) in sources.iter().zip(&cleaned) {
            match source.ids.get(row).and_then(|id| cleaned.get(*id as usize)) {
                Some(Cleaned::Value(value)) => values.extend(value.split(SEVERAL).map(str::to_owned)),
                Some(Cleaned::Unreadable) => unreadable = true,
                Some(Cleaned::Missing) | None => {}
            }
        }
        ids.push(match join(values) {
            Some(value) => interner.intern(&value)?,
            None if unreadable => UNREADABLE,
            None => MISSING,
        });
    }
    Some(())
}
