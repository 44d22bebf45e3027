//! What the same bytes cost without a gateway: `scp` over loopback, and `curl` to nginx over TLS 1.3 and back.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::content::Content;
use crate::Result;
use crate::nginx;
use crate::process::Process;
use crate::setting::{accepts, free_address};

/// Seconds that one file took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rivals {
    /// `scp` to another folder.
    pub(crate) scp: f64,
    /// The same, and its file on the disk: `scp` itself does not wait for that.
    pub(crate) scp_synced: f64,
    /// `curl` up.
    pub(crate) up: f64,
    /// `curl` down.
    pub(crate) down: f64,
}

/// An `sshd` and an nginx of our own, with keys of their own.
pub(crate) struct Servers {
    folder: PathBuf,
    ssh_port: u16,
    tls_port: u16,
    _running: [Process; 2],
}

/// Starts both.
pub(crate) fn start(folder: &Path) -> Result<Servers> {
    fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let (ssh, tls) = (free_address()?, free_address()?);
    for key in ["host", "user"] {
        run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &shown(&folder.join(key))])?;
    }
    fs::copy(folder.join("user.pub"), folder.join("allowed"))?;
    // As root, sshd wants its usual empty folder, which its service would make at a start of the machine.
    if fs::metadata("/proc/self")?.uid() == 0 {
        fs::create_dir_all("/run/sshd")?;
    }
    let config = folder.join("sshd_config");
    fs::write(&config, sshd_config(&folder, ssh.port()))?;
    let mut sshd =
        Process::start("sshd", Path::new("/usr/sbin/sshd"), &["-D", "-e", "-f", &shown(&config)], &folder.join("log"))?;
    sshd.wait_until(|| accepts(ssh))?;
    let web = nginx::uploads(&folder.join("nginx"), tls)?;
    Ok(Servers { folder, ssh_port: ssh.port(), tls_port: tls.port(), _running: [sshd, web] })
}

fn sshd_config(folder: &Path, port: u16) -> String {
    let dir = folder.display();
    format!(
        "ListenAddress 127.0.0.1\nPort {port}\nHostKey {dir}/host\nPidFile none\nAuthorizedKeysFile {dir}/allowed\n\
         StrictModes no\nPasswordAuthentication no\nUsePAM no\nPermitRootLogin prohibit-password\n\
         Subsystem sftp internal-sftp\n"
    )
}

impl Servers {
    /// One file by each of them.
    pub(crate) fn carry(&self, size: u64) -> Result<Rivals> {
        let (source, target) = (self.folder.join("source"), self.folder.join("target"));
        let mut file = fs::File::create(&source)?;
        Content::new(size).each(|block| Ok(file.write_all(block)?))?;
        file.sync_all()?;
        let begin = Instant::now();
        self.scp(&source, &target)?;
        let scp = begin.elapsed().as_secs_f64();
        fs::File::open(&target)?.sync_all()?;
        let scp_synced = begin.elapsed().as_secs_f64();
        same_size(&target, size)?;
        fs::remove_file(&target)?;
        let url = format!("https://far:{}/uploaded", self.tls_port);
        let begin = Instant::now();
        self.curl(&["--upload-file", &shown(&source), &url])?;
        let up = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        self.curl(&["--output", &shown(&target), &url])?;
        let down = begin.elapsed().as_secs_f64();
        same_size(&target, size)?;
        for file in [source, target, self.folder.join("nginx/files/uploaded")] {
            fs::remove_file(file)?;
        }
        Ok(Rivals { scp, scp_synced, up, down })
    }

    fn scp(&self, source: &Path, target: &Path) -> Result<()> {
        let (key, port) = (shown(&self.folder.join("user")), self.ssh_port.to_string());
        let options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
        let to = format!("127.0.0.1:{}", target.display());
        let from = shown(source);
        let arguments: Vec<&str> = ["-q", "-F", "none", "-i", &key, "-P", &port]
            .into_iter()
            .chain(options)
            .chain([from.as_str(), to.as_str()])
            .collect();
        run("scp", &arguments)
    }

    fn curl(&self, more: &[&str]) -> Result<()> {
        let (ca, at) = (shown(&self.folder.join("nginx/ca.crt")), format!("far:{}:127.0.0.1", self.tls_port));
        let arguments: Vec<&str> =
            ["--silent", "--show-error", "--fail", "--tlsv1.3", "--cacert", &ca, "--resolve", &at]
                .into_iter()
                .chain(more.iter().copied())
                .collect();
        run("curl", &arguments)
    }
}

fn same_size(file: &Path, size: u64) -> Result<()> {
    let found = fs::metadata(file)?.len();
    if found == size { Ok(()) } else { Err(format!("{found} bytes came in place of {size}").into()) }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn run(program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_carried_by_both() {
        let folder = tempfile::tempdir().unwrap();
        let rivals = start(folder.path()).unwrap().carry(3_000_000).unwrap();
        assert!(rivals.scp > 0.0 && rivals.up > 0.0 && rivals.down > 0.0);
    }
}
