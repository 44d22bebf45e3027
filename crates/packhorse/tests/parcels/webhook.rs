//! Webhooks: told signed, until taken, and never led astray.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhorse_keys::hmac_sha256;

use crate::desk::Desk;
use crate::network::until;

/// A receiver that answers as told, one answer a call, the last one for ever.
struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let got: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&got);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut bytes = Vec::new();
                let mut buffer = [0; 4096];
                // The head names the body's length.
                while !is_whole(&bytes) {
                    match stream.read(&mut buffer) {
                        Ok(0) | Err(_) => break,
                        Ok(read) => bytes.extend_from_slice(&buffer[..read]),
                    }
                }
                let mut kept = kept.lock().unwrap();
                let answer = answers.get(kept.len()).or(answers.last()).unwrap();
                kept.push(String::from_utf8(bytes).unwrap());
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, got }
    }

    fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    body.len() >= length
}

fn answer(status: &str, more: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n{more}connection: close\r\n\r\n")
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
}

fn set(desk: &Desk, url: &str) -> Vec<u8> {
    let shown = desk.sender().must(&["system", "webhook", "main", "--url", url]);
    STANDARD.decode(shown.trim().strip_prefix("whsec_").unwrap()).unwrap()
}

#[test]
fn every_change_is_told_signed_and_told_again_until_it_is_taken() {
    let desk = Desk::open();
    let receiver = Receiver::start(vec![answer("500 Out Of Order", ""), answer("204 No Content", "")]);
    let secret = set(&desk, &format!("http://{}/hook", receiver.address));
    let parcel = desk.dispatch(&[("report.pdf", b"invented")]);
    until("three calls, the first of them refused", || receiver.got().len() >= 3);
    let got = receiver.got();
    for request in &got {
        assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let signed = format!("{}.{}.{body}", header(request, "webhook-id"), header(request, "webhook-timestamp"));
        let expected = format!("v1,{}", STANDARD.encode(hmac_sha256(&secret, signed.as_bytes())));
        assert_eq!(header(request, "webhook-signature"), expected);
        assert!(body.contains(&parcel) && !body.contains("Case 4711") && !body.contains("report.pdf"), "{body}");
    }
    let told = |event: &str| got.iter().filter(|request| request.contains(&format!("\"parcel.{event}\""))).count();
    assert_eq!(told("accepted") + told("delivered"), got.len());
    assert!(told("accepted") >= 1 && told("delivered") >= 1);
    let mut ids: Vec<&str> = got.iter().map(|request| header(request, "webhook-id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2, "what is told again has the id it had");
}

#[test]
fn a_redirect_into_the_inside_network_is_not_followed_and_parcels_go_on() {
    let desk = Desk::open();
    let inner = Receiver::start(vec![answer("200 OK", "")]);
    let location = format!("location: http://{}/api/status\r\n", inner.address);
    let outer = Receiver::start(vec![answer("302 Found", &location)]);
    set(&desk, &format!("http://{}", outer.address));
    let parcel = desk.dispatch(&[("report.pdf", b"invented")]);
    desk.until_sender_sees(&parcel, "delivered");
    until("the redirect was answered", || !outer.got().is_empty());
    assert!(inner.got().is_empty());
}
