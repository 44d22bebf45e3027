//! Everything that a step may use, wired once at the start. No statics, nothing hidden.

use std::sync::Arc;
use std::time::Duration;

use packhorse_directory::DirectoryHandle;
use packhorse_directory::client::Transport;
use packhorse_governance::people::SignIn;
use packhorse_governance::{Agreements, Assurance, People};
use packhorse_keys::Signer;
use packhorse_model::refusal::{Refusal, Rule};
use packhorse_model::{OrganisationId, Side};

use crate::evidence::Evidence;
use crate::finder::Finder;
use crate::kinds::parcel::Parcels;
use crate::metrics::Metrics;
use crate::notices::Mail;
use crate::open_id::OpenId;
use crate::outside::PeerPool;
use crate::replay::ReplayGuard;
use crate::services::Services;
use crate::uses::Uses;

/// The parts of one running gateway.
pub struct Context {
    /// Who we are.
    pub identity: Identity,
    /// Who belongs.
    pub directory: DirectoryHandle,
    /// Who may share what.
    pub agreements: Agreements,
    /// What this organisation must have before it may share, and the gates that it opens.
    pub assurance: Assurance,
    /// Our calling systems and their people.
    pub people: People,
    /// How people sign in.
    pub sign_in: SignIn,
    /// The organisation's identity provider, when people sign in there.
    pub open_id: Option<OpenId>,
    /// The organisation's mail server, when notices are sent by e-mail.
    pub mail: Option<Mail>,
    /// Where people reach the inside door with their browsers, without a slash at the end; for links.
    pub pages: Option<String>,
    /// What we publish.
    pub services: Services,
    /// What is sent and received sealed.
    pub parcels: Parcels,
    /// Records and their proof.
    pub evidence: Evidence,
    /// By which a person's records are found.
    pub finder: Finder,
    /// How often each agreement was used today.
    pub uses: Uses,
    /// Connections to other gateways.
    pub peers: PeerPool,
    /// Exchanges seen lately.
    pub replay: ReplayGuard,
    /// The registry, for what is only passed on: the signed snapshot.
    pub registry: Arc<dyn Transport>,
    /// Bounds on everything that comes in.
    pub limits: Limits,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// Who this gateway is and the key it signs with.
pub struct Identity {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The gateway's own code within the organisation (X-Road's server code).
    pub gateway: String,
    /// The organisation's signing key.
    pub signer: Arc<dyn Signer>,
}

/// Bounds on sizes and times. Every byte from outside meets one of them.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes of a request's or an answer's body; larger things are parcels.
    pub body: usize,
    /// How long a caller may take to send a request.
    pub read: Duration,
    /// How long a peer or a source may take to answer.
    pub answer: Duration,
    /// How old a signed request may be.
    pub signature_age: Duration,
    /// How far ahead of our clock a signed request may be.
    pub clock_ahead: Duration,
    /// Connections at once per port.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 16 * 1024 * 1024,
            read: Duration::from_secs(30),
            answer: Duration::from_secs(60),
            signature_age: Duration::from_secs(300),
            clock_ahead: Duration::from_secs(60),
            connections: 4096,
        }
    }
}

impl Context {
    /// Nobody is let in or out on a directory too old to show a suspension.
    pub(crate) fn fresh_directory(&self, side: Side) -> Result<(), Refusal> {
        if self.directory.is_fresh(jiff::Timestamp::now()) {
            return Ok(());
        }
        Err(Refusal {
            side,
            rule: Rule::StaleDirectory,
            reason: "the directory held here is too old to tell who is suspended".into(),
            remedy: "restore the connection to the registry: exchanges resume with the next fresh head".into(),
        })
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
