//! Strangers' programs judge a log of 70,000 entries that this crate wrote: Google's `golang.org/x/mod/sumdb` in Go,
//! and `proofbundle` in Python.
//!
//! Go is looked for on the path, with `golang-golang-x-mod-dev` of Debian under `/usr/share/gocode`; proofbundle in
//! the virtual environment that PACKHORSE_JUDGES_VENV names. A judge that is not there is skipped, unless
//! PACKHORSE_JUDGES=required.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a panic is the failure report of a test, a line says that a judge is missing"
)]

mod fixture;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use fixture::*;
use packhorse_ledger::*;
use tempfile::TempDir;

const SIZE: u64 = 70_000;
const OLD_SIZE: u64 = 23_333;
const INDEX: u64 = 41_234;
const GOPATH: &str = "/usr/share/gocode";

fn entry(number: u64) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

/// A log in a folder, laid out as it is served.
struct Published {
    folder: TempDir,
    old_root: Hash,
}

impl Published {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn tile(&self, coordinate: TileCoordinate) -> Tile {
        let bytes = fs::read(self.path(&LogPath::Tile(coordinate).to_string())).unwrap();
        Tile::from_bytes(coordinate, &bytes).unwrap()
    }

    /// Grows the log on disk as a publisher does: edge restored from the tiles, new tiles and bundles written.
    fn grow(&self, old: Head, new_size: u64) -> Head {
        let edge: TileSet = tiles_for_edge(old.size).unwrap().into_iter().map(|tile| self.tile(tile)).collect();
        let edge = RightEdge::restore(old.size, &old.root, &edge).unwrap();
        let growth = edge.grow((old.size..new_size).map(|number| leaf_hash(&entry(number)))).unwrap();
        for tile in growth.tiles {
            self.write(&LogPath::Tile(tile.coordinate()).to_string(), &tile.to_bytes());
        }
        let first = old.size / 256 * 256;
        let entries: Vec<_> = (first..new_size).map(entry).collect();
        for bundle in EntryBundle::split(first, &entries).unwrap() {
            self.write(&LogPath::Entries(bundle.coordinate()).to_string(), &bundle.to_bytes());
        }
        Head { size: growth.edge.size(), root: growth.edge.root() }
    }
}

fn publish() -> Published {
    let mut log = Published { folder: tempfile::tempdir().unwrap(), old_root: EMPTY_ROOT };
    let old = log.grow(Head::EMPTY, OLD_SIZE);
    log.old_root = old.root;
    let head = log.grow(old, SIZE);
    let checkpoint = cosigned(head);
    log.write("checkpoint", &checkpoint.to_bytes());

    let wanted = tiles_for_inclusion(INDEX, SIZE).unwrap();
    let tiles: TileSet = wanted.into_iter().map(|tile| log.tile(tile)).collect();
    let path = prove_inclusion(INDEX, SIZE, &tiles).unwrap();
    let receipt = LogProof::new(&leaf_hash(&entry(INDEX)), INDEX, path, &checkpoint).unwrap();
    log.write("receipt.tlog-proof", &receipt.to_bytes());
    log.write("payload", &entry(INDEX));
    log.write("other-payload", b"entry 41235");
    log
}

/// Says that a judge is missing, and fails when judges are required.
fn skip(judge: &str) {
    assert_ne!(std::env::var("PACKHORSE_JUDGES").as_deref(), Ok("required"), "{judge} is required and missing");
    println!("skipped: {judge} is not there");
}

fn assert_refused(judgement: &Output, why: &str) {
    let said = String::from_utf8_lossy(&judgement.stdout);
    assert_eq!(judgement.status.code(), Some(1), "{said}");
    assert!(said.contains(why), "{said}");
}

/// The Go judge, built once; `None` without Go or without golang.org/x/mod.
static GO_JUDGE: LazyLock<Option<(TempDir, PathBuf)>> = LazyLock::new(|| {
    let go_is_here = Command::new("go").arg("version").output().is_ok_and(|go| go.status.success());
    if !go_is_here || !Path::new(GOPATH).join("src/golang.org/x/mod/sumdb/tlog").is_dir() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("judge");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judge_go/main.go"))
        .envs([("GO111MODULE", "off"), ("GOPATH", GOPATH), ("GOFLAGS", ""), ("GOTOOLCHAIN", "local")])
        .env("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/judge-go-cache"))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Some((folder, program))
});

fn ask_go(log: &Published, vkey: &str, payload: &str, old_root: &Hash) -> Option<Output> {
    let (_, program) = GO_JUDGE.as_ref()?;
    let mut judge = Command::new(program);
    judge.arg(log.folder.path()).args([vkey, &INDEX.to_string()]).arg(log.path(payload));
    judge.args([OLD_SIZE.to_string(), old_root.to_string()]);
    Some(judge.output().unwrap())
}

#[test]
fn go_accepts_the_log_and_refuses_every_change() {
    let log = publish();
    let Some(judgement) = ask_go(&log, LOG_VKEY, "payload", &log.old_root) else {
        return skip("go with golang.org/x/mod");
    };
    assert_eq!(String::from_utf8_lossy(&judgement.stdout), "accepted\n");
    let ask = |vkey, payload, old_root| ask_go(&log, vkey, payload, old_root).unwrap();

    assert_refused(&ask(LOG_VKEY, "other-payload", &log.old_root), "record:");
    assert_refused(&ask(LOG_VKEY, "payload", &EMPTY_ROOT), "growth:");
    let stranger = NoteSigner::new(ORIGIN, key(9)).unwrap().verifier_key().to_string();
    assert_refused(&ask(&stranger, "payload", &log.old_root), "checkpoint:");

    let bundle = LogPath::Entries(BundleCoordinate::new(INDEX / 256, 256).unwrap()).to_string();
    change(&log, &bundle, || assert_refused(&ask(LOG_VKEY, "payload", &log.old_root), "entries:"));
    for level in [0, 1] {
        let tile = TileCoordinate::new(level, 0, 256).unwrap();
        let tile = LogPath::Tile(tile).to_string();
        change(&log, &tile, || assert_eq!(ask(LOG_VKEY, "payload", &log.old_root).status.code(), Some(1), "{tile}"));
    }
    change(&log, "checkpoint", || assert_refused(&ask(LOG_VKEY, "payload", &log.old_root), "checkpoint:"));
    assert!(ask(LOG_VKEY, "payload", &log.old_root).status.success(), "everything is as it was");
}

/// Changes one byte of a file for the time of a check.
fn change(log: &Published, name: &str, check: impl FnOnce()) {
    let before = fs::read(log.path(name)).unwrap();
    let mut after = before.clone();
    after[30] ^= 1;
    log.write(name, &after);
    check();
    log.write(name, &before);
}

fn ask_proofbundle(log: &Published, receipt: &str, payload: &str, more: &[&str]) -> Option<Output> {
    let venv = std::env::var_os("PACKHORSE_JUDGES_VENV")?;
    let mut judge = Command::new(Path::new(&venv).join("bin/proofbundle"));
    judge.arg("verify-proof").arg(log.path(receipt)).arg("--payload-file").arg(log.path(payload));
    judge.args(["--log-vkey", LOG_VKEY]).args(more);
    Some(judge.output().unwrap())
}

#[test]
fn proofbundle_accepts_the_receipt_and_refuses_every_change() {
    let log = publish();
    let one_witness = ["--expected-origin", ORIGIN, "--witness-vkey", WITNESS_VKEY, "--threshold", "1"];
    let Some(judgement) = ask_proofbundle(&log, "receipt.tlog-proof", "payload", &one_witness) else {
        return skip("proofbundle (PACKHORSE_JUDGES_VENV)");
    };
    assert!(judgement.status.success(), "{}", String::from_utf8_lossy(&judgement.stdout));
    let refuses = |receipt, payload, more: &[&str]| {
        let judgement = ask_proofbundle(&log, receipt, payload, more).unwrap();
        assert_eq!(judgement.status.code(), Some(1), "{receipt} {payload} {more:?}");
    };
    refuses("receipt.tlog-proof", "other-payload", &one_witness);
    refuses("receipt.tlog-proof", "payload", &["--expected-origin", "other.example.org/log"]);
    let stranger = other_witness(1).verifier_key().to_string();
    refuses("receipt.tlog-proof", "payload", &["--witness-vkey", &stranger, "--threshold", "1"]);

    let receipt = fs::read_to_string(log.path("receipt.tlog-proof")).unwrap();
    let (first, second) = (INDEX.to_string(), (INDEX + 1).to_string());
    log.write("moved.tlog-proof", receipt.replacen(&first, &second, 1).as_bytes());
    refuses("moved.tlog-proof", "payload", &one_witness);
    log.write("vector.tlog-proof", RECEIPT.as_bytes());
    log.write("beta", b"beta");
    let judgement = ask_proofbundle(&log, "vector.tlog-proof", "beta", &one_witness).unwrap();
    assert!(judgement.status.success(), "{}", String::from_utf8_lossy(&judgement.stdout));
}
