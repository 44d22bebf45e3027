//! The management API, asked by those who may not and with what it cannot use.

use crate::network::Network;
use crate::network::http::{Answer, ask};

fn with(network: &Network, token: &str, method: &str, path: &str, body: &[u8]) -> Answer {
    let headers = [("authorization", token), ("content-type", "application/json")];
    ask(network.borough.inside, method, path, &headers, body)
}

pub(crate) fn who_has_no_right_is_turned_away(network: &Network) {
    let token = |role: &str| format!("Bearer {}", network.borough.new_token(role, role));
    let (integrator, governance, auditor) = (token("integrator"), token("governance"), token("auditor"));
    // The command wrote it past the running gateway, which looks for such changes now and then.
    crate::network::until("the new tokens count", || {
        let last_made = with(network, &auditor, "GET", "/api/records", b"");
        last_made.status == 200
    });
    let operator = format!("Bearer {}", network.borough.token);
    let basic = format!("Basic {}", network.borough.token);
    let key = format!("Bearer {}", network.borough.api_key);
    for path in ["/api/status", "/api/systems", "/api/services", "/api/records", "/api/agreements", "/api/directory"] {
        assert_eq!(with(network, &operator, "GET", path, b"").status, 200, "{path}");
        assert_eq!(ask(network.borough.inside, "GET", path, &[], b"").status, 401, "{path} without a token");
        for wrong in ["Bearer ph_wrong", "Bearer ", "", &basic, &key] {
            let answer = with(network, wrong, "GET", path, b"");
            assert_eq!(answer.status, 401, "{path} with {wrong:?}");
            assert!(answer.json()["remedy"].is_string());
        }
    }
    let system = br#"{"title": "Another"}"#;
    let person = br#"{"roles": ["parking-officer"]}"#;
    for (path, method, body, may, may_not) in [
        ("/api/records", "GET", &b""[..], &auditor, &integrator),
        ("/api/systems/another", "PUT", &system[..], &integrator, &governance),
        ("/api/systems/another", "PUT", &system[..], &integrator, &auditor),
        ("/api/systems/another/people/one", "PUT", &person[..], &governance, &integrator),
        ("/api/systems/another/keys", "POST", &b"{}"[..], &integrator, &auditor),
    ] {
        assert_eq!(with(network, may, method, path, body).status, 200, "{method} {path}");
        let refused = with(network, may_not, method, path, body);
        assert_eq!(refused.status, 403, "{method} {path}: {}", refused.text());
    }
    network.borough.remove_token("auditor");
    crate::network::until("a token taken away counts no more", || {
        with(network, &auditor, "GET", "/api/records", b"").status == 401
    });
}

pub(crate) fn whatever_is_no_call_is_answered_in_json(network: &Network) {
    let token = format!("Bearer {}", network.borough.token);
    for (method, path, body, status) in [
        ("GET", "/api", &b""[..], 404),
        ("GET", "/api/", b"", 404),
        ("GET", "/api/unheard-of", b"", 404),
        ("POST", "/api/records/1/unheard-of", b"{}", 404),
        ("POST", "/api/status", b"{}", 405),
        ("PATCH", "/api/systems/main", b"{}", 405),
        ("PUT", "/api/systems/another", b"{", 400),
        ("PUT", "/api/systems/another", b"{\"title\": 1}", 422),
        ("GET", "/api/agreements/%20", b"", 400),
        ("GET", "/api/records?limit=many", b"", 400),
        ("GET", "/api/records/unheard-of", b"", 400),
        ("GET", "/api/records/00000000-0000-4000-8000-000000000001", b"", 404),
    ] {
        let answer = with(network, &token, method, path, body);
        let said = format!("{method} {path}: {} {}", answer.status, answer.text());
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/json"), "{said}");
        let error = answer.json();
        assert!(error["error"].is_string() && error["remedy"].is_string(), "{said}");
        assert_eq!(!answer.header("allow").is_empty(), status == 405, "{said}");
        assert_eq!(answer.header("x-road-error"), "", "{said}");
    }
    let text = [("authorization", token.as_str()), ("content-type", "text/plain")];
    let answer = ask(network.borough.inside, "PUT", "/api/systems/another", &text, b"{}");
    assert!(answer.status == 415 && answer.json()["error"].is_string(), "{}", answer.text());
}

pub(crate) fn hostile_bodies_are_refused(network: &Network) {
    let token = format!("Bearer {}", network.borough.token);
    let large = vec![b' '; 10 * 1024 * 1024];
    let put = |body: &[u8]| with(network, &token, "PUT", "/api/systems/another", body).status;
    assert_eq!(put(br#"{"title": "Another"}"#), 200);
    assert_eq!(put(&large), 413);
    let deep = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
    let nested = format!("{{\"title\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let long = format!("{{\"title\": \"{}\"}}", "y".repeat(100_000));
    for (what, body) in [
        ("deep", &deep[..]),
        ("nested", nested.as_bytes()),
        ("long", long.as_bytes()),
        ("no JSON", b"title = 'x'"),
        ("no UTF-8", b"{\"title\": \"\xff\xfe\"}"),
        ("nothing", b""),
        ("an unknown member", b"{\"title\": \"x\", \"tittle\": 1}"),
        ("the wrong type", b"{\"title\": 1}"),
        ("a control character", b"{\"title\": \"a\\u0000b\"}"),
    ] {
        let status = put(body);
        assert!((400..500).contains(&status), "{what}: {status}");
        let status = with(network, &token, "POST", "/api/agreements", body).status;
        assert!((400..500).contains(&status), "{what} as an agreement: {status}");
    }
    for path in ["/api/records/..%2f..%2fstatus", "/api/records/%ff", "/api/records/1", "/api/systems/%00/keys"] {
        let status = with(network, &token, "GET", path, b"").status;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
    let title = network.borough.api("GET", "/systems", b"").json();
    let another = title.as_array().unwrap().iter().find(|system| system["code"] == "another").unwrap();
    assert_eq!(another["title"], "Another", "a refused change changed something");
}
