//! Incidents with their clocks and timelines, what they exposed, and what partners told of theirs.

use packhorse_governance::clock::{Clock, Duty, Extension, Nation, Pause, Standing};
use packhorse_governance::incident::{Kind, Link, Nature, Report, Risk, State, Step};
use packhorse_model::IncidentNotice;
use packhorse_openapi::{Case, Shape, either, object, of, words};

pub(super) fn shapes() -> Vec<Shape> {
    [incidents(), reports(), acts(), clocks(), exposed(), heard()].into_iter().flatten().collect()
}

fn incidents() -> Vec<Shape> {
    vec![
        object(
            "IncidentSummary",
            &[
                "id: uuid",
                "kind: IncidentKind",
                "state: IncidentState",
                "drill: boolean",
                "what",
                "reported_at: date-time",
                "noticed_at: date-time",
                "risk: Risk",
                "clock: Clock",
                "open_points: texts",
            ],
        ),
        object(
            "Incident",
            &[
                "id: uuid",
                "report: IncidentReport",
                "reported_by",
                "reported_at: date-time",
                "state: IncidentState",
                "clock: Clock",
                "assessment: IncidentAssessment",
                "links: [IncidentLink]",
                "regulator: Told or null",
                "people: Told or null",
                "partners: [PartnerTold]",
                "actions: [IncidentAction]",
                "lessons",
                "outcome",
                "timeline: [IncidentEntry]",
                "open_points: texts",
            ],
        ),
    ]
}

fn reports() -> Vec<Shape> {
    vec![
        object(
            "Breach",
            &[
                "id: uuid",
                "noticed_at: date-time",
                "reported_at: date-time",
                "kind: IncidentKind",
                "facts",
                "effects",
                "remedial_action",
                "nature: [Nature]",
                "people: integer",
                "records: integer",
                "risk: Risk",
                "regulator: Told or null",
                "people_told: Told or null",
                "partners: [PartnerTold]",
                "clock: Clock",
                "lessons",
                "state: IncidentState",
            ],
        ),
        of::<Report>(
            "IncidentReport",
            &["what", "kind: IncidentKind", "noticed_at: date-time", "drill: boolean", "exchange?: uuid"],
        ),
        words::<Kind>("IncidentKind"),
        words::<State>("IncidentState"),
    ]
}

fn acts() -> Vec<Shape> {
    vec![
        object(
            "IncidentAssessment",
            &[
                "nature: [Nature]",
                "risk: Risk",
                "people: integer",
                "records: integer",
                "categories",
                "consequences",
                "measures",
            ],
        ),
        words::<Nature>("Nature"),
        words::<Risk>("Risk"),
        either::<Link>(
            "IncidentLink",
            "link",
            &[("exchange", &["id: uuid"]), ("agreement", &["id"]), ("medium", &["id: uuid"]), ("partner", &["id"])],
        ),
        object("Told", &["told: boolean", "at: date-time", "reasoning", "reference", "late_reason"]),
        object("PartnerTold", &["organisation", "text", "queued_at: date-time", "taken_at: date-time or null"]),
        object("IncidentAction", &["what", "owner", "due_on: date", "done_at: date-time or null"]),
        object("IncidentEntry", &["at: date-time", "by", "step: IncidentStep"]),
        either::<Step>("IncidentStep", "step", STEPS),
    ]
}

const STEPS: &[Case] = &[
    ("note", &["text"]),
    ("assess", &["..IncidentAssessment"]),
    ("link", &["to: IncidentLink"]),
    ("unlink", &["to: IncidentLink"]),
    ("regulator", &["told: boolean", "at?: date-time", "reasoning", "reference?", "late_reason?"]),
    ("people", &["told: boolean", "at?: date-time", "reasoning"]),
    ("partner", &["organisation", "text"]),
    ("partner-took", &["organisation"]),
    ("action", &["what", "owner", "due_on: date"]),
    ("action-done", &["number: integer"]),
    ("lessons", &["text"]),
    ("close", &["outcome"]),
    ("reopen", &["reason"]),
];

fn clocks() -> Vec<Shape> {
    vec![
        of::<Clock>(
            "Clock",
            &[
                "duty: Duty",
                "nation: Nation",
                "started_at: date-time",
                "basis",
                "pauses: [Pause]",
                "extension?: Extension",
                "closed_at?: date-time",
            ],
        )
        .with(&[
            "due_at: date-time or null",
            "due_on: date or null",
            "standing: ClockStanding",
            "seconds_left: signed or null",
        ]),
        words::<Duty>("Duty"),
        words::<Nation>("Nation"),
        of::<Pause>("Pause", &["from: date-time", "to?: date-time", "reason"]),
        of::<Extension>("Extension", &["reason", "told_on: date"]),
        words::<Standing>("ClockStanding"),
    ]
}

fn exposed() -> Vec<Shape> {
    vec![
        object(
            "Exposure",
            &[
                "items: [ExposedThing]",
                "agreements: [ExposedAgreement]",
                "partners: texts",
                "special_categories: boolean",
                "exchanges: integer",
                "parcels: integer",
                "lost_media: integer",
            ],
        ),
        either::<Link>(
            "ExposedThing",
            "link",
            &[
                ("exchange", &["id: uuid", "found: boolean", "records: [RecordLine]", "parcels: [ExposedParcel]"]),
                ("agreement", &["id", "found: boolean", "exchanges: integer"]),
                (
                    "medium",
                    &[
                        "id: uuid",
                        "found: boolean",
                        "label?",
                        "lost_at?: date-time or null",
                        "made_at?: date-time",
                        "handed_over?: [HandedOver]",
                        "parcels?: [ParcelAboard]",
                    ],
                ),
                ("partner", &["id", "found: boolean", "exchanges: integer"]),
            ],
        ),
        object(
            "ExposedAgreement",
            &[
                "id",
                "held: boolean",
                "title?",
                "people?: texts",
                "special_categories?: boolean",
                "fields?: texts",
                "marking?: Marking or null",
                "breach_handling?",
                "parties?: texts",
            ],
        ),
        object("ExposedParcel", &["side: Side", "from", "to", "agreement", "said: [SaidOfParcel]"]),
        object("SaidOfParcel", &["event", "at: date-time", "organisation"]),
        object("HandedOver", &["to", "at: date-time"]),
        object(
            "ParcelAboard",
            &["parcel: uuid", "to", "bytes: integer", "sealed: boolean", "said: [SaidOfParcel] or null"],
        ),
    ]
}

fn heard() -> Vec<Shape> {
    vec![
        object("SignedIncidentNotice", &["notice: IncidentNotice", "signature: DocumentSignature"]),
        of::<IncidentNotice>(
            "IncidentNotice",
            &[
                "id: uuid",
                "incident: uuid",
                "from",
                "to",
                "noticed_at: date-time",
                "drill: boolean",
                "text",
                "agreements: texts",
                "exchanges: [uuid]",
                "at: date-time",
            ],
        ),
    ]
}
