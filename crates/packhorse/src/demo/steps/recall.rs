//! A parcel that went to the right body with the wrong file is recalled before anybody has collected it.

use http::{Method, StatusCode};

use crate::demo::mesh;
use crate::demo::post::{self, RECIPIENT, SENDER, Sending};
use crate::demo::stage::{Stage, holds};
use crate::error::Result;

/// The wrong file.
const MISTAKEN: Sending<'static> = Sending {
    file: "parcels/camera-9.txt",
    content: b"Camera 9, Saltersgate, 17:42 to 17:44.\n17:43:30 nothing is to be seen\n",
    subject: "Collision at Drovers Lane",
    reference: "WX/26/04711-2",
};

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    let parcel = MISTAKEN.send(stage).await?;
    post::until(stage, &parcel, "the delivery", |tracked| tracked["state"] == "delivered").await?;
    stage.narrator.found("It lies in the mailbox already when somebody notices that it is the wrong camera:")?;
    let said = post::command(stage, &SENDER, &["recall", &parcel, "--reason", "the wrong camera"]).await?;
    stage.narrator.said(&said.out)?;
    post::until(stage, &parcel, "the recall", |tracked| tracked["state"] == "recalled").await?;
    let said = post::show(stage, &SENDER, &parcel).await?;
    let signed = format!("signed by {}", RECIPIENT.id);
    let destroyed = said.out.lines().any(|line| line.contains("  recalled") && line.contains(&signed));
    holds(destroyed, "the recipient has not signed that it was recalled")?;
    stage.narrator.found(
        "The police's gateway destroyed it and signed that nobody had collected it. Its software finds nothing:",
    )?;
    let message = mesh::message_id(&parcel);
    let fetched = mesh::call(stage, &RECIPIENT, Method::GET, &format!("/inbox/{message}")).await?;
    holds(fetched.status == StatusCode::GONE, "the recalled parcel can still be fetched")?;
    Ok("destroyed unread, and the recipient has signed that it was".to_owned())
}
