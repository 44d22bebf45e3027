//! What a guide's page tells its reader to type, and what it promises to appear.
//!
//! A fence of `sh` is typed; a fence of `text` right behind it is what must appear. A comment above a fence says why
//! it is not run, or that it is run when the walk is over. It must never know how commands are run.

use std::collections::BTreeMap;

/// Words that stand for what an earlier command printed.
const PLACEHOLDERS: [&str; 5] = ["REQUEST", "FINGERPRINT", "EXCHANGE", "PARCEL-ID", "CARRIED"];

/// A fence of commands.
#[derive(Debug)]
pub(crate) struct Block {
    /// Page and line, for the report.
    pub(crate) place: String,
    pub(crate) when: When,
    pub(crate) commands: String,
    /// Lines that must appear in this order, others between them.
    pub(crate) promised: Vec<String>,
}

/// When a block is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum When {
    InOrder,
    /// What it does would end the walk.
    AtTheEnd,
    /// Its reason.
    Never(String),
}

/// What the placeholders stand for now.
pub(crate) type Found = BTreeMap<&'static str, String>;

/// The blocks of a page. Panics where a page has a fence that this test could overlook.
pub(crate) fn blocks(page: &str, text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut marker, mut follows) = (When::InOrder, false);
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let Some(language) = line.trim_start().strip_prefix("```") else {
            marker = read_marker(line).unwrap_or(When::InOrder);
            follows = false;
            continue;
        };
        let inside: Vec<&str> = lines.by_ref().map(|(line, _)| line).take_while(|line| *line != "```").collect();
        let place = format!("{page}:{number}");
        match language {
            "sh" => {
                let commands = inside.join("\n");
                blocks.push(Block { place, when: marker.clone(), commands, promised: Vec::new() });
            }
            "text" if follows => {
                let block = blocks.last_mut().unwrap();
                block.promised.extend(inside.iter().map(|line| (*line).to_owned()));
            }
            "text" => assert!(matches!(marker, When::Never(_)), "{place}: promised by no command, and not marked"),
            "toml" | "json" => {}
            other => panic!("{place}: a fence of {other:?}; commands are sh, what they print is text"),
        }
        (follows, marker) = (language == "sh", When::InOrder);
    }
    blocks
}

fn read_marker(line: &str) -> Option<When> {
    let comment = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    let (word, reason) = comment.split_once(": ")?;
    assert!(!reason.is_empty(), "a reason is given");
    match word {
        "not run" => Some(When::Never(reason.to_owned())),
        "run at the end" => Some(When::AtTheEnd),
        _ => None,
    }
}

/// The text with what the placeholders stand for.
pub(crate) fn filled(text: &str, found: &Found) -> String {
    found.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// The first promised line that did not come, in order; learns what placeholders stand for.
pub(crate) fn missing<'a>(promised: &'a [String], output: &str, found: &mut Found) -> Option<&'a String> {
    let mut lines = output.lines();
    promised.iter().find(|promise| {
        let promise: Vec<&str> = promise.split_whitespace().collect();
        !lines.any(|line| fits(&promise, &line.split_whitespace().collect::<Vec<_>>(), found))
    })
}

/// Word for word; `…` is any words, and at a word's end any rest of it.
fn fits(promise: &[&str], line: &[&str], found: &mut Found) -> bool {
    match (promise, line) {
        ([], []) => true,
        (["…", rest @ ..], _) => (0..=line.len()).any(|skipped| fits(rest, &line[skipped..], found)),
        ([word, rest @ ..], [said, others @ ..]) => {
            if let Some(name) = PLACEHOLDERS.into_iter().find(|name| name == word) {
                // What follows decides whether this is the line; only then is the word believed.
                return fits(rest, others, found) && {
                    found.insert(name, (*said).to_owned());
                    true
                };
            }
            let same = word.strip_suffix('…').map_or(word == said, |start| said.starts_with(start));
            same && fits(rest, others, found)
        }
        _ => false,
    }
}

#[test]
fn a_promise_is_kept_by_the_line_that_fits_and_by_no_other() {
    let kept = |promise: &str, output: &str| {
        let mut found = Found::new();
        let promised = [promise.to_owned()];
        let kept = missing(&promised, output, &mut found).is_none();
        (kept, found.get("REQUEST").cloned().unwrap_or_default())
    };
    assert_eq!(kept("request REQUEST waits", "first\n request 12 waits"), (true, "12".to_owned()));
    assert_eq!(kept("request REQUEST waits", "request 12 is refused"), (false, String::new()));
    assert_eq!(kept("a … z", "a b c z"), (true, String::new()));
    assert_eq!(kept("a … z", "a b c"), (false, String::new()));
    assert_eq!(kept("key sha256:…", "key sha256:00"), (true, String::new()));
    assert_eq!(kept("key sha256:…", "key none"), (false, String::new()));
}

#[test]
fn a_fence_that_is_neither_run_nor_marked_is_found() {
    let page = "```sh\none\n```\n```text\nsaid\n```\n<!-- not run: needs systemd -->\n```sh\ntwo\n```\n";
    let read = blocks("page", page);
    assert_eq!(read[0].promised, ["said"]);
    assert_eq!((&read[0].when, &read[1].when), (&When::InOrder, &When::Never("needs systemd".to_owned())));
    let unmarked = std::panic::catch_unwind(|| blocks("page", "```\nthree\n```\n"));
    assert!(unmarked.is_err(), "a fence without a language would be overlooked");
}
