//! A mailbox's account: the secrets by which its software proves itself. Kept sealed to this organisation, since the
//! proof is an HMAC over the password and a digest of it would not do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use packhorse_governance::CallingSystem;
use serde::{Deserialize, Serialize};

use crate::kinds::parcel::{Parcels, Result};

/// Most bytes of an account.
const LIMIT: usize = 4096;
/// Bytes of each secret.
const SECRET: std::ops::RangeInclusive<usize> = 8..=256;

/// The secrets of one mailbox.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// What the client calls its password.
    pub(crate) password: String,
    /// The key of the HMAC.
    pub(crate) shared_key: String,
}

impl Account {
    /// Whether both secrets are of 8 to 256 printable ASCII characters: what travels through every client's settings.
    pub(crate) fn is_well_formed(&self) -> bool {
        let fit =
            |secret: &String| SECRET.contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic());
        fit(&self.password) && fit(&self.shared_key)
    }

    /// As it is kept: sealed to the organisation's current key, base64.
    pub(crate) fn sealed(&self, parcels: &Parcels) -> Result<String> {
        parcels.to_own("MESH account", self)
    }
}

/// Accounts as they were last opened, with the text they were opened from: another text is another account.
#[derive(Default)]
pub(super) struct Accounts(Mutex<HashMap<String, (String, Arc<Account>)>>);

impl Accounts {
    /// A system's account; none when its mailbox has none.
    pub(super) fn of(&self, parcels: &Parcels, system: &CallingSystem) -> Result<Option<Arc<Account>>> {
        let Some(sealed) = system.mailbox.as_ref().and_then(|mailbox| mailbox.mesh.as_ref()) else { return Ok(None) };
        let mut opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((from, account)) = opened.get(&system.code)
            && from == sealed
        {
            return Ok(Some(Arc::clone(account)));
        }
        let account = Arc::new(parcels.of_own::<Account>("MESH account", sealed, LIMIT)?);
        opened.insert(system.code.clone(), (sealed.clone(), Arc::clone(&account)));
        Ok(Some(account))
    }
}
