//! `packhorse agreement`: writes an agreement, sends it round, signs, stops and explains it.
//!
//! The document is the parties' and is read here; everything that counts happens in the gateway.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use http::Method;
use jiff::civil::Date;
use packhorse_governance::document::{DOCUMENT_LIMIT, read_toml, template};
use packhorse_model::agreement::{Agreement, check};
use packhorse_model::{AgreementId, ClientId, ServiceId};
use serde_json::{Value, json};

use crate::api::{Target, path, query};
use crate::error::{Error, Result};
use crate::files::{self, Access};
use crate::output::{Output, printable};

/// Arguments of `agreement`.
#[derive(Debug, Args)]
pub(crate) struct AgreementArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Print a commented document to start from, with every field
    New {
        /// Write it into this new file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Say what is missing or contradicts itself, before anything is sent
    Check {
        /// The document
        file: PathBuf,
    },
    /// Freeze the text and send it to every party for signature
    Propose {
        #[command(flatten)]
        target: Target,
        /// The document
        file: PathBuf,
    },
    /// Sign the newest text for your organisation
    Sign {
        #[command(flatten)]
        target: Target,
        /// The agreement
        id: AgreementId,
        /// Who signs
        #[arg(long)]
        name: String,
        /// Their position
        #[arg(long)]
        position: String,
        /// What gives them the authority
        #[arg(long)]
        authority: String,
    },
    /// List the agreements held
    List(Target),
    /// Show one: its text, who said what, the policies it became
    Show(Named),
    /// Stop all sharing under it, at once
    Suspend(Reasoned),
    /// Take your own suspension back
    Resume(Named),
    /// End it for good
    End(Reasoned),
    /// Send what is held to the other parties again
    Share(Named),
    /// Say what would become of a request, and why; nothing is sent
    Explain(Box<WouldBe>),
}

#[derive(Debug, Args)]
struct Named {
    #[command(flatten)]
    target: Target,
    /// The agreement
    id: AgreementId,
}

#[derive(Debug, Args)]
struct Reasoned {
    #[command(flatten)]
    named: Named,
    /// Why, for the other parties
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
struct WouldBe {
    #[command(flatten)]
    target: Target,
    /// Who would ask: NET/CLASS/code/system
    #[arg(long, value_name = "ID")]
    client: ClientId,
    /// What would be asked: NET/CLASS/code/system/service
    #[arg(long, value_name = "ID")]
    service: ServiceId,
    /// The HTTP method
    #[arg(long, default_value = "GET")]
    method: String,
    /// The path behind the service
    #[arg(long, default_value = "")]
    path: String,
    /// Under this agreement alone
    #[arg(long, value_name = "ID")]
    agreement: Option<AgreementId>,
    /// What for
    #[arg(long)]
    purpose: Option<String>,
    /// In which role
    #[arg(long)]
    role: Option<String>,
    /// When the person was last trained
    #[arg(long, value_name = "DATE")]
    trained_on: Option<Date>,
    /// A field asked for; repeat for each, none for all that is agreed
    #[arg(long = "field", value_name = "NAME")]
    fields: Vec<String>,
}

/// Runs one agreement command.
pub(crate) async fn run(args: AgreementArgs, output: Output) -> Result<()> {
    match args.act {
        Act::New { out } => new(out, output),
        Act::Check { file } => check_document(&file, output),
        Act::Propose { target, file } => {
            let agreement = read(&file)?;
            let proposed = target.api()?.send(Method::POST, "/agreements", &json!(agreement)).await?;
            standing(&proposed, "proposed", output)?;
            output.hint(&format!("each party signs: packhorse agreement sign {}", agreement.id))
        }
        Act::Sign { target, id, name, position, authority } => {
            let body = json!({"name": name, "position": position, "authority": authority});
            act(&target, &id, "sign", &body, output).await
        }
        Act::List(target) => {
            let columns = [
                ("agreement", "/id"),
                ("version", "/version"),
                ("state", "/state"),
                ("title", "/title"),
                ("waiting for", "/waiting"),
            ];
            output.list(&every(&target).await?, &columns)
        }
        Act::Show(named) => show(&named, output).await,
        Act::Suspend(why) => {
            act(&why.named.target, &why.named.id, "suspend", &json!({"reason": why.reason}), output).await
        }
        Act::Resume(named) => act(&named.target, &named.id, "resume", &json!({}), output).await,
        Act::End(why) => act(&why.named.target, &why.named.id, "end", &json!({"reason": why.reason}), output).await,
        Act::Share(named) => act(&named.target, &named.id, "share", &json!({}), output).await,
        Act::Explain(would_be) => explain(&would_be, output).await,
    }
}

fn new(out: Option<PathBuf>, output: Output) -> Result<()> {
    let Some(file) = out else { return output.document(template().as_bytes()) };
    files::write_new(&file, template().as_bytes(), Access::Everybody)?;
    output.result(&json!({"file": file}), &format!("{} is there to be filled in", file.display()))?;
    output.hint(&format!("packhorse agreement check {}", file.display()))
}

fn read(file: &std::path::Path) -> Result<Agreement> {
    let text = files::read_text(file, DOCUMENT_LIMIT as u64)?;
    read_toml(&text).map_err(|error| Error::Config { place: file.display().to_string(), rule: error.to_string() })
}

fn check_document(file: &std::path::Path, output: Output) -> Result<()> {
    let findings = check(&read(file)?);
    let data: Vec<Value> = findings
        .iter()
        .map(|finding| json!({"field": finding.field, "problem": finding.problem, "remedy": finding.remedy}))
        .collect();
    if findings.is_empty() {
        output.result(&data, "the agreement is complete")?;
        return output.hint(&format!("packhorse agreement propose {}", file.display()));
    }
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    output.result(&data, &lines.join("\n"))?;
    Err(Error::NotHeld(format!("{} findings stand between this text and a proposal", findings.len())))
}

async fn act(target: &Target, id: &AgreementId, verb: &str, body: &Value, output: Output) -> Result<()> {
    let address = path(&["agreements", id.as_str(), verb]);
    let shown = target.api()?.send(Method::POST, &address, body).await?;
    let done = match verb {
        "sign" => "signed",
        "suspend" => "suspended by you",
        "resume" => "no longer suspended by you",
        "end" => "ended",
        _ => "sent to the other parties",
    };
    standing(&shown, done, output)
}

/// Where an agreement stands after what was done.
fn standing(shown: &Value, done: &str, output: Output) -> Result<()> {
    let word = |name: &str| shown.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let version = shown.get("version").cloned().unwrap_or_default();
    let mut text = format!("{} version {version} is {done}; it stands as {}", word("id"), word("state"));
    text.push_str(&format!("\ntext {}", word("digest")));
    for (heading, name) in [("signed by", "signed"), ("notice:", "notices")] {
        for one in shown.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            text.push_str(&format!("\n{heading} {}", printable(one)));
        }
    }
    output.result(shown, &text)
}

/// Every version held, page by page.
async fn every(target: &Target) -> Result<Value> {
    let (api, mut every, mut after) = (target.api()?, Vec::new(), None);
    loop {
        let asked = query(&[("limit", Some("200".to_owned())), ("after", after)]);
        let page = api.get(&format!("/agreements{asked}")).await?;
        every.extend(page["items"].as_array().cloned().unwrap_or_default());
        after = page["next"].as_str().map(str::to_owned);
        if after.is_none() {
            return Ok(json!(every));
        }
    }
}

async fn show(named: &Named, output: Output) -> Result<()> {
    let shown = named.target.api()?.get(&path(&["agreements", named.id.as_str()])).await?;
    // The text is JSON over the wire and TOML for people.
    let agreement: Option<Agreement> = shown.get("text").and_then(|text| serde_json::from_value(text.clone()).ok());
    let document = agreement.map(|agreement| packhorse_governance::document::write_toml(&agreement)).transpose()?;
    let word = |name: &str| shown.get(name).and_then(Value::as_str).unwrap_or_default();
    let text = format!(
        "# {} stands as {}\n# text {}\n\n{}\n# enforced as\n{}",
        word("id"),
        word("state"),
        word("digest"),
        document.unwrap_or_default(),
        word("policy").lines().map(|line| format!("# {line}")).collect::<Vec<_>>().join("\n")
    );
    output.result(&shown, &text)
}

async fn explain(would_be: &WouldBe, output: Output) -> Result<()> {
    let mut body = json!({
        "client": would_be.client, "service": would_be.service, "method": would_be.method, "path": would_be.path,
        "agreement": would_be.agreement, "purpose": would_be.purpose, "role": would_be.role,
        "trained_on": would_be.trained_on,
    });
    if !would_be.fields.is_empty() {
        body["fields"] = json!(would_be.fields);
    }
    let explained = would_be.target.api()?.send(Method::POST, "/explain", &body).await?;
    let text = explained.get("text").and_then(Value::as_str).unwrap_or_default().lines().map(printable);
    output.result(&explained, &text.collect::<Vec<_>>().join("\n"))
}
