//! The Packhorse pair: a registry and two gateways, real processes of the program that is measured, set up by its own
//! commands and its management API. Nothing is switched off and nothing is tuned.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;
use crate::agreements::{DOCUMENTS, PARCELS, PURPOSE, RECORDS, ROLE, Terms};
use crate::answers::{Question, declared};
use crate::http::{Connection, call, get};
use crate::machine::day;
use crate::process::Process;
use crate::setting::{accepts, free_address};

mod mailboxes;

pub(crate) use mailboxes::{Account, Mailboxes, Side};

const CONSUMER: &str = "BENCH/LOC/consumer";
const CLIENT: &str = "BENCH/LOC/consumer/parking";
/// The system that sends parcels: software alone, no person is asked for.
const LETTERS: &str = "BENCH/LOC/consumer/letters";
const PROVIDER: &str = "BENCH/GOV/provider";
const SYSTEM: &str = "BENCH/GOV/provider/register";
const PERSON: &str = "officer-1";
/// Longer than a change needs to reach the other gateway.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pair and its registry.
pub(crate) struct Network {
    program: PathBuf,
    registry: Process,
    consumer: Gateway,
    provider: Gateway,
    api_key: String,
}

/// One gateway.
struct Gateway {
    name: &'static str,
    folder: PathBuf,
    inside: SocketAddr,
    token: String,
    /// `None` while it is stopped.
    process: Option<Process>,
}

/// Sets the network up in a folder, in front of the backend.
pub(crate) fn start(program: &Path, folder: &Path, backend: SocketAddr) -> Result<Network> {
    fs::create_dir_all(folder)?;
    let registry = start_registry(program, &folder.join("registry"))?;
    let consumer =
        Gateway::make(program, folder, "consumer gateway", CONSUMER, &["parking:Parking permits", "letters:Letters"])?;
    let provider = Gateway::make(program, folder, "provider gateway", PROVIDER, &["register:Badge register"])?;
    let mut network = Network { program: program.to_owned(), registry, consumer, provider, api_key: String::new() };
    network.start_gateways()?;
    for gateway in [&network.consumer, &network.provider] {
        until("the gateways to know each other", || gateway.knows_both())?;
    }
    network.publish(backend)?;
    network.govern()?;
    network.agree()?;
    network.register_client()?;
    network.settle()?;
    Ok(network)
}

fn start_registry(program: &Path, folder: &Path) -> Result<Process> {
    let address = free_address()?;
    let (dir, listen) = (folder.display().to_string(), address.to_string());
    let url = format!("https://{listen}");
    command(program, &["registry", "--dir", &dir, "init", "--network", "BENCH", "--listen", &listen, "--url", &url])?;
    let log = folder.join("log");
    let mut registry = Process::start("registry", program, &["registry", "--dir", &dir, "serve"], &log)?;
    registry.wait_until(|| accepts(address))?;
    Ok(registry)
}

impl Network {
    /// Where our own system asks.
    pub(crate) fn address(&self) -> SocketAddr {
        self.consumer.inside
    }

    /// The path by which it asks a question.
    pub(crate) fn path(&self, question: Question) -> String {
        format!("/r1/{SYSTEM}/{}{}", question.service(), question.path())
    }

    /// The headers by which it says who it is and what for. The role's training date and the agreement are the
    /// gateway's to find.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        [
            ("x-road-client", CLIENT),
            ("x-road-userid", PERSON),
            ("packhorse-api-key", &self.api_key),
            ("packhorse-purpose", PURPOSE),
            ("packhorse-role", ROLE),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// The processes that run: both gateways and the registry.
    pub(crate) fn processes(&self) -> Vec<&Process> {
        self.gateways().map(|(_, process)| process).chain([&self.registry]).collect()
    }

    /// The running gateways, the asking one first.
    pub(crate) fn gateways(&self) -> impl Iterator<Item = (&'static str, &Process)> {
        [&self.consumer, &self.provider].into_iter().filter_map(|each| Some((each.name, each.process.as_ref()?)))
    }

    /// The gateways' data folders, in the same order.
    pub(crate) fn data_folders(&self) -> impl Iterator<Item = PathBuf> {
        [&self.consumer, &self.provider].into_iter().map(|each| each.folder.join("data"))
    }

    /// How many entries each ledger has.
    pub(crate) fn ledger_sizes(&self) -> Result<Vec<u64>> {
        let size = |gateway: &Gateway| {
            let status = gateway.api("GET", "/status", None)?;
            status.pointer("/ledger/size").and_then(Value::as_u64).ok_or_else(|| "the status lacks the ledger".into())
        };
        [&self.consumer, &self.provider].into_iter().map(size).collect()
    }

    /// Starts both gateways and waits until they are ready.
    pub(crate) fn start_gateways(&mut self) -> Result<()> {
        for gateway in [&mut self.consumer, &mut self.provider] {
            gateway.serve(&self.program)?;
        }
        Ok(())
    }

    /// Stops both gateways in order.
    pub(crate) fn stop_gateways(&mut self) -> Result<()> {
        for gateway in [&mut self.consumer, &mut self.provider] {
            gateway.process.take().map_or(Ok(()), Process::stop)?;
        }
        Ok(())
    }

    /// Stops all of it in order.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.stop_gateways()?;
        self.registry.stop()
    }

    /// The record declares its fields, so that answers are checked and cut; the document is given as it comes.
    fn publish(&self, backend: SocketAddr) -> Result<()> {
        let columns: Vec<Value> = declared().map(|name| json!({"name": name, "nullable": false})).collect();
        for (service, columns) in [("record", columns), ("document", Vec::new())] {
            let definition = json!({
                "service": service, "title": format!("The measured {service}"), "columns": columns,
                "source": {"kind": "upstream", "base_url": format!("http://{backend}/{service}")},
            });
            let path = format!("/services/register/{service}");
            self.provider.api("PUT", &path, Some(&json!({"definition": definition})))?;
        }
        Ok(())
    }

    /// What a gateway asks for before it lets anything be signed.
    fn govern(&self) -> Result<()> {
        let (today, later) = (day("-1 days")?, day("+300 days")?);
        let drill = json!({"on": today, "found": "The report arrived"});
        for party in [&self.consumer, &self.provider] {
            let route = json!({"text": "Report at once", "contact": "incidents@measured.example", "drills": [drill]});
            party.api("PUT", "/assurance/incident-route", Some(&route))?;
            let siro = json!({"account": "siro", "name": "Post holder", "appointed_by": "Board", "start": today});
            party.api("PUT", "/assurance/siro", Some(&siro))?;
            let policy = json!({
                "title": "Information risk policy", "text": "Risk is owned", "approved_by": "Board",
                "approval_minute": "1", "approved_on": today, "expires_on": later,
            });
            party.api("PUT", "/assurance/risk-policy", Some(&policy))?;
            let charter = json!({
                "title": "Charter", "text": "Invented data only", "contact": "data@measured.example",
                "dpo": "dpo@measured.example", "approved_by": "Board", "legislation": ["UK GDPR"], "review_date": later,
            });
            party.api("POST", "/assurance/charter/publish", Some(&charter))?;
        }
        Ok(())
    }

    fn agree(&self) -> Result<()> {
        let (first, last) = (day("-30 days")?, day("+300 days")?);
        let days = [first.as_str(), last.as_str()];
        let terms =
            Terms { consumer: CONSUMER, client: CLIENT, letters: LETTERS, provider: PROVIDER, system: SYSTEM, days };
        let hand = json!({"name": "Post holder", "position": "SIRO", "authority": "Scheme of delegation"});
        for (id, text) in [(RECORDS, terms.records()), (DOCUMENTS, terms.documents()), (PARCELS, terms.parcels())] {
            self.consumer.api("POST", "/agreements", Some(&text))?;
            // It travels to the other party by itself.
            until("the agreement to arrive", || self.provider.api("GET", &format!("/agreements/{id}"), None).is_ok())?;
            for party in [&self.consumer, &self.provider] {
                party.api("POST", &format!("/agreements/{id}/sign"), Some(&hand))?;
            }
            for party in [&self.consumer, &self.provider] {
                until("the agreement to be in force", || party.holds_active(id))?;
            }
        }
        Ok(())
    }

    fn register_client(&mut self) -> Result<()> {
        let consumer = &self.consumer;
        consumer.api("PUT", "/systems/parking", Some(&json!({"title": "Parking permits"})))?;
        let person = json!({"roles": [ROLE], "trained_on": day("-10 days")?});
        consumer.api("PUT", &format!("/systems/parking/people/{PERSON}"), Some(&person))?;
        let key = consumer.api("POST", "/systems/parking/keys", None)?;
        key.get("api_key").and_then(Value::as_str).ok_or("no key was given")?.clone_into(&mut self.api_key);
        Ok(())
    }

    /// Waits until a question is answered: both gateways know each other and the agreement.
    fn settle(&self) -> Result<()> {
        let headers = self.headers();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = get(self.address(), &self.path(Question::Record), &headers);
        let mut said = Vec::new();
        let answered = until("the first answer", || {
            said.clear();
            let asked =
                Connection::open(self.address()).and_then(|mut it| it.exchange(&request, |part| said.extend(part)));
            asked.is_ok_and(|head| head.status == 200)
        });
        answered.map_err(|error| format!("{error}; the last one: {}", String::from_utf8_lossy(&said)).into())
    }
}

impl Gateway {
    /// Makes a gateway and takes it into the network.
    fn make(program: &Path, network: &Path, name: &'static str, id: &str, systems: &[&str]) -> Result<Self> {
        let folder = network.join(id.rsplit('/').next().unwrap_or(id));
        let (inside, outside) = (free_address()?, free_address()?);
        let dir = folder.display().to_string();
        let (registry, anchor) = (network.join("registry"), network.join("registry/anchor.json"));
        let (registry, anchor) = (registry.display().to_string(), anchor.display().to_string());
        let (inside_text, outside_text) = (inside.to_string(), outside.to_string());
        let systems = systems.iter().flat_map(|system| ["--system", *system]);
        let arguments: Vec<&str> = [
            "gateway",
            "init",
            "--dir",
            &dir,
            "--organisation",
            id,
            "--name",
            name,
            "--siro-email",
            "siro@measured.example",
            "--inside",
            &inside_text,
            "--inside-plain",
            "--outside",
            &outside_text,
            "--outside-address",
            &outside_text,
            "--anchor",
            &anchor,
        ]
        .into_iter()
        .chain(systems)
        .collect();
        command(program, &arguments)?;
        answer_code_of_connection(&folder.join("code-of-connection.toml"))?;
        let config = folder.join("gateway.toml").display().to_string();
        let asked = command(program, &["--json", "gateway", "join", "--config", &config])?;
        let asked: Value = serde_json::from_str(&asked)?;
        let request = asked.get("request").and_then(Value::as_str).ok_or("the request to join has no name")?;
        command(program, &["registry", "--dir", &registry, "approve", request, "--yes"])?;
        let token = fs::read_to_string(folder.join("operator.token"))?.trim().to_owned();
        Ok(Self { name, folder, inside, token, process: None })
    }

    fn serve(&mut self, program: &Path) -> Result<()> {
        let config = self.folder.join("gateway.toml").display().to_string();
        let arguments = ["gateway", "serve", "--config", &config];
        let mut process = Process::start(self.name, program, &arguments, &self.folder.join("log"))?;
        let ready = get(self.inside, "/readyz", &[]);
        process.wait_until(|| {
            let asked = Connection::open(self.inside).and_then(|mut it| it.exchange(&ready, |_| ()));
            asked.is_ok_and(|head| head.status == 200)
        })?;
        self.process = Some(process);
        Ok(())
    }

    fn api(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        call(self.inside, method, &format!("/api{path}"), &self.token, body)
    }

    /// A gateway asks the registry for news every ten seconds.
    fn knows_both(&self) -> bool {
        let Ok(Value::Array(members)) = self.api("GET", "/directory", None) else { return false };
        let is_active = |member: &Value| member.get("status").and_then(Value::as_str) == Some("active");
        members.iter().filter(|member| is_active(member)).count() == 2
    }

    fn holds_active(&self, id: &str) -> bool {
        let held = self.api("GET", &format!("/agreements/{id}"), None);
        held.is_ok_and(|held| held.get("state").and_then(Value::as_str) == Some("active"))
    }
}

fn answer_code_of_connection(file: &Path) -> Result<()> {
    let questions = fs::read_to_string(file)?;
    Ok(fs::write(file, questions.replace("answer = \"\"", "answer = \"A measured body: nothing of it is real\""))?)
}

/// Runs one command of the program to its end and gives back what it said.
fn command(program: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("packhorse {} failed: {said}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn until(what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
    let begin = Instant::now();
    while !holds() {
        if begin.elapsed() > PATIENCE {
            return Err(format!("waited {} s in vain for {what}", PATIENCE.as_secs()).into());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
