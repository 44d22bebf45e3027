//! Cleaned data in a file: for the index, and for the workers of a run.
//!
//! A line of JSON that says what follows, then the columns as they lie in memory, then a sum over everything.

use std::fs::File;
use std::io::{BufReader, Read, Write};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::data::{Data, DataColumn, Mode};
use crate::error::LinkageError;
use crate::hash;
use crate::spec::Kind;
use crate::summary::TableProfile;
use crate::table::{Strings, TableColumn};

/// How the file begins; the last digit is the version.
const MAGIC: &[u8; 8] = b"PHLINK01";
/// Most bytes of what says what follows.
const HEAD_LIMIT: u64 = 64 << 20;
/// Words written or read at once.
const AT_ONCE: usize = 1 << 16;

#[derive(Serialize, Deserialize)]
struct Head {
    mode: Mode,
    rows: usize,
    left_rows: usize,
    columns: Vec<ColumnHead>,
    ids: Vec<IdsHead>,
    truth: bool,
    profiles: Vec<TableProfile>,
}

#[derive(Serialize, Deserialize)]
struct ColumnHead {
    name: String,
    kind: Kind,
    several: bool,
    texts: usize,
    bytes: usize,
}

#[derive(Serialize, Deserialize)]
struct IdsHead {
    name: String,
    rows: usize,
    texts: usize,
    bytes: usize,
}

/// Writes data.
pub(crate) fn write(data: &Data, to: &mut (dyn Write + Send)) -> std::io::Result<()> {
    let columns = data.columns.iter().map(|column| {
        let (text, ends) = column.values.parts();
        let DataColumn { name, kind, several, .. } = column;
        ColumnHead { name: name.clone(), kind: *kind, several: *several, texts: ends.len(), bytes: text.len() }
    });
    let ids = data.ids.iter().map(|column| {
        let (text, ends) = column.values.parts();
        IdsHead { name: column.name.clone(), rows: column.ids.len(), texts: ends.len(), bytes: text.len() }
    });
    let head = Head {
        mode: data.mode,
        rows: data.rows,
        left_rows: data.left_rows,
        columns: columns.collect(),
        ids: ids.collect(),
        truth: data.truth.is_some(),
        profiles: data.profiles.clone(),
    };
    let head = serde_json::to_vec(&head).map_err(std::io::Error::other)?;
    to.write_all(MAGIC)?;
    let mut to = Summed { inner: to, sum: 0 };
    to.write_all(&(head.len() as u64).to_le_bytes())?;
    to.write_all(&head)?;
    for column in &data.columns {
        strings(&column.values, &mut to)?;
    }
    for column in &data.ids {
        strings(&column.values, &mut to)?;
        words(&column.ids, &mut to)?;
    }
    words(data.cells(), &mut to)?;
    for people in data.truth.iter().flat_map(|truth| truth.chunks(AT_ONCE)) {
        to.write_all(&people.iter().flat_map(|person| person.to_le_bytes()).collect::<Vec<u8>>())?;
    }
    let sum = to.sum;
    to.inner.write_all(&sum.to_le_bytes())
}

fn strings(strings: &Strings, to: &mut impl Write) -> std::io::Result<()> {
    let (text, ends) = strings.parts();
    for piece in text.as_bytes().chunks(4 * AT_ONCE) {
        to.write_all(piece)?;
    }
    words(ends, to)
}

fn words(words: &[u32], to: &mut impl Write) -> std::io::Result<()> {
    for piece in words.chunks(AT_ONCE) {
        to.write_all(&piece.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>())?;
    }
    Ok(())
}

/// Reads data that was written; every length is held against the file's.
pub(crate) fn read(file: File) -> Result<Data> {
    let size = file.metadata().map_err(|error| LinkageError::file("reading the records", &error))?.len();
    parse(BufReader::with_capacity(1 << 20, file), size).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof => {
            LinkageError::Model("the kept records are damaged or of another version: keep them again".to_owned())
        }
        _ => LinkageError::file("reading the records", &error),
    })
}

fn damaged() -> std::io::Error {
    std::io::Error::from(std::io::ErrorKind::InvalidData)
}

fn parse(mut from: impl Read, size: u64) -> std::io::Result<Data> {
    let mut magic = [0; 8];
    from.read_exact(&mut magic)?;
    if &magic != MAGIC {
        return Err(damaged());
    }
    let mut from = Summed { inner: from, sum: 0 };
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > HEAD_LIMIT.min(size) {
        return Err(damaged());
    }
    let head = from.bytes(length as usize)?;
    let head: Head = serde_json::from_slice(&head).map_err(|_| damaged())?;
    let total = |head: &Head| -> Option<usize> {
        let columns = head.columns.iter().map(|column| (column.texts, column.bytes, 0));
        let all = columns.chain(head.ids.iter().map(|ids| (ids.texts, ids.bytes, ids.rows)));
        let mut total = head.rows.checked_mul(head.columns.len().checked_mul(4)?.checked_add(8)?)?;
        for (texts, bytes, rows) in all {
            total = total.checked_add(bytes)?.checked_add(texts.checked_add(rows)?.checked_mul(4)?)?;
        }
        Some(total)
    };
    if total(&head).is_none_or(|total| total as u64 > size.saturating_add(8 * head.rows as u64)) {
        return Err(damaged());
    }
    let data = body(&mut from, head)?;
    let sum = from.sum;
    let mut written = [0; 8];
    from.inner.read_exact(&mut written)?;
    if u64::from_le_bytes(written) == sum { Ok(data) } else { Err(damaged()) }
}

fn body<R: Read>(from: &mut Summed<R>, head: Head) -> std::io::Result<Data> {
    let mut columns = Vec::new();
    for column in &head.columns {
        let values = from.strings(column.texts, column.bytes)?;
        columns.push(DataColumn { name: column.name.clone(), kind: column.kind, values, several: column.several });
    }
    let mut ids = Vec::new();
    for column in &head.ids {
        let values = from.strings(column.texts, column.bytes)?;
        let rows = from.words(column.rows)?;
        if rows.iter().any(|id| *id as usize >= values.len()) {
            return Err(damaged());
        }
        ids.push(TableColumn { name: column.name.clone(), values, ids: rows });
    }
    let cells = from.words(head.rows * head.columns.len())?;
    let truth = if head.truth {
        let mut truth = Vec::with_capacity(head.rows);
        while truth.len() < head.rows {
            let bytes = from.bytes(8 * AT_ONCE.min(head.rows - truth.len()))?;
            truth.extend(bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default())));
        }
        Some(truth)
    } else {
        None
    };
    let rows: usize = ids.iter().map(|column| column.ids.len()).sum();
    if rows != head.rows || head.left_rows > head.rows || ids.is_empty() {
        return Err(damaged());
    }
    let Head { mode, rows, left_rows, profiles, .. } = head;
    let data = Data { mode, rows, left_rows, columns, cells: Vec::new(), ids, truth, profiles };
    Data::from_parts(data, cells).ok_or_else(damaged)
}

/// Adds up what goes through it.
struct Summed<T> {
    inner: T,
    sum: u64,
}

impl<T: Write> Write for Summed<T> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.inner.write_all(bytes)?;
        self.sum = hash::fold(self.sum, hash::bytes(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Summed<R> {
    /// Exactly as the writer wrote it: the pieces must be the same for the sum to be.
    fn read_exact(&mut self, bytes: &mut [u8]) -> std::io::Result<()> {
        self.inner.read_exact(bytes)?;
        self.sum = hash::fold(self.sum, hash::bytes(bytes));
        Ok(())
    }

    fn bytes(&mut self, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn words(&mut self, count: usize) -> std::io::Result<Vec<u32>> {
        let mut words = Vec::with_capacity(count);
        while words.len() < count {
            let bytes = self.bytes(4 * AT_ONCE.min(count - words.len()))?;
            words.extend(bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap_or_default())));
        }
        Ok(words)
    }

    fn strings(&mut self, texts: usize, bytes: usize) -> std::io::Result<Strings> {
        let mut text = Vec::with_capacity(bytes);
        while text.len() < bytes {
            text.extend(self.bytes((4 * AT_ONCE).min(bytes - text.len()))?);
        }
        let ends = self.words(texts)?;
        let text = String::from_utf8(text).map_err(|_| damaged())?;
        Strings::from_parts(text, ends).ok_or_else(damaged)
    }
}

impl Data {
    /// The records of both tables as those of one, for an index.
    pub(crate) fn flatten(mut self) -> Self {
        if let [_, _] = self.ids.as_slice() {
            let mut all = crate::table::Interner::default();
            let mut rows = Vec::with_capacity(self.rows);
            for column in &self.ids {
                rows.extend(column.ids.iter().map(|id| {
                    let text = column.values.get(*id).unwrap_or_default();
                    all.intern(text).unwrap_or(crate::table::MISSING)
                }));
            }
            let name = self.ids[0].name.clone();
            self.ids = vec![TableColumn { name, values: all.into_strings(), ids: rows }];
        }
        self.left_rows = self.rows;
        self.mode = Mode::Dedupe;
        self
    }
}
