//! Signed notes: a text and the signatures under it (C2SP signed-note).
//!
//! The text of a note stays out of reach until a trusted key's signature over it has verified. Never knows what a
//! text means.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use packhorse_keys::Signer;

use crate::{LedgerError, SignatureKind, VerifierKey, text, vkey};

/// Largest note accepted, in bytes: a short text and [`MAX_SIGNATURES`] post-quantum signatures.
pub const MAX_NOTE_BYTES: usize = 256 * 1024;

/// Most signature lines accepted; C2SP signed-note demands at least 16.
pub const MAX_SIGNATURES: usize = 64;

/// A key that signs notes under a name.
#[derive(Clone)]
pub struct NoteSigner {
    key: VerifierKey,
    signer: Arc<dyn Signer>,
}

impl NoteSigner {
    /// Names an Ed25519 signing key; a log's name is its origin.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] as in [`VerifierKey::new`].
    pub fn new(name: &str, signer: Arc<dyn Signer>) -> Result<Self, LedgerError> {
        let key = VerifierKey::new(name, SignatureKind::Note, signer.public_key().clone())?;
        Ok(Self { key, signer })
    }

    /// The key to hand out to verifiers.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.key
    }

    fn sign(&self, text: &str) -> Result<SignatureLine, LedgerError> {
        let signature = self.signer.sign(text.as_bytes()).map_err(LedgerError::Signing)?;
        Ok(SignatureLine::new(&self.key, signature))
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoteSigner").field("key", &self.key).finish_non_exhaustive()
    }
}

/// One line under a note: `— <name> <base64 of key id and signature>`, without its line feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    name: String,
    id: [u8; 4],
    signature: Vec<u8>,
}

impl SignatureLine {
    pub(crate) fn new(key: &VerifierKey, signature: Vec<u8>) -> Self {
        Self { name: key.name().to_owned(), id: key.id(), signature }
    }

    /// Name of the key that is said to have signed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the line claims to be by this key.
    #[must_use]
    pub fn claims(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }

    fn same_key(&self, other: &Self) -> bool {
        self.name == other.name && self.id == other.id
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = text::to_base64(&[&self.id[..], &self.signature].concat());
        write!(f, "\u{2014} {} {signature}", self.name)
    }
}

impl FromStr for SignatureLine {
    type Err = LedgerError;

    fn from_str(line: &str) -> Result<Self, LedgerError> {
        let what = "signature line";
        let parts = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' '));
        let (name, signature) = parts.ok_or(LedgerError::Malformed {
            what,
            rule: "it is an em dash, a space, the key name, a space and base64",
        })?;
        vkey::check_name(name)?;
        let bytes = text::base64(signature, what)?;
        match bytes.split_first_chunk() {
            Some((id, signature)) if !signature.is_empty() => {
                Ok(Self { name: name.to_owned(), id: *id, signature: signature.to_vec() })
            }
            _ => Err(LedgerError::Malformed { what, rule: "a key id of four bytes is followed by the signature" }),
        }
    }
}

/// A note as received: nothing of it is believed yet, and its text is not to be had.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

impl Note {
    /// Signs a text, which ends in a line feed.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for a text that no note can carry, [`LedgerError::Signing`] when a key cannot be used.
    pub fn sign(text: &str, signers: &[&NoteSigner]) -> Result<VerifiedNote, LedgerError> {
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(malformed("the text ends in a line feed"));
        }
        let mut note =
            VerifiedNote { note: Self { text: text.to_owned(), signatures: Vec::new() }, verified: Vec::new() };
        for signer in signers {
            note.push(signer.sign(text)?, signer.verifier_key(), None)?;
        }
        if note.verified.is_empty() {
            return Err(malformed("a note has at least one signature"));
        }
        Ok(note)
    }

    /// Reads a note. The last empty line parts text and signatures.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] when it breaks the format, [`LedgerError::TooLarge`] beyond [`MAX_NOTE_BYTES`] or
    /// [`MAX_SIGNATURES`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        let note = text::utf8(bytes, MAX_NOTE_BYTES, WHAT)?;
        check_characters(note)?;
        let (text, lines) = note.rsplit_once("\n\n").ok_or(malformed("an empty line parts text and signatures"))?;
        let lines = lines.strip_suffix('\n').ok_or(malformed("it ends in signature lines, each with a line feed"))?;
        Ok(Self { text: format!("{text}\n"), signatures: parse_lines(lines)? })
    }

    /// The note's bytes, as they were read or to be sent.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut note = format!("{}\n", self.text);
        for line in &self.signatures {
            note.push_str(&format!("{line}\n"));
        }
        note.into_bytes()
    }

    /// The signature lines, none of them checked.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }

    /// Verifies the note with the keys that the caller trusts. Lines of other keys are ignored; a line that claims one
    /// of these keys and fails, or the lack of any such line, rejects the note.
    ///
    /// # Errors
    /// [`LedgerError::BadSignature`] and [`LedgerError::NoTrustedSignature`] accordingly.
    pub fn verify(self, keys: &[VerifierKey]) -> Result<VerifiedNote, LedgerError> {
        let mut verified = Vec::new();
        for line in &self.signatures {
            let Some(key) = keys.iter().find(|key| line.claims(key)) else {
                continue;
            };
            let time = key.verify(&self.text, &line.signature)?;
            verified.push(VerifiedSignature { key: key.clone(), time });
        }
        if verified.is_empty() {
            return Err(LedgerError::NoTrustedSignature);
        }
        Ok(VerifiedNote { note: self, verified })
    }

    /// First line of the text, for choosing the keys to verify with and for nothing else.
    pub(crate) fn claimed_origin(&self) -> &str {
        self.text.split('\n').next().unwrap_or_default()
    }

    /// Adds a line; an earlier one of the same key is replaced.
    fn put(&mut self, line: SignatureLine) -> Result<(), LedgerError> {
        self.signatures.retain(|kept| !kept.same_key(&line));
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(too_many_signatures());
        }
        self.signatures.push(line);
        Ok(())
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note").field("signatures", &self.signatures).finish_non_exhaustive()
    }
}

/// A signature that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    /// The key that signed.
    pub key: VerifierKey,
    /// When, in seconds since 1970; cosignatures only.
    pub time: Option<u64>,
}

/// A note with at least one verified signature of a trusted key. Only [`Note::verify`] and [`Note::sign`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedNote {
    note: Note,
    verified: Vec<VerifiedSignature>,
}

impl VerifiedNote {
    /// Reads and verifies a note: [`Note::parse`], then [`Note::verify`].
    ///
    /// # Errors
    /// Theirs.
    pub fn open(bytes: &[u8], keys: &[VerifierKey]) -> Result<Self, LedgerError> {
        Note::parse(bytes)?.verify(keys)
    }

    /// The signed text, with its final line feed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.note.text
    }

    /// The signatures that verified, in the order of their lines.
    #[must_use]
    pub fn signatures(&self) -> &[VerifiedSignature] {
        &self.verified
    }

    /// The note with all its lines, those of unknown keys included.
    #[must_use]
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Verifies one more line and adds it; an earlier line of the same key is replaced. Answers with the time of a
    /// cosignature.
    pub(crate) fn add(&mut self, line: SignatureLine, key: &VerifierKey) -> Result<Option<u64>, LedgerError> {
        if !line.claims(key) {
            return Err(LedgerError::NoTrustedSignature);
        }
        let time = key.verify(&self.note.text, &line.signature)?;
        self.push(line, key, time)?;
        Ok(time)
    }

    fn push(&mut self, line: SignatureLine, key: &VerifierKey, time: Option<u64>) -> Result<(), LedgerError> {
        self.note.put(line)?;
        self.verified.retain(|kept| kept.key != *key);
        self.verified.push(VerifiedSignature { key: key.clone(), time });
        Ok(())
    }
}

/// Reads signature lines, parted by line feeds, one at least.
pub(crate) fn parse_lines(lines: &str) -> Result<Vec<SignatureLine>, LedgerError> {
    if lines.split('\n').count() > MAX_SIGNATURES {
        return Err(too_many_signatures());
    }
    lines.split('\n').map(str::parse).collect()
}

/// Of the characters below U+0020 only the line feed is allowed.
fn check_characters(text: &str) -> Result<(), LedgerError> {
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(malformed("the line feed is the only control character allowed"));
    }
    Ok(())
}

const WHAT: &str = "signed note";

fn malformed(rule: &'static str) -> LedgerError {
    LedgerError::Malformed { what: WHAT, rule }
}

fn too_many_signatures() -> LedgerError {
    LedgerError::TooLarge { what: "number of signatures under the note", limit: MAX_SIGNATURES as u64 }
}
