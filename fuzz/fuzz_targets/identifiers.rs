//! Identifiers of the network and of people: whatever parses has one spelling, and parses again to itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_model::identifier::{Format, Rules};
use packhorse_model::{AgreementId, ClientId, ExchangeId, ServiceId};

fuzz_target!(|text: &str| {
    if let Ok(id) = text.parse::<ClientId>() {
        assert_eq!(id.to_string().parse::<ClientId>(), Ok(id));
    }
    if let Ok(id) = text.parse::<ServiceId>() {
        assert_eq!(id.to_string().parse::<ServiceId>(), Ok(id));
    }
    if let Ok(id) = text.parse::<AgreementId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(id) = text.parse::<ExchangeId>() {
        assert_eq!(id.to_string(), text);
    }
    let rules = Rules { allow_synthetic: true, this_year: 2026 };
    for format in Format::ALL {
        if let Ok(identifier) = format.parse(text, rules) {
            let again = format.parse(identifier.canonical(), rules).expect("the canonical form is well formed");
            assert_eq!(again.canonical(), identifier.canonical());
        }
    }
});
