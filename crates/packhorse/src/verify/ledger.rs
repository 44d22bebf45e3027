//! The record is in the ledger of the organisation that keeps it, under a head that its ledger key signed.
//!
//! It must never look at the exchange: the ledger's entry is a salted digest of the record's bytes.

use packhorse_ledger::{LogProof, Policy, SignatureKind, VerifierKey, leaf_hash};
use packhorse_model::organisation::{Members, Organisation};
use packhorse_model::record::salted_digest;

use super::receipt::Opened;
use super::unlisted;
use crate::report::Made;

/// Follows the proof from the record's bytes to a head signed by the organisation.
pub(super) fn entry(opened: &Opened, members: &dyn Members) -> Made {
    let keeper = &opened.receipt.organisation;
    let organisation = members.organisation(keeper).ok_or_else(|| unlisted(keeper))?;
    let proof = LogProof::parse(opened.receipt.proof.as_bytes()).map_err(|error| error.to_string())?;
    let logs = ledger_keys(&organisation).map_err(|error| error.to_string())?;
    let policy = Policy::threshold(&logs, &[], 0).map_err(|error| error.to_string())?;
    let entry = salted_digest(&opened.salt, opened.receipt.record.get().as_bytes());
    let head = proof.verify(&leaf_hash(&entry), &policy).map_err(|error| error.to_string())?;
    let checkpoint = head.checkpoint();
    Ok(format!(
        "the record is entry {} of the {} in the ledger {}, under a head signed by its ledger key",
        proof.index(),
        checkpoint.size(),
        checkpoint.origin()
    ))
}

/// The keys by which the heads of an organisation's ledger are verified, former ones included.
fn ledger_keys(organisation: &Organisation) -> Result<Vec<VerifierKey>, packhorse_ledger::LedgerError> {
    let origin = organisation.ledger_origin();
    organisation.ledger_keys().map(|key| VerifierKey::new(&origin, SignatureKind::Note, key)).collect()
}
