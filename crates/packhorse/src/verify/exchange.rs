//! Both parties signed this exchange: the request as it was asked, the answer to exactly that request.
//!
//! A valid signature over another exchange proves nothing here, so each line of the signed texts that the record
//! repeats is held against the record, and the answer's text against the request's.

use jiff::Timestamp;
use packhorse_model::exchange::{Basis, Kind, Side};
use packhorse_model::organisation::Members;
use packhorse_model::record::{Content, Outcome, Record};

use super::base::Base;
use super::receipt::{consumer, provider};
use super::signature::{self, Kept, LABEL};
use crate::report::{Made, Report};

const REQUEST_TAG: &str = "packhorse-request";
const RESPONSE_TAG: &str = "packhorse-response";
/// What of the request the answer's text repeats.
const REPEATED: [&str; 4] = ["\"@method\"", "\"@target-uri\"", "\"content-digest\"", "\"x-road-request-id\""];

/// Checks both signatures and what they cover.
pub(super) fn signatures(judgement: &mut Report, record: &Record, content: &Content, members: &dyn Members) {
    let Ok(at) = Timestamp::from_millisecond(record.moments.request_in) else {
        return judgement.add("request", Err("the record's time is no time".to_owned()));
    };
    let request = signed(
        judgement,
        record,
        "request",
        members,
        Kept {
            base: &content.request_base,
            signature: &content.request_signature,
            tag: REQUEST_TAG,
            party: consumer(record),
            at,
        },
    );
    if let Some(request) = &request {
        judgement.add("asked", is_this_request(request, record));
    }
    let answer = signed(
        judgement,
        record,
        "answer",
        members,
        Kept {
            base: &content.response_base,
            signature: &content.response_signature,
            tag: RESPONSE_TAG,
            party: provider(record),
            at,
        },
    );
    if let Some(answer) = &answer {
        judgement.add("answered", is_this_answer(answer, request.as_ref(), record, content));
    }
}

/// One party's signature. Only what was answered must bear both: a refusal can come before anything is signed.
fn signed<'a>(
    judgement: &mut Report,
    record: &Record,
    check: &'static str,
    members: &dyn Members,
    kept: Kept<'a>,
) -> Option<Base<'a>> {
    if kept.base.is_empty() && kept.signature.is_empty() {
        match &record.ended {
            Outcome::Answered { .. } => {
                judgement.add(check, Err("it is missing, although the exchange was answered".to_owned()))
            }
            Outcome::Refused(_) | Outcome::Failed(_) | Outcome::Stated { .. } | Outcome::Acted { .. } => {
                judgement
                    .absent(check, format!("none was signed: the exchange ended before ({})", record.ended.rule()));
            }
        }
        return None;
    }
    match signature::check(&kept, members) {
        Ok((base, made)) => {
            judgement.add(check, Ok(format!("signed by {} at {made}, with a key that was its own then", kept.party)));
            Some(base)
        }
        Err(why) => {
            judgement.add(check, Err(why));
            None
        }
    }
}

/// The signed request is the one that the record tells of.
fn is_this_request(request: &Base<'_>, record: &Record) -> Made {
    let exchange = &record.exchange;
    let target = request.value("\"@target-uri\"").unwrap_or_default();
    let path = target.strip_prefix("https://").and_then(|rest| rest.find('/').map(|slash| &rest[slash..]));
    let root = if exchange.kind == Kind::Parcel { "parcels" } else { "r1" };
    let rest = path.and_then(|path| path.strip_prefix(&format!("/{root}/{}", exchange.service)));
    if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?'])) {
        return Err("the signed request is for another service than the record".to_owned());
    }
    let agreement = match &exchange.basis {
        Some(Basis::Agreement { agreement, digest }) => Some(format!("{agreement};{digest}")),
        Some(Basis::Metaservice) | None => None,
    };
    for (component, recorded) in [
        ("\"x-road-client\"", Some(exchange.client.to_string())),
        ("\"x-road-request-id\"", Some(exchange.id.to_string())),
        ("\"packhorse-agreement\"", agreement.clone()),
        ("\"packhorse-purpose\"", exchange.purpose.clone()),
        ("\"packhorse-role\"", exchange.role.clone()),
    ] {
        // What was refused early may not have found its way into the record; what is there must agree.
        let must_agree = recorded.is_some() || matches!(record.ended, Outcome::Answered { .. });
        if must_agree && request.value(component) != recorded.as_deref() {
            return Err(format!("the signed request and the record differ in {component}"));
        }
    }
    let under = agreement.map_or_else(|| "no agreement".to_owned(), |agreement| format!("agreement {agreement}"));
    Ok(format!("exactly this was asked, under {under}"))
}

/// The signed answer belongs to the signed request, and says what the record says.
fn is_this_answer(answer: &Base<'_>, request: Option<&Base<'_>>, record: &Record, content: &Content) -> Made {
    let request = request.ok_or_else(|| "the request that it answers is not proved".to_owned())?;
    for component in REPEATED {
        if answer.value(&format!("{component};req")).is_none_or(|said| request.value(component) != Some(said)) {
            return Err(format!("the answer was signed over another request: {component} differs"));
        }
    }
    let request_signature = content.request_signature.strip_prefix(LABEL).and_then(|rest| rest.strip_prefix('='));
    let bound = [("signature", request_signature), ("signature-input", Some(request.parameters))];
    for (field, said) in bound {
        if said.is_none() || answer.value(&format!("\"{field}\";req;key=\"{LABEL}\"")) != said {
            return Err(format!("the answer was signed over another request: its {field} differs"));
        }
    }
    outcome(answer, record)
}

fn outcome(answer: &Base<'_>, record: &Record) -> Made {
    let said_by_provider = match &record.ended {
        Outcome::Answered { .. } => true,
        Outcome::Refused(refusal) => refusal.side == Side::Inbound,
        Outcome::Failed(fault) => fault.side == Side::Inbound,
        // A statement and an act are judged by themselves: nobody answered anything.
        Outcome::Stated { .. } | Outcome::Acted { .. } => false,
    };
    if !said_by_provider {
        return Ok(format!(
            "the provider answered this request; its answer was then {} by the asking side",
            record.ended.word()
        ));
    }
    if answer.value("\"packhorse-outcome\"") != Some(record.ended.word()) {
        return Err("the signed answer ended otherwise than the record says".to_owned());
    }
    let Outcome::Answered { status, given, withheld } = &record.ended else {
        return Ok(format!("exactly this request was {} by rule {}", record.ended.word(), record.ended.rule()));
    };
    let said = (answer.value("\"@status\""), answer.value("\"packhorse-cut\""));
    if said != (Some(status.to_string().as_str()), Some(format!("{given};{withheld}").as_str())) {
        return Err("the signed answer gave or withheld other than the record says".to_owned());
    }
    Ok(format!("exactly this request was answered with status {status}: {given} fields given, {withheld} withheld"))
}
