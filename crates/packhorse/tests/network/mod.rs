//! A network of two bodies and a registry for the tests: the built program, real TLS, free ports of this
//! machine, folders that vanish. Set up by the commands that an operator would type.
//!
//! It must never know what a test wants to show. Every process ends when the network is dropped.

pub(crate) mod agreements;
pub(crate) mod balancer;
pub(crate) mod echo;
mod governed;
pub(crate) mod http;
pub(crate) mod process;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use echo::Echo;
use http::{Answer, ask};
use process::Process;

/// The built program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_packhorse");
/// Longest wait for anything that happens by itself: a port that opens, a head that is polled.
const PATIENCE: Duration = Duration::from_secs(30);

/// Registry, two members, an upstream of the provider.
pub(crate) struct Network {
    pub(crate) borough: Gateway,
    pub(crate) agency: Gateway,
    pub(crate) echo: Echo,
    pub(crate) registry_address: SocketAddr,
    registry: Mutex<Option<Process>>,
    folder: tempfile::TempDir,
}

/// One member's gateway.
pub(crate) struct Gateway {
    pub(crate) organisation: &'static str,
    pub(crate) dir: PathBuf,
    pub(crate) inside: SocketAddr,
    pub(crate) outside: SocketAddr,
    /// The key of the system `main`; empty for who asks nobody.
    pub(crate) api_key: String,
    /// The operator's token for the management API.
    pub(crate) token: String,
    process: Mutex<Option<Process>>,
}

impl Network {
    /// Everything up, joined, published, agreed and registered:
    ///
    /// * the agency publishes `vehicles` and `limited` (a table), `echo` and `narrow` (an undescribed upstream);
    /// * the borough's `main` has a key, officer-1 (trained), officer-2 (trained long ago), clerk-1 (another role);
    ///   `plain` has a key and no people; `old` has no credential.
    pub(crate) fn start() -> Self {
        Self::on(["sqlite:packhorse.sqlite"; 2])
    }

    /// The same, the borough and the agency on these stores.
    pub(crate) fn on(stores: [&str; 2]) -> Self {
        let network = Self::ungoverned_on(stores);
        network.govern(&network.agency);
        network.govern(&network.borough);
        network.agree();
        network
    }

    fn ungoverned_on(stores: [&str; 2]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let echo = Echo::start();
        let [registry_address, one, two, three, four] = free_addresses();
        let url = format!("https://{registry_address}");
        let at = folder.path();
        let listen = registry_address.to_string();
        ok(run(at, &["registry", "init", "--network", "PH", "--listen", &listen, "--url", &url]));
        let registry = serve_registry(at, registry_address);
        std::fs::write(at.join("anchor.json"), ok(run(at, &["registry", "anchor"]))).unwrap();

        let borough =
            Gateway::make(at, "borough", "PH/LOC/borough", [one, two], stores[0], &["main", "plain", "old", "a/b"]);
        let agency = Gateway::make(at, "agency", "PH/GOV/agency", [three, four], stores[1], &["main", "a/b"]);
        let registry = Mutex::new(Some(registry));
        let mut network = Self { borough, agency, echo, registry_address, registry, folder };
        network.join();
        network.borough.start();
        network.agency.start();
        network.meet();
        network.publish();
        network.register();
        network
    }

    /// A registry command.
    pub(crate) fn registry(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["registry"];
        all.extend(arguments);
        run(self.folder.path(), &all)
    }

    /// The registry goes down.
    pub(crate) fn stop_registry(&self) {
        drop(self.registry.lock().unwrap().take());
    }

    /// The registry comes back.
    pub(crate) fn start_registry(&self) {
        *self.registry.lock().unwrap() = Some(serve_registry(self.folder.path(), self.registry_address));
    }

    /// The folder of everything; the members' folders and logs stand below it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn join(&self) {
        for gateway in [&self.borough, &self.agency] {
            gateway.must(&["gateway", "join"]);
        }
        let requests: serde_json::Value = serde_json::from_slice(&ok(self.registry(&["requests", "--json"]))).unwrap();
        let requests = requests.as_array().unwrap();
        assert_eq!(requests.len(), 2);
        for request in requests {
            ok(self.registry(&["approve", request["id"].as_str().unwrap(), "--yes"]));
        }
        // Fetches the membership.
        for gateway in [&self.borough, &self.agency] {
            gateway.must(&["gateway", "join"]);
        }
    }

    /// Waits until each gateway knows both members: the registry publishes entries once a second.
    fn meet(&self) {
        for gateway in [&self.borough, &self.agency] {
            until("both members are known", || {
                let known = ask(gateway.inside, "GET", "/listClients", &[], b"").text();
                ["borough", "agency"].iter().all(|code| known.contains(code))
            });
        }
    }

    fn publish(&self) {
        let table = self.agency.dir.join("vehicles.csv");
        std::fs::write(&table, include_str!("vehicles.csv")).unwrap();
        for service in ["main/vehicles", "main/limited"] {
            let table = table.to_str().unwrap();
            self.agency.must(&["table", "add", table, "--service", service, "--key", "vrm", "--synthetic"]);
        }
        for service in ["main/echo", "main/narrow"] {
            self.agency.must(&["table", "add", &self.echo.url(), "--service", service]);
        }
        // Codes that need encoding in an address.
        let source = serde_json::json!({"kind": "upstream", "base_url": self.echo.url()});
        let definition = serde_json::json!({"service": "äö", "title": "Umlauts", "source": source});
        let document = serde_json::json!({"definition": definition}).to_string();
        let put = self.agency.api("PUT", "/services/a%2Fb/%C3%A4%C3%B6", document.as_bytes());
        assert_eq!(put.status, 200, "{}", put.text());
    }

    fn register(&mut self) {
        let borough = &mut self.borough;
        let purpose = ["--purpose", "parking-penalty"];
        borough.must(&["system", "add", "main", "--title", "Parking", purpose[0], purpose[1]]);
        borough.api_key = borough.key("main");
        let today = agreements::today();
        for (id, role, trained_on) in [
            ("officer-1", "parking-officer", agreements::months_ago(1)),
            ("officer-2", "parking-officer", agreements::months_ago(14)),
            ("clerk-1", "clerk", today),
        ] {
            let trained_on = trained_on.to_string();
            borough.must(&["person", "add", id, "--system", "main", "--role", role, "--trained-on", &trained_on]);
        }
        for system in ["plain", "old", "a/b"] {
            let role = ["--role", "parking-officer"];
            borough.must(&["system", "add", system, "--title", "A system", purpose[0], purpose[1], role[0], role[1]]);
        }
    }

    fn agree(&self) {
        for (id, text) in agreements::texts() {
            self.agree_on(id, &text);
        }
    }

    /// Proposed by the agency, signed by both, in force at both.
    fn agree_on(&self, id: &str, text: &str) {
        let file = self.agency.dir.join(format!("{id}.toml"));
        std::fs::write(&file, text).unwrap();
        self.agency.must(&["agreement", "propose", file.to_str().unwrap()]);
        let by = ["--name", "Ada Example", "--position", "SIRO", "--authority", "scheme of delegation"];
        let sign: Vec<&str> = ["agreement", "sign", id].into_iter().chain(by).collect();
        self.agency.must(&sign);
        until("the proposal arrives", || self.borough.cli(&["agreement", "show", id]).status.success());
        self.borough.must(&sign);
        for gateway in [&self.agency, &self.borough] {
            until("the agreement is active", || {
                let listed = gateway.api("GET", "/agreements", b"").json();
                listed["items"].as_array().unwrap().iter().any(|entry| entry["id"] == id && entry["state"] == "active")
            });
        }
    }
}

impl Gateway {
    fn make(
        at: &Path,
        name: &'static str,
        organisation: &'static str,
        [inside, outside]: [SocketAddr; 2],
        store: &str,
        systems: &[&str],
    ) -> Self {
        let (in_text, out_text, siro) = (inside.to_string(), outside.to_string(), format!("siro@{name}.example"));
        let systems: Vec<String> = systems.iter().map(|code| format!("{code}:System {code}")).collect();
        let mut arguments = vec!["gateway", "init", "--dir", name, "--organisation", organisation, "--name", name];
        arguments.extend(["--siro-email", &siro, "--inside", &in_text, "--inside-plain", "--outside", &out_text]);
        arguments.extend(["--outside-address", &out_text, "--anchor", "anchor.json", "--store", store]);
        systems.iter().for_each(|system| arguments.extend(["--system", system]));
        ok(run(at, &arguments));
        let dir = at.join(name);
        let connection = dir.join("code-of-connection.toml");
        let answers = std::fs::read_to_string(&connection).unwrap();
        std::fs::write(&connection, answers.replace("answer = \"\"", "answer = \"Our risk policy says so.\"")).unwrap();
        let token = std::fs::read_to_string(dir.join("operator.token")).unwrap().trim().to_owned();
        let process = Mutex::new(None);
        let gateway = Self { organisation, dir, inside, outside, api_key: String::new(), token, process };
        gateway.configure("# poll_seconds = 10", "poll_seconds = 1");
        gateway
    }

    /// A second process of the same organisation on the same store, in a folder of its own; both are reached at the
    /// published address through a balancer. Starts it, and this one anew.
    pub(crate) fn twin(&self, name: &str) -> Self {
        let [ours, inside, outside] = free_addresses();
        let dir = self.dir.with_file_name(name);
        let copied = Command::new("cp").arg("-r").args([&self.dir, &dir]).status().unwrap();
        assert!(copied.success());
        let twin = Self {
            organisation: self.organisation,
            dir,
            inside,
            outside,
            api_key: self.api_key.clone(),
            token: self.token.clone(),
            process: Mutex::new(None),
        };
        let listen = |address: SocketAddr| format!("listen = \"{address}\"");
        twin.configure(&listen(self.inside), &listen(inside));
        twin.configure(&listen(self.outside), &listen(outside));
        twin.configure("# data = \"data\"", &format!("data = \"{}\"", self.dir.join("data").display()));
        self.stop();
        self.configure(&listen(self.outside), &listen(ours));
        balancer::balance(self.outside, [ours, outside]);
        self.start();
        twin.start();
        twin
    }

    /// Changes the configuration; the next start reads it.
    pub(crate) fn configure(&self, from: &str, to: &str) {
        let file = self.dir.join("gateway.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "the configuration has no line {from:?}");
        std::fs::write(&file, text.replace(from, to)).unwrap();
    }

    /// Runs a command on this gateway.
    pub(crate) fn cli(&self, arguments: &[&str]) -> Output {
        let config = self.dir.join("gateway.toml");
        let all: Vec<&str> = arguments.iter().copied().chain(["--config", config.to_str().unwrap()]).collect();
        run(&self.dir, &all)
    }

    /// Runs a command that must succeed; what it printed.
    pub(crate) fn must(&self, arguments: &[&str]) -> String {
        String::from_utf8(ok(self.cli(arguments))).unwrap()
    }

    /// Gives somebody a token for the management API.
    pub(crate) fn new_token(&self, name: &str, role: &str) -> String {
        self.must(&["gateway", "operator", "add", name, "--role", role]).trim().to_owned()
    }

    /// Takes the token away.
    pub(crate) fn remove_token(&self, name: &str) {
        self.must(&["gateway", "operator", "remove", name]);
    }

    /// A new API key of one of our systems.
    pub(crate) fn key(&self, system: &str) -> String {
        self.must(&["system", "key", system]).trim().to_owned()
    }

    /// A call of the management API with the operator's token.
    pub(crate) fn api(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let token = format!("Bearer {}", self.token);
        let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
        ask(self.inside, method, &format!("/api{path}"), &headers, body)
    }

    /// What is kept of an exchange, one entry for each side that this gateway stood on.
    pub(crate) fn records(&self, exchange: &str) -> Vec<serde_json::Value> {
        match self.api("GET", &format!("/records/{exchange}"), b"") {
            answer if answer.status == 404 => Vec::new(),
            answer => answer.json().as_array().unwrap().clone(),
        }
    }

    /// Starts the gateway and waits until it is ready.
    pub(crate) fn start(&self) {
        let process = Process::start(&self.dir, &["gateway", "serve"], "serve.log");
        *self.process.lock().unwrap() = Some(process);
        until("the gateway is ready", || {
            std::net::TcpStream::connect(self.inside).is_ok()
                && ask(self.inside, "GET", "/readyz", &[], b"").status == 200
        });
    }

    /// Starts the gateway whose inside port is encrypted, and waits until it answers.
    pub(crate) fn start_encrypted(&self) {
        *self.process.lock().unwrap() = Some(Process::start(&self.dir, &["gateway", "serve"], "serve.log"));
        until("the gateway answers", || self.cli(&["system", "list"]).status.success());
    }

    /// Tells the gateway to finish and waits until it has.
    pub(crate) fn stop(&self) {
        if let Some(process) = self.process.lock().unwrap().take() {
            process.finish();
        }
    }

    /// Whether the process still runs.
    pub(crate) fn alive(&self) -> bool {
        self.process.lock().unwrap().as_mut().is_some_and(Process::runs)
    }

    /// The number of the process, which must have been started.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.lock().unwrap().as_ref().unwrap().id()
    }

    /// The power goes.
    pub(crate) fn kill9(&self) {
        drop(self.process.lock().unwrap().take());
    }
}

fn serve_registry(at: &Path, address: SocketAddr) -> Process {
    let registry = Process::start(at, &["registry", "serve"], "registry.log");
    until("the registry is open", || std::net::TcpStream::connect(address).is_ok());
    registry
}

/// Waits until it is so.
pub(crate) fn until(what: &str, is_so: impl FnMut() -> bool) {
    until_within(PATIENCE, what, is_so);
}

/// Waits so long until it is so.
pub(crate) fn until_within(patience: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < patience, "waited {patience:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What a command printed, which must have succeeded.
pub(crate) fn ok(output: Output) -> Vec<u8> {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}{}", output.status, String::from_utf8_lossy(&output.stdout));
    output.stdout
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).current_dir(folder).output().unwrap()
}

/// Free addresses of this machine; all are held until all are known, so that none is given twice.
pub(crate) fn free_addresses<const N: usize>() -> [SocketAddr; N] {
    let held: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    held.map(|listener| listener.local_addr().unwrap())
}
