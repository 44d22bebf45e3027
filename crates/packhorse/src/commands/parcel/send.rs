//! `packhorse parcel send`: opens a dispatch, brings the files, closes it; every step can be done again.

use std::path::{Path, PathBuf};

use clap::Args;
use http::StatusCode;
use packhorse_model::ExchangeId;
use packhorse_model::parcel::SignedStatement;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::At;
use super::bar::Bar;
use super::desk::{Desk, json, rule, strange};
use super::journal::Journal;
use super::order::{Address, Order};
use super::upload;
use crate::api::accepted;
use crate::commands::caller::headers;
use crate::error::{Error, Result};
use crate::files::{self, Access};
use crate::output::Output;

/// Arguments of `parcel send`.
#[derive(Debug, Args)]
pub(super) struct SendArgs {
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    address: Address,
    /// Go on with this parcel, which an earlier command began
    #[arg(long, value_name = "PARCEL", conflicts_with = "files")]
    resume: Option<ExchangeId>,
    /// Send it once more although the same was sent within the last day
    #[arg(long)]
    again: bool,
    /// Put each parcel's receipt into this folder
    #[arg(long, value_name = "DIR")]
    receipts: Option<PathBuf>,
    /// The files
    #[arg(required_unless_present = "resume")]
    files: Vec<PathBuf>,
}

/// What the gateway opened.
#[derive(Debug, Deserialize)]
pub(super) struct Opened {
    pub(super) parcels: Vec<OpenedOne>,
}

/// One recipient's parcel.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct OpenedOne {
    pub(super) parcel: ExchangeId,
    to: String,
    agreement: String,
}

/// Sends.
pub(super) async fn run(args: SendArgs, output: Output) -> Result<()> {
    let (desk, yes) = (args.at.desk()?, args.address.yes);
    let mut journal = journal(&args)?;
    let Some(order) = journal.order.clone() else {
        return Err(Error::refused("the parcel was sent already", "packhorse parcel track shows how it stands"));
    };
    let opened = match open(&desk, &journal, &order, yes, output).await {
        // Nothing was begun: no trace of it need stay.
        Err(refused @ (Error::Api { .. } | Error::Refused { .. })) if journal.parcels.is_empty() => {
            journal.forget()?;
            return Err(refused);
        }
        other => other?,
    };
    journal.parcels = opened.parcels.iter().map(|one| one.parcel).collect();
    journal.keep()?;
    let first = *journal.parcels.first().ok_or_else(strange)?;
    let said = match finish(&desk, first, &order, output).await {
        Err(broken @ Error::Unreachable { .. }) => {
            output.progress(&format!(
                "interrupted: type the command again, or add --resume {first} in place of the files"
            ))?;
            return Err(broken);
        }
        other => other?,
    };
    if let Some(folder) = &args.receipts {
        receipts(&desk, folder, &journal.parcels).await?;
    }
    journal.done()?;
    show(&opened, &said, output)
}

fn journal(args: &SendArgs) -> Result<Journal> {
    if let Some(parcel) = args.resume {
        return Journal::find(parcel);
    }
    let caller = format!("{} {}", args.at.caller.client, args.at.caller.user.as_deref().unwrap_or_default());
    let order = args.address.clone().order(&args.files)?;
    let journal = Journal::of(&caller, order.clone())?;
    let (Some(_), Some(first)) = (journal.sent, journal.parcels.first()) else { return Ok(journal) };
    if !args.again {
        let remedy = "packhorse parcel track shows how it stands; --again sends it once more";
        return Err(Error::refused(format!("the same was sent within the last day, as {first}"), remedy));
    }
    journal.forget()?;
    Journal::of(&caller, order)
}

/// Opens the dispatch, or finds it again by its key.
async fn open(desk: &Desk, journal: &Journal, order: &Order, yes: bool, output: Output) -> Result<Opened> {
    let open = async |confirmed| {
        let key = headers([("idempotency-key", Some(journal.key.clone()))])?;
        desk.post_raw("", key, Some(&order.to_json(journal.expires_at, confirmed))).await
    };
    let mut answer = open(yes).await?;
    if answer.status == StatusCode::CONFLICT && rule(&answer) == "first-time" {
        confirm(&answer.body, output)?;
        answer = open(true).await?;
    }
    serde_json::from_slice(&accepted(answer)?.body).map_err(|_| strange())
}

/// The wrong recipient is the commonest breach: somebody looks, the first time.
pub(super) fn confirm(body: &[u8], output: Output) -> Result<()> {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let told = said.get("error").and_then(Value::as_str).unwrap_or("a recipient was never sent to before");
    match output.ask(&format!("{told}. Type yes to send it:"))?.as_deref() {
        Some("yes") => Ok(()),
        Some(_) => Err(Error::refused("nothing was sent", "look for the right recipient")),
        None => Err(Error::refused(told.to_owned(), "add --yes when it is the right one")),
    }
}

/// Brings what is missing and closes the dispatch; what the gateway said in accepting it.
async fn finish(desk: &Desk, first: ExchangeId, order: &Order, output: Output) -> Result<Vec<SignedStatement>> {
    let stands = desk.get(&format!("/{first}")).await?;
    if stands.get("state").and_then(Value::as_str) == Some("draft") {
        let mut bar = Bar::new(output, order.files.iter().map(|file| file.size).sum());
        for (index, local) in order.files.iter().enumerate() {
            let brought = upload::bring(desk, first, index, local, &mut bar).await;
            if brought.is_err() {
                bar.end()?;
            }
            brought?;
        }
        bar.end()?;
    }
    let answer = desk.post_raw(&format!("/{first}/send"), http::HeaderMap::new(), None).await?;
    statements(json(accepted(answer)?)?)
}

/// The statements of acceptance in an answer.
pub(super) fn statements(mut answer: Value) -> Result<Vec<SignedStatement>> {
    serde_json::from_value(answer["statements"].take()).map_err(|_| strange())
}

async fn receipts(desk: &Desk, folder: &Path, parcels: &[ExchangeId]) -> Result<()> {
    files::private_folder(folder)?;
    for parcel in parcels {
        let path = format!("/{parcel}/receipt");
        let answer = desk.call(http::Method::GET, &path, http::HeaderMap::new(), bytes::Bytes::new()).await?;
        files::write_new(&folder.join(format!("{parcel}.receipt.json")), &accepted(answer)?.body, Access::Owner)?;
    }
    Ok(())
}

/// The receipt at once: each parcel, and who accepted it when.
pub(super) fn show(opened: &Opened, said: &[SignedStatement], output: Output) -> Result<()> {
    let mut lines = Vec::new();
    for one in &opened.parcels {
        lines.push(format!("{} to {} under {}", one.parcel, one.to, one.agreement));
        let accepted = said.iter().filter(|signed| signed.statement().parcel == one.parcel);
        lines.extend(accepted.map(|signed| format!("  {}", super::look::line(signed))));
    }
    let data = serde_json::json!({"parcels": opened.parcels, "statements": said});
    output.result(&data, &lines.join("\n"))?;
    match opened.parcels.first() {
        Some(one) => output.hint(&format!("packhorse parcel track {}", one.parcel)),
        None => Ok(()),
    }
}
