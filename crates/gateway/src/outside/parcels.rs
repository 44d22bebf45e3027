//! Pieces of parcels and statements about them, from other gateways. The offer itself takes the pipeline's way; what
//! comes here is bound by it, or proves itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::future::try_join_all;
use http_body_util::{BodyExt as _, Limited};
use packhorse_model::organisation::Organisation;
use packhorse_model::parcel::{OfferAnswer, PARCEL_STATEMENT_LIMIT, SignedStatement};
use packhorse_model::{ExchangeId, Side};

use crate::context::Context;
use crate::door::Peer;
use crate::kinds::parcel::{ParcelError, hear as heard, take};
use crate::outside::agreements::member;

/// Most statements in one request.
const STATEMENTS: usize = 64;
/// Most bytes of them, signatures included.
const SAID: usize = STATEMENTS * (PARCEL_STATEMENT_LIMIT + 1024);

/// The active member at the other end, on a directory fresh enough to say so.
fn sender(context: &Context, peer: &Peer) -> Result<Arc<Organisation>, Box<Response>> {
    let told = |text: String| Box::new((StatusCode::FORBIDDEN, text + "\n").into_response());
    context.fresh_directory(Side::Inbound).map_err(|refusal| told(refusal.to_string()))?;
    member(context, peer).ok_or_else(|| told("only active members of the directory send parcels".into()))
}

/// `PUT /parcels/{parcel}/chunks/{index}`: a piece of an offered parcel.
pub(crate) async fn piece(
    State(context): State<Arc<Context>>,
    Extension(peer): Extension<Peer>,
    Path((parcel, index)): Path<(String, u32)>,
    body: Body,
) -> Response {
    let member = match sender(&context, &peer) {
        Ok(member) => member,
        Err(refused) => return *refused,
    };
    let Ok(parcel) = parcel.parse::<ExchangeId>() else { return failed(&ParcelError::Missing) };
    let most = match take::wanted(&context, &member.id, parcel, index).await {
        Ok(Some(most)) => most,
        // Had before: the sender did not hear our answer.
        Ok(None) => return StatusCode::NO_CONTENT.into_response(),
        Err(error) => return failed(&error),
    };
    let Ok(bytes) = Limited::new(body, usize::try_from(most).unwrap_or(0)).collect().await else {
        return failed(&ParcelError::BrokeOff);
    };
    match take::piece(&context, parcel, index, bytes.to_bytes()).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => failed(&error),
    }
}

/// `POST /parcels/{parcel}/complete`: all pieces are said to be there.
pub(crate) async fn complete(
    State(context): State<Arc<Context>>,
    Extension(peer): Extension<Peer>,
    Path(parcel): Path<String>,
) -> Response {
    let member = match sender(&context, &peer) {
        Ok(member) => member,
        Err(refused) => return *refused,
    };
    let Ok(parcel) = parcel.parse::<ExchangeId>() else { return failed(&ParcelError::Missing) };
    match take::complete(&context, &member.id, parcel).await {
        Ok(missing) if missing.is_empty() => StatusCode::NO_CONTENT.into_response(),
        Ok(missing) => {
            (StatusCode::CONFLICT, axum::Json(OfferAnswer { missing, ..OfferAnswer::default() })).into_response()
        }
        Err(error) => failed(&error),
    }
}

/// `POST /parcels/statements`: what another body says happened. Those that do not count are named in the answer.
pub(crate) async fn statements(
    State(context): State<Arc<Context>>,
    Extension(peer): Extension<Peer>,
    body: Body,
) -> Response {
    let member = match sender(&context, &peer) {
        Ok(member) => member,
        Err(refused) => return *refused,
    };
    let Ok(bytes) = Limited::new(body, SAID).collect().await else { return failed(&ParcelError::TooLarge) };
    let Ok(said) = serde_json::from_slice::<Vec<SignedStatement>>(&bytes.to_bytes()) else {
        return (StatusCode::BAD_REQUEST, "the statements cannot be read\n").into_response();
    };
    // Of one parcel in the order in which they were told; of several side by side, so that they share a commit.
    let mut of_parcels: BTreeMap<ExchangeId, Vec<&SignedStatement>> = BTreeMap::new();
    for signed in said.iter().take(STATEMENTS) {
        of_parcels.entry(signed.statement().parcel).or_default().push(signed);
    }
    let heard = of_parcels.values().map(|said| hear(&context, &member, said));
    match try_join_all(heard).await {
        Ok(flaws) => (StatusCode::OK, flaws.concat()).into_response(),
        Err(error) => failed(&error),
    }
}

/// Hears what is said of one parcel; a line for each statement that does not count.
async fn hear(context: &Context, member: &Organisation, said: &[&SignedStatement]) -> Result<String, ParcelError> {
    let mut flaws = String::new();
    for signed in said {
        if let Err(flaw) = heard::hear(context, &member.id, signed).await? {
            flaws.push_str(&format!("{}: {flaw}\n", signed.statement().id));
        }
    }
    Ok(flaws)
}

fn failed(error: &ParcelError) -> Response {
    let status = match error {
        ParcelError::Missing => StatusCode::NOT_FOUND,
        ParcelError::Gone => StatusCode::GONE,
        ParcelError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ParcelError::BrokeOff => StatusCode::BAD_REQUEST,
        ParcelError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => {
            tracing::error!(%error, "a parcel could not be taken");
            return (StatusCode::SERVICE_UNAVAILABLE, "try again later\n").into_response();
        }
    };
    (status, format!("{error}\n")).into_response()
}
