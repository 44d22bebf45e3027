//! What can go wrong with keys, told to the person who has to act on it.
//!
//! Never carries key values, signed content or anything a stranger wrote at length.

use std::path::PathBuf;

use crate::{Algorithm, Fingerprint};

/// Every error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Bytes or text from outside break the rules of their format.
    #[error("the {what} is not well formed: {why}")]
    Malformed {
        /// The thing that was read, for instance `public key`.
        what: &'static str,
        /// The rule it breaks.
        why: &'static str,
    },
    /// Something from outside is larger than this crate is willing to look at.
    #[error("the {what} is larger than the {limit} allowed")]
    TooLarge {
        /// The thing that was read.
        what: &'static str,
        /// The most that is accepted, in the unit natural to `what` (bytes or entries).
        limit: usize,
    },
    /// The name of a signature algorithm that is not accepted.
    #[error("unknown signature algorithm; ed25519 and ecdsa-p256-sha256 are accepted")]
    UnknownAlgorithm,
    /// A signature names one algorithm and the key it was checked with is for another.
    #[error("the signature claims algorithm {claimed}, but the key is for {key}")]
    WrongAlgorithm {
        /// What the signature or its parameters say.
        claimed: Algorithm,
        /// What the key is for.
        key: Algorithm,
    },
    /// A document signature was made with a key other than the one it is checked with.
    #[error("the signature names key {named}, but was checked with key {checked_with}")]
    WrongKey {
        /// The key named in the signature.
        named: Fingerprint,
        /// The key it was checked with.
        checked_with: Fingerprint,
    },
    /// The signature is not by this key over these bytes.
    #[error("the signature does not verify: it is by another key, or what it covers was altered")]
    BadSignature,
    /// The message has no signature under the label asked for.
    #[error("the message carries no signature labelled \"{label}\" (RFC 9421 section 4)")]
    NotSigned {
        /// The label asked for.
        label: String,
    },
    /// The signature leaves out a component that the profile demands.
    #[error("the signature does not cover {component}, which is required; sign it as well")]
    NotCovered {
        /// The component as it stands in `Signature-Input`.
        component: String,
    },
    /// The signature covers a component that the message cannot supply.
    #[error("{component} is to be signed, but the message has no such component")]
    NoSuchComponent {
        /// The component as it stands in `Signature-Input`.
        component: String,
    },
    /// `Content-Digest` contradicts the content.
    #[error("the content does not match its content-digest (RFC 9530 section 2)")]
    WrongDigest,
    /// `Content-Digest` uses only algorithms that are not accepted.
    #[error("the content-digest has neither sha-256 nor sha-512 (RFC 9530 section 2); send one")]
    NoKnownDigest,
    /// A key file is already there.
    #[error("the key file {path} exists already and is never overwritten; move it away first")]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// A key file is open to other users of the machine.
    #[error("the key file {path} can be used by others (mode {mode:04o}); set it to 0600")]
    FileNotPrivate {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A key file could not be read or written.
    #[error("the key file {path} cannot be {action}")]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried: `read` or `written`.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nobody, or too many, to seal to.
    #[error("a message is sealed to at least one and at most {limit} recipients")]
    Recipients {
        /// The most recipients of one message.
        limit: usize,
    },
    /// Post-quantum and other recipients of one message, which would be as weak as the others.
    #[error("a message is sealed to post-quantum recipients (age1pq1…) or to others, not to both; seal it twice")]
    MixedRecipients,
    /// A sealed message does not open.
    #[error("the sealed message does not open: it is for another key, cut short or altered")]
    CannotOpen,
    /// The peer presented no certificate.
    #[error("the peer presented no tls certificate")]
    NoCertificate,
    /// The TLS library refused a configuration.
    #[cfg(feature = "tls")]
    #[error("tls cannot be set up with this key")]
    Tls(#[from] rustls::Error),
    /// The cryptographic library failed at something that does not fail in health.
    #[error("the cryptographic library could not {0}")]
    Crypto(&'static str),
}
