//! What a partner tells of an incident, as its gateway may send it: the document, and the document with its signature.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_model::{IncidentNotice, SignedIncidentNotice};

fuzz_target!(|text: &str| {
    let _ = serde_json::from_str::<IncidentNotice>(text).map(|notice| notice.to_json());
    let Ok(signed) = serde_json::from_str::<SignedIncidentNotice>(text) else { return };
    let carried = serde_json::to_string(&signed).expect("what was read can be carried");
    let again: SignedIncidentNotice = serde_json::from_str(&carried).expect("what is carried reads again");
    assert_eq!(again.as_str(), signed.as_str());
});
