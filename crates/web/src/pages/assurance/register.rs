//! What the registers of training and of vetting share: how an entry stands, and a table that is taken in.

use axum::body::Body;
use http::Request;
use http::header::CONTENT_TYPE;

use super::gates::capital;
use super::said::Said;
use crate::components::Tag;
use crate::error::WebError;
use crate::visitor::Person;

/// Most bytes of the report about a table.
const REPORT_LIMIT: usize = 1024 * 1024;

/// How an entry stands; `ending` is the member that says that it ends soon.
pub(super) fn tag(entry: &Said, ending: &str) -> Tag {
    match (entry.is("counts"), entry.is(ending)) {
        (true, false) => Tag::new("In date", "green"),
        (true, true) => Tag::new("Ends soon", "yellow"),
        _ => Tag::new("Lapsed", "red"),
    }
}

/// The table goes as it was typed; what came of it.
pub(super) async fn take_in(person: &Person, path: &str, table: String) -> Result<Said, WebError> {
    let request = Request::post(path).header(CONTENT_TYPE, "text/csv").body(Body::from(table));
    let response = person.api.send(request.map_err(|_| WebError::Fault)?).await?;
    let said = axum::body::to_bytes(response.into_body(), REPORT_LIMIT).await.map_err(|_| WebError::Fault)?;
    serde_json::from_slice(&said).map_err(|_| WebError::Fault)
}

/// What came of a table, line by line.
pub(super) fn report(imported: &Said) -> Vec<String> {
    let count = |name: &str| imported.text(name);
    let mut lines =
        vec![format!("{} entered, {} known already, {} refused", count("entered"), count("known"), count("refused"))];
    let refusals = imported.list("refusals");
    lines.extend(refusals.iter().map(|one| format!("Line {}: {}", one.text("line"), capital(&one.text("why")))));
    lines
}
