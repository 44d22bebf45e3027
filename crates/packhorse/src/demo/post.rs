//! A parcel as the story sends and follows it: a file goes from one post room to another's mailbox.
//!
//! It knows the commands; never what should become of a parcel.

use std::time::Duration;

use serde_json::Value;

use super::cast::{COUNTY, Organisation, POLICE};
use super::stage::{Said, Stage};
use crate::error::{Error, Result};

/// Who sends in the story, and to whom.
pub(super) const SENDER: Organisation = COUNTY;
pub(super) const RECIPIENT: Organisation = POLICE;
/// The workflow that they have agreed.
const WORKFLOW: &str = "CAMERA-RECORDING";
/// Longest wait for the next that is said of a parcel.
const TRAVELS: Duration = Duration::from_secs(60);
/// Where receipts are put.
const RECEIPTS: &str = "receipts";

/// A file to be sent, and what is written on the parcel.
pub(super) struct Sending<'a> {
    pub(super) file: &'static str,
    pub(super) content: &'a [u8],
    pub(super) subject: &'static str,
    pub(super) reference: &'static str,
}

impl Sending<'_> {
    /// Writes the file, tells the command that sends it, and sends it; the parcel's id.
    pub(super) async fn send(&self, stage: &Stage) -> Result<String> {
        stage.place.write(self.file, self.content)?;
        let mut words = ["parcel", "send", self.file].map(str::to_owned).to_vec();
        let options = [
            ("--to", RECIPIENT.post_room_id()),
            ("--workflow", WORKFLOW.to_owned()),
            ("--subject", self.subject.to_owned()),
            ("--reference", self.reference.to_owned()),
            ("--marking", "official-sensitive".to_owned()),
            ("--receipts", RECEIPTS.to_owned()),
        ];
        words.extend(options.into_iter().flat_map(|(option, value)| [option.to_owned(), value]));
        words.extend(post_room(&SENDER));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = stage.run(&words).await?;
        stage.narrator.said(&said.out)?;
        let parcel = said.out.split_whitespace().next().map(str::to_owned);
        parcel.ok_or_else(|| Error::NotHeld("the parcel has no id".to_owned()))
    }
}

/// The words by which a post room says who it is, and at which gateway.
fn post_room(of: &Organisation) -> [String; 6] {
    [
        "--client".to_owned(),
        of.post_room_id(),
        "--api-key-file".to_owned(),
        of.post_key_file(),
        "--config".to_owned(),
        of.config(),
    ]
}

/// Tells a command about a parcel and runs it.
pub(super) async fn command(stage: &Stage, by: &Organisation, act: &[&str]) -> Result<Said> {
    let room = post_room(by);
    let words: Vec<&str> = ["parcel"].iter().chain(act).copied().chain(room.iter().map(String::as_str)).collect();
    stage.run(&words).await
}

/// Tells how a parcel stands, and every step of it with who signed.
pub(super) async fn show(stage: &Stage, by: &Organisation, parcel: &str) -> Result<Said> {
    let said = command(stage, by, &["track", parcel]).await?;
    stage.narrator.said(&said.out)?;
    Ok(said)
}

/// Waits until a parcel stands as it should, by its sender's own gateway.
pub(super) async fn until(stage: &mut Stage, parcel: &str, what: &str, so: impl Fn(&Value) -> bool) -> Result<()> {
    let room = post_room(&SENDER);
    let track: Vec<&str> = ["parcel", "track", parcel].into_iter().chain(room.iter().map(String::as_str)).collect();
    let there = async |stage: &Stage| Ok(so(&stage.data(&track).await?).then_some(()));
    stage.wait(what, TRAVELS, there).await
}

/// What was said of a parcel, in order.
pub(super) fn events(tracked: &Value) -> Vec<&str> {
    let said = tracked["statements"].as_array().into_iter().flatten();
    said.filter_map(|signed| signed.pointer("/statement/what/event")?.as_str()).collect()
}
