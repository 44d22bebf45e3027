//! The evidence: lines of lists, records, receipts.

use packhorse_keys::DocumentSignature;
use packhorse_model::record::{Content, Moments, Outcome, ReceiptContent};
use packhorse_model::refusal::FaultKind;
use packhorse_model::{Basis, Kind, Receipt, Side};
use packhorse_openapi::{Shape, either, object, of, words};

pub(super) fn shapes() -> Vec<Shape> {
    [kept(), ended(), proved()].into_iter().flatten().collect()
}

fn kept() -> Vec<Shape> {
    vec![
        object(
            "RecordLine",
            &[
                "index: integer",
                "exchange: uuid",
                "side: Side",
                "at: date-time",
                "kind: ExchangeKind",
                "partner",
                "client",
                "service",
                "agreement",
                "outcome: answered|refused|failed|stated|acted",
                "rule",
                "erased: date-time or null",
            ],
        ),
        words::<Side>("Side"),
        words::<Kind>("ExchangeKind"),
        object("KeptRecord", &["..RecordLine", "record: Record or null", "content: RecordContent or null"]),
        object(
            "Record",
            &[
                "version: integer",
                "side: Side",
                "id: uuid",
                "kind: ExchangeKind",
                "client",
                "service",
                "basis?: Basis",
                "purpose?",
                "role?",
                "ended: RecordOutcome",
                "moments: Moments",
                "sizes: [integer]",
                "content",
            ],
        ),
        either::<Basis>("Basis", "basis", &[("agreement", &["agreement", "digest"]), ("metaservice", &[])]),
    ]
}

fn ended() -> Vec<Shape> {
    vec![
        either::<Outcome>(
            "RecordOutcome",
            "outcome",
            &[
                ("answered", &["status: integer", "given: integer", "withheld: integer"]),
                ("refused", &["..Refusal"]),
                ("failed", &["side: Side", "kind: FaultKind", "reason"]),
                ("stated", &["parcel: uuid", "event", "organisation"]),
                ("acted", &["act", "subject", "until?: date"]),
            ],
        ),
        words::<FaultKind>("FaultKind"),
        // Milliseconds since 1970.
        of::<Moments>(
            "Moments",
            &["request-in: integer", "request-out: integer", "response-in: integer", "response-out: integer"],
        ),
    ]
}

fn proved() -> Vec<Shape> {
    vec![
        of::<Content>(
            "RecordContent",
            &[
                "request_base?",
                "request_signature?",
                "response_base?",
                "response_signature?",
                "statement?",
                "statement_signature?: DocumentSignature",
                "message_id?",
                "target?",
                "user?",
                "case?",
            ],
        ),
        of::<DocumentSignature>("DocumentSignature", &["key", "signature"]),
        of::<Receipt>(
            "Receipt",
            &["version: integer", "organisation", "record: Record", "salt", "content?: ReceiptContent", "proof"],
        ),
        of::<ReceiptContent>("ReceiptContent", &["content: RecordContent", "salt"]),
    ]
}
