//! `registry operator`: tokens for the registry's management API and pages, each with a name and a role.

use clap::Subcommand;
use jiff::Timestamp;
use packhorse_directory::registry::{Operator, Role};
use serde_json::{Value, json};

use super::RegistryFolder;
use crate::error::{Error, Result};
use crate::output::Output;

/// What is done about tokens.
#[derive(Debug, Subcommand)]
pub(super) enum OperatorAct {
    /// Make a token, shown once; the same name again replaces it
    Add {
        /// Who will use it: written into every decision
        name: String,
        /// operator (decides) or auditor (sees)
        #[arg(long, default_value = "operator")]
        role: Role,
    },
    /// Show who has a token
    List,
    /// Take a token away
    Remove {
        /// Whose
        name: String,
    },
}

/// Works on the registry's store; a running registry notices at once.
pub(super) async fn run(folder: &RegistryFolder, act: &OperatorAct, output: Output) -> Result<()> {
    let registry = folder.open().await?;
    match act {
        OperatorAct::Add { name, role } => {
            let token = registry.add_operator(name, *role, Timestamp::now()).await?;
            output.result(&json!({"name": name, "role": role, "token": token.reveal()}), token.reveal())?;
            output.hint("keep the token in a file of mode 0600 or a password manager; it is not shown again")
        }
        OperatorAct::List => {
            let row = |one: &Operator| json!({"name": one.name, "role": one.role, "created": one.created});
            let rows: Vec<Value> = registry.operators().await?.iter().map(row).collect();
            output.list(&rows.into(), &[("name", "/name"), ("role", "/role"), ("since", "/created")])
        }
        OperatorAct::Remove { name } => {
            if !registry.remove_operator(name).await? {
                return Err(Error::refused("nobody of this name has a token", "packhorse registry operator list"));
            }
            output.result(&json!({"name": name, "removed": true}), &format!("the token of {name} is void"))
        }
    }
}
