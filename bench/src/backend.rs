//! The system behind everything that is measured: answers at once, from memory, on as many connections as come.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, RwLock};
use std::thread;

use crate::Result;
use crate::answers::Question;

const HEADERS: usize = 64;
const HEAD_BYTES: usize = 16 * 1024;

/// Whole answers, head and body, by path.
type Answers = Arc<RwLock<HashMap<String, Arc<[u8]>>>>;

/// Serves until it is killed.
pub(crate) fn serve(port: u16) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let answers = Answers::default();
    for stream in listener.incoming() {
        let (stream, answers) = (stream?, Arc::clone(&answers));
        // What goes wrong on one connection ends that connection; its client notices.
        thread::spawn(move || _ = converse(stream, &answers));
    }
    Ok(())
}

fn converse(mut stream: TcpStream, answers: &Answers) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; HEAD_BYTES];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        while let Some((path, end)) = request(&buffer[..filled])? {
            stream.write_all(&answer(answers, &path)?)?;
            buffer.copy_within(end..filled, 0);
            filled -= end;
        }
    }
}

/// The path of the first request in the buffer and where it ends; requests here have no body.
fn request(bytes: &[u8]) -> Result<Option<(String, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(end) = request.parse(bytes)? else { return Ok(None) };
    Ok(Some((request.path.ok_or("the request has no path")?.to_owned(), end)))
}

fn answer(answers: &Answers, path: &str) -> Result<Arc<[u8]>> {
    let lost = "another thread of the backend panicked";
    if let Some(answer) = answers.read().map_err(|_| lost)?.get(path) {
        return Ok(Arc::clone(answer));
    }
    let (status, body) = match Question::of_path(path) {
        Some(question) => ("200 OK", question.answer()?),
        None => ("404 Not Found", b"{}".to_vec()),
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    let answer: Arc<[u8]> = [head.as_bytes(), &body].concat().into();
    answers.write().map_err(|_| lost)?.insert(path.to_owned(), Arc::clone(&answer));
    Ok(answer)
}
