//! Parquet files of flat columns, read row by row as text, so that one typing rule serves all sources.
//!
//! Knows Parquet's types only; nested data is refused.

use std::fs::File;
use std::ops::ControlFlow;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;

use crate::error::TableError;
use crate::source::{CELL_LIMIT, Place, RowFile, Visit, check_headings};

/// A Parquet file whose schema has been read.
pub(crate) struct ParquetFile {
    reader: SerializedFileReader<File>,
    headings: Vec<String>,
}

impl ParquetFile {
    /// Reads the schema.
    pub(crate) fn open(file: File) -> Result<Self, TableError> {
        let reader = SerializedFileReader::new(file).map_err(|error| broken(&error))?;
        let headings: Vec<String> = schema(&reader).get_fields().iter().map(|field| field.name().to_owned()).collect();
        check_headings(&headings)?;
        Ok(Self { reader, headings })
    }
}

impl RowFile for ParquetFile {
    fn headings(&self) -> &[String] {
        &self.headings
    }

    fn visit(self: Box<Self>, picks: &[usize], visit: &mut Visit<'_>) -> Result<(), TableError> {
        let fields = schema(&self.reader).get_fields();
        // The projection keeps the file's order, whatever the order of the picks.
        let mut order: Vec<usize> = picks.to_vec();
        order.sort_unstable();
        let wanted: Vec<_> = order.iter().filter_map(|place| fields.get(*place).cloned()).collect();
        wanted.iter().try_for_each(|field| check_type(field))?;
        let projection = Type::group_type_builder(schema(&self.reader).name())
            .with_fields(wanted)
            .build()
            .map_err(|error| broken(&error))?;
        let rows = self.reader.get_row_iter(Some(projection)).map_err(|error| broken(&error))?;
        for (number, row) in (1..).zip(rows) {
            let place = Place::Row(number);
            let row = row.map_err(|error| broken(&error))?;
            let texts: Vec<Option<String>> =
                row.get_column_iter().map(|(_, field)| text(field, place)).collect::<Result<_, _>>()?;
            let cells: Vec<Option<&str>> = picks
                .iter()
                .map(|pick| order.binary_search(pick).ok().and_then(|at| texts.get(at)).and_then(Option::as_deref))
                .collect();
            if visit(place, &cells)? == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }
}

fn schema(reader: &SerializedFileReader<File>) -> &Type {
    reader.metadata().file_metadata().schema()
}

/// The library's own message may quote data: it is not passed on.
fn broken(error: &ParquetError) -> TableError {
    let reason = match error {
        ParquetError::NYI(_) => "it uses a part of Parquet that is not supported",
        ParquetError::EOF(_) => "the Parquet file ends too early",
        _ => "it is not a readable Parquet file",
    };
    TableError::Source(reason.to_owned())
}

/// Refuses what has no single text form, and what the row reader would misread.
fn check_type(field: &Type) -> Result<(), TableError> {
    let refuse = |why: &str| Err(TableError::Source(format!("the column {:?} {why}", field.name())));
    if !field.is_primitive() || field.get_basic_info().repetition() == Repetition::REPEATED {
        return refuse("is nested: publish a flat table");
    }
    let info = field.get_basic_info();
    use ConvertedType as C;
    let readable = match (field.get_physical_type(), info.converted_type()) {
        (Physical::INT64, C::NONE) => {
            !matches!(info.logical_type_ref(), Some(LogicalType::Timestamp(_) | LogicalType::Time(_)))
        }
        (Physical::BOOLEAN | Physical::FLOAT | Physical::DOUBLE | Physical::INT96, _) => true,
        (Physical::INT32, converted) => matches!(
            converted,
            C::NONE | C::INT_8 | C::INT_16 | C::INT_32 | C::UINT_8 | C::UINT_16 | C::UINT_32 | C::DATE | C::DECIMAL
        ),
        (Physical::INT64, converted) => {
            matches!(converted, C::INT_64 | C::UINT_64 | C::TIMESTAMP_MILLIS | C::TIMESTAMP_MICROS | C::DECIMAL)
        }
        (Physical::BYTE_ARRAY, converted) => matches!(converted, C::UTF8 | C::ENUM | C::JSON | C::DECIMAL),
        (Physical::FIXED_LEN_BYTE_ARRAY, converted) => converted == C::DECIMAL,
    };
    if readable {
        Ok(())
    } else {
        refuse("has a type that cannot be published: write it as text, number, date or UTC timestamp")
    }
}

fn text(field: &Field, place: Place) -> Result<Option<String>, TableError> {
    let text = match field {
        Field::Null => return Ok(None),
        Field::Str(text) if text.len() > CELL_LIMIT => {
            return Err(TableError::Source(format!("{place} has a cell of more than 1 MiB")));
        }
        Field::Str(text) => Some(text.clone()),
        Field::Bool(flag) => Some(flag.to_string()),
        Field::Float(number) => Some(number.to_string()),
        Field::Double(number) => Some(number.to_string()),
        Field::Date(days) => date(*days),
        Field::TimestampMillis(millis) => Timestamp::from_millisecond(*millis).ok().map(|moment| moment.to_string()),
        Field::TimestampMicros(micros) => Timestamp::from_microsecond(*micros).ok().map(|moment| moment.to_string()),
        Field::Byte(_)
        | Field::Short(_)
        | Field::Int(_)
        | Field::Long(_)
        | Field::UByte(_)
        | Field::UShort(_)
        | Field::UInt(_)
        | Field::ULong(_)
        | Field::Decimal(_) => Some(field.to_string()),
        _ => None,
    };
    text.map(Some).ok_or_else(|| TableError::Source(format!("{place} has a value that cannot be published")))
}

/// Parquet counts days from 1 January 1970.
fn date(days: i32) -> Option<String> {
    Date::constant(1970, 1, 1).checked_add(Span::new().try_days(days).ok()?).ok().map(|date| date.to_string())
}
