//! A scanner for malware, if this machine has one: ClamAV's `clamd`, the service of the machine or one of our own.
//!
//! It must never know what is scanned.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::stage::Stage;
use crate::error::Result;

/// Where Debian's service listens.
const SERVICE: &str = "/run/clamav/clamd.ctl";
/// Our own, among the network's processes.
const OWN: &str = "clamd";
/// Where its files are, below the data folder.
const CONFIGURATION: &str = "clamd/clamd.conf";
const SIGNATURES: &str = "clamd/signatures/test.hdb";
const LOG: &str = "clamd/clamd.log";
/// The one signature that ours knows: MD5, size and name of the EICAR test file. The hundreds of megabytes of a real
/// database would take longer to load than the whole story.
const EICAR: &str = "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test\n";
/// Longest wait until ours is open.
const OPENS: Duration = Duration::from_secs(20);

/// Where a scanner listens, as a gateway's configuration says it; none when there is no scanner.
pub(super) async fn start(stage: &mut Stage) -> Result<Option<String>> {
    if UnixStream::connect(SERVICE).is_ok() {
        return Ok(Some(SERVICE.to_owned()));
    }
    let Some(program) = installed() else { return Ok(None) };
    // A socket's path can be too long; a port cannot.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let signatures = stage.place.write(SIGNATURES, EICAR.as_bytes())?;
    let configuration = format!(
        "DatabaseDirectory {}\nTCPAddr {}\nTCPSocket {}\n",
        signatures.parent().unwrap_or(Path::new(".")).display(),
        port.ip(),
        port.port(),
    );
    stage.place.write(CONFIGURATION, configuration.as_bytes())?;
    let arguments = ["--foreground", "--config-file", CONFIGURATION];
    stage.network.start_other(&program, OWN, &arguments, LOG)?;
    let open = async |_: &Stage| Ok(TcpStream::connect(port).is_ok().then_some(()));
    if stage.wait("the scanner's start", OPENS, open).await.is_err() {
        // The machine's own rules may keep it from files that are not its service's: then there is none.
        stop(stage).await?;
        return Ok(None);
    }
    Ok(Some(port.to_string()))
}

/// Ends ours, if it runs.
pub(super) async fn stop(stage: &mut Stage) -> Result<()> {
    stage.network.halt(OWN).await
}

/// `clamd`, where a user's path has it and where Debian puts it.
fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("clamd")).find(|program| program.is_file())
}
