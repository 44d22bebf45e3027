//! `packhorse parcel list` and `track`: what there is, and what was said of it.

use clap::Args;
use packhorse_model::parcel::{ParcelEvent, ParcelState, SignedStatement};
use serde_json::Value;

use super::desk::strange;
use super::{At, One};
use crate::api::query;
use crate::error::Result;
use crate::output::{Output, printable};

/// Arguments of `parcel list`.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    at: At,
    /// What lies in the mailbox, oldest first; this is what is listed when nothing is said
    #[arg(long, conflicts_with = "out")]
    r#in: bool,
    /// What was sent from it, newest first
    #[arg(long)]
    out: bool,
    /// Only those in this state
    #[arg(long)]
    state: Option<ParcelState>,
    /// Only those of this workflow
    #[arg(long)]
    workflow: Option<String>,
    /// Those behind this place in the mailbox
    #[arg(long, value_name = "PLACE", conflicts_with = "out")]
    after: Option<i64>,
    /// When there is nothing, wait so many seconds for something (at most 60)
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
}

/// Lists parcels.
pub(super) async fn list(args: &ListArgs, output: Output) -> Result<()> {
    let query = query(&[
        ("box", Some(if args.out { "out" } else { "in" }.to_owned())),
        ("state", args.state.map(|state| state.to_string())),
        ("workflow", args.workflow.clone()),
        ("after", args.after.map(|place| place.to_string())),
        ("wait", args.wait.map(|seconds| seconds.to_string())),
    ]);
    let mut answer = args.at.desk()?.get(&query).await?;
    let other = if args.out { ("to", "/to") } else { ("from", "/from") };
    let columns = [
        ("parcel", "/parcel"),
        ("state", "/state"),
        ("since", "/since"),
        other,
        ("workflow", "/workflow"),
        ("subject", "/cover/subject"),
        ("expires", "/expires_at"),
    ];
    output.list(&answer["parcels"].take(), &columns)
}

/// Shows how a parcel stands.
pub(super) async fn track(one: &One, output: Output) -> Result<()> {
    let tracked = one.at.desk()?.get(&format!("/{}", one.parcel)).await?;
    let said: Vec<SignedStatement> = serde_json::from_value(tracked["statements"].clone()).map_err(|_| strange())?;
    let text = |name: &str| printable(tracked.get(name).and_then(Value::as_str).unwrap_or_default());
    let mut lines = vec![
        format!("{} is {}", one.parcel, text("state")),
        format!("from {} to {}, workflow {}, under {}", text("from"), text("to"), text("workflow"), text("agreement")),
        format!("{}, expires {}", text("marking"), text("expires_at")),
    ];
    for (name, told) in [("waiting_for", "waiting: ")] {
        if !text(name).is_empty() {
            lines.push(format!("{told}{}", text(name)));
        }
    }
    match tracked["scanned_by_sender"].as_bool() {
        Some(true) => lines.push("scanned by the sender".to_owned()),
        Some(false) => lines.push("not scanned by the sender".to_owned()),
        None => {}
    }
    if tracked["legal_hold"] == true {
        lines.push("on legal hold".to_owned());
    }
    if let Some(cover) = tracked.get("cover") {
        lines.extend(inside(cover));
    }
    lines.extend(said.iter().map(line));
    output.result(&tracked, &lines.join("\n"))
}

/// What is in it, while that is there.
fn inside(cover: &Value) -> Vec<String> {
    let text = |value: &Value| printable(value.as_str().unwrap_or_default());
    let mut lines = Vec::new();
    for name in ["subject", "reference", "note"] {
        let told = text(&cover[name]);
        if !told.is_empty() {
            lines.push(format!("{name}: {told}"));
        }
    }
    for file in cover["files"].as_array().into_iter().flatten() {
        lines.push(format!("file: {} ({})", text(&file["name"]), super::bar::size(file["size"].as_u64().unwrap_or(0))));
    }
    lines
}

/// One statement: when, what, through whom, and who signed it with which key.
pub(super) fn line(signed: &SignedStatement) -> String {
    let statement = signed.statement();
    let mut told = format!("{}  {}", statement.at.strftime("%Y-%m-%d %H:%M:%S UTC"), statement.what.word());
    match &statement.what {
        ParcelEvent::Released { reason }
        | ParcelEvent::Declined { reason }
        | ParcelEvent::RecallAsked { reason }
        | ParcelEvent::Undeliverable { reason } => told.push_str(&format!(" ({reason})")),
        ParcelEvent::Delivered { scanned: false } => told.push_str(" (not scanned)"),
        ParcelEvent::Delivered { scanned: true } => told.push_str(" (scanned)"),
        ParcelEvent::Extended { until } => told.push_str(&format!(" until {until}")),
        ParcelEvent::Exported { medium } | ParcelEvent::MediumLost { medium } => {
            told.push_str(&format!(" (medium {medium})"));
        }
        ParcelEvent::HandedOver { medium, to } => told.push_str(&format!(" to {to} (medium {medium})")),
        ParcelEvent::Forwarded { parcel } => told.push_str(&format!(" as {parcel}")),
        _ => {}
    }
    if let Some(person) = &statement.person {
        told.push_str(&format!(" by {person}"));
    }
    if let Some(system) = &statement.system {
        told.push_str(&format!(" through {system}"));
    }
    printable(&format!("{told}, signed by {} with {}", statement.organisation, signed.signature().key))
}
