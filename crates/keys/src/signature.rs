//! Signatures over whole documents: agreements, directory entries, statements of possession.
//!
//! It must never know what a document says. A context keeps one kind of document from being
//! passed off as another: the signed bytes are `packhorse/<context>/v1`, a line feed, and the
//! document exactly as it was given.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Fingerprint, KeyError, PublicKey, Signer};

/// No signature of a known algorithm is longer; ML-DSA-87 would need 4627 bytes.
const MAX_SIGNATURE_BYTES: usize = 8 * 1024;

/// A signature and the key that made it, for storing beside a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentSignature {
    /// The signing key, to be found in the directory.
    pub key: Fingerprint,
    /// The raw signature; standard base64 in text.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub signature: Vec<u8>,
}

/// Signs `document` for one purpose.
///
/// `context` is lower-case letters, digits, `-` and `/`, for instance `agreement`.
///
/// # Errors
/// [`KeyError::Malformed`] for another context, otherwise whatever the signer fails with.
pub fn sign_document(signer: &dyn Signer, context: &str, document: &[u8]) -> Result<DocumentSignature, KeyError> {
    let signature = signer.sign(&signed_bytes(context, document)?)?;
    Ok(DocumentSignature { key: signer.public_key().fingerprint(), signature })
}

/// Checks that `key` signed exactly this document for exactly this purpose.
///
/// # Errors
/// [`KeyError::WrongKey`] when the signature names another key, [`KeyError::BadSignature`] when
/// it does not verify, [`KeyError::Malformed`] for a context that [`sign_document`] would refuse.
pub fn verify_document(
    key: &PublicKey,
    context: &str,
    document: &[u8],
    signature: &DocumentSignature,
) -> Result<(), KeyError> {
    let checked_with = key.fingerprint();
    if signature.key != checked_with {
        return Err(KeyError::WrongKey { named: signature.key, checked_with });
    }
    key.verify(&signed_bytes(context, document)?, &signature.signature)
}

/// A context without a line feed is what makes the first line, and so the split, unambiguous.
fn signed_bytes(context: &str, document: &[u8]) -> Result<Vec<u8>, KeyError> {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'/');
    if context.is_empty() || !context.bytes().all(allowed) {
        let why = "only lower-case letters, digits, \"-\" and \"/\" are allowed";
        return Err(KeyError::Malformed { what: "signature context", why });
    }
    Ok([b"packhorse/", context.as_bytes(), b"/v1\n", document].concat())
}

fn to_base64<S: Serializer>(signature: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(signature))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    if text.len() > MAX_SIGNATURE_BYTES {
        let error = KeyError::TooLarge { what: "signature", limit: MAX_SIGNATURE_BYTES };
        return Err(serde::de::Error::custom(error));
    }
    STANDARD.decode(text.as_bytes()).map_err(|_| serde::de::Error::custom("signature is not base64"))
}
