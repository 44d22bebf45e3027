//! An upload in many calls: what came before is not looked at again with each.

use std::path::{Path, PathBuf};

use crate::desk::Desk;

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");

/// The folder of the one file's frames, wherever the store keeps it.
fn staged(below: &Path) -> Option<PathBuf> {
    let folders = || std::fs::read_dir(below).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    folders()
        .find(|path| path.ends_with("staged"))
        .map(|path| path.join("00000/000000"))
        .or_else(|| folders().find_map(|path| staged(&path)))
}

fn goes_on_at(desk: &Desk, parcel: &str) -> String {
    desk.send("HEAD", &format!("/{parcel}/files/0"), &[TUS], b"").header("upload-offset").to_owned()
}

#[test]
fn an_upload_goes_on_without_a_look_at_what_came_before_and_after_a_restart_with_one() {
    let desk = Desk::open();
    let content: Vec<u8> = (0..10_000u32).flat_map(u32::to_le_bytes).collect();
    let parcel = desk.open_draft(&[("list.bin", &content)]);
    desk.upload(&parcel, 0, 0, &content[..10_000]);
    // Whoever lists the frames stumbles over a name that is none.
    let stone = staged(&desk.sender().dir).unwrap().join("stone");
    std::fs::write(&stone, "").unwrap();
    for begin in [10_000, 12_000, 14_000] {
        desk.upload(&parcel, 0, begin, &content[begin..begin + 2_000]);
    }
    let patch = [TUS, ("content-type", "application/offset+octet-stream"), ("upload-offset", "12000")];
    let looked = desk.send("PATCH", &format!("/{parcel}/files/0"), &patch, b"again");
    assert_eq!(looked.status, 503, "an offset that is not remembered is looked for: {}", looked.text());
    std::fs::remove_file(&stone).unwrap();

    let refused = desk.send("PATCH", &format!("/{parcel}/files/0"), &patch, b"again");
    assert_eq!((refused.status, goes_on_at(&desk, &parcel).as_str()), (409, "16000"), "{}", refused.text());
    desk.sender().stop();
    desk.sender().start();
    desk.upload(&parcel, 0, 16_000, &content[16_000..]);
    assert_eq!(desk.send("POST", &format!("/{parcel}/send"), &[], b"").status, 202);
    desk.until_listed(&parcel);
    assert_eq!(desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"").body, content);
}
