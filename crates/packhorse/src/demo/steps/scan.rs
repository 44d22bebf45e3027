//! Malware is caught at the sender, before anything is sealed; left out where no scanner runs.

use super::join::until_ready;
use crate::demo::post::{self, SENDER, Sending};
use crate::demo::scanner;
use crate::demo::stage::{Stage, holds};
use crate::error::Result;
use crate::files;

/// What every scanner takes for malware by agreement: the file of the European Institute for Computer Anti-Virus
/// Research, in two halves so that none finds it in this source or in the program.
const HALVES: [&str; 2] = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD", "-ANTIVIRUS-TEST-FILE!$H+H*"];
/// The configuration of a gateway that has a scanner.
const SCANNED: &str = "scanned.toml";
/// The line that a new gateway's configuration has in its place.
const NOT_SCANNED: &str = "# clamd = \"/run/clamav/clamd.ctl\"";

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    let Some(clamd) = scanner::start(stage).await? else {
        stage.narrator.found(
            "Left out: no scanner runs on this machine. ClamAV's clamd would be used: apt-get install clamav-daemon",
        )?;
        return Ok("left out, since no scanner runs here: parcels are marked \"not scanned\"".to_owned());
    };
    stage.narrator.found(&format!(
        "The county's gateway is started again with a scanner, ClamAV's: clamd = \"{clamd}\" below [parcels] in its \
         configuration. Then somebody sends the file that every scanner takes for a virus:"
    ))?;
    let folder = stage.place.root().join(SENDER.folder);
    let text = files::read_text(&folder.join("gateway.toml"), 64 * 1024)?;
    let text = text.replace(NOT_SCANNED, &format!("clamd = \"{clamd}\""));
    let scanned = format!("{}/{SCANNED}", SENDER.folder);
    stage.place.write(&scanned, text.as_bytes())?;
    serve(stage, &scanned).await?;
    catch(stage).await?;
    serve(stage, &SENDER.config()).await?;
    scanner::stop(stage).await?;
    Ok("caught before it was sealed: nothing of it left the county".to_owned())
}

async fn catch(stage: &mut Stage) -> Result<()> {
    let file = HALVES.concat();
    let virus = Sending {
        file: "parcels/camera-8.txt",
        content: file.as_bytes(),
        subject: "Collision at Drovers Lane",
        reference: "WX/26/04711-3",
    };
    let parcel = virus.send(stage).await?;
    post::until(stage, &parcel, "the scan", |tracked| tracked["state"] == "quarantined").await?;
    let said = post::show(stage, &SENDER, &parcel).await?;
    holds(!said.out.contains("delivered"), "the virus was delivered")?;
    stage
        .narrator
        .found("Only a person who is named for it may let it go on, with a reason. The county takes it back:")?;
    let said = post::command(stage, &SENDER, &["recall", &parcel, "--reason", "it is malware"]).await?;
    stage.narrator.said(&said.out)?;
    post::until(stage, &parcel, "the recall", |tracked| tracked["state"] == "recalled").await?;
    // It need not lie about on the disk of whoever tries the demo.
    stage.place.remove(virus.file)
}

async fn serve(stage: &mut Stage, config: &str) -> Result<()> {
    let arguments = ["gateway", "serve", "--config", config];
    stage.network.restart(SENDER.name, &arguments, &SENDER.log()).await?;
    until_ready(stage, &SENDER).await
}
