//! One service, whatever is behind it: a table that is looked up in, or an upstream that is called.
//!
//! Must never know who may ask.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use packhorse_model::service::Operation;
use serde_json::Value;

use crate::definition::{Source, TableDefinition};
use crate::error::TableError;
use crate::lookup::{Outcome, Records, Table, TableAnswer};
use crate::openapi;
use crate::shape::{self, ShapeFault};
use crate::status::Status;
use crate::upstream::{Upstream, UpstreamRequest};

/// What is behind a service.
pub enum Published {
    /// A table that is looked up in.
    Table(Table),
    /// A service that is called as it stands.
    Upstream(Upstream),
}

/// A service that is open for questions.
pub struct PublishedTable {
    definition: Arc<TableDefinition>,
    published: Published,
}

impl PublishedTable {
    /// Opens what the definition names. `scratch` is a folder with room for a copy of a file.
    ///
    /// # Errors
    /// [`TableError`] saying what is wrong with the definition, the file or the database.
    pub async fn open(definition: TableDefinition, scratch: impl Into<PathBuf>) -> Result<Self, TableError> {
        definition.check()?;
        let published = match definition.source {
            Source::Upstream { .. } => Published::Upstream(Upstream::new(&definition.source)?),
            _ => Published::Table(Table::open(definition.clone(), scratch).await?),
        };
        Ok(Self { definition: Arc::new(definition), published })
    }

    /// What is behind it: an upstream is called with headers and answers with headers.
    #[must_use]
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// How it is published.
    #[must_use]
    pub fn definition(&self) -> &TableDefinition {
        &self.definition
    }

    /// Answers a request: `path` is what stands behind the service code, raw and percent-encoded.
    /// An upstream is called with no headers but those of JSON, and its JSON is the answer.
    ///
    /// # Errors
    /// [`TableError`] when the data cannot be read or the upstream does not answer properly.
    pub async fn answer(
        &self,
        method: &str,
        path: &str,
        query: Option<&str>,
        body: &[u8],
    ) -> Result<TableAnswer, TableError> {
        let upstream = match &self.published {
            Published::Table(table) => return table.answer(method, path, query, body).await,
            Published::Upstream(upstream) => upstream,
        };
        let json = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::from_iter([(header::ACCEPT, json.clone())]);
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, json);
        }
        let request = UpstreamRequest {
            method: Method::from_bytes(method.as_bytes())
                .map_err(|_| TableError::UpstreamRequest("the method is not one of HTTP"))?,
            path_and_query: query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")),
            headers,
            body: Bytes::copy_from_slice(body),
        };
        let answer = upstream.call(request).await?;
        let outcome = if answer.status.is_success() { Outcome::Found(1) } else { Outcome::NoMatch };
        let body = if answer.status.is_redirection() { Value::Null } else { answer.json()? };
        Ok(TableAnswer { status: answer.status.as_u16(), body, outcome, records: Records::Body })
    }

    /// The OpenAPI 3.0.3 document.
    #[must_use]
    pub fn openapi(&self) -> Value {
        openapi::document(&self.definition)
    }

    /// The operations for the metaservices.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        openapi::operations(&self.definition)
    }

    /// The fields an answer can have: the declared columns.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        self.definition.fields()
    }

    /// Whether a successful answer has the declared shape; one that has not must not leave.
    ///
    /// # Errors
    /// [`ShapeFault`] naming the field.
    pub fn check_shape(&self, answer: &Value) -> Result<(), ShapeFault> {
        shape::check(&self.definition, answer)
    }

    /// See [`Table::refresh_if_changed`]; an upstream has nothing to refresh.
    ///
    /// # Errors
    /// [`TableError`] saying why the new source is not served; the old one still is.
    pub async fn refresh_if_changed(&self) -> Result<bool, TableError> {
        match &self.published {
            Published::Table(table) => table.refresh_if_changed().await,
            Published::Upstream(_) => Ok(false),
        }
    }

    /// How fresh and how good it is.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.published {
            Published::Table(table) => table.status(),
            Published::Upstream(_) => Status::default(),
        }
    }
}
