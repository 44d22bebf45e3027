//! The `Mex-` headers of a first chunk: what is read keeps every bound.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use packhorse_gateway::inside::mesh::headers::{CHUNK_LIMIT, Envelope, chunk_range, is_packed};

const NAMES: [&str; 13] = [
    "mex-to",
    "mex-workflowid",
    "mex-chunk-range",
    "mex-subject",
    "mex-localid",
    "mex-partnerid",
    "mex-filename",
    "mex-content-encrypted",
    "mex-content-compressed",
    "mex-content-checksum",
    "mex-content-type",
    "content-type",
    "content-encoding",
];

/// A line for each header: the letter of its name, from `a`, and its value.
fuzz_target!(|bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Some((letter, value)) = line.split_first() else { continue };
        let name = HeaderName::from_static(NAMES[usize::from(letter.wrapping_sub(b'a')) % NAMES.len()]);
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(name, value);
        }
    }
    let _ = is_packed(&headers);
    if let Ok(Some((number, total))) = chunk_range(&headers) {
        assert!((1..=total).contains(&number) && total <= CHUNK_LIMIT);
    }
    let Ok(envelope) = Envelope::read(&headers) else { return };
    assert!((1..=CHUNK_LIMIT).contains(&envelope.chunks));
    assert!(!envelope.to.is_empty() && !envelope.workflow.is_empty());
    let texts = [&envelope.to, &envelope.workflow, &envelope.subject, &envelope.local_id];
    for text in texts.into_iter().chain(envelope.labels.iter().map(|(_, value)| value)) {
        assert!(text.len() <= 500 && !text.chars().any(char::is_control));
    }
});
