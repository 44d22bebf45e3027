//! Rights requests, decisions to share, information assets.

use packhorse_governance::assets::{Asset, Statement};
use packhorse_governance::rights::{Kind, Received, State, Step};
use packhorse_governance::sharing::{AbsentReason, ChildTests, Form, SharingDecision, Test, Verdict};
use packhorse_openapi::{Case, Shape, either, object, of, words};

use crate::inside::api::sharing::FORM;

pub(super) fn shapes() -> Vec<Shape> {
    [requests(), decisions(), assets()].into_iter().flatten().collect()
}

fn requests() -> Vec<Shape> {
    vec![
        object(
            "RequestSummary",
            &[
                "id: uuid",
                "kind: RequestKind",
                "state: RequestState",
                "received_at: date-time",
                "channel",
                "clock: Clock or null",
                "ended_at: date-time or null",
            ],
        ),
        object(
            "Request",
            &[
                "id: uuid",
                "received: RequestReceived",
                "entered_by",
                "entered_at: date-time",
                "state: RequestState",
                "clock: Clock or null",
                "searches: [RequestSearch]",
                "exemptions: [Exemption]",
                "outcome",
                "ended_at: date-time or null",
                "forgotten_at: date-time or null",
                "timeline: [RequestEntry]",
            ],
        ),
        of::<Received>(
            "RequestReceived",
            &[
                "kind: RequestKind",
                "what",
                "requester",
                "channel",
                "received_at: date-time",
                "identity_needed: boolean",
                "exchange?: uuid",
            ],
        ),
        words::<Kind>("RequestKind"),
        words::<State>("RequestState"),
        object("RequestSearch", &["place", "note", "found: integer", "at: date-time", "by"]),
        object("Exemption", &["item", "code", "reason", "decided_by", "agreed_by: text or null", "released: boolean"]),
        object("RequestEntry", &["at: date-time", "by", "step: RequestStep"]),
        either::<Step>("RequestStep", "step", STEPS),
    ]
}

const STEPS: &[Case] = &[
    ("note", &["text"]),
    ("identity", &["at?: date-time"]),
    ("ask", &["at?: date-time", "question"]),
    ("clarified", &["at?: date-time"]),
    ("extend", &["reason", "told_on: date"]),
    ("acknowledge", &["at?: date-time"]),
    ("search", &["place", "note", "found: integer"]),
    ("exempt", &["item", "code", "reason"]),
    ("agree", &["number: integer"]),
    ("release", &["number: integer"]),
    ("answer", &["at?: date-time", "summary"]),
    ("refuse", &["at?: date-time", "reason"]),
    ("forget", &[]),
];

fn decisions() -> Vec<Shape> {
    vec![
        of::<SharingDecision>(
            "SharingDecision",
            &["id: uuid", "recorded_by", "recorded_at: date-time", "form: SharingForm"],
        ),
        of::<Form>("SharingForm", FORM),
        words::<Verdict>("SharingVerdict"),
        of::<ChildTests>(
            "ChildTests",
            &[
                "relevance: SharingTest",
                "facilitates_function: SharingTest",
                "detriment: SharingTest",
                "consistent_identifier: boolean",
                "absent_reason?: AbsentReason",
            ],
        ),
        of::<Test>("SharingTest", &["answer: boolean", "reason"]),
        words::<AbsentReason>("AbsentReason"),
    ]
}

fn assets() -> Vec<Shape> {
    vec![
        of::<Asset>(
            "Asset",
            &[
                "code",
                "title",
                "description",
                "owner",
                "people: texts",
                "data: texts",
                "special: boolean",
                "services: texts",
                "retention",
                "statements: [AssetStatement]",
            ],
        )
        .with(&["stated: boolean"]),
        of::<Statement>("AssetStatement", &["on: date", "by", "text"]),
    ]
}
