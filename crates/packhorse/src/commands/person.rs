//! `packhorse person`: who uses a system, in which roles, and when they were last trained.

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
    /// List who uses a system
    List(Of),
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
        Act::List(of) => {
            let systems = of.target.api()?.get("/systems").await?;
            let is_it = |system: &&Value| system.get("code").and_then(Value::as_str) == Some(of.system.as_str());
            let system = systems.as_array().into_iter().flatten().find(is_it);
            let system = system.ok_or_else(|| Error::refused("there is no such system", "packhorse system list"))?;
            let people = system.get("people").cloned().unwrap_or_default();
            output.list(
                &people,
                &[("person", "/id"), ("roles", "/roles"), ("trained on", "/trained_on"), ("left on", "/left_on")],
            )
        }
        Act::Remove { of, id } => {
            let system = of.target.api()?.delete(&path(&["systems", &of.system, "people", &id])).await?;
            output.result(&system, "the person is removed")
        }
    }
}
