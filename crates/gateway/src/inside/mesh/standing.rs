//! How a message stands, in MESH's words.

use packhorse_model::Side;
use packhorse_model::parcel::{ParcelEvent, ParcelState};
use packhorse_store::Parcel;

use super::errors::Failed;
use crate::inside::Inside;
use crate::kinds::parcel::say;

/// How a message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// `uploading`, `accepted`, `acknowledged` or `undeliverable`.
    pub(super) status: &'static str,
    pub(super) event: &'static str,
    pub(super) code: &'static str,
    pub(super) description: String,
    pub(super) success: bool,
}

impl Standing {
    /// By a row, with the reason that the other side gave where it ended badly.
    pub(super) async fn of(inside: &Inside, row: &Parcel) -> Result<Self, Failed> {
        let state = say::state(row)?;
        let mut standing = Self::in_state(state);
        if (state.is_failure() || state == ParcelState::Recalled) && row.side == Side::Outbound {
            let about = say::about(row)?;
            let chain = say::chain(&inside.context, about.parcel, row.side).await?;
            let said = chain.iter().rev().find_map(|signed| match &signed.statement().what {
                ParcelEvent::Declined { reason } | ParcelEvent::Undeliverable { reason } => Some(reason.clone()),
                _ => None,
            });
            if let Some(reason) = said {
                standing.description = format!("{}: {reason}", standing.description);
            }
        }
        Ok(standing)
    }

    fn in_state(state: ParcelState) -> Self {
        let well = |status, description: &str| Self {
            status,
            event: "TRANSFER",
            code: "00",
            description: description.to_owned(),
            success: true,
        };
        let badly = |code, description: &str| Self {
            status: "undeliverable",
            event: "SEND",
            code,
            description: description.to_owned(),
            success: false,
        };
        match state {
            ParcelState::Draft => well("uploading", "Transferring from sender mailbox"),
            ParcelState::Accepted
            | ParcelState::Sealed
            | ParcelState::Arriving
            | ParcelState::Arrived
            | ParcelState::Quarantined => well("accepted", "Accepted, on its way to the recipient mailbox"),
            ParcelState::Delivered => well("accepted", "Transferred to recipient mailbox"),
            ParcelState::Collected | ParcelState::Acknowledged => {
                well("acknowledged", "Transferred to recipient mailbox")
            }
            ParcelState::Expired => badly("14", "Message not collected by recipient in time"),
            ParcelState::Undeliverable => badly("14", "Message could not be delivered"),
            // No code of the DTS list says that somebody declined or recalled.
            ParcelState::Declined => badly("PH-1", "Message declined by recipient"),
            ParcelState::Recalled => badly("PH-2", "Message recalled by sender"),
        }
    }

    /// `SUCCESS` or `ERROR`.
    pub(super) fn word(&self) -> &'static str {
        if self.success { "SUCCESS" } else { "ERROR" }
    }

    /// The status as version 1 writes it.
    pub(super) fn status_v1(&self) -> String {
        let (first, rest) = self.status.split_at(1);
        first.to_ascii_uppercase() + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_word_that_clients_know() {
        for state in ParcelState::ALL {
            let standing = Standing::in_state(state);
            assert!(["uploading", "accepted", "acknowledged", "undeliverable"].contains(&standing.status), "{state}");
            assert_eq!(standing.success, standing.code == "00", "{state}");
        }
        assert_eq!(Standing::in_state(ParcelState::Delivered).status_v1(), "Accepted");
    }
}
