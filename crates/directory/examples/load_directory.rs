//! Measures the start of a gateway in a large network: writes a snapshot of N organisations, loads it, and prints
//! the time and the peak memory. `cargo run --release -p packhorse-directory --example load_directory -- 30000`
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring tool talks to its user and may stop")]

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use packhorse_directory::anchor::{clock_name, log_origin};
use packhorse_directory::join::MemberKeys;
use packhorse_directory::snapshot::Voucher;
use packhorse_directory::{Act, Anchor, Directory, Entry, SignedStatement, Snapshot, Statement};
use packhorse_keys::{Algorithm, Fingerprint, SealingKey, Signer, SoftwareKey};
use packhorse_ledger::{Checkpoint, Cosigner, Frontier, Head, NoteSigner, leaf_hash};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Contact, GatewayEntry, MemberDetails, SystemEntry};

const NETWORK: &str = "BENCH";

fn main() {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("load"), Some(folder)) => load(&folder),
        (count, _) => {
            let count = count.map_or(30_000, |count| count.parse().unwrap());
            let folder = std::env::temp_dir().join(format!("packhorse-directory-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            write(count, &folder);
            // In a process of its own, so that making the directory does not count.
            let own = std::env::current_exe().unwrap();
            std::process::Command::new(own).arg("load").arg(&folder).status().unwrap();
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
}

fn write(count: u32, folder: &std::path::Path) {
    let key = || Arc::new(SoftwareKey::generate(Algorithm::Ed25519).unwrap());
    let sign = key();
    let log = NoteSigner::new(&log_origin(NETWORK), key()).unwrap();
    let clock = Cosigner::new(&clock_name(NETWORK), key()).unwrap();
    let mut directory = Directory::new(NETWORK, sign.public_key().clone());
    let mut frontier = Frontier::new();
    let started = Instant::now();
    for index in 0..count {
        let entry = Entry::register(index.into(), Timestamp::UNIX_EPOCH, &admission(index), &*sign).unwrap();
        directory.apply(&entry).unwrap();
        frontier.append(leaf_hash(&entry));
    }
    println!("made and folded {count} admissions in {:.1?}", started.elapsed());
    let head = Head { size: frontier.size(), root: frontier.root() };
    let checkpoint = Checkpoint::new(&log_origin(NETWORK), head).unwrap().sign(&log).unwrap().to_bytes();
    let snapshot = Snapshot { directory, frontier, checkpoint };
    let path = folder.join("snapshot");
    snapshot.write(Some(&*sign), &mut BufWriter::new(File::create(&path).unwrap())).unwrap();
    println!("snapshot of {} MB", std::fs::metadata(path).unwrap().len() / 1_000_000);
    let anchor = Anchor {
        network: NETWORK.into(),
        url: "https://registry.example".into(),
        tls: Fingerprint([0; 32]),
        log: log.verifier_key().clone(),
        clock: clock.verifier_key().clone(),
        registry: sign.public_key().clone(),
    };
    std::fs::write(folder.join("anchor.json"), anchor.to_json()).unwrap();
}

fn load(folder: &str) {
    let anchor = Anchor::parse(&std::fs::read_to_string(format!("{folder}/anchor.json")).unwrap()).unwrap();
    let started = Instant::now();
    let mut file = BufReader::with_capacity(1 << 16, File::open(format!("{folder}/snapshot")).unwrap());
    let snapshot = Snapshot::read(&mut file, &anchor, Voucher::Registry).unwrap();
    let elapsed = started.elapsed();
    println!("loaded {} organisations in {elapsed:.3?}", snapshot.directory.organisations().len());
    println!("{} ms of processor time", processor_ms());
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status
        .lines()
        .filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"))
        .for_each(|line| println!("{line}"));
}

/// User and system time of this process; the kernel counts in hundredths of a second (proc(5), utime and stime).
fn processor_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(") ").unwrap().1;
    after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap() * 10).sum()
}

fn admission(index: u32) -> SignedStatement {
    let key = || SoftwareKey::generate(Algorithm::Ed25519).unwrap();
    let (sign, ledger, seal) = (key(), key(), SealingKey::generate().unwrap());
    let tls = SoftwareKey::generate(Algorithm::EcdsaP256Sha256).unwrap();
    let keys = MemberKeys { sign: Some(&sign), ledger: Some(&ledger), tls: Some(&tls), seal: Some(&seal) };
    let act = Act::Admit { details: details(index), keys: keys.listed(), nonce: "0".repeat(43) };
    let organisation = OrganisationId::new(NETWORK, "LOC", &format!("E{index:08}")).unwrap();
    let statement = Statement { organisation, version: 0, act };
    SignedStatement::sign(&statement, &[&sign, &ledger, &tls]).unwrap()
}

fn details(index: u32) -> MemberDetails {
    let contact = |role: &str, box_: &str| Contact {
        role: role.into(),
        email: format!("{box_}@org-{index}.example"),
        phone: Some("01632 960000".into()),
    };
    MemberDetails {
        name: format!("Organisation number {index} of the measured network"),
        siro: contact("Senior Information Risk Owner", "siro"),
        contacts: vec![contact("Data Protection Officer", "dpo"), contact("Operations", "gateway")],
        charter_url: Some(format!("https://org-{index}.example/information-charter")),
        code_of_connection: format!("sha256:{index:064x}"),
        systems: ["benefits", "housing", "permits"]
            .map(|code| SystemEntry { code: code.into(), name: format!("System for {code}") })
            .into(),
        gateways: vec![GatewayEntry { code: "gw1".into(), address: format!("gateway.org-{index}.example:5500") }],
    }
}
