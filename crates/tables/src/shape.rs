//! The declared shape of an answer, and whether an answer has it.
//!
//! Names the field that is wrong, never its value.

use packhorse_model::identifier::Format;
use serde_json::{Map, Value, json};

use crate::definition::{Column, Source, TableDefinition};

/// An answer is not of the declared shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeFault {
    /// Neither an object nor an array of objects.
    #[error("the answer is neither a JSON object nor an array of objects")]
    NotRows,
    /// A field that is declared never empty is not there.
    #[error("the answer lacks the field {0:?}")]
    Missing(String),
    /// A field is of another type than declared.
    #[error("the field {0:?} of the answer is not {1}")]
    Type(String, &'static str),
}

/// Whether a successful answer has the declared fields in their declared types. Fields that are not
/// declared are no fault: no agreement can name them, so they do not leave.
pub(crate) fn check(definition: &TableDefinition, answer: &Value) -> Result<(), ShapeFault> {
    match answer {
        Value::Object(members) => match (&definition.source, members.get("rows")) {
            (Source::Upstream { .. }, _) | (_, None) => row(definition, answer),
            (_, Some(rows)) => check(definition, rows),
        },
        Value::Array(rows) => rows.iter().try_for_each(|each| match each {
            Value::Object(_) => row(definition, each),
            _ => Err(ShapeFault::NotRows),
        }),
        _ => Err(ShapeFault::NotRows),
    }
}

fn row(definition: &TableDefinition, answer: &Value) -> Result<(), ShapeFault> {
    definition.columns.iter().try_for_each(|column| {
        let names: Vec<&str> = column.name.split('.').collect();
        field(column, &names, answer)
    })
}

/// Arrays are looked through: `keepers.name` is the name of every keeper.
fn field(column: &Column, names: &[&str], value: &Value) -> Result<(), ShapeFault> {
    match (value, names) {
        (Value::Array(items), _) => items.iter().try_for_each(|item| field(column, names, item)),
        (Value::Null, _) => missing(column),
        (Value::Object(members), [first, rest @ ..]) => match members.get(*first) {
            Some(inner) => field(column, rest, inner),
            None => missing(column),
        },
        (_, [_, ..]) => Err(ShapeFault::Type(column.name.clone(), "an object where it should be one")),
        (scalar, []) => {
            let (fits, title) = match column.format {
                Format::Integer => (scalar.is_i64() || scalar.is_u64(), Format::Integer.title()),
                Format::Number => (scalar.is_number(), Format::Number.title()),
                Format::Boolean => (scalar.is_boolean(), Format::Boolean.title()),
                format => (scalar.is_string(), format.title()),
            };
            if fits { Ok(()) } else { Err(ShapeFault::Type(column.name.clone(), title)) }
        }
    }
}

fn missing(column: &Column) -> Result<(), ShapeFault> {
    if column.nullable { Ok(()) } else { Err(ShapeFault::Missing(column.name.clone())) }
}

/// The JSON Schema of a row, in the dialect of OpenAPI 3.0. Dotted names become nested objects.
pub(crate) fn schema(definition: &TableDefinition) -> Value {
    let mut properties = Map::new();
    for column in &definition.columns {
        let mut place = &mut properties;
        let mut names = column.name.split('.').peekable();
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                place.insert(name.to_owned(), column_schema(column));
                break;
            }
            let inner = place.entry(name).or_insert_with(|| json!({"type": "object", "properties": {}}));
            let Some(next) = inner.get_mut("properties").and_then(Value::as_object_mut) else { break };
            place = next;
        }
    }
    json!({"type": "object", "properties": properties})
}

/// The JSON Schema of one column.
pub(crate) fn column_schema(column: &Column) -> Value {
    let mut schema = match column.format {
        Format::Integer => json!({"type": "integer", "format": "int64"}),
        Format::Number => json!({"type": "number"}),
        Format::Boolean => json!({"type": "boolean"}),
        Format::Text => json!({"type": "string"}),
        // No `format: date` or pattern: a value that is not well formed is answered as received.
        format => json!({"type": "string", "x-packhorse-format": format, "description": format.shape()}),
    };
    if let Some(members) = schema.as_object_mut() {
        if !column.title.is_empty() {
            members.insert("title".to_owned(), json!(column.title));
        }
        if !column.description.is_empty() {
            members.insert("description".to_owned(), json!(column.description));
        }
        if column.nullable {
            members.insert("nullable".to_owned(), json!(true));
        }
    }
    schema
}
