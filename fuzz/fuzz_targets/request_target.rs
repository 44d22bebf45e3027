//! The service path and the globs of agreements: a path that matches under a prefix stays under it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_model::{CanonicalPath, PathGlob};

fuzz_target!(|input: (&str, &str)| {
    let (raw, glob) = input;
    let Ok(path) = CanonicalPath::parse(raw) else { return };
    assert_eq!(path.raw(), raw);
    assert!(path.decoded().split('/').all(|segment| segment != ".." && segment != "."));
    let below: PathGlob = "/a/**".parse().expect("a glob");
    if below.matches(&path) {
        assert!(path.decoded().starts_with("/a/"));
    }
    if let Ok(glob) = glob.parse::<PathGlob>() {
        let _ = glob.matches(&path);
    }
});
