//! What a heading says, in the words that bodies use.

use super::Meaning;

/// Words in order, with what they mean; the first that fits counts. A heading fits when it has all of them, side by
/// side.
const SAID: &[(&str, Meaning)] = &[
    ("truth", Meaning::Truth),
    ("true id", Meaning::Truth),
    ("nhs number", Meaning::NhsNumber),
    ("nhs no", Meaning::NhsNumber),
    ("nhs", Meaning::NhsNumber),
    ("national insurance", Meaning::Nino),
    ("nino", Meaning::Nino),
    ("ni number", Meaning::Nino),
    ("ni no", Meaning::Nino),
    ("uprn", Meaning::Uprn),
    ("date of birth", Meaning::DateOfBirth),
    ("birth date", Meaning::DateOfBirth),
    ("birthdate", Meaning::DateOfBirth),
    ("birthday", Meaning::DateOfBirth),
    ("dob", Meaning::DateOfBirth),
    ("born", Meaning::DateOfBirth),
    ("post code", Meaning::Postcode),
    ("postcode", Meaning::Postcode),
    ("pcd", Meaning::Postcode),
    ("pcds", Meaning::Postcode),
    ("zip", Meaning::Postcode),
    ("e mail", Meaning::Email),
    ("email", Meaning::Email),
    ("telephone", Meaning::Phone),
    ("phone", Meaning::Phone),
    ("mobile", Meaning::Phone),
    ("landline", Meaning::Phone),
    ("tel", Meaning::Phone),
    ("sex", Meaning::Sex),
    ("gender", Meaning::Sex),
    ("middle name", Meaning::MiddleName),
    ("middle names", Meaning::MiddleName),
    ("other forenames", Meaning::MiddleName),
    ("second name", Meaning::MiddleName),
    ("surname", Meaning::Surname),
    ("last name", Meaning::Surname),
    ("lastname", Meaning::Surname),
    ("family name", Meaning::Surname),
    ("first name", Meaning::GivenName),
    ("firstname", Meaning::GivenName),
    ("given name", Meaning::GivenName),
    ("given names", Meaning::GivenName),
    ("forename", Meaning::GivenName),
    ("forenames", Meaning::GivenName),
    ("christian name", Meaning::GivenName),
    ("full name", Meaning::FullName),
    ("fullname", Meaning::FullName),
    ("name", Meaning::FullName),
    ("town", Meaning::Town),
    ("city", Meaning::Town),
    ("suburb", Meaning::Town),
    ("locality", Meaning::Town),
    ("address", Meaning::Address),
    ("address line", Meaning::Address),
    ("street", Meaning::Address),
    ("addr", Meaning::Address),
    ("unique id", Meaning::Id),
    ("record id", Meaning::Id),
    ("rec id", Meaning::Id),
    ("person id", Meaning::Id),
    ("row id", Meaning::Id),
    ("id", Meaning::Id),
    ("urn", Meaning::Id),
];

/// Words that turn a heading's meaning: the postcode of a school is none of the person's.
const OTHERS: &[&str] =
    &["school", "employer", "previous", "former", "maiden", "next of kin", "mother", "father", "street number"];

/// What a heading says, if anything.
pub(super) fn meaning(heading: &str) -> Option<Meaning> {
    let words = words(heading);
    let has = |said: &str| words.contains(&format!(" {said} "));
    if OTHERS.iter().any(|other| has(other)) {
        return None;
    }
    SAID.iter().find(|(said, _)| has(said)).map(|(_, meaning)| *meaning)
}

/// `dateOfBirth`, `DATE_OF_BIRTH` and `date-of-birth` as ` date of birth `, with a blank around each word.
fn words(heading: &str) -> String {
    let mut words = String::from(" ");
    let mut before = ' ';
    for letter in heading.chars() {
        if !letter.is_alphanumeric() {
            if before != ' ' {
                words.push(' ');
            }
            before = ' ';
            continue;
        }
        let begins =
            (before.is_lowercase() && letter.is_uppercase()) || (before.is_alphabetic() && letter.is_numeric());
        if begins {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
        before = letter;
    }
    if before != ' ' {
        words.push(' ');
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_read_however_they_are_written() {
        for (heading, said) in [
            ("dateOfBirth", Meaning::DateOfBirth),
            ("DATE_OF_BIRTH", Meaning::DateOfBirth),
            ("D.O.B", Meaning::FullName),
            ("dob", Meaning::DateOfBirth),
            ("NHS_NO", Meaning::NhsNumber),
            ("given_name", Meaning::GivenName),
            ("Surname", Meaning::Surname),
            ("address_1", Meaning::Address),
            ("AddressLine1", Meaning::Address),
            ("rec_id", Meaning::Id),
            ("postcode", Meaning::Postcode),
            ("Mobile Phone", Meaning::Phone),
        ] {
            // Letters with stops between them are no word that is known.
            let expected = Some(said).filter(|_| heading != "D.O.B");
            assert_eq!(meaning(heading), expected, "{heading}");
        }
    }

    #[test]
    fn somebody_elses_details_are_not_the_persons() {
        for heading in ["school_postcode", "maiden_name", "mother surname", "previous_address", "notes", ""] {
            assert_eq!(meaning(heading), None, "{heading}");
        }
    }
}
