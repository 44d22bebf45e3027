//! How the data travels, and the purposes, roles and training that a request must show.

use serde::{Deserialize, Serialize};

use super::code::Code;

/// How it travels and who may ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Flow {
    /// By which route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// In which form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Whether data leaves the United Kingdom; must be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaves_uk: Option<bool>,
    /// To which countries.
    pub countries: Vec<String>,
    /// What protects it there (UK GDPR Art 46).
    pub safeguard: String,
    /// How it is done, in words.
    pub method: String,
    /// The purposes a request may name; a grant narrows them.
    pub purposes_permitted: Vec<Code>,
    /// The roles a caller may have; a grant narrows them.
    pub roles_permitted: Vec<Code>,
    /// Courses that callers have passed; how recently is said by each grant.
    pub training_required: Vec<Code>,
}

/// The route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Between the parties' gateways.
    Gateway,
    /// A secure third party.
    SecureThirdParty,
    /// On a medium carried by hand or post.
    Physical,
    /// Another, said in `method`.
    Other,
}

/// The form: one of the kinds of exchange, or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Question and answer.
    Query,
    /// A sealed file or message.
    Parcel,
    /// An event told once.
    Notice,
    /// Two data sets compared.
    Match,
    /// Comma-separated file.
    Csv,
    /// Database extract.
    Sql,
    /// Another, said in `method`.
    Other,
}
