//! `packhorse records`: the evidence, receipts, and erasing what could tell about a person.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use packhorse_model::ExchangeId;
use serde_json::{Value, json};

use crate::api::{Target, path, query};
use crate::error::{Error, Result};
use crate::files::{self, Access};
use crate::output::Output;

/// Arguments of `records`.
#[derive(Debug, Args)]
pub(crate) struct RecordsArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List exchanges, the newest first
    List(Filter),
    /// Show what is kept of an exchange
    Show {
        #[command(flatten)]
        target: Target,
        /// The exchange
        exchange: ExchangeId,
    },
    /// Erase the part that could tell about a person; the record and every proof stay
    Erase {
        #[command(flatten)]
        which: Which,
        /// Do it: it cannot be undone
        #[arg(long)]
        yes: bool,
    },
    /// Hand out the receipt of an exchange, which anybody can verify offline
    Receipt {
        #[command(flatten)]
        which: Which,
        /// Write it into this new file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct Filter {
    #[command(flatten)]
    target: Target,
    /// From this moment on, for example 2026-04-01T00:00:00Z
    #[arg(long, value_name = "MOMENT")]
    since: Option<Timestamp>,
    /// Before this moment
    #[arg(long, value_name = "MOMENT")]
    until: Option<Timestamp>,
    /// query, parcel, notice or match
    #[arg(long)]
    kind: Option<String>,
    /// With this organisation: NET/CLASS/code
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
    /// Under this agreement
    #[arg(long, value_name = "ID")]
    agreement: Option<String>,
    /// answered, refused or failed
    #[arg(long)]
    outcome: Option<String>,
    /// The page after this entry of the ledger
    #[arg(long, value_name = "INDEX")]
    before: Option<u64>,
    /// How many
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

#[derive(Debug, Args)]
struct Which {
    #[command(flatten)]
    target: Target,
    /// The exchange
    exchange: ExchangeId,
    /// The side that your gateway stood on, when it stood on both
    #[arg(long)]
    side: Option<Side>,
    /// The other organisation, when there are several
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Side {
    /// Your system asked
    Outbound,
    /// Yours was asked
    Inbound,
}

/// Runs one records command.
pub(crate) async fn run(args: RecordsArgs, output: Output) -> Result<()> {
    match args.act {
        Act::List(filter) => list(&filter, output).await,
        Act::Show { target, exchange } => {
            let shown = target.api()?.get(&path(&["records", &exchange.to_string()])).await?;
            let text = serde_json::to_string_pretty(&shown).map_err(std::io::Error::other)?;
            output.result(&shown, &text)
        }
        Act::Erase { which, yes: false } => Err(Error::Usage(format!(
            "erasing the content of {} cannot be undone: who signed what can then no longer be shown; repeat with --yes",
            which.exchange
        ))),
        Act::Erase { which, yes: true } => {
            which.target.api()?.delete(&which.address("content")).await?;
            let text = format!("the content of {} is erased; its record and proofs stay", which.exchange);
            output.result(&json!({"exchange": which.exchange, "erased": true}), &text)
        }
        Act::Receipt { which, out } => receipt(&which, out, output).await,
    }
}

async fn list(filter: &Filter, output: Output) -> Result<()> {
    let parameters = [
        ("since", filter.since.map(|moment| moment.to_string())),
        ("until", filter.until.map(|moment| moment.to_string())),
        ("kind", filter.kind.clone()),
        ("partner", filter.partner.clone()),
        ("agreement", filter.agreement.clone()),
        ("outcome", filter.outcome.clone()),
        ("before", filter.before.map(|index| index.to_string())),
        ("limit", Some(filter.limit.to_string())),
    ];
    let columns = [
        ("at", "/at"),
        ("exchange", "/exchange"),
        ("side", "/side"),
        ("partner", "/partner"),
        ("service", "/service"),
        ("agreement", "/agreement"),
        ("outcome", "/outcome"),
        ("rule", "/rule"),
    ];
    let records = filter.target.api()?.get(&format!("/records{}", query(&parameters))).await?;
    output.list(&records, &columns)?;
    let last =
        records.as_array().filter(|page| page.len() as u64 >= u64::from(filter.limit)).and_then(|page| page.last());
    match last.and_then(|last| last.get("index")).and_then(Value::as_u64) {
        Some(index) => output.hint(&format!("there may be more: --before {index}")),
        None => Ok(()),
    }
}

async fn receipt(which: &Which, out: Option<PathBuf>, output: Output) -> Result<()> {
    // The receipt is carried byte for byte: what it proves is the bytes.
    let receipt = which.target.api()?.get_bytes(&which.address("receipt")).await?;
    let Some(file) = out else { return output.document(&receipt) };
    files::write_new(&file, &receipt, Access::Owner)?;
    output
        .result(&json!({"exchange": which.exchange, "file": file}), &format!("the receipt is in {}", file.display()))?;
    output.hint(&format!("packhorse verify {} --anchor anchor.json --registry", file.display()))
}

impl Which {
    fn address(&self, what: &str) -> String {
        let side = self.side.map(|side| match side {
            Side::Outbound => "outbound".to_owned(),
            Side::Inbound => "inbound".to_owned(),
        });
        let narrowed = query(&[("side", side), ("partner", self.partner.clone())]);
        format!("{}{narrowed}", path(&["records", &self.exchange.to_string(), what]))
    }
}
