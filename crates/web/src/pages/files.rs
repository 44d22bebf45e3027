//! What is downloaded from the API as it is: the page's link carries no token, so the session's own is used.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery};
use axum::response::Response;
use axum::routing::get;
use http::Request;

use crate::Web;
use crate::error::WebError;
use crate::visitor::Person;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/files/{name}", get(give))
}

async fn give(person: Person, Path(name): Path<String>, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let path = match name.as_str() {
        "processing-records.csv" => "/api/processing-records/csv",
        "processing-records.json" => "/api/processing-records/json",
        "annual-report.json" => "/api/annual-report",
        "evidence-pack.tar" => "/api/evidence-pack",
        _ => return Err(WebError::Missing),
    };
    let uri = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let request = Request::get(uri).body(Body::empty()).map_err(|_| WebError::Missing)?;
    let mut response = person.api.send(request).await?;
    let named = format!("attachment; filename=\"{name}\"");
    if let Ok(named) = named.parse() {
        response.headers_mut().insert(http::header::CONTENT_DISPOSITION, named);
    }
    Ok(response)
}
