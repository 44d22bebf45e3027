//! The file beside a parcel that came on a medium: the signed bytes survive reading and writing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_keys::{Signer as _, SoftwareKey, verify_document};
use packhorse_model::parcel::{SignedWaybill, WAYBILL_CONTEXT};

fuzz_target!(|bytes: &[u8]| {
    let Ok(signed) = SignedWaybill::of_file(bytes) else { return };
    assert!(signed.waybill().offer.inline.is_none(), "content lies in one place");
    let written = serde_json::to_vec(&signed).expect("what is read can be written");
    let again = SignedWaybill::of_file(&written).expect("and read");
    assert_eq!(again.as_str(), signed.as_str());
    let key = SoftwareKey::from_ed25519_seed(&[7; 32]).expect("a key");
    let verified = verify_document(key.public_key(), WAYBILL_CONTEXT, signed.as_str().as_bytes(), signed.signature());
    assert!(verified.is_err(), "nobody signed this");
});
