//! What the operator sees and decides: requests to join, by fingerprints compared; members.

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use packhorse_directory::assurance::{Decision, Outcome};
use packhorse_directory::registry::{AssuranceDates, PendingRequest};
use packhorse_keys::Fingerprint;
use packhorse_model::OrganisationId;
use serde_json::{Value, json};

use super::RegistryFolder;
use super::assurance::AT_THE_TERMINAL;
use crate::error::{Error, Result};
use crate::keys::together;
use crate::output::{Output, printable};

/// Arguments of `registry approve`.
#[derive(Debug, Args)]
pub(super) struct Approval {
    /// The request
    id: String,
    /// The fingerprint of all keys that the applicant's people read out to you
    #[arg(long, value_name = "sha256:HEX", conflicts_with = "yes")]
    fingerprint: Option<Fingerprint>,
    /// Admit without comparing: whoever sent the request gets in
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    seen: Seen,
}

/// Arguments of `registry assure`.
#[derive(Debug, Args)]
pub(super) struct Renewal {
    /// NET/CLASS/code
    organisation: OrganisationId,
    #[command(flatten)]
    seen: Seen,
}

/// What the operator has seen of an organisation's assurance; that its code of connection is accepted is said by the
/// command itself.
#[derive(Debug, Args)]
struct Seen {
    /// Day on which the information charter was signed
    #[arg(long, value_name = "DATE")]
    charter: Option<Date>,
    /// Day of the latest statement that staff training is in order
    #[arg(long, value_name = "DATE")]
    training: Option<Date>,
    /// Last day on which the assurance holds [default: a year from today]
    #[arg(long, value_name = "DATE")]
    valid_until: Option<Date>,
}

impl Seen {
    /// Of what was not seen anew, what stood before stays.
    fn dates(&self) -> AssuranceDates {
        AssuranceDates { charter: self.charter, training: self.training }
    }
}

/// Lists the requests, or shows one whole.
pub(super) async fn requests(folder: &RegistryFolder, id: Option<&str>, output: Output) -> Result<()> {
    let pending = folder.open().await?.requests().await?;
    if let Some(id) = id {
        let request = pending.iter().find(|request| request.id == id).ok_or_else(unknown)?;
        let whole = format!("{}\n\ncode of connection:\n{}", shown(request), lines(&request.answers));
        return output.result(&as_json(request), &whole);
    }
    let rows: Vec<Value> = pending.iter().map(as_json).collect();
    let columns =
        [("request", "/id"), ("organisation", "/organisation"), ("name", "/details/name"), ("received", "/received")];
    output.list(&rows.into(), &columns)?;
    if pending.is_empty() { Ok(()) } else { output.hint("packhorse registry requests <request> shows one whole") }
}

/// Admits an organisation.
pub(super) async fn approve(folder: &RegistryFolder, approval: &Approval, output: Output) -> Result<()> {
    let registry = folder.open().await?;
    let pending = registry.requests().await?;
    let request = pending.iter().find(|request| request.id == approval.id).ok_or_else(unknown)?;
    output.progress(&shown(request))?;
    let expected = together(&request.fingerprints);
    match approval.fingerprint {
        Some(read_out) if read_out != expected => {
            return Err(Error::refused(
                "the fingerprint read out is not the one of this request: somebody else may have sent it",
                "do not admit it; ask the applicant to look at its own with gateway join",
            ));
        }
        None if !approval.yes => {
            return Err(Error::refused(
                "nobody has compared the fingerprint of all keys",
                "call the applicant on a number you know, then repeat with --fingerprint and what they read out",
            ));
        }
        _ => {}
    }
    let seen: Vec<Fingerprint> = request.fingerprints.iter().map(|(_, fingerprint)| *fingerprint).collect();
    let valid_until = approval.seen.valid_until;
    let decision = Decision { outcome: Outcome::Certificate, valid_until, reason: None, as_answered: true };
    let (dates, now) = (approval.seen.dates(), Timestamp::now());
    let found = registry.assess_request(request, &seen, decision, dates, AT_THE_TERMINAL, now).await?;
    let (organisation, index) = (&request.organisation, found.entry);
    let text = format!("{organisation} is a member: entry {} of the directory", index.unwrap_or_default());
    output.result(&json!({"organisation": organisation, "state": "active", "entry": index}), &text)?;
    output.hint("its gateway notices within seconds; every other within a minute")
}

/// Renews a member's assurance.
pub(super) async fn assure(folder: &RegistryFolder, renewal: &Renewal, output: Output) -> Result<()> {
    let registry = folder.open().await?;
    let organisation = &renewal.organisation;
    let now = Timestamp::now();
    let in_a_year = now.to_zoned(TimeZone::UTC).date().saturating_add(1.year());
    let until = renewal.seen.valid_until.unwrap_or(in_a_year);
    let found = registry.accept(organisation, until, renewal.seen.dates(), AT_THE_TERMINAL, now).await?;
    let index = found.entry.unwrap_or_default();
    let text = format!("{organisation} is assured until {until}: entry {index} of the directory");
    output.result(&json!({"organisation": organisation, "assured_until": until, "entry": index}), &text)?;
    output.hint("known everywhere within a minute")
}

/// Lists the members.
pub(super) async fn members(folder: &RegistryFolder, output: Output) -> Result<()> {
    let directory = folder.open().await?.directory().await?;
    let rows: Vec<Value> = directory.organisations().map(|organisation| json!(organisation.as_ref())).collect();
    let columns = [
        ("organisation", "/id"),
        ("name", "/details/name"),
        ("state", "/status"),
        ("assured until", "/assurance/valid-until"),
        ("gateway", "/details/gateways/0/address"),
    ];
    output.list(&rows.into(), &columns)
}

/// A request as the operator reads it.
fn shown(request: &PendingRequest) -> String {
    let details = &request.details;
    let mut text = format!(
        "{} ({})\nsent {}\n{}: {}\ncode of connection: {}\n",
        printable(&details.name),
        request.organisation,
        request.received,
        printable(&details.siro.role),
        printable(&details.siro.email),
        details.code_of_connection,
    );
    for system in &details.systems {
        text.push_str(&format!("system {}: {}\n", printable(&system.code), printable(&system.name)));
    }
    for gateway in &details.gateways {
        text.push_str(&format!("gateway {}: {}\n", printable(&gateway.code), gateway.address));
    }
    for (purpose, fingerprint) in &request.fingerprints {
        text.push_str(&format!("{purpose} key {fingerprint}\n"));
    }
    text.push_str(&format!("all keys {}", together(&request.fingerprints)));
    text
}

fn as_json(request: &PendingRequest) -> Value {
    let keys: Vec<Value> = request
        .fingerprints
        .iter()
        .map(|(purpose, fingerprint)| json!({"purpose": purpose, "fingerprint": fingerprint}))
        .collect();
    json!({
        "id": request.id, "organisation": request.organisation, "details": request.details, "keys": keys,
        "fingerprint": together(&request.fingerprints), "answers": request.answers, "received": request.received,
    })
}

/// A stranger's text of several lines, made safe to show.
fn lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

fn unknown() -> Error {
    Error::refused(
        "no request of this name waits for a decision",
        "packhorse registry requests lists those that do, packhorse registry members who was admitted",
    )
}
