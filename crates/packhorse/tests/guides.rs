//! The guides are walked as their reader walks them: every command of every page, in order, from nothing to a network
//! of two bodies that ask, answer and prove; what a page promises to appear must appear.
//!
//! What differs on a test's machine stands in one place, [`Walk::here`]: the ports. The home folder has the clone in
//! it as a reader's has, and `serve` runs on in the background as in a reader's second terminal.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

mod guide;
mod network;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use guide::{Block, Found, When, blocks, filled, missing};
use network::process::Process;
use network::{free_addresses, until};

/// In the order in which they are read.
const PAGES: [&str; 12] = [
    "join",
    "run",
    "publish-a-table",
    "govern",
    "agree",
    "ask",
    "send",
    "verify",
    "carry",
    "integrate",
    "drop",
    "operator",
];
/// The ports that the pages name.
const PORTS: [&str; 7] = ["7000", "7001", "8080", "8443", "8081", "8444", "8022"];
/// Nobody types faster; meanwhile news of one gateway reaches the other.
const TYPING: Duration = Duration::from_secs(2);

#[test]
fn every_command_of_the_guides_works_and_shows_what_its_page_promises() {
    let mut walk = Walk::begin();
    let all: Vec<Block> = PAGES.iter().flat_map(|page| read(page)).collect();
    let (marked, typed): (Vec<&Block>, Vec<&Block>) =
        all.iter().partition(|block| matches!(block.when, When::Never(_)));
    for block in typed.iter().filter(|block| block.when == When::InOrder) {
        walk.run(block);
    }
    // The last page's end first: what the first page ends is membership, without which nothing else can be ended.
    for block in typed.iter().rev().filter(|block| block.when == When::AtTheEnd) {
        walk.run(block);
    }
    assert_eq!(walk.ran, typed.len());
    let fences: usize = PAGES.iter().map(|page| text(page).matches("```sh\n").count()).sum();
    assert_eq!(walk.ran + marked.len(), fences, "every shell block is run or marked");
    println!("{fences} shell blocks: {} run, {} marked", walk.ran, marked.len());
}

fn text(page: &str) -> String {
    fs::read_to_string(repository().join(format!("docs/guide/{page}.md"))).unwrap()
}

fn read(page: &str) -> Vec<Block> {
    blocks(&format!("docs/guide/{page}.md"), &text(page))
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A reader at a terminal.
struct Walk {
    home: tempfile::TempDir,
    /// The ports of the pages and those that are free here.
    ports: Vec<(&'static str, String)>,
    found: Found,
    /// What runs in other terminals, by its command.
    serving: BTreeMap<String, Process>,
    ran: usize,
}

impl Walk {
    fn begin() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(repository().canonicalize().unwrap(), home.path().join("packhorse")).unwrap();
        fs::create_dir(home.path().join("walk")).unwrap();
        let free: [_; PORTS.len()] = free_addresses();
        let ports = PORTS.into_iter().zip(free.map(|address| address.port().to_string())).collect();
        Self { home, ports, found: Found::new(), serving: BTreeMap::new(), ran: 0 }
    }

    /// The text as it must be typed here.
    fn here(&self, text: &str) -> String {
        // Behind an address, or a word of its own.
        let put = |text: String, before: char, (page, free): &(&str, String)| {
            text.replace(&format!("{before}{page}"), &format!("{before}{free}"))
        };
        self.ports.iter().fold(text.to_owned(), |text, port| put(put(text, ':', port), ' ', port))
    }

    fn run(&mut self, block: &Block) {
        println!("--- {}\n{}", block.place, block.commands);
        let commands = self.here(&filled(&block.commands, &self.found));
        let output = if commands.lines().all(is_serve) {
            commands.lines().for_each(|line| self.serve(line));
            String::new()
        } else {
            assert!(!commands.lines().any(is_serve), "{}: serve stands in a block of its own", block.place);
            self.typed(block, &commands)
        };
        let promised: Vec<String> = block.promised.iter().map(|line| self.here(line)).collect();
        if let Some(line) = missing(&promised, &output, &mut self.found) {
            panic!("{}: the page promises {line:?}; what came is\n{output}", block.place);
        }
        self.ran += 1;
        std::thread::sleep(TYPING);
    }

    /// Runs commands until the first that fails; what they printed.
    fn typed(&self, block: &Block, commands: &str) -> String {
        let programs = Path::new(network::PROGRAM).parent().unwrap();
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        let done = Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", &format!("exec 2>&1\n{commands}")])
            .current_dir(self.folder())
            .env("HOME", self.home.path())
            .env("PATH", path)
            .env_remove("PACKHORSE_CONFIG")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        assert!(done.status.success(), "{}: {}\n{commands}\n{said}", block.place, done.status);
        said
    }

    /// Starts it in another terminal, where it is stopped first when it runs already.
    fn serve(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let log = format!("{}.log", line.replace([' ', '/'], "-"));
        if let Some(running) = self.serving.remove(line) {
            running.finish();
            fs::remove_file(self.folder().join(&log)).unwrap();
        }
        let process = Process::start(&self.folder(), &words, &log);
        let log = self.folder().join(log);
        // The log of an earlier terminal is gone with it.
        let said = || fs::read_to_string(&log).unwrap();
        until("it is open", || ["the registry is up", "the gateway is open"].iter().any(|it| said().contains(it)));
        self.serving.insert(line.to_owned(), process);
    }

    fn folder(&self) -> std::path::PathBuf {
        self.home.path().join("walk")
    }
}

fn is_serve(line: &str) -> bool {
    line.split_whitespace().nth(2) == Some("serve")
}
