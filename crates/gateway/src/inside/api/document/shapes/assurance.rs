//! What opens the gates: charter, policies, SIRO, incident route, assessments, training, vetting; and how each gate stands.

use packhorse_governance::assurance::{
    AcceptableUse, Acceptance, Appointment, Charter, Course, Dpia, DpiaOutcome, Drill, Entry, Gate, IncidentRoute,
    Override, RequiredBy, RiskPolicy, Settings, Standing, Vetting, VettingLevel, VettingRule,
};
use packhorse_openapi::{Shape, object, of, words};

pub(super) fn shapes() -> Vec<Shape> {
    [papers(), policies(), settings(), gates(), training(), vetting()].into_iter().flatten().collect()
}

fn papers() -> Vec<Shape> {
    vec![
        object(
            "Assurance",
            &[
                "charter: Charter or null",
                "charter_draft: Charter or null",
                "risk_policy: RiskPolicy or null",
                "acceptable_use: AcceptableUse or null",
                "acceptable_use_coming: AcceptableUse or null",
                "siro: Appointment or null",
                "appointments: [Appointment]",
                "incident_route: IncidentRoute or null",
                "settings: AssuranceSettings",
                "gates: [GateState]",
            ],
        ),
        of::<Charter>(
            "Charter",
            &[
                "version: integer",
                "title",
                "text",
                "welsh_text",
                "url",
                "contact",
                "dpo",
                "approved_by",
                "legislation: texts",
                "review_date: date or null",
                "published_on: date or null",
            ],
        ),
        of::<Appointment>("Appointment", &["account", "name", "appointed_by", "start: date", "end?: date"]),
        of::<IncidentRoute>("IncidentRoute", &["text", "contact", "phone", "drills: [Drill]"]),
        of::<Drill>("Drill", &["on: date", "found"]),
        of::<Dpia>(
            "Dpia",
            &[
                "agreement",
                "description",
                "necessity",
                "risks",
                "measures",
                "dpo_advice",
                "outcome: DpiaOutcome",
                "decided_by",
                "decided_on?: date",
                "review_date?: date",
            ],
        ),
        words::<DpiaOutcome>("DpiaOutcome"),
        object("ListedDpia", &["..Dpia", "held: boolean"]),
    ]
}

fn policies() -> Vec<Shape> {
    vec![
        of::<RiskPolicy>(
            "RiskPolicy",
            &[
                "version: integer",
                "title",
                "text",
                "approved_by",
                "approval_minute",
                "approved_on: date",
                "expires_on: date",
            ],
        ),
        of::<AcceptableUse>(
            "AcceptableUse",
            &["version: integer", "title", "text", "in_force_from: date", "review_date: date", "published_on?: date"],
        ),
        of::<Acceptance>("Acceptance", &["version: integer", "on: date"]),
        object("ToAccept", &["version: integer", "in_force_from: date", "refused_from: date"]),
        // An operator's token accepts nothing.
        object(
            "OwnAcceptableUse",
            &[
                "in_force: AcceptableUse or null",
                "coming: AcceptableUse or null",
                "accepted: [Acceptance] or null",
                "to_accept: ToAccept or null",
            ],
        ),
    ]
}

fn settings() -> Vec<Shape> {
    vec![of::<Settings>(
        "AssuranceSettings",
        &[
            "due_days: integer",
            "charter_grace_days: integer",
            "risk_policy_grace_days: integer",
            "siro_grace_days: integer",
            "incident_route_grace_days: integer",
            "acceptable_use_grace_days: integer",
            "charter_months_max: integer",
            "risk_policy_months_max: integer",
            "acceptable_use_months_max: integer",
            "drill_months: integer",
            "override_days_max: integer",
            "training_reminder_days: integer",
            "training_grace_days: integer",
            "vetting_grace_days: integer",
            "vetting: [VettingRule]",
            "public_url",
        ],
    )]
}

fn gates() -> Vec<Shape> {
    vec![
        words::<Gate>("Gate"),
        words::<Standing>("GateStanding"),
        object(
            "GateState",
            &[
                "gate: Gate",
                "asks",
                "standing: GateStanding",
                "until: date or null",
                "why",
                "remedy",
                "overridden_until: date or null",
                "agreement: text or null",
                "may_be_overridden: boolean",
            ],
        ),
        object(
            "GateExplained",
            &["gate: Gate", "asks", "remedy", "stands_because: text or null", "items: [GateState]"],
        ),
        of::<Override>(
            "Override",
            &["gate: Gate", "agreement?", "reason", "until: date", "by", "from: date", "act: uuid"],
        ),
        object("OverrideEnded", &["gate: Gate", "act: uuid"]),
    ]
}

fn training() -> Vec<Shape> {
    vec![
        of::<Course>("Course", &["code", "title", "valid_months: integer", "pass_mark: integer"]),
        of::<Entry>("CoursePassed", &["course", "passed_on: date", "score?: integer", "expires_on: date"]),
        object("TrainingRecord", &["person", "lapsing: boolean", "courses: [CourseRecord]"]),
        object(
            "CourseRecord",
            &[
                "course",
                "passed_on: date",
                "score: integer or null",
                "expires_on: date",
                "counts: boolean",
                "reminded: boolean",
            ],
        ),
        object("OwnTraining", &["..TrainingRecord", "offered: [Course]"]),
        object("Imported", &["entered: integer", "known: integer", "refused: integer", "refusals: [RefusedRow]"]),
        object("RefusedRow", &["line: integer", "why"]),
    ]
}

fn vetting() -> Vec<Shape> {
    vec![
        words::<VettingLevel>("VettingLevel"),
        of::<Vetting>("Vetting", &["level: VettingLevel", "granted_on: date", "ends_on: date"]),
        object("VettingEntry", &["person", "..Vetting", "counts: boolean", "lapsing: boolean"]),
        words::<RequiredBy>("RequiredBy"),
        of::<VettingRule>("VettingRule", &["by: RequiredBy", "name", "level: VettingLevel"]),
    ]
}
