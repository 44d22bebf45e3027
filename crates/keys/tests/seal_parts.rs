//! Sealing in parts: headers by themselves, chunks by number, and what happens to those who move them about.
#![allow(clippy::panic, clippy::unwrap_used, reason = "in a test a panic is the failure report")]

use packhorse_keys::{
    CHUNK_BYTES, FileKey, KeyError, MAX_HEADER_BYTES, MAX_RECIPIENTS, PayloadKey, SealingKey, SealingRecipient,
    TAG_BYTES, open, open_header, opened_length, rewrap, seal, sealed_length, write_header,
};
use proptest::prelude::*;

const SEALED: usize = CHUNK_BYTES + TAG_BYTES;

fn both_kinds() -> [SealingKey; 2] {
    [SealingKey::generate().unwrap(), SealingKey::generate_post_quantum().unwrap()]
}

fn payload_key() -> PayloadKey {
    PayloadKey::new(&FileKey::generate().unwrap(), &PayloadKey::generate_nonce().unwrap()).unwrap()
}

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at % 251) as u8).collect()
}

fn sealed(key: &PayloadKey, plaintext: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::new();
    key.seal_chunks(0, true, plaintext, &mut sealed).unwrap();
    sealed
}

fn opened(key: &PayloadKey, sealed: &[u8]) -> Option<Vec<u8>> {
    let mut plaintext = b"before".to_vec();
    match key.open_chunks(0, true, sealed, &mut plaintext) {
        Ok(()) => Some(plaintext.split_off(b"before".len())),
        Err(KeyError::CannotOpen) => {
            assert_eq!(plaintext, b"before", "nothing is left of what did not open");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_rewrapped_header_opens_for_its_new_recipients_and_the_payload_stays_byte_for_byte() {
    for (mine, theirs) in both_kinds().iter().zip(&both_kinds()) {
        let before = seal(&[mine.recipient()], b"content").unwrap();
        let (_, length) = open_header([mine], &before).unwrap();
        let (header, payload) = before.split_at(length);
        let header = rewrap([mine], header, &[theirs.recipient()]).unwrap();
        let after = [&header, payload].concat();
        assert_eq!(open(theirs, &after, 7).unwrap(), b"content");
        assert!(matches!(open(mine, &after, 7), Err(KeyError::CannotOpen)));
        assert_eq!(open(mine, &before, 7).unwrap(), b"content");
        assert!(after.ends_with(payload));
        assert!(matches!(rewrap([mine], &header, &[mine.recipient()]), Err(KeyError::CannotOpen)));
    }
}

#[test]
fn a_header_opens_by_any_of_the_keys_that_an_organisation_still_has() {
    for newest in both_kinds() {
        let keys = [SealingKey::generate().unwrap(), newest, SealingKey::generate_post_quantum().unwrap()];
        let key = FileKey::generate().unwrap();
        let header = write_header(&[keys[1].recipient()], &key).unwrap();
        assert_eq!(open_header(&keys, &header).unwrap().1, header.len());
        assert!(open_header([&keys[0], &keys[2]], &header).is_err());
        assert!(open_header([], &header).is_err());
    }
}

#[test]
fn recipients_of_both_kinds_do_not_share_a_header() {
    let [classic, quantum] = both_kinds().map(|key| key.recipient());
    assert!(quantum.is_post_quantum() && !classic.is_post_quantum());
    let mixed = [quantum, classic];
    assert!(matches!(seal(&mixed, b""), Err(KeyError::MixedRecipients)));
}

#[test]
fn the_most_post_quantum_recipients_are_within_the_limits_of_opening() {
    let key = SealingKey::generate_post_quantum().unwrap();
    let recipients = vec![key.recipient(); MAX_RECIPIENTS];
    let sealed = seal(&recipients, b"content").unwrap();
    assert!(sealed.len() > MAX_HEADER_BYTES / 2);
    assert_eq!(open(&key, &sealed, 7).unwrap(), b"content");
}

#[test]
fn a_message_stays_shut_wherever_it_is_cut_or_altered() {
    for key in both_kinds() {
        let sealed = seal(&[key.recipient()], b"content").unwrap();
        // Without optimising, a post-quantum header takes a tenth of a second to be refused.
        let step = if key.recipient().is_post_quantum() { 41 } else { 1 };
        for at in (0..sealed.len()).step_by(step) {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(matches!(open(&key, &altered, 100), Err(KeyError::CannotOpen)), "altered at {at}");
            assert!(matches!(open(&key, &sealed[..at], 100), Err(KeyError::CannotOpen)), "cut at {at}");
        }
        let longer = [&sealed[..], b"x"].concat();
        assert!(matches!(open(&key, &longer, 100), Err(KeyError::CannotOpen)));
    }
}

#[test]
fn chunks_open_only_in_their_places() {
    let key = payload_key();
    let plaintext = content(3 * CHUNK_BYTES + 5);
    let whole = sealed(&key, &plaintext);
    assert_eq!(opened(&key, &whole).unwrap(), plaintext);
    let chunks: Vec<&[u8]> = whole.chunks(SEALED).collect();
    let [a, b, c, d] = chunks[..] else { panic!("four chunks") };
    for wrong in [
        [b, a, c, d].concat(),
        [a, c, b, d].concat(),
        [a, b, d].concat(),
        [b, c, d].concat(),
        [a, b, c].concat(),
        [a, a, b, c, d].concat(),
        [a, b, c, d, d].concat(),
        [a, b, c, c].concat(),
        d.to_vec(),
        Vec::new(),
    ] {
        assert!(opened(&key, &wrong).is_none());
    }
    assert!(opened(&payload_key(), &whole).is_none(), "another key");
}

#[test]
fn a_chunk_is_the_last_only_if_it_was_sealed_as_that() {
    let key = payload_key();
    for (was, is) in [(true, false), (false, true)] {
        let mut chunk = content(CHUNK_BYTES);
        key.seal_chunk(7, was, &mut chunk).unwrap();
        assert!(key.open_chunk(7, is, &mut chunk.clone()).is_err());
        assert!(key.open_chunk(8, was, &mut chunk.clone()).is_err());
        key.open_chunk(7, was, &mut chunk).unwrap();
        assert_eq!(chunk, content(CHUNK_BYTES));
    }
}

#[test]
fn lengths_that_a_chunk_cannot_have_are_refused() {
    let key = payload_key();
    for (index, last, length) in [
        (0, false, 0),
        (0, false, CHUNK_BYTES - 1),
        (0, false, CHUNK_BYTES + 1),
        (1, true, 0),
        (1, true, CHUNK_BYTES + 1),
        (u64::MAX, false, CHUNK_BYTES - 1),
    ] {
        let mut chunk = content(length);
        let refused = key.seal_chunk(index, last, &mut chunk);
        assert!(matches!(refused, Err(KeyError::Malformed { .. })), "{index} {last} {length}");
    }
    let mut out = Vec::new();
    assert!(key.seal_chunks(0, false, &content(CHUNK_BYTES + 1), &mut out).is_err());
    assert!(key.seal_chunks(3, true, &[], &mut out).is_err());
    assert!(key.seal_chunks(u64::MAX, true, &content(CHUNK_BYTES + 1), &mut out).is_err());
    assert!(out.is_empty());
    for length in 0..TAG_BYTES {
        assert!(key.open_chunk(0, true, &mut vec![0; length]).is_err());
    }
}

#[test]
fn a_run_of_chunks_is_what_its_chunks_are() {
    let key = payload_key();
    let plaintext = content(5 * CHUNK_BYTES + 1);
    let whole = sealed(&key, &plaintext);
    let mut in_runs = Vec::new();
    key.seal_chunks(0, false, &plaintext[..2 * CHUNK_BYTES], &mut in_runs).unwrap();
    key.seal_chunks(2, false, &plaintext[2 * CHUNK_BYTES..3 * CHUNK_BYTES], &mut in_runs).unwrap();
    key.seal_chunks(3, true, &plaintext[3 * CHUNK_BYTES..], &mut in_runs).unwrap();
    assert_eq!(in_runs, whole);
    let mut middle = Vec::new();
    key.open_chunks(2, false, &whole[2 * SEALED..4 * SEALED], &mut middle).unwrap();
    assert_eq!(middle, plaintext[2 * CHUNK_BYTES..4 * CHUNK_BYTES]);
    assert!(key.open_chunks(2, true, &whole[2 * SEALED..4 * SEALED], &mut middle).is_err());
}

#[test]
fn a_post_quantum_key_survives_its_file_and_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal.key");
    let key = SealingKey::generate_post_quantum().unwrap();
    key.save(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("AGE-SECRET-KEY-PQ-1"));
    assert_eq!(SealingKey::load(&path).unwrap().recipient(), key.recipient());
    let recipient = key.recipient().to_string();
    assert!(recipient.starts_with("age1pq1"));
    assert_eq!(recipient.parse::<SealingRecipient>().unwrap(), key.recipient());
    let mut slip = recipient.into_bytes();
    slip[1000] = if slip[1000] == b'q' { b'p' } else { b'q' };
    assert!(String::from_utf8(slip).unwrap().parse::<SealingRecipient>().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_length_is_opened_as_it_was_sealed(length in 0..4 * CHUNK_BYTES) {
        let key = payload_key();
        let whole = sealed(&key, &content(length));
        prop_assert_eq!(whole.len() as u64, sealed_length(length as u64));
        prop_assert_eq!(opened_length(whole.len() as u64).unwrap(), length as u64);
        prop_assert_eq!(opened(&key, &whole).unwrap(), content(length));
    }

    #[test]
    fn any_altered_bit_and_any_cut_keeps_a_payload_shut(at: prop::sample::Index, bit in 0u8..8) {
        let key = payload_key();
        let whole = sealed(&key, &content(2 * CHUNK_BYTES + 9));
        let at = at.index(whole.len());
        let mut altered = whole.clone();
        altered[at] ^= 1 << bit;
        prop_assert!(opened(&key, &altered).is_none());
        prop_assert!(opened(&key, &whole[..at]).is_none());
    }

    #[test]
    fn any_length_that_opens_is_one_that_sealing_gives(sealed in any::<u64>()) {
        if let Ok(plaintext) = opened_length(sealed) {
            prop_assert_eq!(sealed_length(plaintext), sealed);
        }
    }
}

/// `cargo test -p packhorse-keys --test seal_parts --release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout, reason = "it talks to its user")]
fn speed_of_objects_of_16_mib() {
    let (key, plaintext) = (payload_key(), content(256 * CHUNK_BYTES));
    let mut out = Vec::with_capacity(256 * SEALED);
    let mut back = Vec::with_capacity(plaintext.len());
    let started = std::time::Instant::now();
    for _ in 0..16 {
        out.clear();
        key.seal_chunks(0, false, &plaintext, &mut out).unwrap();
    }
    let sealing = started.elapsed();
    for _ in 0..16 {
        back.clear();
        key.open_chunks(0, false, &out, &mut back).unwrap();
    }
    let opening = started.elapsed() - sealing;
    let rate = |took: std::time::Duration| 256.0 / took.as_secs_f64();
    println!("256 MiB: sealed at {:.0} MiB/s, opened at {:.0} MiB/s", rate(sealing), rate(opening));
    for key in both_kinds() {
        let (recipients, file_key) = ([key.recipient()], FileKey::generate().unwrap());
        let started = std::time::Instant::now();
        let header = write_header(&recipients, &file_key).unwrap();
        let wrote = started.elapsed();
        open_header([&key], &header).unwrap();
        println!("header: written in {wrote:?}, opened in {:?}", started.elapsed() - wrote);
    }
}
