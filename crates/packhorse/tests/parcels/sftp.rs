//! Files dropped and fetched with OpenSSH's own `sftp`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use crate::desk::Desk;
use crate::network::{Gateway, free_addresses, until};
use crate::vetting::require;

/// A client with a key of its own.
struct Client {
    folder: PathBuf,
    key: PathBuf,
    port: u16,
}

impl Client {
    /// Opens the gateway's SFTP port and lets this client into the mailbox `main`.
    fn of(gateway: &Gateway, name: &str) -> Self {
        let [address]: [SocketAddr; 1] = free_addresses();
        let folder = gateway.dir.join(name);
        std::fs::create_dir(&folder).unwrap();
        let key = folder.join("key");
        made_key(&key);
        let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        gateway.must(&["system", "mailbox", "main", "--sftp-key", public.trim()]);
        gateway.stop();
        gateway.configure("# sftp = \"0.0.0.0:8022\"", &format!("sftp = \"{address}\""));
        gateway.start();
        Self { folder, key, port: address.port() }
    }

    /// Runs commands of `sftp`; the first that fails ends it.
    fn run(&self, commands: &str) -> Output {
        self.run_with(&self.key, "main", commands)
    }

    fn run_with(&self, key: &Path, user: &str, commands: &str) -> Output {
        let mut child = self.sftp(key, user, &[]).spawn().unwrap();
        child.stdin.take().unwrap().write_all(commands.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// The program, about to be run.
    fn sftp(&self, key: &Path, user: &str, more: &[String]) -> Command {
        let known = format!("UserKnownHostsFile={}", self.folder.join("known").display());
        let mut sftp = Command::new("sftp");
        sftp.args(["-q", "-b", "-"]);
        for option in ["StrictHostKeyChecking=no", "IdentitiesOnly=yes", "BatchMode=yes", &known] {
            sftp.args(["-o", option]);
        }
        more.iter().for_each(|option| _ = sftp.args(["-o", option]));
        sftp.arg("-i").arg(key).args(["-P", &self.port.to_string(), &format!("{user}@127.0.0.1")]);
        sftp.current_dir(&self.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        sftp
    }

    fn must(&self, commands: &str) -> String {
        let output = self.run(commands);
        assert!(output.status.success(), "{commands}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A session that is kept open.
struct Open {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Open {
    /// Opens one over the connection that the first of them makes; nothing when that is refused.
    fn begin(client: &Client, is_first: bool) -> Option<Self> {
        let at = format!("ControlPath={}", client.folder.join("connection").display());
        // Who is refused would else make a connection of its own.
        let how = if is_first { "ControlMaster=yes" } else { "ProxyCommand=false" };
        let mut child = client.sftp(&client.key, "main", &[at, how.to_owned()]).spawn().unwrap();
        child.stdin.as_mut().unwrap().write_all(b"pwd\n").unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while said.read_line(&mut line).unwrap() > 0 {
            if line.contains("Remote working directory") {
                return Some(Self { child, said });
            }
        }
        child.wait().unwrap();
        None
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        std::io::copy(&mut self.said, &mut std::io::sink()).unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn one_connection_serves_four_sessions_at_once_and_another_when_one_has_ended() {
    let desk = Desk::open();
    let client = Client::of(desk.sender(), "sftp-out");
    let mut open: Vec<Open> = (0..4).map(|number| Open::begin(&client, number == 0).unwrap()).collect();
    assert!(Open::begin(&client, false).is_none(), "a fifth session");
    open.pop().unwrap().end();
    until("there is room again", || Open::begin(&client, false).map(Open::end).is_some());
    // The first is the connection that the others use.
    open.into_iter().rev().for_each(Open::end);
}

fn made_key(key: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(key).status().unwrap();
    assert!(made.success());
}

#[test]
fn a_legacy_system_drops_and_fetches_with_openssh() {
    let desk = Desk::open();
    let sender = Client::of(desk.sender(), "sftp-out");
    let recipient = Client::of(desk.recipient(), "sftp-in");
    let content: Vec<u8> = (0..9_000_000u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(sender.folder.join("report.bin"), &content).unwrap();

    sender.must("put report.bin out/LOC.BOROUGH.MAIN/REPORT/report.bin\n");
    let mut listed = String::new();
    until("the parcel is in the folder", || {
        listed = recipient.must("ls -1 in\n");
        listed.lines().any(|line| line.starts_with("in/"))
    });
    let parcel = listed.lines().find_map(|line| line.strip_prefix("in/")).unwrap().trim().to_owned();
    recipient.must(&format!("get in/{parcel}/report.bin got.bin\n"));
    assert_eq!(std::fs::read(recipient.folder.join("got.bin")).unwrap(), content);
    recipient.must(&format!("rmdir in/{parcel}\n"));
    assert!(!recipient.must("ls -1 in\n").contains(&parcel), "fetched for good");
    until("the sender sees that it was collected", || {
        sender.must(&format!("get sent/{parcel}.json status.json\n"));
        std::fs::read_to_string(sender.folder.join("status.json")).unwrap().contains("\"state\":\"collected\"")
    });
}

#[test]
fn what_requires_a_vetted_person_is_given_to_no_software() {
    let desk = Desk::open();
    let recipient = Client::of(desk.recipient(), "sftp-in");
    require(desk.recipient(), "marking", "official-sensitive", Some("bpss"));
    let parcel = desk.dispatch(&[("report.txt", b"invented")]);
    desk.until_listed(&parcel);
    let get = format!("get in/{parcel}/report.txt got.txt\n");
    let refused = recipient.run(&get);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.to_lowercase().contains("permission denied"), "{said}");
    assert!(!recipient.folder.join("got.txt").exists());
    assert_eq!(desk.track(&parcel)["state"], "delivered", "it waits for a person");
    require(desk.recipient(), "marking", "official-sensitive", None);
    recipient.must(&get);
    assert_eq!(std::fs::read(recipient.folder.join("got.txt")).unwrap(), b"invented");
}

#[test]
fn an_unfinished_file_is_not_sent_and_goes_on_where_it_broke_off() {
    let desk = Desk::open();
    let sender = Client::of(desk.sender(), "sftp-out");
    let content: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(sender.folder.join("half"), &content[..300_000]).unwrap();
    std::fs::write(sender.folder.join("whole"), &content).unwrap();

    let place = "out/LOC.BOROUGH.MAIN/REPORT/list.csv";
    sender.must(&format!("put half {place}.part\n"));
    assert!(sender.must(&format!("ls -l {place}.part\n")).contains("300000"));
    sender.must(&format!("reput whole {place}.part\n"));
    assert!(
        sender.must("ls -1 sent\n").lines().all(|line| !line.contains(".json")),
        "nothing is sent before its name says so"
    );
    sender.must(&format!("rename {place}.part {place}\n"));
    let mut listed = desk.receive("GET", "?box=in", &[], b"").json();
    until("it arrives", || {
        listed = desk.receive("GET", "?box=in", &[], b"").json();
        listed["parcels"].as_array().unwrap().len() == 1
    });
    let parcel = listed["parcels"][0]["parcel"].as_str().unwrap();
    assert_eq!(listed["parcels"][0]["cover"]["files"][0]["name"], "list.csv");
    assert_eq!(desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"").body, content);
}

#[test]
fn strangers_unknown_recipients_and_paths_out_of_the_mailbox_get_nothing() {
    let desk = Desk::open();
    let sender = Client::of(desk.sender(), "sftp-out");
    std::fs::write(sender.folder.join("file"), b"invented").unwrap();
    let other = sender.folder.join("other");
    made_key(&other);
    for (key, user) in [(&other, "main"), (&sender.key, "nobody"), (&sender.key, "a/b")] {
        assert!(!sender.run_with(key, user, "ls\n").status.success(), "{user}");
    }
    for commands in [
        "put file out/LOC.NOWHERE.MAIN/REPORT/file\n",
        "put file out/LOC.BOROUGH.MAIN/OTHER/file\n",
        "put file out/LOC.BOROUGH.MAIN/REPORT/nul.txt\n",
        "put file in/file\n",
        "put file ../../etc/file\n",
        "get /etc/passwd got\n",
        "get in/../../../etc/passwd got\n",
        "rm sent\n",
        "mkdir in/new\n",
        "ln -s /etc out/link\n",
    ] {
        let refused = sender.run(commands);
        assert!(!refused.status.success(), "{commands}");
    }
    assert!(!sender.folder.join("got").exists());
    assert!(desk.send("GET", "?box=out&state=accepted", &[], b"").json()["parcels"].as_array().unwrap().is_empty());
}
