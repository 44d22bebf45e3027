//! The text of an agreement, as docs/protocol/agreement.md has it.

use packhorse_model::Marking;
use packhorse_model::agreement::{
    Agreement, Answer, Art6, Art9, Benefit, BenefitKind, ConfidentialityBasis, Contact, ContactRole, Control, Data,
    DataType, Delivery, Dpia, Flow, FoiPublication, Format, Frequency, Function, Governance, Grant, HumanRightsTest,
    Instrument, Law, LegitimateInterest, Life, OnwardSharing, Part3Basis, Part3Subject, Party, Processor, Purpose,
    Rights, Role, Sch1, Tier,
};
use packhorse_model::service::Operation;
use packhorse_openapi::{Shape, of, words};

pub(super) fn shapes() -> Vec<Shape> {
    [whole(), who(), why_and_what(), law(), how(), under_what()].into_iter().flatten().collect()
}

fn whole() -> Vec<Shape> {
    vec![of::<Agreement>(
        "AgreementText",
        &[
            "id",
            "version: integer",
            "title",
            "instrument?: Instrument",
            "tier?: AgreementTier",
            "parent?",
            "parties: [Party]",
            "control: Control",
            "purpose: AgreementPurpose",
            "data: AgreementData",
            "law: Law",
            "flow: Flow",
            "governance: AgreementGovernance",
            "rights: AgreementRights",
            "life: AgreementLife",
            "grants: [Grant]",
        ],
    )]
}

fn who() -> Vec<Shape> {
    vec![
        words::<Instrument>("Instrument"),
        words::<Tier>("AgreementTier"),
        of::<Party>(
            "Party",
            &["organisation", "role: PartyRole", "function: PartyFunction", "contacts: [PartyContact]"],
        ),
        words::<Role>("PartyRole"),
        words::<Function>("PartyFunction"),
        of::<Contact>("PartyContact", &["role: ContactRole", "name", "email"]),
        words::<ContactRole>("ContactRole"),
        of::<Control>(
            "Control",
            &[
                "joint_controllers: boolean",
                "joint_arrangement",
                "processors: [Processor]",
                "other_organisations: texts",
            ],
        ),
        of::<Processor>("Processor", &["name", "contract"]),
    ]
}

fn why_and_what() -> Vec<Shape> {
    vec![
        of::<Purpose>(
            "AgreementPurpose",
            &[
                "purpose",
                "aims",
                "how_data_helps",
                "benefits: [Benefit]",
                "impact_if_not_shared",
                "service_user_groups: texts",
                "what_happens_at_each_stage",
            ],
        ),
        of::<Benefit>("Benefit", &["kind: BenefitKind", "how"]),
        words::<BenefitKind>("BenefitKind"),
        of::<Data>(
            "AgreementData",
            &[
                "types: [DataType]",
                "subjects: texts",
                "part3_subjects: [Part3Subject]",
                "matching_keys: texts",
                "volume",
                "frequency?: Frequency",
                "first_needed_on?: date",
                "marking?: Marking",
            ],
        ),
        words::<DataType>("DataType"),
        words::<Part3Subject>("Part3Subject"),
        words::<Frequency>("Frequency"),
        words::<Marking>("Marking"),
    ]
}

fn law() -> Vec<Shape> {
    vec![
        of::<Law>(
            "Law",
            &[
                "legal_power?: LegalAnswer",
                "legal_power_text",
                "legal_gateways: texts",
                "legal_advice",
                "art6: [Art6]",
                "legitimate_interest_conditions: [LegitimateInterest]",
                "art9: [Art9]",
                "sch1: [Sch1]",
                "policy_document",
                "part3_basis?: Part3Basis",
                "confidentiality_basis?: ConfidentialityBasis",
                "necessity",
                "proportionality",
                "hra_test?: HumanRightsTest",
                "dpia: AgreementDpia",
            ],
        ),
        words::<Answer>("LegalAnswer"),
        words::<Art6>("Art6"),
        words::<LegitimateInterest>("LegitimateInterest"),
        words::<Art9>("Art9"),
        words::<Sch1>("Sch1"),
        words::<Part3Basis>("Part3Basis"),
        words::<ConfidentialityBasis>("ConfidentialityBasis"),
        of::<HumanRightsTest>(
            "HumanRightsTest",
            &["in_accordance_with_law", "legitimate_aim", "necessary", "proportionate"],
        ),
        of::<Dpia>("AgreementDpia", &["considered: boolean", "reference", "outcome", "dpo_view"]),
    ]
}

fn how() -> Vec<Shape> {
    vec![
        of::<Flow>(
            "Flow",
            &[
                "delivery?: Delivery",
                "format?: FlowFormat",
                "leaves_uk?: boolean",
                "countries: texts",
                "safeguard",
                "method",
                "purposes_permitted: texts",
                "roles_permitted: texts",
                "training_required: texts",
            ],
        ),
        words::<Delivery>("Delivery"),
        words::<Format>("FlowFormat"),
    ]
}

fn under_what() -> Vec<Shape> {
    vec![
        of::<Governance>(
            "AgreementGovernance",
            &[
                "accuracy_arrangements",
                "security_measures",
                "breach_handling",
                "complaints_handling",
                "training",
                "vetting",
                "retention_period",
                "deletion",
                "disposal_evidence",
                "onward_sharing: OnwardSharing",
            ],
        ),
        of::<OnwardSharing>("OnwardSharing", &["organisations: texts", "others: texts"]),
        of::<Rights>(
            "AgreementRights",
            &[
                "individual_rights_arrangements",
                "privacy_information_url",
                "objections",
                "foi_publication: FoiPublication",
            ],
        ),
        of::<FoiPublication>("FoiPublication", &["publish?: boolean", "redactions: texts"]),
        of::<Life>(
            "AgreementLife",
            &[
                "start_date?: date",
                "end_date?: date",
                "review_date?: date",
                "review_outcome",
                "termination_terms",
                "suspension_terms",
                "consent_processes",
            ],
        ),
        of::<Grant>(
            "Grant",
            &[
                "service",
                "operations: [Operation]",
                "to: texts",
                "fields: texts",
                "purposes?: texts",
                "roles?: texts",
                "training_months?: integer",
                "per_day?: integer",
            ],
        ),
        of::<Operation>("Operation", &["method", "path"]),
    ]
}
