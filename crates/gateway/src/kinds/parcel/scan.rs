//! The scanner port: ClamAV's `clamd`, by its INSTREAM command (clamd(8)). Off unless configured, and then said so;
//! when it is configured and cannot be asked, nothing goes on (fail closed).

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::desk::Result;
use crate::error::GatewayError;

/// Most bytes handed over in one go.
const RUN: usize = 1024 * 1024;
/// Most bytes of what it says.
const SAID: u64 = 4096;

/// How it begins when it refuses more than its `StreamMaxLength`, and closes.
const TOO_LARGE: &str = "INSTREAM size limit exceeded";

/// Where the scanner listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannerSettings {
    /// `host:port`, or the path of a socket.
    pub clamd: String,
    /// How long it may take for one mebibyte of content, or for its verdict on a file.
    pub patience: Duration,
}

/// The scanner.
pub(super) struct Scanner {
    clamd: Arc<str>,
    patience: Duration,
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
pub(super) struct Scan(Option<Conversation>);

/// A connection on which one file goes over.
struct Conversation {
    socket: Box<dyn Socket>,
    patience: Duration,
}

impl Scanner {
    pub(super) fn new(settings: ScannerSettings) -> Self {
        Self { clamd: settings.clamd.into(), patience: settings.patience }
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
        let socket = in_time(self.patience, connect).await?.map_err(|_| unreachable())?;
        let mut conversation = Conversation { socket, patience: self.patience };
        conversation.say(b"zINSTREAM\0").await?;
        Ok(Scan(Some(conversation)))
    }
}

impl Scan {
    /// Begins to look at a file; nothing happens when there is no scanner.
    pub(super) async fn by(scanner: Option<&Scanner>) -> Result<Self> {
        match scanner {
            Some(scanner) => scanner.begin().await,
            None => Ok(Self(None)),
        }
    }

    pub(super) async fn feed(&mut self, content: &[u8]) -> Result<()> {
        let Some(conversation) = &mut self.0 else { return Ok(()) };
        for run in content.chunks(RUN) {
            let length = u32::try_from(run.len()).unwrap_or_default();
            conversation.say(&length.to_be_bytes()).await?;
            conversation.say(run).await?;
        }
        Ok(())
    }

    /// Ends the file and waits for the verdict.
    pub(super) async fn verdict(self) -> Result<Verdict> {
        let Some(mut conversation) = self.0 else { return Ok(Verdict::NotScanned) };
        conversation.say(&0u32.to_be_bytes()).await?;
        match conversation.heard().await?.as_str() {
            "stream: OK" => Ok(Verdict::Clean),
            found if found.starts_with("stream: ") && found.ends_with(" FOUND") => Ok(Verdict::Found),
            other => Err(no_verdict(other)),
        }
    }
}

impl Conversation {
    /// Hands bytes over. Who refuses them says why before it closes.
    async fn say(&mut self, bytes: &[u8]) -> Result<()> {
        if in_time(self.patience, self.socket.write_all(bytes)).await?.is_ok() {
            return Ok(());
        }
        Err(no_verdict(&self.heard().await?))
    }

    /// All that it says until it closes, without the end mark.
    async fn heard(&mut self) -> Result<String> {
        let mut said = Vec::new();
        let mut socket = (&mut self.socket).take(SAID);
        // What came before the connection broke is what it said.
        let _broken = in_time(self.patience, socket.read_to_end(&mut said)).await?;
        Ok(String::from_utf8_lossy(&said).trim_end_matches(['\0', '\n']).to_owned())
    }
}

/// Why nothing is known of a file.
fn no_verdict(said: &str) -> super::desk::ParcelError {
    let why = match said {
        "" => "the scanner broke off: look at clamd's log",
        said if said.starts_with(TOO_LARGE) => {
            "the scanner refuses a file of this size: raise StreamMaxLength in clamd.conf"
        }
        _ => "the scanner says neither OK nor FOUND: look at clamd's log",
    };
    GatewayError::Scanner(why).into()
}

fn unreachable() -> super::desk::ParcelError {
    GatewayError::Scanner("the scanner cannot be reached: is clamd running?").into()
}

async fn in_time<T>(patience: Duration, work: impl Future<Output = T>) -> Result<T> {
    let late = GatewayError::Scanner("the scanner did not answer in time: look at clamd's log");
    timeout(patience, work).await.map_err(|_| late.into())
}
