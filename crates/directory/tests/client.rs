//! Stories over a client and a registry in memory: followed, kept, and refused by name when it lies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]

mod support;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use packhorse_directory::client::{ClientSettings, FirstStart};
use packhorse_directory::snapshot::Voucher;
use packhorse_directory::*;
use packhorse_keys::tls::PinnedKeys as _;
use packhorse_ledger::Note;
use packhorse_model::organisation::Members as _;
use proptest::prelude::*;
use support::*;

/// A registry, what it serves, a client's folder, and the client.
struct Story {
    registry: FakeRegistry,
    files: Arc<Files>,
    folder: tempfile::TempDir,
    client: DirectoryClient,
    at: Timestamp,
}

fn open(anchor: &Anchor, files: &Arc<Files>, folder: &Path, first_start: FirstStart) -> Result<DirectoryClient> {
    let settings = ClientSettings { first_start, ..ClientSettings::default() };
    DirectoryClient::open(anchor.clone(), files.clone(), folder, settings)
}

impl Story {
    /// One member, published and known to the client.
    async fn begin() -> (Self, Member) {
        let (registry, files, folder) = (FakeRegistry::new(), Arc::new(Files::default()), tempfile::tempdir().unwrap());
        let client = open(&registry.anchor, &files, folder.path(), FirstStart::Snapshot).unwrap();
        let mut story = Self { registry, files, folder, client, at: now() };
        let member = Member::new("E1");
        story.add(&member.admitted());
        story.poll().await.unwrap();
        (story, member)
    }

    /// Registers and publishes.
    fn add(&mut self, signed: &SignedStatement) {
        self.registry.register(signed, self.at);
        self.registry.publish(&self.files, self.at);
    }

    async fn poll(&mut self) -> Result<()> {
        self.client.poll(self.at).await
    }

    async fn refusal(&mut self) -> HeadRefusal {
        match self.poll().await {
            Err(DirectoryError::Refused(refusal)) => {
                assert_eq!(self.client.handle().last_error(), Some(DirectoryError::from(refusal.clone()).to_string()));
                refusal
            }
            other => panic!("{other:?}"),
        }
    }

    fn evidence(&self, name: &str) -> bool {
        self.folder.path().join("evidence").join(name).exists()
    }

    fn restart(&mut self) -> Result<()> {
        self.client = open(&self.registry.anchor, &self.files, self.folder.path(), FirstStart::Snapshot)?;
        Ok(())
    }
}

#[tokio::test]
async fn a_suspended_member_is_cut_off_at_the_next_poll() {
    let (mut story, member) = Story::begin().await;
    let handle = story.client.handle();
    assert!(handle.is_pinned(&member.tls.fingerprint()));
    assert!(handle.pins_of(&member.id).is_pinned(&member.tls.fingerprint()));
    story.add(&member.suspended(1));
    story.poll().await.unwrap();
    assert!(!handle.is_pinned(&member.tls.fingerprint()));
    assert!(!handle.pins_of(&member.id).is_pinned(&member.tls.fingerprint()));
    assert!(!handle.organisation(&member.id).unwrap().is_active());
    assert_eq!(handle.last_error(), None);
}

#[tokio::test]
async fn nothing_is_known_and_nothing_is_fresh_before_the_first_poll() {
    let (registry, files, folder) = (FakeRegistry::new(), Arc::new(Files::default()), tempfile::tempdir().unwrap());
    let mut client = open(&registry.anchor, &files, folder.path(), FirstStart::Snapshot).unwrap();
    assert!(!client.handle().is_fresh(now()));
    assert!(client.poll(now()).await.is_err(), "a registry that serves nothing");
    assert!(!client.handle().is_fresh(now()));
}

#[tokio::test]
async fn an_empty_directory_can_be_followed_from_its_first_head() {
    let (mut registry, files, folder) = (FakeRegistry::new(), Arc::new(Files::default()), tempfile::tempdir().unwrap());
    registry.publish(&files, now());
    let mut client = open(&registry.anchor, &files, folder.path(), FirstStart::Snapshot).unwrap();
    client.poll(now()).await.unwrap();
    assert!(client.handle().is_fresh(now()));
    let member = Member::new("E1");
    registry.register(&member.admitted(), now());
    registry.publish(&files, now());
    client.poll(now()).await.unwrap();
    assert!(client.handle().organisation(&member.id).is_some());
}

#[tokio::test]
async fn a_directory_of_many_bundles_is_followed_step_by_step() {
    let (mut story, member) = Story::begin().await;
    for version in 1..700 {
        story.registry.register(&member.amended(version, "Renamed"), story.at);
        if version % 193 == 0 {
            story.registry.publish(&story.files, story.at);
            story.poll().await.unwrap();
        }
    }
    story.registry.publish(&story.files, story.at);
    story.poll().await.unwrap();
    assert_eq!(story.client.handle().current().size(), 700);
    story.restart().unwrap();
    assert_eq!(story.client.handle().current().version(&member.id), 700);
}

#[tokio::test]
async fn a_directory_rolled_back_is_refused_also_after_a_restart() {
    let (mut story, member) = Story::begin().await;
    let mut old = story.registry.fork(1);
    story.add(&member.suspended(1));
    story.poll().await.unwrap();
    old.publish(&story.files, story.at);
    for _ in 0..2 {
        assert_eq!(story.refusal().await, HeadRefusal::RolledBack { known: 2, offered: 1 });
        assert!(!story.client.handle().organisation(&member.id).unwrap().is_active(), "still suspended");
        assert!(story.evidence("rolled-back.note"));
        story.restart().unwrap();
    }
}

#[tokio::test]
async fn a_fork_of_the_same_size_is_refused_kept_as_evidence_and_never_forgotten() {
    let (mut story, member) = Story::begin().await;
    let mut other = story.registry.fork(1);
    story.add(&member.suspended(1));
    story.poll().await.unwrap();
    other.register(&member.amended(1, "Two faces"), story.at);
    other.publish(&story.files, story.at);
    assert_eq!(story.refusal().await, HeadRefusal::Forked { known: 2, offered: 2 });
    assert!(story.evidence("forked.note") && story.evidence("forked-from.note"));
    let heads = ["forked.note", "forked-from.note"].map(|name| {
        let bytes = std::fs::read(story.folder.path().join("evidence").join(name)).unwrap();
        DirectoryHead::open(&bytes, &story.registry.anchor).unwrap()
    });
    assert!(heads[0].size() == heads[1].size() && heads[0].root() != heads[1].root(), "two heads, both signed");
    // The true history comes back: too late, a person has to look.
    story.registry.publish(&story.files, story.at);
    assert!(matches!(story.refusal().await, HeadRefusal::ForkedEarlier { .. }));
    story.restart().unwrap();
    assert!(matches!(story.refusal().await, HeadRefusal::ForkedEarlier { .. }));
    assert!(!story.client.handle().organisation(&member.id).unwrap().is_active());
}

#[tokio::test]
async fn a_fork_that_grew_longer_is_proved_from_its_own_tiles() {
    let (mut story, member) = Story::begin().await;
    let mut other = story.registry.fork(1);
    for version in 1..5 {
        story.registry.register(&member.amended(version, "One"), story.at);
        other.register(&member.amended(version, "Other"), story.at);
    }
    story.registry.publish(&story.files, story.at);
    story.poll().await.unwrap();
    // The fork published its own head of five entries once, so its tiles of that size are there.
    story.files.clear();
    other.publish(&story.files, story.at);
    other.register(&member.amended(5, "Other"), story.at);
    other.publish(&story.files, story.at);
    assert_eq!(story.refusal().await, HeadRefusal::Forked { known: 5, offered: 6 });
    assert_eq!(story.client.handle().organisation(&member.id).unwrap().details.name, "One");
}

#[tokio::test]
async fn broken_tiles_or_entries_are_refused_but_not_called_a_fork() {
    let (mut story, member) = Story::begin().await;
    story.add(&member.amended(1, "True"));
    story.files.put("/directory/tile/0/000.p/2", vec![0; 64]);
    assert_eq!(story.refusal().await, HeadRefusal::EntriesDiffer);
    story.registry.publish(&story.files, story.at);
    let tile = story.registry.entries.iter().flat_map(|entry| packhorse_ledger::leaf_hash(entry).0).collect();
    story.files.put("/directory/tile/0/000.p/2", tile);
    let mut other = story.registry.fork(1);
    other.register(&member.amended(1, "False"), story.at);
    let bundle = packhorse_ledger::EntryBundle::split(0, &other.entries).unwrap().remove(0);
    story.files.put("/directory/tile/entries/000.p/2", bundle.to_bytes());
    assert_eq!(story.refusal().await, HeadRefusal::EntriesDiffer);
    story.registry.publish(&story.files, story.at);
    story.poll().await.unwrap();
    assert_eq!(story.client.handle().organisation(&member.id).unwrap().details.name, "True");
}

#[tokio::test]
async fn a_frozen_head_is_refused_when_too_old_and_a_future_one_at_once() {
    let (mut story, _) = Story::begin().await;
    story.at += minutes(10);
    story.poll().await.unwrap();
    story.at += minutes(1);
    assert!(matches!(story.refusal().await, HeadRefusal::Stale { .. }));
    assert!(!story.client.handle().is_fresh(story.at));
    let ahead = story.registry.head(story.at + minutes(3)).to_bytes();
    story.files.put("/directory/checkpoint", ahead);
    assert!(matches!(story.refusal().await, HeadRefusal::Future { .. }));
    story.registry.publish(&story.files, story.at + minutes(1));
    story.poll().await.unwrap();
    assert!(story.client.handle().is_fresh(story.at));
}

#[tokio::test]
async fn a_head_lacking_either_signature_or_with_a_wrong_one_is_refused() {
    let (mut story, member) = Story::begin().await;
    story.add(&member.suspended(1));
    let good = String::from_utf8(story.registry.head(story.at).to_bytes()).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let without = |index: usize| {
        let kept = lines.iter().enumerate().filter(|(place, _)| *place != index).map(|(_, line)| format!("{line}\n"));
        kept.collect::<String>()
    };
    let stranger = FakeRegistry::new().head(story.at).to_bytes();
    let changed = good.replacen("\n2\n", "\n3\n", 1);
    for bad in [without(4).into_bytes(), without(5).into_bytes(), stranger, changed.into_bytes(), b"nonsense".to_vec()]
    {
        story.files.put("/directory/checkpoint", bad);
        assert!(matches!(story.refusal().await, HeadRefusal::BadlySigned(_)));
        assert!(story.client.handle().organisation(&member.id).unwrap().is_active());
    }
}

#[tokio::test]
async fn an_unreachable_registry_changes_nothing_until_the_directory_is_too_old() {
    let (mut story, member) = Story::begin().await;
    story.files.set_down(true);
    let handle = story.client.handle();
    story.at += minutes(9);
    assert!(matches!(story.poll().await, Err(DirectoryError::Unreachable { .. })));
    assert!(handle.is_fresh(story.at) && handle.organisation(&member.id).is_some());
    story.restart().unwrap();
    assert!(story.client.handle().is_fresh(story.at), "a restart works off-line");
    assert!(story.client.handle().organisation(&member.id).is_some());
    story.at += minutes(2);
    assert!(!story.client.handle().is_fresh(story.at));
}

#[tokio::test]
async fn a_registry_that_swaps_a_members_key_without_its_signature_is_refused() {
    let (mut story, member) = Story::begin().await;
    let swapped = Member { id: member.id.clone(), ..Member::new("x") };
    story.add(&swapped.rotated(1, &ed25519(), story.at));
    for _ in 0..2 {
        let error = story.poll().await.unwrap_err();
        assert!(matches!(error, DirectoryError::Unauthorised { index: 1, .. }), "{error}");
        let found = story.client.handle().organisation(&member.id).unwrap();
        assert_eq!(found.signing_keys_at(story.at).count(), 1);
        assert!(story.evidence("unauthorised.note") && story.evidence("unauthorised-entry.note"));
        story.restart().unwrap();
    }
}

#[tokio::test]
async fn a_first_start_takes_the_signed_snapshot_and_goes_on_from_there() {
    let (mut story, member) = Story::begin().await;
    let snapshot = story.registry.snapshot(story.at);
    story.add(&member.suspended(1));
    // Only what comes after the snapshot can be fetched.
    story.files.put("/directory/snapshot", snapshot);
    for first_start in [FirstStart::Snapshot, FirstStart::FirstEntry] {
        let folder = tempfile::tempdir().unwrap();
        let mut client = open(&story.registry.anchor, &story.files, folder.path(), first_start).unwrap();
        client.poll(story.at).await.unwrap();
        assert!(!client.handle().organisation(&member.id).unwrap().is_active());
        assert_eq!(client.handle().current().version(&member.id), 2);
    }
}

#[tokio::test]
async fn a_snapshot_of_a_history_that_the_head_does_not_continue_is_a_fork() {
    let (mut story, member) = Story::begin().await;
    let mut other = story.registry.fork(0);
    other.register(&Member::new("E9").admitted(), story.at);
    story.files.put("/directory/snapshot", other.snapshot(story.at));
    story.add(&member.suspended(1));
    let folder = tempfile::tempdir().unwrap();
    let mut client = open(&story.registry.anchor, &story.files, folder.path(), FirstStart::Snapshot).unwrap();
    let error = client.poll(story.at).await.unwrap_err();
    assert!(matches!(error, DirectoryError::Refused(HeadRefusal::Forked { known: 1, offered: 2 })), "{error}");
    assert!(client.handle().organisation(&member.id).is_none());
}

#[tokio::test]
async fn a_damaged_kept_file_is_named_and_not_used() {
    let (mut story, _) = Story::begin().await;
    let path = story.folder.path().join("snapshot");
    let mut bytes = std::fs::read(&path).unwrap();
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(story.restart(), Err(DirectoryError::Damaged { path: named, .. }) if named == path));
}

#[test]
fn a_snapshot_with_one_changed_byte_is_refused_wherever_it_is() {
    let mut registry = FakeRegistry::new();
    registry.register(&Member::new("E1").admitted(), now());
    registry.register(&Member::new("E2").admitted(), now());
    let snapshot = registry.snapshot(now());
    let read = |bytes: &[u8]| Snapshot::read(&mut &*bytes, &registry.anchor, Voucher::Registry);
    assert_eq!(read(&snapshot).unwrap().directory.size(), 2);
    for place in 0..snapshot.len() {
        let mut changed = snapshot.clone();
        changed[place] ^= 1;
        assert!(read(&changed).is_err(), "byte {place}");
    }
    for length in [0, 1, snapshot.len() / 2, snapshot.len() - 1] {
        assert!(read(&snapshot[..length]).is_err(), "cut at {length}");
    }
    assert!(read(&[&snapshot[..], b"{}\n"].concat()).is_err(), "more than the header says");
    let stranger = FakeRegistry::new().anchor;
    assert!(Snapshot::read(&mut &snapshot[..], &stranger, Voucher::Registry).is_err());
}

#[test]
fn an_unsigned_snapshot_is_only_good_for_ourselves() {
    let mut registry = FakeRegistry::new();
    registry.register(&Member::new("E1").admitted(), now());
    let signed = registry.snapshot(now());
    let snapshot = Snapshot::read(&mut &signed[..], &registry.anchor, Voucher::Registry).unwrap();
    let mut own = Vec::new();
    snapshot.write(None, &mut own).unwrap();
    assert!(Snapshot::read(&mut &own[..], &registry.anchor, Voucher::Registry).is_err());
    assert!(Snapshot::read(&mut &own[..], &registry.anchor, Voucher::Ourselves).is_ok());
}

proptest! {
    #[test]
    fn no_bytes_make_the_snapshot_or_head_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        static REGISTRY: std::sync::OnceLock<FakeRegistry> = std::sync::OnceLock::new();
        let anchor = &REGISTRY.get_or_init(FakeRegistry::new).anchor;
        prop_assert!(Snapshot::read(&mut &bytes[..], anchor, Voucher::Ourselves).is_err());
        prop_assert!(DirectoryHead::open(&bytes, anchor).is_err());
        let _ = Note::parse(&bytes);
    }
}
