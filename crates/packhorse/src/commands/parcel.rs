//! `packhorse parcel`: an officer sends files to another body's mailbox, and deals with those that come.
//!
//! It must never decide what may be sent or who may fetch: it calls the inside port as a system of yours would.

mod act;
mod bar;
mod carry;
mod desk;
mod fetch;
mod forward;
mod journal;
mod look;
mod order;
mod send;
mod upload;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use packhorse_model::ExchangeId;

use crate::api::Target;
use crate::commands::caller::CallerArgs;
use crate::error::Result;
use crate::output::Output;
use desk::Desk;

/// Arguments of `parcel`.
#[derive(Debug, Args)]
pub(crate) struct ParcelArgs {
    #[command(subcommand)]
    act: Act,
}

/// Whose mailbox, at which gateway.
#[derive(Debug, Args)]
struct At {
    #[command(flatten)]
    target: Box<Target>,
    #[command(flatten)]
    caller: Box<CallerArgs>,
}

impl At {
    fn desk(&self) -> Result<Desk> {
        Ok(Desk::new(self.target.api()?, self.caller.headers()?))
    }
}

/// One parcel.
#[derive(Debug, Args)]
struct One {
    #[command(flatten)]
    at: At,
    /// The parcel's id
    parcel: ExchangeId,
}

/// One parcel, and why.
#[derive(Debug, Args)]
struct Reasoned {
    #[command(flatten)]
    one: One,
    /// Why, in a sentence: the other side reads it
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Send files; after an interruption the same command goes on where it ended
    Send(send::SendArgs),
    /// Show how a parcel stands, and every statement about it with who signed it
    Track(One),
    /// List what lies in the mailbox, or what was sent from it
    List(look::ListArgs),
    /// Fetch a parcel's files, check them, and say that it is collected
    Fetch(fetch::FetchArgs),
    /// Say that you have opened it
    Opened(One),
    /// Say that it is yours to deal with; its content goes from both gateways
    Acknowledge(One),
    /// Say that you do not deal with it; its content goes from both gateways
    Decline(Reasoned),
    /// Take back what you sent; what was collected before, the recipient is asked to delete
    Recall(Reasoned),
    /// Give the recipient more time
    Extend {
        #[command(flatten)]
        one: One,
        /// A day (2027-01-31), a moment, or how long from now (10d, 12h, 30m, 90s)
        #[arg(long, value_name = "WHEN", value_parser = order::moment)]
        until: jiff::Timestamp,
    },
    /// Let a parcel go on that a scanner has stopped
    Release(Reasoned),
    /// Keep its content whatever happens, until the hold is lifted
    Hold(One),
    /// Lift a hold
    Unhold(One),
    /// Say that you have deleted what you had collected, as the sender asked
    Deleted(One),
    /// Send it on from your own mailbox as a parcel of yours; its content does not leave the gateway
    Forward(forward::ForwardArgs),
    /// Write a sealed parcel onto a medium, when the recipient's gateway cannot be reached
    Export(carry::ExportArgs),
    /// Say who has a medium now
    Handover(carry::HandoverArgs),
    /// Show the register of media, or what was on one and who had it
    Media(carry::MediaArgs),
    /// Say that a medium is lost, and see what was on it
    Lost(carry::OnMedium),
    /// Bring in parcels from a medium
    Import(carry::ImportArgs),
    /// Hand out its receipt, which anybody can verify offline, even after its content is gone
    Receipt {
        #[command(flatten)]
        one: One,
        /// Write it into this new file
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
}

/// Runs one parcel command.
pub(crate) async fn run(args: ParcelArgs, output: Output) -> Result<()> {
    let plain = async |one: &One, word, done| act::say(one, word, &act::Said::default(), done, output).await;
    let reasoned = async |said: &Reasoned, word, done| {
        let reason = act::Said { reason: Some(said.reason.clone()), until: None };
        act::say(&said.one, word, &reason, done, output).await
    };
    match args.act {
        Act::Send(args) => send::run(args, output).await,
        Act::Track(one) => look::track(&one, output).await,
        Act::List(args) => look::list(&args, output).await,
        Act::Fetch(args) => fetch::run(&args, output).await,
        Act::Opened(one) => plain(&one, "opened", "you said that you opened it").await,
        Act::Acknowledge(one) => plain(&one, "acknowledge", "acknowledged: the sender is told").await,
        Act::Decline(said) => reasoned(&said, "decline", "declined: the sender is told").await,
        Act::Recall(said) => {
            reasoned(&said, "recall", "recall is under way: track shows what the recipient says").await
        }
        Act::Extend { one, until } => {
            let said = act::Said { reason: None, until: Some(until) };
            act::say(&one, "extend", &said, "extended: the recipient is told", output).await
        }
        Act::Release(said) => reasoned(&said, "release", "released").await,
        Act::Hold(one) => plain(&one, "hold", "held: its content is kept until the hold is lifted").await,
        Act::Unhold(one) => plain(&one, "unhold", "the hold is lifted").await,
        Act::Deleted(one) => plain(&one, "deleted", "you said that it is deleted: the sender is told").await,
        Act::Forward(args) => forward::run(&args, output).await,
        Act::Export(args) => carry::export(&args, output).await,
        Act::Handover(args) => carry::hand_over(&args, output).await,
        Act::Media(args) => carry::media(&args, output).await,
        Act::Lost(on) => carry::lost(&on, output).await,
        Act::Import(args) => carry::import(&args, output).await,
        Act::Receipt { one, output: file } => act::receipt(&one, &file, output).await,
    }
}
