//! `packhorse parcel forward`: a parcel that was received goes on as one of your own, without leaving the gateway.

use clap::Args;
use http::StatusCode;

use super::One;
use super::desk::{rule, strange};
use super::order::Address;
use super::send::{Opened, confirm, show, statements};
use crate::api::accepted;
use crate::error::Result;
use crate::output::Output;

/// Arguments of `parcel forward`.
#[derive(Debug, Args)]
pub(super) struct ForwardArgs {
    #[command(flatten)]
    one: One,
    #[command(flatten)]
    address: Address,
}

/// Forwards.
pub(super) async fn run(args: &ForwardArgs, output: Output) -> Result<()> {
    let (desk, yes) = (args.one.at.desk()?, args.address.yes);
    let order = args.address.clone().order(&[])?;
    let expires_at = order.expires_at()?;
    let path = format!("/{}/forward", args.one.parcel);
    let forward = async |confirmed| {
        desk.post_raw(&path, http::HeaderMap::new(), Some(&order.to_json(expires_at, confirmed))).await
    };
    let mut answer = forward(yes).await?;
    if answer.status == StatusCode::CONFLICT && rule(&answer) == "first-time" {
        confirm(&answer.body, output)?;
        answer = forward(true).await?;
    }
    let body = accepted(answer)?.body;
    let opened: Opened = serde_json::from_slice(&body).map_err(|_| strange())?;
    let said = statements(serde_json::from_slice(&body).map_err(|_| strange())?)?;
    show(&opened, &said, output)
}
