//! The example of the protocol page is true: another implementation can be held against it.

use packhorse_governance::agreement::sign::sign;
use packhorse_keys::{Signer as _, SoftwareKey};
use packhorse_model::agreement::{AgreementStatement, AgreementText};

const PAGE: &str = include_str!("../../../../docs/protocol/agreement.md");

/// The content of the page's fenced block behind a heading, without the last line's end.
fn block(heading: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(heading).unwrap();
    let (_, rest) = rest.split_once("```text\n").unwrap();
    rest.split_once("\n```").unwrap().0
}

#[test]
fn the_page_s_example_is_what_this_build_makes() {
    let key = SoftwareKey::from_ed25519_seed(&[7; 32]).unwrap();
    let text = AgreementText::parse(block("Text:").as_bytes()).unwrap();
    assert_eq!(text.digest().to_string(), block("Digest:"));
    let statement: AgreementStatement = serde_json::from_str(block("Statement:")).unwrap();
    assert_eq!(statement.to_json().unwrap(), block("Statement:"));
    assert_eq!(statement.digest, text.digest());
    assert_eq!(key.public_key().fingerprint().to_string(), block("Key:"));
    let event = sign(&key, &statement).unwrap();
    assert_eq!(serde_json::to_value(event.signature()).unwrap()["signature"], block("Signature:"));
}
