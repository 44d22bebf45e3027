//! `packhorse registry`: makes and serves a network's registry, and decides who belongs.
//!
//! The commands work on the registry's own folder, beside a running `registry serve`, which publishes within a
//! second what they decide.

mod assurance;
mod decide;
mod folder;
mod operators;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use packhorse_model::OrganisationId;

use crate::error::Result;
use crate::output::Output;
use crate::serve;

use assurance::AssuranceAct;
use decide::Approval;
use folder::NewRegistry;
pub(crate) use folder::RegistryFolder;

/// Arguments of `registry`.
#[derive(Debug, Args)]
pub(crate) struct RegistryArgs {
    /// The registry's folder
    #[arg(long, value_name = "DIR", global = true, default_value = "registry")]
    dir: PathBuf,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Make the registry of a new network: folder, keys, configuration, anchor
    Init {
        /// The network's name, the first part of every identifier
        #[arg(long)]
        network: String,
        /// Address to listen at
        #[arg(long, value_name = "IP:PORT")]
        listen: SocketAddr,
        /// Where members find it, https://host:port
        #[arg(long)]
        url: String,
        /// Address of the operator's own pages and API [default: none]
        #[arg(long, value_name = "IP:PORT")]
        inside: Option<SocketAddr>,
        /// No TLS at the operator's own address: on one machine, or behind a proxy that encrypts
        #[arg(long, requires = "inside")]
        inside_plain: bool,
    },
    /// Serve the directory and take requests to join, until stopped
    Serve,
    /// Show who asks to join
    Requests {
        /// Show this request whole, with the answers to the code of connection
        id: Option<String>,
    },
    /// Admit an organisation, after comparing fingerprints with its people by another way
    Approve(Approval),
    /// Turn a request to join down
    TurnDown {
        /// The request
        id: String,
        /// Why, for the applicant
        #[arg(long)]
        reason: String,
    },
    /// Show the members
    Members,
    /// State what was seen anew of a member's assurance: without it, it is refused once the last day has passed
    Assure(decide::Renewal),
    /// Cut a member off everywhere, for now
    Suspend(Standing),
    /// Let a suspended member take part again
    Resume(Standing),
    /// Cut a member off everywhere, for good
    Remove(Standing),
    /// Give people tokens for the registry's pages and management API
    #[command(subcommand)]
    Operator(operators::OperatorAct),
    #[command(flatten)]
    Assurance(AssuranceAct),
    /// Print the anchor: the document that every new gateway is given by a way it trusts
    Anchor,
}

#[derive(Debug, Args)]
struct Standing {
    /// NET/CLASS/code
    organisation: OrganisationId,
    /// Why, published to every member: no personal data
    #[arg(long)]
    reason: String,
}

/// Runs one registry command.
pub(crate) async fn run(args: RegistryArgs, output: Output) -> Result<()> {
    let dir = args.dir;
    if let Act::Init { network, listen, url, inside, inside_plain } = &args.act {
        let inside = inside.map(|address| (address, *inside_plain));
        return init(&dir, &NewRegistry { network, listen: *listen, url, inside }, output).await;
    }
    let folder = RegistryFolder::load(&dir)?;
    match args.act {
        Act::Init { .. } => Ok(()),
        Act::Serve => {
            serve::log::start(&folder.settings.log);
            serve::registry::run(&folder, serve::shutdown::on_signal()?).await
        }
        Act::Requests { id } => decide::requests(&folder, id.as_deref(), output).await,
        Act::Approve(approval) => decide::approve(&folder, &approval, output).await,
        Act::TurnDown { id, reason } => {
            folder.open().await?.turn_down(&id, &reason).await?;
            output.result(&serde_json::json!({"id": id, "status": "refused"}), "the request is turned down")
        }
        Act::Members => decide::members(&folder, output).await,
        Act::Assure(renewal) => decide::assure(&folder, &renewal, output).await,
        Act::Suspend(to) => {
            let index = folder.open().await?.suspend(&to.organisation, &to.reason, Timestamp::now()).await?;
            done(&to.organisation, "suspended", index, "registry resume lets it take part again", output)
        }
        Act::Resume(to) => {
            let index = folder.open().await?.resume(&to.organisation, &to.reason, Timestamp::now()).await?;
            done(&to.organisation, "active again", index, "tell its operator", output)
        }
        Act::Remove(to) => {
            let index = folder.open().await?.remove(&to.organisation, &to.reason, Timestamp::now()).await?;
            done(&to.organisation, "removed", index, "its old keys stay listed, so that old proofs hold", output)
        }
        Act::Operator(act) => operators::run(&folder, &act, output).await,
        Act::Assurance(act) => assurance::run(&folder, act, output).await,
        Act::Anchor => output.document(folder.anchor().await?.to_json().as_bytes()),
    }
}

async fn init(dir: &std::path::Path, new: &NewRegistry<'_>, output: Output) -> Result<()> {
    let folder = RegistryFolder::create(dir, new).await?;
    let (anchor, network) = (folder.anchor_file(), new.network);
    let data = serde_json::json!({"network": network, "folder": dir, "anchor": anchor});
    output.result(
        &data,
        &format!("the registry of {network} is in {}, its anchor in {}", dir.display(), anchor.display()),
    )?;
    output.hint(&format!("packhorse registry serve --dir {}; give the anchor to every new member", dir.display()))
}

fn done(organisation: &OrganisationId, state: &str, index: u64, next: &str, output: Output) -> Result<()> {
    let data = serde_json::json!({"organisation": organisation, "state": state, "entry": index});
    output.result(
        &data,
        &format!("{organisation} is {state}: entry {index} of the directory, known everywhere within a minute"),
    )?;
    output.hint(next)
}
