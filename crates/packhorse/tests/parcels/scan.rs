//! Malware: looked for by the real `clamd`, with a signature database of one line; and what becomes of parcels when
//! the scanner hangs, dies or talks nonsense.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::desk::Desk;
use crate::network::{Gateway, free_addresses, until};

/// Most bytes that the tests' clamd takes of one file.
const TAKES: usize = 1024 * 1024;

/// The EICAR test file, in two halves, so that no scanner finds it in this source.
fn eicar() -> Vec<u8> {
    [br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD".as_slice(), b"-ANTIVIRUS-TEST-FILE!$H+H*"].concat()
}

/// A running `clamd`; ends with its owner.
struct Clamd {
    child: Child,
    folder: tempfile::TempDir,
    address: String,
}

impl Clamd {
    fn start() -> Self {
        let [tcp] = free_addresses();
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("database");
        std::fs::create_dir(&database).unwrap();
        // Size and MD5 of the file, its name: clamav's own form of a hash signature.
        std::fs::write(database.join("test.hdb"), "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test\n").unwrap();
        let configuration = format!(
            "Foreground yes\nDatabaseDirectory {}\nTemporaryDirectory {}\nLocalSocket {}\nTCPAddr {}\nTCPSocket {}\n\
             StreamMaxLength {TAKES}\n",
            database.display(),
            folder.path().display(),
            folder.path().join("clamd.ctl").display(),
            tcp.ip(),
            tcp.port(),
        );
        std::fs::write(folder.path().join("clamd.conf"), configuration).unwrap();
        let clamd = Self { child: run(folder.path()), folder, address: tcp.to_string() };
        clamd.until_open();
        clamd
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("clamd.ctl")
    }

    fn until_open(&self) {
        until("clamd is open", || {
            UnixStream::connect(self.socket()).is_ok() && TcpStream::connect(&self.address).is_ok()
        });
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.child = run(self.folder.path());
        self.until_open();
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(folder: &Path) -> Child {
    let log = std::fs::File::create(folder.join("clamd.log")).unwrap();
    let on_the_path = Command::new("sh").args(["-c", "command -v clamd"]).output().unwrap().status.success();
    Command::new(if on_the_path { "clamd" } else { "/usr/sbin/clamd" })
        .arg("--config-file")
        .arg(folder.join("clamd.conf"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .expect("clamd is installed: scripts/prepare test")
}

/// Gives a gateway a scanner.
fn give(gateway: &Gateway, clamd: &str) {
    gateway.stop();
    gateway.configure("# clamd = \"/run/clamav/clamd.ctl\"", &format!("clamd = \"{clamd}\""));
    gateway.start();
}

/// The recipient's statement about the delivery.
fn delivery(desk: &Desk, parcel: &str) -> Value {
    let tracked = desk.track(parcel);
    let mut said = tracked["statements"].as_array().unwrap().iter().map(|signed| &signed["statement"]);
    said.rfind(|said| said["what"]["event"] == "delivered").unwrap()["what"].clone()
}

fn said(tracked: &Value, event: &str) -> Value {
    let mut said = tracked["statements"].as_array().unwrap().iter().map(|signed| &signed["statement"]);
    said.rfind(|said| said["what"]["event"] == event).unwrap().clone()
}

fn lists(desk: &Desk, parcel: &str) -> bool {
    let listed = desk.receive("GET", "?box=in", &[], b"").json();
    listed["parcels"].as_array().unwrap().iter().any(|listed| listed["parcel"] == parcel)
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn without_a_scanner_parcels_go_and_both_sides_are_told_that_nobody_looked() {
    let desk = Desk::open();
    let parcel = desk.dispatch(&[("a.txt", b"plain")]);
    desk.until_sender_sees(&parcel, "delivered");
    assert_eq!(desk.events(&parcel), ["accepted", "delivered"]);
    assert_eq!(desk.track(&parcel)["scanned_by_sender"], false);
    assert_eq!(desk.receive("GET", &format!("/{parcel}"), &[], b"").json()["scanned_by_sender"], false);
    assert_eq!(delivery(&desk, &parcel)["scanned"], false);
}

#[test]
fn what_is_clean_goes_on_and_both_sides_say_that_they_looked() {
    let (desk, clamd) = (Desk::open(), Clamd::start());
    give(desk.sender(), clamd.socket().to_str().unwrap());
    // The other way to reach it.
    give(desk.recipient(), &clamd.address);
    let parcel = desk.dispatch(&[("a.txt", b"plain"), ("empty.txt", b""), ("large.bin", &vec![3; TAKES - 1])]);
    desk.until_sender_sees(&parcel, "delivered");
    assert_eq!(desk.events(&parcel), ["accepted", "scanned", "delivered"]);
    assert_eq!(delivery(&desk, &parcel)["scanned"], true);
    let seen = desk.receive("GET", &format!("/{parcel}"), &[], b"").json();
    assert_eq!(
        (seen["scanned_by_sender"].clone(), said(&seen, "scanned")["organisation"].clone()),
        (true.into(), "PH/GOV/agency".into())
    );
}

#[test]
fn malware_is_stopped_before_it_is_sealed_and_only_a_named_person_lets_it_go_on() {
    let (desk, clamd) = (Desk::open(), Clamd::start());
    let agency = desk.sender();
    agency.must(&["system", "mailbox", "main", "--releasers", "releaser-1"]);
    give(agency, clamd.socket().to_str().unwrap());
    let parcel = desk.dispatch(&[("a.txt", b"plain"), ("sample.com", &eicar())]);
    desk.until_sender_sees(&parcel, "quarantined");
    assert_eq!(desk.events(&parcel), ["accepted", "quarantined"]);
    sleep(Duration::from_secs(2));
    assert_eq!(desk.recipient().api("GET", "/records?kind=parcel", b"").json().as_array().unwrap().len(), 0, "offered");

    let release = |user: &str, said: &[u8]| {
        let by = [JSON, ("x-road-userid", user), ("packhorse-role", "parking-officer")];
        desk.send("POST", &format!("/{parcel}/release"), &by, said)
    };
    let refused = release("clerk-9", br#"{"reason":"I may not"}"#);
    assert_eq!((refused.status, refused.json()["rule"].clone()), (403, "role".into()));
    assert_eq!(desk.send("POST", &format!("/{parcel}/release"), &[JSON], br#"{"reason":"nobody"}"#).status, 403);
    assert_eq!(release("releaser-1", b"{}").status, 422, "a reason is asked for");
    assert_eq!(desk.track(&parcel)["state"], "quarantined");
    assert_eq!(release("releaser-1", br#"{"reason":"it is the test file"}"#).status, 204);

    desk.until_sender_sees(&parcel, "delivered");
    assert_eq!(desk.events(&parcel), ["accepted", "quarantined", "released", "delivered"]);
    // The recipient sees that it was stopped, who let it go on, and why.
    let seen = desk.receive("GET", &format!("/{parcel}"), &[], b"").json();
    let released = said(&seen, "released");
    assert_eq!((released["system"].clone(), released["person"].clone()), ("main".into(), "releaser-1".into()));
    assert_eq!(released["what"]["reason"], "it is the test file");
    assert_eq!(seen["scanned_by_sender"], false);
    assert_eq!(desk.receive("GET", &format!("/{parcel}/files/1"), &[], b"").body, eicar());
}

#[test]
fn malware_found_by_the_recipient_alone_is_never_listed_until_it_is_released() {
    let (desk, clamd) = (Desk::open(), Clamd::start());
    give(desk.recipient(), clamd.socket().to_str().unwrap());
    let sent = [("sample.com", eicar())];
    let files: Vec<(&str, &[u8])> = sent.iter().map(|(name, content)| (*name, content.as_slice())).collect();
    let [released, declined] = [desk.dispatch(&files), desk.dispatch(&files)];
    for parcel in [&released, &declined] {
        desk.until_sender_sees(parcel, "quarantined");
        assert!(!lists(&desk, parcel));
        let fetched = desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"");
        assert_eq!(fetched.status, 409, "{}", fetched.text());
        assert_eq!(desk.receive("POST", &format!("/{parcel}/acknowledge"), &[], b"").status, 409);
    }
    // Who may release it finds it.
    let stopped = desk.receive("GET", "?box=in&state=quarantined", &[], b"").json();
    assert_eq!(stopped["parcels"].as_array().unwrap().len(), 2);
    // The sender's own releaser is not asked: what was found was found by the recipient.
    desk.sender().must(&["system", "mailbox", "main", "--releasers", "releaser-1"]);
    let by = [JSON, ("x-road-userid", "releaser-1"), ("packhorse-role", "parking-officer")];
    let not_yours = desk.send("POST", &format!("/{released}/release"), &by, br#"{"reason":"let it go"}"#);
    assert_eq!(not_yours.status, 409, "{}", not_yours.text());

    let done = desk.receive("POST", &format!("/{released}/release"), &[JSON], br#"{"reason":"a test file"}"#);
    assert_eq!(done.status, 204, "{}", done.text());
    desk.until_sender_sees(&released, "delivered");
    assert!(lists(&desk, &released));
    assert_eq!(desk.receive("GET", &format!("/{released}/files/0"), &[], b"").body, eicar());
    until("the sender knows who released it", || desk.events(&released).contains(&"released".to_owned()));
    assert_eq!(said(&desk.track(&released), "released")["person"], "officer-1");

    let done = desk.receive("POST", &format!("/{declined}/decline"), &[JSON], br#"{"reason":"malware"}"#);
    assert_eq!(done.status, 204, "{}", done.text());
    desk.until_sender_sees(&declined, "declined");
    assert!(!lists(&desk, &declined));
    assert_eq!(desk.receive("GET", &format!("/{declined}/files/0"), &[], b"").status, 410);
}

#[test]
fn while_the_scanner_is_down_parcels_wait_and_say_why_and_go_on_when_it_is_back() {
    let (desk, mut clamd) = (Desk::open(), Clamd::start());
    give(desk.sender(), &clamd.address);
    clamd.stop();
    let parcel = desk.dispatch(&[("a.txt", b"plain")]);
    let waits = |parcel: &str, why: &str| {
        until(why, || desk.track(parcel)["waiting_for"].as_str().is_some_and(|said| said.contains(why)));
    };
    waits(&parcel, "cannot be reached");
    assert_eq!(desk.track(&parcel)["state"], "accepted");
    clamd.start_again();
    desk.until_sender_sees(&parcel, "delivered");
    assert_eq!(desk.events(&parcel), ["accepted", "scanned", "delivered"]);
    assert!(desk.track(&parcel)["waiting_for"].is_null());

    // A file over clamd's own limit was not looked at: that is no "clean". Others pass by it.
    let large = desk.dispatch(&[("large.bin", &vec![5; 5 * TAKES])]);
    waits(&large, "StreamMaxLength");
    let small = desk.dispatch(&[("b.txt", b"plain")]);
    desk.until_sender_sees(&small, "delivered");
    assert_eq!(
        (desk.events(&large), desk.track(&large)["state"].clone()),
        (vec!["accepted".into()], "accepted".into())
    );

    // The recipient's scanner likewise: nothing is listed that it did not see.
    give(desk.recipient(), &clamd.address);
    clamd.stop();
    desk.sender().stop();
    desk.sender().configure("clamd = ", "# clamd = ");
    desk.sender().start();
    let third = desk.dispatch(&[("c.txt", b"plain")]);
    until("it waits at the recipient", || {
        let log = std::fs::read_to_string(desk.recipient().dir.join("serve.log")).unwrap();
        log.lines().any(|line| line.contains(&third) && line.contains("cannot be reached"))
    });
    assert!(!lists(&desk, &third));
    assert_eq!(desk.track(&third)["state"], "sealed");
    clamd.start_again();
    desk.until_sender_sees(&third, "delivered");
    assert_eq!(delivery(&desk, &third)["scanned"], true);
}

/// How something that only looks like a scanner behaves, by what the file begins with.
fn pretend(listener: TcpListener) {
    for connection in listener.incoming() {
        let mut connection = connection.unwrap();
        std::thread::spawn(move || {
            let mut begin = [0; 10 + 4 + 8];
            if connection.read_exact(&mut begin).is_err() {
                return;
            }
            let mut rest = vec![0; 64 * 1024];
            match &begin[14..] {
                b"hang.hng" => sleep(Duration::from_secs(600)),
                b"die.die." => return,
                b"nonsense" => connection.write_all(b"stream: OK, I think\0").unwrap(),
                b"endless." => while connection.write_all(b"stream: OK stream: OK ").is_ok() {},
                _ => connection.write_all(b"stream: OK\0").unwrap(),
            }
            // Reads what is still coming, so that closing does not take the answer back.
            connection.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            while connection.read(&mut rest).is_ok_and(|count| count > 0) {}
        });
    }
}

#[test]
fn a_scanner_that_hangs_dies_or_talks_nonsense_passes_nothing_and_holds_up_no_other_parcel() {
    let desk = Desk::open();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || pretend(listener));
    desk.sender().stop();
    desk.sender().configure("# clamd_seconds = 120", "clamd_seconds = 3");
    give(desk.sender(), &address);
    // More that hang than there are places at once: each waits no longer than the scanner may take.
    let hanging: Vec<String> = (0..10).map(|_| desk.dispatch(&[("h.bin", b"hang.hng")])).collect();
    let plain = desk.dispatch(&[("p.txt", b"harmless")]);
    desk.until_sender_sees(&plain, "delivered");
    for (content, why) in
        [(b"die.die.", "broke off"), (b"nonsense", "neither OK nor FOUND"), (b"endless.", "neither OK nor FOUND")]
    {
        let parcel = desk.dispatch(&[("x.bin", content)]);
        until(why, || desk.track(&parcel)["waiting_for"].as_str().is_some_and(|said| said.contains(why)));
        assert_eq!(desk.events(&parcel), ["accepted"], "{why}");
    }
    for parcel in &hanging {
        until("in time", || desk.track(parcel)["waiting_for"].as_str().is_some_and(|said| said.contains("in time")));
        assert_eq!(desk.events(parcel), ["accepted"]);
    }
}
