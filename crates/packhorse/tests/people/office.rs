//! The borough's people for the stories: entered by the operator, come by their links, signed in.

use packhorse_keys::TotpSecret;
use serde_json::{Value, json};

use crate::network::http::{Answer, ask};
use crate::network::{Gateway, Network};

pub(crate) const PASSWORD: &str = "copper teapot mountain";

/// The gateway is told where browsers reach its pages, once it has started anew.
pub(crate) fn say_where_pages_are(gateway: &Gateway) {
    let said = format!("\naddress = \"http://{}\"", gateway.inside);
    let file = std::fs::read_to_string(gateway.dir.join("gateway.toml")).unwrap();
    if !file.contains(&said) {
        gateway.configure("\n# address = \"https://packhorse.example.gov.uk\"", &said);
    }
}

/// A call without a token.
pub(crate) fn open(gateway: &Gateway, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    ask(gateway.inside, method, &format!("/api{path}"), &[("content-type", "application/json")], body.as_bytes())
}

/// A call with a token.
pub(crate) fn with(gateway: &Gateway, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    ask(gateway.inside, method, &format!("/api{path}"), &headers, body.as_bytes())
}

/// The same; it must be done.
pub(crate) fn done(gateway: &Gateway, token: &str, method: &str, path: &str, body: &Value) -> Value {
    let answer = with(gateway, token, method, path, body);
    assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text());
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

/// What is said of somebody new.
pub(crate) fn newcomer(id: &str, roles: &[&str]) -> Value {
    json!({"id": id, "name": format!("{id} Example"), "email": format!("{id}@borough.example"), "roles": roles,
           "tier": "department", "department": "Housing"})
}

/// Somebody who has come in.
pub(crate) struct Staff {
    pub(crate) id: String,
    pub(crate) session: String,
    pub(crate) app: TotpSecret,
    pub(crate) recovery: Vec<String>,
}

impl Staff {
    /// Entered by the operator, come by their link.
    pub(crate) fn enter(network: &Network, id: &str, roles: &[&str]) -> Self {
        let borough = &network.borough;
        let entered = done(borough, &borough.token, "POST", "/people", &newcomer(id, roles));
        assert_eq!(entered["status"], "invited");
        let link = entered["invitation"]["link"].as_str().unwrap();
        let offered = open(borough, "POST", "/invitation", &json!({"link": link}));
        assert_eq!(offered.status, 200, "{}", offered.text());
        let app = from_base32(offered.json()["secret"].as_str().unwrap());
        let code = app.code_at(jiff::Timestamp::now().as_second());
        let body = json!({"link": link, "password": PASSWORD, "code": code});
        let accepted = open(borough, "POST", "/invitation/accept", &body);
        assert_eq!(accepted.status, 200, "{}", accepted.text());
        let accepted = accepted.json();
        let recovery: Vec<String> = serde_json::from_value(accepted["recovery_codes"].clone()).unwrap();
        assert_eq!(recovery.len(), 8);
        Self { id: id.to_owned(), session: accepted["session"].as_str().unwrap().to_owned(), app, recovery }
    }

    /// A call of theirs.
    pub(crate) fn call(&self, network: &Network, method: &str, path: &str, body: &Value) -> Answer {
        with(&network.borough, &self.session, method, path, body)
    }

    /// Signs in again, with a recovery code: the app's codes count once each.
    pub(crate) fn sign_in(&mut self, network: &Network) -> Answer {
        let code = self.recovery.pop().unwrap();
        open(&network.borough, "POST", "/sign-in", &json!({"name": self.id, "password": PASSWORD, "code": code}))
    }
}

/// RFC 4648 section 6, as an app reads it.
pub(crate) fn from_base32(text: &str) -> TotpSecret {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => panic!("not base32: {text}"),
        };
        (bits, held) = ((bits << 5) | u32::from(value), held + 5);
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    TotpSecret::from_bytes(&bytes).unwrap()
}
