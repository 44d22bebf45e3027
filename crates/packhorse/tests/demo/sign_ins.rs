//! Whoever is invited to look signs in as a newcomer would, with the code that the demo prints, and sees what is
//! promised. A promise that nobody holds the page against fails.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::http::{Answer, ask};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIns {
    pages: String,
    password: String,
    people: Vec<SignIn>,
    desk: Desk,
}

#[derive(Deserialize)]
struct SignIn {
    name: String,
    look: Vec<Look>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Desk {
    pages: String,
    token: String,
    look: Vec<Look>,
}

#[derive(Deserialize)]
struct Look {
    at: String,
    see: String,
}

/// What must stand on a page where it is promised that somebody sees this.
const SEEN: [(&str, &[&str]); 21] = [
    ("a parcel to collect, training that soon lapses", &["1 parcel to collect", "Your training lapses on"]),
    ("ask the vehicles agency who keeps AA19AAA", &["National Vehicles Agency: Vehicles"]),
    ("the agency's answer about an abandoned vehicle", &["Your report on a grey van"]),
    ("refused, with the course that mends it", &["Not offered to you", "training"]),
    (
        "where every page leads until the policy is accepted",
        &["I have read it and accept it", "Do not look up yourself"],
    ),
    (
        "an agreement to sign, requests overdue, an incident with its clock",
        &["Sign “Vehicle keepers for the enforcement of bus lanes”", "2 requests overdue", "2 open incidents"],
    ),
    (
        "agreements in every state: sign bus-lanes-2026",
        &["bus lanes", "In force", "Expired", "Suspended", "Blue badges, checked at the kerb"],
    ),
    ("a subject access request that is overdue", &["Subject access", "Overdue", "Done late", "Done in time"]),
    ("whose training has lapsed or soon will", &["l.birch", "r.stone", "Lapsed", "Ends soon"]),
    ("which roles require vetting, and whose ends soon", &["governance", "BPSS", "siro", "Ends soon", "a.quill"]),
    (
        "the gap between the top and the front line; media going down",
        &[
            "The gap between tiers",
            "Department",
            "Corporate",
            "Parcel on a physical medium",
            "PH/<wbr>GOV/<wbr>vehicles",
        ],
    ),
    ("the report on one page, and the evidence pack", &["Requests and complaints", "evidence pack", "Lessons"]),
    ("the four gates, open, and until when", &["Open"]),
    ("two assets are hers, one without this year's statement", &["Parking permits", "o.teasdale", "Due", "In date"]),
    ("every breach, what was done and why", &["memory stick", "searched the car", "neighbour"]),
    ("what is really exchanged, under which agreement", &["Vehicle keepers for the enforcement of parking penalties"]),
    ("every member, and until when its assurance holds", &["Eldermere District Council", "Wexmoor Police"]),
    ("password, codes, sessions", &["assword", "ecovery codes"]),
    ("two requests to join, and answers to assess", &["2 requests to join", "has sent answers to assess"]),
    (
        "a fire service, and a housing association that does not patch in time",
        &["Wexmoor Fire and Rescue", "Hollowgate Housing Association"],
    ),
    ("every gateway, heard of a minute ago", &["Thornbeck Borough Council", "Healthy"]),
];

/// Without signing in.
const PUBLIC: [(&str, &str); 4] = [
    ("/charter", "How we look after your information"),
    ("/agreements", "Reports on abandoned vehicles"),
    ("/apis", "api"),
    ("/accessibility", "ccessib"),
];

/// Everybody of a running demo signs in and looks around.
pub(crate) fn hold(folder: &Path) {
    let text = std::fs::read(folder.join("sign-ins.json")).unwrap();
    let sign_ins: SignIns = serde_json::from_slice(&text).unwrap();
    let (password, pages) = (&sign_ins.password, &sign_ins.pages);
    assert_eq!(sign_ins.people.len(), 8);
    for person in &sign_ins.people {
        let mut browser = Browser::at(pages);
        let asked = browser.send("/sign-in", "/sign-in", &[("name", &person.name), ("password", password)]);
        assert_eq!(asked.status, 200, "{}: {}", person.name, asked.text());
        let step = hidden(&asked.text(), "step");
        let code = code(folder, &person.name);
        let fields = [("to", "/"), ("step", step.as_str()), ("code", code.as_str())];
        let entered = browser.send_from(&asked.text(), "/sign-in/code", &fields);
        assert_eq!(entered.status, 303, "{}: {}", person.name, entered.text());
        person.look.iter().for_each(|look| browser.sees(&person.name, look));
    }
    let mut desk = Browser::at(&sign_ins.desk.pages);
    let entered = desk.send("/sign-in", "/sign-in", &[("to", "/"), ("token", &sign_ins.desk.token)]);
    assert_eq!(entered.status, 303, "{}", entered.text());
    sign_ins.desk.look.iter().for_each(|look| desk.sees("desk", look));
    days_are_in_order(folder, pages);
    for (path, words) in PUBLIC {
        let shown = Browser::at(pages).get(path);
        assert!(shown.status == 200 && shown.text().contains(words), "{path}: {}", shown.text());
    }
}

/// The months behind were written down at once, and stand in the order of their days all the same.
fn days_are_in_order(folder: &Path, pages: &str) {
    let token = std::fs::read_to_string(folder.join("borough/operator.token")).unwrap();
    let token = format!("Bearer {}", token.trim());
    let shown = Browser::at(pages).call("GET", "/api/records?limit=1000", &[("authorization", &token)], b"");
    let records: Vec<Dated> = serde_json::from_slice(&shown.body).unwrap();
    let days: Vec<&str> = records.iter().map(|record| &record.at[..10]).collect();
    assert!(days.len() > 100 && days.is_sorted_by(|newer, older| newer >= older), "{days:?}");
}

#[derive(Deserialize)]
struct Dated {
    at: String,
}

/// What the demo prints for somebody.
fn code(folder: &Path, name: &str) -> String {
    let program = env!("CARGO_BIN_EXE_packhorse");
    let said = Command::new(program).args(["demo", "code", name, "--dir"]).arg(folder).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout).unwrap();
    let code = said.split_whitespace().nth(1).unwrap().to_owned();
    assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()), "{said}");
    code
}

/// A browser that keeps cookies and fills forms in.
struct Browser {
    at: SocketAddr,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn at(pages: &str) -> Self {
        Self { at: pages.strip_prefix("http://").unwrap().parse().unwrap(), cookies: Vec::new() }
    }

    fn get(&mut self, path: &str) -> Answer {
        self.call("GET", path, &[], b"")
    }

    /// Sends the form of a page with these fields.
    fn send(&mut self, page: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page);
        self.send_from(&shown.text(), to, fields)
    }

    fn send_from(&mut self, shown: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
        let own = ["form_token", "form_id"].map(|name| (name, hidden(shown, name)));
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs = own.chain(fields.iter().copied()).map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.call("POST", to, &[("content-type", "application/x-www-form-urlencoded")], body.as_bytes())
    }

    fn call(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut all = headers.to_vec();
        if !cookies.is_empty() {
            all.push(("cookie", &cookies));
        }
        let answer = ask(self.at, method, path, &all, body);
        for set in answer.all("set-cookie") {
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    /// What is promised is there.
    fn sees(&mut self, who: &str, look: &Look) {
        let known = SEEN.iter().find(|(promise, _)| *promise == look.see);
        let (_, words) = known.unwrap_or_else(|| panic!("nobody holds {} against the page that promises it", look.see));
        let shown = self.get(&look.at);
        assert_eq!(shown.status, 200, "{who} at {}: {}", look.at, shown.text());
        for word in *words {
            assert!(shown.text().contains(word), "{who} at {} does not see {word}: {}", look.at, shown.text());
        }
    }
}

fn hidden(shown: &str, name: &str) -> String {
    let (_, rest) =
        shown.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name}: {shown}"));
    rest.split('"').next().unwrap().to_owned()
}
