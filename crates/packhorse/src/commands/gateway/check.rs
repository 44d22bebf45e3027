//! `gateway check`: everything that can be known without starting, one line each.
//!
//! Changes nothing but what a start would change: the store's tables are brought up to date.

use std::net::SocketAddr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use packhorse_directory::DirectoryHead;
use packhorse_model::organisation::{Members as _, Purpose};
use packhorse_store::{Store, publish};
use tokio::net::TcpListener;

use super::membership::{anchor, answers, kept_directory, registry, verified_directory};
use crate::api::{Api, Target};
use crate::commands::ledger::own_ledger_keys;
use crate::config::{GatewayConfig, InsideTls};
use crate::error::{Error, Result};
use crate::files;
use crate::keys::{self, OwnKey, PURPOSES};
use crate::output::Output;
use crate::report::{Made, Report};

/// Largest head of a directory, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// From so many days before its end on, the assurance is to be renewed.
const REMIND_DAYS: i32 = 60;

/// Makes every check and prints it.
pub(super) async fn run(target: &Target, output: Output) -> Result<()> {
    // A configuration that cannot be read is an error of its own, which names the line.
    let config = target.load_config()?;
    let mut report = Report::default();
    report.add("config", Ok(format!("{} of {}", config.organisation.gateway, config.organisation.id)));
    for purpose in PURPOSES {
        report.add("keys", key(&config, purpose));
    }
    report.add("token", files::read_secret_line(&config.token_file()).map(|_| said("mode 0600")).map_err(text));
    report.add("code", answers(&config).map(|_| said("the code of connection is answered")).map_err(text));
    report.add("registry", registry_head(&config).await);
    report.add("member", member(&config).await);
    assurance(&config, &mut report).await;
    store(&config, &mut report).await;
    let is_running = ports(&config, &mut report).await;
    output.result(&report, &report.lines())?;
    if report.holds() {
        return if is_running { Ok(()) } else { output.hint("packhorse gateway serve") };
    }
    Err(Error::NotHeld("the gateway is not fit to run: mend the lines marked ✗".to_owned()))
}

fn key(config: &GatewayConfig, purpose: Purpose) -> Made {
    let path = keys::newest(&config.keys_folder(), purpose);
    let key = OwnKey::load(purpose, &path).map_err(|error| error.to_string())?;
    Ok(format!("{purpose} {}", key.fingerprint()))
}

/// Whether the registry answers, with a head that the anchor's keys signed and that is fresh.
async fn registry_head(config: &GatewayConfig) -> Made {
    let anchor = anchor(&config.anchor_file()).map_err(text)?;
    let registry = registry(&anchor).map_err(text)?;
    let head = registry.get("/directory/checkpoint", MAX_HEAD).await.map_err(|error| error.to_string())?;
    let head = head.ok_or("the registry serves no head yet")?;
    let head = DirectoryHead::open(&head, &anchor).map_err(|error| error.to_string())?;
    let max_age = config.directory_settings().max_age;
    head.check_date(Timestamp::now(), max_age).map_err(|error| error.to_string())?;
    Ok(format!("{} answers, its head of {} entries was confirmed at {}", anchor.url, head.size(), head.confirmed()))
}

/// Whether the directory lists us, our address and the keys in use: as the registry has it now, or, when that cannot
/// be had, as it is kept here.
async fn member(config: &GatewayConfig) -> Made {
    let id = &config.organisation.id;
    let anchor = anchor(&config.anchor_file()).map_err(text)?;
    let directory = match verified_directory(&anchor).await {
        Ok(directory) => directory,
        Err(_) => kept_directory(config).map_err(text)?,
    };
    let Some(own) = directory.organisation(id) else {
        return Err(format!("the directory does not list {id}: packhorse gateway join"));
    };
    if !own.is_active() {
        return Err(format!("{id} is {}: ask the network's operator", own.status));
    }
    for purpose in PURPOSES {
        let key =
            OwnKey::load(purpose, &keys::newest(&config.keys_folder(), purpose)).map_err(|error| error.to_string())?;
        if !own.keys_at(purpose, Timestamp::now()).any(|entry| entry.key == key.listed()) {
            return Err(format!("the directory does not list the {purpose} key in use: put the member's keys back"));
        }
    }
    let address = config.outside.address.as_str();
    if !own.details.gateways.iter().any(|gateway| gateway.address == address) {
        return Err(format!("the directory does not say that this gateway is at {address}: packhorse gateway amend"));
    }
    Ok(format!("{id} is active, with this address and these keys"))
}

/// How long our assurance holds: a reminder from 60 days before its end on.
async fn assurance(config: &GatewayConfig, report: &mut Report) {
    let Ok(anchor) = anchor(&config.anchor_file()) else { return };
    let directory = match verified_directory(&anchor).await {
        Ok(directory) => Ok(directory),
        Err(_) => kept_directory(config),
    };
    // Who is not listed was told so a line above.
    let Some(own) = directory.ok().and_then(|directory| directory.organisation(&config.organisation.id)) else {
        return;
    };
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let remedy = "answer anew and send: packhorse gateway renew";
    match own.assurance.valid_until {
        _ if !own.is_assured(today) => report.add("assurance", Err(format!("it has lapsed: {remedy}"))),
        Some(last) if (last - today).get_days() <= REMIND_DAYS => {
            report.absent("assurance", format!("it ends on {last}: {remedy}"));
        }
        Some(last) => report.add("assurance", Ok(format!("it holds until {last}"))),
        None => report.add("assurance", Ok(said("it holds until further notice"))),
    }
}

async fn store(config: &GatewayConfig, report: &mut Report) {
    let store = match Store::open(&config.store_settings()).await {
        Ok(store) => store,
        Err(error) => return report.add("store", Err(error.to_string())),
    };
    report.add("store", Ok(said("it answers and its tables are up to date")));
    report.add("ledger", ledger(config, &store).await);
    store.close().await;
}

async fn ledger(config: &GatewayConfig, store: &Store) -> Made {
    let keys = own_ledger_keys(config).map_err(text)?;
    let checked = publish::check(store, &keys).await.map_err(|error| error.to_string())?;
    if checked.faults.is_empty() {
        return Ok(format!(
            "{} entries lead to the signed root, {} files are as they must be",
            checked.size, checked.files
        ));
    }
    Err(format!("{}: do not start before a person has looked", checked.faults.join("; ")))
}

/// Whether the ports can be had, or are had by the gateway itself; says whether that is so.
async fn ports(config: &GatewayConfig, report: &mut Report) -> bool {
    let listens = [("inside", config.inside.listen), ("outside", config.outside.listen)];
    let is_running = match Api::of(config) {
        Ok(api) => api.get("/status").await.is_ok(),
        Err(_) => false,
    };
    for (port, listen) in listens {
        if is_running {
            report.absent(port, format!("{listen}: the gateway is running"));
        } else {
            report.add(port, free(listen).await);
        }
    }
    if config.inside.tls == InsideTls::None && !config.inside.listen.ip().is_loopback() {
        report.absent("inside", "not encrypted: right only behind a proxy that encrypts");
    }
    is_running
}

async fn free(listen: SocketAddr) -> Made {
    match TcpListener::bind(listen).await {
        Ok(_) => Ok(format!("{listen} is free")),
        Err(error) => Err(format!("{listen} cannot be had: {error}")),
    }
}

fn said(text: &str) -> String {
    text.to_owned()
}

fn text(error: Error) -> String {
    error.to_string()
}
