//! A specification of a linkage, as somebody's editor left it: it is read and checked, or refused with its line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_linkage::Spec;

fuzz_target!(|text: &str| {
    if let Ok(spec) = Spec::parse(text) {
        // What was taken is checked anew when it is used.
        assert!(spec.check().is_ok());
    }
});
