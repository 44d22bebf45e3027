//! X-Road's REST protocol as its own clients and its own suite know it.

use crate::call::Call;
use crate::network::Network;
use crate::network::echo::large;

const FIVE: [&str; 5] = ["x-road-id", "x-road-client", "x-road-service", "x-road-request-id", "x-road-request-hash"];

pub(crate) fn a_request_that_cannot_be_read_is_an_error_of_the_consumer_side(network: &Network) {
    let echo = Call::new(network, "GET", "echo/look");
    let missing = echo.clone().without("x-road-client").refused(
        network,
        "client-identifier",
        "Server.ClientProxy.InvalidClientIdentifier",
    );
    let body = missing.json();
    assert_eq!(body["type"], "Server.ClientProxy.InvalidClientIdentifier");
    assert!(body["message"].as_str().unwrap().starts_with("The client identifier is missing"));
    assert_eq!(body["detail"].as_str().unwrap().len(), 36);
    assert_eq!(missing.header("content-type"), "application/json");
    assert!(FIVE.iter().all(|name| missing.all(name).is_empty()), "{missing:?}");

    for (target, says) in [
        ("/r1/invalid", "Invalid request URI"),
        ("/r1/PH/GOV/agency/main", "Invalid request URI"),
        ("/r2/PH/GOV/agency/main/echo", "Unsupported protocol version 2"),
        ("/x/PH/GOV/agency/main/echo", "Invalid protocol version"),
        ("/r1/PH/GOV/agency/main/%zz", "Invalid percent encoding"),
        ("/r1/PH/GOV/agency/main/e%", "Incomplete percent encoding"),
        ("/r1/PH/GOV/agency/ma[in/echo", "Invalid character in path segment"),
        ("/r1/PH/GOV/agency/main/e%00cho", "control or invisible"),
    ] {
        let answer = echo.clone().to(target).refused(network, "malformed", "Server.ClientProxy.InternalError");
        assert!(answer.json()["message"].as_str().unwrap().contains(says), "{target}: {}", answer.text());
    }
    Call::new(network, "BREW", "echo").refused(network, "malformed", "Server.ClientProxy.InternalError");
    for (name, value) in [("x-road-represented-party", "a/b/c"), ("x-road-security-server", "PH/GOV/agency")] {
        echo.clone().set(name, value).refused(network, "malformed", "Server.ClientProxy.InternalError");
    }
    echo.set("x-road-represented-party", "COM/1").answered(network, 200);
}

pub(crate) fn what_is_posted_comes_back_with_the_five_headers(network: &Network) {
    let body = br#"{"value": 42, "text": "\u00e4"}"#;
    let post = Call::new(network, "POST", "echo/echo").body(body);
    let answer = post.clone().set("x-road-id", "mine-1").set("x-road-issue", "case 7").answered(network, 200);
    assert_eq!(answer.body, body);
    assert_eq!(answer.header("x-road-id"), "mine-1");
    assert_eq!(answer.header("x-road-client"), "PH/LOC/borough/main");
    assert_eq!(answer.header("x-road-service"), "PH/GOV/agency/main/echo");
    assert_eq!(answer.all("date").len(), 1);
    let seen = network.echo.last();
    assert_eq!(seen.all("x-road-id"), ["mine-1"]);
    assert_eq!(seen.all("x-road-issue"), ["case 7"]);
    assert_eq!(seen.all("content-length"), [body.len().to_string()]);
    assert_eq!(seen.all("x-road-request-id"), [answer.header("x-road-request-id")]);
    assert_eq!(seen.all("packhorse-api-key"), [""; 0], "the provider learned our system's key");

    let made = post.answered(network, 200);
    assert!(made.header("x-road-id").starts_with("PH-"), "{made:?}");

    let empty = Call::new(network, "POST", "echo/echo").set("x-road-id", "mine-2");
    let hashes = [0, 1].map(|_| empty.answered(network, 200).header("x-road-request-hash").to_owned());
    assert!(hashes[0] != hashes[1] && hashes.iter().all(|hash| hash.len() == 88), "{hashes:?}");
}

pub(crate) fn what_the_provider_says_comes_back_unchanged(network: &Network) {
    let call = |path: &str| Call::new(network, "GET", &format!("echo/{path}"));
    let whole = call("large").answered(network, 200);
    assert!(whole.body == large(), "{} bytes came", whole.body.len());
    assert_eq!(whole.body.len(), 13_736_217);
    assert_eq!(whole.header("content-type"), "application/octet-stream");

    let moved = call("redirect").answered(network, 302);
    assert_eq!(moved.header("location"), "https://elsewhere.example/");
    let missing = call("missing").answered(network, 404);
    assert_eq!(missing.text(), r#"{"why":"gone"}"#);

    let forged = call("forge").answered(network, 200);
    assert_eq!(forged.header("x-mine"), "kept");
    for name in FIVE.into_iter().chain(["packhorse-exchange"]) {
        assert!(!forged.header(name).is_empty() && forged.header(name) != "forged", "{name} is the provider's");
    }
    for name in ["packhorse-rule", "packhorse-outcome", "packhorse-cut", "signature", "signature-input"] {
        assert_eq!(forged.all(name), [""; 0], "{name}");
    }
}

pub(crate) fn identifiers_and_paths_are_read_as_they_are_encoded(network: &Network) {
    let key = network.borough.key("a/b");
    let umlauts = Call::new(network, "GET", "")
        .to("/r1/PH/GOV/agency/a%2Fb/%C3%A4%C3%B6/path%3B/?q=a%2Fb&r=c%20d")
        .set("x-road-client", "PH/LOC/borough/a%2Fb")
        .set("packhorse-api-key", &key);
    let answer = umlauts.answered(network, 200);
    assert_eq!(network.echo.last().target, "/path%3B/?q=a%2Fb&r=c%20d");
    assert_eq!(answer.header("x-road-client"), "PH/LOC/borough/a%2Fb");
    assert_eq!(answer.header("x-road-service"), "PH/GOV/agency/a%2Fb/%C3%A4%C3%B6");

    Call::new(network, "GET", "echo/").answered(network, 200);
    assert_eq!(network.echo.last().target, "/");
    Call::new(network, "DELETE", "echo//a//").answered(network, 200);
    assert_eq!((network.echo.last().method.as_str(), network.echo.last().target.as_str()), ("DELETE", "//a//"));

    let headers = Call::new(network, "GET", "echo/look")
        .set("authorization", "Basic c2VydmljZTpvd24=")
        .set("x-road-extension", "kept")
        .set("user-agent", "ends here")
        .set("te", "trailers");
    headers.answered(network, 200);
    let seen = network.echo.last();
    assert_eq!(seen.all("authorization"), ["Basic c2VydmljZTpvd24="]);
    assert_eq!(seen.all("x-road-extension"), ["kept"]);
    assert_eq!((seen.all("user-agent").len(), seen.all("te").len(), seen.all("host").len()), (0, 0, 1));
}

pub(crate) fn errors_have_the_form_that_accept_asks_for(network: &Network) {
    let error = Call::new(network, "GET", "echo").without("x-road-client");
    let (json, text, application) = ("application/json", "text/xml;charset=utf-8", "application/xml;charset=utf-8");
    for (accept, expected) in [
        ("application/json;charset=utf-8", json),
        ("foobarbaz", json),
        ("text/xml-patch+xml", json),
        ("*/*", json),
        ("application/xml", application),
        ("application/xml; q=0.2", application),
        ("application/xml, text/xml", application),
        ("text/xml", text),
        ("text/xml, application/xml", text),
        ("text/xml, application/xml, application/json", text),
        ("text/*", text),
    ] {
        let answer = error.clone().set("accept", accept).send(network);
        assert_eq!((answer.status, answer.header("content-type")), (500, expected), "{accept}");
        match expected {
            "application/json" => assert!(answer.json()["message"].is_string()),
            _ => assert!(answer.text().starts_with("<error><type>Server.ClientProxy.Invalid"), "{}", answer.text()),
        }
    }
    let get = Call::new(network, "GET", "narrow/a/b");
    get.answered(network, 200);
    let patch = Call::new(network, "PATCH", "narrow/a/b").body(b"{}");
    let denied = patch.refused(network, "operation", "Server.ServerProxy.AccessDenied");
    assert!(denied.json()["message"].as_str().unwrap().starts_with("Request is not allowed: "), "{}", denied.text());
}

/// Starts the borough's gateway again, which also shows that it ends in good order and comes back.
pub(crate) fn the_newer_spelling_is_a_switch(network: &Network) {
    let borough = &network.borough;
    borough.stop();
    borough.configure("# errors = \"7.7\"", "errors = \"7.8\"");
    borough.configure("# read_seconds = 30", "read_seconds = 2");
    borough.start();
    Call::new(network, "GET", "echo").without("x-road-client").refused(
        network,
        "client-identifier",
        "server.clientproxy.invalid_client_identifier",
    );
    let denied = Call::new(network, "PATCH", "vehicles/by-vrm/AA19AAA");
    denied.refused(network, "operation", "server.serverproxy.access_denied");
    Call::keeper(network).answered(network, 200);
}
