//! What lies in the mailbox is written into `in/`, whole, and then said to be collected. Beside what requires a vetted
//! person, and so is not given to a folder, stands why, in `in/ID.err`.

use std::path::PathBuf;

use futures_util::StreamExt as _;
use packhorse_model::{Refusal, Side};
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
    let mut after = None;
    loop {
        let filter = ParcelFilter {
            mailbox: Some(&desk.system.system),
            states: &["delivered"],
            order: ParcelOrder::Listed { after },
            limit: AT_ONCE,
            ..ParcelFilter::new(Side::Inbound)
        };
        let rows = context.parcels.rows().list(&filter).await.map_err(ParcelError::from)?;
        for row in &rows {
            match content::may_have(context, row, None) {
                Ok(()) => receive(context, desk, row).await?,
                Err(ParcelError::Refused(refusal)) => stays(desk, row, &refusal).await?,
                Err(error) => return Err(error.into()),
            }
        }
        // What stays must not keep what comes after it waiting.
        match rows.last() {
            Some(last) if rows.len() >= AT_ONCE as usize => after = Some(last.seq),
            _ => return Ok(()),
        }
    }
}

/// Says once why a parcel stays in the mailbox.
async fn stays(desk: &Desk, row: &Parcel, refusal: &Refusal) -> Result<(), Trouble> {
    let file = reason_file(desk, &name_of_message(row)?);
    if !tokio::fs::try_exists(&file).await? {
        put(&file, format!("{refusal}\n").as_bytes()).await?;
    }
    Ok(())
}

fn reason_file(desk: &Desk, message: &str) -> PathBuf {
    desk.below("in").join(format!("{message}.err"))
}

fn name_of_message(row: &Parcel) -> Result<String, ParcelError> {
    Ok(mesh_id(row.id.parse().map_err(|_| ParcelError::Missing)?))
}

async fn receive(context: &Context, desk: &Desk, row: &Parcel) -> Result<(), Trouble> {
    let payload = content::payload(context, row, None)?;
    let taken: Taken = read("parcel", &row.body)?;
    let message = name_of_message(row)?;
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
    // Somebody has lifted what kept it.
    match tokio::fs::remove_file(reason_file(desk, &message)).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    tokio::fs::File::open(&folder).await?.sync_all().await?;
    Ok(end::fetched_for_good(context, row, desk.by()).await?)
}
