//! What an account proves itself with: the password's hash, the shared secret of its app, its recovery codes. Apart from
//! the account, so that whoever shows one can never show the other.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhorse_keys::{SealingKey, TotpSecret, open, random, seal};
use packhorse_store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::session::digest;
use crate::{GovernanceError, Result};

const SECRETS: &str = "account-secrets";
const FORMAT: i64 = 1;
/// How many recovery codes somebody gets.
const CODES: usize = 8;
/// Letters and digits that nobody mixes up.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// What is kept of an account's secrets.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Secrets {
    /// argon2id in PHC form.
    pub(super) password: Option<String>,
    /// The app's secret, sealed to the organisation's own key; base64.
    pub(super) totp: Option<String>,
    /// Digests of the recovery codes that are left. 80 random bits each: nothing to guess.
    pub(super) recovery: Vec<String>,
}

/// Keeps and opens secrets.
pub(super) struct Vault {
    store: Store,
    /// The current one first: what was sealed to a former one must still open.
    keys: Arc<Vec<SealingKey>>,
}

impl Vault {
    pub(super) fn new(store: Store, keys: Vec<SealingKey>) -> Self {
        Self { store, keys: Arc::new(keys) }
    }

    /// What is kept of an account; nothing yet is no error.
    pub(super) async fn get(&self, account: &str) -> Result<Secrets> {
        Ok(self.read(account).await?.0)
    }

    async fn read(&self, account: &str) -> Result<(Secrets, Option<i64>)> {
        let Some(document) = self.store.documents().get(SECRETS, account).await? else {
            return Ok((Secrets::default(), None));
        };
        if document.format != FORMAT {
            return Err(GovernanceError::Damaged(SECRETS));
        }
        let secrets = serde_json::from_slice(&document.body).map_err(|_| GovernanceError::Damaged(SECRETS))?;
        Ok((secrets, Some(document.revision)))
    }

    /// Changes them, again if somebody changed them meanwhile; what the change says.
    pub(super) async fn change<T>(&self, account: &str, mut change: impl FnMut(&mut Secrets) -> T) -> Result<T> {
        loop {
            let (mut secrets, revision) = self.read(account).await?;
            let said = change(&mut secrets);
            let body = Zeroizing::new(serde_json::to_vec(&secrets).map_err(|_| GovernanceError::Damaged(SECRETS))?);
            let documents = self.store.documents();
            let written = match revision {
                Some(revision) => documents.put(SECRETS, account, FORMAT, &body, Some(revision)).await,
                None => documents.insert_new(SECRETS, account, FORMAT, &body).await,
            };
            match written {
                Err(StoreError::Conflict) => {}
                Err(other) => return Err(other.into()),
                Ok(_) => return Ok(said),
            }
        }
    }

    /// Forgets all of an account's.
    pub(super) async fn forget(&self, account: &str) -> Result<()> {
        self.store.documents().delete(SECRETS, account, None).await?;
        Ok(())
    }

    /// The app's secret, for keeping.
    pub(super) fn sealed(&self, secret: &TotpSecret) -> Result<String> {
        let key = self.keys.first().ok_or(GovernanceError::People("this gateway has no sealing key"))?;
        Ok(STANDARD.encode(seal(&[key.recipient()], secret.as_bytes())?))
    }

    /// The app's secret, as it was kept.
    pub(super) fn opened(&self, kept: &str) -> Result<TotpSecret> {
        let sealed = STANDARD.decode(kept).map_err(|_| GovernanceError::Damaged(SECRETS))?;
        let opened = self.keys.iter().find_map(|key| open(key, &sealed, 64).ok());
        let bytes = Zeroizing::new(opened.ok_or(GovernanceError::Damaged(SECRETS))?);
        Ok(TotpSecret::from_bytes(&bytes)?)
    }
}

/// New recovery codes to hand over once, and what is kept of them.
pub(super) fn recovery_codes() -> Result<(Vec<String>, Vec<String>)> {
    let codes: Result<Vec<String>> = (0..CODES)
        .map(|_| {
            let letters = random::<16>()?.map(|byte| char::from(LETTERS[usize::from(byte & 31)]));
            let text: String = letters.iter().collect();
            Ok(format!("{}-{}-{}-{}", &text[..4], &text[4..8], &text[8..12], &text[12..]))
        })
        .collect();
    let codes = codes?;
    let kept = codes.iter().map(|code| recovery_digest(code)).collect();
    Ok((codes, kept))
}

/// What is kept of a recovery code, however somebody writes it.
pub(super) fn recovery_digest(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    digest(&plain)
}
