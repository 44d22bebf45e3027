//! Systems and operators as documents of the store, and changes to them.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use packhorse_keys::Fingerprint;
use packhorse_store::{Document, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::system::USERS_LIMIT;
use super::{CallingSystem, Credential, Operator, OperatorRole, People, Snapshot, Token};
use crate::{GovernanceError, Result};

const SYSTEM: &str = "calling-system";
const OPERATOR: &str = "operator";
const FORMAT: i64 = 1;
const CREDENTIALS_LIMIT: usize = 100;
const TEXT_LIMIT: usize = 255;

impl People {
    /// Adds a system or replaces one with the same code.
    ///
    /// # Errors
    /// [`GovernanceError::People`] when it is not well formed; else as the store fails.
    pub async fn put_system(&self, system: &CallingSystem) -> Result<()> {
        check_system(system)?;
        self.put(SYSTEM, &system.code, system, None).await
    }

    /// Removes a system; whether it was there.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn remove_system(&self, code: &str) -> Result<bool> {
        let there = self.store.documents().delete(SYSTEM, code, None).await?;
        self.refresh().await?;
        Ok(there)
    }

    /// Makes an API key for a system. The token is shown once and not kept.
    ///
    /// # Errors
    /// [`GovernanceError::People`] when there is no such system; else as the store fails.
    pub async fn add_api_key(&self, code: &str, now: Timestamp) -> Result<Token> {
        let token = Token::random()?;
        let credential = Credential::ApiKey { sha256: token.digest(), created: now };
        self.change(code, |system| system.credentials.push(credential.clone())).await?;
        Ok(token)
    }

    /// Lets a system prove itself with a client certificate.
    ///
    /// # Errors
    /// As [`People::add_api_key`].
    pub async fn add_certificate(&self, code: &str, fingerprint: Fingerprint) -> Result<()> {
        self.change(code, |system| system.credentials.push(Credential::Certificate { fingerprint })).await
    }

    /// Lets a system prove itself by its address alone: for old clients that can do nothing else.
    ///
    /// # Errors
    /// As [`People::add_api_key`].
    pub async fn add_source_address(&self, code: &str, ip: IpAddr) -> Result<()> {
        self.change(code, |system| system.credentials.push(Credential::SourceAddress { ip })).await
    }

    /// Changes a system as a whole, again if somebody changed it meanwhile.
    ///
    /// # Errors
    /// As [`People::add_api_key`].
    pub async fn change(&self, code: &str, mut change: impl FnMut(&mut CallingSystem)) -> Result<()> {
        loop {
            let document = self.store.documents().get(SYSTEM, code).await?;
            let document = document.ok_or(GovernanceError::People("no calling system has this code"))?;
            let mut system: CallingSystem = read(&document, "calling system")?;
            change(&mut system);
            if system.code != code {
                return Err(GovernanceError::People("a calling system's code cannot change: add another"));
            }
            check_system(&system)?;
            match self.put(SYSTEM, code, &system, Some(document.revision)).await {
                Err(GovernanceError::Store(StoreError::Conflict)) => {}
                other => return other,
            }
        }
    }

    /// Adds an operator, or gives one a new token. The token is shown once and not kept.
    ///
    /// # Errors
    /// [`GovernanceError::People`] when the name is not well formed; else as the store fails.
    pub async fn add_operator(&self, name: &str, role: OperatorRole, now: Timestamp) -> Result<Token> {
        check_text(name)?;
        let token = Token::random()?;
        let operator = Operator { name: name.to_owned(), role, token: token.digest(), created: now };
        self.put(OPERATOR, name, &operator, None).await?;
        Ok(token)
    }

    /// Removes an operator; whether it was there.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn remove_operator(&self, name: &str) -> Result<bool> {
        let there = self.store.documents().delete(OPERATOR, name, None).await?;
        self.refresh().await?;
        Ok(there)
    }

    /// Takes in what another process wrote since; whether anything did. Cheap when nothing did.
    ///
    /// # Errors
    /// As [`People::open`]; the former snapshot stays.
    pub async fn refresh_if_changed(&self) -> Result<bool> {
        let accounts = self.accounts.refresh_if_changed().await?;
        let mut after = self.seen.load(Ordering::Relaxed);
        while self.store.documents().revision().await? != after {
            let changes = self.store.documents().changes_since(after).await?;
            if changes.iter().any(|change| change.kind == SYSTEM || change.kind == OPERATOR) {
                return self.refresh().await.map(|()| true);
            }
            let Some(last) = changes.last() else { break };
            after = last.revision;
        }
        self.seen.store(after, Ordering::Relaxed);
        Ok(accounts)
    }

    pub(super) async fn refresh(&self) -> Result<()> {
        let _making = self.making.lock().await;
        let revision = self.store.documents().revision().await?;
        let mut next = Snapshot::default();
        for document in self.store.documents().all(SYSTEM).await? {
            next.systems.insert(document.key.clone(), Arc::new(read(&document, "calling system")?));
        }
        for document in self.store.documents().all(OPERATOR).await? {
            next.operators.push(Arc::new(read(&document, "operator")?));
        }
        self.snapshot.store(Arc::new(next));
        self.seen.store(revision, Ordering::Relaxed);
        Ok(())
    }

    async fn put<T: Serialize>(&self, kind: &'static str, key: &str, value: &T, expected: Option<i64>) -> Result<()> {
        let body = serde_json::to_vec(value).map_err(|_| GovernanceError::Damaged(kind))?;
        self.store.documents().put(kind, key, FORMAT, &body, expected).await?;
        self.refresh().await
    }
}

fn read<T: DeserializeOwned>(document: &Document, what: &'static str) -> Result<T> {
    if document.format != FORMAT {
        return Err(GovernanceError::Damaged(what));
    }
    serde_json::from_slice(&document.body).map_err(|_| GovernanceError::Damaged(what))
}

fn check_system(system: &CallingSystem) -> Result<()> {
    check_text(&system.code)?;
    check_text(&system.title)?;
    if system.users.len() > USERS_LIMIT || system.credentials.len() > CREDENTIALS_LIMIT {
        return Err(GovernanceError::People("a calling system has more than 20000 users or 100 credentials"));
    }
    system.users.iter().try_for_each(|person| check_text(&person.id))
}

fn check_text(text: &str) -> Result<()> {
    if text.is_empty() || text.len() > TEXT_LIMIT || text.chars().any(char::is_control) {
        return Err(GovernanceError::People(
            "a code, name or user id is empty, over 255 bytes, or has control characters",
        ));
    }
    Ok(())
}
