//! Requests made to confuse, to fill or to hold.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::call::Call;
use crate::network::Network;
use crate::network::http::{Answer, ask, raw};

pub(crate) fn no_path_leads_around_an_agreement(network: &Network) {
    let narrow = |path: &str| Call::new(network, "GET", &format!("narrow{path}"));
    for path in ["/a/b", "/a/", "/a/b%20c", "/a/..b/c..", "/a/b;c=d", "/a/%C3%A4", "/a/100%25"] {
        narrow(path).answered(network, 200);
        assert_eq!(network.echo.last().target, path, "it goes on as it came");
    }
    let reached = network.echo.asked();
    for path in ["", "/", "/a", "/b", "/A/b", "//a/b", "/b/a/c", "/%61"] {
        narrow(path).refused(network, "operation", "Server.ServerProxy.AccessDenied");
    }
    for path in [
        "/a/b/../../c",
        "/a/b/%2e%2e/%2e%2e/c",
        "/a/%2E%2e/c",
        "/a/.%2e/c",
        "/a/b/../../%2e%2e/c/d",
        "/a/b/./c",
        "/a/b/%2e/c",
        "/a/b/d/../c",
        "/a/..",
        "/a/..%2fc",
        "/a/%2e%2e%2fc",
        "/a/b%2f..%2f..%2fc",
        "/a/..%5cc",
        "/a/..\\c",
        "/a/%252e%252e/c",
        "/a/%25%32%65%25%32%65/c",
        "/a/b%00",
        "/a/b%0d%0aX-Road-Client:%20x",
        "/a/%c0%ae%c0%ae/c",
        "/a/%ff",
        "/a/%zz",
        "/a/%4",
    ] {
        narrow(path).refused(network, "ambiguous-path", "Server.ServerProxy.AccessDenied");
    }
    assert_eq!(network.echo.asked(), reached, "a refused path reached the provider");
}

pub(crate) fn what_is_no_request_is_refused_and_the_gateway_goes_on(network: &Network) {
    let inside = network.borough.inside;
    let host = "host: gateway\r\nconnection: close\r\n";
    let head = |line: &str, headers: &str| format!("{line} HTTP/1.1\r\n{host}{headers}\r\n").into_bytes();
    let ready = "GET /healthz";
    assert_eq!(status(&raw(inside, &head(ready, "x: y\r\n"))), Some(200));
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    let mut not_text = head(ready, "");
    not_text.splice(5..5, *b"\xff\xfe");
    for (what, bytes) in [
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec()),
        ("a line of blanks", b"   \r\n\r\n".to_vec()),
        ("a space before the colon", head(ready, "x-road-client : PH/LOC/borough/main\r\n")),
        ("NUL in a header", head(ready, "x: a\0b\r\n")),
        ("two lengths", head("POST /r1/PH/GOV/agency/main/echo", "content-length: 1\r\ncontent-length: 2\r\n")),
        ("a length that is none", head("POST /r1/PH/GOV/agency/main/echo", "content-length: -1\r\n")),
        ("an endless number", head("POST /r1/PH/GOV/agency/main/echo", "content-length: 99999999999999999999\r\n")),
        ("too many headers", head(ready, &many)),
        ("an endless header", head(ready, &format!("x: {}\r\n", "y".repeat(1 << 20)))),
        ("an endless address", head(&format!("GET /{}", "y".repeat(1 << 20)), "")),
    ] {
        let came = raw(inside, &bytes);
        let refused = status(&came).is_none_or(|status| (400..=499).contains(&status));
        assert!(refused, "{what}: {}", String::from_utf8_lossy(&came));
    }
    // Bytes that are no UTF-8 are nowhere, or refused in words.
    assert!(status(&raw(inside, &not_text)).is_none_or(|status| status >= 400));
    let mut bytes = head("GET /r1/PH/GOV/agency/main/echo", "x-road-client: PH/LOC/borough/main?\r\n");
    let place = bytes.iter().rposition(|byte| *byte == b'?').unwrap();
    bytes[place] = 0xff;
    let answer = Answer::parse(&raw(inside, &bytes)).unwrap();
    assert_eq!(answer.rule(), "client-identifier", "{}", answer.text());
    assert_eq!(ask(inside, "GET", "/readyz", &[], b"").status, 200);
    Call::keeper(network).answered(network, 200);
}

fn status(came: &[u8]) -> Option<u16> {
    Answer::parse(came).map(|answer| answer.status)
}

pub(crate) fn a_body_too_large_is_refused_with_a_remedy(network: &Network) {
    const LIMIT: usize = 16 * 1024 * 1024;
    let (inside, key) = (network.borough.inside, &network.borough.api_key);
    let head = format!(
        "POST /r1/PH/GOV/agency/main/echo/echo HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\
         x-road-client: PH/LOC/borough/main\r\npackhorse-api-key: {key}\r\nx-road-userid: officer-1\r\n"
    );
    let fits = Call::new(network, "POST", "echo/look").body(&vec![b' '; LIMIT]);
    fits.answered(network, 200);
    assert_eq!(network.echo.last().body.len(), LIMIT);
    let reached = network.echo.asked();
    let announced = format!("{head}content-length: {}\r\n\r\n", LIMIT + 1).into_bytes();
    let mut streamed = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n", LIMIT + 1).into_bytes();
    streamed.resize(streamed.len() + LIMIT + 1, b' ');
    for request in [announced, streamed] {
        let answer = Answer::parse(&raw(inside, &request)).expect("an answer before the connection closes");
        assert_eq!((answer.status, answer.rule()), (413, "body-too-large"), "{}", answer.text());
        let said = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(said.contains("16777216 bytes") && said.contains("parcel"), "{said}");
    }
    assert_eq!(network.echo.asked(), reached);
}

/// After the restart with `read_seconds = 2`.
pub(crate) fn a_slow_body_is_cut_off(network: &Network) {
    let half = |line: &str, headers: &str| {
        let request =
            format!("{line} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n{headers}content-length: 10\r\n\r\nhalf");
        let begun = Instant::now();
        let answer = Answer::parse(&raw(network.borough.inside, request.as_bytes())).expect("words before the end");
        assert!((2..6).contains(&begun.elapsed().as_secs()), "{line}: {:?}", begun.elapsed());
        answer
    };
    let key = &network.borough.api_key;
    let caller = format!("x-road-client: PH/LOC/borough/main\r\npackhorse-api-key: {key}\r\n");
    let query = half("POST /r1/PH/GOV/agency/main/echo", &caller);
    assert_eq!(query.rule(), "malformed", "{}", query.text());
    let token = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", network.borough.token);
    let managing = half("PUT /api/systems/another", &token);
    assert_eq!(managing.status, 400, "{}", managing.text());
}

/// Connections that say as little as they can, held while the other stories go on.
pub(crate) struct SlowLoris(Vec<(&'static str, JoinHandle<Duration>)>);

impl SlowLoris {
    pub(crate) fn begin(network: &Network) -> Self {
        let inside = network.borough.inside;
        let hold = |what, first: &'static [u8]| (what, std::thread::spawn(move || held(inside, first)));
        Self(vec![
            hold("silent", b""),
            hold("a head without end", b"GET /healthz HTTP/1.1\r\nhost: gateway\r\nx-"),
            hold("half of HTTP/2's first words", b"PRI * HT"),
            hold("silent after an answer", b"GET /healthz HTTP/1.1\r\nhost: gateway\r\n\r\n"),
        ])
    }

    /// Every one was closed, and in time.
    pub(crate) fn has_been_shut_out(self) {
        for (what, connection) in self.0 {
            let held = connection.join().unwrap();
            assert!(held < Duration::from_secs(15), "{what}: held for {held:?}");
            assert!(held > Duration::from_secs(5), "{what}: closed after {held:?}, before anybody was slow");
        }
    }
}

/// How long the other side lets a connection stand that gives it one more byte every second, if any.
fn held(to: SocketAddr, first: &[u8]) -> Duration {
    let mut connection = TcpStream::connect(to).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    connection.write_all(first).unwrap();
    let (begun, drips) = (Instant::now(), first.ends_with(b"x-"));
    while begun.elapsed() < Duration::from_secs(20) {
        let mut buffer = [0; 1024];
        match connection.read(&mut buffer) {
            Ok(0) => break,
            Err(error) if !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                break;
            }
            _ => {}
        }
        if drips && connection.write_all(b"y").is_err() {
            break;
        }
    }
    begun.elapsed()
}
