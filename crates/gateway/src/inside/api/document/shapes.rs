//! Every shape of the document, by area.

mod agreement_text;
mod agreements;
mod asking;
mod assurance;
mod figures;
mod incidents;
mod members;
mod people;
mod records;
mod requests;
mod systems;

use packhorse_openapi::{Shape, object};

/// All of them, in the order of the document.
pub(super) fn all() -> Vec<Shape> {
    let areas = [
        about(),
        members::shapes(),
        people::shapes(),
        agreements::shapes(),
        agreement_text::shapes(),
        assurance::shapes(),
        systems::shapes(),
        records::shapes(),
        incidents::shapes(),
        requests::shapes(),
        figures::shapes(),
        asking::shapes(),
    ];
    areas.into_iter().flatten().collect()
}

fn about() -> Vec<Shape> {
    vec![
        // What was refused by a rule of the pipeline says which, on which side, and under which exchange it is on record.
        object("Error", &["error", "remedy", "findings?: [Finding]", "rule?: Rule", "side?: Side", "exchange?: uuid"]),
        object("Finding", &["field", "problem", "remedy"]),
        object("Removed", &["removed: boolean"]),
        object(
            "GatewayStatus",
            &["organisation", "gateway", "version", "directory: DirectoryStatus", "ledger: LedgerStatus"],
        ),
        object(
            "DirectoryStatus",
            &["size: integer", "age_seconds: signed or null", "fresh: boolean", "last_error: text or null"],
        ),
        object("LedgerStatus", &["size: integer", "published: integer"]),
    ]
}
