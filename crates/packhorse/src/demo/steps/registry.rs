//! The registry is made and served.

use crate::commands::gateway::{anchor, verified_directory};
use crate::demo::cast::NETWORK;
use crate::demo::stage::Stage;
use crate::demo::{DESK, REGISTRY};
use crate::error::Result;

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    let listen = stage.place.address(REGISTRY)?.to_string();
    let url = format!("https://{listen}");
    if stage.place.has_made(REGISTRY) {
        stage.narrator.found("The registry was made at an earlier start.")?;
    } else {
        stage.place.clear(REGISTRY)?;
        let desk = stage.place.address(DESK)?.to_string();
        let made = [
            &["registry", "init", "--dir", REGISTRY, "--network", NETWORK, "--listen", &listen, "--url", &url][..],
            // The desk is on this one machine.
            &["--inside", &desk, "--inside-plain"],
        ]
        .concat();
        let said = stage.run(&made).await?;
        stage.narrator.said(&said.out)?;
        stage.place.made(REGISTRY)?;
    }
    let anchor = anchor(&stage.place.root().join(REGISTRY).join("anchor.json"))?;
    let serve = ["registry", "serve", "--dir", REGISTRY];
    stage.narrator.command(&serve)?;
    stage.network.start("the registry", &serve, "registry/registry.log")?;
    // Open means more than listening: it serves a directory that the anchor's keys vouch for.
    stage.network.until_open("the registry", async || verified_directory(&anchor).await.is_ok()).await?;
    Ok(format!("the registry of {NETWORK} serves its signed directory at {url}"))
}
