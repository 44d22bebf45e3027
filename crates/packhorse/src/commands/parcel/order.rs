//! What is to be sent, as it is typed: recipients, words, files.
//!
//! It must never decide whether it may be sent.

use std::path::{Component, Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use packhorse_model::parcel::FileName;
use packhorse_model::{AgreementId, Marking, ServiceId, SystemId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, Result};

/// Whom it goes to, and what is written on it.
#[derive(Debug, Clone, Args)]
pub(super) struct Address {
    /// A recipient's mailbox: NET/CLASS/code/system; repeat for each, all get the same files
    #[arg(long, value_name = "MAILBOX")]
    to: Vec<SystemId>,
    /// The workflow, as the agreement names it
    #[arg(long, value_name = "WORKFLOW")]
    workflow: Option<String>,
    /// Under this agreement
    #[arg(long, value_name = "ID")]
    agreement: Option<AgreementId>,
    /// What for
    #[arg(long)]
    purpose: Option<String>,
    /// What it is about; only the recipient reads it
    #[arg(long)]
    subject: Option<String>,
    /// Your reference
    #[arg(long)]
    reference: Option<String>,
    /// A covering note
    #[arg(long)]
    note: Option<String>,
    /// official or official-sensitive [default: official, or as it came when it is forwarded]
    #[arg(long)]
    marking: Option<Marking>,
    /// Until when it waits for the recipient: a day (2027-01-31), a moment, or how long (10d, 12h, 30m, 90s) [default: 5d]
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
    /// Send it although a recipient was never sent to before, without being asked
    #[arg(long)]
    pub(super) yes: bool,
}

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) to: Vec<ServiceId>,
    agreement: Option<AgreementId>,
    purpose: Option<String>,
    subject: Option<String>,
    reference: Option<String>,
    note: Option<String>,
    marking: Option<Marking>,
    /// As it was typed: a time from now on is another moment on every run.
    expires: Option<String>,
    #[serde(default)]
    pub(super) files: Vec<Local>,
}

/// A file of this machine, and what it was like when it was named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Local {
    pub(super) path: PathBuf,
    pub(super) name: FileName,
    pub(super) size: u64,
    modified: Timestamp,
}

impl Address {
    /// The order for these files.
    pub(super) fn order(self, files: &[PathBuf]) -> Result<Order> {
        let Some(workflow) = self.workflow.filter(|_| !self.to.is_empty()) else {
            return Err(Error::Usage("name a recipient with --to and the workflow with --workflow".to_owned()));
        };
        let to = self.to.iter().map(|to| {
            format!("{to}/{workflow}")
                .parse()
                .map_err(|_| Error::Usage("the workflow is no code of a service".to_owned()))
        });
        Ok(Order {
            to: to.collect::<Result<_>>()?,
            agreement: self.agreement,
            purpose: self.purpose,
            subject: self.subject,
            reference: self.reference,
            note: self.note,
            marking: self.marking,
            expires: self.expires,
            files: files.iter().map(|path| Local::at(path)).collect::<Result<_>>()?,
        })
    }
}

impl Order {
    /// When it expires, reckoned from now.
    pub(super) fn expires_at(&self) -> Result<Option<Timestamp>> {
        self.expires.as_deref().map(|text| moment(text).map_err(Error::Usage)).transpose()
    }

    /// As the gateway takes it.
    pub(super) fn to_json(&self, expires_at: Option<Timestamp>, confirmed: bool) -> Value {
        let files: Vec<Value> = self.files.iter().map(|file| json!({"name": file.name, "size": file.size})).collect();
        let mut order = json!({"to": self.to, "confirmed": confirmed});
        for (name, value) in [
            ("agreement", json!(self.agreement)),
            ("purpose", json!(self.purpose)),
            ("subject", json!(self.subject)),
            ("reference", json!(self.reference)),
            ("note", json!(self.note)),
            ("marking", json!(self.marking)),
            ("expires_at", json!(expires_at)),
            ("files", json!(files)),
        ] {
            if !value.is_null() && value != json!([]) {
                order[name] = value;
            }
        }
        order
    }
}

impl Local {
    fn at(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(Error::file(path, "read"))?;
        if metadata.is_dir() {
            let remedy = format!("name its files, for example {}/*, or put it into an archive", path.display());
            return Err(Error::refused(format!("{} is a folder", path.display()), remedy));
        }
        if !metadata.is_file() {
            return Err(Error::refused(format!("{} is no ordinary file", path.display()), "name a file"));
        }
        let modified = metadata.modified().ok().and_then(|at| at.try_into().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
        let name =
            name(path).parse().map_err(|error| Error::refused(format!("{}: {error}", path.display()), "rename it"))?;
        // Whole, so that it is found again from another folder.
        let path = std::path::absolute(path).map_err(Error::file(path, "read"))?;
        Ok(Self { path, name, size: metadata.len(), modified })
    }

    /// Opens it, if it is still what it was when the parcel was begun.
    pub(super) fn open(&self) -> Result<std::fs::File> {
        let file = std::fs::File::open(&self.path).map_err(Error::file(&self.path, "read"))?;
        let metadata = file.metadata().map_err(Error::file(&self.path, "read"))?;
        let modified: Option<Timestamp> = metadata.modified().ok().and_then(|at| at.try_into().ok());
        if metadata.len() != self.size || modified.is_some_and(|at| at != self.modified) {
            let what = format!("{} has changed since the parcel was begun", self.path.display());
            return Err(Error::refused(what, "send it as a new parcel"));
        }
        Ok(file)
    }
}

/// The name in the parcel: as it was typed when that leads down from here, else its last part.
fn name(path: &Path) -> String {
    let parts: Option<Vec<_>> = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| if let Component::Normal(part) = part { Some(part.to_string_lossy()) } else { None })
        .collect();
    match parts {
        Some(parts) => parts.join("/"),
        None => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

/// A moment: RFC 3339, the end of a day (UTC), or so long from now.
pub(super) fn moment(text: &str) -> std::result::Result<Timestamp, String> {
    let refused = || "expected a day (2027-01-31), a moment, or how long from now (10d, 12h, 30m, 90s)".to_owned();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    if let Ok(day) = text.parse::<Date>() {
        let end = day.at(23, 59, 59, 0).to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| refused())?;
        return Ok(end.timestamp());
    }
    let seconds = match text.chars().last() {
        Some('d') => 24 * 3600,
        Some('h') => 3600,
        Some('m') => 60,
        Some('s') => 1,
        _ => return Err(refused()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| refused())?;
    Timestamp::now().checked_add(SignedDuration::from_secs(i64::from(number) * seconds)).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_as_it_was_typed_when_that_leads_down() {
        for (typed, called) in [
            ("report.pdf", "report.pdf"),
            ("./scans/1.tif", "scans/1.tif"),
            ("/home/a/b.txt", "b.txt"),
            ("../b.txt", "b.txt"),
        ] {
            assert_eq!(name(Path::new(typed)), called);
        }
    }

    #[test]
    fn a_time_is_a_day_a_moment_or_a_while() {
        assert_eq!(moment("2027-01-31").unwrap().to_string(), "2027-01-31T23:59:59Z");
        assert_eq!(moment("2027-01-31T10:00:00Z").unwrap().to_string(), "2027-01-31T10:00:00Z");
        let hour = moment("1h").unwrap().duration_since(Timestamp::now()).as_secs();
        assert!((3590..=3600).contains(&hour), "{hour}");
        for wrong in ["", "d", "7", "-1d", "tomorrow", "7ä"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_folder_is_refused_with_a_hint_and_a_changed_file_is_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Local::at(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("is a folder") && refused.contains("/*"), "{refused}");
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "one").unwrap();
        let local = Local::at(&path).unwrap();
        assert!(local.open().is_ok());
        std::fs::write(&path, "three").unwrap();
        assert!(local.open().unwrap_err().to_string().contains("has changed"));
    }
}
