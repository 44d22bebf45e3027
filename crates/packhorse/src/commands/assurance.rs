//! `packhorse assurance`: what must be there before anything is shared, and how the gates stand.
//!
//! The documents are the organisation's and are read here; what they must say, the gateway decides.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use http::Method;
use packhorse_governance::assurance::{AcceptableUse, Appointment, Charter, IMPORT_LIMIT, IncidentRoute, RiskPolicy};
use packhorse_model::agreement::Code;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{Target, path};
use crate::error::{Error, Result};
use crate::files::{self, Access};
use crate::output::{Output, printable};

/// A document to start from, with what each field is for.
const TEMPLATE: &str = include_str!("../../templates/assurance.toml");
/// Most bytes of the document.
const DOCUMENT_LIMIT: u64 = 512 * 1024;

/// Arguments of `assurance`.
#[derive(Debug, Args)]
pub(crate) struct AssuranceArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Print a commented document to start from: charter, risk policy, SIRO, incident route, acceptable use
    New {
        /// Write it into this new file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Publish the charter of a filled-in document, and enter the rest of it
    Publish {
        #[command(flatten)]
        target: Target,
        /// The document
        file: PathBuf,
    },
    /// Say how each gate stands, and what mends it
    Gates(Target),
    /// Show the documents that are in force
    Show(Target),
    /// Add a course, or change it
    Course {
        #[command(flatten)]
        target: Target,
        /// Its code, as agreements name it
        code: Code,
        /// What it is called
        #[arg(long)]
        title: String,
        /// For how many months it counts
        #[arg(long, default_value_t = 12)]
        months: u16,
        /// The score that passes, of 100; 0 where there is no test
        #[arg(long, default_value_t = 0)]
        pass_mark: u8,
    },
    /// Take a comma-separated table into the vetting register: person, level, granted_on, ends_on
    Vetting {
        #[command(flatten)]
        target: Target,
        /// The table
        file: PathBuf,
    },
    /// Take a comma-separated table into the training register: course, person, passed_on, score, expires_on
    Training {
        #[command(flatten)]
        target: Target,
        /// The table
        file: PathBuf,
    },
}

/// The document as people fill it in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    charter: Charter,
    risk_policy: RiskPolicy,
    siro: Appointment,
    incident_route: IncidentRoute,
    /// May be left out: then nobody is asked to accept anything.
    acceptable_use: Option<AcceptableUse>,
}

/// Runs one assurance command.
pub(crate) async fn run(args: AssuranceArgs, output: Output) -> Result<()> {
    match args.act {
        Act::New { out } => new(out, output),
        Act::Publish { target, file } => publish(&target, &file, output).await,
        Act::Gates(target) => gates(&target.api()?.get("/gates").await?, output),
        Act::Show(target) => {
            let shown = target.api()?.get("/assurance").await?;
            let text = serde_json::to_string_pretty(&shown).unwrap_or_default();
            output.result(&shown, &text)
        }
        Act::Course { target, code, title, months, pass_mark } => {
            let body = json!({"code": code, "title": title, "valid_months": months, "pass_mark": pass_mark});
            let address = path(&["training", "courses", code.as_str()]);
            let course = target.api()?.send(Method::PUT, &address, &body).await?;
            output.result(&course, &format!("the course {code} is entered"))?;
            output.hint("packhorse assurance training FILE")
        }
        Act::Vetting { target, file } => import(&target, "/vetting/import", &file, output).await,
        Act::Training { target, file } => import(&target, "/training/import", &file, output).await,
    }
}

fn new(out: Option<PathBuf>, output: Output) -> Result<()> {
    let Some(file) = out else { return output.document(TEMPLATE.as_bytes()) };
    files::write_new(&file, TEMPLATE.as_bytes(), Access::Everybody)?;
    output.result(&json!({"file": file}), &format!("{} is there to be filled in", file.display()))?;
    output.hint(&format!("packhorse assurance publish {}", file.display()))
}

async fn publish(target: &Target, file: &std::path::Path, output: Output) -> Result<()> {
    let text = files::read_text(file, DOCUMENT_LIMIT)?;
    let document: Document = toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        let rule = format!("line {line}: {}", error.message());
        Error::Config { place: file.display().to_string(), rule }
    })?;
    let api = target.api()?;
    if let Some(policy) = &document.acceptable_use
        && !is_published(&api.get("/assurance").await?, policy)
    {
        api.send(Method::POST, "/assurance/acceptable-use/publish", &json!(policy)).await?;
    }
    // The charter last: what is published names what is already in place.
    api.send(Method::PUT, "/assurance/incident-route", &json!(document.incident_route)).await?;
    api.send(Method::PUT, "/assurance/siro", &json!(document.siro)).await?;
    api.send(Method::PUT, "/assurance/risk-policy", &json!(document.risk_policy)).await?;
    api.send(Method::POST, "/assurance/charter/publish", &json!(document.charter)).await?;
    gates(&api.get("/gates").await?, output)
}

/// Whether a policy is in force or coming already: published anew, everybody would have to accept it anew.
fn is_published(shown: &Value, policy: &AcceptableUse) -> bool {
    let policy = json!(policy);
    let same = |known: &Value| {
        ["title", "text", "in_force_from", "review_date"].iter().all(|name| known.get(name) == policy.get(name))
    };
    ["acceptable_use", "acceptable_use_coming"].iter().any(|name| shown.get(name).is_some_and(same))
}

fn gates(shown: &Value, output: Output) -> Result<()> {
    let mut lines = Vec::new();
    for gate in shown.get("items").and_then(Value::as_array).into_iter().flatten() {
        let word = |name: &str| gate.get(name).and_then(Value::as_str).unwrap_or_default();
        lines.push(format!("{:15} {:7} {}", word("gate"), word("standing"), printable(word("why"))));
        if let Some(until) = gate.get("overridden_until").and_then(Value::as_str) {
            lines.push(format!("{:15} {:7} set aside by the SIRO until {until}", "", ""));
        }
        if !word("remedy").is_empty() {
            lines.push(format!("{:15} {:7} what to do: {}", "", "", printable(word("remedy"))));
        }
    }
    output.result(shown, &lines.join("\n"))
}

async fn import(target: &Target, register: &str, file: &std::path::Path, output: Output) -> Result<()> {
    let table = files::read_text(file, IMPORT_LIMIT as u64)?;
    let imported = target.api()?.send_text(Method::POST, register, "text/csv", table).await?;
    let count = |name: &str| imported.get(name).and_then(Value::as_u64).unwrap_or_default();
    let mut text =
        format!("{} entered, {} known already, {} refused", count("entered"), count("known"), count("refused"));
    for refusal in imported.get("refusals").and_then(Value::as_array).into_iter().flatten() {
        let line = refusal.get("line").and_then(Value::as_u64).unwrap_or_default();
        let why = refusal.get("why").and_then(Value::as_str).unwrap_or_default();
        text.push_str(&format!("\nline {line}: {}", printable(why)));
    }
    output.result(&imported, &text)
}
