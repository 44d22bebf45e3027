//! What is shared, about whom, how often. The fields themselves stand in the grants.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::marking::Marking;

/// What is shared about whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Kinds of data; `none` stands alone.
    pub types: Vec<DataType>,
    /// Categories of people, for example `blue badge applicants`.
    pub subjects: Vec<String>,
    /// Categories of people for law enforcement (DPA 2018 s.38(3)).
    pub part3_subjects: Vec<Part3Subject>,
    /// What a person is found by, for example `nhs_number`.
    pub matching_keys: Vec<String>,
    /// How much, in words.
    pub volume: String,
    /// How often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency: Option<Frequency>,
    /// When it is needed for the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_needed_on: Option<Date>,
    /// Marking of what is exchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marking: Option<Marking>,
}

/// Kind of data in law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataType {
    /// About identifiable people.
    Personal,
    /// Special category or criminal offence data (UK GDPR Art 9 and 10).
    Special,
    /// About nobody: open or reference data.
    None,
}

/// How often data is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Whenever a case needs it.
    OnDemand,
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
    /// A single time.
    Once,
}

/// Categories of people in law enforcement processing (DPA 2018 s.38(3)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part3Subject {
    /// Suspected of an offence.
    Suspect,
    /// Convicted of an offence.
    Convicted,
    /// Victim of an offence.
    Victim,
    /// Witness or somebody with information.
    Witness,
}
