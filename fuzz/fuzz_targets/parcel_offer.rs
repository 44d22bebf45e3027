//! What a member offers before any piece of a parcel moves: its sizes add up, and it is written back to the same
//! meaning.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_model::parcel::{CHUNK_LIMIT, Offer, SignedStatement, object_bytes};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(signed) = serde_json::from_slice::<SignedStatement>(bytes) {
        let again = serde_json::to_vec(&signed).expect("what is read can be written");
        assert_eq!(serde_json::from_slice::<SignedStatement>(&again).expect("and read").as_str(), signed.as_str());
    }
    let Ok(offer) = Offer::parse(bytes) else { return };
    let (pieces, size) = (offer.chunks.len() as u64, offer.size);
    assert!((1..=CHUNK_LIMIT as u64).contains(&pieces));
    let sealed: u64 = (0..pieces).map(|index| object_bytes(size, index)).sum();
    assert_eq!(sealed, size + size.div_ceil(65_536).max(1) * 16);
    assert_eq!(object_bytes(size, pieces), 0);
    let _ = (offer.manifest_bytes(), offer.header_bytes(), offer.inline_bytes());
    let json = serde_json::to_vec(&offer).expect("what is read can be written");
    assert_eq!(Offer::parse(&json), Ok(offer));
});
