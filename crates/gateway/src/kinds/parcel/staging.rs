//! Staging: content on its way in from our own staff and systems, kept as frames that are each sealed to ourselves,
//! so that no plaintext lies on disk and every upload goes on where it ended.
//!
//! A file is one part of an announced size, or numbered parts of any size (MESH's chunks), each whole once it says so.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use packhorse_keys::SealingKey;
use packhorse_model::parcel::{FILE_LIMIT, FileName, ParcelState};
use packhorse_model::{ExchangeId, Rule, Side};
use packhorse_store::{Objects, Parcel};
use tokio::task::JoinHandle;

use super::change::Change;
use super::desk::{ParcelError, Result, no, open_by_any, read, stored, write};
use super::kept::{Cover, CoverFile, Sent};
use super::say::{self, state};
use super::uploads::Turn;
use crate::context::Context;

/// Bytes of content in one frame.
const FRAME: usize = 4 * 1024 * 1024;
/// Frames of one upload being sealed and written at once: most of the time each waits for the disk.
const WRITTEN_AT_ONCE: usize = 4;
/// Frames being fetched and opened at once.
const READ_AT_ONCE: usize = 2;
/// Most bytes of one parcel's content: 100 GiB.
pub(crate) const CONTENT_LIMIT: u64 = 100 * 1024 * 1024 * 1024;
/// Most parts of one file.
pub(crate) const PART_LIMIT: u32 = 100_000;

/// Where content is put: a file of a dispatch, a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) dispatch: String,
    pub(crate) file: usize,
    pub(crate) part: u32,
}

/// What is there of a part.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    /// Frames by the offset at which they begin: length and path.
    frames: BTreeMap<u64, (u64, String)>,
    /// Its length, once it is whole.
    pub(crate) whole: Option<u64>,
}

impl Place {
    fn folder(&self) -> String {
        format!("{}/{:05}/{:06}", prefix(&self.dispatch), self.file, self.part)
    }
}

impl Part {
    /// The frames without a gap, in order: where each ends, and its path.
    fn unbroken(&self) -> impl Iterator<Item = (u64, &str)> {
        let mut end = 0;
        std::iter::from_fn(move || {
            let (length, path) = self.frames.get(&end)?;
            end += length;
            Some((end, path.as_str()))
        })
    }

    /// Bytes that are there without a gap.
    pub(crate) fn held(&self) -> u64 {
        self.unbroken().last().map_or(0, |(end, _)| end)
    }

    /// Whether all of it is there.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole.is_some_and(|size| size == self.held())
    }
}

fn prefix(dispatch: &str) -> String {
    format!("parcels/out/{dispatch}/staged")
}

/// The draft that content may be put into, and its cover: of a dispatch with several recipients, its first parcel's.
pub(crate) async fn draft(context: &Context, id: ExchangeId) -> Result<(Parcel, Cover)> {
    let mut row = context.parcels.row(id, Side::Outbound).await?.ok_or(ParcelError::Missing)?;
    let sent: Sent = read("parcel", &row.body)?;
    if let Some(first) = sent.to.first().filter(|first| first.parcel != id) {
        row = context.parcels.row(first.parcel, Side::Outbound).await?.ok_or(ParcelError::Missing)?;
    }
    let state = state(&row)?;
    if state != ParcelState::Draft {
        return Err(ParcelError::State { state, remedy: "what was sent cannot be added to" });
    }
    let cover = Cover::of_row(&row)?.ok_or(ParcelError::Gone)?;
    Ok((row, cover))
}

/// Adds a file to a draft; its place in the list.
pub(crate) async fn add_file(context: &Context, id: ExchangeId, file: CoverFile) -> Result<usize> {
    change_files(context, id, |files| {
        if files.len() >= FILE_LIMIT || files.iter().any(|other| other.name.folded() == file.name.folded()) {
            return Err(no(
                Side::Outbound,
                Rule::Parcel,
                "the parcel has a file of this name already, or too many",
                "rename the file",
            ));
        }
        files.push(file);
        Ok(files.len() - 1)
    })
    .await
}

/// Gives a file of a draft another name.
pub(crate) async fn rename_file(context: &Context, id: ExchangeId, index: usize, name: FileName) -> Result<()> {
    change_files(context, id, |files| {
        files.get_mut(index).ok_or(ParcelError::Missing)?.name = name;
        Ok(())
    })
    .await
}

/// Changes a draft's list of files, one change at a time: of two, the later would undo the earlier one.
async fn change_files<T>(
    context: &Context,
    id: ExchangeId,
    change: impl FnOnce(&mut Vec<CoverFile>) -> Result<T>,
) -> Result<T> {
    let dispatch = draft(context, id).await?.0.payload;
    let _turn = context.parcels.take_turn(&Place { dispatch, file: usize::MAX, part: 0 })?;
    let (row, mut cover) = draft(context, id).await?;
    let done = change(&mut cover.files)?;
    let step = Change::new(&say::about(&row)?, &[ParcelState::Draft], None).cover(write("cover", &cover)?);
    match step.make(context).await? {
        true => Ok(done),
        false => Err(ParcelError::State { state: ParcelState::Accepted, remedy: "what was sent cannot be changed" }),
    }
}

/// What is there of a dispatch, by file and part.
pub(crate) async fn held(context: &Context, dispatch: &str) -> Result<BTreeMap<(usize, u32), Part>> {
    collect(context.parcels.objects().list(&prefix(dispatch)).await?)
}

/// What is there of one part.
pub(crate) async fn part(context: &Context, place: &Place) -> Result<Part> {
    let mut parts = collect(context.parcels.objects().list(&place.folder()).await?)?;
    Ok(parts.remove(&(place.file, place.part)).unwrap_or_default())
}

fn collect(paths: Vec<String>) -> Result<BTreeMap<(usize, u32), Part>> {
    let mut parts: BTreeMap<(usize, u32), Part> = BTreeMap::new();
    for path in paths {
        let (key, name) = read_path(&path).ok_or_else(|| stored("staged frame", "its name is none"))?;
        let part = parts.entry(key).or_default();
        match name {
            Name::Frame { offset, length, last } => {
                part.whole = part.whole.or(last.then_some(offset + length));
                part.frames.insert(offset, (length, path));
            }
            Name::Whole(length) => part.whole = Some(length),
        }
    }
    Ok(parts)
}

enum Name {
    /// `offset-length`, and `-last` behind it when the part is whole with it.
    Frame { offset: u64, length: u64, last: bool },
    /// `whole-length`: an empty object that says so by itself.
    Whole(u64),
}

fn read_path(path: &str) -> Option<((usize, u32), Name)> {
    let mut parts = path.rsplit('/');
    let (name, part, file) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let name = match *name.split('-').collect::<Vec<_>>() {
        ["whole", length] => Name::Whole(number(length)?),
        [offset, length] => Name::Frame { offset: number(offset)?, length: number(length)?, last: false },
        [offset, length, "last"] => Name::Frame { offset: number(offset)?, length: number(length)?, last: true },
        _ => return None,
    };
    Some(((file, part), name))
}

/// Appends what a stream brings where the last upload ended, and nowhere else, and never beyond `limit`; where it ended.
/// What came before the stream broke off stays. What lies there is looked at only when the caller comes with another
/// offset than this process remembers: an upload in many calls would else cost more with each.
pub(crate) async fn append<S, E>(context: &Context, place: &Place, offset: u64, limit: u64, content: S) -> Result<u64>
where
    S: Stream<Item = std::result::Result<Bytes, E>>,
{
    let turn = context.parcels.take_turn(place)?;
    if turn.take_end() != Some(offset) {
        let there = part(context, place).await?;
        if offset != there.held() {
            return Err(ParcelError::Offset { expected: there.held() });
        }
        // What lies beyond a gap that a crash has left would stand beside what comes now.
        for (_, path) in there.frames.range(offset..).map(|(_, frame)| frame) {
            context.parcels.objects().delete(path).await?;
        }
    }
    Ok(fill(context, turn, place, offset, limit, content, End::Open).await?.0)
}

/// Puts a whole part, at most `limit` bytes. One that is whole already stays, unread; what an earlier try that broke
/// off has left goes.
pub(crate) async fn put_part<S, E>(context: &Context, place: &Place, limit: u64, content: S) -> Result<()>
where
    S: Stream<Item = std::result::Result<Bytes, E>>,
{
    let turn = context.parcels.take_turn(place)?;
    let before = part(context, place).await?;
    if before.is_whole() {
        return Ok(());
    }
    if before.held() > 0 || before.whole.is_some() {
        context.parcels.objects().delete_below(&place.folder()).await?;
    }
    match fill(context, turn, place, 0, limit, content, End::Whole).await? {
        (_, true) => Ok(()),
        (length, false) => close_part(context, place, length).await,
    }
}

/// Says that a part is whole; what it then is cannot change.
pub(crate) async fn close_part(context: &Context, place: &Place, length: u64) -> Result<()> {
    Ok(context.parcels.objects().put(&format!("{}/whole-{length:016x}", place.folder()), Bytes::new()).await?)
}

/// Drops what is there of a part that was not whole, to begin it again.
pub(crate) async fn drop_part(context: &Context, place: &Place) -> Result<()> {
    let turn = context.parcels.take_turn(place)?;
    turn.take_end();
    context.parcels.objects().delete_below(&place.folder()).await?;
    Ok(())
}

/// What the end of a stream means for its part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// More may follow.
    Open,
    /// The part is whole with it.
    Whole,
}

/// Stores what a stream brings; where it ended, and whether the last frame says that the part is whole.
async fn fill<S, E>(
    context: &Context,
    turn: Turn,
    place: &Place,
    offset: u64,
    limit: u64,
    content: S,
    end: End,
) -> Result<(u64, bool)>
where
    S: Stream<Item = std::result::Result<Bytes, E>>,
{
    let mut content = std::pin::pin!(content);
    let mut frames =
        Frames { context, turn: Arc::new(turn), folder: place.folder(), offset, under_way: VecDeque::new() };
    let mut frame = BytesMut::new();
    let mut ended = Ok(());
    while let Some(next) = content.next().await {
        let Ok(bytes) = next else {
            ended = Err(ParcelError::BrokeOff);
            break;
        };
        if frames.offset + (frame.len() + bytes.len()) as u64 > limit {
            ended = Err(ParcelError::TooLarge);
            break;
        }
        frame.extend_from_slice(&bytes);
        while frame.len() >= FRAME {
            frames.put(frame.split_to(FRAME).freeze(), false).await?;
        }
    }
    let last = end == End::Whole && ended.is_ok() && !frame.is_empty();
    if !frame.is_empty() {
        frames.put(frame.freeze(), last).await?;
    }
    let turn = Arc::clone(&frames.turn);
    let offset = frames.finish().await?;
    ended?;
    turn.ended(offset);
    Ok((offset, last))
}

/// Frames on their way to the disk, while the next is received.
struct Frames<'a> {
    context: &'a Context,
    /// Nobody else's turn before all have arrived, whatever becomes of the caller.
    turn: Arc<Turn>,
    folder: String,
    /// Where the next begins.
    offset: u64,
    under_way: VecDeque<JoinHandle<Result<()>>>,
}

impl Frames<'_> {
    async fn put(&mut self, frame: Bytes, last: bool) -> Result<()> {
        if self.under_way.len() >= WRITTEN_AT_ONCE
            && let Some(first) = self.under_way.pop_front()
        {
            joined(first).await?;
        }
        let length = frame.len() as u64;
        let last = if last { "-last" } else { "" };
        let path = format!("{}/{:016x}-{length:08x}{last}", self.folder, self.offset);
        let (keys, objects) = (Arc::clone(self.context.parcels.keys()), self.context.parcels.objects().clone());
        let turn = Arc::clone(&self.turn);
        self.offset += length;
        self.under_way.push_back(tokio::spawn(async move {
            let _turn = turn;
            let sealed = blocking(move || {
                let own = keys.first().ok_or_else(|| stored("sealing key", "none is configured"))?;
                Ok(packhorse_keys::seal(&[own.recipient()], &frame)?)
            })
            .await?;
            Ok(objects.put(&path, sealed.into()).await?)
        }));
        Ok(())
    }

    /// Waits for all; where they end.
    async fn finish(mut self) -> Result<u64> {
        while let Some(first) = self.under_way.pop_front() {
            joined(first).await?;
        }
        Ok(self.offset)
    }
}

/// What became of a task.
pub(super) async fn joined<T>(task: JoinHandle<Result<T>>) -> Result<T> {
    task.await.map_err(|error| stored("task", error))?
}

/// Drops everything that is staged of a dispatch.
pub(crate) async fn drop_all(context: &Context, dispatch: &str) -> Result<()> {
    context.parcels.objects().delete_below(&prefix(dispatch)).await?;
    Ok(())
}

/// The content of a file, part by part, frame by frame.
pub(super) fn content(
    context: &Context,
    parts: &BTreeMap<(usize, u32), Part>,
    file: usize,
) -> impl Stream<Item = Result<Bytes>> + use<> {
    let parts = parts.range((file, 0)..(file + 1, 0));
    let paths: Vec<String> = parts.flat_map(|(_, part)| part.unbroken().map(|(_, path)| path.to_owned())).collect();
    let (objects, keys) = (context.parcels.objects().clone(), Arc::clone(context.parcels.keys()));
    // Tasks, so that the next frames are fetched and opened while the last one is worked on.
    let frames = stream::iter(paths).map(move |path| tokio::spawn(frame(objects.clone(), Arc::clone(&keys), path)));
    frames.map(joined).buffered(READ_AT_ONCE)
}

async fn frame(objects: Objects, keys: Arc<Vec<SealingKey>>, path: String) -> Result<Bytes> {
    // A frame's seal adds a header and a tag for every 64 KiB.
    let sealed = objects.get(&path, 2 * FRAME as u64).await?.ok_or(ParcelError::Gone)?;
    blocking(move || {
        let opened = open_by_any(&keys, &sealed, FRAME);
        opened
            .map(Bytes::from)
            .ok_or_else(|| stored("staged frame", "none of the organisation's sealing keys opens it"))
    })
    .await
}

/// Work for a processor, out of the way of those who wait for sockets.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| stored("task", error))?
}

/// A request's body as a stream of its bytes.
pub(crate) fn of_body(body: Body) -> impl Stream<Item = std::result::Result<Bytes, axum::Error>> {
    body.into_data_stream()
}
