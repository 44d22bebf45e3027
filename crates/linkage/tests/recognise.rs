//! Columns are recognised by heading and content, and the draft is a specification that links at once.
#![allow(clippy::unwrap_used, reason = "a panic is the failure report")]

use std::path::PathBuf;

use packhorse_linkage::recognise::{Meaning, columns, draft, look};
use packhorse_linkage::table::{Side, read};
use packhorse_linkage::{LinkageError, Options, Spec, Table, Unwatched, link};

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Sixty people; the headings are the caller's, the number of the health service has its check digit.
fn people(headings: &str, also: &str) -> String {
    const SURNAMES: [&str; 6] = ["Gillivray", "Ashcombe", "Okafor", "Kaminski", "Begum", "Thornley"];
    const NAMES: [&str; 5] = ["Morag", "Peter", "Ngozi", "Adam", "Shazia"];
    let mut text = format!("{headings}\n");
    for number in 0..60usize {
        let day = format!("{:02}/{:02}/{}", number % 28 + 1, number % 12 + 1, 1940 + number);
        let body = format!("999{:06}", number * 137 + 11);
        let sum: usize =
            body.bytes().zip((2..=10).rev()).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
        let number_of_health = match (11 - sum % 11) % 11 {
            10 => String::new(),
            check => format!("{body}{check}"),
        };
        text += &format!(
            "{number},{},{},{day},{},ZZ{} {}AB,{number_of_health},{also}\n",
            NAMES[number % 5],
            SURNAMES[number % 6],
            ["M", "F"][number % 2],
            number % 9 + 1,
            number % 10
        );
    }
    text
}

fn tables(folder: &tempfile::TempDir) -> [(PathBuf, Table); 2] {
    let left = file(folder, "tax.csv", &people("ref_id,Forename,Surname,D_O_B DOB,Gender,PostCode,client,notes", "x"));
    let right =
        file(folder, "care.csv", &people("id,first_name,family_name,birth_date,sex,postcode,nhs_no,remark", "y"));
    [left, right].map(|path| {
        let table = look(&path).unwrap();
        (path, table)
    })
}

#[test]
fn headings_and_content_say_what_a_column_holds() {
    let folder = tempfile::tempdir().unwrap();
    let [(_, left), _] = tables(&folder);
    let found = columns(&left);
    let meaning = |heading: &str| found.iter().find(|it| it.heading == heading).unwrap().meaning;
    assert_eq!(meaning("Forename"), Some(Meaning::GivenName));
    assert_eq!(meaning("D_O_B DOB"), Some(Meaning::DateOfBirth));
    assert_eq!(meaning("PostCode"), Some(Meaning::Postcode));
    assert_eq!(meaning("client"), Some(Meaning::NhsNumber), "by its check digits alone");
    assert_eq!(meaning("notes"), None);
}

#[test]
fn a_heading_that_its_values_belie_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "a.csv", "id,dob,surname\n1,yes,Ashcombe\n2,no,Okafor\n");
    let found = columns(&look(&path).unwrap());
    assert_eq!(found[1].meaning, None);
    assert!(found[1].why.contains("its values do not"), "{}", found[1].why);
}

#[test]
fn a_draft_links_two_tables_with_other_headings_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let [(left_path, left), (right_path, right)] = tables(&folder);
    let text = draft(&left, Some(&right)).unwrap().unwrap();
    for promised in
        ["from_right = [\"family_name\"]", "format = \"nhs-number\"", "# not used: notes of tax.csv", " pairs\n"]
    {
        assert!(text.contains(promised), "{promised}\n{text}");
    }
    assert!(!text.contains("Okafor"), "no value of a cell stands in a draft");
    let spec = Spec::parse(&text).unwrap();
    let tables = vec![read(&left_path, &spec, Side::Left).unwrap(), read(&right_path, &spec, Side::Right).unwrap()];
    let outcome = link(&spec, tables, &Options::default(), &Unwatched).unwrap();
    let right = outcome.pairs().filter(|pair| pair.left_id == pair.right_id && pair.probability > 0.9).count();
    assert!(right >= 58, "{right} of 60");
}

#[test]
fn a_table_against_itself_has_a_draft_too_and_one_without_names_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let [(_, left), _] = tables(&folder);
    assert!(Spec::parse(&draft(&left, None).unwrap().unwrap()).is_ok());
    let path = file(&folder, "numbers.csv", "a,b\n1,2\n3,4\n");
    assert_eq!(draft(&look(&path).unwrap(), None), Ok(None));
}

#[test]
fn a_file_that_is_no_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("empty.csv", ""), ("headings.csv", "a,b\n"), ("twice.csv", "a,a\n1,2\n")] {
        let refused = look(&file(&folder, name, text)).unwrap_err();
        assert!(matches!(refused, LinkageError::Table { .. }), "{name}: {refused}");
    }
}
