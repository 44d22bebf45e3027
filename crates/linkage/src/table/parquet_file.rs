//! Parquet files, read as Arrow columns and cast to text.

use std::fs::File;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StringArray};
use arrow_schema::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::Result;
use crate::error::LinkageError;
use crate::spec::Limits;
use crate::table::read::places;
use crate::table::{SEVERAL, Table, TableBuilder};

/// Rows read at once.
const BATCH: usize = 8192;

/// Reads the wanted columns. A column of lists has several values per row.
pub(super) fn read(source: File, name: &str, wanted: &[String], limits: &Limits) -> Result<Table> {
    let builder = open(source, name)?;
    let headings: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    let places = places(name, &headings, wanted)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), places.iter().copied());
    let reader = builder.with_projection(mask).with_batch_size(BATCH).build().map_err(|_| unreadable(name))?;
    let mut table = TableBuilder::new(name, wanted.iter().cloned(), limits);
    for batch in reader {
        take(&mut table, name, &batch.map_err(|_| unreadable(name))?, wanted)?;
    }
    table.finish()
}

/// The headings alone.
pub(super) fn headings(source: File, name: &str) -> Result<Vec<String>> {
    Ok(open(source, name)?.schema().fields().iter().map(|field| field.name().clone()).collect())
}

/// The library's own message may quote data: it is not passed on.
fn unreadable(name: &str) -> LinkageError {
    LinkageError::table(name, "it is not a readable Parquet file")
}

fn open(source: File, name: &str) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    ParquetRecordBatchReaderBuilder::try_new(source).map_err(|_| unreadable(name))
}

fn take(table: &mut TableBuilder, name: &str, batch: &RecordBatch, wanted: &[String]) -> Result<()> {
    let column = |column: &String| match batch.column_by_name(column) {
        Some(array) => Texts::new(array).ok_or_else(|| {
            LinkageError::table(name, format!("the column {column:?} is nested: only flat columns and lists are read"))
        }),
        None => Err(unreadable(name)),
    };
    let columns: Vec<Texts> = wanted.iter().map(column).collect::<Result<_>>()?;
    for (at, column) in columns.iter().enumerate() {
        match column {
            Texts::Flat(texts) => table.push_cells(at, texts.iter())?,
            Texts::Lists(lists) => {
                let joined: Vec<String> = (0..lists.len()).map(|row| join(lists, row)).collect();
                table.push_cells(at, joined.iter().map(|joined| Some(joined.as_str())))?;
            }
        }
    }
    table.count(batch.num_rows())
}

/// A column as text.
enum Texts {
    Flat(StringArray),
    Lists(ListArray),
}

impl Texts {
    fn new(array: &ArrayRef) -> Option<Self> {
        if let DataType::List(field) | DataType::LargeList(field) = array.data_type() {
            let inner = DataType::List(field.as_ref().clone().with_data_type(DataType::Utf8).into());
            let cast = arrow_cast::cast(array, &inner).ok()?;
            return Some(Self::Lists(cast.as_list_opt::<i32>()?.clone()));
        }
        let cast = arrow_cast::cast(array, &DataType::Utf8).ok()?;
        Some(Self::Flat(cast.as_string_opt::<i32>()?.clone()))
    }
}

/// A list's values in one text.
fn join(lists: &ListArray, row: usize) -> String {
    let mut joined = String::new();
    if lists.is_null(row) {
        return joined;
    }
    let list = lists.value(row);
    for text in list.as_string_opt::<i32>().into_iter().flatten().flatten() {
        if !joined.is_empty() {
            joined.push(SEVERAL);
        }
        joined.push_str(text);
    }
    joined
}
