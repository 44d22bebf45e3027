//! The manifest inside a parcel's seal: one that is read is written back to the same meaning, and its archive has an
//! entry for every file, each at the place that is computed for it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_model::parcel::{Archive, FileName, Manifest, Segment};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(name) = text.parse::<FileName>()
    {
        assert_eq!(name.as_str(), text);
        assert!(!text.starts_with('/') && text.split('/').all(|part| !matches!(part, "" | "." | "..")));
    }
    let Ok(manifest) = Manifest::parse(bytes) else { return };
    let json = manifest.to_json().expect("what is read can be written");
    assert_eq!(Manifest::parse(&json).as_ref(), Ok(&manifest));
    let archive = Archive::new(&json, &manifest.files, manifest.sent_at);
    let (mut at, mut next) = (0_u64, 0);
    for segment in archive.segments() {
        match segment {
            Segment::Bytes(bytes) => at += bytes.len() as u64,
            Segment::File { index, .. } => {
                assert_eq!((index, archive.offset_of(index)), (next, Some(at)));
                at += manifest.files[index].size;
                next += 1;
            }
        }
    }
    assert_eq!((next, at), (manifest.files.len(), archive.size()));
});
