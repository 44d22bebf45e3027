//! Everything that runs during the measurement: the backend, the nginx pair, the Packhorse pair.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;

use tempfile::TempDir;

use crate::Result;
use crate::answers::Question;
use crate::load::Target;
use crate::network::{self, Network};
use crate::nginx::{self, Pair};
use crate::options::Options;
use crate::process::Process;

/// What stands between the client and the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Nothing.
    Direct,
    /// The nginx pair.
    Nginx,
    /// Two gateways.
    Packhorse,
}

impl System {
    /// In the order in which they are measured.
    pub(crate) const ALL: [Self; 3] = [Self::Direct, Self::Nginx, Self::Packhorse];

    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Nginx => "nginx pair",
            Self::Packhorse => "Packhorse pair",
        }
    }
}

/// The running systems. Dropping it ends them all; the folder goes last.
pub(crate) struct Setting {
    /// The Packhorse pair and its registry.
    pub(crate) network: Network,
    nginx: Pair,
    backend: Process,
    backend_address: SocketAddr,
    folder: TempDir,
}

/// Starts everything.
pub(crate) fn set_up(options: &Options) -> Result<Setting> {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&options.folder)?;
    // Children are told absolute paths: they change folders.
    let path = folder.path().canonicalize()?;
    let backend_address = free_address()?;
    let port = backend_address.port().to_string();
    let program = std::env::current_exe()?;
    let mut backend = Process::start("backend", &program, &["backend", &port], &path.join("backend.log"))?;
    backend.wait_until(|| accepts(backend_address))?;
    let nginx = nginx::start(&path.join("nginx"), backend_address)?;
    let network = network::start(&options.packhorse.canonicalize()?, &path.join("network"), backend_address)?;
    Ok(Setting { network, nginx, backend, backend_address, folder })
}

impl Setting {
    /// How a system is asked a question.
    pub(crate) fn target(&self, system: System, question: Question) -> Result<Target> {
        let plain = format!("/{}{}", question.service(), question.path());
        let (address, path, expected) = match system {
            System::Direct => (self.backend_address, plain, question.answer()?),
            System::Nginx => (self.nginx.address, plain, question.answer()?),
            System::Packhorse => (self.network.address(), self.network.path(question), question.agreed_answer()?),
        };
        Ok(Target { address, path, headers: self.network.headers(), expected })
    }

    /// The processes that work when a system is asked, without the load generator.
    pub(crate) fn processes(&self, system: System) -> Vec<&Process> {
        let between = match system {
            System::Direct => Vec::new(),
            System::Nginx => self.nginx.processes.iter().collect(),
            System::Packhorse => self.network.processes(),
        };
        between.into_iter().chain([&self.backend]).collect()
    }

    /// Where the systems keep their data.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        Ok(self.folder.path().canonicalize()?)
    }

    /// Ends the gateways in order, and the rest.
    pub(crate) fn stop(self) -> Result<()> {
        self.network.stop()?;
        self.folder.close()?;
        Ok(())
    }
}

/// An address on loopback that nobody listens at just now.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Whether somebody listens there.
pub(crate) fn accepts(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_ok()
}
