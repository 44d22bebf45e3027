//! Writing pairs and clusters as Parquet or CSV: whole or not at all.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int8Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use tempfile::NamedTempFile;

use crate::Result;
use crate::error::LinkageError;
use crate::outcome::Outcome;

/// Pairs written at once.
const BATCH: usize = 1 << 16;

/// Writes record batches.
type Arrow<'a> = ArrowWriter<&'a mut (dyn Write + Send)>;
/// A pair's left id, right id, probability, weight, rule and pattern.
type Row<'a> = (&'a str, &'a str, f64, f64, u32, u64);

impl Outcome {
    /// Writes the kept pairs: CSV if the name ends so, else Parquet. The file is there whole or not at all.
    ///
    /// # Errors
    /// [`LinkageError::File`].
    pub fn write_pairs(&self, path: &Path) -> Result<()> {
        whole(path, |file| if is_csv(path) { self.pairs_csv(file) } else { self.pairs_parquet(file) })
    }

    /// Writes the members of clusters of two records and more, in the same way.
    ///
    /// # Errors
    /// [`LinkageError::File`].
    pub fn write_clusters(&self, path: &Path) -> Result<()> {
        let members = self.members();
        let table = |table: usize| self.summary.tables.get(table).map_or("", |profile| profile.name.as_str());
        whole(path, |file| {
            if is_csv(path) {
                let mut writer = csv::Writer::from_writer(file);
                writer.write_record(["cluster", "table", "id"]).map_err(csv_failed)?;
                for member in &members {
                    writer.write_record([&member.cluster, table(member.table), &member.id]).map_err(csv_failed)?;
                }
                return writer.flush();
            }
            let text = |name| Field::new(name, DataType::Utf8, false);
            let schema = Arc::new(Schema::new(vec![text("cluster"), text("table"), text("id")]));
            let mut writer = parquet_writer(file, schema.clone())?;
            for chunk in members.chunks(BATCH) {
                let columns: Vec<ArrayRef> = vec![
                    Arc::new(StringArray::from_iter_values(chunk.iter().map(|member| &member.cluster))),
                    Arc::new(StringArray::from_iter_values(chunk.iter().map(|member| table(member.table)))),
                    Arc::new(StringArray::from_iter_values(chunk.iter().map(|member| &member.id))),
                ];
                write_batch(&mut writer, &schema, columns)?;
            }
            writer.close().map(|_| ()).map_err(std::io::Error::other)
        })
    }

    fn pairs_csv(&self, file: &mut (dyn Write + Send)) -> std::io::Result<()> {
        let mut writer = csv::Writer::from_writer(file);
        let levels = self.summary.model.comparisons.iter().map(|comparison| format!("level_{}", comparison.name));
        let fixed = ["left_id", "right_id", "probability", "weight", "rule"].map(str::to_owned);
        writer.write_record(fixed.into_iter().chain(levels)).map_err(csv_failed)?;
        let comparisons = self.summary.model.comparisons.len();
        for (left, right, probability, weight, rule, pattern) in self.rows() {
            let fixed =
                [left.to_owned(), right.to_owned(), probability.to_string(), weight.to_string(), rule.to_string()];
            let levels = (0..comparisons).map(|at| self.level(at, pattern).to_string());
            writer.write_record(fixed.into_iter().chain(levels)).map_err(csv_failed)?;
        }
        writer.flush()
    }

    fn pairs_parquet(&self, file: &mut (dyn Write + Send)) -> std::io::Result<()> {
        let comparisons = &self.summary.model.comparisons;
        let fixed = [
            ("left_id", DataType::Utf8),
            ("right_id", DataType::Utf8),
            ("probability", DataType::Float64),
            ("weight", DataType::Float64),
            ("rule", DataType::UInt32),
        ];
        let fixed = fixed.into_iter().map(|(name, kind)| Field::new(name, kind, false));
        let levels = comparisons.iter().map(|one| Field::new(format!("level_{}", one.name), DataType::Int8, false));
        let schema = Arc::new(Schema::new(fixed.chain(levels).collect::<Vec<_>>()));
        let mut writer = parquet_writer(file, schema.clone())?;
        let mut rows = self.rows().peekable();
        while rows.peek().is_some() {
            let batch: Vec<Row<'_>> = rows.by_ref().take(BATCH).collect();
            let mut columns: Vec<ArrayRef> = vec![
                Arc::new(StringArray::from_iter_values(batch.iter().map(|row| row.0))),
                Arc::new(StringArray::from_iter_values(batch.iter().map(|row| row.1))),
                Arc::new(Float64Array::from_iter_values(batch.iter().map(|row| row.2))),
                Arc::new(Float64Array::from_iter_values(batch.iter().map(|row| row.3))),
                Arc::new(UInt32Array::from_iter_values(batch.iter().map(|row| row.4))),
            ];
            for at in 0..comparisons.len() {
                columns.push(Arc::new(Int8Array::from_iter_values(batch.iter().map(|row| self.level(at, row.5)))));
            }
            write_batch(&mut writer, &schema, columns)?;
        }
        writer.close().map(|_| ()).map_err(std::io::Error::other)
    }
}

/// Writes a file that is there whole or not at all, readable by its owner.
///
/// Until it is whole it has no name, so that nothing of it is left by a run that is killed; a file system without such
/// files gets a hidden name for that time.
///
/// # Errors
/// [`LinkageError::File`].
pub fn whole(path: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> std::io::Result<()>) -> Result<()> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let failed = |error: std::io::Error| LinkageError::file(format!("writing {name:?}"), &error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let owner = Mode::RUSR | Mode::WUSR;
    match rustix::fs::open(folder, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, owner) {
        Ok(unnamed) => {
            let file = File::from(unnamed);
            fill(&file, write).map_err(failed)?;
            let unfinished = folder.join(format!(".{name}.{}.part", std::process::id()));
            let here = format!("/proc/self/fd/{}", file.as_raw_fd());
            rustix::fs::linkat(CWD, here, CWD, &unfinished, AtFlags::SYMLINK_FOLLOW)
                .map_err(|error| failed(error.into()))?;
            std::fs::rename(&unfinished, path).map_err(|error| {
                _ = std::fs::remove_file(&unfinished);
                failed(error)
            })
        }
        Err(_) => {
            let file = NamedTempFile::new_in(folder).map_err(failed)?;
            fill(file.as_file(), write).map_err(failed)?;
            file.persist(path).map(|_| ()).map_err(|error| failed(error.error))
        }
    }
}

fn fill(mut file: &File, write: impl FnOnce(&mut (dyn Write + Send)) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut buffered = BufWriter::with_capacity(1 << 18, &mut file);
    write(&mut buffered).and_then(|()| buffered.flush())?;
    drop(buffered);
    file.sync_all()
}

fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "csv")
}

fn csv_failed(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => std::io::Error::other("the row is not CSV"),
    }
}

fn parquet_writer<'a>(file: &'a mut (dyn Write + Send), schema: Arc<Schema>) -> std::io::Result<Arrow<'a>> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    ArrowWriter::try_new(file, schema, Some(properties)).map_err(std::io::Error::other)
}

fn write_batch(writer: &mut Arrow<'_>, schema: &Arc<Schema>, columns: Vec<ArrayRef>) -> std::io::Result<()> {
    let batch = RecordBatch::try_new(schema.clone(), columns).map_err(std::io::Error::other)?;
    writer.write(&batch).map_err(std::io::Error::other)
}
