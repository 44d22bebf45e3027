//! Stories over the fold: who may change what in the directory, and what stops it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]

mod support;

use jiff::Timestamp;
use packhorse_directory::join::MemberKeys;
use packhorse_directory::*;
use packhorse_keys::{Signer, SoftwareKey};
use packhorse_model::organisation::{Assurance, Members, Purpose, Status};
use proptest::prelude::*;
use support::*;

/// A directory with one member, and its registry.
fn with_member(at: Timestamp) -> (FakeRegistry, Member, Directory) {
    let (mut registry, member) = (FakeRegistry::new(), Member::new("E1"));
    registry.register(&member.admitted(), at);
    let directory = registry.directory();
    (registry, member, directory)
}

/// What the fold says to one more entry.
fn refusal(registry: &mut FakeRegistry, signed: &SignedStatement, at: Timestamp) -> &'static str {
    let mut directory = registry.directory();
    let before = format!("{directory:?}");
    let entry = registry.fork(registry.entries.len()).register(signed, at);
    match directory.apply(&entry) {
        Err(DirectoryError::Unauthorised { index, why }) => {
            assert_eq!(index, registry.entries.len() as u64);
            assert_eq!(format!("{directory:?}"), before, "a refused entry changes nothing");
            why
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_admitted_organisation_is_found_by_its_identifier_and_by_its_tls_key() {
    let at = now();
    let (_, member, directory) = with_member(at);
    let found = directory.organisation(&member.id).unwrap();
    assert_eq!(found.details, details("Anytown Council"));
    assert!(found.is_active());
    assert!(!found.is_assured("2026-01-01".parse().unwrap()), "assurance is the registry's to state");
    assert_eq!(directory.by_tls_key(&member.tls.fingerprint(), at).unwrap().id, member.id);
    assert!(directory.by_tls_key(&member.sign.public_key().fingerprint(), at).is_none(), "a signing key is no TLS key");
    assert!(directory.by_tls_key(&member.tls.fingerprint(), at - minutes(1)).is_none());
}

#[test]
fn an_admission_lacking_the_signature_of_any_of_its_keys_is_refused() {
    let member = Member::new("E1");
    for missing in 0..3 {
        let mut signers = member.signers();
        signers.remove(missing);
        let signed = SignedStatement::sign(&member.admission(0), &signers).unwrap();
        assert!(refusal(&mut FakeRegistry::new(), &signed, now()).contains("possession is not proved"));
    }
}

#[test]
fn an_admission_lists_one_key_of_every_purpose() {
    let member = Member::new("E1");
    for missing in 0..4 {
        let mut statement = member.admission(0);
        let Act::Admit { keys, .. } = &mut statement.act else { unreachable!() };
        let purpose = keys.remove(missing).purpose;
        let signers: Vec<&dyn Signer> = match purpose {
            Purpose::Sign => vec![&*member.ledger, member.tls.signer()],
            Purpose::Ledger => vec![&*member.sign, member.tls.signer()],
            Purpose::Tls => vec![&*member.sign, &*member.ledger],
            Purpose::Seal => member.signers(),
        };
        let signed = SignedStatement::sign(&statement, &signers).unwrap();
        assert!(refusal(&mut FakeRegistry::new(), &signed, now()).contains("one key of every purpose"));
    }
}

#[test]
fn the_registry_cannot_swap_a_key_or_amend_details_without_the_member() {
    let at = now();
    let (mut registry, member, _) = with_member(at);
    let swapped = ed25519();
    let keys = MemberKeys { sign: Some(&*swapped), ..MemberKeys::default() }.listed();
    let rotate = member.state(1, Act::Rotate { keys, old_until: at, nonce: None });
    let amend = member.state(1, Act::Amend { details: details("Somebody Else") });
    let strangers: [&[&dyn Signer]; 2] = [&[&*swapped], &[&*swapped, &*registry.sign.clone()]];
    for signers in strangers {
        let signed = SignedStatement::sign(&rotate, signers).unwrap();
        assert!(refusal(&mut registry, &signed, at).contains("current signing key"));
        let signed = SignedStatement::sign(&amend, signers).unwrap();
        assert!(refusal(&mut registry, &signed, at).contains("current signing key"));
    }
    let again = Member { id: member.id.clone(), ..Member::new("x") };
    let signed = SignedStatement::sign(&again.admission(1), &again.signers()).unwrap();
    assert!(refusal(&mut registry, &signed, at).contains("a member already"));
}

#[test]
fn a_statement_is_registered_once_and_at_its_place() {
    let at = now();
    let (mut registry, member, _) = with_member(at);
    let amended = member.amended(1, "New Name");
    let entry = registry.register(&amended, at);
    assert_eq!(registry.directory().organisation(&member.id).unwrap().details.name, "New Name");
    assert!(refusal(&mut registry, &amended, at).contains("version"));
    let why = registry.directory().apply(&entry).unwrap_err().to_string();
    assert!(why.contains("another place"), "{why}");
}

#[test]
fn an_entry_of_another_registry_network_or_time_is_refused() {
    let at = now();
    let (mut registry, member, mut directory) = with_member(at);
    let amended = member.amended(1, "New Name");
    let stranger = Entry::register(1, at, &amended, &*ed25519()).unwrap();
    assert!(directory.apply(&stranger).unwrap_err().to_string().contains("not signed by the registry"));
    assert!(refusal(&mut registry, &amended, at - minutes(1)).contains("dated before"));
    let mut other = Member::new("E2");
    other.id.network = "OTHER".into();
    assert!(refusal(&mut registry, &other.admitted(), at).contains("another network"));
}

#[test]
fn while_a_rotation_overlaps_both_keys_are_valid_and_afterwards_only_the_new_one() {
    let at = now();
    let (mut registry, member, _) = with_member(at);
    let new = ed25519();
    registry.register(&member.rotated(1, &new, at), at);
    let found = registry.directory().organisation(&member.id).unwrap();
    let signing = |moment| found.signing_keys_at(moment).collect::<Vec<_>>();
    let (old_key, new_key) = (member.sign.public_key().clone(), new.public_key().clone());
    assert_eq!(signing(at + minutes(59)), [old_key.clone(), new_key.clone()]);
    assert_eq!(signing(at + minutes(60)), [new_key]);
    assert!(found.keys.iter().any(|entry| entry.key == old_key.to_string()), "old keys are kept for ever");
    // Only the newer may speak for the member: the older may be the one that was lost.
    assert!(refusal(&mut registry, &member.amended(2, "x"), at).contains("current signing key"));
    let renewed = Member { sign: new, ..member };
    registry.register(&renewed.amended(2, "By the new key"), at);
    assert_eq!(registry.directory().organisation(&renewed.id).unwrap().details.name, "By the new key");
}

#[test]
fn a_rotation_lacking_the_new_keys_own_signature_is_refused() {
    let at = now();
    let (mut registry, member, _) = with_member(at);
    let Ok(Statement { act, .. }) = member.rotated(1, &ed25519(), at).statement() else { unreachable!() };
    let signed = SignedStatement::sign(&member.state(1, act), &[&*member.sign]).unwrap();
    assert!(refusal(&mut registry, &signed, at).contains("possession"));
}

#[test]
fn a_key_has_one_owner_and_one_purpose_for_ever() {
    let at = now();
    let (mut registry, member, _) = with_member(at);
    let thief = Member { tls: TlsCopy::of(&member), ..Member::new("E2") };
    assert!(refusal(&mut registry, &thief.admitted(), at).contains("listed already"));
    let twice = ed25519();
    let lazy = Member { sign: twice.clone(), ledger: twice, ..Member::new("E3") };
    assert!(refusal(&mut registry, &lazy.admitted(), at).contains("listed already"));
}

/// Another handle on a member's TLS key, as a thief would have it.
struct TlsCopy;

impl TlsCopy {
    fn of(member: &Member) -> packhorse_keys::TlsIdentity {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tls.pem");
        member.tls.save(&path).unwrap();
        packhorse_keys::TlsIdentity::load(&path).unwrap()
    }
}

#[test]
fn suspension_cuts_off_resumption_lets_back_in_and_only_in_turn() {
    let at = now();
    let (mut registry, member, _) = with_member(at);
    let resumed = |version| member.by_registry(version, Act::Resume { reason: "settled".into() });
    assert!(refusal(&mut registry, &resumed(1), at).contains("only a suspended one resumed"));
    registry.register(&member.suspended(1), at);
    assert_eq!(registry.directory().organisation(&member.id).unwrap().status, Status::Suspended);
    assert!(refusal(&mut registry, &member.suspended(2), at).contains("only an active organisation"));
    // A suspended member may still replace the key that was lost.
    registry.register(&member.rotated(2, &ed25519(), at), at);
    registry.register(&resumed(3), at);
    assert!(registry.directory().organisation(&member.id).unwrap().is_active());
}

#[test]
fn a_removed_member_keeps_its_keys_listed_and_ended_and_comes_back_only_with_new_ones() {
    let at = now();
    let (mut registry, member, _) = with_member(at);
    registry.register(&member.by_registry(1, Act::Remove { reason: "merged".into() }), at);
    let found = registry.directory().organisation(&member.id).unwrap();
    assert_eq!((found.status, found.keys.len()), (Status::Removed, 4));
    assert_eq!(found.signing_keys_at(at).count(), 0);
    assert!(refusal(&mut registry, &member.amended(2, "x"), at).contains("no signing key"));
    assert!(refusal(&mut registry, &member.suspended(2), at).contains("removed"));
    let same = SignedStatement::sign(&member.admission(2), &member.signers()).unwrap();
    assert!(refusal(&mut registry, &same, at).contains("listed already"));
    let anew = Member { id: member.id.clone(), ..Member::new("x") };
    registry.register(&SignedStatement::sign(&anew.admission(2), &anew.signers()).unwrap(), at);
    let found = registry.directory().organisation(&member.id).unwrap();
    assert_eq!((found.status, found.keys.len()), (Status::Active, 8));
}

#[test]
fn a_signature_by_somebody_without_a_say_is_refused() {
    let at = now();
    let (mut registry, member, _) = with_member(at);
    let amend = member.state(1, Act::Amend { details: details("x") });
    let signed = SignedStatement::sign(&amend, &[&*member.sign, &*ed25519()]).unwrap();
    assert!(refusal(&mut registry, &signed, at).contains("no say"));
    let assure = member.state(1, Act::Assure { assurance: Assurance::default() });
    let signed = SignedStatement::sign(&assure, &[&*member.sign]).unwrap();
    assert!(refusal(&mut registry, &signed, at).contains("no say"));
}

#[test]
fn details_that_break_a_rule_are_refused() {
    let at = now();
    let (mut registry, member, _) = with_member(at);
    let good = details("Anytown");
    let mut bad = Vec::new();
    let mut add = |change: &dyn Fn(&mut packhorse_model::organisation::MemberDetails)| {
        let mut changed = good.clone();
        change(&mut changed);
        bad.push(changed);
    };
    add(&|details| details.name = "two\nlines".into());
    add(&|details| details.siro.email = "nobody".into());
    add(&|details| details.charter_url = Some("javascript:alert(1)".into()));
    add(&|details| details.code_of_connection = "sha256:zz".into());
    add(&|details| details.systems.push(details.systems[0].clone()));
    add(&|details| details.systems[0].code = "\u{200b}".into());
    add(&|details| details.gateways[0].address = "gw.example".into());
    add(&|details| details.gateways[0].address = "gw.example:0".into());
    add(&|details| details.gateways[0].address = "gw example:+80".into());
    for details in bad {
        let signed = SignedStatement::sign(&member.state(1, Act::Amend { details }), &[&*member.sign]).unwrap();
        refusal(&mut registry, &signed, at);
    }
}

#[test]
fn every_change_of_one_byte_in_an_entry_is_noticed() {
    let at = now();
    let (mut registry, member) = (FakeRegistry::new(), Member::new("E1"));
    let entry = registry.register(&member.admitted(), at);
    let empty = Directory::new(NETWORK, registry.anchor.registry.clone());
    for place in 0..entry.len() {
        let mut changed = entry.clone();
        changed[place] ^= 1;
        assert!(empty.clone().apply(&changed).is_err(), "byte {place}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_parsers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Entry::parse(&bytes);
        let _ = SignedStatement::parse(&bytes);
        let _ = Anchor::parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_damage_to_an_entry_makes_the_parser_panic(cut in 0_usize..4000, place in 0_usize..4000, byte: u8) {
        let mut entry = Entry::register(0, Timestamp::UNIX_EPOCH, &fixed_member().admitted(), fixed_key()).unwrap();
        entry.truncate(cut.max(1));
        let place = place % entry.len();
        entry[place] = byte;
        let _ = Entry::parse(&entry);
    }
}

fn fixed_key() -> &'static SoftwareKey {
    static KEY: std::sync::OnceLock<SoftwareKey> = std::sync::OnceLock::new();
    KEY.get_or_init(|| SoftwareKey::from_ed25519_seed(&[7; 32]).unwrap())
}

fn fixed_member() -> &'static Member {
    static MEMBER: std::sync::OnceLock<Member> = std::sync::OnceLock::new();
    MEMBER.get_or_init(|| Member::new("E1"))
}
