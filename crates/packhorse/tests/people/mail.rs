//! Letters, to a mail server that really runs: RFC 5321, as much of it as a server needs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::network::{Network, until};
use crate::office::{PASSWORD, Staff, done, newcomer, open, with};

/// A mail server: turns the first letter away for now, and takes every other.
struct MailServer {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<Letter>>>,
    turned_away: Arc<Mutex<usize>>,
}

#[derive(Clone, Debug)]
struct Letter {
    to: String,
    text: String,
}

impl MailServer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server =
            Self { address: listener.local_addr().unwrap(), taken: Arc::default(), turned_away: Arc::default() };
        let (taken, turned_away) = (Arc::clone(&server.taken), Arc::clone(&server.turned_away));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (taken, turned_away) = (Arc::clone(&taken), Arc::clone(&turned_away));
                std::thread::spawn(move || talk(connection, &taken, &turned_away));
            }
        });
        server
    }

    /// The letters that came for an address.
    fn letters(&self, to: &str) -> Vec<Letter> {
        self.taken.lock().unwrap().iter().filter(|letter| letter.to == to).cloned().collect()
    }
}

fn talk(mut connection: TcpStream, taken: &Mutex<Vec<Letter>>, turned_away: &Mutex<usize>) -> Option<()> {
    let mut lines = BufReader::new(connection.try_clone().ok()?).lines().map_while(Result::ok);
    let mut say = |line: &str| connection.write_all(format!("{line}\r\n").as_bytes()).ok();
    say("220 mail.example")?;
    let mut to = String::new();
    while let Some(line) = lines.next() {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        match word.as_str() {
            "EHLO" => say("250 mail.example")?,
            "MAIL" => {
                let mut count = turned_away.lock().unwrap();
                if *count == 0 {
                    *count += 1;
                    say("451 4.3.0 not now")?;
                } else {
                    say("250 ok")?;
                }
            }
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                say("250 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                let text: Vec<String> = lines.by_ref().take_while(|line| line != ".").collect();
                taken.lock().unwrap().push(Letter { to: to.clone(), text: text.join("\n") });
                say("250 ok")?;
            }
            "QUIT" => {
                say("221 bye")?;
                return Some(());
            }
            _ => say("250 ok")?,
        }
    }
    Some(())
}

/// The borough tells people by letters from here on.
fn configure(network: &Network, server: &MailServer) {
    let borough = &network.borough;
    let pages = format!("http://{}", borough.inside);
    borough.configure("# address = \"https://packhorse.example.gov.uk\"", &format!("address = \"{pages}\""));
    let section = format!(
        "[people.mail]\nhost = \"127.0.0.1\"\nport = {}\nfrom = \"packhorse@borough.example\"\nsecurity = \"none\"\n",
        server.address.port()
    );
    borough.configure("# [people.mail]\n", &section);
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
    assert_eq!(*server.turned_away.lock().unwrap(), 1);
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
    let is_recovery = |letter: &&super::mail::Letter| letter.text.contains("/recovery/");
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
