//! What another party brings: texts and signed statements.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_governance::agreements::read_bundle;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_bundle(bytes);
});
