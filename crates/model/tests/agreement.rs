//! The agreement's text and statements: exact bytes, bounds, and what is missing from a draft.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

use packhorse_keys::{Algorithm, DocumentSignature, Signer, SoftwareKey, sign_document};
use packhorse_model::agreement::{
    Act, Agreement, AgreementBundle, AgreementEvent, AgreementStatement, AgreementText, Code, STATEMENT_CONTEXT,
    TEXT_LIMIT, TextError, check,
};
use proptest::prelude::*;

const TEXT: &str = r#"{ "id": "a-b",  "version": 3, "title": "é" }"#;

fn signature() -> DocumentSignature {
    let key = SoftwareKey::generate(Algorithm::Ed25519).unwrap();
    sign_document(&key as &dyn Signer, STATEMENT_CONTEXT, b"anything").unwrap()
}

fn statement(text: &AgreementText) -> AgreementStatement {
    AgreementStatement {
        agreement: text.agreement().id.clone(),
        version: 3,
        digest: text.digest(),
        organisation: "TEST/LOC/county".parse().unwrap(),
        act: Act::Suspended { reason: "a \"breach\"".into() },
        at: "2026-03-01T09:00:00Z".parse().unwrap(),
    }
}

#[test]
fn the_digest_is_of_the_bytes_as_they_came_and_they_survive_the_wire() {
    let text = AgreementText::parse(TEXT.as_bytes()).unwrap();
    assert_eq!(text.digest(), AgreementText::parse(TEXT.as_bytes()).unwrap().digest());
    let respelt = text.agreement().to_text().unwrap();
    assert_ne!(respelt.digest(), text.digest());
    let event = AgreementEvent::parse(&statement(&text).to_json().unwrap(), signature()).unwrap();
    let bundle = AgreementBundle { texts: vec![text], statements: vec![event] };
    let wire = serde_json::to_string(&bundle).unwrap();
    assert!(wire.contains(TEXT));
    let pretty = serde_json::to_string_pretty(&bundle).unwrap();
    for wire in [wire, pretty] {
        assert_eq!(serde_json::from_str::<AgreementBundle>(&wire).unwrap(), bundle);
    }
}

#[test]
fn a_digest_has_one_spelling() {
    let digest = AgreementText::parse(TEXT.as_bytes()).unwrap().digest();
    assert_eq!(digest.to_string().parse(), Ok(digest));
    assert!(digest.to_string().to_uppercase().parse::<packhorse_model::AgreementDigest>().is_err());
    assert!(digest.to_string()[7..].parse::<packhorse_model::AgreementDigest>().is_err());
}

#[test]
fn a_text_says_one_agreement_and_nothing_else() {
    for text in [
        "",
        "{}",
        " {}",
        "{\"id\":\"a\",\"version\":1,\"title\":\"t\"}\n",
        "{\"id\":\"a\",\"version\":1,\"title\":\"t\",\"colour\":1}",
        "{\"id\":\"a\",\"version\":1,\"version\":2,\"title\":\"t\"}",
        "{\"id\":\"A\",\"version\":1,\"title\":\"t\"}",
        "{\"id\":\"a\",\"version\":-1,\"title\":\"t\"}",
        "{\"id\":\"a\",\"version\":1,\"title\":\"t\"}{}",
        "{\"id\":\"a\",\"version\":1,\"title\":\"t\",\"data\":{\"marking\":\"secret\"}}",
    ] {
        assert!(AgreementText::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(AgreementText::parse(&[0xff, 0xfe]).is_err());
}

#[test]
fn what_is_too_long_too_deep_or_too_many_is_refused() {
    let long = format!("{{\"title\":\"{}\"}}", "a".repeat(10 << 20));
    assert_eq!(AgreementText::parse(long.as_bytes()), Err(TextError::TooLong));
    for deep in ["[", "{\"a\":"] {
        let deep = format!("{{\"id\":{}}}", deep.repeat(10_000));
        assert!(deep.len() < TEXT_LIMIT);
        assert!(matches!(AgreementText::parse(deep.as_bytes()), Err(TextError::Field(_))));
    }
    let mut agreement: Agreement = serde_json::from_str(TEXT).unwrap();
    agreement.flow.purposes_permitted = (0..1001).map(|number| format!("p{number}").parse().unwrap()).collect();
    assert!(matches!(agreement.to_text(), Err(TextError::Limit(_))));
    let unknown = format!("{{\"{}\":1}}", "x".repeat(100_000));
    assert!(AgreementText::parse(unknown.as_bytes()).unwrap_err().to_string().len() < 1000);
}

#[test]
fn a_statement_is_short_and_known() {
    let text = AgreementText::parse(TEXT.as_bytes()).unwrap();
    let json = statement(&text).to_json().unwrap();
    assert_eq!(AgreementEvent::parse(&json, signature()).unwrap().statement(), &statement(&text));
    let long = AgreementStatement { act: Act::Ended { reason: "x".repeat(5000) }, ..statement(&text) };
    assert!(long.to_json().is_err());
    for (from, to) in [
        ("\"suspended\"", "\"deleted\""),
        ("\"reason\"", "\"extra\":1,\"reason\""),
        ("\"version\":3", "\"version\":3,\"colour\":1"),
        ("2026-03-01", "2026-13-01"),
    ] {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json);
        assert!(AgreementEvent::parse(&changed, signature()).is_err(), "{changed}");
    }
}

#[test]
fn an_empty_draft_is_told_everything_that_is_missing() {
    let findings = check(&serde_json::from_str(TEXT).unwrap());
    let found = |field: &str| findings.iter().any(|finding| finding.field == field && !finding.remedy.is_empty());
    for field in [
        "instrument",
        "parties",
        "purpose.purpose",
        "data.types",
        "law.legal_power",
        "law.necessity",
        "flow.delivery",
        "governance.retention_period",
        "life.start_date",
        "life.termination_terms",
    ] {
        assert!(found(field), "{field}");
    }
    // Nothing says yet that the data is personal.
    assert!(!found("law.art6"));
}

#[test]
fn special_data_needs_its_condition_and_an_assessment() {
    let mut draft: Agreement = serde_json::from_str(TEXT).unwrap();
    draft.data.types = vec![packhorse_model::agreement::DataType::Special];
    let fields: Vec<_> = check(&draft).into_iter().map(|finding| finding.field).collect();
    for field in ["law.art6", "law.art9", "law.dpia.considered", "law.dpia.reference", "data.subjects"] {
        assert!(fields.iter().any(|found| found == field), "{field}");
    }
}

#[test]
fn a_code_is_safe_in_a_header() {
    for good in ["badge-check", "a", "3.1"] {
        assert!(good.parse::<Code>().is_ok());
    }
    for bad in ["", "Badge", "a b", "a\n", "é", &"x".repeat(65)] {
        assert!(bad.parse::<Code>().is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_parsers_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = AgreementText::parse(&bytes);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = AgreementEvent::parse(text, signature());
        }
    }

    #[test]
    fn a_spliced_text_is_read_or_refused_and_keeps_its_bytes(cut in 0..44_usize, with in "[\\PC\"{}:,]{0,6}") {
        let mut text = TEXT.to_owned();
        if text.is_char_boundary(cut) {
            text.insert_str(cut, &with);
        }
        if let Ok(parsed) = AgreementText::parse(text.as_bytes()) {
            prop_assert_eq!(parsed.as_str(), text);
            let _ = check(parsed.agreement());
        }
    }
}
