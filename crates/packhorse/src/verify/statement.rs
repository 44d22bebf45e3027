//! A statement about a parcel: the body that says it signed it, and it is the one that the record tells of.

use jiff::Timestamp;
use packhorse_keys::verify_document;
use packhorse_model::exchange::Basis;
use packhorse_model::organisation::Members;
use packhorse_model::parcel::{PARCEL_STATEMENT_CONTEXT, ParcelStatement, SignedStatement};
use packhorse_model::record::{Content, Outcome, Record};

use super::unlisted;
use crate::report::{Made, Report};

/// Checks a statement's signature, and holds it against the record.
pub(super) fn signature(judgement: &mut Report, record: &Record, content: &Content, members: &dyn Members) {
    let signed =
        content.statement_signature.clone().ok_or_else(|| "its signature is missing".to_owned()).and_then(
            |signature| SignedStatement::parse(&content.statement, signature).map_err(|error| error.to_string()),
        );
    match signed {
        Ok(signed) => {
            judgement.add("signature", by_its_organisation(&signed, members));
            judgement.add("statement", is_this_statement(signed.statement(), record));
        }
        Err(why) => judgement.add("statement", Err(why)),
    }
}

fn by_its_organisation(signed: &SignedStatement, members: &dyn Members) -> Made {
    let statement = signed.statement();
    let party = &statement.organisation;
    let organisation = members.organisation(party).ok_or_else(|| unlisted(party))?;
    let key = organisation
        .signing_key_at(&signed.signature().key, statement.at)
        .ok_or_else(|| format!("the signature's key was not a signing key of {party} at {}", statement.at))?;
    verify_document(&key, PARCEL_STATEMENT_CONTEXT, signed.as_str().as_bytes(), signed.signature())
        .map_err(|error| error.to_string())?;
    if !statement.is_by_the_right_side() {
        return Err(format!("it is not for {party} to say"));
    }
    Ok(format!("signed by {party} at {}, with a key that was its own then", statement.at))
}

fn is_this_statement(statement: &ParcelStatement, record: &Record) -> Made {
    let exchange = &record.exchange;
    let Outcome::Stated { parcel, event, organisation } = &record.ended else {
        return Err("the record tells of no statement".to_owned());
    };
    let basis = Basis::Agreement { agreement: statement.agreement.clone(), digest: statement.agreement_digest };
    let same = statement.id == exchange.id
        && statement.parcel == *parcel
        && statement.what.word() == event
        && statement.organisation == *organisation
        && exchange.client.system() == Some(&statement.from)
        && exchange.service == statement.to
        && exchange.basis.as_ref() == Some(&basis);
    if !same {
        return Err("the signed statement is another than the record tells of".to_owned());
    }
    if Timestamp::from_millisecond(record.moments.request_in).ok() != Some(at_millisecond(statement.at)) {
        return Err("the signed statement is of another time than the record".to_owned());
    }
    let through = statement.system.as_ref().map_or_else(String::new, |system| format!(", through {system}"));
    let by = statement.person.as_ref().map_or_else(String::new, |person| format!(", by {person}"));
    Ok(format!("parcel {parcel} was {event}{through}{by}, under agreement {}", statement.agreement))
}

/// Records count in milliseconds.
fn at_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
