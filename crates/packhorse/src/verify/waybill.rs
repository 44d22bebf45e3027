//! A waybill: the parcel came on a medium, so its sender signed this in place of a request, and nobody an answer.

use packhorse_keys::verify_document;
use packhorse_model::exchange::Basis;
use packhorse_model::organisation::Members;
use packhorse_model::parcel::{SignedWaybill, WAYBILL_CONTEXT};
use packhorse_model::record::{Content, Record};

use super::unlisted;
use crate::report::{Made, Report};

/// Checks a waybill's signature, and holds it against the record.
pub(super) fn signature(judgement: &mut Report, record: &Record, content: &Content, members: &dyn Members) {
    let signed =
        content.statement_signature.clone().ok_or_else(|| "its signature is missing".to_owned()).and_then(
            |signature| SignedWaybill::parse(&content.statement, signature).map_err(|error| error.to_string()),
        );
    match signed {
        Ok(signed) => {
            judgement.add("signature", by_the_sender(&signed, members));
            judgement.add("waybill", is_this_waybill(&signed, record));
        }
        Err(why) => judgement.add("waybill", Err(why)),
    }
}

fn by_the_sender(signed: &SignedWaybill, members: &dyn Members) -> Made {
    let waybill = signed.waybill();
    let party = &waybill.from.organisation;
    let organisation = members.organisation(party).ok_or_else(|| unlisted(party))?;
    let key = organisation
        .signing_key_at(&signed.signature().key, waybill.at)
        .ok_or_else(|| format!("the signature's key was not a signing key of {party} at {}", waybill.at))?;
    verify_document(&key, WAYBILL_CONTEXT, signed.as_str().as_bytes(), signed.signature())
        .map_err(|error| error.to_string())?;
    Ok(format!("signed by {party} at {}, with a key that was its own then", waybill.at))
}

fn is_this_waybill(signed: &SignedWaybill, record: &Record) -> Made {
    let (waybill, exchange) = (signed.waybill(), &record.exchange);
    let basis = Basis::Agreement { agreement: waybill.agreement.clone(), digest: waybill.agreement_digest };
    // What was refused early may not have found its way into the record; what is there must agree.
    let same = exchange.client.system() == Some(&waybill.from)
        && exchange.service == waybill.to
        && exchange.basis.as_ref().is_none_or(|recorded| *recorded == basis)
        && (exchange.basis.is_none() || (&exchange.purpose, &exchange.role) == (&waybill.purpose, &waybill.role));
    if !same {
        return Err("the signed waybill is another than the record tells of".to_owned());
    }
    let (parcel, medium) = (waybill.offer.parcel, waybill.medium);
    let ended = record.ended.word();
    Ok(format!("parcel {parcel} was brought on medium {medium}, and {ended}, under agreement {}", waybill.agreement))
}
