//! An HTTP/1.1 client of a few lines on a bare connection: it sends what a library would refuse to send, and shows
//! every header as it came.

#[path = "described.rs"]
pub(crate) mod described;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names as they were sent.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The values of a header, whatever the case of its name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let values = self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a header that stands there once; empty when it does not stand there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} stands there {} times", all.len());
        all.first().copied().unwrap_or_default()
    }

    /// The body, which must be JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The rule that refused.
    pub(crate) fn rule(&self) -> &str {
        self.header("packhorse-rule")
    }

    /// Reads an answer from what came over the connection.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let mut answer = Self { status, headers, body: bytes[end + 4..].to_vec() };
        if answer.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
            answer.body = unchunked(&answer.body)?;
        }
        Some(answer)
    }
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}

/// One request on its own connection. `host`, `connection` and `content-length` are added. What a management API
/// answers must be what its document says.
pub(crate) fn ask(to: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let came = raw(to, &written(to, method, target, headers, body));
    let answer = Answer::parse(&came);
    let answer = answer.unwrap_or_else(|| panic!("no answer to {method} {target}: {}", String::from_utf8_lossy(&came)));
    described::hold(to, method, target, &answer);
    answer
}

/// As [`ask`], of somebody who may not be there, or falls while answering.
pub(crate) fn try_ask(
    to: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let mut connection = TcpStream::connect(to).ok()?;
    connection.set_read_timeout(Some(Duration::from_secs(90))).ok()?;
    connection.write_all(&written(to, method, target, headers, body)).ok()?;
    let mut came = Vec::new();
    connection.read_to_end(&mut came).ok()?;
    Answer::parse(&came)
}

fn written(to: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut request = format!("{method} {target} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\n").into_bytes();
    for (name, value) in headers {
        request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
        request.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    request
}

/// Sends these bytes and reads until the other side closes.
pub(crate) fn raw(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut connection = TcpStream::connect(to).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
    // Whoever refuses a body may close before all of it is sent; the answer is there all the same.
    let _ = connection.write_all(bytes);
    let mut came = Vec::new();
    let _ = connection.read_to_end(&mut came);
    came
}
