//! What membership commands share: the anchor, the way to the registry, a verified directory, our own details.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use packhorse_directory::assurance::AnswersDocument;
use packhorse_directory::client::{ClientSettings, HttpTransport, Transport};
use packhorse_directory::join::answers_digest;
use packhorse_directory::{Anchor, DirectoryClient, DirectoryHandle};
use packhorse_model::organisation::{GatewayEntry, MemberDetails, Organisation};

use crate::config::{self, GatewayConfig};
use crate::error::{Error, Result};
use crate::files;

/// Largest code of connection that a registry takes, in bytes.
const MAX_ANSWERS: u64 = 128 * 1024;

/// Reads an anchor document.
pub(crate) fn anchor(path: &Path) -> Result<Anchor> {
    Ok(Anchor::parse(&files::read_text(path, 64 * 1024)?)?)
}

/// The way to the registry of an anchor.
pub(crate) fn registry(anchor: &Anchor) -> Result<Arc<dyn Transport>> {
    Ok(Arc::new(HttpTransport::new(anchor)?))
}

/// The directory as the registry has it now, verified from the anchor. Kept in a folder that goes with the answer:
/// the one of a running gateway is left to it.
pub(crate) async fn verified_directory(anchor: &Anchor) -> Result<DirectoryHandle> {
    let folder = tempfile::tempdir()?;
    let settings = ClientSettings::default();
    let mut client = DirectoryClient::open(anchor.clone(), registry(anchor)?, folder.path(), settings)?;
    client.poll(Timestamp::now()).await?;
    Ok(client.handle())
}

/// The directory as the gateway has it, fetched by its last run.
pub(crate) fn kept_directory(config: &GatewayConfig) -> Result<DirectoryHandle> {
    let anchor = anchor(&config.anchor_file())?;
    let (registry, settings) = (registry(&anchor)?, config.directory_settings());
    Ok(DirectoryClient::open(anchor, registry, &config.directory_folder(), settings)?.handle())
}

/// The answered code of connection, refused while an answer is missing.
pub(super) fn answers(config: &GatewayConfig) -> Result<String> {
    let path = config.code_of_connection();
    let text = files::read_text(&path, MAX_ANSWERS)?;
    let code: AnswersDocument = config::parse(&path, &text)?;
    let open: BTreeSet<&str> =
        code.answers.iter().filter(|one| one.answer.trim().is_empty()).map(|one| one.topic.as_str()).collect();
    if open.is_empty() && !code.answers.is_empty() {
        return Ok(text);
    }
    let what = format!("{} has questions without an answer: {}", path.display(), Vec::from_iter(open).join(", "));
    Err(Error::refused(what, "answer them; the network's operator reads the answers"))
}

/// What the directory is to say of us. Gateways that the member has besides this one stay.
pub(super) fn details(config: &GatewayConfig, answers: &str, known: Option<&Organisation>) -> MemberDetails {
    let (organisation, code) = (&config.organisation, config.organisation.gateway.to_string());
    let mut gateways: Vec<GatewayEntry> = known.map(|known| known.details.gateways.clone()).unwrap_or_default();
    gateways.retain(|gateway| gateway.code != code);
    gateways.push(GatewayEntry { code, address: config.outside.address.as_str().to_owned() });
    MemberDetails {
        name: organisation.name.clone(),
        siro: organisation.siro.clone(),
        contacts: organisation.contacts.clone(),
        charter_url: organisation.charter_url.clone(),
        code_of_connection: answers_digest(answers),
        systems: organisation.systems.clone(),
        gateways,
    }
}
