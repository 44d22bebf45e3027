//! `endpoints.json`: where everything is, and one query that works as it stands; for programs that try the demo.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::cast::{BOROUGH, DISTRICT, ORGANISATIONS, Organisation, VEHICLES};
use super::mesh::Account;
use super::narrate::quoted;
use super::stage::Stage;
use super::vehicles::TEST_MARKS;
use crate::error::Result;
use crate::files;

/// The file's name in the data folder.
pub(super) const FILE: &str = "endpoints.json";
/// What the sender may send the recipient.
const WORKFLOW: &str = "ABANDONED-VEHICLE";

/// Everything.
#[derive(Serialize)]
pub(super) struct Endpoints {
    registry: Registry,
    organisations: Vec<Endpoint>,
    #[serde(rename = "try")]
    attempt: Attempt,
    mesh: Mesh,
}

/// Three mailboxes for software that speaks NHS MESH: the sender may send the recipient the workflow, the stranger
/// has no agreement.
#[derive(Serialize)]
struct Mesh {
    sender: Mailbox,
    recipient: Mailbox,
    stranger: Mailbox,
    workflow: &'static str,
}

#[derive(Serialize)]
struct Mailbox {
    url: String,
    mailbox: String,
    password: String,
    shared_key: String,
    /// The authorities of the address, a PEM file; none where it is not encrypted.
    ca: Option<PathBuf>,
}

#[derive(Serialize)]
struct Registry {
    url: String,
}

#[derive(Serialize)]
struct Endpoint {
    id: &'static str,
    name: &'static str,
    inside_url: String,
    outside_url: String,
    data_dir: PathBuf,
    systems: Vec<String>,
    services: Vec<String>,
    /// Of the first system.
    api_key: String,
}

/// A query that works as it stands.
#[derive(Serialize)]
struct Attempt {
    method: &'static str,
    url: String,
    headers: BTreeMap<&'static str, String>,
    body: &'static str,
}

impl Endpoints {
    /// Gathers what is true while the network runs.
    pub(super) fn gather(stage: &Stage) -> Result<Self> {
        let url = format!("https://{}", stage.place.address(super::REGISTRY)?);
        let organisations =
            ORGANISATIONS.iter().map(|organisation| endpoint(stage, organisation)).collect::<Result<_>>()?;
        Ok(Self { registry: Registry { url }, organisations, attempt: attempt(stage)?, mesh: mesh(stage)? })
    }

    /// Writes the file, whole or not at all.
    pub(super) fn write(&self, stage: &Stage) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(std::io::Error::other)?;
        stage.place.write(FILE, &text).map(|_| ())
    }

    /// The addresses, a line for each organisation.
    pub(super) fn addresses(&self) -> String {
        let mut lines = vec![format!("  {:28} {}", "registry", self.registry.url)];
        for organisation in &self.organisations {
            let Endpoint { name, inside_url, outside_url, .. } = organisation;
            lines.push(format!("  {name:28} inside {inside_url}   outside {outside_url}"));
        }
        lines.join("\n")
    }

    /// Three requests to try: one that is answered, one that is refused, one to the management API.
    pub(super) fn curls(&self, stage: &Stage) -> Result<[String; 3]> {
        let answered = curl(&self.attempt.headers, &self.attempt.url);
        let mut outside = self.attempt.headers.clone();
        outside.insert("Packhorse-Purpose", "council-tax".to_owned());
        let refused = curl(&outside, &self.attempt.url);
        let token = stage.place.root().join(BOROUGH.folder).join("operator.token");
        let list = format!("{}/api/agreements", stage.inside_url(&BOROUGH)?);
        let bearer = format!("\"Authorization: Bearer $(cat {})\"", quoted(&token.to_string_lossy()));
        Ok([answered, refused, format!("curl -s -H {bearer} {}", quoted(&list))])
    }
}

fn endpoint(stage: &Stage, organisation: &'static Organisation) -> Result<Endpoint> {
    Ok(Endpoint {
        id: organisation.id,
        name: organisation.name,
        inside_url: stage.inside_url(organisation)?,
        outside_url: format!("https://{}", stage.place.address(&organisation.ports()[1])?),
        data_dir: stage.place.root().join(organisation.folder),
        systems: vec![organisation.system_id(), organisation.post_room_id()],
        services: organisation.service_id().into_iter().collect(),
        api_key: api_key(stage, organisation)?,
    })
}

fn mesh(stage: &Stage) -> Result<Mesh> {
    Ok(Mesh {
        sender: mailbox(stage, &BOROUGH)?,
        recipient: mailbox(stage, &VEHICLES)?,
        stranger: mailbox(stage, &DISTRICT)?,
        workflow: WORKFLOW,
    })
}

fn mailbox(stage: &Stage, organisation: &Organisation) -> Result<Mailbox> {
    let Account { mailbox, password, shared_key } = Account::of(stage, organisation)?;
    Ok(Mailbox { url: stage.inside_url(organisation)?, mailbox, password, shared_key, ca: None })
}

/// The purpose, role and agreement are the calling system's defaults.
fn attempt(stage: &Stage) -> Result<Attempt> {
    let (base, service) = (stage.inside_url(&BOROUGH)?, VEHICLES.service_id().unwrap_or_default());
    let headers = [
        ("Accept", "application/json".to_owned()),
        ("Packhorse-Api-Key", api_key(stage, &BOROUGH)?),
        ("X-Road-Client", BOROUGH.system_id()),
        ("X-Road-UserId", BOROUGH.people[0].id.to_owned()),
    ];
    let url = format!("{base}/r1/{service}/by-vrm/{}", TEST_MARKS[0]);
    Ok(Attempt { method: "GET", url, headers: headers.into(), body: "" })
}

fn api_key(stage: &Stage, organisation: &Organisation) -> Result<String> {
    files::read_secret_line(&stage.place.root().join(organisation.key_file()))
}

fn curl(headers: &BTreeMap<&'static str, String>, url: &str) -> String {
    let headers: String =
        headers.iter().map(|(name, value)| format!(" -H {}", quoted(&format!("{name}: {value}")))).collect();
    format!("curl -s{headers} {}", quoted(url))
}
