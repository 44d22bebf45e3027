//! The receipts that the pages gave, judged as anybody would who was handed one.

use std::path::Path;

use crate::network::{Network, run};

/// Each verifies against the registry's directory, and with one letter of it changed it does not; how many there were.
pub(crate) fn verify_all(network: &Network, folder: &Path) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|file| file.extension().is_some_and(|ending| ending == "json")).collect();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let (holds, said) = verified(network, file);
        assert!(holds, "a receipt that a page gave does not hold:\n{said}\n{text}");
        assert!(said.contains("✓ ledger"), "{said}");
        let changed = file.with_extension("changed");
        std::fs::write(&changed, with_one_letter_changed(&text)).unwrap();
        let (holds, said) = verified(network, &changed);
        assert!(!holds, "a changed receipt holds:\n{said}");
    }
    files.len()
}

fn verified(network: &Network, file: &Path) -> (bool, String) {
    let arguments = ["verify", file.to_str().unwrap(), "--anchor", "anchor.json", "--registry"];
    let output = run(network.folder(), &arguments);
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// A letter in the middle, which is in something signed or what proves it.
fn with_one_letter_changed(text: &str) -> String {
    let middle = text.len() / 2;
    let at = middle + text.bytes().skip(middle).position(|letter| letter.is_ascii_lowercase()).unwrap();
    let other = if text.as_bytes()[at] == b'a' { "b" } else { "a" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}
