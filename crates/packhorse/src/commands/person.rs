//! `packhorse person`: who works here and signs in, and who uses a system, in which roles.

mod account;

use clap::{Args, Subcommand};
use http::Method;
use jiff::civil::Date;
use packhorse_model::agreement::Code;
use serde_json::{Value, json};

use crate::api::{Target, path};
use crate::error::{Error, Result};
use crate::output::Output;

/// Arguments of `person`.
#[derive(Debug, Args)]
pub(crate) struct PersonArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Enter somebody, or change their roles and training
    Add {
        #[command(flatten)]
        of: Of,
        /// The user id that the system sends
        id: String,
        /// A role they may ask in; repeat for each
        #[arg(long = "role", required = true)]
        roles: Vec<Code>,
        /// The day of their latest training
        #[arg(long, value_name = "DATE")]
        trained_on: Option<Date>,
        /// The first day on which they no longer work here
        #[arg(long, value_name = "DATE")]
        left_on: Option<Date>,
    },
    /// List who has an account here, or who uses a system
    List {
        #[command(flatten)]
        target: Target,
        /// The system's code
        #[arg(long, value_name = "CODE")]
        system: Option<String>,
        /// Part of an id, a name, an address or a department
        #[arg(long, conflicts_with = "system")]
        text: Option<String>,
    },
    /// Enter somebody who works here; prints the link by which they set their password
    Invite(account::InviteArgs),
    /// Make a new link for somebody: those given before are void
    Link {
        #[command(flatten)]
        of: account::Of,
        /// For somebody who has lost their password or their app
        #[arg(long)]
        recover: bool,
    },
    /// Say from which day on somebody no longer works here: they are refused everywhere at once
    Leave {
        #[command(flatten)]
        of: account::Of,
        /// The first day without them [default: today]
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
    /// Stop somebody's account for the time being
    Suspend(account::Of),
    /// Let a suspended account, or one of somebody who came back, count again
    Resume(account::Of),
    /// Remove somebody
    Remove {
        #[command(flatten)]
        of: Of,
        /// The user id that the system sends
        id: String,
    },
}

#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    target: Target,
    /// The system's code
    #[arg(long, value_name = "CODE")]
    system: String,
}

/// Runs one person command.
pub(crate) async fn run(args: PersonArgs, output: Output) -> Result<()> {
    match args.act {
        Act::Add { of, id, roles, trained_on, left_on } => {
            let body = json!({"roles": roles, "trained_on": trained_on, "left_on": left_on});
            let address = path(&["systems", &of.system, "people", &id]);
            let system = of.target.api()?.send(Method::PUT, &address, &body).await?;
            output.result(&system, "the person is entered")?;
            output.hint("requests of this system now need X-Road-UserId")
        }
        Act::List { target, system: None, text } => account::list(&target, text.as_deref(), output).await,
        Act::List { target, system: Some(system), .. } => users(&target, &system, output).await,
        Act::Invite(args) => account::invite(&args, output).await,
        Act::Link { of, recover } => account::link(&of, recover, output).await,
        Act::Leave { of, on } => {
            of.act("leave", &json!({"left_on": on}), "they are refused everywhere from then on", output).await
        }
        Act::Suspend(of) => of.act("suspend", &json!({}), "the account is stopped", output).await,
        Act::Resume(of) => of.act("resume", &json!({}), "the account counts again", output).await,
        Act::Remove { of, id } => {
            let system = of.target.api()?.delete(&path(&["systems", &of.system, "people", &id])).await?;
            output.result(&system, "the person is removed")
        }
    }
}

async fn users(target: &Target, code: &str, output: Output) -> Result<()> {
    let systems = target.api()?.get("/systems").await?;
    let is_it = |system: &&Value| system.get("code").and_then(Value::as_str) == Some(code);
    let system = systems.as_array().into_iter().flatten().find(is_it);
    let system = system.ok_or_else(|| Error::refused("there is no such system", "packhorse system list"))?;
    let people = system.get("people").cloned().unwrap_or_default();
    output.list(
        &people,
        &[("person", "/id"), ("roles", "/roles"), ("trained on", "/trained_on"), ("left on", "/left_on")],
    )
}
