//! Our ledger as tiles (C2SP tlog-tiles), for other members: to witness, to check, to keep a copy.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use packhorse_ledger::LogPath;

use crate::context::Context;
use crate::door::Peer;
use crate::outside::agreements::member;

/// `GET /ledger/checkpoint`, `/ledger/tile/…`.
pub(crate) async fn serve(
    State(context): State<Arc<Context>>,
    Extension(peer): Extension<Peer>,
    Path(path): Path<String>,
) -> Response {
    if member(&context, &peer).is_none() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(path) = path.parse::<LogPath>() else { return StatusCode::NOT_FOUND.into_response() };
    let cache = match path {
        LogPath::Checkpoint => "no-cache",
        LogPath::Tile(_) | LogPath::Entries(_) => "max-age=31536000, immutable",
    };
    match context.evidence.publisher().resource(&path).await {
        Ok(Some(bytes)) => ([(CONTENT_TYPE, path.content_type()), (CACHE_CONTROL, cache)], bytes).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "a ledger resource could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
