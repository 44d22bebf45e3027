//! Words that have no place in a finished file: notes to self and machine paths.

use super::Finding;
use super::tree::Tree;

/// Notes to self. Written in two halves, so that this file keeps the rule too.
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Paths that exist on one machine only.
const PLACES: &[&str] = &[concat!("..", "/shared"), concat!("/wo", "rk/")];

/// Other people's data and generated text, which we do not word.
const NOT_OURS: &[&str] = &["Cargo.lock", "LICENSE"];
const DATA_FOLDER: &str = "demo/data/";

/// Checks every text file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ours = tree.files().filter(|file| !NOT_OURS.contains(&file.path) && !file.path.starts_with(DATA_FOLDER));
    for file in ours {
        for (index, line) in file.text.lines().enumerate() {
            let mut find = |rule, word, remedy| {
                let what = format!("`{word}`");
                findings.push(Finding { path: file.path.to_owned(), line: index + 1, rule, what, remedy });
            };
            for word in NOTES.iter().filter(|word| has_word(line, word)) {
                find("notes", word, "do it, or say in prose what does not work yet and why");
            }
            for place in PLACES.iter().filter(|place| has_path(line, place)) {
                find("places", place, "name what is meant; a reader has another machine");
            }
        }
    }
    findings
}

/// Whether `word` stands in `line` with no letter, digit or underscore on either side.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let after = &line[start + word.len()..];
        !line[..start].ends_with(is_part) && !after.starts_with(is_part)
    })
}

/// Whether a path in `line` starts with `start`.
fn has_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| c.is_whitespace() || "\"'`(<[=:,".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        check(&Tree::of(&[("docs/a.md", text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn notes_to_self_are_found() {
        for word in NOTES {
            let found = found(&format!("fine\n// {word}: later\n"));
            assert!(found.len() == 1 && found[0].starts_with("docs/a.md:2: notes: "), "{word}: {found:?}");
        }
    }

    #[test]
    fn machine_paths_are_found() {
        for place in PLACES {
            let found = found(&format!("see `{place}/design.md`\n"));
            assert!(found.len() == 1 && found[0].starts_with("docs/a.md:1: places: "), "{place}: {found:?}");
        }
    }

    #[test]
    fn the_same_letters_inside_another_word_pass() {
        let [note, _, marks] = NOTES else { panic!("three notes") };
        let [_, place] = PLACES else { panic!("two places") };
        assert_eq!(found(&format!("a {marks}X placeholder, MAS{note}N, net{place}x")), [""; 0]);
    }

    #[test]
    fn data_and_generated_files_are_not_worded_by_us() {
        let tree = Tree::of(&[("demo/data/a.csv", NOTES[0]), ("Cargo.lock", NOTES[0])]);
        assert!(check(&tree).is_empty());
    }
}
