//! Texts and statements as documents of the store: added, never changed.
//!
//! A text's key is its digest, a statement's key is its own digest: writing one twice is no change.

use std::sync::Arc;

use packhorse_keys::{Fingerprint, sha256};
use packhorse_model::agreement::{AgreementEvent, AgreementText};
use packhorse_store::{Document, StoreError};

use super::Agreements;
use crate::agreement::sign::Verified;
use crate::{GovernanceError, Result};

const TEXT: &str = "agreement-text";
const STATEMENT: &str = "agreement-statement";
/// Both bodies are the JSON that the network carries.
const FORMAT: i64 = 1;

impl Agreements {
    /// Takes in what another process wrote since; whether anything changed. Cheap when nothing did.
    ///
    /// # Errors
    /// As [`Agreements::open`]; the former snapshot stays.
    pub async fn refresh_if_changed(&self) -> Result<bool> {
        let known = self.snapshot.load().revision;
        if self.store.documents().revision().await? == known {
            return Ok(false);
        }
        self.refresh().await
    }

    /// Makes the first snapshot from everything in the store.
    pub(super) async fn read(&self) -> Result<()> {
        let _making = self.making.lock().await;
        let documents = self.store.documents();
        // Read first: what is written while we read is seen by the next refresh at the latest.
        let revision = documents.revision().await?;
        let texts = documents.all(TEXT).await?;
        let statements = documents.all(STATEMENT).await?;
        self.grow(revision, &texts, &statements)
    }

    /// Makes the next snapshot from what was added to the store since; whether anything was.
    pub(super) async fn refresh(&self) -> Result<bool> {
        let _making = self.making.lock().await;
        let known = self.snapshot.load().revision;
        let (revision, changed) = self.store.documents().changed(&[TEXT, STATEMENT], known).await?;
        let documents = changed.into_iter().filter_map(|(_, document)| document);
        let (texts, statements): (Vec<_>, Vec<_>) = documents.partition(|document| document.kind == TEXT);
        self.grow(revision, &texts, &statements)?;
        Ok(!texts.is_empty() || !statements.is_empty())
    }

    fn grow(&self, revision: i64, texts: &[Document], statements: &[Document]) -> Result<()> {
        let texts = texts.iter().map(read_text).collect::<Result<Vec<_>>>()?;
        let statements = statements.iter().map(read_statement).collect::<Result<Vec<_>>>()?;
        let next = self.snapshot.load().grown(revision, texts, statements, &self.compiler);
        self.snapshot.store(Arc::new(next));
        Ok(())
    }

    /// Keeps a text; whether it was new.
    pub(super) async fn keep_text(&self, text: &AgreementText) -> Result<bool> {
        self.keep(TEXT, &text.digest().to_string(), text.as_str().as_bytes()).await
    }

    /// Keeps a verified statement; whether it was new.
    pub(super) async fn keep_statement(&self, statement: &Verified) -> Result<bool> {
        let body = serde_json::to_vec(statement.event()).map_err(|_| GovernanceError::Damaged("statement"))?;
        // The key is over what was signed: the same words signed twice are one statement.
        let key = Fingerprint(sha256(statement.event().as_str().as_bytes())).to_string();
        self.keep(STATEMENT, &key, &body).await
    }

    async fn keep(&self, kind: &str, key: &str, body: &[u8]) -> Result<bool> {
        match self.store.documents().insert_new(kind, key, FORMAT, body).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn read_text(document: &Document) -> Result<AgreementText> {
    let text = AgreementText::parse(&document.body).map_err(|_| GovernanceError::Damaged("agreement text"))?;
    if document.format != FORMAT || text.digest().to_string() != document.key {
        return Err(GovernanceError::Damaged("agreement text"));
    }
    Ok(text)
}

fn read_statement(document: &Document) -> Result<Verified> {
    let damaged = || GovernanceError::Damaged("agreement statement");
    let event: AgreementEvent = serde_json::from_slice(&document.body).map_err(|_| damaged())?;
    if document.format != FORMAT {
        return Err(damaged());
    }
    Ok(Verified::kept(event))
}
