//! Agreements: what is listed, who said what, drafts, reviews, what would become of a request.

use packhorse_governance::agreements::calendar::ReviewStanding;
use packhorse_governance::agreements::drafting::Progress;
use packhorse_model::agreement::{Act, AgreementStatement, State};
use packhorse_model::{Refusal, Rule};
use packhorse_openapi::{Shape, either, object, of, words};

pub(super) fn shapes() -> Vec<Shape> {
    [held(), drafts(), explained()].into_iter().flatten().collect()
}

fn held() -> Vec<Shape> {
    vec![
        object(
            "AgreementSummary",
            &[
                "id",
                "version: integer",
                "title",
                "state: AgreementState",
                "digest",
                "parties: texts",
                "signed: texts",
                "waiting: texts",
                "notices: texts",
            ],
        ),
        words::<State>("AgreementState"),
        object(
            "Agreement",
            &["..AgreementSummary", "text: AgreementText", "statements: [AgreementStatement]", "policy"],
        ),
        of::<AgreementStatement>(
            "AgreementStatement",
            &["agreement", "version: integer", "digest", "organisation", "act: AgreementAct", "at: date-time"],
        ),
        either::<Act>(
            "AgreementAct",
            "kind",
            &[
                ("proposed", &[]),
                ("signed", &["name", "position", "authority"]),
                ("suspended", &["reason"]),
                ("resumed", &[]),
                ("ended", &["reason"]),
                ("withdrawn", &[]),
            ],
        ),
        object("AgreementVersion", &["..AgreementSummary", "signatures: [AgreementSignature]"]),
        object("AgreementSignature", &["organisation", "name", "position", "authority", "at: date-time"]),
        object("AgreementDifferences", &["id", "from: integer", "to: integer", "items: [AgreementDifference]"]),
        object("AgreementDifference", &["field", "before: text or null", "after: text or null"]),
        object(
            "AgreementReview",
            &[
                "agreement",
                "version: integer",
                "digest",
                "title",
                "state: AgreementState",
                "review_date: date or null",
                "end_date: date or null",
                "standing: ReviewStanding",
            ],
        ),
        words::<ReviewStanding>("ReviewStanding"),
        object("SamePurpose", &["purpose", "agreements: texts"]),
    ]
}

fn drafts() -> Vec<Shape> {
    vec![
        object("AgreementSectionName", &["section", "title", "group"]),
        object("AgreementDraftSummary", &["id", "version: integer", "title", "findings: integer"]),
        object(
            "AgreementDraft",
            &[
                "id",
                "version: integer",
                "title",
                "revision: integer",
                "tasks: [AgreementTask]",
                "text: AgreementText",
                "complete: boolean",
            ],
        ),
        object("AgreementTask", &["section", "title", "group", "progress: AgreementProgress", "findings: integer"]),
        words::<Progress>("AgreementProgress"),
        // The parts are those members of the text that belong to the section.
        object(
            "AgreementSection",
            &["id", "section", "title", "revision: integer", "parts: object", "findings: [Finding]"],
        ),
    ]
}

fn explained() -> Vec<Shape> {
    vec![
        object(
            "Explanation",
            &[
                "permitted: boolean",
                "text",
                "rules: [RuleOutcome]",
                "fields: texts or null",
                "refusal: Refusal or null",
            ],
        ),
        object("RuleOutcome", &["rule: Rule", "held: boolean", "why", "remedy"]),
        words::<Rule>("Rule"),
        of::<Refusal>("Refusal", &["side: Side", "rule: Rule", "reason", "remedy"]),
    ]
}
