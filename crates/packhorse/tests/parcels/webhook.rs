//! Webhooks: told signed, until taken, and never led astray.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhorse_keys::hmac_sha256;

use crate::desk::Desk;
use crate::network::until;
use crate::receiver::{Receiver, answer};

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
