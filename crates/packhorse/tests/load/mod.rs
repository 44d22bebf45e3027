//! Clients that ask without pause and note every answer of which the head came, and what gateways recorded of them.

use std::collections::{HashMap, HashSet};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::network::Gateway;
use crate::network::http::Answer;

/// Clients at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    /// By gateway process, in the order given.
    answered: Vec<Arc<Mutex<Vec<String>>>>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    /// So many clients at each of the consumer's processes, which ask for a vehicle.
    pub(crate) fn on(consumers: &[&Gateway], clients: usize) -> Self {
        let mut load = Self { stop: Arc::default(), answered: Vec::new(), clients: Vec::new() };
        for consumer in consumers {
            let answered = Arc::default();
            for _ in 0..clients {
                let (inside, key) = (consumer.inside, consumers[0].api_key.clone());
                let (stop, answered) = (Arc::clone(&load.stop), Arc::clone(&answered));
                load.clients.push(std::thread::spawn(move || ask_on(inside, &key, &stop, &answered)));
            }
            load.answered.push(answered);
        }
        load
    }

    /// How many were answered by each process so far.
    pub(crate) fn so_far(&self) -> Vec<usize> {
        self.answered.iter().map(|answered| answered.lock().unwrap().len()).collect()
    }

    /// Ends it; every exchange that was answered.
    pub(crate) fn finish(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.into_iter().for_each(|client| client.join().unwrap());
        let all: Vec<String> = self.answered.iter().flat_map(|answered| answered.lock().unwrap().clone()).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "no exchange is answered twice");
        all
    }
}

fn ask_on(inside: SocketAddr, key: &str, stop: &AtomicBool, answered: &Mutex<Vec<String>>) {
    let request = format!(
        "GET /r1/PH/GOV/agency/main/vehicles/by-vrm/AA19AAA HTTP/1.1\r\nhost: {inside}\r\nconnection: close\r\n\
         x-road-client: PH/LOC/borough/main\r\npackhorse-api-key: {key}\r\nx-road-userid: officer-1\r\n\r\n"
    );
    while !stop.load(Ordering::Relaxed) {
        match try_ask(inside, &request) {
            Some(answer) if answer.status == 200 => {
                answered.lock().unwrap().push(answer.header("packhorse-exchange").to_owned());
            }
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn try_ask(to: SocketAddr, request: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(to).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(90))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut came = Vec::new();
    // A connection that breaks after the answer's head was an answer all the same.
    let _ = stream.read_to_end(&mut came);
    Answer::parse(&came)
}

/// Every answered exchange is on record with every gateway, once, and their ledgers are whole.
pub(crate) fn nothing_is_lost(gateways: &[&Gateway], answered: &[String]) {
    for gateway in gateways {
        let outcomes = outcomes(gateway);
        for exchange in answered {
            assert_eq!(outcomes.get(exchange).map(String::as_str), Some("answered"), "{exchange}");
        }
        gateway.must(&["ledger", "check"]);
        println!("{}: {} records for {} answers", gateway.organisation, outcomes.len(), answered.len());
    }
}

/// How each exchange ended, by this gateway's records.
fn outcomes(gateway: &Gateway) -> HashMap<String, String> {
    let mut outcomes = HashMap::new();
    let mut before = String::new();
    loop {
        let page = gateway.api("GET", &format!("/records?limit=1000{before}"), b"").json();
        let page = page.as_array().unwrap();
        let word = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
        for line in page {
            let twice = outcomes.insert(word(line, "exchange"), word(line, "outcome"));
            assert!(twice.is_none(), "one record of an exchange");
        }
        let Some(last) = page.last() else { return outcomes };
        before = format!("&before={}", last["index"]);
    }
}
