//! The published and computed vectors of every identifier, judged one by one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is a test's failure report")]

use packhorse_model::identifier::{Format, Identifier, Malformed, Rules, is_pseudo_postcode};
use proptest::prelude::*;

const REAL: Rules = Rules { allow_synthetic: false, this_year: 2026 };
const DEMO: Rules = Rules { allow_synthetic: true, this_year: 2026 };

fn read(format: Format, text: &str) -> Identifier {
    format.parse(text, DEMO).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn assert_valid(format: Format, values: &[&str]) {
    for value in values {
        assert!(read(format, value).is_valid(), "{value} is a valid {format}");
    }
}

fn assert_fails_its_check(format: Format, values: &[&str]) {
    for value in values {
        assert!(!read(format, value).checked(), "{value} fails its check as a {format}");
    }
}

fn assert_implausible(format: Format, rules: Rules, values: &[&str]) {
    for value in values {
        let judged = format.parse(value, rules).unwrap();
        assert!(!judged.plausible(), "{value} is not a plausible {format}");
    }
}

fn assert_malformed(format: Format, values: &[&str]) {
    for value in values {
        assert_eq!(format.parse(value, DEMO).err(), Some(Malformed(format)), "{value} is not a {format}");
    }
}

fn assert_canonical(format: Format, pairs: &[(&str, &str)]) {
    for (given, canonical) in pairs {
        assert_eq!(read(format, given).canonical(), *canonical, "{given}");
    }
}

#[test]
fn a_number_reads_back_from_its_canonical_form_however_large_or_small() {
    assert_canonical(
        Format::Number,
        &[
            ("-0", "0"),
            ("2.50", "2.5"),
            ("1e3", "1000"),
            ("6E66", "6e66"),
            ("1e-300", "1e-300"),
            ("0.00001", "0.00001"),
        ],
    );
    for given in ["6E66", "-1.7976931348623157e308", "5e-324", "99999999999999999", "0.00000012345678901234567"] {
        let canonical = read(Format::Number, given).canonical().to_owned();
        assert_eq!(read(Format::Number, &canonical).canonical(), canonical, "{given}");
    }
}

#[test]
fn nhs_numbers_are_checked_by_modulus_11() {
    use Format::NhsNumber;
    assert_valid(NhsNumber, &["9434765919", "9434765870", "9000000009", "9000000025", "9000000033", "9111231130"]);
    assert_valid(NhsNumber, &["9449310602", "9876543210", "9990000018", "9990000026", "9990000034"]);
    assert_valid(NhsNumber, &["9990000042", "9990000050", "9999999999"]);
    assert_fails_its_check(NhsNumber, &["9434765871", "9990000019", "9000000000", "9111111124", "9222222228"]);
    for stem in ["999000000", "999000014", "999123456"] {
        for last in 0..10 {
            assert_fails_its_check(NhsNumber, &[&format!("{stem}{last}")]);
        }
    }
    assert_malformed(NhsNumber, &["943476591", "94347659190", "94347A5919", ""]);
    assert_canonical(NhsNumber, &[("999 000 0018", "9990000018"), (" 999-000-0018 ", "9990000018")]);
}

#[test]
fn repeated_digits_pass_the_check_of_an_nhs_number_and_are_still_refused() {
    for last in 0..=9 {
        let number = last.to_string().repeat(10);
        let judged = read(Format::NhsNumber, &number);
        assert!(judged.checked());
        assert_eq!(judged.plausible(), last == 9, "only 9999999999 is in the test range");
    }
    assert_implausible(Format::NhsNumber, REAL, &["9999999999"]);
}

#[test]
fn example_numbers_are_plausible_only_where_they_are_allowed() {
    for (format, example) in [
        (Format::NhsNumber, "9990000018"),
        (Format::Upn, "Y999200026001"),
        (Format::Uln, "9990000009"),
        (Format::PncId, "1900/0000001A"),
        (Format::BlueBadge, "000KKK"),
        (Format::DriverNumber, "ZZZZZ902031A99AA"),
        (Format::Uprn, "999000000001"),
        (Format::Postcode, "ZZ99 1AB"),
    ] {
        assert!(format.parse(example, DEMO).unwrap().is_valid(), "{format}");
        assert!(!format.parse(example, REAL).unwrap().plausible(), "{format}");
    }
    assert!(Format::Nino.parse("QQ123456A", DEMO).unwrap().is_valid());
    assert_eq!(Format::Nino.parse("QQ123456A", REAL).err(), Some(Malformed(Format::Nino)));
}

#[test]
fn pupil_numbers_begin_with_their_check_letter() {
    use Format::Upn;
    assert_valid(Upn, &["B801200005001", "M80120000500A", "Y999200026001", "M999200026002", "B999200026003"]);
    assert_valid(Upn, &["J99920002600A", "Y99920002600B"]);
    assert!(read(Upn, "E000200005001").checked());
    assert_implausible(Upn, DEMO, &["E000200005001"]);
    assert_fails_its_check(Upn, &["A801200005001"]);
    assert_malformed(Upn, &["X80120000A001", "I801200005001", "O801200005001", "S801200005001"]);
    assert_malformed(Upn, &["M80120000500I", "B80120000500"]);
    assert_canonical(Upn, &[("y999200026001", "Y999200026001")]);
}

#[test]
fn learner_numbers_are_checked_by_modulus_11() {
    use Format::Uln;
    assert_valid(Uln, &["9990000009", "9990000017", "9990000025", "1234567899"]);
    assert_fails_its_check(Uln, &["9990000008"]);
    for last in 0..10 {
        assert_fails_its_check(Uln, &[&format!("999000005{last}")]);
    }
    assert_malformed(Uln, &["123456789"]);
}

#[test]
fn national_insurance_numbers_keep_to_the_allocated_prefixes() {
    use Format::Nino;
    assert_valid(Nino, &["NY188796B", "AB123456C"]);
    assert_malformed(Nino, &["NY186548E", "BG123456A", "ZZ123456A", "AO123456A", "DA123456A", "PP999999P"]);
    assert_malformed(Nino, &["OO123456A", "FY123456A", "11a11111", "NY188796", "é"]);
    assert_implausible(Nino, DEMO, &["MW123456A", "CR123456A", "PP123456A", "PY123456B", "NC123456D"]);
    assert_canonical(Nino, &[("ny 18 87 96 b", "NY188796B")]);
}

#[test]
fn police_ids_are_padded_and_get_their_century() {
    use Format::PncId;
    assert_valid(PncId, &["2003/0062845E", "2003/0011985X", "2020/0476873U", "1900/0000001A"]);
    assert_fails_its_check(PncId, &["2003/0062845A"]);
    assert_malformed(PncId, &["2003/006284E", "2003/0062845I", "2003006284E", "E", "/E", "20/", ""]);
    assert_canonical(PncId, &[("03/62845E", "2003/0062845E"), ("20030062845E", "2003/0062845E")]);
    assert_canonical(PncId, &[("0362845e", "2003/0062845E"), ("26/1A", "2026/0000001A"), ("27/1A", "1927/0000001A")]);
    assert_implausible(PncId, DEMO, &["2027/0000001A"]);
}

#[test]
fn driver_numbers_hold_a_day_that_can_be() {
    use Format::DriverNumber;
    assert_valid(DriverNumber, &["JOHNS902031A99AA", "JOHNS952031A99AA", "johns 902031 a99aa"]);
    assert_malformed(DriverNumber, &["JOHNS900031A99AA", "JOHNS913031A99AA", "JOHNS963031A99AA", "JOHNS950031A99AA"]);
    assert_malformed(DriverNumber, &["JOHNS902001A99AA", "JOHNS902321A99AA", "JOHNS902031A99A"]);
}

#[test]
fn badge_numbers_have_20_digits_to_choose_from() {
    assert_valid(Format::BlueBadge, &["KKKKKK", "72B9HA", "095715", "000000"]);
    assert_malformed(Format::BlueBadge, &["KKKKKI", "KKKKK", "7L0000"]);
}

#[test]
fn registration_marks_follow_an_issued_pattern() {
    use Format::Vrm;
    assert_valid(Vrm, &["AA19AAA", "TE57VRN", "ER19NFD", "L2WPS", "AAA123A", "AZ1234", "1234AB"]);
    assert_implausible(Vrm, DEMO, &["AI19AAA", "AQ19AAA", "AA19AIA"]);
    assert_malformed(Vrm, &["A", "AA19AAAA", "AA-19"]);
    assert_canonical(Vrm, &[("aa19 aaa", "AA19AAA")]);
}

#[test]
fn postcodes_have_one_space_before_the_last_three() {
    use Format::Postcode;
    assert_valid(Postcode, &["SK6 8GH", "SK68GH", "W1A 1AA", "EC1A1BB"]);
    assert_malformed(Postcode, &["SK6  8GH", "S6 8G", "GIR 0AA", "é8GH", ""]);
    assert_canonical(Postcode, &[("sk68gh", "SK6 8GH"), ("ec1a1bb", "EC1A 1BB")]);
    for pseudo in ["ZZ99 3VZ", "ZZ99 3WZ", "ZZ99 3CZ", "ZZ99 1WZ", "ZZ99 8AZ"] {
        assert!(is_pseudo_postcode(pseudo));
        assert_implausible(Postcode, DEMO, &[pseudo]);
    }
    assert!(!is_pseudo_postcode("ZZ99 1AB") && !is_pseudo_postcode("SK6 8GZ"));
}

#[test]
fn places_and_organisations_have_codes() {
    assert_canonical(Format::Uprn, &[("000123", "123"), ("0", "0")]);
    assert_implausible(Format::Uprn, DEMO, &["0"]);
    assert_malformed(Format::Uprn, &["1234567890123", "12A", ""]);
    assert_valid(Format::Usrn, &["12345678"]);
    assert_valid(Format::GssCode, &["E08000025", "E06000023", "e10000016"]);
    assert_malformed(Format::GssCode, &["X08000025", "E0800002"]);
    assert_valid(Format::OdsCode, &["Y12345", "RAA"]);
    assert_malformed(Format::OdsCode, &["AB", "ABCDEFG"]);
    assert_valid(Format::SchoolUrn, &["123456"]);
    assert_valid(Format::Laestab, &["9991234"]);
    assert_valid(Format::TellUsOnce, &["123456789012"]);
}

#[test]
fn days_and_moments_are_real_ones() {
    assert_canonical(Format::Date, &[("2026-02-28", "2026-02-28"), ("19151111", "1915-11-11")]);
    assert_canonical(Format::Date, &[("29/02/2024", "2024-02-29")]);
    assert_malformed(Format::Date, &["2026-02-29", "19911350", "2026-2-3", "31/02/2026", "+026-02-02", "tomorrow", ""]);
    assert_canonical(Format::DateTime, &[("2026-11-22T17:00:00+01:00", "2026-11-22T16:00:00Z")]);
    assert_canonical(Format::DateTime, &[("2026-11-22 16:00:00+00", "2026-11-22T16:00:00Z")]);
    assert_canonical(Format::DateTime, &[("2026-11-22 16:00:00.5", "2026-11-22T16:00:00.5")]);
    assert_malformed(Format::DateTime, &["2026-11-22", "2026-11-22T25:00:00Z"]);
}

#[test]
fn numbers_are_numbers() {
    assert_canonical(Format::Integer, &[("0", "0"), ("-12", "-12")]);
    assert_malformed(Format::Integer, &["+1", "1.0", "007", "-01", "99999999999999999999", ""]);
    assert_canonical(Format::Number, &[("1.50", "1.5"), ("-0", "0"), ("3", "3")]);
    assert_malformed(Format::Number, &["inf", "NaN", "1e999", ".", "-", "01.5"]);
    assert_canonical(Format::Boolean, &[("Yes", "true"), ("0", "false")]);
    assert_malformed(Format::Boolean, &["maybe"]);
}

#[test]
fn neither_an_error_nor_a_debug_print_repeats_the_value() {
    let error = Format::NhsNumber.parse("99900000AB", DEMO).unwrap_err();
    assert_eq!(error.to_string(), "not an NHS number: expected 10 digits");
    assert!(!format!("{:?}", read(Format::NhsNumber, "9990000018")).contains("9990000018"));
}

proptest! {
    #[test]
    fn any_text_is_judged_without_a_panic_and_the_canonical_form_is_stable(
        text in prop_oneof![".{0,80}", "[A-Z0-9 /-]{0,18}", "[0-9]{6,12}"], which in 0..Format::ALL.len()
    ) {
        let format = Format::ALL[which];
        if let Ok(first) = format.parse(&text, DEMO) {
            let again = format.parse(first.canonical(), DEMO);
            prop_assert_eq!(again.ok(), Some(first));
        }
    }

    #[test]
    fn one_wrong_digit_in_an_nhs_number_is_always_noticed(place in 0_usize..10, shift in 1_u8..10) {
        let mut digits = *b"9990000018";
        digits[place] = b'0' + (digits[place] - b'0' + shift) % 10;
        let text = String::from_utf8(digits.to_vec()).unwrap();
        prop_assert!(!read(Format::NhsNumber, &text).checked());
    }
}
