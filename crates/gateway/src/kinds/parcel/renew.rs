//! Renewed: sealing keys that were replaced need open nothing for long. What lies here is sealed anew to the current one:
//! accounts whole, payloads by their header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhorse_governance::CallingSystem;
use packhorse_model::Side;
use packhorse_store::{Parcel, ParcelFilter, ParcelOrder};

use super::change::Change;
use super::desk::{Result, read, write};
use super::kept::{SealedPayload, Sent, Taken};
use super::pieces::{Seal, header_of};
use super::say;
use super::webhook::ACCOUNT_LIMIT;
use crate::context::Context;
use crate::error::GatewayError;

/// Seals what lies here to the current key, where it is sealed to a former one: a header each, no content. Who has
/// had only one key has nothing to look for.
pub(super) async fn seal_anew(context: &Context) {
    if context.parcels.keys().len() > 1
        && let Err(error) = seal_all_anew(context).await
    {
        tracing::warn!(%error, "what lies here could not be sealed to the current key");
    }
}

async fn seal_all_anew(context: &Context) -> Result<()> {
    seal_accounts_anew(context).await?;
    for side in [Side::Inbound, Side::Outbound] {
        let mut after: Option<(i64, String)> = None;
        loop {
            let filter = ParcelFilter {
                order: ParcelOrder::Made { after: after.as_ref().map(|(ms, id)| (*ms, id.as_str())) },
                ..ParcelFilter::new(side)
            };
            let rows = context.parcels.rows().list(&filter).await?;
            let Some(last) = rows.last() else { break };
            after = Some((last.created_ms, last.id.clone()));
            for row in rows.iter().filter(|row| row.private.is_some()) {
                seal_one(context, row).await?;
            }
        }
    }
    Ok(())
}

/// The accounts of MESH clients and webhooks.
async fn seal_accounts_anew(context: &Context) -> Result<()> {
    for system in context.people.systems().iter() {
        let Some(before) = &system.mailbox else { continue };
        let renewed = |kept: &Option<String>| match kept {
            Some(kept) => context.parcels.renewed("account", kept, ACCOUNT_LIMIT),
            None => Ok(None),
        };
        let (mesh, webhook) = (renewed(&before.mesh)?, renewed(&before.webhook)?);
        if mesh.is_none() && webhook.is_none() {
            continue;
        }
        let renew = |system: &mut CallingSystem| {
            // What was set anew meanwhile is sealed to the current key already.
            for mailbox in system.mailbox.iter_mut() {
                for (kept, before, renewed) in
                    [(&mut mailbox.mesh, &before.mesh, &mesh), (&mut mailbox.webhook, &before.webhook, &webhook)]
                {
                    if kept == before && renewed.is_some() {
                        kept.clone_from(renewed);
                    }
                }
            }
        };
        context.people.change(&system.code, renew).await.map_err(GatewayError::from)?;
    }
    Ok(())
}

async fn seal_one(context: &Context, row: &Parcel) -> Result<()> {
    let body = match row.side {
        Side::Inbound => {
            let mut taken: Taken = read("parcel", &row.body)?;
            if !renewed(context, &mut taken.sealed)? {
                return Ok(());
            }
            write("parcel", &taken)?
        }
        Side::Outbound => {
            let mut sent: Sent = read("parcel", &row.body)?;
            let Some(sealed) = &mut sent.sealed else { return Ok(()) };
            if !renewed(context, sealed)? {
                return Ok(());
            }
            write("parcel", &sent)?
        }
    };
    let state = say::state(row)?;
    Change::new(&say::about(row)?, &[state], None).body(body).make(context).await.map(|_| ())
}

/// Writes the header anew if the current key does not open it; whether it did.
fn renewed(context: &Context, sealed: &mut SealedPayload) -> Result<bool> {
    let header = header_of(&sealed.header)?;
    let own = context.parcels.own_key()?;
    if packhorse_keys::open_header([own], &header).is_ok() {
        return Ok(false);
    }
    let seal = Seal::open(context.parcels.keys(), &header)?;
    sealed.header = STANDARD.encode(seal.to(&[own.recipient()])?);
    Ok(true)
}
