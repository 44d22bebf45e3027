//! Acts of governance that leave a trace in the ledger: that something was done to what, never about whom.

use super::Manager;
use crate::acts::{NewAct, record};
use crate::context::Context;
use crate::error::GatewayError;

/// What was done.
pub(super) struct Act {
    /// To what sort of thing: `incident`, `decision`, `request`, …
    pub(super) what: &'static str,
    /// What.
    pub(super) word: &'static str,
    /// The thing's opaque id.
    pub(super) subject: String,
}

/// Records an act of somebody's. Why stands in the thing itself, where it can be forgotten with it.
pub(super) async fn note(context: &Context, act: Act, by: &Manager) -> Result<(), GatewayError> {
    let Act { what, word, subject } = act;
    let new = NewAct {
        act: what,
        subject: format!("{subject} {word}"),
        until: None,
        capacity: by.capacity(),
        person: Some(by.name.clone()),
        reason: format!("{what}: {word}"),
        document: None,
    };
    record(context, new).await.map(|_| ())
}
