//! The headers of tus, as anybody who may call the inside port sends them.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use packhorse_gateway::inside::parcels::tus_headers::{Announced, offset_named, speaks};

const NAMES: [&str; 4] = ["tus-resumable", "upload-offset", "upload-length", "upload-metadata"];

/// A line for each header, its name's number first.
fuzz_target!(|text: &str| {
    let mut headers = HeaderMap::new();
    for line in text.lines() {
        let Some((number, value)) = line.split_once(' ') else { continue };
        let Some(name) = number.parse::<usize>().ok().and_then(|number| NAMES.get(number)) else { continue };
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    if speaks(&headers) {
        assert_eq!(headers.get_all("tus-resumable").iter().count(), 1);
    }
    if let Ok(offset) = offset_named(&headers) {
        let said = headers["upload-offset"].to_str().expect("it was read");
        assert_eq!(said.trim_start_matches('0'), offset.to_string().trim_start_matches('0'));
    }
    let Ok(announced) = Announced::read(&headers) else { return };
    assert_eq!(announced.name.as_str().parse(), Ok(announced.name.clone()));
});
