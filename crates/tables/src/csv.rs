//! CSV files as they come: with or without a byte order mark, a space after each comma, and refused
//! when ragged, not UTF-8 or endless.
//!
//! Knows text only; what a cell means is for others.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use crate::error::TableError;
use crate::source::{CELL_LIMIT, Place, RowFile, Visit, check_headings};

/// Most bytes of one row: a quote that is never closed must not swallow the file into memory.
const ROW_LIMIT: usize = 16 << 20;

/// A CSV file whose heading line has been read.
pub(crate) struct CsvFile<R> {
    reader: Reader<RowBounded<R>>,
    headings: Vec<String>,
    strip_space: bool,
}

impl CsvFile<File> {
    /// Reads the heading line.
    pub(crate) fn open(file: File, delimiter: char, space_after: Option<bool>) -> Result<Self, TableError> {
        CsvFile::from_reader(file, delimiter, space_after)
    }
}

impl<R: Read> CsvFile<R> {
    fn from_reader(input: R, delimiter: char, space_after: Option<bool>) -> Result<Self, TableError> {
        let delimiter = u8::try_from(delimiter)
            .map_err(|_| TableError::Definition("delimiter must be one ASCII character".to_owned()))?;
        let bounded = RowBounded { input, left: ROW_LIMIT };
        let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(bounded);
        let mut record = ByteRecord::new();
        if !next(&mut reader, &mut record)? {
            return Err(TableError::Source("it is empty: a CSV file begins with a line of column names".to_owned()));
        }
        let cells: Vec<&str> = (0..record.len()).map(|cell| text(&record, cell)).collect::<Result<_, _>>()?;
        let strip_space =
            space_after.unwrap_or_else(|| cells.len() > 1 && cells[1..].iter().all(|cell| cell.starts_with(' ')));
        let headings: Vec<String> = cells.iter().map(|cell| stripped(cell, strip_space).to_owned()).collect();
        check_headings(&headings)?;
        Ok(Self { reader, headings, strip_space })
    }
}

impl<R: Read> RowFile for CsvFile<R> {
    fn headings(&self) -> &[String] {
        &self.headings
    }

    fn visit(mut self: Box<Self>, picks: &[usize], visit: &mut Visit<'_>) -> Result<(), TableError> {
        let mut record = ByteRecord::new();
        while next(&mut self.reader, &mut record)? {
            // Every cell is looked at, also those not picked: a file that is wrong anywhere is wrong.
            let cells: Vec<&str> = (0..record.len()).map(|cell| text(&record, cell)).collect::<Result<_, _>>()?;
            let picked: Vec<Option<&str>> = picks
                .iter()
                .map(|pick| cells.get(*pick).map(|cell| stripped(cell, self.strip_space && *pick > 0)))
                .collect();
            if visit(Place::Line(line(&record)), &picked)? == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }
}

fn next<R: Read>(reader: &mut Reader<RowBounded<R>>, record: &mut ByteRecord) -> Result<bool, TableError> {
    reader.get_mut().left = ROW_LIMIT;
    reader.read_byte_record(record).map_err(|error| match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => TableError::Source(format!(
            "line {} has {len} cells where the heading line has {expected_len}",
            pos.as_ref().map_or(0, csv::Position::line)
        )),
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => TableError::Source(format!(
            "a row after line {} is longer than 16 MiB: a quotation mark may not be closed",
            line(record)
        )),
        ErrorKind::Io(error) => TableError::file("reading the CSV file", error),
        _ => TableError::Source("it is not a CSV file".to_owned()),
    })
}

fn text(record: &ByteRecord, cell: usize) -> Result<&str, TableError> {
    let bytes = record.get(cell).unwrap_or_default();
    let refuse = |why: &str| TableError::Source(format!("line {} {why}", line(record)));
    if bytes.len() > CELL_LIMIT {
        return Err(refuse("has a cell of more than 1 MiB"));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.contains(&0) {
        return Err(refuse("looks like UTF-16 or binary data: save the file as UTF-8"));
    }
    std::str::from_utf8(bytes)
        .map_err(|_| refuse("is not UTF-8, perhaps Latin-1 or Windows-1252: save the file as UTF-8"))
}

fn line(record: &ByteRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

fn stripped(cell: &str, strip_space: bool) -> &str {
    if strip_space { cell.strip_prefix(' ').unwrap_or(cell) } else { cell }
}

/// Gives out at most so many bytes until it is told that a new row begins.
struct RowBounded<R> {
    input: R,
    left: usize,
}

impl<R: Read> Read for RowBounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "row longer than the limit"))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
        let file = CsvFile::from_reader(bytes, ',', None).map_err(|error| error.to_string())?;
        let picks: Vec<usize> = (0..file.headings.len()).collect();
        let mut all = vec![file.headings.clone()];
        Box::new(file)
            .visit(&picks, &mut |_, cells| {
                all.push(cells.iter().map(|cell| cell.unwrap_or_default().to_owned()).collect());
                Ok(ControlFlow::Continue(()))
            })
            .map_err(|error| error.to_string())?;
        Ok(all)
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_heading() {
        assert_eq!(rows(b"\xef\xbb\xbfid,name\n1,a\n").unwrap()[0], ["id", "name"]);
    }

    #[test]
    fn one_space_after_each_comma_is_noticed_and_dropped() {
        assert_eq!(rows(b"id, name, town\n1, ada,  x\n2, , \n").unwrap()[1..], [["1", "ada", " x"], ["2", "", ""]]);
        assert_eq!(rows(b"id,name\n1, ada\n").unwrap()[1], ["1", " ada"]);
    }

    #[test]
    fn a_ragged_row_is_refused_with_its_line() {
        let error = rows(b"id,name\n1,a\n2\n").unwrap_err();
        assert_eq!(error, "the source cannot be used: line 3 has 1 cells where the heading line has 2");
    }

    #[test]
    fn latin_1_and_utf_16_are_refused_with_their_line() {
        let error = rows(b"id,name\n1,a\n2,Zo\xeb\n").unwrap_err();
        assert!(error.contains("line 3 is not UTF-8"), "{error}");
        assert!(!error.contains("Zo"), "{error}");
        let error = rows(b"\xff\xfei\0d\0,\0n\0\n\0").unwrap_err();
        assert!(error.contains("UTF-16"), "{error}");
    }

    #[test]
    fn headings_that_cannot_be_told_apart_are_refused() {
        assert!(rows(b"id,name,id\n").unwrap_err().contains("two columns are called \"id\""));
    }

    #[test]
    fn an_oversized_cell_and_an_endless_row_are_refused() {
        let mut big = b"id,name\n1,".to_vec();
        big.resize(big.len() + CELL_LIMIT + 1, b'x');
        assert!(rows(&big).unwrap_err().contains("line 2 has a cell of more than 1 MiB"));
        let mut open = b"id,name\n1,\"".to_vec();
        open.resize(ROW_LIMIT + 100_000, b'x');
        assert!(rows(&open).unwrap_err().contains("longer than 16 MiB"));
    }

    #[test]
    fn an_empty_file_is_refused_and_a_heading_alone_is_an_empty_table() {
        assert!(rows(b"").unwrap_err().contains("it is empty"));
        assert_eq!(rows(b"id,name\n").unwrap().len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = rows(&bytes);
        }
    }
}
