//! Sealing: a message that only its recipients can open, in the age format
//! (C2SP age-encryption.org/v1), so that the ordinary `age` tool opens it as well.
//!
//! It must never know who a recipient is. Messages are held in memory whole, hence the limits.

use std::fmt;
use std::io::{self, Read, Write};
use std::iter;
use std::path::Path;
use std::str::FromStr;

use age::secrecy::ExposeSecret;
use age::{Decryptor, Encryptor, x25519};
use zeroize::Zeroizing;

use crate::KeyError;
use crate::file::{read_secret, write_secret};
use crate::key::small_order;
use crate::text::serde_as_text;

/// The most recipients of one message.
pub const MAX_RECIPIENTS: usize = 64;

/// What age may add to a plaintext: a header (about 100 bytes a recipient, so this is ample), a
/// 16-byte nonce, and 16 bytes for every chunk of 64 KiB, of which there is at least one.
const HEADER_BYTES: usize = 16 * 1024;
const CHUNK_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;

/// An organisation's private sealing key (age X25519); wiped when dropped.
pub struct SealingKey(x25519::Identity);

impl SealingKey {
    /// Makes a new key.
    pub fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// Reads a key from an age identity file: one `AGE-SECRET-KEY-1…` line; empty lines and
    /// lines starting with `#` are comments, as `age-keygen` writes them.
    ///
    /// # Errors
    /// [`KeyError::FileNotPrivate`] when others have any right to the file,
    /// [`KeyError::File`] when it cannot be read, [`KeyError::Malformed`] when it does not hold
    /// exactly one key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let why = "expected one line starting with AGE-SECRET-KEY-1";
        let refused = || KeyError::Malformed { what: "sealing key file", why };
        let bytes = read_secret(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| refused())?;
        let comment = |line: &&str| !line.is_empty() && !line.starts_with('#');
        let mut lines = text.lines().map(str::trim).filter(comment);
        match (lines.next(), lines.next()) {
            (Some(line), None) => line.parse().map(Self).map_err(|_| refused()),
            _ => Err(refused()),
        }
    }

    /// Writes the key, as age does, into a new file that only its owner can use (mode 0600).
    ///
    /// # Errors
    /// [`KeyError::FileExists`] rather than overwriting, [`KeyError::File`] when it cannot be
    /// written.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let secret = self.0.to_string();
        let line = Zeroizing::new([secret.expose_secret().as_bytes(), b"\n"].concat());
        write_secret(path, &line)
    }

    /// The public half, to be sealed to.
    pub fn recipient(&self) -> SealingRecipient {
        SealingRecipient(self.0.to_public())
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("recipient", &self.recipient()).finish_non_exhaustive()
    }
}

/// A public sealing key; written `age1…`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SealingRecipient(x25519::Recipient);

impl fmt::Display for SealingRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for SealingRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingRecipient({self})")
    }
}

impl FromStr for SealingRecipient {
    type Err = KeyError;

    /// # Errors
    /// [`KeyError::Malformed`] also for a key of small order, sealing to which is no sealing
    /// (and makes the age library panic).
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let refused = |why| KeyError::Malformed { what: "sealing recipient", why };
        let why = "expected an age X25519 recipient, age1…";
        let recipient = text.parse().map_err(|_| refused(why))?;
        // age shows the key as text alone, so the text is where to look.
        let (_, key) = bech32::decode(text).map_err(|_| refused(why))?;
        if small_order::is_x25519(&key) {
            return Err(refused("it is an x25519 point of small order"));
        }
        Ok(Self(recipient))
    }
}

serde_as_text!(SealingRecipient);

/// Seals `plaintext` so that each of `recipients` can open it alone.
///
/// Sealing hides the content and notices alteration; it does not say who sealed. Sign as well.
///
/// # Errors
/// [`KeyError::Recipients`] for none or more than [`MAX_RECIPIENTS`].
pub fn seal(recipients: &[SealingRecipient], plaintext: &[u8]) -> Result<Vec<u8>, KeyError> {
    if recipients.is_empty() || recipients.len() > MAX_RECIPIENTS {
        return Err(KeyError::Recipients { limit: MAX_RECIPIENTS });
    }
    let each = recipients.iter().map(|recipient| &recipient.0 as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(each).map_err(|_| KeyError::Crypto("seal the message"))?;
    let mut sealed = Vec::with_capacity(plaintext.len() + overhead(plaintext.len()));
    let write = |sealed: &mut Vec<u8>| -> io::Result<()> {
        let mut writer = encryptor.wrap_output(sealed)?;
        writer.write_all(plaintext)?;
        writer.finish()?;
        Ok(())
    };
    write(&mut sealed).map_err(|_| KeyError::Crypto("seal the message"))?;
    Ok(sealed)
}

/// Opens a sealed message of at most `limit` bytes of plaintext.
///
/// # Errors
/// [`KeyError::TooLarge`] beyond `limit`, otherwise [`KeyError::CannotOpen`], which never says
/// whether the key or the message is to blame.
pub fn open(key: &SealingKey, sealed: &[u8], limit: usize) -> Result<Vec<u8>, KeyError> {
    let too_large = || KeyError::TooLarge { what: "sealed message", limit };
    if sealed.len() > limit.saturating_add(overhead(limit)) {
        return Err(too_large());
    }
    let decryptor = Decryptor::new_buffered(sealed).map_err(|_| KeyError::CannotOpen)?;
    let reader = decryptor.decrypt(iter::once(&key.0 as &dyn age::Identity)).map_err(|_| KeyError::CannotOpen)?;
    let mut plaintext = Zeroizing::new(Vec::with_capacity(sealed.len().min(limit)));
    // One byte more than allowed tells a message that fits from one that was cut off.
    reader.take((limit as u64).saturating_add(1)).read_to_end(&mut plaintext).map_err(|_| KeyError::CannotOpen)?;
    if plaintext.len() > limit {
        return Err(too_large());
    }
    Ok(std::mem::take(&mut *plaintext))
}

fn overhead(plaintext: usize) -> usize {
    HEADER_BYTES + TAG_BYTES + (plaintext / CHUNK_BYTES + 1) * TAG_BYTES
}
