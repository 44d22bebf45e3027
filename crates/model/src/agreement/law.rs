//! Why the sharing is lawful: power, gateway, bases, and the tests that were made.
//!
//! The lists of values are those of the CDDO data marketplace's form, with what changed since.

use serde::{Deserialize, Serialize};

/// Why it is lawful.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Law {
    /// Whether there is a legal power to share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_power: Option<Answer>,
    /// Which power.
    pub legal_power_text: String,
    /// Codes from [`LEGAL_GATEWAYS`], or `other_grounds`, or `dont_know` in a draft.
    pub legal_gateways: Vec<String>,
    /// What was advised on power and gateway, and by whom.
    pub legal_advice: String,
    /// Lawful bases (UK GDPR Art 6(1)).
    pub art6: Vec<Art6>,
    /// Conditions of recognised legitimate interest (UK GDPR Annex 1).
    pub legitimate_interest_conditions: Vec<LegitimateInterest>,
    /// Conditions for special category data (UK GDPR Art 9(2)).
    pub art9: Vec<Art9>,
    /// Conditions of substantial public interest (DPA 2018 Sch 1 Part 2).
    pub sch1: Vec<Sch1>,
    /// The appropriate policy document that most Schedule 1 conditions ask for.
    pub policy_document: String,
    /// Basis of law enforcement processing (DPA 2018 s.35).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part3_basis: Option<Part3Basis>,
    /// What lifts the common law duty of confidentiality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidentiality_basis: Option<ConfidentialityBasis>,
    /// Why the sharing is necessary.
    pub necessity: String,
    /// Why it is not more than needed.
    pub proportionality: String,
    /// The test of Article 8(2) of the Human Rights Act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hra_test: Option<HumanRightsTest>,
    /// The data protection impact assessment.
    pub dpia: Dpia,
}

/// Yes, no, or not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// In a draft only.
    DontKnow,
}

/// Lawful basis (UK GDPR Art 6(1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Art6 {
    /// (a).
    Consent,
    /// (b).
    Contract,
    /// (c).
    LegalObligation,
    /// (d).
    VitalInterests,
    /// (e), what a public authority uses for its own tasks.
    PublicTask,
    /// (ea), in force since 5 February 2026.
    RecognisedLegitimateInterest,
    /// (f).
    LegitimateInterests,
    /// DPA 2018 Part 3, listed beside the others in the CDDO form.
    LawEnforcement,
}

/// Conditions of recognised legitimate interest (UK GDPR Annex 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegitimateInterest {
    /// The requester says in writing that it needs the data for its public task.
    PublicTaskDisclosureRequest,
    /// National security, public security, defence.
    NationalSecurityPublicSecurityDefence,
    /// Emergencies.
    Emergencies,
    /// Crime.
    Crime,
    /// Safeguarding.
    Safeguarding,
}

/// Conditions for special category data (UK GDPR Art 9(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Art9 {
    /// (a).
    ExplicitConsent,
    /// (b).
    EmploymentSocialSecuritySocialProtection,
    /// (c).
    VitalInterests,
    /// (d).
    NotForProfit,
    /// (e).
    MadePublic,
    /// (f).
    LegalClaims,
    /// (g), with a condition of Schedule 1.
    SubstantialPublicInterest,
    /// (h).
    HealthOrSocialCare,
    /// (i).
    PublicHealth,
    /// (j).
    ArchivingResearchStatistics,
}

/// Conditions of substantial public interest (DPA 2018 Sch 1 Part 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sch1 {
    /// Statutory and government purposes.
    StatutoryAndGovernment,
    /// Administration of justice and parliamentary purposes.
    AdministrationOfJustice,
    /// Equality of opportunity or treatment.
    Equality,
    /// Preventing or detecting unlawful acts.
    UnlawfulActs,
    /// Protecting the public from dishonesty.
    ProtectingPublic,
    /// Regulatory requirements.
    Regulatory,
    /// Journalism about unlawful acts.
    Journalism,
    /// Preventing fraud.
    PreventingFraud,
    /// Suspicion of terrorist financing or money laundering.
    TerroristFinancingMoneyLaundering,
    /// Support for people with a disability or condition.
    SupportDisabilityOrCondition,
    /// Counselling.
    Counselling,
    /// Safeguarding of children and of individuals at risk.
    SafeguardingChildrenAndAtRisk,
    /// Safeguarding of economic well-being.
    SafeguardingEconomicWellbeing,
    /// Insurance.
    Insurance,
    /// Occupational pensions.
    OccupationalPensions,
    /// Political parties.
    PoliticalParties,
    /// Elected representatives responding to requests.
    ElectedRepresentativesResponding,
    /// Disclosure to elected representatives.
    DisclosureToElectedRepresentatives,
    /// Informing elected representatives about prisoners.
    InformingAboutPrisoners,
    /// Publication of legal judgments.
    LegalJudgments,
    /// Anti-doping in sport.
    AntiDoping,
    /// Standards of behaviour in sport.
    SportStandards,
}

/// Basis of law enforcement processing (DPA 2018 s.35(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part3Basis {
    /// The person consents.
    Consent,
    /// Necessary for a competent authority's task.
    NecessaryForTask,
}

/// What lifts the common law duty of confidentiality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfidentialityBasis {
    /// The person consents.
    Consent,
    /// An overriding public interest.
    OverridingPublicInterest,
    /// A statute.
    Statute,
}

/// The four answers of the test of Article 8(2) of the Human Rights Act.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HumanRightsTest {
    /// Is it in accordance with the law?
    pub in_accordance_with_law: String,
    /// Which legitimate aim does it pursue?
    pub legitimate_aim: String,
    /// Is it necessary in a democratic society?
    pub necessary: String,
    /// Is it proportionate?
    pub proportionate: String,
}

/// The data protection impact assessment (UK GDPR Art 35).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dpia {
    /// Whether one was considered.
    pub considered: bool,
    /// Where it is kept.
    pub reference: String,
    /// What it found.
    pub outcome: String,
    /// What the data protection officer thinks.
    pub dpo_view: String,
}

/// A law that opens the way for sharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegalGateway {
    /// The code that agreements use.
    pub code: &'static str,
    /// The law.
    pub law: &'static str,
    /// What for.
    pub used_for: &'static str,
    /// Whether the law's text was read when this list was made; else the user is told to check.
    pub checked: bool,
}

const fn gateway(code: &'static str, law: &'static str, used_for: &'static str, checked: bool) -> LegalGateway {
    LegalGateway { code, law, used_for, checked }
}

/// The legal gateways that an agreement can name.
pub const LEGAL_GATEWAYS: &[LegalGateway] = &[
    gateway("DEA35", "Digital Economy Act 2017 s.35 and SI 2018/912", "public service delivery", true),
    gateway("DEA35-ID", "Digital Economy Act 2017 s.35, identity verification objective", "identity", false),
    gateway("DEA36", "Digital Economy Act 2017 s.36", "fuel poverty", true),
    gateway("DEA38", "Digital Economy Act 2017 s.38", "water poverty", false),
    gateway("DEA46", "Registration Service Act 1953 s.19AA", "birth, death and marriage data", true),
    gateway("DEA48", "Digital Economy Act 2017 s.48", "debt", false),
    gateway("DEA56", "Digital Economy Act 2017 s.56", "fraud", false),
    gateway("CDA115", "Crime and Disorder Act 1998 s.115", "crime and disorder", true),
    gateway("CA10", "Children Act 2004 s.10", "children", true),
    gateway("CA11", "Children Act 2004 s.11", "children", true),
    gateway("CA16H", "Children Act 2004 s.16H", "children", true),
    gateway("CA89", "Children Act 1989 ss.17 and 47", "children", true),
    gateway("CA-DUTY", "Children Act 2004, duty to share information (2026 c.21 s.4)", "children, England", false),
    gateway("CA16LC", "Children Act 2004 s.16LC, consistent identifiers", "children, England", true),
    gateway("CARE", "Care Act 2014 ss.6, 7 and 42 to 45", "adults", false),
    gateway("HSCA251", "Health and Social Care Act 2012 ss.251A and 251B", "adults' care", false),
    gateway("WRA", "Social Security Administration Act 1992; Welfare Reform Act 2012 ss.130 to 133", "welfare", true),
    gateway("LAAA9", "Local Audit and Accountability Act 2014 Sch 9", "fraud matching, England", false),
    gateway("PFA2A", "Public Finance and Accountability (Scotland) Act 2000 Part 2A", "fraud matching, Scotland", true),
    gateway("CSDPA21", "Chronically Sick and Disabled Persons Act 1970 s.21", "Blue Badge", true),
    gateway("RVRL27", "Road Vehicles (Registration and Licensing) Regulations reg 27", "vehicle keepers", false),
    gateway("EDA537A", "Education Act 1996 s.537A", "pupil data", false),
    gateway("POCA", "Proceeds of Crime Act 2002 ss.435 to 438", "asset recovery", false),
    gateway("DPA-S2", "Data Protection Act 2018 Sch 2 para 2", "crime and taxation, case by case", false),
    gateway("CLDC", "common law duty of confidentiality", "all", true),
];
