//! `gateway init`: a folder with everything that a new gateway needs, and a token for its operator.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use packhorse_directory::Anchor;
use packhorse_governance::{OperatorRole, People};
use packhorse_model::OrganisationId;
use packhorse_store::Store;
use serde_json::json;

use crate::config::{self, GatewayConfig, HostPort, NewGateway};
use crate::error::{Error, Result};
use crate::files::{self, Access};
use crate::keys;
use crate::output::Output;

/// The questions that an applicant answers.
const CODE_OF_CONNECTION: &str = include_str!("../../../templates/code-of-connection.toml");
/// The name of the first operator.
const FIRST_OPERATOR: &str = "operator";

/// Arguments of `gateway init`.
#[derive(Debug, Args)]
pub(super) struct NewGatewayArgs {
    /// The gateway's folder, new
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// NET/CLASS/code: the network, your class and your official code
    #[arg(long, value_name = "NET/CLASS/code")]
    organisation: OrganisationId,
    /// Your organisation's name, for people
    #[arg(long)]
    name: String,
    /// The mailbox of your senior information risk owner: published
    #[arg(long, value_name = "MAILBOX")]
    siro_email: String,
    /// Where your information charter is published
    #[arg(long, value_name = "URL")]
    charter_url: Option<String>,
    /// The gateway's code within your organisation
    #[arg(long, default_value = "gateway")]
    gateway: String,
    /// Address to listen at for your own staff and systems
    #[arg(long, value_name = "IP:PORT")]
    inside: SocketAddr,
    /// Leave the inside port unencrypted: on one machine, or behind a proxy that encrypts
    #[arg(long)]
    inside_plain: bool,
    /// Address to listen at for other gateways
    #[arg(long, value_name = "IP:PORT")]
    outside: SocketAddr,
    /// Where other gateways find this one: published
    #[arg(long, value_name = "HOST:PORT")]
    outside_address: HostPort,
    /// Where evidence and documents are kept: `sqlite:<file>` or postgres://…
    #[arg(long, value_name = "URL", default_value = "sqlite:packhorse.sqlite")]
    store: String,
    /// The anchor document that the network's operator gave you
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
    /// One of your information systems, for example benefits:Housing benefits; repeat for each
    #[arg(long = "system", value_name = "CODE:TITLE", value_parser = system)]
    systems: Vec<(String, String)>,
}

/// Makes the gateway's folder.
pub(super) async fn run(new: &NewGatewayArgs, output: Output) -> Result<()> {
    let anchor = Anchor::parse(&files::read_text(&new.anchor, 64 * 1024)?)?;
    if anchor.network != new.organisation.network {
        let what = format!("the anchor is that of the network {}, not of {}", anchor.network, new.organisation.network);
        return Err(Error::refused(what, "name an organisation of that network, or ask for the right anchor"));
    }
    let file = new.dir.join("gateway.toml");
    let text = new.to_toml();
    // Whatever cannot stand in the file is refused before there is one.
    config::parse::<GatewayConfig>(&file, &text)?;
    files::new_folder(&new.dir)?;
    files::write_new(&file, text.as_bytes(), Access::Everybody)?;
    let config = GatewayConfig::load(&file)?;
    files::write_new(&config.anchor_file(), anchor.to_json().as_bytes(), Access::Everybody)?;
    files::write_new(&config.code_of_connection(), CODE_OF_CONNECTION.as_bytes(), Access::Everybody)?;
    keys::create(&config.keys_folder(), new.outside_address.host())?;
    first_operator(&config).await?;
    said(&new.dir, &file, &config, output)
}

/// The token is written down once, for its owner alone; the store keeps its digest.
async fn first_operator(config: &GatewayConfig) -> Result<()> {
    let store = Store::open(&config.store_settings()).await?;
    let people = People::open(store.clone()).await?;
    let token = people.add_operator(FIRST_OPERATOR, OperatorRole::Operator, Timestamp::now()).await?;
    files::write_new(&config.token_file(), format!("{}\n", token.reveal()).as_bytes(), Access::Owner)?;
    store.close().await;
    Ok(())
}

fn said(dir: &Path, file: &Path, config: &GatewayConfig, output: Output) -> Result<()> {
    let answers = config.code_of_connection();
    let data = json!({"folder": dir, "config": file, "code_of_connection": answers, "token": config.token_file()});
    let text = format!("the gateway of {} is in {}", config.organisation.id, dir.display());
    output.result(&data, &text)?;
    output.hint(&format!("answer {}, then packhorse gateway join --config {}", answers.display(), file.display()))
}

impl NewGatewayArgs {
    fn to_toml(&self) -> String {
        NewGateway {
            organisation: &self.organisation.to_string(),
            gateway: &self.gateway,
            name: &self.name,
            siro_email: &self.siro_email,
            charter_url: self.charter_url.as_deref(),
            systems: &self.systems,
            inside: &self.inside.to_string(),
            inside_tls: if self.inside_plain { "none" } else { "self" },
            outside: &self.outside.to_string(),
            outside_address: self.outside_address.as_str(),
            store: &self.store,
        }
        .to_toml()
    }
}

fn system(text: &str) -> Result<(String, String), String> {
    let (code, title) = text.split_once(':').ok_or("expected code:Title, for example benefits:Housing benefits")?;
    if code.is_empty() || title.trim().is_empty() {
        return Err("both the code and the title are needed, for example benefits:Housing benefits".to_owned());
    }
    Ok((code.to_owned(), title.trim().to_owned()))
}
