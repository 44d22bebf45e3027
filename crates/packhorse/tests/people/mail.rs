//! Letters, to a mail server that really runs.

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::mail_server::{Letter, MailServer};
use crate::network::{Network, until};
use crate::office::{PASSWORD, Staff, done, newcomer, open, say_where_pages_are, with};

/// The borough tells people by letters from here on.
fn configure(network: &Network, server: &MailServer) {
    let borough = &network.borough;
    say_where_pages_are(borough);
    server.serves(borough);
    borough.stop();
    borough.start();
}

/// The link that a letter holds.
fn link(letter: &Letter, page: &str) -> String {
    // RFC 2045 §6.7: a line that is too long is broken after an equals sign.
    let whole = letter.text.replace("=\r\n", "").replace("=\n", "");
    let after = whole.split(page).nth(1).unwrap_or_else(|| panic!("no link to {page}: {}", letter.text));
    after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect()
}

pub(crate) fn a_letter_says_where_and_never_what(network: &Network) {
    let borough = &network.borough;
    assert_eq!(open(borough, "POST", "/recovery", &json!({"name": "ada"})).status, 400, "there is no mail server yet");
    let server = MailServer::start();
    configure(network, &server);
    let entered = done(borough, &borough.token, "POST", "/people", &newcomer("ruth", &["officer"]));
    until("the letter comes, though the server would not have it at first", || {
        !server.letters("ruth@borough.example").is_empty()
    });
    assert_eq!(server.turned_away(), 1);
    let letters = server.letters("ruth@borough.example");
    assert_eq!(letters.len(), 1, "{letters:?}");
    let letter = &letters[0];
    assert_eq!(link(letter, "/invitation/"), entered["invitation"]["link"].as_str().unwrap());
    for personal in ["ruth Example", "Housing", "officer"] {
        assert!(!letter.text.contains(personal), "the letter says {personal}: {}", letter.text);
    }
    assert!(letter.text.contains("Subject: Your account"), "{}", letter.text);
    keep(server);
}

/// The server goes on until the program ends: the gateway knows its address.
fn keep(server: MailServer) {
    *SERVER.lock().unwrap() = Some(server);
}

static SERVER: Mutex<Option<MailServer>> = Mutex::new(None);

pub(crate) fn whoever_lost_their_password_recovers_by_letter(network: &Network) {
    let borough = &network.borough;
    let server = SERVER.lock().unwrap();
    let server = server.as_ref().unwrap();
    let sam = Staff::enter(network, "sam", &["officer"]);
    let said = ["sam", "nobody-of-this-name"].map(|name| {
        let answer = open(borough, "POST", "/recovery", &json!({"name": name}));
        (answer.status, answer.json())
    });
    assert_eq!(said[0], said[1], "the answer does not say whether there is such an account");
    assert_eq!(said[0].0, 202);
    let is_recovery = |letter: &&Letter| letter.text.contains("/recovery/");
    until("the letter comes", || server.letters("sam@borough.example").iter().any(|letter| is_recovery(&letter)));
    let letters = server.letters("sam@borough.example");
    let link = link(letters.iter().find(is_recovery).unwrap(), "/recovery/");
    let offered = open(borough, "POST", "/invitation", &json!({"link": link})).json();
    assert_eq!(offered["purpose"], "recovery");
    assert_eq!(sam.call(network, "GET", "/me", &Value::Null).status, 200, "until it is used nothing has changed");
    let app = crate::office::from_base32(offered["secret"].as_str().unwrap());
    let code = app.code_at(jiff::Timestamp::now().as_second());
    let new = json!({"link": link, "password": "violet engine harbour", "code": code});
    assert_eq!(open(borough, "POST", "/invitation/accept", &new).status, 200);
    assert_eq!(sam.call(network, "GET", "/me", &Value::Null).status, 401, "whoever had the old one is out");
    assert_eq!(open(borough, "POST", "/invitation/accept", &new).status, 410);
    assert_eq!(open(borough, "POST", "/sign-in", &json!({"name": "sam", "password": PASSWORD})).status, 401);
    // A letter box is not flooded.
    let statuses: Vec<u16> =
        (0..4).map(|_| open(borough, "POST", "/recovery", &json!({"name": "sam"})).status).collect();
    assert_eq!(statuses, [202, 202, 429, 429]);
    assert_eq!(with(borough, &borough.token, "POST", "/people/sam/leave", &json!({})).status, 200);
}
