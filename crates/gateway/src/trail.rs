//! What an exchange leaves behind while it walks, filled in step by step, written at the end.
//!
//! The trail is owned by the flow and lent to each step, so that a refusal half way is recorded with
//! all that was known by then.

use packhorse_model::exchange::{Exchange, Kind, Side};
use packhorse_model::id::{ClientId, ExchangeId, ServiceId};
use packhorse_model::record::{Content, Moments};
use packhorse_model::refusal::{Fault, FaultKind, Refusal, Rule};

use crate::context::now_ms;

/// The growing record of one exchange on one side.
pub(crate) struct Trail {
    pub(crate) side: Side,
    pub(crate) exchange: Exchange,
    pub(crate) moments: Moments,
    pub(crate) sizes: [u64; 2],
    pub(crate) content: Content,
    /// Fields given and withheld, once the answer was cut.
    pub(crate) cut: (u64, u64),
    /// What somebody may be found by later; only keyed digests of it are kept.
    pub(crate) identifiers: Vec<String>,
    /// Whether it counts as a use of the agreement: each query, and each parcel once however often it is offered.
    pub(crate) counts: bool,
    /// How many parcels came along with it that count as uses as well.
    pub(crate) counts_along: u32,
    /// Whether the caller proved who it is. What nobody proved is counted, not kept: a stranger must
    /// not be able to fill the ledger.
    pub(crate) identified: bool,
}

/// Why an exchange ended without an answer from the provider. Both leave by the same door.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Somebody said no.
    Refused(Refusal),
    /// Something broke.
    Failed(Fault),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl Trail {
    /// A trail that begins now.
    pub(crate) fn begin(side: Side, kind: Kind, id: ExchangeId, client: ClientId, service: ServiceId) -> Self {
        Self {
            side,
            exchange: Exchange { id, kind, client, service, basis: None, purpose: None, role: None },
            moments: Moments { request_in: now_ms(), ..Moments::default() },
            sizes: [0, 0],
            content: Content::default(),
            cut: (0, 0),
            identifiers: Vec::new(),
            counts: true,
            counts_along: 0,
            identified: false,
        }
    }

    /// A refusal by this side.
    pub(crate) fn refuse(&self, rule: Rule, reason: impl Into<String>, remedy: impl Into<String>) -> Stop {
        Stop::Refused(Refusal { side: self.side, rule, reason: reason.into(), remedy: remedy.into() })
    }

    /// A fault on this side.
    pub(crate) fn fail(&self, kind: FaultKind, reason: impl Into<String>) -> Stop {
        Stop::Failed(Fault { side: self.side, kind, reason: reason.into() })
    }
}
