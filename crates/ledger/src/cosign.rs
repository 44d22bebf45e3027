//! Cosignatures: a witness's dated word that it saw this head and that it continues the earlier ones
//! (C2SP tlog-cosignature, "Ed25519 signed message").
//!
//! Signs what it is handed; whether the head may be signed is decided in [`crate::AddCheckpoint::decide`].

use std::fmt;
use std::sync::Arc;

use packhorse_keys::{PublicKey, Signer};

use crate::{LedgerError, SignatureKind, SignatureLine, SignedCheckpoint, VerifierKey};

/// A witness's key under its name. One key serves one name only: the signed bytes do not hold the name.
#[derive(Clone)]
pub struct Cosigner {
    key: VerifierKey,
    signer: Arc<dyn Signer>,
}

impl Cosigner {
    /// Names an Ed25519 signing key.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] as in [`VerifierKey::new`].
    pub fn new(name: &str, signer: Arc<dyn Signer>) -> Result<Self, LedgerError> {
        let key = VerifierKey::new(name, SignatureKind::Cosignature, signer.public_key().clone())?;
        Ok(Self { key, signer })
    }

    /// The key to hand out to verifiers.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.key
    }

    /// States that at `time`, in seconds since 1970, this was the largest consistent head seen of its log. Store the
    /// head before handing the line out.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for the time 0 or beyond 2^63 − 1, [`LedgerError::Signing`] when the key cannot be used.
    pub fn cosign(&self, checkpoint: &SignedCheckpoint, time: u64) -> Result<SignatureLine, LedgerError> {
        if time == 0 || time > MAX_TIME {
            return Err(LedgerError::Malformed {
                what: "time of the cosignature",
                rule: "it is in seconds since 1970, from 1 to 2^63 - 1",
            });
        }
        let message = signed_message(time, &checkpoint.checkpoint().to_string());
        let signature = self.signer.sign(&message).map_err(LedgerError::Signing)?;
        let dated = [&time.to_be_bytes()[..], &signature].concat();
        Ok(SignatureLine::new(&self.key, dated))
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cosigner").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Latest time that the format allows.
const MAX_TIME: u64 = (1 << 63) - 1;

/// Verifies a dated signature over a checkpoint's text and answers with its time.
pub(crate) fn verify(key: &PublicKey, text: &str, dated: &[u8]) -> Option<u64> {
    let (time, signature) = dated.split_first_chunk()?;
    let time = u64::from_be_bytes(*time);
    let dated = (1..=MAX_TIME).contains(&time);
    let verified = dated && key.verify(&signed_message(time, text), signature).is_ok();
    verified.then_some(time)
}

fn signed_message(time: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}
