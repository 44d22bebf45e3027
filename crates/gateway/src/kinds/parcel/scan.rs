//! The scanner port: ClamAV's `clamd`, by its INSTREAM command. Off unless configured, and then said so; when it is
//! configured and cannot be asked, nothing goes on (fail closed).

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::desk::{Parcels, Result, stored};

/// How long the scanner may take for one run of content, or for its verdict.
const PATIENCE: Duration = Duration::from_secs(120);
/// Most bytes handed over in one go; clamd refuses more than its StreamMaxLength in all.
const RUN: usize = 1024 * 1024;
/// Most bytes of what it says.
const SAID: usize = 4096;

/// Where the scanner listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannerSettings {
    /// `host:port`, or the path of a socket.
    pub clamd: String,
}

/// The scanner.
pub(super) struct Scanner {
    clamd: Arc<str>,
}

/// What is known of some content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nobody looked.
    NotScanned,
    /// Nothing was found.
    Clean,
    /// Malware was found.
    Found,
}

trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// One file on its way through the scanner.
pub(super) struct Scan(Option<Box<dyn Socket>>);

impl Scanner {
    pub(super) fn new(settings: ScannerSettings) -> Self {
        Self { clamd: settings.clamd.into() }
    }

    async fn begin(&self) -> Result<Scan> {
        let connect = async {
            let socket: Box<dyn Socket> = if self.clamd.starts_with('/') {
                Box::new(UnixStream::connect(&*self.clamd).await?)
            } else {
                Box::new(TcpStream::connect(&*self.clamd).await?)
            };
            Ok::<_, std::io::Error>(socket)
        };
        let mut socket = in_time(connect).await?;
        in_time(socket.write_all(b"zINSTREAM\0")).await?;
        Ok(Scan(Some(socket)))
    }
}

impl Parcels {
    /// Begins to look at a file; nothing happens when there is no scanner.
    pub(super) async fn scan(&self) -> Result<Scan> {
        match self.scanner() {
            Some(scanner) => scanner.begin().await,
            None => Ok(Scan(None)),
        }
    }
}

impl Scan {
    /// Nobody looks.
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) async fn feed(&mut self, content: &[u8]) -> Result<()> {
        let Some(socket) = &mut self.0 else { return Ok(()) };
        for run in content.chunks(RUN) {
            in_time(async {
                socket.write_all(&(run.len() as u32).to_be_bytes()).await?;
                socket.write_all(run).await
            })
            .await?;
        }
        Ok(())
    }

    /// Ends the file and waits for the verdict.
    pub(super) async fn verdict(self) -> Result<Verdict> {
        let Some(mut socket) = self.0 else { return Ok(Verdict::NotScanned) };
        let mut said = Vec::new();
        in_time(async {
            socket.write_all(&0u32.to_be_bytes()).await?;
            (&mut socket).take(SAID as u64).read_to_end(&mut said).await
        })
        .await?;
        match String::from_utf8_lossy(&said).trim_end_matches(['\0', '\n']) {
            "stream: OK" => Ok(Verdict::Clean),
            found if found.starts_with("stream: ") && found.ends_with(" FOUND") => Ok(Verdict::Found),
            _ => Err(stored(
                "scanner's answer",
                "it says neither OK nor FOUND: look at clamd's log and its StreamMaxLength",
            )),
        }
    }
}

async fn in_time<T>(work: impl Future<Output = std::io::Result<T>>) -> Result<T> {
    match timeout(PATIENCE, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(stored("scanner's answer", error)),
        Err(_) => Err(stored("scanner's answer", "it did not come in time")),
    }
}
