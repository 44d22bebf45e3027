//! Signing in at the organisation's own identity provider: OpenID Connect, authorisation code with PKCE.
//!
//! State, nonce and verifier stay here; a browser carries a state that means nothing, and a word of its own that ties
//! the way back to the browser that began. Roles come from the provider's groups, by a table of the configuration.

mod claims;
mod provider;

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use packhorse_governance::OperatorRole;
use packhorse_governance::people::{Entered, TurnedAway};
use packhorse_keys::{constant_time_equal, random, sha256};
use packhorse_store::Ticket;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::GatewayError;
use claims::Claims;
use provider::Provider;

const BEGUN: &str = "open-id";
/// How long somebody may take at the provider.
const BEGUN_MS: i64 = 15 * 60_000;

/// What the configuration says of the provider.
#[derive(Debug, Clone)]
pub struct OpenIdSettings {
    /// Its issuer, as it calls itself.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// The secret that it gave us; none for a public client.
    pub client_secret: Option<String>,
    /// For https: the authorities, one of which must have issued its certificate.
    pub ca_file: Option<PathBuf>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim that lists groups.
    pub groups_claim: String,
    /// Which roles a group has here.
    pub roles: BTreeMap<String, Vec<OperatorRole>>,
    /// Where browsers reach us: the way back is below it.
    pub pages: String,
}

/// Signing in at a provider.
pub struct OpenId {
    settings: OpenIdSettings,
    provider: Provider,
}

/// What is kept of somebody who is on their way.
#[derive(Serialize, Deserialize)]
struct Begun {
    nonce: String,
    verifier: String,
    binding: String,
}

/// Where to send a browser, and what it must bring back.
pub(crate) struct Way {
    pub(crate) address: String,
    pub(crate) binding: String,
}

/// What came back with a browser.
pub(crate) struct Back<'a> {
    pub(crate) state: &'a str,
    pub(crate) code: &'a str,
    pub(crate) binding: &'a str,
    /// RFC 9207: who says so.
    pub(crate) issuer: Option<&'a str>,
}

impl OpenId {
    /// Prepares; nothing is asked of the provider yet.
    #[must_use]
    pub fn new(settings: OpenIdSettings) -> Self {
        let provider = Provider::new(&settings);
        Self { settings, provider }
    }

    /// Begins: OpenID Connect Core §3.1.2.1, RFC 7636.
    pub(crate) async fn begin(&self, context: &Context) -> Result<Way, GatewayError> {
        let found = self.provider.found().await?;
        let [state, nonce, verifier, binding] = [word()?, word()?, word()?, word()?];
        let challenge = URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
        let begun = Begun { nonce: nonce.clone(), verifier, binding: kept(&binding) };
        let ticket = Ticket {
            kind: BEGUN.to_owned(),
            key: kept(&state),
            owner: String::new(),
            body: serde_json::to_vec(&begun).map_err(|error| GatewayError::Identity(error.to_string()))?,
            expires_ms: Timestamp::now().as_millisecond() + BEGUN_MS,
        };
        context.evidence.store().tickets().put(&ticket).await?;
        let scope = std::iter::once("openid").chain(self.settings.scopes.iter().map(String::as_str));
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &self.way_back()),
            ("scope", &scope.collect::<Vec<_>>().join(" ")),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let joint = if found.authorization_endpoint.contains('?') { '&' } else { '?' };
        Ok(Way { address: format!("{}{joint}{query}", found.authorization_endpoint), binding })
    }

    /// Ends: the code becomes a token, the token an account, the account a session.
    pub(crate) async fn finish(&self, context: &Context, back: Back<'_>) -> Result<Entered, GatewayError> {
        let now = Timestamp::now();
        let ticket = context.evidence.store().tickets().take(BEGUN, &kept(back.state), now.as_millisecond()).await?;
        let ticket = ticket.ok_or(TurnedAway::Expired)?;
        let begun: Begun = serde_json::from_slice(&ticket.body).map_err(|_| TurnedAway::Expired)?;
        // Begun in another browser: somebody lends out their own sign-in.
        if !constant_time_equal(begun.binding.as_bytes(), kept(back.binding).as_bytes()) {
            return Err(TurnedAway::Expired.into());
        }
        if back.issuer.is_some_and(|issuer| issuer != self.settings.issuer) {
            return Err(TurnedAway::NotTheProvider.into());
        }
        let token = self.provider.token(back.code, &begun.verifier, &self.way_back()).await?;
        let claims: Claims = self.provider.verified(&token).await?;
        claims.check(&begun.nonce, &self.settings.client_id)?;
        let account = claims.account(context.people.accounts(), &self.settings, now).await?;
        Ok(context.sign_in.with_open_id(account, Some(token), now).await?)
    }

    /// Where a browser goes to sign out at the provider as well (OpenID Connect RP-Initiated Logout §2).
    pub(crate) async fn sign_out(&self, id_token: &str) -> Option<String> {
        let endpoint = self.provider.found().await.ok()?.end_session_endpoint?;
        let query = form(&[
            ("id_token_hint", id_token),
            ("client_id", &self.settings.client_id),
            ("post_logout_redirect_uri", &format!("{}/signed-out", self.settings.pages)),
        ]);
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Some(format!("{endpoint}{joint}{query}"))
    }

    fn way_back(&self) -> String {
        format!("{}/sign-in/open-id/return", self.settings.pages)
    }
}

/// 256 random bits.
fn word() -> Result<String, GatewayError> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// What is kept of a word that a browser carries.
fn kept(word: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(word.as_bytes()))
}

/// `application/x-www-form-urlencoded`, everything but letters, digits and `-._~` encoded.
fn form(pairs: &[(&str, &str)]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                // Writing to a string does not fail.
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}
