//! CSV files: UTF-8, a line of headings, rows of equal length.

use std::fs::File;
use std::io::Read;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use crate::Result;
use crate::error::LinkageError;
use crate::spec::Limits;
use crate::table::read::places;
use crate::table::{Table, TableBuilder};

/// Bytes read at once.
const BUFFER: usize = 1 << 20;
/// Rows taken at once.
const AT_ONCE: usize = 1024;
/// Most columns of a file.
const HEADINGS_LIMIT: usize = 4096;

/// Reads the wanted columns.
pub(super) fn read(source: File, name: &str, delimiter: u8, wanted: &[String], limits: &Limits) -> Result<Table> {
    let mut reader = open(source, delimiter);
    let headings = head(&mut reader, name)?;
    let places = places(name, &headings, wanted)?;
    let mut builder = TableBuilder::new(name, wanted.iter().cloned(), limits);
    let mut records = vec![ByteRecord::new(); AT_ONCE];
    let mut row = 0_u64;
    loop {
        let mut taken = 0;
        while taken < AT_ONCE {
            row += 1;
            if !reader.read_byte_record(&mut records[taken]).map_err(|error| broken(name, row, &error))? {
                break;
            }
            taken += 1;
        }
        take(&mut builder, &records[..taken], &places)?;
        if taken < AT_ONCE {
            return builder.finish();
        }
    }
}

/// Column by column: a dictionary is looked into many times in a row, while it is near the processor.
fn take(builder: &mut TableBuilder, records: &[ByteRecord], places: &[usize]) -> Result<()> {
    for (at, place) in places.iter().enumerate() {
        let mut cells = Vec::with_capacity(records.len());
        for (row, record) in records.iter().enumerate() {
            match std::str::from_utf8(record.get(*place).unwrap_or_default()) {
                Ok(cell) => cells.push(Some(cell)),
                Err(_) => {
                    let why = "the cell is not UTF-8; convert the file, for instance with iconv";
                    return Err(builder.refusal(at, row, why));
                }
            }
        }
        builder.push_cells(at, cells)?;
    }
    builder.count(records.len())
}

/// The headings alone.
pub(super) fn headings(source: File, name: &str, delimiter: u8) -> Result<Vec<String>> {
    head(&mut open(source, delimiter), name)
}

fn open<R: Read>(source: R, delimiter: u8) -> Reader<R> {
    ReaderBuilder::new().delimiter(delimiter).buffer_capacity(BUFFER).has_headers(true).from_reader(source)
}

fn head<R: Read>(reader: &mut Reader<R>, name: &str) -> Result<Vec<String>> {
    let headings = reader.byte_headers().map_err(|error| broken(name, 0, &error))?;
    if headings.is_empty() || headings.len() > HEADINGS_LIMIT {
        return Err(LinkageError::table(name, "it is empty: a line of headings is expected first"));
    }
    let text = |(place, heading): (usize, &[u8])| {
        // A byte order mark before the first heading is no part of its name.
        let heading = if place == 0 { heading.strip_prefix(b"\xef\xbb\xbf").unwrap_or(heading) } else { heading };
        let heading = std::str::from_utf8(heading).map(|text| text.trim().to_owned());
        heading.map_err(|_| LinkageError::table(name, "its headings are not UTF-8"))
    };
    headings.iter().enumerate().map(text).collect()
}

/// The library's own message may quote data: it is not passed on.
fn broken(name: &str, row: u64, error: &csv::Error) -> LinkageError {
    match error.kind() {
        ErrorKind::Io(error) => LinkageError::file(format!("reading {name:?}"), error),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            LinkageError::table(name, format!("row {row} has {len} cells, and there are {expected_len} headings"))
        }
        _ => LinkageError::table(name, format!("row {row} is not CSV")),
    }
}
