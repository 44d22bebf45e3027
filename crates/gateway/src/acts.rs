//! Acts of governance in the ledger: overrides, suspensions by a gate, incidents, decisions.
//!
//! An act is signed by the organisation and recorded as an exchange is, with a receipt that verifies; it has no
//! partner and no agreement. The record holds the act and its subject, never a person; who and why can be erased.

use jiff::Timestamp;
use jiff::civil::Date;
use packhorse_keys::{Fingerprint, sign_document};
use packhorse_model::act::{ACT_CONTEXT, GovernanceAct};
use packhorse_model::exchange::{Exchange, Kind};
use packhorse_model::record::{Content, Moments, Outcome, RECORD_VERSION, Record};
use packhorse_model::{ExchangeId, Side};

use crate::context::{Context, now_ms};
use crate::error::GatewayError;

/// What is to be recorded.
#[derive(Debug, Clone)]
pub(crate) struct NewAct {
    /// What was done, a [`packhorse_model::agreement::Code`].
    pub(crate) act: &'static str,
    /// What it is about: never a person.
    pub(crate) subject: String,
    /// The last day on which it holds.
    pub(crate) until: Option<Date>,
    /// In which capacity, a code.
    pub(crate) capacity: &'static str,
    /// The account of who decided; nobody when a rule did.
    pub(crate) person: Option<String>,
    /// Why.
    pub(crate) reason: String,
    /// Digest of a document that it is about.
    pub(crate) document: Option<Fingerprint>,
}

/// Signs an act and records it; its name, by which `/api/records/{name}/receipt` proves it. It is durable then.
///
/// # Errors
/// [`GatewayError::Act`] when it breaks a limit; else as key and store fail. Nothing is recorded then.
pub(crate) async fn record(context: &Context, new: NewAct) -> Result<ExchangeId, GatewayError> {
    let id = ExchangeId::random();
    let code = |word: &str| word.parse().map_err(|_| GatewayError::Act(format!("the act's word {word:?} is no code")));
    let act = GovernanceAct {
        id,
        organisation: context.identity.organisation.clone(),
        act: code(new.act)?,
        subject: new.subject,
        until: new.until,
        capacity: code(new.capacity)?,
        person: new.person,
        reason: new.reason,
        document: new.document,
        at: Timestamp::now(),
    };
    let json = act.to_json().map_err(|error| GatewayError::Act(error.to_string()))?;
    let signature = sign_document(&*context.identity.signer, ACT_CONTEXT, json.as_bytes())?;
    let service = act.service().map_err(|error| GatewayError::Act(error.to_string()))?;
    let record = Record {
        version: RECORD_VERSION,
        side: Side::Outbound,
        exchange: Exchange {
            id,
            kind: Kind::Act,
            client: act.client(),
            service,
            basis: None,
            purpose: None,
            role: None,
        },
        ended: Outcome::Acted { act: act.act, subject: act.subject, until: act.until },
        moments: Moments { request_in: act.at.as_millisecond(), response_out: now_ms(), ..Moments::default() },
        sizes: [0, 0],
        content: String::new(),
    };
    let content = Content { statement: json, statement_signature: Some(signature), ..Content::default() };
    context.evidence.keep(record, &content, act.organisation.to_string(), 0).await?;
    Ok(id)
}
