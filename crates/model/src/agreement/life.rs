//! From when until when, and how it ends.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// From when until when. Days are those of the gateway's civil time, first and last included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Life {
    /// First day on which data may be shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Date>,
    /// Last day on which data may be shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Date>,
    /// Day by which the parties look at it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_date: Option<Date>,
    /// What the last review of an earlier version found.
    pub review_outcome: String,
    /// How a party ends it.
    pub termination_terms: String,
    /// When a party suspends it.
    pub suspension_terms: String,
    /// How consent is asked and withdrawn, where consent is the basis.
    pub consent_processes: String,
}
