//! Stories at the outside port: another gateway's requests, written by hand from docs/protocol/query.md, and
//! everything that a hostile member or a stranger can make of them. Beside each refusal stands the same
//! request unaltered, which is answered.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a panic is the failure report"
)]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

mod network;
mod peer;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue, Method, StatusCode};
use packhorse_keys::{Algorithm, SoftwareKey, TlsIdentity, content_digest};

use network::Network;
use peer::{AGREEMENT, Asking, Peer, Received, VEHICLES, now};

#[test]
fn a_request_counts_only_whole_fresh_new_and_from_whom_it_says() {
    let network = Network::start();
    let peer = Peer::borough_to_agency(&network);
    let asking = Asking::vehicle(&peer);

    a_request_written_from_the_protocol_page_is_answered_and_signed(&peer, &asking);
    nothing_can_be_altered_on_the_way(&peer, &asking);
    every_required_component_must_be_signed(&peer, &asking);
    nobody_signs_for_another(&peer, &asking);
    nobody_connects_for_another(&peer, &asking);
    a_request_for_another_recipient_is_refused(&peer, &asking);
    the_signature_is_neither_old_nor_of_the_future(&peer, &asking);
    the_agreement_is_the_very_text_that_is_held_here(&peer, &asking);
    a_header_given_twice_is_no_header(&peer, &asking);
    a_path_has_one_reading(&peer, &asking);
    what_is_too_large_or_too_deep_is_refused(&peer, &asking);
    only_http_2_is_spoken(&peer, &asking);
    whoever_says_nothing_is_hung_up_on(&peer);
    a_request_is_answered_once_even_after_a_restart(&peer, &asking);
    a_body_that_does_not_come_is_not_waited_for(&peer, &asking);
}

/// Refused under this rule by the provider, signed and recorded.
fn refused(peer: &Peer, received: &Received, rule: &str) {
    assert_eq!((received.status, received.rule().as_str()), (StatusCode::FORBIDDEN, rule), "{received:?}");
    received.verify(peer).unwrap();
    assert_eq!(peer.recorded(&received.exchange), ["refused"], "{received:?}");
}

/// Refused before anybody was identified: nothing signed, nothing recorded.
fn turned_away(peer: &Peer, received: &Received, rule: &str) {
    assert_eq!((received.status, received.rule().as_str()), (StatusCode::FORBIDDEN, rule), "{received:?}");
    assert!(!received.headers.contains_key("signature"), "nothing is signed for a stranger: {received:?}");
    assert_eq!(peer.recorded(&received.exchange), [""; 0], "a stranger fills no ledger: {received:?}");
}

fn a_request_written_from_the_protocol_page_is_answered_and_signed(peer: &Peer, asking: &Asking) {
    let answer = peer.ask(&asking.again());
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.headers["packhorse-outcome"], "answered");
    answer.verify(peer).unwrap();
    assert_eq!(peer.recorded(&answer.exchange), ["answered"]);

    let mut forged = answer;
    forged.body = forged.body.replace('{', "{ ");
    assert!(forged.verify(peer).is_err(), "the check of answers must be able to fail");
}

fn nothing_can_be_altered_on_the_way(peer: &Peer, asking: &Asking) {
    let altered = |alter: &dyn Fn(&mut peer::Signed)| {
        let mut signed = asking.again().sign(peer);
        alter(&mut signed);
        peer.send(&signed)
    };
    let set = |name: &'static str, value: &'static str| {
        altered(&|signed| drop(signed.headers.insert(name, HeaderValue::from_static(value))))
    };
    assert_eq!(altered(&|_| ()).status, StatusCode::OK, "the control");
    refused(peer, &altered(&|signed| signed.body = "{}".into()), "digest");
    refused(peer, &set("accept", "text/html"), "digest");
    refused(peer, &set("x-road-userid", "officer-2"), "digest");
    refused(peer, &set("packhorse-fields", "vrm"), "digest");
    refused(peer, &set("x-road-represented-party", "COM/other"), "digest");
    turned_away(peer, &altered(&|signed| signed.method = Method::DELETE), "signature");
    turned_away(peer, &altered(&|signed| signed.target = signed.target.replace("AA19AAA", "AA19AAB")), "signature");
    turned_away(peer, &altered(&|signed| signed.target.push_str("?more=1")), "signature");
    turned_away(peer, &set("packhorse-purpose", "curiosity"), "signature");
    turned_away(peer, &set("packhorse-role", "chief"), "signature");
    turned_away(peer, &set("packhorse-trained-on", "2099-01-01"), "signature");
    turned_away(peer, &set("content-digest", "sha-256=:AAAA:"), "signature");
    turned_away(peer, &set("packhorse-headers-digest", "sha-256=:AAAA:"), "signature");
    turned_away(peer, &set("x-road-issue", "case-2"), "signature");
    let unsigned = altered(&|signed| drop(signed.headers.remove("signature")));
    turned_away(peer, &unsigned, "signature");
}

fn every_required_component_must_be_signed(peer: &Peer, asking: &Asking) {
    for left_out in [
        "\"@method\"",
        "\"@target-uri\"",
        "\"content-digest\"",
        "\"packhorse-headers-digest\"",
        "\"x-road-client\"",
        "\"x-road-request-id\"",
        "\"packhorse-agreement\"",
        "\"packhorse-purpose\"",
        "\"packhorse-role\"",
        "\"packhorse-trained-on\"",
    ] {
        let mut asking = asking.again();
        asking.left_out = Some(left_out);
        turned_away(peer, &peer.ask(&asking), "signature");
    }
    let mut for_another_use = asking.again();
    for_another_use.tag = "packhorse-response";
    turned_away(peer, &peer.ask(&for_another_use), "signature");
}

fn nobody_signs_for_another(peer: &Peer, asking: &Asking) {
    let network = peer.network;
    let keys =
        |gateway: &network::Gateway, name: &str| SoftwareKey::load(&gateway.dir.join("keys").join(name)).unwrap();
    for (key, whose) in [
        (SoftwareKey::generate(Algorithm::Ed25519).unwrap(), "a stranger's"),
        (keys(&network.agency, "sign-1.key"), "another member's"),
        (keys(&network.borough, "ledger-1.key"), "its own, but for another purpose"),
    ] {
        let received = peer.send(&asking.again().sign_with(peer, &key));
        assert_eq!(received.rule(), "signature", "{whose}");
        turned_away(peer, &received, "signature");
    }
    let own = peer.send(&asking.again().sign_with(peer, &keys(&network.borough, "sign-1.key")));
    assert_eq!(own.status, StatusCode::OK, "the control");
}

fn nobody_connects_for_another(peer: &Peer, asking: &Asking) {
    let network = peer.network;
    let agency = TlsIdentity::load(&network.agency.dir.join("keys/tls-1.key")).unwrap();
    let received = peer.send_as(Some(&agency), &asking.again().sign(peer)).unwrap();
    turned_away(peer, &received, "unknown-member");

    let stranger = TlsIdentity::generate().unwrap();
    assert!(peer.send_as(Some(&stranger), &asking.again().sign(peer)).is_none(), "no connection for a stranger's key");
    assert!(peer.send_as(None, &asking.again().sign(peer)).is_none(), "no connection without a key");
    assert!(peer.send_as(Some(&peer.tls), &asking.again().sign(peer)).is_some(), "the control");

    let mut unlisted = asking.again();
    unlisted.set("x-road-client", "PH/LOC/borough/cellar");
    turned_away(peer, &peer.ask(&unlisted), "unknown-client");
}

fn a_request_for_another_recipient_is_refused(peer: &Peer, asking: &Asking) {
    let mut elsewhere = asking.again();
    elsewhere.path = elsewhere.path.replace("/PH/GOV/agency/", "/PH/LOC/borough/");
    refused(peer, &peer.ask(&elsewhere), "recipient");
}

fn the_signature_is_neither_old_nor_of_the_future(peer: &Peer, asking: &Asking) {
    let made = |seconds: i64| {
        let mut asking = asking.again();
        asking.created = now() + seconds;
        peer.ask(&asking)
    };
    refused(peer, &made(-600), "clock");
    refused(peer, &made(300), "clock");
    assert_eq!(made(-240).status, StatusCode::OK, "four minutes late is not too late");
    assert_eq!(made(30).status, StatusCode::OK, "half a minute ahead is a clock's due");
}

fn the_agreement_is_the_very_text_that_is_held_here(peer: &Peer, asking: &Asking) {
    let under = |agreement: &str| {
        let mut asking = asking.again();
        asking.set("packhorse-agreement", agreement);
        peer.ask(&asking)
    };
    let held = &peer.agreement;
    let last = held.chars().last().unwrap();
    let other_text = format!("{}{}", &held[..held.len() - 1], if last == '0' { '1' } else { '0' });
    let (_, digest) = held.split_once(';').unwrap();
    refused(peer, &under(&other_text), "no-agreement");
    refused(peer, &under(&format!("unheard-of;{digest}")), "no-agreement");
    refused(peer, &under(AGREEMENT), "no-agreement");
    refused(peer, &under("../../etc/passwd;sha256:00"), "no-agreement");
    assert_eq!(under(held).status, StatusCode::OK, "the control");

    let mut none = asking.again();
    none.headers.remove("packhorse-agreement");
    refused(peer, &peer.ask(&none), "no-agreement");
    let mut untrained = asking.again();
    untrained.set("packhorse-trained-on", "2001-01-01");
    refused(peer, &peer.ask(&untrained), "training");
    let mut greedy = asking.again();
    greedy.set("packhorse-fields", "vrm,marker");
    refused(peer, &peer.ask(&greedy), "fields");
}

fn a_header_given_twice_is_no_header(peer: &Peer, asking: &Asking) {
    // Added on the way: the signature covers both lines together.
    let mut signed = asking.again().sign(peer);
    signed.headers.append("content-digest", HeaderValue::try_from(content_digest(b"other")).unwrap());
    turned_away(peer, &peer.send(&signed), "malformed");
    let mut signed = asking.again().sign(peer);
    signed.headers.append("signature", HeaderValue::from_static("other=:AAAA:"));
    turned_away(peer, &peer.send(&signed), "malformed");

    // Signed by the member itself: two readings are none.
    for name in ["content-digest", "packhorse-headers-digest"] {
        let mut asking = asking.again();
        asking.extra.push((HeaderName::from_static(name), content_digest(b"other").parse().unwrap()));
        turned_away(peer, &peer.ask(&asking), "malformed");
    }
    for (name, value) in [
        ("packhorse-agreement", "other;sha256:00"),
        ("packhorse-purpose", "curiosity"),
        ("packhorse-role", "chief"),
        ("packhorse-trained-on", "2099-01-01"),
        ("packhorse-fields", "make"),
        ("content-type", "text/html"),
        ("x-road-client", "PH/LOC/borough/main"),
        ("x-road-request-id", "00000000-0000-4000-8000-000000000001"),
        ("x-road-issue", "case-2"),
        ("x-road-userid", "officer-2"),
    ] {
        let mut asking = asking.again();
        asking.headers.insert(name, asking.headers.get(name).cloned().unwrap_or_else(|| value.parse().unwrap()));
        assert_eq!(peer.ask(&asking).status, StatusCode::OK, "the control: {name} once");
        let mut asking = asking.again();
        asking.headers.append(name, value.parse().unwrap());
        turned_away(peer, &peer.ask(&asking), "malformed");
    }
}

fn a_path_has_one_reading(peer: &Peer, asking: &Asking) {
    for tail in ["/by-vrm/../by-vrm/AA19AAA", "/by-vrm/%2e%2e/AA19AAA", "/by-vrm%2fAA19AAA", "/by-vrm/%252e", "/a%00b"]
    {
        let mut asking = asking.again();
        asking.path = format!("/r1/{VEHICLES}{tail}");
        turned_away(peer, &peer.ask(&asking), "ambiguous-path");
    }
    for path in ["/", "/r1/", "/r1/PH/GOV/agency/main", "/r2/PH/GOV/agency/main/vehicles", "/messageexchange/x"] {
        let mut asking = asking.again();
        path.clone_into(&mut asking.path);
        turned_away(peer, &peer.ask(&asking), "malformed");
    }
    let mut outside_the_agreement = asking.again();
    outside_the_agreement.path = format!("/r1/{VEHICLES}/by-keeper/1");
    refused(peer, &peer.ask(&outside_the_agreement), "operation");
}

fn what_is_too_large_or_too_deep_is_refused(peer: &Peer, asking: &Asking) {
    let mut large = asking.again();
    large.body = vec![b' '; 16 * 1024 * 1024 + 1].into();
    turned_away(peer, &peer.ask(&large), "body-too-large");

    let id = AGREEMENT;
    let bundle = peer.plain(Method::GET, &format!("/agreements/{id}"), "").unwrap();
    assert_eq!(bundle.status, StatusCode::OK);
    let bring = |body: &str| peer.plain(Method::POST, "/agreements", body).unwrap().status;
    assert_eq!(bring(&bundle.body), StatusCode::NO_CONTENT, "what is held already is taken");
    let deep = "[".repeat(100_000);
    assert_eq!(bring(&deep), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(bring(&format!("{{\"texts\":{deep}")), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(bring(&bundle.body.replace("parking", "barking")), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(bring(&" ".repeat(10 << 20)), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(bring("\u{0}"), StatusCode::UNPROCESSABLE_ENTITY);

    let given = |path: &str| peer.plain(Method::GET, path, "").unwrap().status;
    assert_eq!(given("/ledger/checkpoint"), StatusCode::OK);
    assert_eq!(given("/ledger/..%2f..%2fgateway.toml"), StatusCode::NOT_FOUND);
    assert_eq!(given("/agreements/unheard-of"), StatusCode::NOT_FOUND);
    assert_eq!(peer.ask(&asking.again()).status, StatusCode::OK, "the gateway is as well as before");
}

fn only_http_2_is_spoken(peer: &Peer, asking: &Asking) {
    assert!(peer.tunnel(&[b"http/1.1"]).is_none(), "HTTP/1.1 is not offered");
    // No protocol named, then HTTP/1.1 all the same, with the absolute target that was signed.
    let mut tunnel = peer.tunnel(&[]).unwrap();
    let signed = asking.again().sign(peer);
    let mut text = format!("{} {} HTTP/1.1\r\nhost: {}\r\n", signed.method, signed.target, peer.outside);
    for (name, value) in &signed.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    text.push_str("\r\n");
    let answer = tunnel.say(text.as_bytes());
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(peer.recorded(&signed.exchange), [""; 0]);
}

fn whoever_says_nothing_is_hung_up_on(peer: &Peer) {
    let begun = Instant::now();
    // Silent; one byte of a TLS record a second; and a member that never says what it wants.
    let silent = TcpStream::connect(peer.outside).unwrap();
    let dripping = TcpStream::connect(peer.outside).unwrap();
    let member = peer.tunnel(&[b"h2"]).unwrap();
    let drip = std::thread::spawn(move || drip(dripping));
    let member = std::thread::spawn(move || member.wait_for_the_end());
    wait_for_the_end(silent);
    drip.join().unwrap();
    member.join().unwrap();
    let waited = begun.elapsed();
    assert!(waited < Duration::from_secs(20), "everybody was gone after {waited:?}");
}

fn wait_for_the_end(mut stream: TcpStream) {
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let end = stream.read(&mut [0; 1]);
    let closed = matches!(&end, Ok(0)) || end.as_ref().is_err_and(|e| e.kind() == std::io::ErrorKind::ConnectionReset);
    assert!(closed, "still open after 30 seconds: {end:?}");
}

/// The head of a long TLS record, then its bytes one by one, until the other side has enough.
fn drip(mut stream: TcpStream) {
    stream.write_all(&[22, 3, 1, 1, 0, 1, 0, 0, 252]).unwrap();
    for _ in 0..30 {
        std::thread::sleep(Duration::from_secs(1));
        if stream.write_all(&[3]).is_err() {
            return;
        }
    }
    panic!("still listening after 30 seconds");
}

fn a_request_is_answered_once_even_after_a_restart(peer: &Peer, asking: &Asking) {
    let signed = asking.again().sign(peer);
    assert_eq!(peer.send(&signed).status, StatusCode::OK);
    let again = peer.send(&signed);
    assert_eq!((again.status, again.rule().as_str()), (StatusCode::FORBIDDEN, "replay"), "{again:?}");
    assert!(!again.headers.contains_key("packhorse-cut"));
    // The same identifier, signed afresh with another question: still the same exchange.
    let mut afresh = asking.clone();
    afresh.set("x-road-request-id", &signed.exchange);
    assert_eq!(peer.ask(&afresh).rule(), "replay");

    peer.network.agency.stop();
    peer.network.agency.start();
    let after = peer.send(&signed);
    assert_eq!((after.status, after.rule().as_str()), (StatusCode::FORBIDDEN, "replay"), "{after:?}");
    assert_eq!(peer.send(&asking.again().sign(peer)).status, StatusCode::OK, "the control");
    assert_eq!(peer.recorded(&signed.exchange), ["answered"], "the record of the first stays");
}

fn a_body_that_does_not_come_is_not_waited_for(peer: &Peer, asking: &Asking) {
    let agency = &peer.network.agency;
    agency.stop();
    agency.configure("# read_seconds = 30", "read_seconds = 2");
    agency.start();
    for path in [asking.path.as_str(), "/agreements"] {
        let begun = Instant::now();
        let status = peer.half_a_body(path);
        assert!(status.is_client_error(), "{path}: {status}");
        assert!((2..10).contains(&begun.elapsed().as_secs()), "{path}: {:?}", begun.elapsed());
    }
    assert_eq!(peer.send(&asking.again().sign(peer)).status, StatusCode::OK, "the control");
}
