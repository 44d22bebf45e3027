//! The provider's own system behind a gateway: an HTTP/1.1 server that tells what it saw.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The server; its thread ends with the test.
pub(crate) struct Echo {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
    last: Arc<Mutex<Seen>>,
}

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query, raw.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The values of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let values = self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.as_str()).collect()
    }
}

impl Echo {
    /// Opens it on a free port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let echo = Self { address, asked: Arc::default(), last: Arc::default() };
        let (asked, last) = (Arc::clone(&echo.asked), Arc::clone(&echo.last));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (asked, last) = (Arc::clone(&asked), Arc::clone(&last));
                std::thread::spawn(move || {
                    let Some(seen) = read(&connection) else { return };
                    asked.fetch_add(1, Ordering::SeqCst);
                    last.lock().unwrap().clone_from(&seen);
                    // The gateway may have hung up: its affair.
                    let _ = answer(connection, &seen);
                });
            }
        });
        echo
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests reached it.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// The last request that reached it.
    pub(crate) fn last(&self) -> Seen {
        self.last.lock().unwrap().clone()
    }
}

/// 13 MiB and 104,729 bytes of which no two neighbouring blocks are alike.
pub(crate) fn large() -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..13 * 1024 * 1024 + 104_729).map(next).collect()
}

fn read(connection: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let mut seen = Seen { method: words.next()?.to_owned(), target: words.next()?.to_owned(), ..Seen::default() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        seen.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let length = seen.all("content-length").first().and_then(|length| length.parse().ok()).unwrap_or_default();
    seen.body = vec![0; length];
    reader.read_exact(&mut seen.body).ok()?;
    Some(seen)
}

/// `/echo` gives the body back; the other paths do what their name says; any other answers an empty object.
fn answer(mut connection: TcpStream, seen: &Seen) -> std::io::Result<()> {
    let path = seen.target.split('?').next().unwrap_or_default();
    let json = "content-type: application/json\r\n";
    let (status, headers, body) = match path {
        "/echo" => ("200 OK", json, seen.body.clone()),
        "/large" => ("200 OK", "content-type: application/octet-stream\r\n", large()),
        "/redirect" => ("302 Found", "location: https://elsewhere.example/\r\n", Vec::new()),
        "/missing" => ("404 Not Found", json, b"{\"why\":\"gone\"}".to_vec()),
        // What only a gateway may say.
        "/forge" => (
            "200 OK",
            "content-type: application/json\r\nx-road-service: forged\r\nx-road-id: forged\r\n\
             x-road-request-hash: forged\r\nx-road-error: forged\r\npackhorse-rule: forged\r\n\
             packhorse-exchange: forged\r\npackhorse-outcome: refused\r\nsignature: packhorse=:AAAA:\r\n\
             x-mine: kept\r\n",
            b"{}".to_vec(),
        ),
        _ => ("200 OK", json, b"{}".to_vec()),
    };
    let date = "date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}{date}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    connection.write_all(head.as_bytes())?;
    if seen.method != "HEAD" {
        connection.write_all(&body)?;
    }
    connection.flush()
}
