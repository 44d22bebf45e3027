//! `packhorse system`: your systems that ask others, what they mean when they do not say, how they prove themselves.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use http::Method;
use packhorse_keys::Fingerprint;
use packhorse_model::AgreementId;
use packhorse_model::agreement::Code;
use serde_json::{Value, json};

use crate::api::{Target, path};
use crate::error::Result;
use crate::output::Output;

/// Arguments of `system`.
#[derive(Debug, Args)]
pub(crate) struct SystemArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Register a system, or change its title and defaults
    Add(NewSystem),
    /// Make an API key, shown once
    Key(Named),
    /// Let the system prove itself with a client certificate
    Certificate {
        #[command(flatten)]
        named: Named,
        /// Fingerprint of the certificate's key
        #[arg(long, value_name = "sha256:HEX")]
        fingerprint: Fingerprint,
    },
    /// Let the system prove itself by its address alone: for old clients that can do nothing else
    Address {
        #[command(flatten)]
        named: Named,
        /// The address: whoever can use it can be the system
        #[arg(long, value_name = "IP")]
        ip: IpAddr,
    },
    /// Give it a mailbox, to send parcels from and to receive them in, or change that
    Mailbox(NewMailbox),
    /// Tell every change of its mailbox to an address; the secret that signs is shown once
    Webhook {
        #[command(flatten)]
        named: Named,
        /// Where to: http://, or https:// with --ca-file
        #[arg(long, value_name = "URL")]
        url: String,
        /// Authorities of the address, PEM
        #[arg(long, value_name = "FILE")]
        ca_file: Option<String>,
    },
    /// Let software that speaks NHS MESH into its mailbox: makes password and shared key, shown once
    Mesh(Named),
    /// List the systems
    List(Target),
    /// Remove a system with its credentials and people
    Remove(Named),
}

#[derive(Debug, Args)]
struct Named {
    #[command(flatten)]
    target: Target,
    /// The system's code
    code: String,
}

#[derive(Debug, Args)]
struct NewMailbox {
    #[command(flatten)]
    named: Named,
    /// A workflow that may be sent; all that are agreed when none is named
    #[arg(long, value_name = "WORKFLOW")]
    sends: Vec<String>,
    /// A workflow that it takes; all that are agreed when none is named
    #[arg(long, value_name = "WORKFLOW")]
    takes: Vec<String>,
    /// A person to whom it is delegated; all of the system's when none is named
    #[arg(long, value_name = "USER")]
    people: Vec<String>,
    /// A person who may release what a scanner has stopped
    #[arg(long, value_name = "USER")]
    releasers: Vec<String>,
    /// Most bytes that lie in it at once
    #[arg(long, value_name = "BYTES")]
    most_bytes: Option<u64>,
    /// Most bytes of one partner that lie in it at once
    #[arg(long, value_name = "BYTES")]
    most_bytes_per_partner: Option<u64>,
    /// Warn when something has waited uncollected for so many hours
    #[arg(long, value_name = "HOURS")]
    warn_hours: Option<u32>,
    /// A public key that may enter over SFTP, as it stands in a .pub file
    #[arg(long, value_name = "KEY")]
    sftp_key: Vec<String>,
    /// A folder on the gateway's machine in which a case system drops and finds files
    #[arg(long, value_name = "FOLDER")]
    folder: Option<String>,
}

#[derive(Debug, Args)]
struct NewSystem {
    #[command(flatten)]
    named: Named,
    /// What people call it
    #[arg(long)]
    title: String,
    /// The agreement it asks under when it does not say
    #[arg(long, value_name = "ID")]
    agreement: Option<AgreementId>,
    /// What for, when it does not say
    #[arg(long)]
    purpose: Option<Code>,
    /// In which role, when it does not say
    #[arg(long)]
    role: Option<Code>,
    /// The case reference, when it does not say
    #[arg(long)]
    case: Option<String>,
}

/// Runs one system command.
pub(crate) async fn run(args: SystemArgs, output: Output) -> Result<()> {
    match args.act {
        Act::Add(new) => add(&new, output).await,
        Act::Key(named) => {
            let address = path(&["systems", &named.code, "keys"]);
            let made = named.target.api()?.send(Method::POST, &address, &json!({})).await?;
            output.result(&made, made.get("api_key").and_then(Value::as_str).unwrap_or_default())?;
            output.hint("the system sends it as Packhorse-Api-Key; it is not shown again")
        }
        Act::Certificate { named, fingerprint } => {
            post(&named, "certificates", &json!({"fingerprint": fingerprint}), output).await
        }
        Act::Address { named, ip } => {
            output.progress(&format!("whoever can send from {ip} can now be {}", named.code))?;
            post(&named, "addresses", &json!({"address": ip}), output).await
        }
        Act::Mailbox(new) => {
            let body = json!({
                "sends": new.sends, "takes": new.takes, "people": new.people, "releasers": new.releasers,
                "most_bytes": new.most_bytes, "most_bytes_per_partner": new.most_bytes_per_partner,
                "warn_hours": new.warn_hours, "sftp_keys": new.sftp_key, "folder": new.folder,
            });
            let code = &new.named.code;
            let shown = new.named.target.api()?.send(Method::PUT, &path(&["systems", code, "mailbox"]), &body).await?;
            output.result(&shown, &format!("{code} has a mailbox"))?;
            output.hint("what may be sent and received is for agreements to say: packhorse agreement new")
        }
        Act::Webhook { named, url, ca_file } => {
            let address = path(&["systems", &named.code, "webhook"]);
            let made =
                named.target.api()?.send(Method::PUT, &address, &json!({"url": url, "ca_file": ca_file})).await?;
            output.result(&made, made.get("secret").and_then(Value::as_str).unwrap_or_default())?;
            output.hint("receivers check webhook-signature with it (Standard Webhooks); it is not shown again")
        }
        Act::Mesh(named) => mesh(&named, output).await,
        Act::List(target) => {
            let columns = [
                ("system", "/code"),
                ("title", "/title"),
                ("agreement", "/defaults/agreement"),
                ("purpose", "/defaults/purpose"),
                ("proves itself by", "/credentials/0/kind"),
            ];
            output.list(&target.api()?.get("/systems").await?, &columns)
        }
        Act::Remove(named) => {
            named.target.api()?.delete(&path(&["systems", &named.code])).await?;
            output.result(&json!({"code": named.code, "removed": true}), &format!("{} is removed", named.code))
        }
    }
}

async fn add(new: &NewSystem, output: Output) -> Result<()> {
    let given = [
        ("agreement", new.agreement.as_ref().map(ToString::to_string)),
        ("purpose", new.purpose.as_ref().map(ToString::to_string)),
        ("role", new.role.as_ref().map(ToString::to_string)),
        ("case", new.case.clone()),
    ];
    let defaults: serde_json::Map<String, Value> =
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
    let code = &new.named.code;
    let body = json!({"title": new.title, "defaults": defaults});
    let added = new.named.target.api()?.send(Method::PUT, &path(&["systems", code]), &body).await?;
    output.result(&added, &format!("{code} is registered"))?;
    output.hint(&format!(
        "packhorse system key {code}; the directory lists it once it stands in gateway.toml and you amend"
    ))
}

/// Makes the account's two secrets here, so that the gateway only ever keeps them sealed.
async fn mesh(named: &Named, output: Output) -> Result<()> {
    let secret = || packhorse_keys::random::<24>().map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let (password, shared_key) = (secret()?, secret()?);
    let body = json!({"password": password, "shared_key": shared_key});
    let made = named.target.api()?.send(Method::PUT, &path(&["systems", &named.code, "mesh"]), &body).await?;
    let mailbox = made.get("mailbox").and_then(Value::as_str).unwrap_or_default();
    let shown = json!({"mailbox": mailbox, "password": password, "shared_key": shared_key});
    output.result(&shown, &format!("mailbox    {mailbox}\npassword   {password}\nshared key {shared_key}"))?;
    output.hint("the address is the inside port's; password and shared key are not shown again")
}

async fn post(named: &Named, what: &str, body: &Value, output: Output) -> Result<()> {
    let shown = named.target.api()?.send(Method::POST, &path(&["systems", &named.code, what]), body).await?;
    output.result(&shown, &format!("{} can prove itself so", named.code))
}
