//! An agreement as people write it (TOML) and as it travels (JSON).
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_governance::document::read_toml;
use packhorse_model::agreement::{AgreementText, check};

fuzz_target!(|text: &str| {
    if let Ok(agreement) = read_toml(text) {
        let _ = check(&agreement);
    }
    if let Ok(parsed) = AgreementText::parse(text.as_bytes()) {
        let again = AgreementText::parse(parsed.as_str().as_bytes()).expect("a text reads again");
        assert_eq!(again.digest(), parsed.digest());
    }
});
