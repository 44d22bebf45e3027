//! A connection of the borough's gateway below HTTP, for what no HTTP library would send.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::PATIENCE;

/// A TLS connection without HTTP.
pub(crate) struct Tunnel {
    pub(super) stream: TlsStream<TcpStream>,
    pub(super) runtime: tokio::runtime::Handle,
}

impl Tunnel {
    /// Sends these bytes and gives back what comes until the end, or for five seconds.
    pub(crate) fn say(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        self.runtime.block_on(async {
            self.stream.write_all(bytes).await.unwrap();
            let reading = self.stream.read_to_end(&mut answer);
            let _ = tokio::time::timeout(Duration::from_secs(5), reading).await;
        });
        answer
    }

    /// Says nothing; fails when the other side has not hung up within half a minute.
    pub(crate) fn wait_for_the_end(mut self) {
        self.runtime.clone().block_on(async {
            let mut sink = Vec::new();
            let _ = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut sink))
                .await
                .expect("the connection is ended within half a minute");
        });
    }
}
