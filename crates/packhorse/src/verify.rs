//! Judges a receipt offline: is the record in the organisation's ledger, and did both parties sign the exchange? That of
//! a parcel is a chain of such receipts.
//!
//! Needs the receipt and what the directory states of its two parties, nothing else; it reads no file and opens no
//! connection. It trusts nothing that the receipt says of itself: each check names what it proves, and a check that
//! cannot be made is said, never passed over.

mod act;
mod base;
mod chain;
mod exchange;
mod ledger;
mod receipt;
mod signature;
mod statement;
mod waybill;

use packhorse_model::OrganisationId;
use packhorse_model::organisation::Members;
use packhorse_model::record::Outcome;

use crate::report::Report;

/// What is lost, and what is not, with the erasable part of a record.
const ERASED: &str = "it was erased: that the exchange was recorded is proved, who signed what can no longer be shown";

/// Judges a receipt, of one exchange or of a parcel, by what the directory states of its parties.
pub(crate) fn judge(receipt: &[u8], members: &dyn Members) -> Report {
    chain::judge(receipt, members).unwrap_or_else(|| one(receipt, members))
}

/// Judges the receipt of one exchange, or of one statement about a parcel.
fn one(receipt: &[u8], members: &dyn Members) -> Report {
    let mut judgement = Report::default();
    let opened = match receipt::open(receipt) {
        Ok(opened) => opened,
        Err(why) => {
            judgement.add("receipt", Err(why));
            return judgement;
        }
    };
    judgement.add("receipt", Ok(receipt::summary(&opened)));
    judgement.add("party", receipt::party(&opened));
    judgement.add("ledger", ledger::entry(&opened, members));
    match receipt::content(&opened) {
        Ok(Some(content)) => {
            judgement.add("content", Ok("it is what the record was made with".to_owned()));
            match &opened.record.ended {
                Outcome::Stated { .. } => statement::signature(&mut judgement, &opened.record, &content, members),
                Outcome::Acted { .. } => act::signature(&mut judgement, &opened.record, &content, members),
                _ if !content.statement.is_empty() => {
                    waybill::signature(&mut judgement, &opened.record, &content, members);
                }
                _ => exchange::signatures(&mut judgement, &opened.record, &content, members),
            }
        }
        Ok(None) => judgement.absent("content", ERASED),
        Err(why) => judgement.add("content", Err(why)),
    }
    judgement
}

/// A snapshot can be older than the receipt that is judged by it.
fn unlisted(organisation: &OrganisationId) -> String {
    format!("the directory at hand does not list {organisation}; is it older than the receipt?")
}

#[cfg(test)]
mod tests;
