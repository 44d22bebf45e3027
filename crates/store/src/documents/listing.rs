//! Lists of documents: paged by a key, chosen by tags, searched by words, counted; none reads a document that it does not
//! give.
//!
//! Whoever keeps a kind of document says with each how it stands in the kind's lists. That is kept as terms, in the
//! transaction that writes the document: one for all, one for each tag, one for each word. Both engines compare terms by
//! their bytes. What a tag or a word means is not known here.

use std::collections::BTreeSet;
use std::ops::Range;

use sqlx::{Database, Encode, QueryBuilder, Type};

use super::{Document, Documents, MAX_DOCUMENTS, Row};
use crate::bounds::{check_text, from_sql};
use crate::engine::{reading, writing};
use crate::error::Result;

/// Most words of one document that are found.
const MAX_WORDS: usize = 500;
/// Most words of one search; further ones do not narrow it.
const MAX_SOUGHT: usize = 8;
/// Most letters of a word that count.
const MAX_LETTERS: usize = 40;
const EVERY: &str = "";
/// The same document's other terms. Named by place as well, so that each is one look into the index: a plan that is made
/// without the values would else go through all of a tag for each row of another.
const ALSO: &str = " AND EXISTS (SELECT 1 FROM document_term o WHERE o.place = t.place AND o.key = t.key AND o.kind = ";
pub(super) const FORGET: &str = "DELETE FROM document_term WHERE kind = $1 AND key = $2";

/// How a document stands in the lists of its kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The version of the rule by which a kind's listings are made, from 1: see [`Documents::unlisted`].
    pub version: i64,
    /// Where it stands: a moment in milliseconds since 1970, or the same for all, so that lists go by key.
    pub place: i64,
    /// What it can be chosen by.
    pub tags: BTreeSet<String>,
    /// The text whose words it is found by: the first 500.
    pub text: String,
}

/// Which documents of a kind.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    kind: &'a str,
    tags: Vec<String>,
    words: Vec<String>,
    places: Range<i64>,
}

impl<'a> Search<'a> {
    /// Every document of a kind.
    #[must_use]
    pub fn every(kind: &'a str) -> Self {
        Self { kind, tags: Vec::new(), words: Vec::new(), places: i64::MIN..i64::MAX }
    }

    /// Only those with this tag, too.
    #[must_use]
    pub fn tagged(mut self, tag: &str) -> Self {
        self.tags.push(tag_term(tag));
        self
    }

    /// Only those in whose text each of these words begins one, whatever the case.
    #[must_use]
    pub fn saying(mut self, text: &str) -> Self {
        self.words.extend(words(text).take(MAX_SOUGHT));
        self
    }

    /// Only those that stand in this range.
    #[must_use]
    pub fn within(self, places: Range<i64>) -> Self {
        Self { places, ..self }
    }
}

/// In which direction a list goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By place and key.
    Ascending,
    /// The same turned round: the newest first.
    Descending,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its documents.
    pub documents: Vec<Document>,
    /// Whether there are more after the last one.
    pub more: bool,
}

impl Documents {
    /// A page of a list: from after the document with the key `after` on (also where that one itself is not of the list any
    /// more), at most `limit` and never more than 1000. Nothing when there is no such document.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn find(
        &self,
        search: &Search<'_>,
        order: Order,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Option<Page>> {
        let limit = limit.clamp(1, MAX_DOCUMENTS);
        let from = match after {
            None => None,
            Some(key) => match self.place(search.kind, key).await? {
                Some(place) => Some((place, key)),
                None => return Ok(None),
            },
        };
        let (beyond, direction) = match order {
            Order::Ascending => (" AND (t.place, t.key) > (", ""),
            Order::Descending => (" AND (t.place, t.key) < (", " DESC"),
        };
        let rows: Vec<Row> = reading!(self.store, |db| {
            let mut sql = QueryBuilder::<Db>::new(
                "SELECT d.kind, d.key, d.revision, d.format, d.body, d.updated_ms FROM document_term t \
                 JOIN document d ON d.kind = t.kind AND d.key = t.key",
            );
            conditions(&mut sql, search);
            if let Some((place, key)) = from {
                sql.push(beyond).push_bind(place).push(", ").push_bind(key).push(")");
            }
            sql.push(" ORDER BY t.place").push(direction).push(", t.key").push(direction);
            sql.push(" LIMIT ").push_bind(i64::from(limit) + 1);
            sql.build_query_as().fetch_all(db).await?
        });
        let more = rows.len() > limit as usize;
        let documents = rows.into_iter().take(limit as usize).map(Document::from).collect();
        Ok(Some(Page { documents, more }))
    }

    /// How many a search finds.
    ///
    /// # Errors
    /// As the database fails.
    pub async fn count(&self, search: &Search<'_>) -> Result<u64> {
        let count: i64 = reading!(self.store, |db| {
            let mut sql = QueryBuilder::<Db>::new("SELECT count(*) FROM document_term t");
            conditions(&mut sql, search);
            sql.build_query_scalar().fetch_one(db).await?
        });
        from_sql("a count of documents", count)
    }

    /// Documents of a kind that are not listed by this version of its rule: written before there was one, or by another.
    /// At most 1000; to be given to [`Documents::enlist`].
    ///
    /// # Errors
    /// As the database fails.
    pub async fn unlisted(&self, kind: &str, version: i64) -> Result<Vec<Document>> {
        let rows: Vec<Row> = reading!(self.store, |db| {
            sqlx::query_as(
                "SELECT kind, key, revision, format, body, updated_ms FROM document \
                 WHERE kind = $1 AND deleted = 0 AND listed <> $2 ORDER BY key LIMIT $3",
            )
            .bind(kind)
            .bind(version)
            .bind(i64::from(MAX_DOCUMENTS))
            .fetch_all(db)
            .await?
        });
        Ok(rows.into_iter().map(Document::from).collect())
    }

    /// Lists a document that is there already. Nothing happens when it was changed meanwhile: whoever changed it listed it.
    ///
    /// # Errors
    /// As [`Documents::put`].
    pub async fn enlist(&self, document: &Document, listing: &Listing) -> Result<()> {
        let terms = Terms::of(listing)?;
        let (kind, key) = (document.kind.as_str(), document.key.as_str());
        writing!(self.store, |tx| {
            let there = sqlx::query("UPDATE document SET listed = $4 WHERE kind = $1 AND key = $2 AND revision = $3")
                .bind(kind)
                .bind(key)
                .bind(document.revision)
                .bind(listing.version)
                .execute(&mut *tx)
                .await?;
            if there.rows_affected() > 0 {
                sqlx::query(FORGET).bind(kind).bind(key).execute(&mut *tx).await?;
                terms.keeping::<Db>(kind, key, listing.place).build().execute(&mut *tx).await?;
            }
        });
        Ok(())
    }

    async fn place(&self, kind: &str, key: &str) -> Result<Option<i64>> {
        if key.contains('\0') {
            return Ok(None);
        }
        let place = reading!(self.store, |db| {
            sqlx::query_scalar("SELECT place FROM document_term WHERE kind = $1 AND key = $2 LIMIT 1")
                .bind(kind)
                .bind(key)
                .fetch_optional(db)
                .await?
        });
        Ok(place)
    }
}

/// The list is read in its order under the first tag, or under what every document has; the others are looked up.
fn conditions<DB: Database>(sql: &mut QueryBuilder<DB>, search: &Search<'_>)
where
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    String: Type<DB> + for<'q> Encode<'q, DB>,
{
    let kind = || search.kind.to_owned();
    let mut tags = search.tags.iter();
    let first = tags.next().map_or(EVERY, String::as_str).to_owned();
    sql.push(" WHERE t.kind = ").push_bind(kind()).push(" AND t.term = ").push_bind(first);
    if search.places != (i64::MIN..i64::MAX) {
        sql.push(" AND t.place >= ").push_bind(search.places.start);
        sql.push(" AND t.place < ").push_bind(search.places.end);
    }
    for tag in tags {
        sql.push(ALSO).push_bind(kind()).push(" AND o.term = ").push_bind(tag.clone()).push(")");
    }
    for word in &search.words {
        sql.push(ALSO).push_bind(kind());
        sql.push(" AND o.term >= ").push_bind(word_term(word));
        // Beyond every word that begins so.
        sql.push(" AND o.term < ").push_bind(word_term(word) + "\u{10ffff}").push(")");
    }
}

/// What a listing comes to.
pub(super) struct Terms(BTreeSet<String>);

impl Terms {
    pub(super) fn of(listing: &Listing) -> Result<Self> {
        for tag in &listing.tags {
            check_text("a document's tag", tag)?;
        }
        let mut found = BTreeSet::new();
        for word in words(&listing.text) {
            if found.len() == MAX_WORDS {
                break;
            }
            found.insert(word_term(&word));
        }
        found.insert(EVERY.to_owned());
        found.extend(listing.tags.iter().map(|tag| tag_term(tag)));
        Ok(Self(found))
    }

    /// The statement that keeps them.
    pub(super) fn keeping<DB: Database>(&self, kind: &str, key: &str, place: i64) -> QueryBuilder<DB>
    where
        i64: Type<DB> + for<'e> Encode<'e, DB>,
        String: Type<DB> + for<'e> Encode<'e, DB>,
    {
        let mut sql = QueryBuilder::new("INSERT INTO document_term (kind, term, place, key) ");
        sql.push_values(&self.0, |mut row, term| {
            row.push_bind(kind.to_owned()).push_bind(term.clone()).push_bind(place).push_bind(key.to_owned());
        });
        sql
    }
}

/// No tag holds NUL, which PostgreSQL does not take: whoever asks for one finds nothing.
fn tag_term(tag: &str) -> String {
    format!("={}", tag.replace('\0', "\u{1}"))
}

fn word_term(word: &str) -> String {
    format!("~{word}")
}

/// The words of a text, as searches find them: runs of letters and digits, in small letters, the first 40 of each.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.chars().flat_map(char::to_lowercase).take(MAX_LETTERS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_small_bounded_and_without_marks() {
        let found: Vec<String> = words("Müller's LAPTOP, 07-Ärger\n\0x").collect();
        assert_eq!(found, ["müller", "s", "laptop", "07", "ärger", "x"]);
        assert_eq!(words(&"a".repeat(500)).next().unwrap().len(), MAX_LETTERS);
        let many: String = (0..2000).map(|number| format!("w{number} ")).collect();
        let terms = Terms::of(&Listing { text: many, ..Listing::default() }).unwrap();
        assert_eq!(terms.0.len(), MAX_WORDS + 1);
    }
}
