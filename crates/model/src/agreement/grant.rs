//! The enforced part: who may ask what of which service, and what comes back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::code::Code;
use crate::id::{ClientId, ServiceId};
use crate::parcel::PARCEL_METHOD;
use crate::path::CanonicalPath;
use crate::service::{FieldPath, FieldSet, Operation};

/// One permission. Several grants for one service stand side by side: a request needs one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The provider's service.
    pub service: ServiceId,
    /// Which calls of it.
    pub operations: BTreeSet<Operation>,
    /// Who may call: a system, or an organisation for any of its systems.
    pub to: BTreeSet<ClientId>,
    /// What may leave the provider, each field by its full name: a field's children are not in it. With parcels: what
    /// they may hold, in words, for their senders.
    /// `*`, everything, is for data that is about nobody.
    pub fields: FieldSet,
    /// Purposes for which; all of the agreement's when empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub purposes: BTreeSet<Code>,
    /// Roles that may; all of the agreement's when empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<Code>,
    /// A caller's training may be no older than this many months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_months: Option<u32>,
    /// Requests a day, over all callers of one organisation under this agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u64>,
}

impl Grant {
    /// Whether a call of the service is one of the operations.
    #[must_use]
    pub fn covers(&self, method: &str, path: &CanonicalPath) -> bool {
        self.operations.iter().any(|operation| operation.covers(method, path))
    }

    /// Whether this caller is named, itself or as a system of an organisation that is.
    #[must_use]
    pub fn names(&self, client: &ClientId) -> bool {
        self.to.contains(client) || self.to.contains(&ClientId::Organisation(client.organisation().clone()))
    }

    /// Whether it lets parcels be sent, rather than questions asked.
    #[must_use]
    pub fn is_for_parcels(&self) -> bool {
        self.operations.iter().any(|operation| operation.method == PARCEL_METHOD)
    }

    /// Whether everything that the service answers may leave.
    #[must_use]
    pub fn gives_everything(&self) -> bool {
        self.fields.iter().any(FieldPath::is_everything)
    }
}

impl FieldPath {
    /// Whether this is `*`, which stands for every field.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0 == "*"
    }
}
