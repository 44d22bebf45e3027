//! The folder door: a case system drops files into `out/` and finds files in `in/`, as with NHS MESH's Java client.
//!
//! ```text
//! out/NAME.dat + out/NAME.ctl    what to send, and to whom; taken when both are older than a second
//! sent/NAME.dat + sent/NAME.ctl  what was sent; the control file then names the message (DTSId)
//! failed/NAME.…                  what was refused, and why, in NAME.err
//! in/ID.dat + in/ID.ctl          what was received; the control file comes last
//! in/ID.err                      why a parcel stays in the mailbox: a vetted person must fetch it
//! ```
//!
//! A file is seen only when it is complete, on either side: what is received is written under another name first.

mod control;
mod receive;
mod send;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use packhorse_governance::CallingSystem;
use packhorse_model::SystemId;

use crate::context::Context;
use crate::kinds::parcel::ParcelError;
use crate::kinds::parcel::say::By;

pub use control::{Control, ControlError};

/// How often folders are looked into.
const LOOK: Duration = Duration::from_secs(1);

/// One mailbox's folders.
struct Desk {
    system: SystemId,
    root: PathBuf,
}

impl Desk {
    fn of(context: &Context, system: &CallingSystem) -> Option<Self> {
        let folder = system.mailbox.as_ref()?.folder.as_ref()?;
        let system = SystemId { organisation: context.identity.organisation.clone(), system: system.code.clone() };
        Some(Self { system, root: PathBuf::from(folder) })
    }

    fn below(&self, folder: &str) -> PathBuf {
        self.root.join(folder)
    }

    fn by(&self) -> By {
        By { system: Some(self.system.system.clone()), person: None }
    }
}

/// Looks into every mailbox's folder, for ever.
pub async fn watch_folders(context: Arc<Context>) {
    loop {
        for system in context.people.systems() {
            if let Some(desk) = Desk::of(&context, &system)
                && let Err(error) = look(&context, &desk).await
            {
                tracing::warn!(mailbox = %desk.system.system, %error, "a mailbox's folder could not be worked through, trying again");
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(context: &Context, desk: &Desk) -> Result<(), Trouble> {
    for folder in ["in", "out", "sent", "failed"] {
        tokio::fs::create_dir_all(desk.below(folder)).await?;
    }
    send::send_all(context, desk).await?;
    receive::receive_all(context, desk).await
}

/// Why a folder could not be worked through. Never says what a file is called: names may be personal.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("the folder cannot be used: {0}")]
    Files(#[from] std::io::Error),
    #[error(transparent)]
    Parcel(#[from] ParcelError),
}

/// Puts a file into place in one step: others see all of it or nothing.
async fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    tokio::fs::write(&unfinished, bytes).await?;
    tokio::fs::File::open(&unfinished).await?.sync_all().await?;
    tokio::fs::rename(&unfinished, path).await
}
