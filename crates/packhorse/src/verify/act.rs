//! An act of governance: the organisation signed it, and it is the one that the record tells of.

use jiff::Timestamp;
use packhorse_keys::verify_document;
use packhorse_model::act::{ACT_CONTEXT, GovernanceAct, SignedAct};
use packhorse_model::exchange::Kind;
use packhorse_model::organisation::Members;
use packhorse_model::record::{Content, Outcome, Record};

use super::unlisted;
use crate::report::{Made, Report};

/// Checks an act's signature, and holds it against the record.
pub(super) fn signature(judgement: &mut Report, record: &Record, content: &Content, members: &dyn Members) {
    let signed = content
        .statement_signature
        .clone()
        .ok_or_else(|| "its signature is missing".to_owned())
        .and_then(|signature| SignedAct::parse(&content.statement, signature).map_err(|error| error.to_string()));
    match signed {
        Ok(signed) => {
            judgement.add("signature", by_its_organisation(&signed, members));
            judgement.add("act", is_this_act(signed.document(), record));
        }
        Err(why) => judgement.add("act", Err(why)),
    }
}

fn by_its_organisation(signed: &SignedAct, members: &dyn Members) -> Made {
    let act = signed.document();
    let party = &act.organisation;
    let organisation = members.organisation(party).ok_or_else(|| unlisted(party))?;
    let key = organisation
        .signing_key_at(&signed.signature().key, act.at)
        .ok_or_else(|| format!("the signature's key was not a signing key of {party} at {}", act.at))?;
    verify_document(&key, ACT_CONTEXT, signed.as_str().as_bytes(), signed.signature())
        .map_err(|error| error.to_string())?;
    Ok(format!("signed by {party} at {}, with a key that was its own then", act.at))
}

fn is_this_act(act: &GovernanceAct, record: &Record) -> Made {
    let exchange = &record.exchange;
    let Outcome::Acted { act: word, subject, until } = &record.ended else {
        return Err("the record tells of no act".to_owned());
    };
    let same = act.id == exchange.id
        && exchange.kind == Kind::Act
        && exchange.basis.is_none()
        && act.act == *word
        && act.subject == *subject
        && act.until == *until
        && exchange.client == act.client()
        && act.service().is_ok_and(|service| service == exchange.service);
    if !same {
        return Err("the signed act is another than the record tells of".to_owned());
    }
    let at = Timestamp::from_millisecond(act.at.as_millisecond()).unwrap_or(act.at);
    if Timestamp::from_millisecond(record.moments.request_in).ok() != Some(at) {
        return Err("the signed act is of another time than the record".to_owned());
    }
    let person = act.person.as_ref().map_or_else(String::new, |person| format!(" ({person})"));
    Ok(format!("{} about {subject}, by {}{person}, because: {}", act.act, act.capacity, act.reason))
}
