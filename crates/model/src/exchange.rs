//! One act of sharing, and what everybody on its way needs to know of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::agreement::AgreementDigest;
use crate::id::{AgreementId, ClientId, ExchangeId, ServiceId};

/// The four kinds of exchange, and what is recorded beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Ask and be answered.
    Query,
    /// A sealed file or message, stored and forwarded.
    Parcel,
    /// An event told once, fanned out.
    Notice,
    /// Two bodies compare data sets.
    Match,
    /// No exchange: an act of governance, which an organisation records of itself ([`crate::act`]).
    Act,
}

/// The side of an exchange that a gateway stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The side that asks.
    Outbound,
    /// The side that is asked.
    Inbound,
}

/// Why an exchange may happen at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "basis")]
pub enum Basis {
    /// A signed agreement, in the version and text whose digest is given.
    Agreement {
        /// Which agreement.
        agreement: AgreementId,
        /// Which text of it.
        digest: AgreementDigest,
    },
    /// X-Road's metaservices: what a service is called and how it is described, never what it holds.
    Metaservice,
}

/// What identifies an exchange and its purpose: the same words on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The exchange.
    pub id: ExchangeId,
    /// Its kind.
    pub kind: Kind,
    /// Who asks.
    pub client: ClientId,
    /// Which service is asked.
    pub service: ServiceId,
    /// Why it may happen; absent while nobody has found an agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// What it is for, one of the agreement's purposes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The asking person's role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
