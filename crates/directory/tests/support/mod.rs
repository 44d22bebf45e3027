//! Members and a registry in memory for the stories: honest by default, and able to lie on request.
#![allow(dead_code, unreachable_pub, reason = "every story is a crate of its own and uses another part")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use packhorse_directory::anchor::{clock_name, log_origin};
use packhorse_directory::client::Transport;
use packhorse_directory::join::{MemberKeys, answers_digest};
use packhorse_directory::*;
use packhorse_keys::{Algorithm, SealingKey, Signer, SoftwareKey, TlsIdentity};
use packhorse_ledger::{
    Checkpoint, Cosigner, EntryBundle, Frontier, Head, LogPath, NoteSigner, RightEdge, SignedCheckpoint, leaf_hash,
};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Contact, GatewayEntry, MemberDetails, SystemEntry};

pub const NETWORK: &str = "TEST";

/// A whole second, so that what is written equals what is read.
pub fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}

pub fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

pub fn ed25519() -> Arc<SoftwareKey> {
    Arc::new(SoftwareKey::generate(Algorithm::Ed25519).unwrap())
}

/// An organisation with its private keys.
pub struct Member {
    pub id: OrganisationId,
    pub sign: Arc<SoftwareKey>,
    pub ledger: Arc<SoftwareKey>,
    pub tls: TlsIdentity,
    pub seal: SealingKey,
}

impl Member {
    pub fn new(code: &str) -> Self {
        Self {
            id: OrganisationId::new(NETWORK, "LOC", code).unwrap(),
            sign: ed25519(),
            ledger: ed25519(),
            tls: TlsIdentity::generate().unwrap(),
            seal: SealingKey::generate().unwrap(),
        }
    }

    pub fn keys(&self) -> MemberKeys<'_> {
        MemberKeys {
            sign: Some(&*self.sign),
            ledger: Some(&*self.ledger),
            tls: Some(self.tls.signer()),
            seal: Some(&self.seal),
        }
    }

    pub fn signers(&self) -> Vec<&dyn Signer> {
        vec![&*self.sign, &*self.ledger, self.tls.signer()]
    }

    pub fn state(&self, version: u64, act: Act) -> Statement {
        Statement { organisation: self.id.clone(), version, act }
    }

    pub fn admission(&self, version: u64) -> Statement {
        let act = Act::Admit { details: details("Anytown Council"), keys: self.keys().listed(), nonce: "n".into() };
        self.state(version, act)
    }

    pub fn admitted(&self) -> SignedStatement {
        SignedStatement::sign(&self.admission(0), &self.signers()).unwrap()
    }

    pub fn amended(&self, version: u64, name: &str) -> SignedStatement {
        let act = Act::Amend { details: details(name) };
        SignedStatement::sign(&self.state(version, act), &[&*self.sign]).unwrap()
    }

    /// A new signing key, the old one valid for an hour more.
    pub fn rotated(&self, version: u64, new: &SoftwareKey, at: Timestamp) -> SignedStatement {
        let keys = MemberKeys { sign: Some(new), ..MemberKeys::default() }.listed();
        let act = Act::Rotate { keys, old_until: at + minutes(60), nonce: None };
        SignedStatement::sign(&self.state(version, act), &[new, &*self.sign]).unwrap()
    }

    pub fn by_registry(&self, version: u64, act: Act) -> SignedStatement {
        SignedStatement::sign(&self.state(version, act), &[]).unwrap()
    }

    pub fn suspended(&self, version: u64) -> SignedStatement {
        self.by_registry(version, Act::Suspend { reason: "key lost".into() })
    }
}

pub fn details(name: &str) -> MemberDetails {
    let contact = |role: &str, email: &str| Contact { role: role.into(), email: email.into(), phone: None };
    MemberDetails {
        name: name.into(),
        siro: contact("Senior Information Risk Owner", "siro@anytown.example"),
        contacts: vec![contact("Data Protection Officer", "dpo@anytown.example")],
        charter_url: Some("https://anytown.example/charter".into()),
        code_of_connection: answers_digest("all yes"),
        systems: vec![SystemEntry { code: "benefits".into(), name: "Benefits".into() }],
        gateways: vec![GatewayEntry { code: "gw1".into(), address: "gw.anytown.example:5500".into() }],
    }
}

/// A registry in memory that signs whatever it is told to.
pub struct FakeRegistry {
    pub anchor: Anchor,
    pub sign: Arc<SoftwareKey>,
    pub log: NoteSigner,
    pub clock: Cosigner,
    pub entries: Vec<Vec<u8>>,
    edge: RightEdge,
}

impl FakeRegistry {
    pub fn new() -> Self {
        let sign = ed25519();
        let log = NoteSigner::new(&log_origin(NETWORK), ed25519()).unwrap();
        let clock = Cosigner::new(&clock_name(NETWORK), ed25519()).unwrap();
        let anchor = Anchor {
            network: NETWORK.into(),
            url: "https://registry.example".into(),
            tls: TlsIdentity::generate().unwrap().fingerprint(),
            log: log.verifier_key().clone(),
            clock: clock.verifier_key().clone(),
            registry: sign.public_key().clone(),
        };
        Self { anchor, sign, log, clock, entries: Vec::new(), edge: RightEdge::new() }
    }

    /// The same registry, telling another story after its first `size` entries.
    pub fn fork(&self, size: usize) -> Self {
        let Self { anchor, sign, log, clock, .. } = self;
        let (anchor, sign, log, clock) = (anchor.clone(), sign.clone(), log.clone(), clock.clone());
        Self { anchor, sign, log, clock, entries: self.entries[..size].to_vec(), edge: RightEdge::new() }
    }

    pub fn directory(&self) -> Directory {
        let mut directory = Directory::new(NETWORK, self.anchor.registry.clone());
        self.entries.iter().for_each(|entry| directory.apply(entry).unwrap());
        directory
    }

    /// Registers a statement, however wrong.
    pub fn register(&mut self, signed: &SignedStatement, at: Timestamp) -> Vec<u8> {
        let entry = Entry::register(self.entries.len() as u64, at, signed, &*self.sign).unwrap();
        self.entries.push(entry.clone());
        entry
    }

    pub fn head(&self, at: Timestamp) -> SignedCheckpoint {
        let mut frontier = Frontier::new();
        self.entries.iter().for_each(|entry| frontier.append(leaf_hash(entry)));
        let head = Head { size: frontier.size(), root: frontier.root() };
        let mut signed = Checkpoint::new(&log_origin(NETWORK), head).unwrap().sign(&self.log).unwrap();
        let line = self.clock.cosign(&signed, at.as_second() as u64).unwrap();
        signed.add_cosignature(line, self.clock.verifier_key()).unwrap();
        signed
    }

    /// Puts everything where a client finds it.
    pub fn publish(&mut self, to: &Files, at: Timestamp) {
        let fresh = self.entries[self.edge.size() as usize..].iter().map(|entry| leaf_hash(entry));
        let growth = self.edge.grow(fresh).unwrap();
        self.edge = growth.edge;
        for tile in growth.tiles {
            to.put(&format!("/directory/{}", LogPath::Tile(tile.coordinate())), tile.to_bytes());
        }
        for bundle in EntryBundle::split(0, &self.entries).unwrap() {
            to.put(&format!("/directory/{}", LogPath::Entries(bundle.coordinate())), bundle.to_bytes());
        }
        to.put("/directory/checkpoint", self.head(at).to_bytes());
    }

    pub fn snapshot(&self, at: Timestamp) -> Vec<u8> {
        let mut frontier = Frontier::new();
        self.entries.iter().for_each(|entry| frontier.append(leaf_hash(entry)));
        let snapshot = Snapshot { directory: self.directory(), frontier, checkpoint: self.head(at).to_bytes() };
        let mut bytes = Vec::new();
        snapshot.write(Some(&*self.sign), &mut bytes).unwrap();
        bytes
    }
}

/// What a client can fetch.
#[derive(Default)]
pub struct Files {
    files: Mutex<BTreeMap<String, Bytes>>,
    down: AtomicBool,
}

impl Files {
    pub fn put(&self, path: &str, bytes: Vec<u8>) {
        self.files.lock().unwrap().insert(path.into(), bytes.into());
    }

    pub fn clear(&self) {
        self.files.lock().unwrap().clear();
    }

    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }
}

impl Transport for Files {
    fn get<'a>(&'a self, path: &'a str, limit: usize) -> BoxFuture<'a, Result<Option<Bytes>>> {
        Box::pin(async move {
            if self.down.load(Ordering::SeqCst) {
                return Err(DirectoryError::Unreachable { url: "memory".into(), why: "down".into() });
            }
            let found = self.files.lock().unwrap().get(path).cloned();
            assert!(found.as_ref().is_none_or(|bytes| bytes.len() <= limit), "{path} is beyond its limit");
            Ok(found)
        })
    }

    fn post<'a>(&'a self, _: &'a str, _: Bytes, _: usize) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(async { Err(DirectoryError::Unknown("posting to files")) })
    }
}
