//! An HTTP upstream on good and bad days, played by a small TCP server.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use packhorse_tables::{Outcome, Published, PublishedTable, TableDefinition, TableError, Upstream, UpstreamRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: old\r\nX-Kept: yes\r\n";

/// What the server does after it has written its answer.
#[derive(Clone, Copy, PartialEq)]
enum After {
    KeepAlive,
    Close,
    Hang,
}

struct Server {
    url: String,
    requests: mpsc::UnboundedReceiver<String>,
    connections: mpsc::UnboundedReceiver<()>,
}

async fn server(answer: String, after: After) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (seen, requests) = mpsc::unbounded_channel();
    let (accepted, connections) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            accepted.send(()).ok();
            tokio::spawn(converse(stream, answer.clone(), after, seen.clone()));
        }
    });
    Server { url, requests, connections }
}

async fn converse(mut stream: TcpStream, answer: String, after: After, seen: mpsc::UnboundedSender<String>) {
    let mut buffer = vec![0; 65_536];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        seen.send(String::from_utf8_lossy(&buffer[..read]).into_owned()).ok();
        stream.write_all(answer.as_bytes()).await.ok();
        match after {
            After::KeepAlive => {}
            After::Close => return,
            After::Hang => tokio::time::sleep(Duration::from_secs(60)).await,
        }
    }
}

async fn published(url: &str) -> PublishedTable {
    let text = format!(
        "service = \"vehicles\"\ntitle = \"Vehicles\"\n[source]\nkind = \"upstream\"\nbase_url = \"{url}\"\n\
         connect_timeout_ms = 500\nfirst_byte_timeout_ms = 300\ntimeout_ms = 600\nmax_body = 1000\n\
         operations = [{{ method = \"GET\", path = \"/vehicles/*\" }}]\n\
         [[columns]]\nname = \"vrm\"\nformat = \"vrm\"\nnullable = false\n\
         [[columns]]\nname = \"keeper.name\"\n"
    );
    PublishedTable::open(TableDefinition::from_toml(&text).unwrap(), std::env::temp_dir()).await.unwrap()
}

fn upstream(table: &PublishedTable) -> &Upstream {
    match table.published() {
        Published::Upstream(upstream) => upstream,
        Published::Table(_) => panic!("not an upstream"),
    }
}

async fn error_of(answer: impl Into<String>, after: After) -> TableError {
    let server = server(answer.into(), after).await;
    published(&server.url).await.answer("GET", "/x", None, b"").await.unwrap_err()
}

fn with_body(head: &str, body: &str) -> String {
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn method_path_query_headers_and_body_arrive_as_they_are() {
    let mut server = server(with_body(JSON, r#"{"vrm":"AA19AAA"}"#), After::KeepAlive).await;
    let table = published(&format!("{}/api/", server.url)).await;
    let mut headers = HeaderMap::new();
    for (name, value) in
        [("x-case", "7"), ("connection", "x-hop"), ("x-hop", "1"), ("transfer-encoding", "chunked"), ("host", "evil")]
    {
        headers.insert(name, value.parse().unwrap());
    }
    let request = UpstreamRequest {
        method: Method::PUT,
        path_and_query: "/path%3B/?a=%20b".to_owned(),
        headers,
        body: Bytes::from_static(b"{\"q\":1}"),
    };
    let answer = upstream(&table).call(request.clone()).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json().unwrap()["vrm"], "AA19AAA");
    assert!(answer.headers.contains_key("x-kept"));
    assert!(!answer.headers.contains_key("server") && !answer.headers.contains_key("content-length"));
    let seen = server.requests.recv().await.unwrap().to_lowercase();
    assert!(seen.starts_with("put /api/path%3b/?a=%20b http/1.1\r\n"), "{seen}");
    assert!(
        seen.contains("x-case: 7\r\n") && seen.contains("content-length: 7\r\n") && seen.ends_with("{\"q\":1}"),
        "{seen}"
    );
    assert!(!seen.contains("x-hop") && !seen.contains("chunked") && !seen.contains("evil"), "{seen}");

    for _ in 0..5 {
        upstream(&table).call(request.clone()).await.unwrap();
    }
    server.connections.recv().await.unwrap();
    assert!(server.connections.try_recv().is_err(), "the connection is kept and used again");
}

#[tokio::test]
async fn an_answer_has_its_declared_shape_or_the_fault_is_named() {
    let server = server(
        with_body(JSON, r#"{"vrm":"AA19AAA","keeper":[{"name":"A"},{"name":null}],"more":1}"#),
        After::KeepAlive,
    )
    .await;
    let table = published(&server.url).await;
    let answer = table.answer("GET", "/vehicles/AA19AAA", None, b"").await.unwrap();
    assert_eq!((answer.status, answer.outcome), (200, Outcome::Found(1)));
    table.check_shape(&answer.body).unwrap();
    for (body, fault) in [
        (r#"{"keeper":{"name":"A"}}"#, r#"lacks the field "vrm""#),
        (r#"{"vrm":7}"#, r#""vrm" of the answer is not a vehicle registration mark"#),
        (r#"[{"vrm":"AA19AAA"},{"vrm":null}]"#, r#"lacks the field "vrm""#),
        (r#"{"vrm":"AA19AAA","keeper":"A"}"#, "keeper.name"),
        (r#""AA19AAA""#, "neither a JSON object nor an array"),
    ] {
        let said = table.check_shape(&serde_json::from_str(body).unwrap()).unwrap_err().to_string();
        assert!(said.contains(fault), "{said}");
    }
    assert_eq!(table.operations()[0].to_string(), "GET /vehicles/*");
    assert!(table.openapi()["paths"]["/vehicles/{p1}"]["get"].is_object());
    assert_eq!(table.fields(), ["vrm", "keeper.name"]);
}

#[tokio::test]
async fn an_error_status_of_the_upstream_is_an_answer() {
    let server =
        server(with_body("HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\n", "{}"), After::Close)
            .await;
    let answer = published(&server.url).await.answer("GET", "/x", None, b"").await.unwrap();
    assert_eq!((answer.status, answer.outcome), (404, Outcome::NoMatch));
}

#[tokio::test]
async fn a_redirect_comes_back_and_is_not_followed() {
    let mut trap = server(with_body(JSON, "{}"), After::Close).await;
    let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {}/secret\r\nContent-Length: 0\r\n\r\n", trap.url);
    let server = server(redirect, After::Close).await;
    let table = published(&server.url).await;
    let request = UpstreamRequest {
        method: Method::GET,
        path_and_query: "/x".into(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let answer = upstream(&table).call(request).await.unwrap();
    assert_eq!(
        (answer.status, answer.headers["location"].to_str().unwrap()),
        (StatusCode::FOUND, &*format!("{}/secret", trap.url))
    );
    assert_eq!(table.answer("GET", "/x", None, b"").await.unwrap().status, 302);
    assert!(trap.requests.try_recv().is_err());
}

#[tokio::test]
async fn nobody_there_is_told_from_somebody_who_does_not_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(published(&gone).await.answer("GET", "", None, b"").await.unwrap_err(), TableError::UpstreamUnreachable);

    let start = Instant::now();
    assert_eq!(error_of("", After::Hang).await, TableError::UpstreamTimedOut("begin its answer"));
    let partial = format!("{JSON}Content-Length: 50\r\n\r\n{{");
    assert_eq!(error_of(partial, After::Hang).await, TableError::UpstreamTimedOut("answer"));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_lies_about_its_length_is_told() {
    assert_eq!(
        error_of(format!("{JSON}Content-Length: 50\r\n\r\n{{}}"), After::Close).await,
        TableError::UpstreamBroken
    );
    assert_eq!(
        error_of(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n5\r\n{{}}"), After::Close).await,
        TableError::UpstreamBroken
    );
    assert_eq!(
        error_of(format!("{JSON}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}} "), After::Close).await,
        TableError::UpstreamBroken
    );
    assert_eq!(error_of("SSH-2.0-OpenSSH\r\n", After::Close).await, TableError::UpstreamBroken);
    assert_eq!(error_of("", After::Close).await, TableError::UpstreamBroken);
}

#[tokio::test]
async fn a_connection_that_is_reset_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Closing with the request unread makes the system send a reset.
            stream.readable().await.ok();
            drop(stream);
        }
    });
    assert_eq!(published(&url).await.answer("GET", "/x", None, b"").await.unwrap_err(), TableError::UpstreamBroken);
}

#[tokio::test]
async fn an_answer_above_the_limit_is_told_whether_announced_or_not() {
    let long = format!("\"{}\"", "x".repeat(2_000));
    let too_large = TableError::UpstreamTooLarge { limit: 1_000 };
    assert_eq!(error_of(with_body(JSON, &long), After::KeepAlive).await, too_large);
    let chunked = format!("{JSON}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    assert_eq!(error_of(chunked, After::KeepAlive).await, too_large);
}

#[tokio::test]
async fn html_and_json_that_is_none_do_not_pass() {
    let html = with_body("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", "<p>private</p>");
    let error = error_of(html, After::Close).await;
    assert_eq!(error, TableError::UpstreamNotJson { status: 200 });
    assert!(!error.to_string().contains("private"));
    assert_eq!(error_of(with_body(JSON, "<p>"), After::Close).await, TableError::UpstreamNotJson { status: 200 });
    let deep = "[".repeat(900);
    assert_eq!(error_of(with_body(JSON, &deep), After::Close).await, TableError::UpstreamNotJson { status: 200 });
}

#[tokio::test]
async fn a_request_that_is_no_http_is_refused_before_it_is_sent() {
    let mut server = server(with_body(JSON, "{}"), After::Close).await;
    let table = published(&server.url).await;
    for (method, path) in [("GET", "/a b"), ("GET", "@evil/"), ("G T", "/"), ("GET", "/a\r\nX: y")] {
        let error = table.answer(method, path, None, b"").await.unwrap_err();
        assert!(matches!(error, TableError::UpstreamRequest(_)), "{error}");
    }
    assert!(server.requests.try_recv().is_err());
}
