//! Those who run the network: a name, a role and a token for the registry's management API.
//!
//! Tokens are shown once and kept as digests. Who decides what is written into every decision by this name.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use packhorse_keys::{constant_time_equal, random, sha256};
use serde::{Deserialize, Serialize};

use super::Registry;
use super::requests::refused;
use crate::error::{DirectoryError, Result};

const KIND: &str = "registry-operator";
const FORMAT: i64 = 1;
/// Most operators of a registry; all are looked at when one shows a token.
const MAX_OPERATORS: u32 = 200;
const MAX_NAME: usize = 64;

/// Somebody who runs the network, or looks at how it is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// What it is called; unique.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When the token was made.
    pub created: Timestamp,
    /// SHA-256 of the token, which has 256 random bits: there is nothing to guess, so no slow hash.
    token: String,
}

/// What somebody may do at the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Operator,
    /// Sees everything, changes nothing.
    Auditor,
}

/// A new token, to be shown once.
pub struct OperatorToken(String);

impl OperatorToken {
    pub(super) fn random(prefix: &str) -> Result<Self> {
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<32>()?))))
    }

    /// The text to hand over, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Role {
    /// What it is called where a gateway's roles are named too: an operator of the network is none of a gateway.
    pub(super) fn named(self) -> &'static str {
        match self {
            Self::Operator => "network-operator",
            Self::Auditor => "network-auditor",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = DirectoryError;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "operator" => Ok(Self::Operator),
            "auditor" => Ok(Self::Auditor),
            _ => Err(refused("the role is neither operator nor auditor", "name one of them")),
        }
    }
}

impl Registry {
    /// Makes a token for somebody; the same name again replaces it.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] when the name is not well formed; else as the store fails.
    pub async fn add_operator(&self, name: &str, role: Role, now: Timestamp) -> Result<OperatorToken> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(plain) {
            return Err(refused("a name is 1 to 64 letters, digits and -_.@", "choose another name"));
        }
        if self.operators().await?.len() as u32 >= MAX_OPERATORS {
            return Err(DirectoryError::TooLarge { what: "number of operators", limit: u64::from(MAX_OPERATORS) });
        }
        let token = OperatorToken::random("phr_")?;
        let operator = Operator { name: name.to_owned(), role, created: now, token: digest(token.reveal()) };
        let body = serde_json::to_vec(&operator).map_err(|_| unreadable())?;
        self.store.documents().put(KIND, name, FORMAT, &body, None).await?;
        Ok(token)
    }

    /// Takes a token away; whether there was one.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn remove_operator(&self, name: &str) -> Result<bool> {
        Ok(self.store.documents().delete(KIND, name, None).await?)
    }

    /// Everybody who has a token.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn operators(&self) -> Result<Vec<Operator>> {
        let documents = self.store.documents().list(KIND, "", MAX_OPERATORS).await?;
        documents.iter().map(|document| serde_json::from_slice(&document.body).map_err(|_| unreadable())).collect()
    }

    /// Whose token this is.
    pub(super) async fn operator_with(&self, token: &str) -> Result<Option<Operator>> {
        let shown = digest(token);
        let all = self.operators().await?;
        Ok(all.into_iter().find(|operator| constant_time_equal(operator.token.as_bytes(), shown.as_bytes())))
    }
}

impl Operator {
    /// Whether it still has the token that it had.
    pub(super) fn has_same_token(&self, other: &Self) -> bool {
        self.name == other.name && constant_time_equal(self.token.as_bytes(), other.token.as_bytes())
    }
}

pub(super) fn digest(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(token.as_bytes()))
}

fn unreadable() -> DirectoryError {
    DirectoryError::Malformed { what: "kept operator", why: "it is not the JSON that was written" }
}
