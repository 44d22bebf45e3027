//! Wires one gateway, top to bottom, and runs it until it is told to stop.
//!
//! The order is the order of need: store, keys, directory, rules, evidence, doors. On the way down the
//! doors close first and answer what is in flight; then the ledger is published once more.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use packhorse_directory::client::{HttpTransport, Transport};
use packhorse_directory::{Anchor, DirectoryClient, DirectoryHandle};
use packhorse_gateway::inside::folder::watch_folders;
use packhorse_gateway::inside::{self, sftp};
use packhorse_gateway::outside::{self, PeerPool, send_heartbeats, share_agreements, tell_incidents};
use packhorse_gateway::{
    Context, Door, Evidence, Finder, Identity, Limits, Mail, Metrics, OpenId, Parcels, ReplayGuard, Services, Uses,
    serve, watch_gates, work_notices, work_parcels,
};
use packhorse_governance::people::SignIn;
use packhorse_governance::{Agreements, Assurance, People, filing};
use packhorse_keys::tls::{TlsIdentity, mutual_server_config, server_config_with_optional_client};
use packhorse_keys::{HostSeed, SealingKey, Signer, SoftwareKey};
use packhorse_ledger::{NoteSigner, SignatureKind, VerifierKey};
use packhorse_model::organisation::{Members as _, Purpose};
use packhorse_model::{ExchangeId, OrganisationId, Side};
use packhorse_store::publish::Publisher;
use packhorse_store::{RecordWriter, Store};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{GatewayConfig, InsideTls};
use crate::error::Result;
use crate::{files, keys};

/// Time between looks at what other processes and people have changed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// At least one checkpoint a second under load.
const PUBLISH: Duration = Duration::from_secs(1);

/// Runs the gateway until `stop` becomes true.
///
/// # Errors
/// Whatever keeps it from starting, or stops its ledger.
pub(crate) async fn run(config: &GatewayConfig, stop: watch::Receiver<bool>) -> Result<()> {
    let store = Store::open(&config.store_settings()).await?;
    let tls = Arc::new(TlsIdentity::load(&keys::tls_file(&config.keys_folder()))?);
    let (follower, registry) = directory(config).await?;
    let parts = Parts { config, store: &store, directory: follower.handle(), registry };
    let (context, publisher) = parts.context(&tls).await?;
    let context = Arc::new(context);

    let (inside_door, outside_door) = doors(config, &tls, &context).await?;
    tracing::info!(
        organisation = %context.identity.organisation,
        inside = %inside_door.address()?,
        outside = %outside_door.address()?,
        "the gateway is open"
    );

    // Before anybody works on any.
    store.queue().release_held().await?;
    let mut background = JoinSet::new();
    background.spawn(until(stop.clone(), follower.run()));
    background.spawn(share_agreements(Arc::clone(&context), stop.clone()));
    background.spawn(watch_gates(Arc::clone(&context), stop.clone()));
    background.spawn(until(stop.clone(), send_heartbeats(Arc::clone(&context))));
    background.spawn(tell_incidents(Arc::clone(&context), stop.clone()));
    background.spawn(work_parcels(Arc::clone(&context), stop.clone()));
    background.spawn(work_notices(Arc::clone(&context), stop.clone()));
    background.spawn(until(stop.clone(), watch_folders(Arc::clone(&context))));
    if let Some(address) = config.sftp() {
        let host = HostSeed::load_or_make(&keys::sftp_file(&config.keys_folder()))?;
        let door = sftp::Door::open(address, &host).await?;
        background.spawn(until(stop.clone(), door.serve(Arc::clone(&context))));
    }
    background.spawn(until(stop.clone(), look_again(Arc::clone(&context))));
    // The ledger outlives the doors: what they answer while draining is published too.
    let (drained, draining) = watch::channel(false);
    let ledger = tokio::spawn(async move { publisher.run(PUBLISH, stopped(draining)).await });

    let inside = inside::router(Arc::clone(&context), config.xroad.errors);
    let inside = packhorse_web::router(inside, config.page_settings());
    let outside = outside::router(Arc::clone(&context));
    tokio::join!(serve(inside_door, inside, stop.clone()), serve(outside_door, outside, stop));
    drained.send_replace(true);
    background.join_all().await;
    if let Ok(published) = ledger.await {
        published?;
    }
    store.close().await;
    tracing::info!("the gateway has stopped, everything in flight was answered");
    Ok(())
}

/// Opens what is known of the directory and asks for news once. An unreachable registry is no reason
/// not to start: what is known may be fresh enough.
async fn directory(config: &GatewayConfig) -> Result<(DirectoryClient, Arc<dyn Transport>)> {
    let anchor = Anchor::parse(&files::read_text(&config.anchor_file(), 64 * 1024)?)?;
    let registry: Arc<dyn Transport> = Arc::new(HttpTransport::new(&anchor)?);
    let folder = config.directory_folder();
    let mut client = DirectoryClient::open(anchor, Arc::clone(&registry), &folder, config.directory_settings())?;
    if let Err(error) = client.poll(Timestamp::now()).await {
        tracing::warn!(%error, "the directory could not be brought up to date at the start");
    }
    Ok((client, registry))
}

/// What the context is made from.
struct Parts<'a> {
    config: &'a GatewayConfig,
    store: &'a Store,
    directory: DirectoryHandle,
    registry: Arc<dyn Transport>,
}

impl Parts<'_> {
    async fn context(self, tls: &Arc<TlsIdentity>) -> Result<(Context, Arc<Publisher>)> {
        let Self { config, store, directory, registry } = self;
        let organisation = config.organisation.id.clone();
        let limits = config.limits();
        let publisher = Arc::new(self::publisher(&organisation, &config.keys_folder(), store, &directory).await?);
        let writer = RecordWriter::start(store);
        let uses = Uses::default();
        uses.refresh(&organisation, store).await?;
        let signer: Arc<dyn Signer> = Arc::new(SoftwareKey::load(&keys::signing_file(&config.keys_folder()))?);
        let services = Services::open(organisation.clone(), store.clone(), config.data_folder().join("tables")).await?;
        filing::enlist(store).await?;
        let people = People::open_reviewed(store.clone(), config.review_days()).await?;
        let keys = sealing_keys(&config.keys_folder())?;
        let sign_in = SignIn::new(store.clone(), Arc::clone(people.accounts()), keys, config.sign_in());
        let parcels = Parcels::new(store.clone(), sealing_keys(&config.keys_folder())?, config.scanner());
        let context = Context {
            identity: Identity {
                organisation: organisation.clone(),
                gateway: config.organisation.gateway.to_string(),
                signer,
            },
            agreements: Agreements::open(store.clone(), organisation.clone()).await?,
            assurance: Assurance::open(store.clone()).await?,
            people,
            sign_in,
            open_id: config.open_id()?.map(OpenId::new),
            mail: config.mail()?.as_ref().map(Mail::new).transpose()?,
            pages: config.pages(),
            services,
            finder: Finder::open(store, &parcels).await?,
            parcels,
            evidence: Evidence::new(organisation, store.clone(), writer, Arc::clone(&publisher)),
            uses,
            peers: PeerPool::new(Arc::clone(tls), directory.clone()),
            replay: replay(store, &limits).await?,
            limits,
            registry,
            directory,
            metrics: Arc::new(Metrics::default()),
        };
        Ok((context, publisher))
    }
}

/// The sealing keys, the newest first: what was sealed to a former one must still open.
fn sealing_keys(folder: &Path) -> Result<Vec<SealingKey>> {
    let files = keys::every(folder, Purpose::Seal)?;
    Ok(files.iter().map(|file| SealingKey::load(file)).collect::<std::result::Result<_, _>>()?)
}

/// The ledger goes on from heads signed by earlier keys of ours, which the directory keeps for ever.
async fn publisher(
    organisation: &OrganisationId,
    keys: &Path,
    store: &Store,
    directory: &DirectoryHandle,
) -> Result<Publisher> {
    let origin = organisation.ledger_origin();
    let key = SoftwareKey::load(&keys::ledger_file(keys))?;
    let current = key.public_key().clone();
    let former = directory.organisation(organisation).map(|own| own.ledger_keys().collect::<Vec<_>>());
    let former = former.unwrap_or_default().into_iter().filter(|key| *key != current);
    let former: std::result::Result<Vec<VerifierKey>, _> =
        former.map(|key| VerifierKey::new(&origin, SignatureKind::Note, key)).collect();
    let signer = NoteSigner::new(&origin, Arc::new(key))?;
    Ok(Publisher::open(store, signer, &former?).await?)
}

/// What was answered before a restart stays answered.
async fn replay(store: &Store, limits: &Limits) -> Result<ReplayGuard> {
    let window = limits.signature_age + limits.clock_ahead;
    let window_ms = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
    let guard = ReplayGuard::new(window_ms);
    let since = Timestamp::now().as_millisecond().saturating_sub(window_ms);
    for seen in store.records().recent_ids(Side::Inbound, since).await? {
        if let (Ok(partner), Ok(id)) = (seen.partner.parse::<OrganisationId>(), seen.id.parse::<ExchangeId>()) {
            let _first = guard.first_time(&partner, id, seen.at_ms);
        }
    }
    Ok(guard)
}

async fn doors(config: &GatewayConfig, tls: &TlsIdentity, context: &Arc<Context>) -> Result<(Door, Door)> {
    let inside_tls = match config.inside.tls {
        InsideTls::None => None,
        InsideTls::Own => Some(server_config_with_optional_client(tls, &[b"h2", b"http/1.1"])?),
    };
    let pins = Arc::new(context.directory.clone());
    let outside_tls = mutual_server_config(tls, pins, &[b"h2"])?;
    let inside = Door::open(&config.inside.listen.to_string(), inside_tls, &context.limits).await?;
    let outside = Door::open(&config.outside.listen.to_string(), Some(outside_tls), &context.limits).await?;
    Ok((inside, outside))
}

/// Takes over, for ever, what other processes of a cluster have written and what changed on disk.
async fn look_again(context: Arc<Context>) {
    let mut ticks = tokio::time::interval(LOOK_AGAIN);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = look_once(&context).await {
            tracing::warn!(%error, "changes could not be taken over, trying again");
        }
        context.services.refresh().await;
    }
}

async fn look_once(context: &Context) -> Result<()> {
    context.agreements.refresh_if_changed().await?;
    context.assurance.refresh_if_changed().await?;
    context.people.refresh_if_changed().await?;
    context.services.reload_if_changed().await?;
    context.uses.refresh(&context.identity.organisation, context.evidence.store()).await?;
    Ok(())
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that whoever could say stop is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn until(stop: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        () = stopped(stop) => {}
    }
}
