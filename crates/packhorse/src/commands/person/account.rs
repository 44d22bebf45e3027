//! Accounts: inviting, finding, leaving. What a running gateway is asked to do.

use clap::Args;
use http::Method;
use packhorse_governance::OperatorRole;
use serde_json::{Value, json};

use crate::api::{Target, path, query};
use crate::error::Result;
use crate::output::Output;

/// Whose account.
#[derive(Debug, Args)]
pub(super) struct Of {
    #[command(flatten)]
    target: Target,
    /// The account's id
    id: String,
}

impl Of {
    /// Does something to the account.
    pub(super) async fn act(&self, act: &str, body: &Value, said: &str, output: Output) -> Result<()> {
        let account = self.target.api()?.send(Method::POST, &path(&["people", &self.id, act]), body).await?;
        output.result(&account, said)
    }
}

/// Somebody new.
#[derive(Debug, Args)]
pub(super) struct InviteArgs {
    #[command(flatten)]
    target: Target,
    /// The id they have in your systems, too
    id: String,
    /// What they are called
    #[arg(long)]
    name: String,
    /// Where news is sent
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// officer, governance, integrator, operator or auditor; repeat for each
    #[arg(long = "role")]
    roles: Vec<OperatorRole>,
    /// corporate (chief executive, councillor, senior officer), technology (head of IT) or department
    #[arg(long, default_value = "department")]
    tier: String,
    /// The department they work in
    #[arg(long)]
    department: String,
    /// A team they belong to; repeat for each
    #[arg(long = "team")]
    teams: Vec<String>,
}

/// Enters somebody and prints their link.
pub(super) async fn invite(args: &InviteArgs, output: Output) -> Result<()> {
    let body = json!({
        "id": args.id, "name": args.name, "email": args.email, "roles": args.roles, "tier": args.tier,
        "department": args.department, "teams": args.teams,
    });
    let account = args.target.api()?.send(Method::POST, "/people", &body).await?;
    let link = account.get("invitation").cloned().unwrap_or_default();
    output.result(&account, shown(&link))?;
    output.hint("hand the link to nobody else; it counts once, within a week, and is not shown again")
}

/// Makes a new link.
pub(super) async fn link(of: &Of, recover: bool, output: Output) -> Result<()> {
    let act = if recover { "recover" } else { "invite" };
    let link = of.target.api()?.send(Method::POST, &path(&["people", &of.id, act]), &json!({})).await?;
    output.result(&link, shown(&link))
}

/// The address where there is one, else the link's secret.
fn shown(link: &Value) -> &str {
    let text = |name: &str| link.get(name).and_then(Value::as_str);
    text("address").or_else(|| text("link")).unwrap_or_default()
}

/// Lists accounts, whole.
pub(super) async fn list(target: &Target, text: Option<&str>, output: Output) -> Result<()> {
    let api = target.api()?;
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let given = [("after", Some(after.clone())), ("text", text.map(str::to_owned)), ("limit", Some("200".into()))];
        let page = api.get(&format!("/people{}", query(&given))).await?;
        all.extend(page.get("items").and_then(Value::as_array).cloned().unwrap_or_default());
        match page.get("next").and_then(Value::as_str) {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    let columns = [
        ("person", "/id"),
        ("name", "/name"),
        ("roles", "/roles"),
        ("department", "/department"),
        ("status", "/status"),
        ("confirmed on", "/confirmed_on"),
        ("left on", "/left_on"),
    ];
    output.list(&all.into(), &columns)
}
