//! As much HTTP/1.1 as a load needs: keep-alive, announced lengths, blocking sockets.
//!
//! Kept bare on purpose: on two cores, whatever the generator and the backend take is taken from what is measured.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::Result;

/// Longer than any answer may take; a hung system ends the measurement.
const PATIENCE: Duration = Duration::from_secs(120);
const HEADERS: usize = 64;

/// A connection on which requests follow each other.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer's head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    /// The status.
    pub(crate) status: u16,
    /// Bytes of the body.
    pub(crate) length: usize,
    /// Bytes of the head itself.
    bytes: usize,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).map_err(|error| format!("no connection to {address}: {error}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024] })
    }

    /// Sends a request and reads the whole answer; `body` is given every part of it.
    pub(crate) fn exchange(&mut self, request: &[u8], body: impl FnMut(&[u8])) -> Result<Head> {
        self.send(request)?;
        self.receive(body)
    }

    /// Sends a part of a request.
    pub(crate) fn send(&mut self, part: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(part)?)
    }

    /// Reads the whole answer; `body` is given every part of it.
    pub(crate) fn receive(&mut self, mut body: impl FnMut(&[u8])) -> Result<Head> {
        let mut filled = 0;
        let head = loop {
            filled += self.read_at(filled)?;
            if let Some(head) = head(&self.buffer[..filled])? {
                break head;
            }
        };
        body(&self.buffer[head.bytes..filled]);
        let mut left =
            head.length.checked_sub(filled - head.bytes).ok_or("the answer is longer than its content-length")?;
        while left > 0 {
            let read = self.read_at(0)?;
            left = left.checked_sub(read).ok_or("the answer is longer than its content-length")?;
            body(&self.buffer[..read]);
        }
        Ok(head)
    }

    fn read_at(&mut self, place: usize) -> Result<usize> {
        match self.stream.read(&mut self.buffer[place..])? {
            0 => Err("the connection was closed in the middle of an answer".into()),
            read => Ok(read),
        }
    }
}

fn head(bytes: &[u8]) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(end) = response.parse(bytes)? else { return Ok(None) };
    let status = response.code.ok_or("the answer has no status")?;
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = match length {
        Some(header) => std::str::from_utf8(header.value)?.trim().parse()?,
        None if status == 204 => 0,
        None => return Err("the answer does not announce its length".into()),
    };
    Ok(Some(Head { status, length, bytes: end }))
}

/// A request without a body, as it goes over the wire.
pub(crate) fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// One call with a JSON body, and the JSON answered; anything but success is an error.
pub(crate) fn call(address: SocketAddr, method: &str, path: &str, token: &str, body: Option<&Value>) -> Result<Value> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut answer = Vec::new();
    let head = Connection::open(address)?.exchange(request.as_bytes(), |part| answer.extend_from_slice(part))?;
    if !(200..300).contains(&head.status) {
        let said = String::from_utf8_lossy(&answer);
        return Err(format!("{method} {path} was answered with status {}: {said}", head.status).into());
    }
    if answer.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&answer)?) }
}
