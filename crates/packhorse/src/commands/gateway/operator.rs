//! `gateway operator`: tokens for the management API, each with a name and a role.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use packhorse_governance::{OperatorRole, People};
use packhorse_store::Store;
use serde_json::{Value, json};

use crate::api::Target;
use crate::error::{Error, Result};
use crate::output::Output;

/// Arguments of `gateway operator`.
#[derive(Debug, Args)]
pub(super) struct OperatorArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Make a token, shown once; the same name again replaces it
    Add {
        /// Who or what will use it
        name: String,
        /// officer, governance, integrator, operator or auditor
        #[arg(long)]
        role: OperatorRole,
        #[command(flatten)]
        target: Target,
    },
    /// Show who has a token
    List(Target),
    /// Take a token away
    Remove {
        /// Whose
        name: String,
        #[command(flatten)]
        target: Target,
    },
}

impl Act {
    fn target(&self) -> &Target {
        match self {
            Self::Add { target, .. } | Self::List(target) | Self::Remove { target, .. } => target,
        }
    }
}

/// Works on the gateway's store; a running gateway notices within a second.
pub(super) async fn run(args: &OperatorArgs, output: Output) -> Result<()> {
    let store = Store::open(&args.act.target().load_config()?.store_settings()).await?;
    let people = People::open(store).await?;
    match &args.act {
        Act::Add { name, role, .. } => {
            let token = people.add_operator(name, *role, Timestamp::now()).await?;
            output.result(&json!({"name": name, "role": role, "token": token.reveal()}), token.reveal())?;
            output.hint("keep the token in a file of mode 0600; it is not shown again")
        }
        Act::List(_) => {
            let row = |operator: &std::sync::Arc<packhorse_governance::Operator>| json!({"name": operator.name, "role": operator.role, "created": operator.created});
            let rows: Vec<Value> = people.operators().iter().map(row).collect();
            output.list(&rows.into(), &[("name", "/name"), ("role", "/role"), ("since", "/created")])
        }
        Act::Remove { name, .. } => {
            if !people.remove_operator(name).await? {
                return Err(Error::refused("nobody of this name has a token", "packhorse gateway operator list"));
            }
            output.result(&json!({"name": name, "removed": true}), &format!("the token of {name} is void"))
        }
    }
}
