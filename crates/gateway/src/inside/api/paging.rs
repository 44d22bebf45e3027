//! Lists by pages: `after` is the id of the last one of the page before, `limit` at most 200.
//!
//! What is in the store is paged, chosen and searched there ([`found`]); what the pipeline holds in memory, here. A
//! register of people, which is read as a whole by those who keep it, has pages of up to 1000.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use axum::Json;
use packhorse_governance::filing::Found;
use packhorse_store::words;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::inside::api::ApiError;

const USUAL: usize = 50;
const MOST: usize = 200;
/// The same for a register of people.
const PEOPLE_USUAL: usize = 100;
const PEOPLE_MOST: usize = 1000;

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    pub(super) after: Option<String>,
    pub(super) limit: Option<usize>,
}

impl Page {
    /// How many there may be on it.
    pub(super) fn most(&self) -> usize {
        self.limit.unwrap_or(USUAL).clamp(1, MOST)
    }

    /// The same for the store.
    pub(super) fn rows(&self) -> u32 {
        u32::try_from(self.most()).unwrap_or(u32::MAX)
    }
}

/// One page of a list in the store, each item with its id.
pub(super) fn found<T>(
    found: Option<Found<T>>,
    id: impl Fn(&T) -> String,
    show: impl Fn(&T) -> Value,
) -> Result<Json<Value>, ApiError> {
    let Found { items, more, total } = found.ok_or_else(unknown)?;
    let next = items.last().filter(|_| more).map(id);
    Ok(Json(json!({"items": items.iter().map(show).collect::<Vec<_>>(), "next": next, "total": total})))
}

/// The words that are sought, by the rule of the store's own searches.
pub(in crate::inside) fn sought(text: Option<&str>) -> Vec<String> {
    words(text.unwrap_or_default()).collect()
}

/// Whether each word that is sought begins one of these texts' words: the rule of the store's own searches.
pub(in crate::inside) fn says(texts: &[&str], sought: &[String]) -> bool {
    if sought.is_empty() {
        return true;
    }
    let said: Vec<String> = texts.iter().flat_map(|text| words(text)).collect();
    sought.iter().all(|sought| said.iter().any(|word| word.starts_with(sought.as_str())))
}

fn unknown() -> ApiError {
    ApiError::bad("no item of the list has this id", "begin again without after")
}

/// One page of a list that is in memory, each item with its id.
pub(super) fn page<T>(
    items: Vec<T>,
    page: &Page,
    id: impl Fn(&T) -> String,
    show: impl Fn(&T) -> Value,
) -> Result<Json<Value>, ApiError> {
    let Paged { items, next, total } = paged(items, page, id)?;
    Ok(Json(json!({"items": items.iter().map(show).collect::<Vec<_>>(), "next": next, "total": total})))
}

/// Which people of a register.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    after: Option<String>,
    limit: Option<usize>,
    /// Only those of whom something has lapsed or soon does.
    lapsing: Option<bool>,
    /// Words of which each begins one of a person's id.
    q: Option<String>,
}

/// One page of a register, by the person's id, and how many people stand in it.
pub(super) fn of_register<T>(
    register: &BTreeMap<String, T>,
    wanted: Wanted,
    is_lapsing: impl Fn(&T) -> bool,
    show: impl Fn(&str, &T) -> Value,
) -> Value {
    let limit = wanted.limit.unwrap_or(PEOPLE_USUAL).clamp(1, PEOPLE_MOST);
    let (sought, lapsing) = (sought(wanted.q.as_deref()), wanted.lapsing.unwrap_or(false));
    let mut people: Vec<(&String, &T)> = register
        .range::<String, _>((Excluded(wanted.after.unwrap_or_default()), Unbounded))
        .filter(|(person, _)| says(&[person.as_str()], &sought))
        .filter(|(_, entry)| !lapsing || is_lapsing(entry))
        .take(limit + 1)
        .collect();
    let more = people.len() > limit;
    people.truncate(limit);
    let next = people.last().filter(|_| more).map(|(person, _)| person);
    let items: Vec<Value> = people.iter().map(|(person, entry)| show(person, entry)).collect();
    json!({"items": items, "next": next, "people": register.len()})
}

/// A page that is still to be shown.
pub(super) struct Paged<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
    pub(super) total: usize,
}

/// Cuts a page out of a list.
pub(super) fn paged<T>(mut items: Vec<T>, page: &Page, id: impl Fn(&T) -> String) -> Result<Paged<T>, ApiError> {
    let (limit, total) = (page.most(), items.len());
    let start = match &page.after {
        None => 0,
        Some(after) => {
            let found = items.iter().position(|item| id(item) == *after);
            1 + found.ok_or_else(unknown)?
        }
    };
    items.truncate(start + limit);
    items.drain(..start);
    let next = items.last().filter(|_| start + limit < total).map(id);
    Ok(Paged { items, next, total })
}
