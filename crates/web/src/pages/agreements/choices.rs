//! What may be chosen where a section of a draft offers choices: the document's word, and the page's.

use super::fields::Kind;

pub(super) const INSTRUMENT: Kind = Kind::One(&[
    ("dsa", "Data sharing agreement"),
    ("dda", "Data disclosure agreement: one way"),
    ("isp", "Information sharing protocol: regular and reciprocal"),
    ("jca", "Joint controller agreement"),
    ("dpa", "Data processing agreement"),
    ("accord", "Accord signed by chief executives"),
    ("mou", "Memorandum of understanding"),
]);
pub(super) const TIER: Kind = Kind::One(&[
    ("specific", "Specific: it says what may be asked"),
    ("overarching", "Overarching: a framework for others"),
]);
pub(super) const TYPES: Kind = Kind::Any(&[
    ("personal", "Personal data"),
    ("special", "Special category or criminal offence data"),
    ("none", "Neither: it is about nobody"),
]);
pub(super) const FREQUENCY: Kind = Kind::One(&[
    ("on_demand", "Whenever a case needs it"),
    ("daily", "Every day"),
    ("weekly", "Every week"),
    ("monthly", "Every month"),
    ("yearly", "Every year"),
    ("once", "A single time"),
]);
pub(super) const MARKING: Kind = Kind::One(&[("official", "OFFICIAL"), ("official-sensitive", "OFFICIAL-SENSITIVE")]);
pub(super) const POWER: Kind = Kind::One(&[("yes", "Yes"), ("no", "No"), ("dont_know", "We do not know yet")]);
pub(super) const ART6: Kind = Kind::Any(&[
    ("public_task", "(e) public task"),
    ("legal_obligation", "(c) legal obligation"),
    ("vital_interests", "(d) vital interests"),
    ("consent", "(a) consent"),
    ("contract", "(b) contract"),
    ("recognised_legitimate_interest", "(ea) recognised legitimate interest"),
    ("legitimate_interests", "(f) legitimate interests"),
    ("law_enforcement", "Law enforcement (DPA 2018 Part 3)"),
]);
pub(super) const ART9: Kind = Kind::Any(&[
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
pub(super) const DELIVERY: Kind = Kind::One(&[
    ("gateway", "Between the parties’ gateways"),
    ("secure_third_party", "A secure third party"),
    ("physical", "On a medium, by hand or post"),
    ("other", "Another way, said below"),
]);
pub(super) const FORMAT: Kind = Kind::One(&[
    ("query", "Question and answer"),
    ("parcel", "Sealed file or message"),
    ("notice", "Event told once"),
    ("match", "Two data sets compared"),
    ("csv", "Comma-separated file"),
    ("sql", "Database extract"),
    ("other", "Another, said below"),
]);
pub(super) const ROLE: Kind = Kind::One(&[
    ("controller", "Controller"),
    ("joint_controller", "Joint controller"),
    ("processor", "Processor"),
    ("dont_know", "We do not know yet"),
]);
pub(super) const FUNCTION: Kind = Kind::One(&[("provides", "Gives data"), ("receives", "Gets data"), ("both", "Both")]);
pub(super) const BENEFIT: Kind = Kind::One(&[
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
pub(super) const PART3_SUBJECTS: Kind = Kind::Any(&[
    ("suspect", "Suspects"),
    ("convicted", "Convicted people"),
    ("victim", "Victims"),
    ("witness", "Witnesses, and others"),
]);
pub(super) const INTERESTS: Kind = Kind::Any(&[
    ("public_task_disclosure_request", "A body asks for what its public task needs"),
    ("national_security_public_security_defence", "National or public security, defence"),
    ("emergencies", "Emergencies"),
    ("crime", "Crime is found, looked into or prevented"),
    ("safeguarding", "Safeguarding of vulnerable people"),
]);
pub(super) const PART3_BASIS: Kind =
    Kind::One(&[("consent", "Consent"), ("necessary_for_task", "Necessary for a task of a competent authority")]);
pub(super) const CONFIDENTIALITY: Kind = Kind::One(&[
    ("consent", "Consent"),
    ("overriding_public_interest", "Overriding public interest"),
    ("statute", "A statute sets it aside"),
]);
pub(super) const SCH1: Kind = Kind::Any(&[
    ("statutory_and_government", "6 statutory and government purposes"),
    ("administration_of_justice", "7 administration of justice"),
    ("equality", "8 equality of opportunity or treatment"),
    ("unlawful_acts", "10 preventing or detecting unlawful acts"),
    ("protecting_public", "11 protecting the public against dishonesty"),
    ("regulatory", "12 regulatory requirements"),
    ("journalism", "13 journalism about unlawful acts"),
    ("preventing_fraud", "14 preventing fraud"),
    ("terrorist_financing_money_laundering", "15 suspicion of terrorist financing or money laundering"),
    ("support_disability_or_condition", "16 support for a disability or condition"),
    ("counselling", "17 counselling"),
    ("safeguarding_children_and_at_risk", "18 safeguarding of children and of people at risk"),
    ("safeguarding_economic_wellbeing", "19 safeguarding of economic well-being"),
    ("insurance", "20 insurance"),
    ("occupational_pensions", "21 occupational pensions"),
    ("political_parties", "22 political parties"),
    ("elected_representatives_responding", "23 elected representatives who respond to requests"),
    ("disclosure_to_elected_representatives", "24 disclosure to elected representatives"),
    ("informing_about_prisoners", "25 informing elected representatives about prisoners"),
    ("legal_judgments", "26 publication of legal judgments"),
    ("anti_doping", "27 anti-doping in sport"),
    ("sport_standards", "28 standards of behaviour in sport"),
]);
