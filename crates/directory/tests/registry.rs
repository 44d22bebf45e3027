//! Stories over a real registry: its store, its server on loopback TLS, and gateways that join and follow it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use packhorse_directory::client::{ClientSettings, HttpTransport, Transport};
use packhorse_directory::join::{MemberKeys, amend, join, join_status, rotate};
use packhorse_directory::registry::{JoinStatus, RegistryKeys, server};
use packhorse_directory::*;
use packhorse_keys::tls::PinnedKeys as _;
use packhorse_keys::{Fingerprint, SealingKey, TlsIdentity};
use packhorse_model::organisation::{Assurance, Members as _, Purpose};
use packhorse_store::{Store, StoreSettings};
use support::*;
use tokio::sync::oneshot;

/// A registry that runs: store, publisher and server.
struct Running {
    registry: Arc<Registry>,
    anchor: Anchor,
    http: Arc<HttpTransport>,
    folder: tempfile::TempDir,
    stop: Vec<oneshot::Sender<()>>,
}

async fn store(folder: &Path) -> Store {
    Store::open(&StoreSettings::in_folder(folder)).await.unwrap()
}

impl Running {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = RegistryKeys::create(folder.path()).unwrap();
        let registry = Registry::init(NETWORK, store(folder.path()).await, keys, folder.path()).await.unwrap();
        Self::serve(registry, folder).await
    }

    async fn serve(registry: Registry, folder: tempfile::TempDir) -> Self {
        let registry = Arc::new(registry);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let anchor = Anchor::parse(&registry.anchor(&url).unwrap().to_json()).unwrap();
        let (stop_serving, stopped) = oneshot::channel::<()>();
        tokio::spawn(server::serve(Arc::clone(&registry), listener, async { drop(stopped.await) }));
        let (stop_running, stopped) = oneshot::channel::<()>();
        let running = Arc::clone(&registry);
        tokio::spawn(async move { running.run(async { drop(stopped.await) }).await });
        let http = Arc::new(HttpTransport::new(&anchor).unwrap());
        let running = Self { registry, anchor, http, folder, stop: vec![stop_serving, stop_running] };
        running.until(|| running.registry.head().is_some()).await;
        running
    }

    async fn until(&self, done: impl Fn() -> bool) {
        for _ in 0..100 {
            if done() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nothing happened for five seconds");
    }

    fn client(&self, folder: &Path) -> DirectoryClient {
        DirectoryClient::open(self.anchor.clone(), self.http.clone(), folder, ClientSettings::default()).unwrap()
    }

    async fn ask(&self, member: &Member) -> registry::JoinTicket {
        join(&*self.http, &member.id, details("Anytown Council"), "all yes", &member.keys()).await.unwrap()
    }

    async fn approve(&self, ticket: &registry::JoinTicket) -> u64 {
        let requests = self.registry.requests().await.unwrap();
        let request = requests.iter().find(|request| request.id == ticket.id).unwrap();
        let seen: Vec<Fingerprint> = request.fingerprints.iter().map(|(_, fingerprint)| *fingerprint).collect();
        self.registry.approve(&ticket.id, &seen, assured(), now()).await.unwrap()
    }

    /// Waits until the published head covers every entry.
    async fn published(&self) {
        let size = self.registry.directory().await.unwrap().size();
        let covers = || {
            let head = self.registry.head().unwrap();
            DirectoryHead::open(&head, &self.anchor).unwrap().size() == size
        };
        self.until(covers).await;
    }
}

fn assured() -> Assurance {
    Assurance { code_of_connection: Some("2026-01-01".parse().unwrap()), ..Assurance::default() }
}

#[tokio::test]
async fn an_organisation_joins_is_approved_and_is_seen_by_another() {
    let running = Running::start().await;
    let (council, police) = (Member::new("E1"), Member::new("P1"));
    let ticket = running.ask(&council).await;
    assert_eq!(join_status(&*running.http, &ticket).await.unwrap(), JoinStatus::Pending);
    let index = running.approve(&ticket).await;
    assert_eq!(join_status(&*running.http, &ticket).await.unwrap(), JoinStatus::Approved { index });
    running.approve(&running.ask(&police).await).await;
    running.published().await;

    let folder = tempfile::tempdir().unwrap();
    let mut client = running.client(folder.path());
    client.poll(now()).await.unwrap();
    let handle = client.handle();
    let seen = handle.organisation(&council.id).unwrap();
    assert!(seen.is_active() && seen.is_assured("2026-06-01".parse().unwrap()));
    assert!(handle.is_pinned(&police.tls.fingerprint()));

    running.registry.suspend(&police.id, "incident 17", now()).await.unwrap();
    running.published().await;
    client.poll(now()).await.unwrap();
    assert!(!handle.is_pinned(&police.tls.fingerprint()) && handle.is_pinned(&council.tls.fingerprint()));
}

#[tokio::test]
async fn a_member_amends_its_details_and_rotates_every_key_by_itself() {
    let running = Running::start().await;
    let council = Member::new("E1");
    running.approve(&running.ask(&council).await).await;
    let directory = running.registry.directory().await.unwrap();
    amend(&*running.http, &directory, &council.id, details("Renamed"), &*council.sign).await.unwrap();
    // The same version again: somebody else was faster, or the answer was lost.
    let again = amend(&*running.http, &directory, &council.id, details("Twice"), &*council.sign).await;
    assert!(matches!(again, Err(DirectoryError::Rejected(why)) if why.contains("version")));

    let new = Member { id: council.id.clone(), ..Member::new("x") };
    let directory = running.registry.directory().await.unwrap();
    let until = now() + minutes(5);
    rotate(&*running.http, &directory, &council.id, &new.keys(), &*council.sign, until).await.unwrap();
    let found = running.registry.directory().await.unwrap().organisation(&council.id).unwrap();
    assert_eq!(found.details.name, "Renamed");
    for purpose in [Purpose::Sign, Purpose::Ledger, Purpose::Seal, Purpose::Tls] {
        assert_eq!(found.keys_at(purpose, now() + minutes(1)).count(), 2, "{purpose}");
        assert_eq!(found.keys_at(purpose, until).count(), 1, "{purpose}");
    }
    let directory = running.registry.directory().await.unwrap();
    let old = amend(&*running.http, &directory, &council.id, details("Old"), &*council.sign);
    assert!(old.await.is_err(), "the replaced key speaks for the member no more");
}

#[tokio::test]
async fn the_operator_must_have_seen_every_fingerprint() {
    let running = Running::start().await;
    let ticket = running.ask(&Member::new("E1")).await;
    let requests = running.registry.requests().await.unwrap();
    let mut seen: Vec<Fingerprint> = requests[0].fingerprints.iter().map(|(_, fingerprint)| *fingerprint).collect();
    seen[3] = Fingerprint([0; 32]);
    for seen in [&seen[..], &seen[..3], &[]] {
        let refused = running.registry.approve(&ticket.id, seen, assured(), now()).await;
        assert!(matches!(refused, Err(DirectoryError::NotAllowed { .. })));
    }
    assert_eq!(running.registry.directory().await.unwrap().size(), 0);
    running.registry.turn_down(&ticket.id, "unknown to us").await.unwrap();
    let reason = "unknown to us".to_owned();
    assert_eq!(join_status(&*running.http, &ticket).await.unwrap(), JoinStatus::Refused { reason });
    assert!(running.registry.turn_down(&ticket.id, "again").await.is_err());
}

/// Runs a future for at most so many turns and then drops it where it stands; whether it ended.
async fn cut_short<F: Future>(future: F, mut turns: u32) -> bool {
    let mut future = Box::pin(future);
    std::future::poll_fn(|context| {
        if turns == 0 {
            return Poll::Ready(false);
        }
        turns -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn an_approval_cut_short_anywhere_is_finished_by_the_next_command_or_waits_as_before() {
    let running = Running::start().await;
    let council = Member::new("E1");
    let ticket = running.ask(&council).await;
    let Running { folder: before, stop, registry, .. } = running;
    drop((stop, registry));
    let open = async |folder: &Path| {
        let keys = RegistryKeys::load(folder).unwrap();
        Registry::open(store(folder).await, keys, folder).await.unwrap()
    };
    let mut outcomes = [0; 2];
    for turns in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let copied =
            std::process::Command::new("cp").arg("-a").arg(before.path().join(".")).arg(folder.path()).status();
        assert!(copied.unwrap().success());
        let registry = open(folder.path()).await;
        let seen = registry.requests().await.unwrap().remove(0).fingerprints;
        let seen: Vec<Fingerprint> = seen.into_iter().map(|(_, fingerprint)| fingerprint).collect();
        let done = cut_short(registry.approve(&ticket.id, &seen, assured(), now()), turns).await;
        drop(registry);

        let again = open(folder.path()).await;
        let waiting = again.requests().await.unwrap();
        outcomes[usize::from(waiting.is_empty())] += 1;
        match waiting.first() {
            Some(request) => {
                assert_eq!(again.directory().await.unwrap().size(), 0, "cut after {turns} turns");
                again.approve(&request.id, &seen, assured(), now()).await.unwrap();
            }
            None => assert!(again.approve(&ticket.id, &seen, assured(), now()).await.is_err()),
        }
        assert_eq!(again.join_status(&ticket.id).await.unwrap(), JoinStatus::Approved { index: 0 });
        let directory = again.directory().await.unwrap();
        let admitted = directory.organisation(&council.id).unwrap();
        assert!(directory.size() == 2 && admitted.assurance == assured(), "cut after {turns} turns");
        if done {
            break;
        }
    }
    assert!(outcomes.iter().all(|outcome| *outcome > 1), "the cuts fell before and after the decision: {outcomes:?}");
}

#[tokio::test]
async fn a_request_without_the_opened_nonce_or_with_other_answers_is_refused() {
    let running = Running::start().await;
    let member = Member::new("E1");
    let request = |answers: &str| registry::JoinRequest { signed: member.admitted(), answers: answers.into() };
    for (answers, rule) in [("all yes", "sealing key is not proved"), ("all no", "digest")] {
        let body = Bytes::from(serde_json::to_vec(&request(answers)).unwrap());
        let refused = running.http.post("/join/request", body, 1 << 16).await;
        assert!(matches!(&refused, Err(DirectoryError::Rejected(why)) if why.contains(rule)), "{refused:?}");
    }
    // A nonce that was sealed to another key of ours does not count for this one.
    let two = Member { seal: SealingKey::generate().unwrap(), ..Member::new("E2") };
    let listed_other = MemberKeys { seal: None, ..two.keys() };
    assert!(join(&*running.http, &two.id, details("x"), "all yes", &listed_other).await.is_err());
    assert!(running.registry.requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_member_cannot_suspend_or_assure_itself_or_others() {
    let running = Running::start().await;
    let council = Member::new("E1");
    running.approve(&running.ask(&council).await).await;
    for act in [Act::Assure { assurance: assured() }, Act::Suspend { reason: "no".into() }] {
        let signed = SignedStatement::sign(&council.state(2, act), &[&*council.sign]).unwrap();
        let refused = running.http.post("/entries", Bytes::from(signed.to_bytes().unwrap()), 1 << 16).await;
        assert!(matches!(refused, Err(DirectoryError::Rejected(why)) if why.contains("nothing else")));
    }
}

#[tokio::test]
async fn one_organisation_has_at_most_three_requests_waiting() {
    let running = Running::start().await;
    for _ in 0..3 {
        running.ask(&Member::new("E1")).await;
    }
    let fourth = Member::new("E1");
    let refused = join(&*running.http, &fourth.id, details("x"), "all yes", &fourth.keys()).await;
    assert!(matches!(refused, Err(DirectoryError::Rejected(why)) if why.contains("wait for the operator")));
    running.ask(&Member::new("E2")).await;
}

#[tokio::test]
async fn a_command_beside_the_server_is_noticed_within_a_second() {
    let running = Running::start().await;
    let council = Member::new("E1");
    running.approve(&running.ask(&council).await).await;
    running.published().await;
    let keys = RegistryKeys::load(running.folder.path()).unwrap();
    let beside = Registry::open(store(running.folder.path()).await, keys, running.folder.path()).await.unwrap();
    beside.suspend(&council.id, "from the command line", now()).await.unwrap();
    let started = std::time::Instant::now();
    running.published().await;
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(!running.registry.directory().await.unwrap().organisation(&council.id).unwrap().is_active());
}

#[tokio::test]
async fn two_processes_at_once_never_spoil_the_ledger() {
    let running = Running::start().await;
    let council = Member::new("E1");
    running.approve(&running.ask(&council).await).await;
    let keys = RegistryKeys::load(running.folder.path()).unwrap();
    let beside = Registry::open(store(running.folder.path()).await, keys, running.folder.path()).await.unwrap();
    let mut kept = 0;
    for _ in 0..10 {
        let (left, right) = tokio::join!(
            running.registry.assure(&council.id, assured(), now()),
            beside.assure(&council.id, assured(), now())
        );
        // Each made its statement for the same version: the one that comes second is refused, not appended.
        kept += u64::from(left.is_ok()) + u64::from(right.is_ok());
    }
    assert!(kept >= 10);
    assert_eq!(running.registry.directory().await.unwrap().size(), 2 + kept);
}

#[tokio::test]
async fn a_registry_goes_on_after_a_restart_and_a_new_gateway_starts_from_its_snapshot() {
    let running = Running::start().await;
    let council = Member::new("E1");
    running.approve(&running.ask(&council).await).await;
    running.published().await;
    let Running { folder, stop, registry, .. } = running;
    drop((stop, registry));
    let keys = RegistryKeys::load(folder.path()).unwrap();
    let registry = Registry::open(store(folder.path()).await, keys, folder.path()).await.unwrap();
    let again = Running::serve(registry, folder).await;
    assert!(again.http.get("/directory/snapshot", 1 << 20).await.unwrap().is_some());
    let folder = tempfile::tempdir().unwrap();
    let mut client = again.client(folder.path());
    client.poll(now()).await.unwrap();
    assert!(client.handle().organisation(&council.id).is_some());
}

#[tokio::test]
async fn a_registry_is_not_opened_with_other_keys_nor_founded_twice() {
    let running = Running::start().await;
    let other = tempfile::tempdir().unwrap();
    let strange = RegistryKeys::create(other.path()).unwrap();
    let opened = Registry::open(store(running.folder.path()).await, strange.clone(), running.folder.path()).await;
    assert!(matches!(opened, Err(DirectoryError::NotAllowed { .. })));
    let founded = Registry::init("TWO", store(running.folder.path()).await, strange, running.folder.path()).await;
    assert!(matches!(founded, Err(DirectoryError::NotAllowed { .. })));
}

#[tokio::test]
async fn a_server_with_another_tls_key_is_not_talked_to() {
    let running = Running::start().await;
    let tls = TlsIdentity::generate().unwrap().fingerprint();
    let http = HttpTransport::new(&Anchor { tls, ..running.anchor.clone() }).unwrap();
    let refused = http.get("/directory/checkpoint", 1000).await;
    assert!(matches!(refused, Err(DirectoryError::Unreachable { .. })));
}

#[tokio::test]
async fn strange_requests_are_answered_and_bounded() {
    let running = Running::start().await;
    for path in
        ["/directory/tile/0/../../x", "/directory/tile/0/%2e%2e", "/directory/tile/entries/999", "/join/status/x"]
    {
        assert_eq!(running.http.get(path, 1000).await.unwrap(), None, "{path}");
    }
    for body in [Bytes::new(), Bytes::from_static(b"{"), Bytes::from(vec![b'['; 100_000])] {
        for path in ["/join/challenge", "/join/request", "/entries"] {
            let refused = running.http.post(path, body.clone(), 1 << 16).await;
            assert!(matches!(refused, Err(DirectoryError::Rejected(_))), "{path}: {refused:?}");
        }
    }
    let large = running.http.post("/join/request", Bytes::from(vec![b' '; 1 << 20]), 1 << 16).await;
    assert!(large.is_err());
    let head = running.http.get("/directory/checkpoint", 10).await;
    assert!(head.is_err(), "an answer beyond the limit is not taken");
    assert!(running.http.get("/healthz", 10).await.is_err(), "no content is no file");
}
