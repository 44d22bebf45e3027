//! A consumer's gateway written from docs/protocol/query.md alone: it knows the page, not the product's code.

mod digest;
mod tunnel;

use std::convert::Infallible;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Body, Frame};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use packhorse_keys::message::{
    Component, MessageView, RequestView, ResponseView, SignatureParameters, parse_signature, sign_request,
};
use packhorse_keys::tls::{PinnedKeys, mutual_client_config, pinned_client_config};
use packhorse_keys::{Fingerprint, PublicKey, Signer, SoftwareKey, TlsIdentity, check_content_digest, content_digest};
use packhorse_model::id::ExchangeId;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::network::{Gateway, Network};
use digest::headers_digest;
use tunnel::Tunnel;

/// The table that is asked, and the agreement that allows it.
pub(crate) const VEHICLES: &str = "PH/GOV/agency/main/vehicles";
pub(crate) const AGREEMENT: &str = "keepers";

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// The request's components in the page's order; those that are fields are covered when present.
const REQUIRED: [&str; 12] = [
    "@method",
    "@target-uri",
    "content-digest",
    "packhorse-headers-digest",
    "content-type",
    "x-road-client",
    "x-road-request-id",
    "x-road-issue",
    "packhorse-agreement",
    "packhorse-purpose",
    "packhorse-role",
    "packhorse-trained-on",
];
/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// The borough's gateway as an attacker at the agency's outside port would hold it.
pub(crate) struct Peer<'n> {
    pub(crate) network: &'n Network,
    pub(crate) outside: SocketAddr,
    provider: &'n Gateway,
    pub(crate) tls: TlsIdentity,
    /// `{id};{digest}` of the agreement on vehicles.
    pub(crate) agreement: String,
    pub(crate) signer: SoftwareKey,
    provider_tls: Fingerprint,
    provider_key: PublicKey,
    runtime: Runtime,
}

#[derive(Debug)]
struct Only(Fingerprint);

impl PinnedKeys for Only {
    fn is_pinned(&self, key: &Fingerprint) -> bool {
        self.0 == *key
    }
}

impl<'n> Peer<'n> {
    pub(crate) fn borough_to_agency(network: &'n Network) -> Self {
        Self::between(network, &network.borough, &network.agency, AGREEMENT)
    }

    /// One member's gateway at the other's outside port, under an agreement.
    pub(crate) fn between(network: &'n Network, from: &Gateway, to: &'n Gateway, agreement: &str) -> Self {
        let tls = |gateway: &Gateway| TlsIdentity::load(&gateway.dir.join("keys/tls-1.key")).unwrap();
        let sign = |gateway: &Gateway| SoftwareKey::load(&gateway.dir.join("keys/sign-1.key")).unwrap();
        let shown = from.api("GET", &format!("/agreements/{agreement}"), b"").json();
        Self {
            network,
            outside: to.outside,
            provider: to,
            tls: tls(from),
            agreement: format!("{agreement};{}", shown["digest"].as_str().unwrap()),
            signer: sign(from),
            provider_tls: tls(to).fingerprint(),
            provider_key: sign(to).public_key().clone(),
            runtime: Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
        }
    }

    /// Signs and sends.
    pub(crate) fn ask(&self, asking: &Asking) -> Received {
        self.send(&asking.sign(self))
    }

    /// Sends over the borough's own connection.
    pub(crate) fn send(&self, signed: &Signed) -> Received {
        self.send_as(Some(&self.tls), signed).expect("the connection holds")
    }

    /// Sends over a connection with this key, or with none; `None` when there was no connection to be had.
    pub(crate) fn send_as(&self, tls: Option<&TlsIdentity>, signed: &Signed) -> Option<Received> {
        let mut request = Request::builder().method(signed.method.clone()).uri(&signed.target);
        *request.headers_mut().unwrap() = signed.headers.clone();
        let request = request.body(Full::new(signed.body.clone())).unwrap();
        let (status, headers, body) = self.runtime.block_on(self.exchange(tls, request))?;
        Some(Received { status, headers, body, asked: signed.clone(), exchange: signed.exchange.clone() })
    }

    /// What is no query: nothing signed.
    pub(crate) fn plain(&self, method: Method, path: &str, body: &str) -> Option<Received> {
        self.bytes(Some(&self.tls), method, path, Bytes::from(body.to_owned()))
    }

    /// Any bytes, over a connection with this key, or with none.
    pub(crate) fn bytes(&self, tls: Option<&TlsIdentity>, method: Method, path: &str, body: Bytes) -> Option<Received> {
        let target = format!("https://{}{path}", self.outside);
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        self.send_as(tls, &Signed { method, target, headers, body, exchange: String::new() })
    }

    /// A POST whose body begins and never goes on; the status that it gets.
    pub(crate) fn half_a_body(&self, path: &str) -> StatusCode {
        let first = futures_util::stream::iter([Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"{")))]);
        let body = StreamBody::new(first.chain(futures_util::stream::pending()));
        let target = format!("https://{}{path}", self.outside);
        let request = Request::post(target).header("x-road-client", "PH/LOC/borough/main");
        let request = request.header("x-road-request-id", ExchangeId::random().to_string()).body(body).unwrap();
        self.runtime.block_on(self.exchange(Some(&self.tls), request)).expect("an answer").0
    }

    async fn exchange<B>(
        &self,
        tls: Option<&TlsIdentity>,
        request: Request<B>,
    ) -> Option<(StatusCode, HeaderMap, String)>
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + Unpin + 'static,
    {
        let conversation = async {
            let stream = self.connect(tls, &[b"h2"]).await?;
            let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.ok()?;
            let connection = tokio::spawn(connection);
            let (head, body) = sender.send_request(request).await.ok()?.into_parts();
            let body = body.collect().await.ok()?.to_bytes();
            connection.abort();
            Some((head.status, head.headers, String::from_utf8_lossy(&body).into_owned()))
        };
        tokio::time::timeout(PATIENCE, conversation).await.expect("an answer or an end within half a minute")
    }

    async fn connect(&self, tls: Option<&TlsIdentity>, alpn: &[&[u8]]) -> Option<TlsStream<TcpStream>> {
        let pins = Arc::new(Only(self.provider_tls));
        let config = match tls {
            Some(tls) => mutual_client_config(tls, pins, alpn),
            None => pinned_client_config(pins, alpn),
        };
        let stream = TcpStream::connect(self.outside).await.unwrap();
        let name = ServerName::try_from("gateway.invalid").unwrap();
        TlsConnector::from(config.unwrap()).connect(name, stream).await.ok()
    }

    /// A bare TLS connection of the borough's; `None` when the handshake fails.
    pub(crate) fn tunnel(&self, alpn: &[&[u8]]) -> Option<Tunnel> {
        let stream = self.runtime.block_on(self.connect(Some(&self.tls), alpn))?;
        Some(Tunnel { stream, runtime: self.runtime.handle().clone() })
    }

    /// How the provider recorded an exchange: nothing when it did not.
    pub(crate) fn recorded(&self, exchange: &str) -> Vec<String> {
        let records = self.provider.records(exchange);
        records.iter().map(|record| record["outcome"].as_str().unwrap().to_owned()).collect()
    }
}

/// A request before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) created: i64,
    pub(crate) tag: &'static str,
    /// A component that is not signed.
    pub(crate) left_out: Option<&'static str>,
    /// Further lines of the two digests, signed with them.
    pub(crate) extra: Vec<(HeaderName, HeaderValue)>,
}

impl Asking {
    /// One vehicle, as the agreement gives it.
    pub(crate) fn vehicle(peer: &Peer) -> Self {
        let trained_on = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
        let mut asking = Self {
            method: Method::GET,
            path: format!("/r1/{VEHICLES}/by-vrm/AA19AAA"),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            created: now(),
            tag: "packhorse-request",
            left_out: None,
            extra: Vec::new(),
        };
        for (name, value) in [
            ("accept", "application/json"),
            ("x-road-client", "PH/LOC/borough/main"),
            ("x-road-userid", "officer-1"),
            ("packhorse-agreement", peer.agreement.as_str()),
            ("packhorse-purpose", "parking-penalty"),
            ("packhorse-role", "parking-officer"),
            ("packhorse-trained-on", trained_on.as_str()),
        ] {
            asking.set(name, value);
        }
        asking.again()
    }

    /// An offer of a parcel, in the page's form (docs/protocol/parcel.md).
    pub(crate) fn parcel(peer: &Peer, client: &str, service: &str, parcel: &str, offer: String) -> Self {
        let mut asking = Self {
            method: Method::POST,
            path: format!("/parcels/{service}/{parcel}"),
            headers: HeaderMap::new(),
            body: offer.into(),
            created: now(),
            tag: "packhorse-request",
            left_out: None,
            extra: Vec::new(),
        };
        for (name, value) in [
            ("content-type", "application/json"),
            ("x-road-client", client),
            ("packhorse-agreement", peer.agreement.as_str()),
            ("packhorse-purpose", "parking-penalty"),
            ("packhorse-role", "parking-officer"),
        ] {
            asking.set(name, value);
        }
        asking.again()
    }

    /// The same question as a new exchange, now.
    pub(crate) fn again(&self) -> Self {
        let mut again = self.clone();
        again.set("x-road-request-id", &ExchangeId::random().to_string());
        again.created = now();
        again
    }

    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(HeaderName::from_static(name), value.parse().unwrap());
    }

    pub(crate) fn sign(&self, peer: &Peer) -> Signed {
        self.sign_with(peer, &peer.signer)
    }

    pub(crate) fn sign_with(&self, peer: &Peer, signer: &SoftwareKey) -> Signed {
        let mut headers = self.headers.clone();
        headers.insert("content-digest", content_digest(&self.body).parse().unwrap());
        headers.insert("packhorse-headers-digest", headers_digest(&headers));
        for (name, value) in &self.extra {
            headers.append(name, value.clone());
        }
        let method = self.method.clone();
        let target = format!("https://{}{}", peer.outside, self.path);
        let key = signer.public_key();
        let parameters = SignatureParameters {
            label: "packhorse".to_owned(),
            created: self.created,
            expires: None,
            nonce: None,
            keyid: key.fingerprint().to_string(),
            algorithm: key.algorithm(),
            tag: Some(self.tag.to_owned()),
        };
        let components: Vec<Component> = REQUIRED
            .iter()
            .filter(|name| name.starts_with('@') || headers.contains_key(**name))
            .map(component)
            .filter(|component| self.left_out != Some(component.to_string().as_str()))
            .collect();
        let view = RequestView { method: &method, target_uri: &target, headers: &headers };
        let signed = sign_request(signer, &parameters, &components, &view).unwrap();
        headers.insert("signature-input", signed.signature_input);
        headers.insert("signature", signed.signature);
        let exchange = headers["x-road-request-id"].to_str().unwrap().to_owned();
        Signed { method, target, headers, body: self.body.clone(), exchange }
    }
}

fn component(name: &&str) -> Component {
    match *name {
        "@method" => Component::METHOD,
        "@target-uri" => Component::TARGET_URI,
        name => Component::field(name.parse().unwrap()),
    }
}

/// A request as it goes out.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) exchange: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) exchange: String,
    asked: Signed,
}

impl Received {
    /// The rule of a refusal; empty otherwise.
    pub(crate) fn rule(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["rule"].as_str().unwrap_or_default().to_owned()
    }

    /// The consumer's checks of an answer: signature over the page's components, and both digests.
    pub(crate) fn verify(&self, peer: &Peer) -> Result<(), String> {
        let signature = parse_signature(&self.headers, "packhorse").map_err(|error| error.to_string())?;
        if signature.tag.as_deref() != Some("packhorse-response") {
            return Err("the tag is another".to_owned());
        }
        let digest: HeaderName = "content-digest".parse().unwrap();
        let field = |name: &str| Component::field(name.parse().unwrap());
        let mut required = vec![
            Component::STATUS,
            field("content-digest"),
            field("packhorse-headers-digest"),
            field("packhorse-outcome"),
            Component::METHOD.of_request(),
            Component::TARGET_URI.of_request(),
            field("content-digest").of_request(),
            field("x-road-request-id").of_request(),
            Component::member("signature".parse().unwrap(), "packhorse").of_request(),
            Component::member("signature-input".parse().unwrap(), "packhorse").of_request(),
        ];
        required.extend(
            ["content-type", "packhorse-cut"]
                .iter()
                .filter(|name| self.headers.contains_key(**name))
                .map(|name| field(name)),
        );
        let asked =
            RequestView { method: &self.asked.method, target_uri: &self.asked.target, headers: &self.asked.headers };
        let response = ResponseView { status: self.status, headers: &self.headers };
        signature
            .check(&peer.provider_key, &required, &MessageView::Response { response, request: asked })
            .map_err(|error| error.to_string())?;
        check_content_digest(&self.headers[digest], self.body.as_bytes()).map_err(|error| error.to_string())?;
        match self.headers["packhorse-headers-digest"] == headers_digest(&self.headers) {
            true => Ok(()),
            false => Err("the headers are not those that were signed".to_owned()),
        }
    }
}
