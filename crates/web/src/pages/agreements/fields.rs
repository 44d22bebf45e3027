//! The fields of each section of a draft: what is asked, how it is typed, and where in the agreement it stands.

/// How a field is filled in.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Line,
    Text,
    /// One on each line.
    List,
    Day,
    YesNo,
    One(&'static [(&'static str, &'static str)]),
    Any(&'static [(&'static str, &'static str)]),
}

/// A field: its place in the agreement, names joined by dots.
pub(super) struct Field {
    pub(super) place: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) kind: Kind,
}

const fn field(place: &'static str, label: &'static str, hint: &'static str, kind: Kind) -> Field {
    Field { place, label, hint, kind }
}

const INSTRUMENT: Kind = Kind::One(&[
    ("dsa", "Data sharing agreement"),
    ("dda", "Data disclosure agreement: one way"),
    ("isp", "Information sharing protocol: regular and reciprocal"),
    ("jca", "Joint controller agreement"),
    ("dpa", "Data processing agreement"),
    ("accord", "Accord signed by chief executives"),
    ("mou", "Memorandum of understanding"),
]);
const TIER: Kind = Kind::One(&[
    ("specific", "Specific: it says what may be asked"),
    ("overarching", "Overarching: a framework for others"),
]);
const TYPES: Kind = Kind::Any(&[
    ("personal", "Personal data"),
    ("special", "Special category or criminal offence data"),
    ("none", "Neither: it is about nobody"),
]);
const FREQUENCY: Kind = Kind::One(&[
    ("on_demand", "Whenever a case needs it"),
    ("daily", "Every day"),
    ("weekly", "Every week"),
    ("monthly", "Every month"),
    ("yearly", "Every year"),
    ("once", "A single time"),
]);
const MARKING: Kind = Kind::One(&[("official", "OFFICIAL"), ("official-sensitive", "OFFICIAL-SENSITIVE")]);
const POWER: Kind = Kind::One(&[("yes", "Yes"), ("no", "No"), ("dont_know", "We do not know yet")]);
const ART6: Kind = Kind::Any(&[
    ("public_task", "(e) public task"),
    ("legal_obligation", "(c) legal obligation"),
    ("vital_interests", "(d) vital interests"),
    ("consent", "(a) consent"),
    ("contract", "(b) contract"),
    ("recognised_legitimate_interest", "(ea) recognised legitimate interest"),
    ("legitimate_interests", "(f) legitimate interests"),
    ("law_enforcement", "Law enforcement (DPA 2018 Part 3)"),
]);
const ART9: Kind = Kind::Any(&[
    ("substantial_public_interest", "(g) substantial public interest"),
    ("health_or_social_care", "(h) health or social care"),
    ("vital_interests", "(c) vital interests"),
    ("explicit_consent", "(a) explicit consent"),
    ("employment_social_security_social_protection", "(b) employment, social security, social protection"),
    ("legal_claims", "(f) legal claims"),
    ("public_health", "(i) public health"),
    ("archiving_research_statistics", "(j) archiving, research, statistics"),
    ("not_for_profit", "(d) not-for-profit bodies"),
    ("made_public", "(e) made public by the person"),
]);
const DELIVERY: Kind = Kind::One(&[
    ("gateway", "Between the parties’ gateways"),
    ("secure_third_party", "A secure third party"),
    ("physical", "On a medium, by hand or post"),
    ("other", "Another way, said below"),
]);
const FORMAT: Kind = Kind::One(&[
    ("query", "Question and answer"),
    ("parcel", "Sealed file or message"),
    ("notice", "Event told once"),
    ("match", "Two data sets compared"),
    ("csv", "Comma-separated file"),
    ("sql", "Database extract"),
    ("other", "Another, said below"),
]);

const IDENTITY: &[Field] = &[
    field("title", "Title", "What people call it", Kind::Line),
    field("instrument", "What kind of instrument is it?", "", INSTRUMENT),
    field("tier", "What is it for?", "", TIER),
    field("parent", "Overarching agreement that it stands under", "Its short name; may be left out", Kind::Line),
];
const CONTROL: &[Field] = &[
    field("control.joint_controllers", "Do parties decide together why and how the data is used?", "", Kind::YesNo),
    field(
        "control.joint_arrangement",
        "Who does what among joint controllers",
        "Where they decide together",
        Kind::Text,
    ),
    field("control.other_organisations", "Others who will see the data", "One on each line", Kind::List),
];
const PURPOSE: &[Field] = &[
    field("purpose.purpose", "Purpose", "In a sentence that a citizen understands", Kind::Text),
    field("purpose.aims", "What the parties want to reach", "", Kind::Text),
    field("purpose.how_data_helps", "How the data helps", "", Kind::Text),
    field("purpose.impact_if_not_shared", "What happens if it is not shared", "May be left out", Kind::Text),
    field("purpose.service_user_groups", "Who is served", "One group on each line; may be left out", Kind::List),
    field("purpose.what_happens_at_each_stage", "What happens at each stage", "May be left out", Kind::Text),
];
const DATA: &[Field] = &[
    field("data.types", "What kind of data is it?", "Choose all that apply", TYPES),
    field("data.subjects", "Whose data is it?", "Categories of people, one on each line", Kind::List),
    field("data.matching_keys", "What is a person found by?", "For example nhs_number; one on each line", Kind::List),
    field("data.volume", "How much", "May be left out", Kind::Line),
    field("data.frequency", "How often?", "", FREQUENCY),
    field("data.first_needed_on", "First needed on", "May be left out", Kind::Day),
    field("data.marking", "Marking", "", MARKING),
];
const LAW: &[Field] = &[
    field("law.legal_power", "Is there a legal power to share?", "", POWER),
    field("law.legal_power_text", "Which power", "", Kind::Text),
    field(
        "law.legal_gateways",
        "Legal gateways",
        "Codes such as DEA35, or other_grounds; one on each line",
        Kind::List,
    ),
    field("law.legal_advice", "What was advised, and by whom", "", Kind::Text),
    field("law.art6", "Lawful basis (UK GDPR Article 6)", "Choose all that apply", ART6),
    field("law.art9", "Condition for special category data (Article 9)", "Where it is shared", ART9),
    field("law.policy_document", "Appropriate policy document", "Where Schedule 1 asks for one", Kind::Line),
    field("law.necessity", "Why is the sharing necessary?", "", Kind::Text),
    field("law.proportionality", "Why is it not more than needed?", "", Kind::Text),
    field("law.dpia.considered", "Was an impact assessment considered?", "", Kind::YesNo),
    field("law.dpia.reference", "Where the assessment is kept", "", Kind::Line),
    field("law.dpia.outcome", "What it found", "", Kind::Text),
    field("law.dpia.dpo_view", "What the data protection officer thinks", "", Kind::Text),
];
const FLOW: &[Field] = &[
    field("flow.delivery", "How does it travel?", "", DELIVERY),
    field("flow.format", "In which form?", "", FORMAT),
    field("flow.method", "How it is done, in words", "", Kind::Text),
    field("flow.leaves_uk", "Does data leave the United Kingdom?", "", Kind::YesNo),
    field("flow.countries", "To which countries", "Where it does; one on each line", Kind::List),
    field("flow.safeguard", "What protects it there", "Where it does", Kind::Text),
    field(
        "flow.purposes_permitted",
        "Purposes that a request may name",
        "Codes, for example parking-penalty; one on each line",
        Kind::List,
    ),
    field(
        "flow.roles_permitted",
        "Roles that may ask",
        "Codes, for example parking-officer; one on each line",
        Kind::List,
    ),
    field(
        "flow.training_required",
        "Courses that whoever asks has passed",
        "Codes; one on each line; may be left out",
        Kind::List,
    ),
];
const GOVERNANCE: &[Field] = &[
    field("governance.accuracy_arrangements", "How data is kept right on both sides", "", Kind::Text),
    field("governance.security_measures", "Technical and organisational measures", "", Kind::Text),
    field("governance.breach_handling", "Who tells whom of a breach, and how fast", "", Kind::Text),
    field("governance.complaints_handling", "Who answers complaints", "", Kind::Text),
    field("governance.training", "How staff are trained", "", Kind::Text),
    field("governance.vetting", "How staff are vetted", "", Kind::Text),
    field("governance.retention_period", "How long a receiver keeps the data", "", Kind::Text),
    field("governance.deletion", "How it is deleted", "", Kind::Text),
    field("governance.disposal_evidence", "How deletion is shown", "", Kind::Text),
];
const RIGHTS: &[Field] = &[
    field(
        "rights.individual_rights_arrangements",
        "How access, rectification and erasure are answered",
        "",
        Kind::Text,
    ),
    field("rights.privacy_information_url", "Where the privacy information stands", "", Kind::Line),
    field("rights.objections", "How objections are handled", "", Kind::Text),
    field("rights.foi_publication.publish", "Is it published in the register of agreements?", "", Kind::YesNo),
    field(
        "rights.foi_publication.redactions",
        "What is blacked out there",
        "Names of fields, one on each line; may be left out",
        Kind::List,
    ),
];
const LIFE: &[Field] = &[
    field("life.start_date", "First day", "", Kind::Day),
    field("life.end_date", "Last day", "", Kind::Day),
    field("life.review_date", "Reviewed by", "", Kind::Day),
    field("life.termination_terms", "How a party ends it", "", Kind::Text),
    field("life.suspension_terms", "When a party suspends it", "", Kind::Text),
    field("life.consent_processes", "How consent is asked and withdrawn", "Where consent is the basis", Kind::Text),
];

/// The plain fields of a section.
pub(super) fn of(section: &str) -> &'static [Field] {
    match section {
        "identity" => IDENTITY,
        "parties" => CONTROL,
        "purpose" => PURPOSE,
        "data" => DATA,
        "law" => LAW,
        "flow" => FLOW,
        "governance" => GOVERNANCE,
        "rights" => RIGHTS,
        "life" => LIFE,
        _ => &[],
    }
}

const ROLE: Kind = Kind::One(&[
    ("controller", "Controller"),
    ("joint_controller", "Joint controller"),
    ("processor", "Processor"),
    ("dont_know", "We do not know yet"),
]);
const FUNCTION: Kind = Kind::One(&[("provides", "Gives data"), ("receives", "Gets data"), ("both", "Both")]);
const BENEFIT: Kind = Kind::One(&[
    ("service_delivery", "Better delivery of services"),
    ("benefit_people", "People benefit directly"),
    ("decision_making", "Evidence for decisions"),
    ("allocate_and_evaluate_funding", "Money is given out and its use judged"),
    ("needs_of_the_public", "The public’s needs are understood"),
    ("social_economic_trends", "Social and economic trends are seen"),
    ("statistical_information", "Statistics are made"),
    ("existing_research_or_statistics", "Research or statistics improve"),
    ("something_else", "Something else"),
]);

/// A list of blocks that each have the same fields: its place, the heading of one, and the fields below it.
pub(super) struct Group {
    pub(super) place: &'static str,
    pub(super) heading: &'static str,
    pub(super) fields: &'static [Field],
    /// The field without which a block is none.
    pub(super) key: &'static str,
}

const PARTY: &[Field] = &[
    field("organisation", "Organisation", "As the directory lists it, for example EXAMPLE/LOC/marram", Kind::Line),
    field("role", "Role under data protection law", "", ROLE),
    field("function", "Does it give or get data?", "", FUNCTION),
    field("dpo", "Data protection officer", "Name or post, then the mailbox on the next line", Kind::List),
    field("siro", "Senior information risk owner", "Name or post, then the mailbox on the next line", Kind::List),
    field("owner", "Owner of the information asset", "Where it gives data; name or post, then the mailbox", Kind::List),
    field("operational", "Who answers on a working day", "Name or post, then the mailbox on the next line", Kind::List),
    field(
        "designated_person",
        "Designated person",
        "For accords and protocols; name or post, then the mailbox",
        Kind::List,
    ),
];
const BENEFITS: &[Field] =
    &[field("kind", "Benefit", "", BENEFIT), field("how", "How the sharing brings it about", "", Kind::Text)];
const GRANT: &[Field] = &[
    field("service", "Service that may be asked", "For example EXAMPLE/GOV/vehicles/register/keepers", Kind::Line),
    field(
        "operations",
        "Calls of it",
        "Method and path, for example GET /by-vrm/*; PARCEL /** for files; one on each line",
        Kind::List,
    ),
    field("to", "Who may ask", "Systems or organisations, one on each line", Kind::List),
    field("fields", "Fields that may leave", "One on each line", Kind::List),
    field("purposes", "Purposes", "Of those permitted; all of them where it is left out", Kind::List),
    field("roles", "Roles", "Of those permitted; all of them where it is left out", Kind::List),
    field("training_months", "Training may be no older than so many months", "May be left out", Kind::Line),
    field("per_day", "Requests a day at most", "May be left out", Kind::Line),
];
/// The posts of a party, in the order of the fields.
pub(super) const POSTS: [&str; 5] = ["dpo", "siro", "owner", "operational", "designated_person"];

/// The repeated blocks of a section.
pub(super) fn groups(section: &str) -> Option<Group> {
    Some(match section {
        "parties" => Group { place: "parties", heading: "Party", fields: PARTY, key: "organisation" },
        "purpose" => Group { place: "purpose.benefits", heading: "Benefit", fields: BENEFITS, key: "kind" },
        "grants" => Group { place: "grants", heading: "Grant", fields: GRANT, key: "service" },
        _ => return None,
    })
}

/// The name of a form's field for a place in the agreement.
pub(super) fn name(place: &str) -> String {
    place.replace('.', "-")
}
