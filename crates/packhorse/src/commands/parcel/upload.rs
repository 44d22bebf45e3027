//! Brings files to the gateway, going on where an earlier run ended (tus 1.0.0).
//!
//! It must never send a byte that the gateway said it has.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use packhorse_model::ExchangeId;

use super::bar::Bar;
use super::desk::{Desk, strange};
use super::order::Local;
use crate::api::accepted;
use crate::commands::caller::headers;
use crate::error::{Error, Result};

/// Bytes of one call.
const RUN: u64 = 16 << 20;
/// Attempts without a byte of progress, and the pause after the first, which doubles with each.
const ATTEMPTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(250);

/// Brings one file of a parcel.
pub(super) async fn bring(desk: &Desk, parcel: ExchangeId, index: usize, local: &Local, bar: &mut Bar) -> Result<()> {
    let path = format!("/{parcel}/files/{index}");
    let mut file = local.open()?;
    let mut at = offset(desk, &path).await?;
    bar.skip(at);
    let mut fruitless = 0;
    while at < local.size {
        let held = match step(desk, &path, read(&mut file, at, local)?, at).await {
            // Where it goes on after a break is the gateway's to say.
            Err(broken @ Error::Unreachable { .. }) => match offset(desk, &path).await {
                Err(Error::Unreachable { .. }) if fruitless < ATTEMPTS => at,
                Err(Error::Unreachable { .. }) => return Err(broken),
                other => other?,
            },
            other => other?,
        };
        if held > at {
            bar.advance(held - at)?;
            (at, fruitless) = (held, 0);
            continue;
        }
        if fruitless == ATTEMPTS {
            return Err(strange());
        }
        tokio::time::sleep(PAUSE * (1 << fruitless)).await;
        fruitless += 1;
    }
    Ok(())
}

/// Sends one run; where the upload then ends.
async fn step(desk: &Desk, path: &str, run: Bytes, at: u64) -> Result<u64> {
    let patch = headers([
        ("tus-resumable", Some("1.0.0".to_owned())),
        ("content-type", Some("application/offset+octet-stream".to_owned())),
        ("upload-offset", Some(at.to_string())),
    ])?;
    let answer = desk.call(Method::PATCH, path, patch, run).await?;
    match answer.status {
        // An earlier call went through although its answer did not, or is still being ended.
        StatusCode::CONFLICT | StatusCode::LOCKED | StatusCode::BAD_REQUEST => offset(desk, path).await,
        _ => number(&accepted(answer)?.headers),
    }
}

/// Where the upload goes on.
async fn offset(desk: &Desk, path: &str) -> Result<u64> {
    let tus = headers([("tus-resumable", Some("1.0.0".to_owned()))])?;
    number(&accepted(desk.call(Method::HEAD, path, tus, Bytes::new()).await?)?.headers)
}

fn number(headers: &HeaderMap) -> Result<u64> {
    let text = headers.get("upload-offset").and_then(|value| value.to_str().ok());
    text.and_then(|text| text.parse().ok()).ok_or_else(strange)
}

fn read(file: &mut std::fs::File, at: u64, local: &Local) -> Result<Bytes> {
    let mut run = Vec::new();
    file.seek(SeekFrom::Start(at)).map_err(Error::file(&local.path, "read"))?;
    file.take(RUN.min(local.size.saturating_sub(at)))
        .read_to_end(&mut run)
        .map_err(Error::file(&local.path, "read"))?;
    if run.is_empty() {
        let what = format!("{} was cut short while it was sent", local.path.display());
        return Err(Error::refused(what, "send it as a new parcel"));
    }
    Ok(run.into())
}
