//! The officer's command line: a sending that is broken off goes on, a fetch never overwrites, and the receipt holds
//! when the content is long gone.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::desk::Desk;
use crate::network::{Gateway, PROGRAM, ok};

/// Somebody at a terminal of their own.
pub(crate) struct Officer<'d> {
    gateway: &'d Gateway,
    client: &'static str,
    user: Option<&'static str>,
    key: PathBuf,
    pub(crate) folder: tempfile::TempDir,
}

impl<'d> Officer<'d> {
    pub(crate) fn sender(desk: &'d Desk) -> Self {
        Self::at(desk.sender(), "PH/GOV/agency/main", None, &desk.sender)
    }

    pub(crate) fn recipient(desk: &'d Desk) -> Self {
        let gateway = desk.recipient();
        Self::at(gateway, "PH/LOC/borough/main", Some("officer-1"), &gateway.api_key)
    }

    fn at(gateway: &'d Gateway, client: &'static str, user: Option<&'static str>, key: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("system.key");
        std::fs::write(&file, key).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        Self { gateway, client, user, key: file, folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Types `packhorse parcel …`.
    pub(crate) fn types(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.arg("parcel").args(arguments).current_dir(self.folder.path());
        command.arg("--gateway").arg(format!("http://{}", self.gateway.inside));
        command.args(["--client", self.client]).arg("--api-key-file").arg(&self.key);
        if let Some(user) = self.user {
            command.args(["--user", user, "--role", "parking-officer"]);
        }
        command.env("XDG_STATE_HOME", self.folder.path().join("state")).output().unwrap()
    }

    pub(crate) fn must(&self, arguments: &[&str]) -> String {
        String::from_utf8(ok(self.types(arguments))).unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.must(&all)).unwrap()
    }

    /// What it said in refusing.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let output = self.types(arguments);
        assert!(!output.status.success(), "{arguments:?} was done: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }

    /// Sends files to the borough; the parcel.
    pub(crate) fn sends(&self, files: &[&str]) -> String {
        let sent =
            self.json(&[&["send", "--to", "PH/LOC/borough/main", "--workflow", "REPORT", "--yes"], files].concat());
        sent["parcels"][0]["parcel"].as_str().unwrap().to_owned()
    }
}

/// Judges a parcel's receipt by the directory that a gateway keeps.
pub(crate) fn verify(gateway: &Gateway, receipt: &Path) -> Output {
    gateway.cli(&["verify", receipt.to_str().unwrap()])
}

#[test]
fn an_officer_sends_tracks_fetches_answers_and_proves_it_afterwards() {
    let desk = Desk::open();
    let (sender, recipient) = (Officer::sender(&desk), Officer::recipient(&desk));
    sender.write("report.pdf", b"%PDF invented");
    sender.write("scans/page 1.tif", &vec![9; 700_000]);
    sender.write("empty.txt", b"");
    a_folder_is_refused_with_a_hint(&sender);
    let send = ["send", "--to", "PH/LOC/borough/main", "--workflow", "REPORT", "--subject", "Case 4711", "--marking"];
    let files = ["official-sensitive", "--yes", "report.pdf", "scans/page 1.tif", "empty.txt"];
    let said = sender.must(&[&send[..], &files[..]].concat());
    assert!(said.contains("accepted through main, signed by PH/GOV/agency with sha256:"), "{said}");
    let parcel = said.split_whitespace().next().unwrap().to_owned();
    let again = sender.refused(&[&send[..], &files[..]].concat());
    assert!(again.contains("the same was sent within the last day"), "{again}");

    desk.until_listed(&parcel);
    let listed = recipient.must(&["list"]);
    assert!(listed.contains(&parcel) && listed.contains("Case 4711"), "{listed}");
    fetched_whole_and_never_over_another(&recipient, &parcel);
    recipient.must(&["opened", &parcel]);
    recipient.must(&["acknowledge", &parcel]);
    desk.until_sender_sees(&parcel, "acknowledged");
    let tracked = sender.must(&["track", &parcel]);
    for said in ["is acknowledged", "collected by officer-1 through main, signed by PH/LOC/borough with sha256:"] {
        assert!(tracked.contains(said), "{said}: {tracked}");
    }
    assert!(recipient.refused(&["fetch", &parcel, "--into", "late"]).contains("content is gone"));

    for (officer, gateway) in [(&sender, desk.sender()), (&recipient, desk.recipient())] {
        officer.must(&["receipt", &parcel, "--output", "parcel.json"]);
        let judged = verify(gateway, &officer.path("parcel.json"));
        let said = String::from_utf8_lossy(&judged.stdout).into_owned();
        assert!(judged.status.success(), "{said}");
        assert!(
            said.contains("nothing is missing between: accepted, delivered, collected, opened, acknowledged"),
            "{said}"
        );
    }
    a_receipt_that_was_altered_is_not_believed(&desk, &sender);
}

fn a_folder_is_refused_with_a_hint(sender: &Officer) {
    let said = sender.refused(&["send", "--to", "PH/LOC/borough/main", "--workflow", "REPORT", "--yes", "scans"]);
    assert!(said.contains("is a folder") && said.contains("scans/*"), "{said}");
}

fn fetched_whole_and_never_over_another(recipient: &Officer, parcel: &str) {
    // An earlier run broke off.
    recipient.write(&format!("in/.{parcel}-1.part"), &vec![9; 123_456]);
    std::fs::set_permissions(recipient.path("in"), std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::set_permissions(recipient.path(&format!("in/.{parcel}-1.part")), std::fs::Permissions::from_mode(0o600))
        .unwrap();
    recipient.write("in/report.pdf", b"mine");
    let said = recipient.refused(&["fetch", parcel, "--into", "in"]);
    assert!(said.contains("report.pdf exists already"), "{said}");
    assert_eq!(std::fs::read(recipient.path("in/report.pdf")).unwrap(), b"mine");
    std::fs::remove_file(recipient.path("in/report.pdf")).unwrap();
    recipient.must(&["fetch", parcel, "--into", "in"]);
    assert_eq!(std::fs::read(recipient.path("in/report.pdf")).unwrap(), b"%PDF invented");
    assert_eq!(std::fs::read(recipient.path("in/scans/page 1.tif")).unwrap(), vec![9; 700_000]);
    assert_eq!(std::fs::read(recipient.path("in/empty.txt")).unwrap(), b"");
    let mode = std::fs::metadata(recipient.path("in/report.pdf")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Again: what is there and right is not fetched, and collecting it again says nothing new.
    recipient.must(&["fetch", parcel, "--into", "in"]);
    // Something else under the part's name is not taken for the file.
    recipient.write(&format!("else/.{parcel}-1.part"), &vec![8; 123_456]);
    assert!(recipient.refused(&["fetch", parcel, "--into", "else"]).contains("not the file that was sent"));
    recipient.must(&["fetch", parcel, "--into", "else"]);
}

fn a_receipt_that_was_altered_is_not_believed(desk: &Desk, officer: &Officer) {
    let whole: Value = serde_json::from_slice(&std::fs::read(officer.path("parcel.json")).unwrap()).unwrap();
    let judged = |receipt: &Value| {
        officer.write("altered.json", receipt.to_string().as_bytes());
        let output = verify(desk.sender(), &officer.path("altered.json"));
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let altered = |alter: &dyn Fn(&mut Vec<Value>)| {
        let mut receipt = whole.clone();
        alter(receipt["receipts"].as_array_mut().unwrap());
        judged(&receipt)
    };
    let (holds, said) = altered(&|_| {});
    assert!(holds, "{said}");
    type Alter<'a> = &'a dyn Fn(&mut Vec<Value>);
    let cases: [(&str, Alter); 6] = [
        ("✗ chain      there is a gap: it was collected, but nobody says that it was delivered", &|all| {
            drop(all.remove(1))
        }),
        ("✗ order      acceptance is not the first", &|all| drop(all.remove(0))),
        ("✗ order      statement 4 was made before", &|all| all.swap(2, 3)),
        ("✗ parcel     statement 6 stands there twice", &|all| all.push(all[4].clone())),
        ("✗ receipt", &|all| all.clear()),
        ("✗ ", &|all| {
            let text = all[2]["record"].to_string().replace("collected", "declined");
            all[2]["record"] = serde_json::from_str(&text).unwrap();
        }),
    ];
    for (expected, alter) in cases {
        let (holds, said) = altered(alter);
        assert!(!holds && said.contains(expected), "{expected}: {said}");
    }
    let mut other = whole.clone();
    other["parcel"] = "019a4c7e-0000-7000-8000-000000000000".into();
    let (holds, said) = judged(&other);
    assert!(!holds && said.contains("statement 1 is about another parcel"), "{said}");
    other["note"] = "more".into();
    assert!(!judged(&other).0);
}

#[test]
fn a_sending_that_is_broken_off_goes_on_where_it_ended() {
    let desk = Desk::open();
    let sender = Officer::sender(&desk);
    let content: Vec<u8> = (0..40_000_000u32).map(|n| (n % 251) as u8).collect();
    sender.write("large.bin", &content);
    // Killed on its way, again and again.
    let send = ["send", "--to", "PH/LOC/borough/main", "--workflow", "REPORT", "--yes", "large.bin"];
    for wait in [150, 300, 450] {
        let mut child = Command::new(PROGRAM);
        child.arg("parcel").args(send).current_dir(sender.folder.path());
        child.arg("--gateway").arg(format!("http://{}", sender.gateway.inside));
        child.args(["--client", sender.client]).arg("--api-key-file").arg(&sender.key);
        child.env("XDG_STATE_HOME", sender.folder.path().join("state"));
        let mut child = child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().unwrap();
    }
    // The gateway, too.
    desk.sender().kill9();
    desk.sender().start();
    let output = sender.types(&send);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    // A run that was killed behind its last word has sent it: then the next says so and sends nothing.
    assert!(output.status.success() || said.contains("the same was sent within the last day"), "{said}");
    let listed = sender.json(&["list", "--out"]);
    assert_eq!(listed.as_array().unwrap().len(), 1, "one command is one parcel: {listed}");
    let parcel = listed[0]["parcel"].as_str().unwrap().to_owned();
    desk.until_listed(&parcel);
    let fetched = desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"");
    assert!(fetched.body == content, "{} bytes came", fetched.body.len());
}

#[test]
fn a_first_time_recipient_is_looked_at_and_nothing_is_sent_unseen() {
    let desk = Desk::open();
    desk.sender().must(&["person", "add", "officer-9", "--system", "main", "--role", "parking-officer"]);
    let mut sender = Officer::sender(&desk);
    sender.user = Some("officer-9");
    sender.write("report.txt", b"invented");
    let send = ["send", "--to", "PH/LOC/borough/main", "--workflow", "REPORT", "report.txt"];
    let said = sender.refused(&send);
    assert!(said.contains("PH/LOC/borough/main was never sent to before") && said.contains("--yes"), "{said}");
    assert_eq!(sender.json(&["list", "--out"]), serde_json::json!([]));
    let parcel = sender.json(&[&send[..], &["--yes"]].concat())["parcels"][0]["parcel"].clone();
    // Known from now on.
    sender.write("report.txt", b"another");
    let second = sender.json(&send)["parcels"][0]["parcel"].clone();
    assert_ne!(parcel, second);
}
