//! An identity provider that we did not write: npm's oidc-provider, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::network::http::ask;
use crate::network::{Gateway, free_addresses};

/// The provider's process; ends with the test.
pub(crate) struct Provider {
    process: Child,
    /// Kept open: it says more than that it is open, and would end where nobody listens.
    _said: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Provider {
    /// For the pages at this address. Nothing where it is not installed; `make test` requires it.
    pub(crate) fn start(pages: &str) -> Option<Self> {
        let folder = std::env::var_os("PACKHORSE_JUDGES_NODE").unwrap_or_default();
        if !Path::new(&folder).join("node_modules/oidc-provider").exists() {
            let required = std::env::var("PACKHORSE_JUDGES").as_deref() == Ok("required");
            assert!(!required, "oidc-provider (PACKHORSE_JUDGES_NODE) is required and missing");
            println!("skipped: oidc-provider is not there");
            return None;
        }
        let [address] = free_addresses();
        let node = Path::new(&folder).join("node");
        let node = if node.exists() { node } else { "node".into() };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/people/provider.mjs");
        let mut process = Command::new(node)
            .args([script, &address.port().to_string(), pages])
            // It ends with us, also when nobody is left to end it.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "open");
        Some(Self { process, _said: said, address })
    }

    /// Its address, as a browser has it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Who signs in next.
    pub(crate) fn next_is(&self, who: &str) {
        ask(self.address, "POST", &format!("/as/{who}"), &[], b"");
    }

    /// The gateway's people sign in here, once it has started anew.
    pub(crate) fn serves(&self, gateway: &Gateway) {
        let secret = gateway.dir.join("open-id.secret");
        std::fs::write(&secret, "a secret: with/odd&characters\n").unwrap();
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        let section = format!(
            "[people.open_id]\nissuer = \"{}\"\nclient_id = \"packhorse\"\n\
             client_secret_file = \"open-id.secret\"\n\
             roles = {{ \"Data sharing officers\" = [\"officer\"], \"Information governance\" = [\"governance\"] }}\n",
            self.url()
        );
        gateway.configure("# [people.open_id]\n", &section);
    }
}
