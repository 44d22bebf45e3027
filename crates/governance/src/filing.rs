//! Small documents of one kind in the store: made, changed whoever else changes them at the same time, listed.

use jiff::Timestamp;
use packhorse_store::{Document, Store, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{GovernanceError, Result};

/// How often a change is tried that another one has overtaken.
const TRIES: usize = 8;
/// Documents of one reading.
const PAGE: u32 = 500;

/// What is kept as documents of one kind. The type reads what it wrote, strictly.
pub trait Filed: Serialize + DeserializeOwned {
    /// The store's kind of document.
    const KIND: &'static str;
    /// What it is called when it cannot be read.
    const CALLED: &'static str;
    /// The format that this build writes.
    const FORMAT: i64 = 1;
}

/// The documents of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Filing<'a> {
    store: &'a Store,
}

impl<'a> Filing<'a> {
    /// Documents in a store.
    #[must_use]
    pub fn new(store: &'a Store) -> Self {
        Self { store }
    }

    /// Makes a document that is not there yet.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is there; else as the store fails.
    pub async fn make<T: Filed>(&self, key: &str, document: &T) -> Result<()> {
        let body = body(document)?;
        self.store.documents().insert_new(T::KIND, key, T::FORMAT, &body).await?;
        Ok(())
    }

    /// Writes a document, whatever was there.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn put<T: Filed>(&self, key: &str, document: &T) -> Result<()> {
        let body = body(document)?;
        self.store.documents().put(T::KIND, key, T::FORMAT, &body, None).await?;
        Ok(())
    }

    /// A document, or nothing.
    ///
    /// # Errors
    /// [`GovernanceError::Damaged`] when it cannot be read; else as the store fails.
    pub async fn get<T: Filed>(&self, key: &str) -> Result<Option<T>> {
        let document = self.store.documents().get(T::KIND, key).await?;
        document.as_ref().map(read).transpose()
    }

    /// Changes a document as a whole, again if somebody changed it meanwhile; nothing when it is not there.
    ///
    /// # Errors
    /// As `change` refuses; else as [`Filing::get`].
    pub async fn change<T: Filed>(&self, key: &str, mut change: impl FnMut(&mut T) -> Result<()>) -> Result<Option<T>> {
        let documents = self.store.documents();
        for _ in 0..TRIES {
            let Some(document) = documents.get(T::KIND, key).await? else { return Ok(None) };
            let mut changed: T = read(&document)?;
            change(&mut changed)?;
            match documents.put(T::KIND, key, T::FORMAT, &body(&changed)?, Some(document.revision)).await {
                Err(StoreError::Conflict) => {}
                written => return Ok(written.map(|_| Some(changed))?),
            }
        }
        Err(GovernanceError::act("others keep changing this at the same time", "try again in a moment"))
    }

    /// Every document of the kind, in the order of the keys.
    ///
    /// # Errors
    /// As [`Filing::get`].
    pub async fn all<T: Filed>(&self) -> Result<Vec<T>> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.store.documents().list(T::KIND, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after.clone_from(&last.key);
            for document in &page {
                all.push(read(document)?);
            }
        }
    }
}

fn body<T: Filed>(document: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(document).map_err(|_| GovernanceError::Damaged(T::CALLED))
}

fn read<T: Filed>(document: &Document) -> Result<T> {
    if document.format != T::FORMAT {
        return Err(GovernanceError::Damaged(T::CALLED));
    }
    serde_json::from_slice(&document.body).map_err(|_| GovernanceError::Damaged(T::CALLED))
}

/// A text that somebody wrote: trimmed, bounded, without control characters but line breaks and tabs.
pub(crate) fn text(what: &'static str, text: &str, most: usize, must: bool) -> Result<String> {
    let text = text.trim();
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if (must && text.is_empty()) || text.len() > most || text.chars().any(odd) {
        let problem = format!("the {what} is missing, longer than {most} bytes, or has a control character");
        return Err(GovernanceError::act(problem, "write it in plain words"));
    }
    Ok(text.to_owned())
}

/// That something happened: when, by whom, what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry<S> {
    /// When it was entered.
    pub at: Timestamp,
    /// Who entered it: an account's id, or an operator's name.
    pub by: String,
    /// What.
    pub step: S,
}
