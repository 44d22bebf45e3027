//! NHS MESH's mailbox API as its clients speak it: every call proves itself by a token of its own, made from the
//! mailbox's password and shared key, and is told as a `curl` line that does the same.
//!
//! It must never know what is in a message.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use jiff::Timestamp;
use packhorse_keys::hmac_sha256;
use packhorse_model::ExchangeId;
use serde::Deserialize;

use super::cast::Organisation;
use super::stage::Stage;
use crate::api::Answer;
use crate::error::{Error, Result};
use crate::files;

/// The form of answers that is asked for.
const VERSION_2: &str = "application/vnd.mesh.v2+json";

/// A mailbox's account as it was shown once.
#[derive(Deserialize)]
pub(super) struct Account {
    pub(super) mailbox: String,
    pub(super) password: String,
    pub(super) shared_key: String,
}

impl Account {
    /// That of an organisation's post room.
    pub(super) fn of(stage: &Stage, organisation: &Organisation) -> Result<Self> {
        let text = files::read_secret_line(&stage.place.root().join(organisation.account_file()))?;
        Ok(serde_json::from_str(&text).map_err(std::io::Error::other)?)
    }

    /// `NHSMESH mailbox:nonce:count:moment:hash`. The password goes into the hash only.
    fn token(&self, nonce: &str, made: Timestamp) -> String {
        let (mailbox, password, made) = (&self.mailbox, &self.password, made.strftime("%Y%m%d%H%M"));
        let hash = hmac_sha256(self.shared_key.as_bytes(), format!("{mailbox}:{nonce}:0:{password}:{made}").as_bytes());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("NHSMESH {mailbox}:{nonce}:0:{made}:{hash}")
    }
}

/// Calls below an organisation's own mailbox, and tells the call.
pub(super) async fn call(stage: &Stage, by: &Organisation, method: Method, path: &str) -> Result<Answer> {
    let account = Account::of(stage, by)?;
    let token = account.token(&ExchangeId::random().to_string(), Timestamp::now());
    let path = format!("/messageexchange/{}{path}", account.mailbox);
    tell(stage, &method, &token, &format!("{}{path}", stage.inside_url(by)?))?;
    let mut headers = HeaderMap::new();
    let token = HeaderValue::try_from(token).map_err(|_| Error::NotHeld("the token is no header".to_owned()))?;
    headers.insert(header::AUTHORIZATION, token);
    headers.insert(header::ACCEPT, HeaderValue::from_static(VERSION_2));
    stage.api(by)?.raw(method, &path, headers, Bytes::new()).await
}

fn tell(stage: &Stage, method: &Method, token: &str, url: &str) -> Result<()> {
    let (authorization, accept) = (format!("Authorization: {token}"), format!("Accept: {VERSION_2}"));
    let mut words = vec!["--silent"];
    if method != Method::GET {
        words.extend(["--request", method.as_str()]);
    }
    words.extend(["--header", &authorization, "--header", &accept, "--url", url]);
    stage.narrator.typed("curl", &words)
}

/// How MESH writes a parcel's id.
pub(super) fn message_id(parcel: &str) -> String {
    parcel.replace('-', "").to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_what_the_published_client_makes() {
        let account = Account { mailbox: "X26ABC1".into(), password: "password".into(), shared_key: "TestKey".into() };
        let made = "2026-01-01T12:00:30Z".parse().unwrap();
        assert_eq!(
            account.token("00000000-0000-0000-0000-000000000001", made),
            "NHSMESH X26ABC1:00000000-0000-0000-0000-000000000001:0:202601011200:\
             1ecb69109e50c7a951a248f2b66c2d8d1a77d1d65ed2cda635f13c4430bd3775"
        );
    }
}
