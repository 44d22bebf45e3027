//! Webhooks: every statement about a parcel in a mailbox is told to the address that the mailbox's owner gave, signed,
//! again and again until it is taken (Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature`).
//!
//! Nothing about persons is told: what happened to which parcel, no more. Redirects are not followed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use packhorse_governance::Mailbox;
use packhorse_keys::{hmac_sha256, random};
use packhorse_model::Side;
use packhorse_model::parcel::ParcelStatement;
use packhorse_store::{Job, NewJob};
use packhorse_tables::{Source, Upstream, UpstreamRequest};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::deliver::Attempt;
use super::desk::{Parcels, Result, read, stored, write};
use super::jobs::WEBHOOK;
use crate::context::{Context, now_ms};

/// Tries before a dead address is given up: about two days.
const TRIES: i64 = 600;
/// Longest wait for connecting and for the answer; its bytes are not read.
const PATIENCE_MS: u64 = 10_000;
/// Most bytes of an account.
pub(super) const ACCOUNT_LIMIT: usize = 64 * 1024;

/// Where to tell, and the secret that signs.
#[derive(Debug, Serialize, Deserialize)]
struct Account {
    url: String,
    secret: [u8; 32],
    ca_file: Option<String>,
}

/// What is to be told.
#[derive(Debug, Serialize, Deserialize)]
struct News {
    mailbox: String,
    id: String,
    body: String,
}

/// Makes an account: what the mailbox keeps of it, and the secret, to be shown once.
///
/// # Errors
/// When the address is none, its authorities cannot be read, or there is no randomness.
pub(crate) fn account(parcels: &Parcels, url: &str, ca_file: Option<&str>) -> Result<(String, String)> {
    let account = Account { url: url.to_owned(), secret: random()?, ca_file: ca_file.map(str::to_owned) };
    upstream(&account)?;
    Ok((parcels.to_own("webhook", &account)?, format!("whsec_{}", STANDARD.encode(account.secret))))
}

fn upstream(account: &Account) -> Result<Upstream> {
    let source: Source = serde_json::from_value(json!({
        "kind": "upstream",
        "base_url": account.url,
        "ca_file": account.ca_file,
        "connect_timeout_ms": PATIENCE_MS,
        "first_byte_timeout_ms": PATIENCE_MS,
        "timeout_ms": PATIENCE_MS,
        "max_body": 64 * 1024,
    }))
    .map_err(|error| stored("webhook", error))?;
    Upstream::new(&source).map_err(|error| stored("webhook", error))
}

/// The job that tells the owner of the mailbox, when it has a webhook.
pub(super) fn job(context: &Context, side: Side, statement: &ParcelStatement) -> Result<Option<NewJob>> {
    let mailbox = match side {
        Side::Outbound => &statement.from.system,
        Side::Inbound => &statement.to.system.system,
    };
    let wants = |mailbox: &Mailbox| mailbox.webhook.is_some();
    let system = context.people.system(mailbox);
    if !system.is_some_and(|system| system.mailbox.as_ref().is_some_and(wants)) {
        return Ok(None);
    }
    let partner = match side {
        Side::Outbound => statement.to.system.to_string(),
        Side::Inbound => statement.from.to_string(),
    };
    let body = json!({
        "type": format!("parcel.{}", statement.what.word()),
        "timestamp": statement.at,
        "data": {
            "parcel": statement.parcel,
            "mailbox": mailbox,
            "direction": if side == Side::Inbound { "in" } else { "out" },
            "partner": partner,
            "workflow": statement.to.service,
            "statement": statement.id,
            "stated_by": statement.organisation,
        },
    });
    let news = News { mailbox: mailbox.clone(), id: statement.id.to_string(), body: body.to_string() };
    let key = format!("{side} {}", statement.id);
    Ok(Some(NewJob { topic: WEBHOOK.into(), key, body: write("webhook", &news)?, run_at_ms: now_ms() }))
}

/// One attempt.
pub(super) async fn tell(context: &Context, job: &Job) -> Result<Attempt> {
    let news: News = read("webhook", &job.body)?;
    let system = context.people.system(&news.mailbox);
    let Some(sealed) = system.and_then(|system| system.mailbox.as_ref().and_then(|mailbox| mailbox.webhook.clone()))
    else {
        return Ok(Attempt::Done);
    };
    match send(&context.parcels, &sealed, &news.id, news.body).await? {
        Ok(()) => Ok(Attempt::Done),
        Err(_) if job.attempts >= TRIES => {
            tracing::warn!(mailbox = %news.mailbox, "a webhook is given up: its address has not answered for days");
            Ok(Attempt::Done)
        }
        Err(why) => Ok(Attempt::Later(why)),
    }
}

/// Tells an account, as [`account`] made it, one thing; or why it was not taken.
///
/// # Errors
/// When what is kept of the account cannot be read or used.
pub(crate) async fn send(
    parcels: &Parcels,
    sealed: &str,
    id: &str,
    body: String,
) -> Result<std::result::Result<(), String>> {
    let account: Account = parcels.of_own("webhook", sealed, ACCOUNT_LIMIT)?;
    let headers = headers(id, &body, &account.secret)?;
    let request = UpstreamRequest { method: Method::POST, path_and_query: String::new(), headers, body: body.into() };
    Ok(match upstream(&account)?.call(request).await {
        Ok(answer) if answer.status.is_success() => Ok(()),
        Ok(answer) => Err(format!("the webhook's address answered {}", answer.status.as_u16())),
        Err(error) => Err(error.to_string()),
    })
}

/// Standard Webhooks 1.0, "Signature scheme": HMAC-SHA256 over `id.timestamp.body`.
fn headers(id: &str, body: &str, secret: &[u8]) -> Result<HeaderMap> {
    let now = jiff::Timestamp::now().as_second();
    let signature = hmac_sha256(secret, format!("{id}.{now}.{body}").as_bytes());
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", now.to_string()),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(signature))),
    ] {
        let value = HeaderValue::try_from(value).map_err(|error| stored("webhook", error))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}
