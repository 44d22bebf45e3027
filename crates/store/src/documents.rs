//! Small versioned documents: agreements, systems, people, the directory's head, requests to join.
//!
//! Every change anywhere takes the next number of one counter, under that counter's row lock: so
//! numbers become visible in order, and another process sees what changed by asking for one number.
//! What a document says is not known here; its `format` tells its owner how to read it.

mod listing;

use crate::Store;
use crate::bounds::{MAX_DOCUMENT_BYTES, check_bytes, check_text};
use crate::engine::{now_ms, reading, writing};
use crate::error::{Result, StoreError};
use listing::{FORGET, Terms};

pub use listing::{Listing, Order, Page, Search, words};

/// The most documents or changes that one reading gives.
const MAX_DOCUMENTS: u32 = 1000;

/// A document as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What sort of document.
    pub kind: String,
    /// Its name, unique among its kind.
    pub key: String,
    /// The number of the change that wrote it.
    pub revision: i64,
    /// The format of its body, its owner's number.
    pub format: i64,
    /// Its bytes.
    pub body: Vec<u8>,
    /// When it was written, milliseconds since 1970.
    pub updated_ms: i64,
}

/// That a document changed; to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What sort of document.
    pub kind: String,
    /// Its name.
    pub key: String,
    /// The number of its latest change.
    pub revision: i64,
    /// Whether it is gone.
    pub deleted: bool,
}

/// The documents of a store.
#[derive(Debug, Clone)]
pub struct Documents {
    store: Store,
}

/// What must be true of a document for a change to happen.
#[derive(Clone, Copy)]
enum Expect {
    Anything,
    Absent,
    Revision(i64),
}

impl Expect {
    /// `current` is the revision of the document that is there.
    fn holds(self, current: Option<i64>) -> bool {
        match self {
            Self::Anything => true,
            Self::Absent => current.is_none(),
            Self::Revision(expected) => current == Some(expected),
        }
    }
}

/// A change to one document.
struct Write<'a> {
    kind: &'a str,
    key: &'a str,
    format: i64,
    body: &'a [u8],
    deleted: bool,
    expect: Expect,
    listing: Option<&'a Listing>,
}

type Row = (String, String, i64, i64, Vec<u8>, i64);

impl Documents {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// A document, or nothing.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn get(&self, kind: &str, key: &str) -> Result<Option<Document>> {
        // No key holds NUL, and PostgreSQL would not be asked for one.
        if key.contains('\0') {
            return Ok(None);
        }
        let row: Option<Row> = reading!(self.store, |db| {
            sqlx::query_as(
                "SELECT kind, key, revision, format, body, updated_ms FROM document \
                 WHERE kind = $1 AND key = $2 AND deleted = 0",
            )
            .bind(kind)
            .bind(key)
            .fetch_optional(db)
            .await?
        });
        Ok(row.map(Document::from))
    }

    /// Writes a document and returns its new revision. With `expected_revision` only when it still
    /// is at that revision.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not; [`StoreError::TooLarge`] above
    /// [`MAX_DOCUMENT_BYTES`]; else as the database fails. Then nothing is written.
    pub async fn put(
        &self,
        kind: &str,
        key: &str,
        format: i64,
        body: &[u8],
        expected_revision: Option<i64>,
    ) -> Result<i64> {
        let expect = expected_revision.map_or(Expect::Anything, Expect::Revision);
        self.write(Write { kind, key, format, body, deleted: false, expect, listing: None }).await
    }

    /// The same, with how it stands in the lists of its kind from now on. Whoever lists a kind gives this with every
    /// document of it, also with one that must not exist yet: then `expected_revision` is 0.
    ///
    /// # Errors
    /// As [`Documents::put`].
    pub async fn put_listed(
        &self,
        (kind, key): (&str, &str),
        format: i64,
        body: &[u8],
        expected_revision: Option<i64>,
        listing: &Listing,
    ) -> Result<i64> {
        let expect = match expected_revision {
            None => Expect::Anything,
            Some(0) => Expect::Absent,
            Some(revision) => Expect::Revision(revision),
        };
        self.write(Write { kind, key, format, body, deleted: false, expect, listing: Some(listing) }).await
    }

    /// Writes a document that must not exist yet and returns its revision.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it exists; else as [`Documents::put`].
    pub async fn insert_new(&self, kind: &str, key: &str, format: i64, body: &[u8]) -> Result<i64> {
        self.write(Write { kind, key, format, body, deleted: false, expect: Expect::Absent, listing: None }).await
    }

    /// Deletes a document; whether it was there. A trace without a body stays, so that
    /// [`Documents::changes_since`] can tell.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is there but not at `expected_revision`; else as the
    /// database fails.
    pub async fn delete(&self, kind: &str, key: &str, expected_revision: Option<i64>) -> Result<bool> {
        let Some(current) = self.get(kind, key).await? else {
            return Ok(false);
        };
        let expect = Expect::Revision(expected_revision.unwrap_or(current.revision));
        let format = current.format;
        self.write(Write { kind, key, format, body: &[], deleted: true, expect, listing: None }).await?;
        Ok(true)
    }

    /// The documents of a kind in the order of their keys' bytes, from after `after_key` (empty: from the first),
    /// at most `limit` and never more than 1000.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn list(&self, kind: &str, after_key: &str, limit: u32) -> Result<Vec<Document>> {
        let rows: Vec<Row> = reading!(self.store, |db| {
            sqlx::query_as(
                "SELECT kind, key, revision, format, body, updated_ms FROM document \
                 WHERE kind = $1 AND key > $2 AND deleted = 0 ORDER BY key LIMIT $3",
            )
            .bind(kind)
            .bind(after_key)
            .bind(i64::from(limit.min(MAX_DOCUMENTS)))
            .fetch_all(db)
            .await?
        });
        Ok(rows.into_iter().map(Document::from).collect())
    }

    /// Every document of a kind in that order: for kinds that are held whole in memory.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn all(&self, kind: &str) -> Result<Vec<Document>> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.list(kind, &after, MAX_DOCUMENTS).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after.clone_from(&last.key);
            all.extend(page);
        }
    }

    /// What of these kinds changed after a revision, oldest first, each with its document unless that is gone; and the
    /// revision up to which that is all.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn changed(&self, kinds: &[&str], mut revision: i64) -> Result<(i64, Vec<(Change, Option<Document>)>)> {
        let mut changed = Vec::new();
        loop {
            let changes = self.changes_since(revision).await?;
            let Some(last) = changes.last() else { return Ok((revision, changed)) };
            revision = last.revision;
            for change in changes.into_iter().filter(|change| kinds.contains(&change.kind.as_str())) {
                let document = self.get(&change.kind, &change.key).await?;
                changed.push((change, document));
            }
        }
    }

    /// The number of the latest change of any document.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn revision(&self) -> Result<i64> {
        let revision = reading!(self.store, |db| {
            sqlx::query_scalar("SELECT revision FROM document_head").fetch_one(db).await?
        });
        Ok(revision)
    }

    /// What changed after a revision, oldest first, each document once, at most 1000 at a time:
    /// ask again from the last one's revision.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn changes_since(&self, revision: i64) -> Result<Vec<Change>> {
        let rows: Vec<(String, String, i64, i64)> = reading!(self.store, |db| {
            sqlx::query_as(
                "SELECT kind, key, revision, deleted FROM document WHERE revision > $1 \
                 ORDER BY revision LIMIT $2",
            )
            .bind(revision)
            .bind(i64::from(MAX_DOCUMENTS))
            .fetch_all(db)
            .await?
        });
        let change = |(kind, key, revision, deleted)| Change { kind, key, revision, deleted: deleted != 0 };
        Ok(rows.into_iter().map(change).collect())
    }

    async fn write(&self, write: Write<'_>) -> Result<i64> {
        check_text("a document's kind", write.kind)?;
        check_text("a document's key", write.key)?;
        check_bytes("a document", write.body, MAX_DOCUMENT_BYTES)?;
        let listed = write.listing.map(|listing| Ok::<_, StoreError>((listing, Terms::of(listing)?))).transpose()?;
        let version = write.listing.map_or(0, |listing| listing.version);
        let revision = writing!(self.store, |tx| {
            // First, for its lock: what is looked up next cannot change until we commit.
            let revision: i64 =
                sqlx::query_scalar("UPDATE document_head SET revision = revision + 1 RETURNING revision")
                    .fetch_one(&mut *tx)
                    .await?;
            let current: Option<i64> =
                sqlx::query_scalar("SELECT revision FROM document WHERE kind = $1 AND key = $2 AND deleted = 0")
                    .bind(write.kind)
                    .bind(write.key)
                    .fetch_optional(&mut *tx)
                    .await?;
            if !write.expect.holds(current) {
                return Err(StoreError::Conflict);
            }
            sqlx::query(
                "INSERT INTO document (kind, key, revision, format, deleted, body, updated_ms, listed) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, key) DO UPDATE SET \
                 revision = excluded.revision, format = excluded.format, deleted = excluded.deleted, \
                 body = excluded.body, updated_ms = excluded.updated_ms, listed = excluded.listed",
            )
            .bind(write.kind)
            .bind(write.key)
            .bind(revision)
            .bind(write.format)
            .bind(i64::from(write.deleted))
            .bind(write.body)
            .bind(now_ms())
            .bind(version)
            .execute(&mut *tx)
            .await?;
            if write.deleted || listed.is_some() {
                sqlx::query(FORGET).bind(write.kind).bind(write.key).execute(&mut *tx).await?;
            }
            if let Some((listing, terms)) = &listed {
                terms.keeping::<Db>(write.kind, write.key, listing.place).build().execute(&mut *tx).await?;
            }
            revision
        });
        Ok(revision)
    }
}

impl From<Row> for Document {
    fn from((kind, key, revision, format, body, updated_ms): Row) -> Self {
        Self { kind, key, revision, format, body, updated_ms }
    }
}
