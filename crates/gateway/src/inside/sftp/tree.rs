//! The tree that a mailbox is over SFTP.
//!
//! ```text
//! /out/<recipient>/<workflow>/<file>   written: sent when closed; with .part behind its name, when renamed
//! /in/<parcel>/<file>                  read; removed, or its folder, when it was fetched for good
//! /sent/<parcel>.json                  how a sent parcel stands
//! ```
//!
//! A recipient is named as MESH names mailboxes: `CLASS.CODE.SYSTEM`.

/// A place in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Out,
    Recipient(String),
    Workflow(String, String),
    /// Recipient, workflow, file.
    Drop(String, String, String),
    In,
    Parcel(String),
    /// Parcel, file.
    File(String, String),
    Sent,
    Status(String),
}

/// Most bytes of a path.
const PATH_LIMIT: usize = 4096;
/// Names under which a file is not sent yet.
const UNFINISHED: [&str; 3] = [".part", ".tmp", ".filepart"];

impl Place {
    /// Reads a path; nothing when there is no such place.
    pub(super) fn parse(path: &str) -> Option<Self> {
        if path.len() > PATH_LIMIT || path.chars().any(char::is_control) {
            return None;
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                // Resolved here, and only here: nothing behind sees it.
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        let owned = |text: &str| text.to_owned();
        Some(match parts.as_slice() {
            [] => Self::Root,
            ["out"] => Self::Out,
            ["out", to] => Self::Recipient(owned(to)),
            ["out", to, workflow] => Self::Workflow(owned(to), owned(workflow)),
            ["out", to, workflow, file] => Self::Drop(owned(to), owned(workflow), owned(file)),
            ["in"] => Self::In,
            ["in", parcel] => Self::Parcel(owned(parcel)),
            ["in", parcel, file] => Self::File(owned(parcel), owned(file)),
            ["sent"] => Self::Sent,
            ["sent", status] => Self::Status(owned(status.strip_suffix(".json")?)),
            _ => return None,
        })
    }

    /// The one spelling of the path.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Root => "/".to_owned(),
            Self::Out => "/out".to_owned(),
            Self::Recipient(to) => format!("/out/{to}"),
            Self::Workflow(to, workflow) => format!("/out/{to}/{workflow}"),
            Self::Drop(to, workflow, file) => format!("/out/{to}/{workflow}/{file}"),
            Self::In => "/in".to_owned(),
            Self::Parcel(parcel) => format!("/in/{parcel}"),
            Self::File(parcel, file) => format!("/in/{parcel}/{file}"),
            Self::Sent => "/sent".to_owned(),
            Self::Status(parcel) => format!("/sent/{parcel}.json"),
        }
    }

    /// Whether a file of this name is still being written: it is sent when it is renamed.
    pub(super) fn is_unfinished(name: &str) -> bool {
        UNFINISHED.iter().any(|ending| name.ends_with(ending))
    }
}

/// A parcel's file names are paths; here each is one name.
pub(super) fn flat(name: &str) -> String {
    name.replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_place_is_the_same_place_and_none_leads_out() {
        for (path, place) in [
            ("/", Some("/")),
            (".", Some("/")),
            ("../../..", Some("/")),
            ("out/POL.WEST.IN/W", Some("/out/POL.WEST.IN/W")),
            ("/out//POL.WEST.IN/./W/a.pdf", Some("/out/POL.WEST.IN/W/a.pdf")),
            ("/in/../../etc/passwd", None),
            ("/in/A1/b.txt", Some("/in/A1/b.txt")),
            ("/in/A1/b/c", None),
            ("/sent/A1.json", Some("/sent/A1.json")),
            ("/sent/A1", None),
            ("/etc", None),
            ("/out/a\0b", None),
        ] {
            assert_eq!(Place::parse(path).map(|place| place.path()).as_deref(), place, "{path}");
        }
    }
}
