//! One entry of the registry's ledger: a statement, who signed it, and the registry's registration of it.
//!
//! Signed bytes are kept verbatim, never made again. Knows the shape of an entry and its signatures;
//! whether the signers had a say is decided in `fold`.

use jiff::Timestamp;
use packhorse_keys::{DocumentSignature, PublicKey, Signer, sign_document, verify_document};
use packhorse_ledger::MAX_ENTRY_BYTES;
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Assurance, MemberDetails, Purpose};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{DirectoryError, Result};

/// Signature context of what a member or applicant states.
pub(crate) const STATEMENT: &str = "directory-statement";
/// Signature context of the registry's registration.
const ENTRY: &str = "directory-entry";
/// Most signatures under a statement: the current key and three new ones.
const MAX_SIGNATURES: usize = 8;

/// What happens to a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// Becomes a member. Signed by each of its new signing, ledger and TLS keys.
    Admit {
        /// What it says about itself.
        details: MemberDetails,
        /// One key of every purpose.
        keys: Vec<NewKey>,
        /// The nonce that was sealed to the sealing key: shows that it can be opened.
        nonce: String,
    },
    /// Says something else about itself, whole. Signed by its current signing key.
    Amend {
        /// What it now says about itself.
        details: MemberDetails,
    },
    /// Takes new keys. Signed by its current signing key and by each new signing, ledger and TLS key.
    Rotate {
        /// At most one key of every purpose.
        keys: Vec<NewKey>,
        /// Until when the keys they replace stay valid, so that both work for a while.
        old_until: Timestamp,
        /// The nonce sealed to a new sealing key; absent without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nonce: Option<String>,
    },
    /// The registry states what it has seen of the member's assurance.
    Assure {
        /// What it has seen.
        assurance: Assurance,
    },
    /// The registry cuts the member off, for now.
    Suspend {
        /// Why, for every member to read: no personal data.
        reason: String,
    },
    /// The registry lets a suspended member take part again.
    Resume {
        /// Why.
        reason: String,
    },
    /// The registry cuts the member off for good; its keys end, and stay listed.
    Remove {
        /// Why.
        reason: String,
    },
}

/// A key to be listed; valid from the moment of registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NewKey {
    /// What it is for.
    pub purpose: Purpose,
    /// As in [`packhorse_model::organisation::KeyEntry::key`].
    pub key: String,
}

/// What is stated of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Statement {
    /// Of which organisation; its network is part of it.
    pub organisation: OrganisationId,
    /// How many entries of this organisation come before: a statement can be registered once, at its place.
    pub version: u64,
    /// What happens.
    pub act: Act,
}

/// A statement as its authors signed it: the bytes are what counts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedStatement {
    statement: Box<RawValue>,
    signatures: Vec<DocumentSignature>,
}

impl SignedStatement {
    /// Writes a statement down and signs it with each of the keys.
    ///
    /// # Errors
    /// [`DirectoryError::Key`] when a key cannot be used.
    pub fn sign(statement: &Statement, signers: &[&dyn Signer]) -> Result<Self> {
        let statement = serde_json::value::to_raw_value(statement).map_err(|_| unwritable())?;
        let sign = |signer: &&dyn Signer| sign_document(*signer, STATEMENT, statement.get().as_bytes());
        let signatures = signers.iter().map(sign).collect::<Result<_, _>>()?;
        Ok(Self { statement, signatures })
    }

    /// Reads one from JSON, for example a request's body.
    ///
    /// # Errors
    /// [`DirectoryError::TooLarge`] beyond an entry's size, [`DirectoryError::Malformed`] for another shape.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        check_size(bytes)?;
        let signed: Self = serde_json::from_slice(bytes)
            .map_err(|_| malformed("a signed statement is a JSON object of statement and signatures"))?;
        signed.checked()
    }

    /// What is stated, whoever signed.
    ///
    /// # Errors
    /// [`DirectoryError::Malformed`] when the bytes are no statement.
    pub fn statement(&self) -> Result<Statement> {
        serde_json::from_str(self.statement.get()).map_err(|_| malformed("its statement is of another shape"))
    }

    /// The signatures, none of them checked.
    #[must_use]
    pub fn signatures(&self) -> &[DocumentSignature] {
        &self.signatures
    }

    /// Whether one of the signatures is by this key and verifies.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let bytes = self.statement.get().as_bytes();
        self.signatures.iter().any(|signature| verify_document(key, STATEMENT, bytes, signature).is_ok())
    }

    /// The JSON to send.
    ///
    /// # Errors
    /// [`DirectoryError::Malformed`] never in health.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|_| unwritable())
    }

    fn checked(self) -> Result<Self> {
        // The registry's signature stands on the line below: a line feed inside would move the border.
        if self.statement.get().contains('\n') {
            return Err(malformed("a statement is written on one line"));
        }
        if self.signatures.len() > MAX_SIGNATURES {
            return Err(DirectoryError::TooLarge { what: "number of signatures", limit: MAX_SIGNATURES as u64 });
        }
        Ok(self)
    }
}

/// The registry's words around a statement: when it was registered, and where in the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    index: u64,
    at: Timestamp,
    #[serde(rename = "signed")]
    signed: SignedStatement,
}

/// An entry as it stands in the ledger. Its bytes are two lines of JSON: the registration, and the registry's
/// signature over the first line without its line feed.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its index in the registry's ledger.
    pub index: u64,
    /// When the registry registered it.
    pub at: Timestamp,
    /// What is stated.
    pub statement: Statement,
    /// The statement as signed by its authors.
    pub signed: SignedStatement,
    registration: Vec<u8>,
    registry: DocumentSignature,
}

impl Entry {
    /// The bytes of a new entry, to append at `index`.
    ///
    /// # Errors
    /// [`DirectoryError::TooLarge`] beyond [`MAX_ENTRY_BYTES`], [`DirectoryError::Key`] when the key cannot be used.
    pub fn register(index: u64, at: Timestamp, signed: &SignedStatement, registry: &dyn Signer) -> Result<Vec<u8>> {
        let registration = Registration { index, at, signed: signed.clone() };
        let mut bytes = serde_json::to_vec(&registration).map_err(|_| unwritable())?;
        let signature = sign_document(registry, ENTRY, &bytes)?;
        bytes.push(b'\n');
        serde_json::to_writer(&mut bytes, &signature).map_err(|_| unwritable())?;
        bytes.push(b'\n');
        check_size(&bytes)?;
        Ok(bytes)
    }

    /// Reads an entry strictly. No signature is checked yet.
    ///
    /// # Errors
    /// [`DirectoryError::Malformed`] and [`DirectoryError::TooLarge`] for the format.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        check_size(bytes)?;
        let two_lines = || malformed("it is two lines, each with a line feed");
        let body = bytes.strip_suffix(b"\n").ok_or_else(two_lines)?;
        let border = body.iter().position(|byte| *byte == b'\n').ok_or_else(two_lines)?;
        let (registration, signature) = (&body[..border], &body[border + 1..]);
        let registry =
            serde_json::from_slice(signature).map_err(|_| malformed("its second line is the registry's signature"))?;
        let Registration { index, at, signed } =
            serde_json::from_slice(registration).map_err(|_| malformed("its first line is a registration"))?;
        let signed = signed.checked()?;
        let statement = signed.statement()?;
        Ok(Self { index, at, statement, signed, registration: registration.to_vec(), registry })
    }

    /// Whether the registry's key signed the registration.
    #[must_use]
    pub fn is_registered_by(&self, registry: &PublicKey) -> bool {
        verify_document(registry, ENTRY, &self.registration, &self.registry).is_ok()
    }
}

fn check_size(bytes: &[u8]) -> Result<()> {
    if bytes.len() > MAX_ENTRY_BYTES {
        return Err(DirectoryError::TooLarge { what: "directory entry", limit: MAX_ENTRY_BYTES as u64 });
    }
    Ok(())
}

fn malformed(why: &'static str) -> DirectoryError {
    DirectoryError::Malformed { what: "directory entry", why }
}

fn unwritable() -> DirectoryError {
    malformed("it cannot be written as JSON")
}
