//! One SFTP session on one mailbox (draft-ietf-secsh-filexfer-02, version 3, which everybody speaks).

use std::collections::HashMap;
use std::sync::Arc;

use packhorse_model::parcel::ParcelState;
use packhorse_model::{ExchangeId, Side, SystemId};
use packhorse_store::{Parcel, ParcelFilter, ParcelOrder};
use russh_sftp::protocol::{
    Attrs, Data, File, FileAttributes, FileMode, Handle, Name, OpenFlags, Status, StatusCode, Version,
};
use russh_sftp::server::StatusReply;
use tokio::sync::OwnedSemaphorePermit;

use super::drop::{self, Drop};
use super::fetch::Fetch;
use super::tree::{Place, flat};
use crate::context::Context;
use crate::kinds::parcel::say::By;
use crate::kinds::parcel::{Cover, ParcelError, content, end, mesh_id};

/// Most handles of one session.
const HANDLES: usize = 64;
/// Most names of one folder that are shown.
const NAMES: u32 = 200;

/// The files of a mailbox.
pub(super) struct Files {
    context: Arc<Context>,
    system: SystemId,
    handles: HashMap<String, Open>,
    next: u64,
    /// The channel's place among those of its connection.
    _place: OwnedSemaphorePermit,
}

/// What a handle stands for.
enum Open {
    Folder(Option<Vec<File>>),
    Fetch(Box<Fetch>),
    /// Its file's name decides what closing means.
    Drop(Box<Drop>, String),
    Text(Vec<u8>),
}

fn no(code: StatusCode, why: impl Into<String>) -> StatusReply {
    StatusReply::new(code).with_message(why)
}

fn told(error: &ParcelError) -> StatusReply {
    let code = match error {
        ParcelError::Missing => StatusCode::NoSuchFile,
        ParcelError::Refused(_) => StatusCode::PermissionDenied,
        ParcelError::Gateway(broken) => {
            tracing::error!(error = %broken, "an sftp request failed");
            return no(StatusCode::Failure, "something broke in the gateway: try again later");
        }
        _ => StatusCode::Failure,
    };
    no(code, error.to_string())
}

fn folder() -> FileAttributes {
    let mut attributes = FileAttributes { size: Some(0), permissions: Some(0o700), ..FileAttributes::empty() };
    attributes.set_type(FileMode::DIR);
    attributes
}

fn file(size: u64) -> FileAttributes {
    let mut attributes = FileAttributes { size: Some(size), permissions: Some(0o600), ..FileAttributes::empty() };
    attributes.set_type(FileMode::REG);
    attributes
}

impl Files {
    pub(super) fn new(context: Arc<Context>, system: String, place: OwnedSemaphorePermit) -> Self {
        let system = SystemId { organisation: context.identity.organisation.clone(), system };
        Self { context, system, handles: HashMap::new(), next: 0, _place: place }
    }

    fn by(&self) -> By {
        By { system: Some(self.system.system.clone()), person: None }
    }

    fn keep(&mut self, id: u32, open: Open) -> Result<Handle, StatusReply> {
        if self.handles.len() >= HANDLES {
            return Err(no(StatusCode::Failure, "too many open files: close some"));
        }
        self.next += 1;
        let handle = self.next.to_string();
        self.handles.insert(handle.clone(), open);
        Ok(Handle { id, handle })
    }

    /// A parcel in the mailbox, by the name of its folder.
    async fn parcel(&self, name: &str, side: Side) -> Result<Parcel, ParcelError> {
        let id = exchange(name).ok_or(ParcelError::Missing)?;
        let row = self.context.parcels.row(id, side).await?.ok_or(ParcelError::Missing)?;
        let state: ParcelState = row.state.parse().map_err(|_| ParcelError::Missing)?;
        let fetchable = matches!(state, ParcelState::Delivered | ParcelState::Collected) && row.private.is_some();
        if row.mailbox != self.system.system || side == Side::Inbound && !fetchable {
            return Err(ParcelError::Missing);
        }
        Ok(row)
    }

    async fn rows(&self, side: Side) -> Result<Vec<Parcel>, ParcelError> {
        let filter = ParcelFilter {
            mailbox: Some(&self.system.system),
            states: if side == Side::Inbound { &["delivered"] } else { &[] },
            order: if side == Side::Inbound {
                ParcelOrder::Listed { after: None }
            } else {
                ParcelOrder::Made { after: None }
            },
            newest_first: side == Side::Outbound,
            limit: NAMES,
            ..ParcelFilter::new(side)
        };
        Ok(self.context.parcels.rows().list(&filter).await?)
    }

    async fn names(&self, place: &Place) -> Result<Vec<File>, ParcelError> {
        let folders = |names: &[&str]| names.iter().map(|name| File::new(*name, folder())).collect();
        Ok(match place {
            Place::Root => folders(&["in", "out", "sent"]),
            // Whom one may send to is for agreements: any recipient and workflow can be named.
            Place::Out | Place::Recipient(_) | Place::Workflow(..) => Vec::new(),
            Place::In => self.rows(Side::Inbound).await?.iter().filter_map(listed).collect(),
            Place::Parcel(parcel) => files(&self.parcel(parcel, Side::Inbound).await?)?,
            Place::Sent => {
                let mut names = Vec::new();
                for row in self.rows(Side::Outbound).await?.iter().filter(|row| row.state != "draft") {
                    if let Some(id) = exchange(&row.id) {
                        names.push(File::new(format!("{}.json", mesh_id(id)), file(status(row).len() as u64)));
                    }
                }
                names
            }
            _ => return Err(ParcelError::Missing),
        })
    }

    async fn attributes(&self, path: &str) -> Result<FileAttributes, ParcelError> {
        match Place::parse(path).ok_or(ParcelError::Missing)? {
            Place::Root | Place::Out | Place::In | Place::Sent | Place::Recipient(_) | Place::Workflow(..) => {
                Ok(folder())
            }
            Place::Parcel(parcel) => self.parcel(&parcel, Side::Inbound).await.map(|_| folder()),
            Place::File(parcel, name) => {
                let all = files(&self.parcel(&parcel, Side::Inbound).await?)?;
                all.into_iter().find(|file| file.filename == name).map(|file| file.attrs).ok_or(ParcelError::Missing)
            }
            Place::Status(parcel) => Ok(file(status(&self.parcel(&parcel, Side::Outbound).await?).len() as u64)),
            // So that an upload that broke off can go on.
            Place::Drop(to, workflow, name) => {
                let size = Drop::size(&self.context, &self.system, [&to, &workflow, &name]).await?;
                size.map(file).ok_or(ParcelError::Missing)
            }
        }
    }

    async fn opened(&self, place: Place, flags: OpenFlags) -> Result<Open, ParcelError> {
        match place {
            Place::Drop(to, workflow, name) if flags.contains(OpenFlags::WRITE) => {
                let anew = flags.contains(OpenFlags::TRUNCATE);
                let drop = Drop::open(&self.context, &self.system, [&to, &workflow, &name], anew).await?;
                Ok(Open::Drop(Box::new(drop), name))
            }
            _ if flags.contains(OpenFlags::WRITE) => Err(ParcelError::Missing),
            Place::File(parcel, name) => {
                let row = self.parcel(&parcel, Side::Inbound).await?;
                let payload = content::payload(&self.context, &row, None)?;
                let same = |file: &packhorse_model::parcel::FileEntry| flat(file.name.as_str()) == name;
                let index = payload.manifest.files.iter().position(same).ok_or(ParcelError::Missing)?;
                Ok(Open::Fetch(Box::new(Fetch::new(payload, index)?)))
            }
            Place::Status(parcel) => Ok(Open::Text(status(&self.parcel(&parcel, Side::Outbound).await?))),
            _ => Err(ParcelError::Missing),
        }
    }

    /// Fetched for good: the software has it, the content goes.
    async fn done(&self, parcel: &str) -> Result<(), ParcelError> {
        let row = self.parcel(parcel, Side::Inbound).await?;
        end::fetched_for_good(&self.context, &row, self.by()).await
    }
}

fn exchange(name: &str) -> Option<ExchangeId> {
    let digits = name.replace('-', "").to_ascii_lowercase();
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let (a, b, c, d, e) = (&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]);
    format!("{a}-{b}-{c}-{d}-{e}").parse().ok()
}

fn listed(row: &Parcel) -> Option<File> {
    row.private.as_ref()?;
    Some(File::new(mesh_id(exchange(&row.id)?), folder()))
}

fn files(row: &Parcel) -> Result<Vec<File>, ParcelError> {
    let cover = Cover::of_row(row)?.ok_or(ParcelError::Gone)?;
    Ok(cover.files.iter().map(|one| File::new(flat(one.name.as_str()), file(one.size.unwrap_or(0)))).collect())
}

/// How a sent parcel stands, without what is in it.
fn status(row: &Parcel) -> Vec<u8> {
    let said = serde_json::json!({
        "parcel": row.id, "state": row.state, "to": row.partner, "workflow": row.workflow,
        "changed_ms": row.changed_ms, "expires_ms": row.expires_ms,
    });
    format!("{said}\n").into_bytes()
}

fn fine(id: u32) -> Status {
    Status { id, status_code: StatusCode::Ok, error_message: String::new(), language_tag: "en".into() }
}

impl russh_sftp::server::Handler for Files {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusReply::new(StatusCode::OpUnsupported)
    }

    async fn init(&mut self, _: u32, _: HashMap<String, String>) -> Result<Version, StatusReply> {
        Ok(Version::new())
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, StatusReply> {
        let place = Place::parse(&path).ok_or_else(|| told(&ParcelError::Missing))?;
        Ok(Name { id, files: vec![File::dummy(place.path())] })
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, StatusReply> {
        let attrs = self.attributes(&path).await.map_err(|error| told(&error))?;
        Ok(Attrs { id, attrs })
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, StatusReply> {
        self.stat(id, path).await
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusReply> {
        let attrs = match self.handles.get(&handle) {
            Some(Open::Folder(_)) => folder(),
            Some(Open::Fetch(fetch)) => file(fetch.size()),
            Some(Open::Drop(drop, _)) => file(drop.end()),
            Some(Open::Text(text)) => file(text.len() as u64),
            None => return Err(StatusReply::new(StatusCode::Failure)),
        };
        Ok(Attrs { id, attrs })
    }

    /// Times and rights of a file mean nothing here; clients set them unasked.
    async fn setstat(&mut self, id: u32, _: String, _: FileAttributes) -> Result<Status, StatusReply> {
        Ok(fine(id))
    }

    async fn fsetstat(&mut self, id: u32, _: String, _: FileAttributes) -> Result<Status, StatusReply> {
        Ok(fine(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, StatusReply> {
        let place = Place::parse(&path).ok_or_else(|| told(&ParcelError::Missing))?;
        let names = self.names(&place).await.map_err(|error| told(&error))?;
        self.keep(id, Open::Folder(Some(names)))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusReply> {
        match self.handles.get_mut(&handle) {
            Some(Open::Folder(names)) => match names.take() {
                Some(files) if !files.is_empty() => Ok(Name { id, files }),
                _ => Err(StatusReply::new(StatusCode::Eof)),
            },
            _ => Err(StatusReply::new(StatusCode::Failure)),
        }
    }

    /// Folders below `out` are there without being made.
    async fn mkdir(&mut self, id: u32, path: String, _: FileAttributes) -> Result<Status, StatusReply> {
        match Place::parse(&path) {
            Some(Place::Recipient(_) | Place::Workflow(..)) => Ok(fine(id)),
            _ => Err(no(StatusCode::PermissionDenied, "folders are made below out only")),
        }
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        pflags: OpenFlags,
        _: FileAttributes,
    ) -> Result<Handle, StatusReply> {
        let place = Place::parse(&filename).ok_or_else(|| told(&ParcelError::Missing))?;
        let open = self.opened(place, pflags).await.map_err(|error| told(&error))?;
        self.keep(id, open)
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Result<Data, StatusReply> {
        let context = Arc::clone(&self.context);
        let data = match self.handles.get_mut(&handle) {
            Some(Open::Fetch(fetch)) => fetch.read(&context, offset, len).await.map_err(|error| told(&error))?.to_vec(),
            Some(Open::Text(text)) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
                text[from..text.len().min(from.saturating_add(len as usize))].to_vec()
            }
            _ => return Err(StatusReply::new(StatusCode::Failure)),
        };
        if data.is_empty() { Err(StatusReply::new(StatusCode::Eof)) } else { Ok(Data { id, data }) }
    }

    async fn write(&mut self, id: u32, handle: String, offset: u64, data: Vec<u8>) -> Result<Status, StatusReply> {
        let context = Arc::clone(&self.context);
        let Some(Open::Drop(drop, _)) = self.handles.get_mut(&handle) else {
            return Err(StatusReply::new(StatusCode::Failure));
        };
        drop.write(&context, offset, &data).await.map_err(|error| told(&error))?;
        Ok(fine(id))
    }

    /// A closed file is complete, unless its name says otherwise. One whose session broke off is not closed.
    async fn close(&mut self, id: u32, handle: String) -> Result<Status, StatusReply> {
        if let Some(Open::Drop(mut drop, name)) = self.handles.remove(&handle) {
            let ended = match Place::is_unfinished(&name) {
                true => drop.put_away(&self.context).await,
                false => drop.send(&self.context, &self.by()).await,
            };
            ended.map_err(|error| told(&error))?;
        }
        Ok(fine(id))
    }

    async fn rename(&mut self, id: u32, oldpath: String, newpath: String) -> Result<Status, StatusReply> {
        match (Place::parse(&oldpath), Place::parse(&newpath)) {
            (Some(Place::Drop(to, workflow, old)), Some(Place::Drop(same_to, same_workflow, new)))
                if (&to, &workflow) == (&same_to, &same_workflow) && !Place::is_unfinished(&new) =>
            {
                let from = [to.as_str(), workflow.as_str(), old.as_str()];
                drop::send_as(&self.context, &self.system, from, &new, &self.by())
                    .await
                    .map_err(|error| told(&error))?;
                Ok(fine(id))
            }
            _ => Err(no(StatusCode::PermissionDenied, "only an unfinished file is renamed, within its folder")),
        }
    }

    async fn remove(&mut self, id: u32, filename: String) -> Result<Status, StatusReply> {
        match Place::parse(&filename) {
            Some(Place::File(parcel, _)) => {
                let all = match self.parcel(&parcel, Side::Inbound).await {
                    Ok(row) => files(&row).map_err(|error| told(&error))?.len(),
                    Err(error) => return Err(told(&error)),
                };
                if all > 1 {
                    return Err(no(StatusCode::PermissionDenied, "a parcel goes as a whole: remove its folder"));
                }
                self.done(&parcel).await.map_err(|error| told(&error))?;
                Ok(fine(id))
            }
            _ => Err(no(StatusCode::PermissionDenied, "only what was fetched is removed")),
        }
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Result<Status, StatusReply> {
        match Place::parse(&path) {
            Some(Place::Parcel(parcel)) => {
                self.done(&parcel).await.map_err(|error| told(&error))?;
                Ok(fine(id))
            }
            _ => Err(no(StatusCode::PermissionDenied, "only a parcel's folder is removed")),
        }
    }
}
