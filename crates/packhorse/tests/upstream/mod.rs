//! An upstream that does everything an HTTP server should not, one vice for each path.

pub(crate) mod tls;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The server; its threads end with the test.
pub(crate) struct BadUpstream {
    address: SocketAddr,
    paths: Arc<Mutex<Vec<String>>>,
}

impl BadUpstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let upstream = Self { address: listener.local_addr().unwrap(), paths: Arc::default() };
        let paths = Arc::clone(&upstream.paths);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let paths = Arc::clone(&paths);
                std::thread::spawn(move || serve(connection, &paths));
            }
        });
        upstream
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.paths.lock().unwrap().iter().filter(|asked| *asked == path).count()
    }
}

fn serve(mut connection: TcpStream, paths: &Mutex<Vec<String>>) {
    let Some(path) = path(&connection) else { return };
    paths.lock().unwrap().push(path.clone());
    let mut say = |text: &str| drop(connection.write_all(text.as_bytes()));
    let whole = |kind: &str, body: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    match path.as_str() {
        "/hang" => std::thread::sleep(Duration::from_secs(5)),
        "/drip" => {
            say("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n");
            for _ in 0..50 {
                say(".");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        "/short" => say("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nfar fewer"),
        "/babble" => say("what is HTTP?\r\n\r\n"),
        "/large" => say(&whole("application/octet-stream", &"x".repeat(10_001))),
        "/redirect" => say("HTTP/1.1 302 Found\r\nlocation: /secret\r\ncontent-length: 0\r\n\r\n"),
        "/page" => say(&whole("text/html", "<p>a page</p>")),
        "/claims-json" => say(&whole("application/json", "<p>a page</p>")),
        "/json" => say(&whole("application/json", r#"{"name":"one"}"#)),
        "/more" => say(&whole("application/json", r#"{"name":"one","keeper":"Ada"}"#)),
        "/other-shape" => say(&whole("application/json", r#"{"name":{"first":"Ada"}}"#)),
        // `/reset` and whatever else: the connection ends without a word.
        _ => (),
    }
}

/// Reads the request's head; the path is behind the first blank.
fn path(connection: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split_whitespace().nth(1)?.to_owned();
    while line.trim_end() != "" {
        line.clear();
        reader.read_line(&mut line).ok()?;
    }
    Some(path)
}
