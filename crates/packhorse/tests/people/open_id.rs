//! Signing in at an identity provider that we did not write: npm's oidc-provider, over HTTP, by the browser's ways.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::network::http::ask;
use crate::network::{Gateway, Network};
use crate::office::{done, newcomer, open, say_where_pages_are, with};
use crate::provider::Provider;

impl Provider {
    /// Follows the provider's redirects, with its cookies, until it sends the browser back; what it brings.
    fn walk(&self, address: &str, pages: &str) -> BTreeMap<String, String> {
        let own = self.url();
        let (mut target, mut cookies) = (address.to_owned(), BTreeMap::new());
        for _ in 0..12 {
            if let Some(back) = target.strip_prefix(pages) {
                let (path, query) = back.split_once('?').unwrap();
                assert_eq!(path, "/sign-in/open-id/return");
                return query.split('&').map(pair).collect();
            }
            let path = target.strip_prefix(&own).unwrap_or(&target).to_owned();
            let jar = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
            let answer = ask(self.address, "GET", &path, &[("cookie", &jar)], b"");
            assert!((300..400).contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
            for cookie in answer.all("set-cookie") {
                let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            answer.header("location").clone_into(&mut target);
        }
        panic!("the provider sends the browser round and round")
    }
}

fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap();
    (name.to_owned(), value.replace("%3A", ":").replace("%2F", "/"))
}

fn configure(gateway: &Gateway, provider: &Provider) {
    say_where_pages_are(gateway);
    provider.serves(gateway);
    gateway.stop();
    gateway.start();
}

/// One sign-in; the answer of the last step.
fn sign_in(gateway: &Gateway, provider: &Provider, pages: &str, who: &str) -> crate::network::http::Answer {
    provider.next_is(who);
    let way = open(gateway, "POST", "/sign-in/open-id", &Value::Null).json();
    let brought = provider.walk(way["address"].as_str().unwrap(), pages);
    finish(gateway, &brought, way["binding"].as_str().unwrap())
}

fn finish(gateway: &Gateway, brought: &BTreeMap<String, String>, binding: &str) -> crate::network::http::Answer {
    let body = json!({"state": brought["state"], "code": brought["code"], "binding": binding, "iss": brought["iss"]});
    open(gateway, "POST", "/sign-in/open-id/finish", &body)
}

pub(crate) fn staff_sign_in_at_the_organisations_identity_provider(network: &Network) {
    let borough = &network.borough;
    let pages = format!("http://{}", borough.inside);
    let Some(provider) = Provider::start(&pages) else { return };
    assert_eq!(open(borough, "POST", "/sign-in/open-id", &Value::Null).status, 404, "nothing is configured yet");
    configure(borough, &provider);
    assert_eq!(open(borough, "GET", "/sign-in", &Value::Null).json()["open_id"], true);

    // Somebody who was never here: made, with the roles of their groups.
    let entered = sign_in(borough, &provider, &pages, "grace");
    assert_eq!(entered.status, 200, "{}", entered.text());
    let entered = entered.json();
    assert_eq!((&entered["person"], &entered["roles"]), (&json!("grace"), &json!(["officer"])));
    let session = entered["session"].as_str().unwrap();
    let me = done(borough, session, "GET", "/me", &Value::Null);
    assert_eq!((&me["signed_in_by"], &me["department"]), (&json!("open-id"), &json!("Housing")));
    // No password opens it.
    let local = json!({"name": "grace", "password": "copper teapot mountain"});
    assert_eq!(open(borough, "POST", "/sign-in", &local).status, 401);

    // Somebody who was entered before keeps what was said of them.
    let mut known = newcomer("gita.example", &[]);
    known["email"] = json!("gita@borough.example");
    known["tier"] = json!("corporate");
    done(borough, &borough.token, "POST", "/people", &known);
    let entered = sign_in(borough, &provider, &pages, "gita").json();
    assert_eq!((&entered["person"], &entered["roles"]), (&json!("gita.example"), &json!(["governance"])));
    let shown = done(borough, &borough.token, "GET", "/people/gita.example", &Value::Null);
    assert_eq!((&shown["tier"], &shown["status"]), (&json!("corporate"), &json!("active")));

    // Whose groups have no role here stays out, and is told so.
    let refused = sign_in(borough, &provider, &pages, "stranger");
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(refused.text().contains("groups"), "{}", refused.text());
    assert_eq!(with(borough, &borough.token, "GET", "/people/stranger", &Value::Null).status, 404);

    what_was_begun_elsewhere_or_before_does_not_end(borough, &provider, &pages);

    // Out here and there.
    let out = done(borough, session, "DELETE", "/session", &Value::Null);
    let address = out["address"].as_str().unwrap().to_owned();
    assert_eq!(with(borough, session, "GET", "/me", &Value::Null).status, 401);
    let path = address.strip_prefix(&provider.url()).unwrap();
    let there = ask(provider.address, "GET", path, &[], b"");
    assert_eq!(there.status, 200, "{} {}", there.status, there.text());

    // Suspended here is out, whatever the provider says.
    done(borough, &borough.token, "POST", "/people/grace/suspend", &json!({}));
    assert_eq!(sign_in(borough, &provider, &pages, "grace").status, 403);
    let log = std::fs::read_to_string(borough.dir.join("serve.log")).unwrap();
    assert!(!log.contains("grace@") && !log.contains("Grace"), "the log names somebody");
}

fn what_was_begun_elsewhere_or_before_does_not_end(borough: &Gateway, provider: &Provider, pages: &str) {
    provider.next_is("grace");
    let begin = || open(borough, "POST", "/sign-in/open-id", &Value::Null).json();
    let way = begin();
    let binding = way["binding"].as_str().unwrap();
    let brought = provider.walk(way["address"].as_str().unwrap(), pages);
    let change = |name: &str, value: &str| {
        let mut changed = brought.clone();
        changed.insert(name.to_owned(), value.to_owned());
        changed
    };
    // A state nobody began, then one that another browser began: the second uses it up.
    assert_eq!(finish(borough, &change("state", "forged"), binding).status, 410);
    assert_eq!(finish(borough, &brought, begin()["binding"].as_str().unwrap()).status, 410);
    assert_eq!(finish(borough, &brought, binding).status, 410);
    // A code that is none, and the word of another issuer.
    let way = begin();
    let binding = way["binding"].as_str().unwrap();
    let mut brought = provider.walk(way["address"].as_str().unwrap(), pages);
    brought.insert("code".to_owned(), "forged".to_owned());
    assert_eq!(finish(borough, &brought, binding).status, 410);
    let way = begin();
    let binding = way["binding"].as_str().unwrap();
    let mut brought = provider.walk(way["address"].as_str().unwrap(), pages);
    brought.insert("iss".to_owned(), "https://evil.example".to_owned());
    let refused = finish(borough, &brought, binding);
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("not your organisation's identity provider"), "{}", refused.text());
    // The code of one sign-in in another: the verifier is not its own (RFC 7636), nor the nonce.
    let (one, two) = (begin(), begin());
    let first = provider.walk(one["address"].as_str().unwrap(), pages);
    let mut second = provider.walk(two["address"].as_str().unwrap(), pages);
    second.insert("code".to_owned(), first["code"].clone());
    assert_eq!(finish(borough, &second, two["binding"].as_str().unwrap()).status, 410);
}
