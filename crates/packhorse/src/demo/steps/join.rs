//! Every organisation makes its gateway and joins; then the gateways are served.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use packhorse_directory::Anchor;
use packhorse_model::organisation::Members as _;
use serde_json::Value;

use crate::commands::gateway::{anchor, verified_directory};
use crate::demo::REGISTRY;
use crate::demo::cast::{CODE_OF_CONNECTION, ORGANISATIONS, Organisation, POST_ROOM};
use crate::demo::history;
use crate::demo::stage::Stage;
use crate::error::{Error, Result};

/// Longest wait until the registry has published what its operator decided.
const PUBLISHED: Duration = Duration::from_secs(60);

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    for (index, organisation) in ORGANISATIONS.iter().enumerate() {
        make(stage, organisation, index == 0).await?;
    }
    admit(stage).await?;
    let anchor = anchor(&stage.place.root().join(REGISTRY).join("anchor.json"))?;
    // A gateway asks for news when it starts and then every ten seconds: what it is to know is published first.
    stage.wait("five active members in the directory", PUBLISHED, async |_| all_active(&anchor).await).await?;
    serve(stage).await?;
    Ok("five members, five gateways, each its own process with its own folder and keys".to_owned())
}

/// Makes the gateway's folder, unless an earlier start has.
async fn make(stage: &mut Stage, organisation: &Organisation, told: bool) -> Result<()> {
    let folder = organisation.folder;
    if stage.place.has_made(folder) {
        return Ok(());
    }
    stage.place.clear(folder)?;
    let [inside, outside] = organisation.ports().map(|port| stage.place.address(&port));
    let (inside, outside) = (inside?.to_string(), outside?.to_string());
    let (siro, (code, title)) = (format!("siro@{}", organisation.domain), organisation.system);
    let (charter, system) = (format!("https://{}/charter", organisation.domain), format!("{code}:{title}"));
    let post_room = format!("{}:{}", POST_ROOM.0, POST_ROOM.1);
    let mut arguments = [
        ["gateway", "init"],
        ["--dir", folder],
        ["--organisation", organisation.id],
        ["--name", organisation.name],
        ["--siro-email", &siro],
        ["--charter-url", &charter],
        ["--inside", &inside],
        ["--outside", &outside],
        ["--outside-address", &outside],
        ["--anchor", "registry/anchor.json"],
        ["--system", &system],
        ["--system", &post_room],
    ]
    .concat();
    let counter = organisation.counter.map(|(code, title)| format!("{code}:{title}"));
    arguments.extend(counter.iter().flat_map(|counter| ["--system", counter]));
    // Inside and outside are this one machine.
    arguments.push("--inside-plain");
    if told {
        let said = stage.run(&arguments).await?;
        stage.narrator.said(&said.out)?;
        stage
            .narrator
            .found("Its people answer the code of connection. The others do the same, each in its own folder.")?;
    } else {
        stage.quietly(&arguments).await?;
    }
    stage.place.write(&format!("{folder}/code-of-connection.toml"), CODE_OF_CONNECTION.as_bytes())?;
    // Before anybody serves it: what lies behind is written down as if it had been.
    history::write(stage, organisation).await?;
    stage.place.made(folder)
}

/// Takes in whoever is no member yet, and whoever a story that was broken off has left suspended.
async fn admit(stage: &Stage) -> Result<()> {
    let members = members(stage).await?;
    let joining: Vec<&Organisation> = ORGANISATIONS.iter().filter(|one| !members.contains_key(one.id)).collect();
    if joining.is_empty() {
        stage.narrator.found("All five are members since an earlier start.")?;
    }
    for (index, organisation) in joining.iter().enumerate() {
        let config = organisation.config();
        let arguments = ["gateway", "join", "--config", &config];
        if index == 0 {
            let said = stage.run(&arguments).await?;
            stage.narrator.said(&said.out)?;
        } else {
            stage.quietly(&arguments).await?;
        }
    }
    if !joining.is_empty() {
        let said = stage.run(&["registry", "requests", "--dir", REGISTRY]).await?;
        stage.narrator.said(&said.out)?;
    }
    for (index, organisation) in joining.iter().enumerate() {
        approve(stage, organisation, index == 0).await?;
    }
    for organisation in ORGANISATIONS.iter().filter(|one| members.get(one.id).is_some_and(|state| state == "suspended"))
    {
        stage.narrator.found("An earlier story was broken off while this member was suspended:")?;
        let reason = "the demo's story begins anew";
        stage.run(&["registry", "resume", organisation.id, "--reason", reason, "--dir", REGISTRY]).await?;
    }
    Ok(())
}

/// The operator hears the fingerprint from the applicant's people, not from the request.
async fn approve(stage: &Stage, organisation: &Organisation, told: bool) -> Result<()> {
    let own = stage.data(&["gateway", "join", "--config", &organisation.config()]).await?;
    let word = |name: &str| own.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if word("status") == "approved" {
        return Ok(());
    }
    let (request, fingerprint) = (word("request"), word("fingerprint"));
    let arguments = ["registry", "approve", &request, "--fingerprint", &fingerprint, "--dir", REGISTRY];
    if told {
        stage
            .narrator
            .found("The operator telephones each applicant and types in the fingerprint that is read out:")?;
        let said = stage.run(&arguments).await?;
        stage.narrator.said(&said.err)?;
        stage.narrator.said(&said.out)
    } else {
        let said = stage.quietly(&arguments).await?;
        stage.narrator.said(&said.out)
    }
}

/// Something when the directory that the registry serves lists all five as active.
async fn all_active(anchor: &Anchor) -> Result<Option<()>> {
    let directory = verified_directory(anchor).await?;
    let is_active = |one: &Organisation| {
        let id = one.id.parse().ok();
        id.and_then(|id| directory.organisation(&id)).is_some_and(|member| member.is_active())
    };
    Ok(ORGANISATIONS.iter().all(is_active).then_some(()))
}

/// Starts all gateways, then waits until each is ready.
async fn serve(stage: &mut Stage) -> Result<()> {
    for (index, organisation) in ORGANISATIONS.iter().enumerate() {
        let config = organisation.config();
        let arguments = ["gateway", "serve", "--config", &config];
        if index == 0 {
            stage.narrator.command(&arguments)?;
            stage.narrator.found("And so the four others.")?;
        }
        stage.network.start(organisation.name, &arguments, &organisation.log())?;
    }
    for organisation in &ORGANISATIONS {
        until_ready(stage, organisation).await?;
    }
    Ok(())
}

/// Waits until an organisation's gateway, just started, is ready.
pub(super) async fn until_ready(stage: &mut Stage, organisation: &Organisation) -> Result<()> {
    let api = stage.api(organisation)?;
    let ready = async || {
        let asked = api.raw(Method::GET, "/readyz", HeaderMap::new(), Bytes::new()).await;
        asked.is_ok_and(|answer| answer.status.is_success())
    };
    stage.network.until_open(organisation.name, ready).await
}

/// State by member.
async fn members(stage: &Stage) -> Result<BTreeMap<String, String>> {
    let members = stage.data(&["registry", "members", "--dir", REGISTRY]).await?;
    let rows = members.as_array().ok_or_else(|| Error::NotHeld("the registry does not list its members".to_owned()))?;
    let word = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(rows.iter().map(|row| (word(row, "id"), word(row, "status"))).collect())
}
