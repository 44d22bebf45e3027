//! Figures, the survey, records of processing, the annual report.

use packhorse_governance::pulse::{Answer, Question, Tally, Wave};
use packhorse_openapi::{Shape, object, of, words};

pub(super) fn shapes() -> Vec<Shape> {
    [dashboard(), exchanges(), staff(), survey(), processing(), annual()].into_iter().flatten().collect()
}

fn dashboard() -> Vec<Shape> {
    vec![
        object(
            "Figures",
            &[
                "period: Period",
                "headline: Measure or null",
                "measures: [Measure]",
                "survey: Survey or null",
                "exchanges: ExchangeFigures",
                "by_month: [MonthFigure]",
                "staff: [StaffFigure]",
                "training: StaffShare",
                "organisations: OrganisationFigures",
                "acceptable_use: AcceptableUseFigures",
                "vetting: VettingFigures",
                "agreements: [AgreementFigure]",
                "incidents: IncidentFigures",
                "overrides: integer",
            ],
        ),
        object("Period", &["from", "to"]),
        object(
            "Measure",
            &[
                "id",
                "label",
                "permille_2009: integer",
                "meaning",
                "measured",
                "target: integer or null",
                "ours: Share or null",
                "tiers: [GroupShare]",
                "departments: [GroupShare]",
                "gap: integer or null",
            ],
        ),
        object("OrganisationFigures", &["charter: Share", "risk_policy: Share", "siro: Share"]),
        object("Share", &["count: integer", "of: integer", "permille: integer or null"]),
        object("GroupShare", &["name", "permille: integer or null"]),
        object("AgreementFigure", &["state: AgreementState", "agreements: integer"]),
        object("IncidentFigures", &["real: integer", "drills: integer"]),
    ]
}

fn exchanges() -> Vec<Shape> {
    vec![
        object(
            "ExchangeFigures",
            &[
                "total: integer",
                "by_kind: [KindFigure]",
                "by_partner: [PartnerFigure]",
                "by_outcome: [OutcomeFigure]",
                "refusals: [RuleFigure]",
                "channels: [ChannelFigure]",
                "parcels_sent: integer",
                "parcels_delivered: integer",
                "parcels_on_lost_media: integer",
            ],
        ),
        object("Sums", &["exchanges: integer", "given: integer", "withheld: integer"]),
        object("KindFigure", &["kind: ExchangeKind", "..Sums"]),
        object("PartnerFigure", &["partner", "..Sums"]),
        object("OutcomeFigure", &["outcome", "..Sums"]),
        object("RuleFigure", &["rule: Rule", "..Sums"]),
        object("ChannelFigure", &["channel", "count: integer"]),
        object("MonthFigure", &["month", "kind: ExchangeKind", "outcome", "exchanges: integer"]),
    ]
}

fn staff() -> Vec<Shape> {
    vec![
        object("StaffFigure", &["tier", "department", "kind: ExchangeKind", "outcome", "exchanges: integer"]),
        object(
            "StaffShare",
            &["all: Share", "tiers: [StaffGroup]", "departments: [StaffGroup]", "gap: integer or null"],
        ),
        object("StaffGroup", &["name", "..Share"]),
        // Without a policy in force there is nothing to measure.
        object(
            "AcceptableUseFigures",
            &[
                "policy: PolicyInForce or null",
                "all?: Share",
                "tiers?: [StaffGroup]",
                "departments?: [StaffGroup]",
                "gap?: integer or null",
            ],
        ),
        object("PolicyInForce", &["version: integer", "in_force_from: date"]),
        object("VettingFigures", &["..StaffShare", "rules: integer"]),
    ]
}

fn survey() -> Vec<Shape> {
    vec![
        object("OwnSurvey", &["survey: Survey or null", "questions: [SurveyQuestion]", "answered: boolean"]),
        of::<Wave>("Survey", &["id: uuid", "title", "opened_at: date-time", "closed_at?: date-time"]),
        object("SurveyQuestion", &["id: SurveyQuestionId", "words"]),
        words::<Question>("SurveyQuestionId"),
        words::<Answer>("SurveyAnswer"),
        object(
            "SurveyResults",
            &["survey: Survey", "questions: [SurveyQuestion]", "answers: integer", "results: SurveyGroups or null"],
        ),
        object("SurveyGroups", &["all: SurveyGroup or null", "tiers: [SurveyGroup]", "departments: [SurveyGroup]"]),
        // By question; what is hidden has neither answers nor tallies.
        object("SurveyGroup", &["name", "answers: integer or null", "tallies: {Tally}"]),
        of::<Tally>("Tally", &["yes: integer", "no: integer", "dont_know: integer"]),
    ]
}

fn processing() -> Vec<Shape> {
    vec![
        object(
            "ProcessingRecord",
            &[
                "agreement",
                "version: integer",
                "title",
                "state: AgreementState",
                "controller",
                "role: PartyRole or null",
                "dpo: PartyContact or null",
                "parties: [ProcessingParty]",
                "processors: [Processor]",
                "purposes: ProcessingPurposes",
                "lawful_basis: LawfulBasis",
                "categories_of_people: texts",
                "types_of_data: [DataType]",
                "categories_of_data: texts",
                "recipients: texts",
                "onward: OnwardSharing",
                "transfers: Transfers",
                "retention",
                "security",
                "exchanges: integer",
                "shared: [SharedUnder]",
            ],
        ),
        object("ProcessingParty", &["organisation", "role: PartyRole"]),
        object("ProcessingPurposes", &["text", "codes: texts"]),
        object("LawfulBasis", &["article_6: [Art6]", "article_9: [Art9]", "legal_gateways: texts"]),
        object("Transfers", &["leaves_uk: boolean or null", "countries: texts", "safeguard"]),
        object(
            "SharedUnder",
            &[
                "partner",
                "service",
                "purpose",
                "side: Side",
                "kind: ExchangeKind",
                "outcome",
                "exchanges: integer",
                "fields_given: integer",
                "fields_withheld: integer",
            ],
        ),
    ]
}

fn annual() -> Vec<Shape> {
    vec![
        object(
            "AnnualReport",
            &[
                "organisation",
                "period: Period",
                "made_at: date-time",
                "figures: Figures",
                "incidents: AnnualIncidents",
                "requests: [AnnualRequests]",
                "decisions: AnnualDecisions",
                "assets: AnnualAssets",
                "lost_media: integer",
            ],
        ),
        object(
            "AnnualIncidents",
            &[
                "total: integer",
                "drills: integer",
                "by_kind: [IncidentsOfKind]",
                "told_regulator_in_time: integer",
                "told_regulator_late: integer",
                "people_told: integer",
                "open: integer",
                "lessons: [Lesson]",
                "actions_open: integer",
            ],
        ),
        object("IncidentsOfKind", &["kind: IncidentKind", "incidents: integer"]),
        object("Lesson", &["incident: uuid", "text"]),
        object(
            "AnnualRequests",
            &[
                "kind: RequestKind",
                "received: integer",
                "in_time: integer",
                "late: integer",
                "overdue: integer",
                "open: integer",
            ],
        ),
        object("AnnualDecisions", &["share: integer", "withhold: integer", "about_children: integer"]),
        object("AnnualAssets", &["total: integer", "owned: integer", "stated: integer"]),
    ]
}
