//! The SFTP door: systems that can do nothing else drop files into a mailbox and fetch them from it.
//!
//! The user is the mailbox's system; it proves itself by a key that its owner has entered. What is in the tree is said in
//! `tree`; everything ends in the same drafts, parcels and statements as by any other door.

mod drop;
mod fetch;
mod session;
mod tree;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use packhorse_keys::HostSeed;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{PrivateKey, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Msg, Session};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::context::Context;
use crate::error::GatewayError;
use session::Files;

/// Most sessions at once.
const SESSIONS: usize = 256;
/// How long a silent session is kept.
const SILENCE: Duration = Duration::from_secs(300);
/// How long a wrong key is answered late.
const REJECTION: Duration = Duration::from_secs(1);
/// Most tries of a key in one session.
const TRIES: usize = 6;
/// Most channels of one session.
const CHANNELS: usize = 4;

/// The open port.
pub struct Door {
    listener: TcpListener,
    config: Arc<Config>,
}

impl Door {
    /// Opens the port.
    ///
    /// # Errors
    /// [`GatewayError::Listen`] when the address cannot be had.
    pub async fn open(address: SocketAddr, host: &HostSeed) -> Result<Self, GatewayError> {
        let refused = |source| GatewayError::Listen { address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let config = Config {
            methods: MethodSet::from([MethodKind::PublicKey].as_slice()),
            keys: vec![PrivateKey::from(Ed25519Keypair::from_seed(host.reveal()))],
            auth_rejection_time: REJECTION,
            auth_rejection_time_initial: Some(Duration::ZERO),
            max_auth_attempts: TRIES,
            inactivity_timeout: Some(SILENCE),
            nodelay: true,
            ..Config::default()
        };
        Ok(Self { listener, config: Arc::new(config) })
    }

    /// Serves until dropped.
    pub async fn serve(self, context: Arc<Context>) {
        let places = Arc::new(Semaphore::new(SESSIONS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let Ok((stream, _)) = self.listener.accept().await else {
                // Out of descriptors: give the open sessions a moment to end.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (config, context) = (Arc::clone(&self.config), Arc::clone(&context));
            tokio::spawn(async move {
                let places = Arc::new(Semaphore::new(CHANNELS));
                let visitor = Visitor { context, system: None, places, channels: HashMap::new() };
                // What goes wrong on one connection ends that connection.
                if let Ok(running) = russh::server::run_stream(config, stream, visitor).await {
                    let _ = running.await;
                }
                drop(place);
            });
        }
    }
}

/// One connection.
struct Visitor {
    context: Arc<Context>,
    /// Whose mailbox, once it was proved.
    system: Option<String>,
    /// For channels, open or served: each keeps its place until it ends.
    places: Arc<Semaphore>,
    channels: HashMap<ChannelId, (Channel<Msg>, OwnedSemaphorePermit)>,
}

impl Visitor {
    /// Whether a key is one of a system's mailbox. A system that is not there and a key that is not are answered alike.
    fn knows(&self, user: &str, key: &PublicKey) -> bool {
        let Some(system) = self.context.people.system(user) else { return false };
        let entered = system.mailbox.iter().flat_map(|mailbox| &mailbox.sftp_keys);
        entered.filter_map(|line| PublicKey::from_openssh(line).ok()).any(|own| own.key_data() == key.key_data())
    }
}

impl russh::server::Handler for Visitor {
    type Error = russh::Error;

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: russh::server::PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(if self.knows(user, offer.public_key) { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: russh::server::VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        if !self.knows(user, key.public_key) {
            return Ok(Auth::reject());
        }
        self.system = Some(user.to_owned());
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        // Dropping the reply rejects the channel.
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            self.channels.insert(channel.id(), (channel, place));
            reply.accept().await;
        }
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.channels.remove(&channel);
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        session.close(channel)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        match (name, self.system.clone(), self.channels.remove(&channel)) {
            ("sftp", Some(system), Some((open, place))) => {
                session.channel_success(channel)?;
                let files = Files::new(Arc::clone(&self.context), system, place);
                russh_sftp::server::run(open.into_stream(), files).await;
                Ok(())
            }
            _ => session.channel_failure(channel),
        }
    }
}
