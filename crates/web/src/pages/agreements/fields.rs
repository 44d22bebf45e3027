//! The fields of each section of a draft: what is asked, how it is typed, and where in the agreement it stands.

use serde_json::{Value, json};

use super::choices::{
    ART6, ART9, BENEFIT, CONFIDENTIALITY, DELIVERY, FORMAT, FREQUENCY, FUNCTION, INSTRUMENT, INTERESTS, MARKING,
    PART3_BASIS, PART3_SUBJECTS, POWER, ROLE, SCH1, TIER, TYPES,
};

/// How a field is filled in.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Line,
    Text,
    /// One on each line.
    List,
    Day,
    YesNo,
    /// One of the network's members.
    Member,
    One(&'static [(&'static str, &'static str)]),
    Any(&'static [(&'static str, &'static str)]),
    /// One on each line: two members with a semicolon between them.
    Pairs(&'static str, &'static str),
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
    field(
        "control.processors",
        "Contractors who handle the data for a party",
        "One on each line, then a semicolon and the contract’s reference",
        Kind::Pairs("name", "contract"),
    ),
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
    field("data.part3_subjects", "Whose, for law enforcement?", "Where DPA 2018 Part 3 applies", PART3_SUBJECTS),
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
    field(
        "law.legitimate_interest_conditions",
        "Recognised legitimate interest (UK GDPR Annex 1)",
        "Where that is the basis",
        INTERESTS,
    ),
    field("law.art9", "Condition for special category data (Article 9)", "Where it is shared", ART9),
    field(
        "law.sch1",
        "Condition of the Data Protection Act 2018, Schedule 1 Part 2",
        "Where the condition is substantial public interest",
        SCH1,
    ),
    field("law.policy_document", "Appropriate policy document", "Where Schedule 1 asks for one", Kind::Line),
    field("law.part3_basis", "Basis for law enforcement (DPA 2018 s.35)", "Where Part 3 applies", PART3_BASIS),
    field(
        "law.confidentiality_basis",
        "What sets the duty of confidence aside?",
        "Where the common law asks for it",
        CONFIDENTIALITY,
    ),
    field("law.necessity", "Why is the sharing necessary?", "", Kind::Text),
    field("law.proportionality", "Why is it not more than needed?", "", Kind::Text),
    field(
        "law.hra_test.in_accordance_with_law",
        "Human rights: how is it in accordance with the law?",
        "All four answers, or none",
        Kind::Text,
    ),
    field("law.hra_test.legitimate_aim", "Human rights: which legitimate aim does it serve?", "", Kind::Text),
    field("law.hra_test.necessary", "Human rights: why is it necessary?", "", Kind::Text),
    field("law.hra_test.proportionate", "Human rights: why is it proportionate?", "", Kind::Text),
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
    field(
        "governance.onward_sharing.organisations",
        "Members of the network who are given it on",
        "As the directory lists them, one on each line; may be left out",
        Kind::List,
    ),
    field(
        "governance.onward_sharing.others",
        "Others who are given it on",
        "One on each line; may be left out",
        Kind::List,
    ),
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
    field("life.review_outcome", "What the last review found", "For a further version", Kind::Text),
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

/// A list of blocks that each have the same fields: its place, the heading of one, and the fields below it.
pub(super) struct Group {
    pub(super) place: &'static str,
    pub(super) heading: &'static str,
    /// What all of them are called.
    pub(super) several: &'static str,
    pub(super) fields: &'static [Field],
    /// The field without which a block is none.
    pub(super) key: &'static str,
}

const PARTY: &[Field] = &[
    field("organisation", "Organisation", "A member of the network", Kind::Member),
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
        "parties" => {
            Group { place: "parties", heading: "Party", several: "Parties", fields: PARTY, key: "organisation" }
        }
        "purpose" => {
            Group { place: "purpose.benefits", heading: "Benefit", several: "Benefits", fields: BENEFITS, key: "kind" }
        }
        "grants" => Group { place: "grants", heading: "Grant", several: "Grants", fields: GRANT, key: "service" },
        _ => return None,
    })
}

/// The name of a form's field for a place in the agreement.
pub(super) fn name(place: &str) -> String {
    place.replace('.', "-")
}

/// A member of a block as it is typed: contacts by post, operations as method and path.
pub(super) fn typed(place: &str, item: &Value) -> Option<Value> {
    if POSTS.contains(&place) {
        let contacts = item.get("contacts")?.as_array()?;
        let contact = contacts.iter().find(|contact| contact.get("role").and_then(Value::as_str) == Some(place))?;
        return Some(json!([contact.get("name"), contact.get("email")]));
    }
    if place == "operations" {
        let word = |one: &Value, name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let lines =
            item.get(place)?.as_array()?.iter().map(|one| format!("{} {}", word(one, "method"), word(one, "path")));
        return Some(lines.collect());
    }
    item.get(place).cloned()
}

/// What stands at a place.
pub(super) fn at_place<'a>(parts: &'a Value, place: &str) -> Option<&'a Value> {
    place.split('.').try_fold(parts, |value, name| value.get(name))
}

/// An item of [`Kind::Pairs`] as it is typed and read.
pub(super) fn pair(kind: Kind, item: &Value) -> Option<String> {
    let Kind::Pairs(first, second) = kind else { return None };
    let [first, second] = [first, second].map(|name| item.get(name).and_then(Value::as_str).unwrap_or_default());
    Some(if second.is_empty() { first.to_owned() } else { format!("{first}; {second}") })
}
