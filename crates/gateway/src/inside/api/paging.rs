//! Lists by pages: `after` is the id of the last one of the page before, `limit` at most 200.

use axum::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::inside::api::ApiError;

const USUAL: usize = 50;
const MOST: usize = 200;

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    pub(super) after: Option<String>,
    pub(super) limit: Option<usize>,
}

/// One page of a list that is in memory, each item with its id.
pub(super) fn page<T>(
    items: Vec<T>,
    page: &Page,
    id: impl Fn(&T) -> String,
    show: impl Fn(&T) -> Value,
) -> Result<Json<Value>, ApiError> {
    let limit = page.limit.unwrap_or(USUAL).clamp(1, MOST);
    let start = match &page.after {
        None => 0,
        Some(after) => {
            let found = items.iter().position(|item| id(item) == *after);
            1 + found.ok_or_else(|| ApiError::bad("no item of the list has this id", "begin again without after"))?
        }
    };
    let shown = &items[start..items.len().min(start + limit)];
    let next = shown.last().filter(|_| start + limit < items.len()).map(&id);
    let total = items.len();
    Ok(Json(json!({"items": shown.iter().map(show).collect::<Vec<_>>(), "next": next, "total": total})))
}
