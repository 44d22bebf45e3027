//! The registry's desk: two more ask to join, and a member sends its answers anew.

use crate::demo::REGISTRY;
use crate::demo::cast::{APPLICANTS, Applicant, CODE_OF_CONNECTION, DISTRICT};
use crate::demo::stage::Stage;
use crate::error::Result;

/// Whose token it is, in every decision.
const DESK: &str = "desk";
const ANCHOR: &str = "registry/anchor.json";
/// Addresses at which nobody listens: who is no member yet is not served.
const NOWHERE: [&str; 2] = ["127.0.0.1:9", "127.0.0.1:10"];

/// They write, and wait.
pub(super) async fn ask(stage: &mut Stage) -> Result<()> {
    for applicant in &APPLICANTS {
        make(stage, applicant).await?;
        let config = format!("{}/gateway.toml", applicant.folder);
        stage.quietly(&["gateway", "join", "--config", &config]).await?;
    }
    let said = stage.run(&["registry", "requests", "--dir", REGISTRY]).await?;
    stage.narrator.said(&said.out)?;
    let renews = DISTRICT.config();
    stage.run(&["gateway", "renew", "--config", &renews]).await?;
    Ok(())
}

/// Makes the applicant's folder, unless an earlier start has.
async fn make(stage: &mut Stage, applicant: &Applicant) -> Result<()> {
    let folder = applicant.folder;
    if stage.place.has_made(folder) {
        return Ok(());
    }
    stage.place.clear(folder)?;
    let (siro, charter) = (format!("siro@{}", applicant.domain), format!("https://{}/charter", applicant.domain));
    let arguments = [
        ["gateway", "init"],
        ["--dir", folder],
        ["--organisation", applicant.id],
        ["--name", applicant.name],
        ["--siro-email", &siro],
        ["--charter-url", &charter],
        ["--inside", NOWHERE[0]],
        ["--outside", NOWHERE[1]],
        ["--outside-address", NOWHERE[1]],
        ["--anchor", ANCHOR],
        ["--system", applicant.system],
    ]
    .concat();
    stage.quietly(&arguments).await?;
    let answers = applicant
        .otherwise
        .iter()
        .fold(CODE_OF_CONNECTION.to_owned(), |text, (usual, theirs)| text.replace(usual, theirs));
    stage.place.write(&format!("{folder}/code-of-connection.toml"), answers.as_bytes())?;
    stage.place.made(folder)
}

/// A token for whoever works at the desk.
pub(super) async fn token(stage: &Stage) -> Result<String> {
    let said = stage.quietly(&["registry", "operator", "add", DESK, "--dir", REGISTRY]).await?;
    Ok(said.out.trim().to_owned())
}
