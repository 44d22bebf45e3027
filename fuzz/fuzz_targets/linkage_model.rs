//! A trained model from a file, ours or Splink's: it is one, with numbers that can be, or it is refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_linkage::Model;

fuzz_target!(|text: &str| {
    if let Ok(model) = Model::read(text) {
        assert!(Model::read(&model.to_json()).is_ok(), "what was read can be written and read again");
    }
});
