//! The agreement as a document: what people write, and what strangers send.

use packhorse_governance::GovernanceError;
use packhorse_governance::agreements::read_bundle;
use packhorse_governance::document::{read_toml, template, write_toml};
use packhorse_model::agreement::check;
use proptest::prelude::*;

use crate::town::blue_badge;

fn error(toml: &str) -> (usize, String) {
    match read_toml(toml).unwrap_err() {
        GovernanceError::Document { line, message } => (line, message),
        other => panic!("{other}"),
    }
}

#[test]
fn the_story_s_agreement_is_complete_and_survives_the_way_through_toml() {
    let agreement = blue_badge();
    assert_eq!(check(&agreement), []);
    assert_eq!(read_toml(&write_toml(&agreement).unwrap()).unwrap(), agreement);
}

#[test]
fn an_unknown_field_is_named_with_its_line() {
    let toml = include_str!("blue-badge.toml").replace("leaves_uk = false", "leaves_uk = false\nleafs_uk = true");
    let line = toml.lines().position(|line| line.starts_with("leafs_uk")).unwrap() + 1;
    let (found, message) = error(&toml);
    assert_eq!(found, line);
    assert!(message.contains("leafs_uk") && message.contains("leaves_uk"), "{message}");
}

#[test]
fn a_wrong_value_is_named_with_its_line() {
    for (from, to, says) in [
        ("instrument = \"dsa\"", "instrument = \"contract\"", "accord"),
        ("version = 1", "version = \"one\"", "u32"),
        ("start_date = \"2026-04-01\"", "start_date = 2026-04-01", "in quotes"),
        ("start_date = \"2026-04-01\"", "start_date = \"1 April\"", "in quotes"),
        ("\"badge-check\", \"badge-renewal\"", "\"Badge Check\"", "lower-case"),
        ("purposes = [\"badge-check\"]", "purposes = [\"badge check\"]", "lower-case"),
        ("service = \"TEST/LOC/county/badges/lookup\"", "service = \"lookup\"", "parts"),
    ] {
        let toml = include_str!("blue-badge.toml").replacen(from, to, 1);
        assert!(toml.contains(to));
        let first = toml.lines().position(|line| line.contains(to)).unwrap() + 1;
        let (line, message) = error(&toml);
        assert_eq!(line, first, "{to}: {message}");
        assert!(message.contains(says), "{to}: {message}");
    }
}

#[test]
fn the_template_can_be_read_has_every_field_and_lists_what_to_fill_in() {
    let findings = check(&read_toml(template()).unwrap());
    for field in
        ["title", "purpose.purpose", "law.legal_power", "law.art6", "flow.purposes_permitted", "life.start_date"]
    {
        assert!(findings.iter().any(|finding| finding.field == field), "{field}");
    }
    let mut full = serde_json::to_value(blue_badge()).unwrap();
    full["law"]["hra_test"] = serde_json::to_value(packhorse_model::agreement::HumanRightsTest::default()).unwrap();
    for optional in ["parent", "first_needed_on", "part3_basis", "confidentiality_basis"] {
        full[optional] = true.into();
    }
    let mut missing = Vec::new();
    fields_of(&full, &mut |name| {
        if !template().contains(&format!("{name} =")) && !template().contains(&format!("{name}]")) {
            missing.push(name.to_owned());
        }
    });
    assert_eq!(missing, [""; 0]);
}

fn fields_of(value: &serde_json::Value, visit: &mut impl FnMut(&str)) {
    match value {
        serde_json::Value::Object(map) => map.iter().for_each(|(name, value)| {
            visit(name);
            fields_of(value, visit);
        }),
        serde_json::Value::Array(items) => items.iter().for_each(|item| fields_of(item, visit)),
        _ => {}
    }
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    let deep = format!("id = \"x\"\nversion = 1\ntitle = {}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(read_toml(&deep).is_err());
    assert!(read_toml(&format!("title = \"{}\"", "a".repeat(10 << 20))).is_err());
    assert!(read_bundle(&vec![b' '; 10 << 20]).is_err());
    assert!(read_bundle(format!("{{\"texts\":[{}", "[".repeat(10_000)).as_bytes()).is_err());
}

proptest! {
    #[test]
    fn no_document_makes_the_reader_panic(toml in "(id|version|title|\\[\\[grants\\]\\]|\\PC|[\\[\\]{}=\"\\n,.0-9]){0,60}") {
        let _ = read_toml(&toml);
    }

    #[test]
    fn no_bytes_make_the_bundle_s_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_bundle(&bytes);
    }

    /// Cuts and splices of a true document, which reach deeper than noise.
    #[test]
    fn no_broken_document_makes_the_reader_panic(cut in 0..4000_usize, with in "\\PC{0,8}") {
        let mut toml = include_str!("blue-badge.toml").to_owned();
        let cut = cut.min(toml.len());
        if toml.is_char_boundary(cut) {
            toml.insert_str(cut, &with);
            let _ = read_toml(&toml);
        }
    }
}
