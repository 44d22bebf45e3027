//! What lies in the mailbox is written into `in/`, whole, and then said to be collected.

use futures_util::StreamExt as _;
use packhorse_model::Side;
use packhorse_store::{Parcel, ParcelFilter, ParcelOrder};
use tokio::io::AsyncWriteExt as _;

use super::control::Control;
use super::{Desk, Trouble, put};
use crate::context::Context;
use crate::inside::mesh::name::name_of;
use crate::kinds::parcel::{ParcelError, Taken, content, end, mesh_id, read};

/// Most parcels received in one look.
const AT_ONCE: u32 = 100;

/// Receives what waits.
pub(super) async fn receive_all(context: &Context, desk: &Desk) -> Result<(), Trouble> {
    let filter = ParcelFilter {
        mailbox: Some(&desk.system.system),
        states: &["delivered"],
        order: ParcelOrder::Listed { after: None },
        limit: AT_ONCE,
        ..ParcelFilter::new(Side::Inbound)
    };
    let rows = context.parcels.rows().list(&filter).await.map_err(ParcelError::from)?;
    for row in rows {
        receive(context, desk, &row).await?;
    }
    Ok(())
}

async fn receive(context: &Context, desk: &Desk, row: &Parcel) -> Result<(), Trouble> {
    let payload = content::payload(context, row)?;
    let taken: Taken = read("parcel", &row.body)?;
    let message = mesh_id(row.id.parse().map_err(|_| ParcelError::Missing)?);
    // One file is given as it is; several as the archive that they travelled in.
    let folder = desk.below("in");
    let (data, unfinished) = (folder.join(format!("{message}.dat")), folder.join(format!("{message}.unfinished")));
    let mut file = tokio::fs::File::create(&unfinished).await?;
    match payload.manifest.files.as_slice() {
        [only] => {
            let mut runs = std::pin::pin!(payload.file(context, 0, 0, only.size)?);
            while let Some(run) = runs.next().await {
                file.write_all(&run?).await?;
            }
        }
        _ => {
            let mut runs = std::pin::pin!(payload.archive(context, 0, payload.size()));
            while let Some(run) = runs.next().await {
                file.write_all(&run?).await?;
            }
        }
    }
    file.flush().await?;
    file.sync_all().await?;
    tokio::fs::rename(&unfinished, &data).await?;
    let control = Control {
        from: name_of(&taken.from),
        to: name_of(&desk.system),
        workflow: row.workflow.clone(),
        subject: payload.manifest.subject.clone(),
        local_id: payload.manifest.reference.clone(),
        message: message.clone(),
    };
    put(&folder.join(format!("{message}.ctl")), control.to_xml().as_bytes()).await?;
    tokio::fs::File::open(&folder).await?.sync_all().await?;
    Ok(end::fetched_for_good(context, row, desk.by()).await?)
}
