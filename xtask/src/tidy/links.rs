//! Links between the documents: the file must exist, and so must the heading.
//!
//! Addresses on other hosts are left alone: a check must not need the network.

use super::Finding;
use super::tree::{File, Tree};
use std::collections::BTreeMap;

/// Checks every relative link of every Markdown file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_extension("md") {
        for (line, text) in prose(file.text) {
            let broken = targets(&text).into_iter().filter_map(|target| broken(tree, file, target));
            findings.extend(broken.map(|(what, remedy)| Finding {
                path: file.path.to_owned(),
                line,
                rule: "links",
                what,
                remedy,
            }));
        }
    }
    findings
}

/// Why `target`, as written in `from`, leads nowhere.
fn broken(tree: &Tree, from: File<'_>, target: &str) -> Option<(String, &'static str)> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let resolved = if path.is_empty() { from.path.to_owned() } else { resolve(from.path, path).unwrap_or_default() };
    if resolved.is_empty() || !tree.holds(&resolved) {
        return Some((format!("`{target}` is not in the repository"), "mend the path, or remove the link"));
    }
    let page = tree.get(&resolved).filter(|page| page.path.ends_with(".md"))?;
    let anchor = anchor?;
    let known = anchors(page.text).any(|it| it == anchor);
    (!known).then(|| (format!("`{target}` names no heading of {resolved}"), "use the heading's own words"))
}

/// `path` as seen from the folder of the file `from`; `None` where it leaves the repository.
fn resolve(from: &str, path: &str) -> Option<String> {
    let mut names: Vec<_> = from.split('/').collect();
    names.pop();
    for name in path.trim_end_matches('/').split('/') {
        match name {
            "." => {}
            ".." => {
                names.pop()?;
            }
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

/// The numbered lines outside fenced blocks, without what stands in backticks.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then(|| (index + 1, line.split('`').step_by(2).collect::<Vec<_>>().join("`")))
    })
}

/// The targets of `[text](target)` and `[name]: target` in one line of prose.
fn targets(line: &str) -> Vec<&str> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let definition = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
    // A title may follow the target.
    let targets = inline.chain(definition).filter_map(|target| target.split_whitespace().next());
    targets.map(|target| target.trim_matches(['<', '>'])).collect()
}

/// The anchors of a page's headings, as forges make them.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    let mut seen = BTreeMap::new();
    let mut fenced = false;
    text.lines().filter_map(move |line| {
        fenced ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            return None;
        }
        let kept = heading.trim().to_lowercase();
        let slug: String = kept
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let count = seen.entry(slug.clone()).or_insert(0);
        *count += 1;
        Some(if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let guide = "# The `keys` room, in short\n\n## Twice\n\n## Twice\n\n```\n# not a heading\n```\n";
        let tree = Tree::of(&[("docs/guide/start.md", text), ("docs/keys.md", guide), ("LICENSE", "text")]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        for link in [
            "[a](../keys.md)",
            "[a](../keys.md#the-keys-room-in-short)",
            "[a](../keys.md#twice-1 \"title\")",
            "[a](<../../LICENSE>)",
            "[a](../)",
            "[a](https://example.org/missing.md)",
            "[a](mailto:nobody@example.org)",
            "[a]: ../keys.md",
            "`[a](missing.md)`",
            "```\n[a](missing.md)\n```",
            "# Here\n[a](#here)",
        ] {
            assert_eq!(found(link), [""; 0], "{link}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        for link in [
            "[a](missing.md)",
            "[good](../keys.md) and [bad](missing.md)",
            "![a](plot.svg)",
            "[a](../../../outside.md)",
            "[a]: missing.md",
            "[a](../keys.md#missing)",
            "[a](../keys.md#not-a-heading)",
            "[a](../keys.md#twice-2)",
            "[a](#missing)",
        ] {
            let found = found(&format!("first line\n{link}\n"));
            assert!(found.len() == 1 && found[0].starts_with("docs/guide/start.md:2: links: "), "{link}: {found:?}");
        }
    }
}
