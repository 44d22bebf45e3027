//! A sealed file is sent while the recipient's gateway is down, delivered when it is back, and collected by software
//! that speaks NHS MESH.

use http::Method;
use serde_json::Value;

use super::join::until_ready;
use crate::demo::mesh::{self, Account};
use crate::demo::post::{self, RECIPIENT, SENDER, Sending};
use crate::demo::stage::{Stage, holds};
use crate::error::Result;

/// A recording in miniature.
const RECORDING: Sending<'static> = Sending {
    file: "parcels/camera-7.txt",
    content: b"Camera 7, Drovers Lane, 17:42 to 17:44. Clock 3 seconds slow.\n\
        17:42:51 a silver car stops on the crossing\n17:43:08 it drives on towards Wexmoor\n",
    subject: "Collision at Drovers Lane",
    reference: "WX/26/04711",
};
/// What both bodies say of it, in order.
const STEPS: [&str; 3] = ["accepted", "delivered", "collected"];

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    stage.forget()?;
    stage
        .narrator
        .found("The police's gateway is stopped, as on a night of maintenance. The county sends all the same:")?;
    stage.network.halt(RECIPIENT.name).await?;
    let parcel = RECORDING.send(stage).await?;
    stage.narrator.found(
        "That is the receipt, at once: from here on the county's gateway answers for the parcel. It is sealed to the \
         police's key, the file's name and the subject inside.",
    )?;
    post::until(stage, &parcel, "the wait for the recipient", |tracked| tracked["waiting_for"].is_string()).await?;
    let said = post::show(stage, &SENDER, &parcel).await?;
    holds(said.out.contains("is sealed") && said.out.contains("waiting: "), "the parcel is not sealed, and waiting")?;

    stage.narrator.found("The police's gateway comes back:")?;
    let config = RECIPIENT.config();
    let arguments = ["gateway", "serve", "--config", &config];
    stage.narrator.command(&arguments)?;
    stage.network.start(RECIPIENT.name, &arguments, &RECIPIENT.log())?;
    until_ready(stage, &RECIPIENT).await?;
    post::until(stage, &parcel, "the delivery", |tracked| tracked["state"] == "delivered").await?;

    collect(stage, &parcel).await?;
    post::until(stage, &parcel, "word of the collection", |tracked| post::events(tracked) == STEPS).await?;
    stage.narrator.found("The county sees every step, each signed by the body that took it:")?;
    post::show(stage, &SENDER, &parcel).await?;
    prove(stage, &parcel).await?;
    Ok("sent to a gateway that was down, delivered once it was back, collected, and every step proved".to_owned())
}

/// The police's software looks, fetches, and says that it has the message, as it does with NHS MESH.
async fn collect(stage: &Stage, parcel: &str) -> Result<()> {
    stage.narrator.found(
        "It is delivered. The police's evidence system speaks NHS MESH: it looks into its mailbox, fetches the \
         message, and says that it has it. Each call bears a token that only the mailbox's password makes.",
    )?;
    let message = mesh::message_id(parcel);
    let listed = mesh::call(stage, &RECIPIENT, Method::GET, "/inbox").await?;
    let inbox: Value = serde_json::from_slice(&listed.body).unwrap_or_default();
    let listed = inbox["messages"].as_array().is_some_and(|messages| messages.iter().any(|one| *one == *message));
    holds(listed, "the message is not in the inbox")?;
    let fetched = mesh::call(stage, &RECIPIENT, Method::GET, &format!("/inbox/{message}")).await?;
    stage.narrator.said(&String::from_utf8_lossy(&fetched.body))?;
    let from = fetched.headers.get("mex-from").and_then(|from| from.to_str().ok());
    let whole = fetched.status.is_success() && *fetched.body == *RECORDING.content;
    holds(whole && from == Some(&Account::of(stage, &SENDER)?.mailbox), "what was fetched is not what was sent")?;
    let had = mesh::call(stage, &RECIPIENT, Method::PUT, &format!("/inbox/{message}/status/acknowledged")).await?;
    holds(had.status.is_success(), "the acknowledgement was refused")?;
    let again = mesh::call(stage, &RECIPIENT, Method::GET, &format!("/inbox/{message}")).await?;
    holds(again.status == http::StatusCode::GONE, "the content is still there after it was collected")?;
    stage.narrator.found("Asked once more, the gateway says 410, gone: it keeps no copy of what was collected.")
}

/// The chain of statements holds offline, after the recipient's gateway has destroyed the content.
async fn prove(stage: &Stage, parcel: &str) -> Result<()> {
    let file = format!("receipts/{parcel}.json");
    post::command(stage, &SENDER, &["receipt", parcel, "--output", &file]).await?;
    let said = stage.run(&["verify", &file, "--config", &RECIPIENT.config()]).await?;
    // Of its many lines those about the chain: how one receipt is judged was told before.
    let about_chain =
        |line: &&str| ["statement", "parcel", "order", "chain"].map(Some).contains(&line.split_whitespace().nth(1));
    stage.narrator.said(&said.out.lines().filter(about_chain).collect::<Vec<_>>().join("\n"))?;
    let whole = format!("nothing is missing between: {}", STEPS.join(", "));
    holds(said.out.contains(&whole) && !said.out.contains('✗'), "the parcel's receipt does not hold")
}
