//! Small documents of one kind in the store: made, changed whoever else changes them at the same time, listed.

use std::fmt::Display;
use std::ops::Range;

use jiff::Timestamp;
use packhorse_store::{Document, Listing, Order, Search, Store, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{GovernanceError, Result};

/// How often a change is tried that another one has overtaken.
const TRIES: usize = 8;
/// Documents of one reading.
const PAGE: u32 = 500;

/// Brings the lists of every kind up to date, before anybody asks for them.
///
/// # Errors
/// [`GovernanceError::Damaged`] when a document cannot be read; else as the store fails.
pub async fn enlist(store: &Store) -> Result<()> {
    let filing = Filing::new(store);
    filing.enlist::<crate::incident::Incident>().await?;
    filing.enlist::<crate::rights::Request>().await?;
    filing.enlist::<crate::sharing::SharingDecision>().await?;
    filing.enlist::<crate::assets::Asset>().await
}

/// What is kept as documents of one kind. The type reads what it wrote, strictly.
pub trait Filed: Serialize + DeserializeOwned {
    /// The store's kind of document.
    const KIND: &'static str;
    /// What it is called when it cannot be read.
    const CALLED: &'static str;
    /// The format that this build writes.
    const FORMAT: i64 = 1;
    /// The version of [`Filed::listing`]'s rule, raised when documents come to stand otherwise in lists; 0 for a kind that
    /// has none.
    const LISTED: i64 = 0;
    /// In which direction lists go.
    const ORDER: Order = Order::Descending;

    /// How it stands in the lists of its kind.
    fn listing(&self) -> Listing {
        Listing::default()
    }
}

/// Which documents of a list: every one, unless narrowed.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    tags: Vec<String>,
    text: String,
    between: Option<Range<Timestamp>>,
}

impl Sought {
    /// Only those of which this is so: `state` is `open`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        self.tags.push(tag(name, value));
        self
    }

    /// The same, where a value is asked for.
    #[must_use]
    pub fn where_asked(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Only those in which each of these words begins one.
    #[must_use]
    pub fn saying(self, text: Option<String>) -> Self {
        Self { text: text.unwrap_or_default(), ..self }
    }

    /// Only those from one moment until before another.
    #[must_use]
    pub fn between(self, from: Timestamp, until: Timestamp) -> Self {
        Self { between: Some(from..until), ..self }
    }

    fn search<'a>(&self, kind: &'a str) -> Search<'a> {
        let search = self.tags.iter().fold(Search::every(kind), |search, tag| search.tagged(tag)).saying(&self.text);
        match &self.between {
            Some(range) => search.within(range.start.as_millisecond()..range.end.as_millisecond()),
            None => search,
        }
    }
}

/// A page of a list.
#[derive(Debug)]
pub struct Found<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Whether there are more after the last one.
    pub more: bool,
    /// How many there are on all pages.
    pub total: u64,
}

impl<T> Found<T> {
    /// The same with each item made into another.
    ///
    /// # Errors
    /// As `make`.
    pub(crate) fn make<U>(self, make: impl Fn(T) -> Result<U>) -> Result<Found<U>> {
        let items = self.items.into_iter().map(make).collect::<Result<_>>()?;
        Ok(Found { items, more: self.more, total: self.total })
    }
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
        let documents = self.store.documents();
        match listing(document) {
            Some(listing) => documents.put_listed((T::KIND, key), T::FORMAT, &body, Some(0), &listing).await?,
            None => documents.insert_new(T::KIND, key, T::FORMAT, &body).await?,
        };
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
            let (body, revision) = (body(&changed)?, Some(document.revision));
            let written = match listing(&changed) {
                Some(listing) => documents.put_listed((T::KIND, key), T::FORMAT, &body, revision, &listing).await,
                None => documents.put(T::KIND, key, T::FORMAT, &body, revision).await,
            };
            match written {
                Err(StoreError::Conflict) => {}
                written => return Ok(written.map(|_| Some(changed))?),
            }
        }
        Err(GovernanceError::act("others keep changing this at the same time", "try again in a moment"))
    }

    /// A page of a list, from after the document with the key `after` on; nothing when there is no such document.
    ///
    /// # Errors
    /// As [`Filing::get`].
    pub async fn find<T: Filed>(&self, sought: &Sought, after: Option<&str>, limit: u32) -> Result<Option<Found<T>>> {
        let (documents, search) = (self.store.documents(), sought.search(T::KIND));
        let Some(page) = documents.find(&search, T::ORDER, after, limit).await? else { return Ok(None) };
        let items = page.documents.iter().map(read).collect::<Result<_>>()?;
        Ok(Some(Found { items, more: page.more, total: documents.count(&search).await? }))
    }

    /// How many a search finds.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn count<T: Filed>(&self, sought: &Sought) -> Result<u64> {
        Ok(self.store.documents().count(&sought.search(T::KIND)).await?)
    }

    /// Every document that a search finds, in the order of the list: for what must be read whole.
    ///
    /// # Errors
    /// As [`Filing::get`].
    pub async fn each<T: Filed>(&self, sought: &Sought) -> Result<Vec<T>> {
        let (documents, search) = (self.store.documents(), sought.search(T::KIND));
        let (mut each, mut after) = (Vec::new(), None::<String>);
        while let Some(page) = documents.find(&search, T::ORDER, after.as_deref(), PAGE).await? {
            for document in &page.documents {
                each.push(read(document)?);
            }
            after = page.documents.into_iter().last().map(|last| last.key);
            if !page.more {
                break;
            }
        }
        Ok(each)
    }

    /// Lists what was written before there were lists of its kind, or by another version of their rule.
    ///
    /// # Errors
    /// As [`Filing::get`].
    pub async fn enlist<T: Filed>(&self) -> Result<()> {
        let documents = self.store.documents();
        loop {
            let page = documents.unlisted(T::KIND, T::LISTED).await?;
            if page.is_empty() {
                return Ok(());
            }
            for document in &page {
                let filed: T = read(document)?;
                documents.enlist(document, &listing(&filed).unwrap_or_default()).await?;
            }
        }
    }

    /// Every document whose key begins so, in the order of the keys.
    ///
    /// # Errors
    /// As [`Filing::get`].
    pub async fn below<T: Filed>(&self, prefix: &str) -> Result<Vec<T>> {
        let (mut all, mut after) = (Vec::new(), prefix.to_owned());
        loop {
            let page = self.store.documents().list(T::KIND, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after.clone_from(&last.key);
            for document in page.iter().take_while(|document| document.key.starts_with(prefix)) {
                all.push(read(document)?);
            }
            if !after.starts_with(prefix) {
                return Ok(all);
            }
        }
    }

    /// Every document of the kind, in the order of the keys.
    ///
    /// # Errors
    /// As [`Filing::get`].
    pub async fn all<T: Filed>(&self) -> Result<Vec<T>> {
        self.store.documents().all(T::KIND).await?.iter().map(read).collect()
    }
}

/// A kind's listing with its version; nothing for a kind that has no lists.
fn listing<T: Filed>(document: &T) -> Option<Listing> {
    (T::LISTED > 0).then(|| Listing { version: T::LISTED, ..document.listing() })
}

/// What a document is chosen by.
pub(crate) fn tag(name: &str, value: impl Display) -> String {
    format!("{name}={value}")
}

/// A value of an enumeration as it is written, and as it is sought.
#[must_use]
pub fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
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
