//! The pages of the governance officer and of anybody, walked without JavaScript: forms as they are sent by a browser.

use serde_json::json;

use super::network::http::{Answer, ask};
use super::network::{Gateway, Network, agreements, until};
use super::{agreement, standing};

/// A browser that keeps one cookie and fills forms in.
pub(super) struct Browser<'a> {
    gateway: &'a Gateway,
    cookie: Option<String>,
}

impl<'a> Browser<'a> {
    fn signed_in(gateway: &'a Gateway) -> Self {
        Self::holding(gateway, &gateway.token)
    }

    /// With a token, an operator's or a session's.
    pub(super) fn holding(gateway: &'a Gateway, token: &str) -> Self {
        Self { gateway, cookie: Some(format!("packhorse={token}")) }
    }

    fn anybody(gateway: &'a Gateway) -> Self {
        Self { gateway, cookie: None }
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        let cookie: Vec<_> = self.cookie.iter().map(|cookie| ("cookie", cookie.as_str())).collect();
        ask(self.gateway.inside, "GET", path, &cookie, b"")
    }

    /// A page that is there, as text.
    pub(super) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// Sends the form of a page with these fields.
    pub(super) fn send(&self, page: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.page(page);
        let hidden = |name: &str| {
            let (_, rest) = shown.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let mut all = vec![("form_token".to_owned(), hidden("form_token")), ("form_id".to_owned(), hidden("form_id"))];
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let body = all.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = body.collect::<Vec<_>>().join("&");
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        headers.extend(self.cookie.iter().map(|cookie| ("cookie", cookie.as_str())));
        ask(self.gateway.inside, "POST", to, &headers, body.as_bytes())
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn an_officer_opens_every_gate_in_pages_and_anybody_reads_the_charter() {
    let network = Network::ungoverned();
    let officer = Browser::signed_in(&network.agency);
    let anybody = Browser::anybody(&network.agency);
    assert!(officer.page("/assurance").contains("Shut"));
    assert!(anybody.page("/charter").contains("has not published"));

    let (today, next) = (agreements::today(), agreements::today().saturating_add(jiff::ToSpan::months(11)));
    let (day, month, year) = (today.day().to_string(), today.month().to_string(), today.year().to_string());
    let (next_day, next_month, next_year) = (next.day().to_string(), next.month().to_string(), next.year().to_string());

    let mut charter = vec![
        ("title", "Our <charter>"),
        ("text", "We protect it.\n\nWe ask for the truth."),
        ("contact", "data@agency.example"),
        ("dpo", "dpo@agency.example"),
        ("approved_by", "Board"),
        ("legislation", "Data Protection Act 1998"),
        ("review_date-day", &next_day),
        ("review_date-month", &next_month),
        ("review_date-year", &next_year),
        ("do", "publish"),
    ];
    let refused = officer.send("/assurance/charter", "/assurance/charter", &charter);
    assert_eq!(refused.status, 422);
    let text = refused.text();
    assert!(text.contains("Error: Information charter") && text.contains("href=\"#legislation\""), "{text}");
    charter[5] = ("legislation", "Data Protection Act 2018\nUK GDPR");
    assert_eq!(officer.send("/assurance/charter", "/assurance/charter", &charter).status, 303);
    let read = anybody.page("/charter");
    assert!(read.contains("Our &#60;charter&#62;") && read.contains("We ask for the truth."), "{read}");

    let policy = [
        ("title", "Risk policy"),
        ("text", "Risk is owned"),
        ("approved_by", "Board"),
        ("approval_minute", "12"),
        ("approved_on-day", &day),
        ("approved_on-month", &month),
        ("approved_on-year", &year),
        ("expires_on-day", &next_day),
        ("expires_on-month", &next_month),
        ("expires_on-year", &next_year),
    ];
    assert_eq!(officer.send("/assurance/risk-policy", "/assurance/risk-policy", &policy).status, 303);
    let start = [("start-day", day.as_str()), ("start-month", &month), ("start-year", &year)];
    let siro = [("name", "Ada Example"), ("account", "siro"), ("appointed_by", "Board")].into_iter().chain(start);
    assert_eq!(officer.send("/assurance/siro", "/assurance/siro", &siro.collect::<Vec<_>>()).status, 303);
    let route = [("text", "Report at once"), ("contact", "incidents@agency.example"), ("phone", "")];
    assert_eq!(officer.send("/assurance/incident-route", "/assurance/incident-route", &route).status, 303);
    let drill = [("on-day", day.as_str()), ("on-month", &month), ("on-year", &year), ("found", "It arrived")];
    assert_eq!(officer.send("/assurance/incident-route", "/assurance/incident-route/drills", &drill).status, 303);
    for gate in ["charter", "risk-policy", "siro", "incident-route"] {
        assert_eq!(standing(&network.agency, gate), "open", "{gate}");
    }
    assert!(!officer.page("/assurance").contains(">Shut<"));
    assert_eq!(anybody.get("/assurance").status, 303, "who has not signed in is sent to do so");
}

#[test]
fn a_draft_is_a_list_of_tasks_and_what_is_signed_stands_in_the_public_register() {
    let network = Network::start();
    let (agency, borough) = (&network.agency, &network.borough);
    let officer = Browser::signed_in(agency);
    let begun = officer.send("/governance/agreements", "/governance/drafts", &[("id", "keepers"), ("title", "")]);
    assert_eq!((begun.status, begun.header("location")), (303, "/governance/drafts/keepers"));
    let tasks = officer.page("/governance/drafts/keepers");
    assert!(tasks.contains("10 of 10 sections are complete") && tasks.contains("Check your answers"), "{tasks}");

    // Taken away, it is missing; the rest of the section stays.
    let purpose = officer.page("/governance/drafts/keepers/purpose");
    assert!(purpose.contains("Penalties reach the person who owes them"), "{purpose}");
    let emptied = [("purpose-purpose", ""), ("purpose-aims", "Aims"), ("purpose-how_data_helps", "It helps")];
    let page = "/governance/drafts/keepers/purpose";
    assert_eq!(officer.send(page, page, &emptied).status, 303);
    assert!(officer.page("/governance/drafts/keepers").contains("Incomplete"));
    assert!(officer.page(page).contains("Still missing"));
    let mended = [
        ("purpose-purpose", "Know who keeps a vehicle"),
        ("purpose-aims", "Aims"),
        ("purpose-how_data_helps", "It helps"),
        ("purpose-benefits-0-kind", "service_delivery"),
        ("purpose-benefits-0-how", "Faster"),
    ];
    assert_eq!(officer.send(page, page, &mended).status, 303);
    let check = "/governance/drafts/keepers/check";
    assert!(officer.page(check).contains("Know who keeps a vehicle"));
    assert_eq!(officer.send(check, check, &[]).status, 303);
    let compared = officer.page("/governance/agreements/keepers/compare?from=1");
    assert!(compared.contains("purpose.purpose") && compared.contains("Know who keeps a vehicle"), "{compared}");

    let name = [("name", "Ada Example"), ("position", "SIRO"), ("authority", "scheme 4.2")];
    let sign = "/governance/agreements/keepers/sign";
    assert_eq!(officer.send(sign, sign, &name).status, 303);
    until("version 2 arrives", || borough.api("GET", "/agreements/keepers", b"").json()["version"] == 2);
    let partner = Browser::signed_in(borough);
    assert_eq!(partner.send(sign, sign, &name).status, 303);
    until("version 2 is in force", || {
        let listed = agency.api("GET", "/agreements", b"").json();
        listed["items"].as_array().unwrap().iter().any(|one| one["version"] == 2 && one["state"] == "active")
    });

    let anybody = Browser::anybody(agency);
    assert!(anybody.page("/agreements").contains("/agreements/keepers"));
    let shown = anybody.get("/agreements/keepers.json").json();
    assert_eq!((&shown["data"]["id"], &shown["data"]["isa_status"]), (&json!("keepers"), &json!("Active")));
    assert_eq!(shown["data"]["purpose"], "Know who keeps a vehicle");
    assert!(anybody.page("/agreements/keepers").contains("Know who keeps a vehicle"));
    assert_eq!(anybody.get("/agreements/no-such.json").status, 404);
    assert!(anybody.page("/accessibility").contains("Accessibility statement"));

    let why = [("reason", "A breach is looked into")];
    let page = "/governance/agreements/keepers";
    assert_eq!(officer.send(page, "/governance/agreements/keepers/suspend", &why).status, 303);
    assert_eq!(agreement(agency, "echo").0, "active");
    assert!(officer.page(page).contains("A breach is looked into"));
    // Whoever reads the register sees that nothing is shared for now; its own two words stay.
    let shown = anybody.get("/agreements/keepers.json").json();
    assert_eq!(shown["data"]["isa_status"], "Active");
    assert!(shown["data"]["notes"].as_str().unwrap().starts_with("Suspended:"), "{shown}");
    assert!(anybody.page("/agreements?q=keep").contains("Suspended"));
    assert!(anybody.page("/agreements?q=none-such").contains("No agreement is found"));
}

#[test]
fn federated_discovery_answers_in_its_own_media_type_and_lists_what_is_public() {
    let network = Network::start();
    let agency = &network.agency;
    let settings = json!({"public_url": "https://agency.example"}).to_string();
    assert_eq!(agency.api("PUT", "/assurance/settings", settings.as_bytes()).status, 200);
    let kind = "application/vnd.uk.gov.api.v1alpha+json";
    let own = "6d5d2f5a-3c9f-4b6c-8f9a-0a4c1e2b3d4f";
    let answer = ask(agency.inside, "GET", "/apis", &[("accept", kind), ("correlation-id", own)], b"");
    assert_eq!((answer.status, answer.header("content-type"), answer.header("correlation-id")), (200, kind, own));
    let listed = answer.json();
    assert_eq!(listed["api-version"], "api.gov.uk/v1alpha");
    for api in listed["apis"].as_array().unwrap() {
        for field in ["name", "description", "url", "contact", "organisation", "documentation-url"] {
            assert!(!api["data"][field].as_str().unwrap().is_empty(), "{field}");
        }
        assert!(api["data"]["url"].as_str().unwrap().starts_with("https://agency.example/"));
    }
    assert_eq!(listed["apis"].as_array().unwrap().len(), 2);
    let bad = ask(agency.inside, "GET", "/apis", &[("correlation-id", "x")], b"");
    assert_eq!((bad.status, bad.json()["error"].clone()), (400, json!("invalid_request")));
    let html = ask(agency.inside, "GET", "/apis", &[("accept", "text/html")], b"");
    assert_eq!((html.status, html.body.len()), (406, 0));
    assert_eq!(html.header("correlation-id").len(), 36);
}
