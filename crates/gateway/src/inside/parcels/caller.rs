//! Who calls: one of our systems and, where it has any, one of its people, whose mailbox it is.

use std::sync::Arc;

use axum::extract::{Extension, FromRequestParts};
use axum::http::request::Parts;
use packhorse_governance::{CallingSystem, People, Presented};
use packhorse_model::id::{ClientId, SystemId};
use packhorse_model::{ExchangeId, Refusal, Rule, Side};
use packhorse_store::Parcel;

use super::Failed;
use crate::context::Context;
use crate::door::Peer;
use crate::inside::Inside;
use crate::inside::api::Manager;
use crate::inside::credentials::{api_key, bearer};
use crate::kinds::parcel::ParcelError;
use crate::kinds::parcel::say::By;
use crate::steps::identify::{has_accepted, may_go_on, today};
use crate::wire::{packhorse, single, xroad};

/// A caller that has proved itself, and whose mailbox this is.
pub(crate) struct Caller {
    pub(crate) system: Arc<CallingSystem>,
    pub(crate) id: SystemId,
    pub(crate) user: Option<String>,
    pub(crate) role: Option<String>,
}

impl FromRequestParts<Inside> for Caller {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, inside: &Inside) -> Result<Self, Failed> {
        let Ok(Extension(peer)) = Extension::<Peer>::from_request_parts(parts, inside).await else {
            return Err(refused(Rule::Authentication, "the connection is unknown", "connect again").into());
        };
        let context = &inside.context;
        let client = single(&parts.headers, &xroad::CLIENT).and_then(|text| text.parse().ok());
        let Some(ClientId::System(id)) = client else {
            let remedy = "send X-Road-Client: {network}/{class}/{member}/{system}";
            return Err(refused(Rule::ClientIdentifier, "the calling system is not named", remedy).into());
        };
        if id.organisation != context.identity.organisation {
            let remedy = "send X-Road-Client with a system of this organisation";
            return Err(refused(Rule::UnknownClient, "this gateway serves another organisation", remedy).into());
        }
        if let Some(person) = signed_in(parts, inside).await? {
            let system = context.people.registered(&id.system)?;
            let role = single(&parts.headers, &packhorse::ROLE).map(str::to_owned);
            let caller = Self { system, id, user: Some(person), role };
            caller.check_signed_in(context)?;
            return Ok(caller);
        }
        let presented = Presented {
            api_key: api_key(&parts.headers),
            certificate: peer.fingerprint,
            address: Some(peer.address.ip()),
        };
        let system = context.people.authenticate(&presented, &id.system)?;
        let text = |name| single(&parts.headers, name).map(str::to_owned);
        let caller = Self { system, id, user: text(&xroad::USER_ID), role: text(&packhorse::ROLE) };
        caller.check(context)?;
        Ok(caller)
    }
}

fn refused(rule: Rule, reason: &str, remedy: &str) -> Refusal {
    Refusal { side: Side::Outbound, rule, reason: reason.into(), remedy: remedy.into() }
}

/// The person whose session's token is shown, where no system shows a key of its own.
async fn signed_in(parts: &Parts, inside: &Inside) -> Result<Option<String>, Failed> {
    if bearer(&parts.headers).is_none() || api_key(&parts.headers).is_some() {
        return Ok(None);
    }
    let manager = Manager::of_token(&parts.headers, inside).await;
    let person = manager.ok().and_then(|manager| manager.person).ok_or_else(|| {
        refused(Rule::Authentication, "the token is no session's, or it has ended", "sign in again with /api/sign-in")
    })?;
    Ok(Some(person))
}

impl Caller {
    /// Whether the mailbox is a signed-in person's. A system that names no users vouches for software, and for nobody
    /// who signs in.
    pub(crate) fn check_signed_in(&self, context: &Context) -> Result<(), Refusal> {
        if !self.system.users.iter().any(|user| Some(&user.id) == self.user.as_ref()) {
            let remedy = "have the system's owner enter you as one of its users";
            return Err(refused(Rule::Role, "the system does not name this person as one of its users", remedy));
        }
        may_go_on(context, self.user.as_deref())?;
        self.check(context)
    }

    /// Whether the system has a mailbox, and it is this person's, who may use any.
    pub(crate) fn check(&self, context: &Context) -> Result<(), Refusal> {
        context.people.may_use_mailbox(&self.system, self.user.as_deref(), today())?;
        has_accepted(context, self.user.as_deref())
    }

    /// Whether the person may release what a scanner has stopped.
    pub(crate) fn may_release(&self, people: &People) -> Result<(), Refusal> {
        let releasers = self.system.mailbox.as_ref().map(|mailbox| &mailbox.releasers);
        let named = |user: &String| releasers.is_some_and(|releasers| people.accounts().is_among(user, releasers));
        if self.user.as_ref().is_some_and(named) {
            return Ok(());
        }
        Err(refused(
            Rule::Role,
            "the user may not release what a scanner has stopped",
            "ask one of the mailbox's releasers",
        ))
    }

    /// Through whom something happens.
    pub(crate) fn by(&self) -> By {
        By { system: Some(self.id.system.clone()), person: self.user.clone() }
    }

    /// The parcel in this mailbox, whichever side it is on; the recipient's first where a mailbox sent to itself.
    pub(crate) async fn parcel(&self, inside: &Inside, text: &str) -> Result<Parcel, ParcelError> {
        let id: ExchangeId = text.parse().map_err(|_| ParcelError::Missing)?;
        for side in [Side::Inbound, Side::Outbound] {
            if let Some(row) = self.parcel_on(inside, id, side).await? {
                return Ok(row);
            }
        }
        Err(ParcelError::Missing)
    }

    /// The parcel in this mailbox on one side.
    pub(crate) async fn parcel_on(
        &self,
        inside: &Inside,
        id: ExchangeId,
        side: Side,
    ) -> Result<Option<Parcel>, ParcelError> {
        let row = inside.context.parcels.row(id, side).await?;
        // What is still arriving or being checked is not in the mailbox.
        let visible = |row: &Parcel| side == Side::Outbound || !matches!(row.state.as_str(), "arriving" | "arrived");
        Ok(row.filter(|row| row.mailbox == self.id.system && visible(row)))
    }
}
