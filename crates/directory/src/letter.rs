//! A letter: what a member tells the registry beside the directory, signed by its current signing key.
//!
//! The signed bytes are kept verbatim. Knows the shape and the signature; what a letter may say is its reader's.

use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{DocumentSignature, PublicKey, Signer, sign_document, verify_document};
use packhorse_model::OrganisationId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{DirectoryError, Result};
use crate::rules::Rule;

/// How far a letter's date may lie from the reader's clock, either way: a letter that was kept back is no news.
const MAX_APART: SignedDuration = SignedDuration::from_mins(2);

/// What letters are about; the context of their signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// That a gateway lives.
    Heartbeat,
    /// The answers to a code of connection.
    Answers,
}

impl Subject {
    fn context(self) -> &'static str {
        match self {
            Self::Heartbeat => "registry-heartbeat",
            Self::Answers => "registry-answers",
        }
    }
}

/// A letter as it travels.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    letter: Box<RawValue>,
    signature: DocumentSignature,
}

/// The answers of a member to its code of connection, sent anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AnswersLetter {
    /// Who answers.
    pub organisation: OrganisationId,
    /// When it was written.
    pub at: Timestamp,
    /// The document, as in a request to join.
    pub answers: String,
}

impl Letter {
    /// Writes a letter and signs it.
    ///
    /// # Errors
    /// [`DirectoryError::Key`] when the key cannot be used.
    pub(crate) fn sign(subject: Subject, said: &impl Serialize, signer: &dyn Signer) -> Result<Self> {
        let letter = serde_json::value::to_raw_value(said).map_err(|_| malformed())?;
        let signature = sign_document(signer, subject.context(), letter.get().as_bytes())?;
        Ok(Self { letter, signature })
    }

    /// Reads what is said, whoever signed.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(self.letter.get()).map_err(|_| malformed())
    }

    /// Whether this key signed it.
    pub(crate) fn is_signed_by(&self, subject: Subject, key: &PublicKey) -> bool {
        verify_document(key, subject.context(), self.letter.get().as_bytes(), &self.signature).is_ok()
    }
}

/// Refuses a letter that is not of now, or not newer than the last one: so none counts twice.
pub(crate) fn check_date(at: Timestamp, last: Option<Timestamp>, now: Timestamp) -> Rule {
    if at.duration_since(now).abs() > MAX_APART {
        return Err("it is dated more than two minutes from the registry's clock");
    }
    if last.is_some_and(|last| at <= last) {
        return Err("one of the same date or a later one was taken already");
    }
    Ok(())
}

fn malformed() -> DirectoryError {
    DirectoryError::Malformed { what: "letter to the registry", why: "it is a JSON object of letter and signature" }
}
