//! The only room that reads other people's data: a *table* is data that somebody already has, and
//! here it becomes a *service* that answers questions by key.
//!
//! CSV and Parquet files are frozen into an indexed copy; SQLite and PostgreSQL are asked live,
//! through an index of theirs; an HTTP upstream is asked as it stands. A question never scans: only
//! its owner reads a table whole ([`WholeTable`]), to link it. The room decides nothing about who may
//! ask or which fields may go: it must never know an agreement, a caller or the network's own storage.

mod cell;
mod csv;
mod definition;
mod draft;
mod error;
mod frozen;
mod index;
mod lookup;
mod openapi;
mod parquet;
mod published;
mod question;
mod reload;
mod shape;
mod source;
mod sql;
mod status;
mod types;
mod upstream;

pub use definition::{Column, DatabaseUrl, Lookup, Rule, Source, TableDefinition};
pub use draft::{Draft, draft};
pub use error::TableError;
pub use lookup::{Outcome, Table, TableAnswer};
pub use published::{Published, PublishedTable};
pub use shape::ShapeFault;
pub use sql::WholeTable;
pub use status::{ColumnFindings, Status};
pub use types::Inference;
pub use upstream::{NEVER_FORWARDED, Upstream, UpstreamAnswer, UpstreamRequest};
