//! Room: whether what is offered still fits into the mailbox, and into the sender's share of it.

use packhorse_governance::Mailbox;
use packhorse_model::parcel::{Offer, ParcelState};
use packhorse_model::{OrganisationId, Rule, Side};
use packhorse_store::ParcelFilter;

use super::desk::{ParcelError, Result, no};
use crate::context::Context;

/// Refuses an offer for which there is none, by rule quota.
pub(super) async fn room(
    context: &Context,
    mailbox: &Mailbox,
    code: &str,
    offer: &Offer,
    partner: &OrganisationId,
) -> Result<()> {
    let full = |what: &str| {
        let reason = format!("{what} has no room for the parcel");
        no(Side::Inbound, Rule::Quota, reason, "wait until the recipient has collected what lies there")
    };
    let lying = [
        ParcelState::Arriving,
        ParcelState::Arrived,
        ParcelState::Delivered,
        ParcelState::Quarantined,
        ParcelState::Collected,
    ]
    .map(ParcelState::word);
    let used = async |partner: Option<&str>| {
        let filter = ParcelFilter { mailbox: Some(code), partner, states: &lying, ..ParcelFilter::new(Side::Inbound) };
        Ok::<u64, ParcelError>(context.parcels.rows().usage(&filter).await?.bytes)
    };
    let partner = &partner.to_string();
    if let Some(most) = mailbox.most_bytes
        && used(None).await?.saturating_add(offer.size) > most
    {
        return Err(full("the mailbox"));
    }
    if let Some(most) = mailbox.most_bytes_per_partner
        && used(Some(partner)).await?.saturating_add(offer.size) > most
    {
        return Err(full("the mailbox, as far as this sender may fill it,"));
    }
    Ok(())
}
