//! Finds what was exchanged about one person, without keeping who that is.
//!
//! Each identifier seen in a question, an answer's key columns or a parcel's cover is kept as an HMAC under a key of
//! the organisation. Who has the database alone finds nobody in it: the key lies there sealed to the organisation,
//! and identifiers, being few, could be guessed without one. What a parcel's files say is not read: a person is found
//! in a parcel by its reference, labels, subject and file names only.

use std::collections::BTreeSet;

use packhorse_keys::{hmac_sha256, random};
use packhorse_model::id::decode_part;
use packhorse_store::{MAX_PEOPLE, PersonDigest, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::GatewayError;
use crate::kinds::parcel::{Cover, Parcels};
use crate::kinds::query::Question;

/// The key's kind and name among the store's documents.
const KIND: &str = "person-search-key";
const NAME: &str = "current";
/// Most bytes of the sealed key.
const LIMIT: usize = 4096;
/// Letters and digits of an identifier.
const LENGTH: std::ops::RangeInclusive<usize> = 4..=64;
/// Bodies larger than this are not looked through.
const BODY_LIMIT: usize = 256 * 1024;
/// How deep a body is looked through.
const DEPTH: usize = 16;

/// The key, by which a person is found.
pub struct Finder {
    key: [u8; 32],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    key: String,
}

impl Finder {
    /// Opens the organisation's key, or makes one.
    ///
    /// # Errors
    /// [`GatewayError`] when the store fails or none of the sealing keys opens it.
    pub async fn open(store: &Store, parcels: &Parcels) -> Result<Self, GatewayError> {
        let documents = store.documents();
        if documents.get(KIND, NAME).await?.is_none() {
            let key = random::<32>()?;
            let sealed = parcels.to_own(KIND, &Kept { key: hex(&key) }).map_err(unreadable)?;
            match documents.insert_new(KIND, NAME, 1, sealed.as_bytes()).await {
                // Another process of ours was first: its key is the organisation's.
                Ok(_) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let document = documents.get(KIND, NAME).await?.ok_or_else(|| unreadable("it is gone"))?;
        let sealed = String::from_utf8(document.body).map_err(unreadable)?;
        if let Some(renewed) = parcels.renewed(KIND, &sealed, LIMIT).map_err(unreadable)? {
            // To the current sealing key. Who was faster did the same.
            match documents.put(KIND, NAME, 1, renewed.as_bytes(), Some(document.revision)).await {
                Ok(_) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let kept: Kept = parcels.of_own(KIND, &sealed, LIMIT).map_err(unreadable)?;
        Ok(Self { key: unhex(&kept.key).ok_or_else(|| unreadable("it is no key"))? })
    }

    /// The digests of identifiers; what is none is left out.
    pub(crate) fn digests<'a>(&self, identifiers: impl IntoIterator<Item = &'a str>) -> Vec<PersonDigest> {
        let plain: BTreeSet<String> = identifiers.into_iter().filter_map(plain).collect();
        plain.into_iter().take(MAX_PEOPLE).map(|plain| self.digest(&plain)).collect()
    }

    fn digest(&self, plain: &str) -> PersonDigest {
        let whole = hmac_sha256(&self.key, format!("packhorse person\n{plain}").as_bytes());
        let mut digest = PersonDigest::default();
        digest.iter_mut().zip(whole.as_ref()).for_each(|(to, from)| *to = *from);
        digest
    }
}

/// An identifier without what people write it with: letters in capitals and digits. None without a digit and an `@`:
/// words find too many.
pub(crate) fn plain(identifier: &str) -> Option<String> {
    if identifier.len() > 256 || !identifier.chars().any(|c| c.is_ascii_digit() || c == '@') {
        return None;
    }
    let plain: String =
        identifier.chars().filter(|c| c.is_alphanumeric() || *c == '@').flat_map(char::to_uppercase).collect();
    LENGTH.contains(&plain.chars().count()).then_some(plain)
}

/// What a question may name somebody by: parts of its path, values of its query and of its JSON body.
pub(crate) fn of_question(question: &Question) -> Vec<String> {
    let mut found: Vec<String> =
        question.path.raw().split('/').filter(|part| !part.is_empty()).filter_map(decoded).collect();
    let query = question.query.as_deref().unwrap_or_default();
    found.extend(query.split('&').filter_map(|pair| decoded(pair.split_once('=')?.1)));
    if question.body.len() <= BODY_LIMIT
        && let Ok(body) = serde_json::from_slice::<Value>(&question.body)
    {
        scalars(&body, DEPTH, &mut found);
    }
    found.truncate(MAX_PEOPLE);
    found
}

fn decoded(part: &str) -> Option<String> {
    decode_part(&part.replace('+', "%20")).ok()
}

fn scalars(value: &Value, depth: usize, found: &mut Vec<String>) {
    if depth == 0 || found.len() >= MAX_PEOPLE {
        return;
    }
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| scalars(item, depth - 1, found)),
        Value::Object(members) => members.values().for_each(|member| scalars(member, depth - 1, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// What the rows of an answer name people by: the columns by which the table is asked.
pub(crate) fn of_rows(rows: &Value, keys: &BTreeSet<&str>, found: &mut Vec<String>) {
    let rows = match rows {
        Value::Array(rows) => rows.as_slice(),
        one => std::slice::from_ref(one),
    };
    for row in rows {
        for key in keys {
            if found.len() >= MAX_PEOPLE {
                return;
            }
            match &row[*key] {
                Value::String(text) => found.push(text.clone()),
                Value::Number(number) => found.push(number.to_string()),
                _ => {}
            }
        }
    }
}

/// What a parcel's cover may name somebody by.
pub(crate) fn of_cover(cover: &Cover) -> Vec<String> {
    let mut found = vec![cover.reference.clone()];
    found.extend(cover.labels.values().cloned());
    for text in [&cover.subject, &cover.note] {
        found.extend(words(text));
    }
    for file in &cover.files {
        found.extend(words(file.name.as_str()));
    }
    found.truncate(MAX_PEOPLE);
    found
}

/// The words of a text, and numbers that are written in groups ("943 476 5919") as one.
fn words(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '@' && c != '.').collect();
    let mut found: Vec<String> = Vec::new();
    let mut number = String::new();
    for word in words.iter().filter(|word| !word.is_empty()).chain(std::iter::once(&"")) {
        if !word.is_empty() && word.chars().all(|c| c.is_ascii_digit()) {
            number.push_str(word);
        } else if !number.is_empty() {
            found.push(std::mem::take(&mut number));
        }
        if !word.is_empty() {
            let word = word.rsplit_once('.').filter(|_| !word.contains('@')).map_or(*word, |(stem, _)| stem);
            found.push(word.to_owned());
        }
    }
    found
}

fn unreadable(why: impl ToString) -> GatewayError {
    GatewayError::Stored { what: KIND, why: why.to_string() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_the_same_however_it_is_written() {
        for written in ["943 476 5919", "9434765919", "943-476-5919", " 943.476.5919 "] {
            assert_eq!(plain(written).as_deref(), Some("9434765919"));
        }
        assert_eq!(plain("ab12 cde"), plain("AB12CDE"));
        assert_eq!(plain("ada@example.org").as_deref(), Some("ADA@EXAMPLEORG"));
        for none in ["", "Example", "12", "a1", &"9".repeat(300)] {
            assert_eq!(plain(none), None, "{none}");
        }
    }

    #[test]
    fn a_person_is_looked_for_in_path_query_body_and_cover() {
        let question = Question {
            method: http::Method::POST,
            path: packhorse_model::CanonicalPath::parse("/by-nhs/9434765919").unwrap(),
            query: Some("vrm=AB12+CDE&empty=&b=%41%421".into()),
            headers: http::HeaderMap::new(),
            body: r#"{"people":[{"nino":"QQ123456C","n":12345}],"yes":true}"#.into(),
        };
        let found = of_question(&question);
        for identifier in ["9434765919", "AB12 CDE", "AB1", "QQ123456C", "12345"] {
            assert!(found.iter().any(|found| found == identifier), "{identifier} in {found:?}");
        }
        let cover =
            Cover { subject: "Referral 943 476 5919 (urgent)".into(), reference: "CASE-17".into(), ..Cover::default() };
        let found = of_cover(&cover);
        assert!(found.contains(&"9434765919".to_owned()) && found.contains(&"CASE-17".to_owned()), "{found:?}");
    }

    #[test]
    fn digests_depend_on_the_key_and_are_at_most_a_hundred() {
        let (one, other) = (Finder { key: [1; 32] }, Finder { key: [2; 32] });
        assert_eq!(one.digests(["943 476 5919"]), one.digests(["9434765919", "nobody"]));
        assert_ne!(one.digests(["9434765919"]), other.digests(["9434765919"]));
        let many: Vec<String> = (1000..1200).map(|number| number.to_string()).collect();
        assert_eq!(one.digests(many.iter().map(String::as_str)).len(), MAX_PEOPLE);
    }

    #[test]
    fn a_row_names_people_by_the_columns_it_is_asked_by() {
        let rows = serde_json::json!([{"vrm": "AB12CDE", "keeper": "Ada 1"}, {"vrm": 77, "keeper": "Bob 2"}]);
        let mut found = Vec::new();
        of_rows(&rows, &BTreeSet::from(["vrm"]), &mut found);
        assert_eq!(found, ["AB12CDE", "77"]);
    }
}
