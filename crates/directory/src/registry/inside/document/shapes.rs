//! Every shape of the document: what calls answer, and what stands within.

use packhorse_model::organisation::{Contact, GatewayEntry, Purpose, Status, SystemEntry};
use packhorse_openapi::{Shape, object, of, words};

use crate::assurance::{
    Assessment, Condition as ToMeet, Control, EvidenceDocument, Judgement, Outcome, Response, ResponseStatus,
    Signatory, Verdict,
};
use crate::registry::{Condition, Role, Sender, Standing};

/// All of them, in the order of the document.
pub(super) fn all() -> Vec<Shape> {
    [about(), network(), profiles(), requests(), members(), submissions(), decisions()].into_iter().flatten().collect()
}

fn about() -> Vec<Shape> {
    vec![
        object("Error", &["error", "remedy"]),
        object("Session", &["session", "..Named", "expires_at: date-time", "idle_minutes: integer"]),
        object("Named", &["name", "roles: [network-operator|network-auditor]"]),
        // As the gateways' own answer has it: an operator's token is nobody in particular.
        object("Me", &["person: text or null", "..Named", "network", "idle_seconds: integer"]),
        object("OperatorOfNetwork", &["name", "role: Role", "created: date-time"]),
        words::<Role>("Role"),
    ]
}

fn network() -> Vec<Shape> {
    vec![
        object(
            "Network",
            &[
                "network",
                "directory_size: integer",
                "members: integer",
                "requests_waiting: integer",
                "submissions_waiting: integer",
                "gateways: GatewaysByCondition",
                "items: [MemberAtAGlance]",
            ],
        ),
        object(
            "GatewaysByCondition",
            &[
                "healthy: integer",
                "behind: integer",
                "late: integer",
                "silent: integer",
                "ledger_shrank: integer",
                "never_heard: integer",
            ],
        ),
        words::<Condition>("GatewayCondition"),
        object(
            "Due",
            &[
                "date: date",
                "what: assurance_ends|condition_due",
                "organisation",
                "name",
                "class",
                "code",
                "standing: Standing",
                "control: text or null",
                "detail: text or null",
                "has_open_submission: boolean",
            ],
        ),
    ]
}

fn profiles() -> Vec<Shape> {
    vec![
        object(
            "ProfileSummary",
            &[
                "name",
                "title",
                "version",
                "issuer",
                "valid_from: date or null",
                "superseded_by: text or null",
                "valid_months: integer",
                "note: text or null",
                "size: integer",
            ],
        ),
        object("Profile", &["..ProfileSummary", "controls: [Control]"]),
        of::<Control>("Control", &["id", "domain", "requirement", "mandatory: boolean"]),
    ]
}

fn requests() -> Vec<Shape> {
    vec![
        object("RequestSummary", &["id", "organisation", "name", "received: date-time"]),
        object(
            "Request",
            &[
                "..RequestSummary",
                "siro: Contact",
                "contacts: [Contact]",
                "charter_url: text or null",
                "systems: [System]",
                "gateways: [Gateway]",
                "code_of_connection",
                "keys: [KeyFingerprint]",
                "fingerprint",
                "answers",
                "submission: Submission or null",
            ],
        ),
        object("KeyFingerprint", &["purpose: KeyPurpose", "fingerprint"]),
        words::<Purpose>("KeyPurpose"),
        of::<Contact>("Contact", &["role", "email", "phone?"]),
        of::<SystemEntry>("System", &["code", "name"]),
        of::<GatewayEntry>("Gateway", &["code", "address"]),
        object("FoundInRequest", &["request", "control"]),
    ]
}

fn members() -> Vec<Shape> {
    vec![
        object(
            "MemberAtAGlance",
            &[
                "organisation",
                "class",
                "code",
                "name",
                "status: MemberStatus",
                "standing: Standing",
                "outcome: Outcome or null",
                "profile: text or null",
                "ends: date or null",
                "days_left: signed or null",
                "conditions: [ConditionToMeet]",
                "has_open_submission: boolean",
                "gateways: [GatewayHealth]",
            ],
        ),
        words::<Status>("MemberStatus"),
        words::<Standing>("Standing"),
        object(
            "GatewayHealth",
            &[
                "gateway",
                "address",
                "condition: GatewayCondition",
                "heard_at: date-time or null",
                "version: text or null",
                "ledger_size: integer or null",
                "directory_size: integer or null",
            ],
        ),
        object(
            "Member",
            &[
                "..MemberAtAGlance",
                "siro: Contact",
                "contacts: [Contact]",
                "charter_url: text or null",
                "systems: [System]",
                "charter_signed_on: date or null",
                "training_stated_on: date or null",
                "code_of_connection_accepted_on: date or null",
                "submission: Submission or null",
                "assessments: [Assessment]",
            ],
        ),
        object("Submitted", &["organisation"]),
        object("FoundOfMember", &["organisation", "control"]),
        object("Changed", &["organisation", "entry: integer"]),
    ]
}

fn submissions() -> Vec<Shape> {
    vec![
        // Of a submission by a profile that is not known here only this much can be said, and why.
        object(
            "Submission",
            &[
                "profile: SubmissionProfile",
                "received: date-time",
                "unreadable?",
                "sender?: Sender",
                "digest?",
                "period?: text or null",
                "signed_by?: Signatory or null",
                "documents?: [EvidenceDocument]",
                "controls?: [AnsweredControl]",
                "assessed?: integer",
                "wanting?: integer",
            ],
        ),
        object(
            "SubmissionProfile",
            &[
                "name",
                "title?",
                "version?",
                "issuer?",
                "note?: text or null",
                "superseded_by?: text or null",
                "valid_months?: integer",
            ],
        ),
        words::<Sender>("Sender"),
        words::<Signatory>("Signatory"),
        of::<EvidenceDocument>("EvidenceDocument", &["name", "date: date", "reference?"]),
        object("AnsweredControl", &["..Control", "response: Response or null", "finding: Finding or null"]),
        of::<Response>(
            "Response",
            &["control", "status: ResponseStatus", "statement", "evidence?: texts", "remediation_due?: date"],
        ),
        words::<ResponseStatus>("ResponseStatus"),
        of::<Judgement>("Finding", &["verdict: Verdict", "note?", "due?: date"]),
        words::<Verdict>("Verdict"),
    ]
}

fn decisions() -> Vec<Shape> {
    vec![
        object("Decided", &["assessment: Assessment", "entry: integer or null"]),
        of::<Assessment>(
            "Assessment",
            &[
                "profile",
                "version",
                "assessor",
                "assessed_on: date",
                "outcome: Outcome",
                "valid_until?: date",
                "conditions?: [ConditionToMeet]",
                "reason?",
                "review?: {Finding}",
            ],
        )
        .with(&["holds_until: date or null"]),
        words::<Outcome>("Outcome"),
        of::<ToMeet>("ConditionToMeet", &["control", "what", "due: date", "met_on?: date"]),
    ]
}
