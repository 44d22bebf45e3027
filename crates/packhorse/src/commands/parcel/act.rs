//! What is said about one parcel, and its receipt.

use std::path::Path;

use serde_json::json;

use super::One;
use crate::error::Result;
use crate::files::{self, Access};
use crate::output::Output;

/// What may be said with an act.
#[derive(Debug, Default, serde::Serialize)]
pub(super) struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<jiff::Timestamp>,
}

/// Says it.
pub(super) async fn say(one: &One, word: &str, said: &Said, done: &str, output: Output) -> Result<()> {
    let body = serde_json::to_value(said).map_err(std::io::Error::other)?;
    one.at.desk()?.post(&format!("/{}/{word}", one.parcel), Some(&body)).await?;
    output.result(&json!({"parcel": one.parcel, "done": word}), &format!("{} {done}", one.parcel))
}

/// Writes the receipt into a new file.
pub(super) async fn receipt(one: &One, file: &Path, output: Output) -> Result<()> {
    let path = format!("/{}/receipt", one.parcel);
    let answer = one.at.desk()?.call(http::Method::GET, &path, http::HeaderMap::new(), bytes::Bytes::new()).await?;
    // Carried byte for byte: what it proves is the bytes.
    files::write_new(file, &crate::api::accepted(answer)?.body, Access::Owner)?;
    output.result(&json!({"parcel": one.parcel, "file": file}), &format!("the receipt is in {}", file.display()))?;
    output.hint(&format!("packhorse verify {} --anchor anchor.json --registry", file.display()))
}
