//! The control file that a case system drops: what is read keeps every bound, and is written back to the same meaning.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_gateway::inside::folder::Control;

fuzz_target!(|bytes: &[u8]| {
    let Ok(control) = Control::parse(bytes) else { return };
    assert!(!control.to.is_empty() && !control.workflow.is_empty());
    let all = [&control.from, &control.to, &control.workflow, &control.subject, &control.local_id, &control.message];
    assert!(all.iter().all(|text| text.len() <= 500 && !text.chars().any(char::is_control)));
    assert_eq!(Control::parse(control.to_xml().as_bytes()), Ok(control));
});
