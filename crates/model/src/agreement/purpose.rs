//! What the sharing is for and whom it helps.

use serde::{Deserialize, Serialize};

/// What it is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Purpose {
    /// The purpose, in a sentence that a citizen understands.
    pub purpose: String,
    /// What the parties want to reach.
    pub aims: String,
    /// How the data helps.
    pub how_data_helps: String,
    /// What is gained.
    pub benefits: Vec<Benefit>,
    /// What happens if it is not shared.
    pub impact_if_not_shared: String,
    /// Who is served.
    pub service_user_groups: Vec<String>,
    /// What happens at each stage of the sharing (ICO).
    pub what_happens_at_each_stage: String,
}

/// One benefit and how it comes about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// Which of the known kinds.
    pub kind: BenefitKind,
    /// How the sharing does this.
    pub how: String,
}

/// Kinds of benefit (CDDO data marketplace).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenefitKind {
    /// Evidence for decisions.
    DecisionMaking,
    /// Better delivery of services.
    ServiceDelivery,
    /// People benefit directly.
    BenefitPeople,
    /// Money is given out and its use judged.
    AllocateAndEvaluateFunding,
    /// Social and economic trends are seen.
    SocialEconomicTrends,
    /// The public's needs are understood.
    NeedsOfThePublic,
    /// Statistics are made.
    StatisticalInformation,
    /// Existing research or statistics improve.
    ExistingResearchOrStatistics,
    /// Another, said in words.
    SomethingElse,
}
