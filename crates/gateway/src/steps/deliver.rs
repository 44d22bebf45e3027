//! Delivered: the provider's gateway has answered something.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use packhorse_model::refusal::{FaultKind, Rule};

use crate::context::{Context, now_ms};
use crate::outside::client::PeerTrouble;
use crate::steps::seal::{Sealed, SignedPart};
use crate::trail::{Stop, Trail};

/// An answer that nobody has verified yet, and the request it claims to answer.
pub(crate) struct Delivered {
    pub(crate) asked: SignedPart,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    made: (),
}

impl Delivered {
    /// Takes the stage apart; only `verify` does.
    pub(crate) fn into_parts(self) -> (SignedPart, StatusCode, HeaderMap, Bytes) {
        let () = self.made;
        (self.asked, self.status, self.headers, self.body)
    }
}

/// Sends the sealed request and waits for the answer, within the limits of time and size.
///
/// Another gateway of the provider is tried only while nothing has been sent: the signature names the
/// first address, and a request that may have arrived must not arrive twice.
pub(crate) async fn to_provider(context: &Context, sealed: Sealed, trail: &mut Trail) -> Result<Delivered, Stop> {
    let (asked, addresses, body) = sealed.into_parts();
    let provider = trail.exchange.service.system.organisation.clone();
    let address = addresses.first().cloned().unwrap_or_default();
    let mut request = Request::builder()
        .method(asked.method.clone())
        .uri(&asked.target_uri)
        .body(Full::new(body))
        .map_err(|_| trail.refuse(Rule::Malformed, "the request cannot be addressed", "check the path"))?;
    *request.headers_mut() = asked.headers.clone();

    trail.moments.request_out = now_ms();
    let conversation = async {
        let response = context.peers.send(&provider, &address, request).await?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, context.limits.body).collect().await;
        Ok((head, body.map(http_body_util::Collected::to_bytes)))
    };
    let answered = tokio::time::timeout(context.limits.answer, conversation).await;
    trail.moments.response_in = now_ms();
    match answered {
        Err(_) => {
            Err(trail.fail(FaultKind::TimedOut, "the provider's gateway did not answer in time: try again later"))
        }
        Ok(Err(PeerTrouble::Unreachable)) => {
            Err(trail.fail(FaultKind::Unreachable, "the provider's gateway cannot be reached: try again later"))
        }
        Ok(Err(PeerTrouble::Broken)) | Ok(Ok((_, Err(_)))) => Err(trail.fail(
            FaultKind::Unreachable,
            "the provider's answer broke off or is larger than the limit: ask for less, or have it sent as a parcel",
        )),
        Ok(Ok((head, Ok(body)))) => Ok(Delivered { asked, status: head.status, headers: head.headers, body, made: () }),
    }
}
