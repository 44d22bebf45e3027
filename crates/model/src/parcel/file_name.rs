//! Names of files in a parcel: what every system that may ever unpack it reads as the same plain relative path.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// The archive's own first entry; no file may be called so.
pub const MANIFEST_NAME: &str = "packhorse-manifest.json";

/// Most bytes of a name, folders included.
const NAME_LIMIT: usize = 1000;
/// Most bytes of one part between slashes: the most that common file systems take.
const PART_LIMIT: usize = 255;
/// Most folders deep.
const DEPTH_LIMIT: usize = 16;
/// Characters that Windows takes for something else in a name.
const RESERVED: [char; 8] = ['\\', ':', '*', '?', '"', '<', '>', '|'];
/// Names that Windows takes for devices, with or without an extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A relative name with `/` between folders that no system reads as a device, an absolute path or a way out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct FileName(String);

/// Why a text is no name of a file in a parcel. Never repeats the text: it may be personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// Empty, or an empty part between slashes, which an absolute path begins with.
    #[error("a file's name is empty, absolute or has an empty folder: write a plain relative name")]
    Empty,
    /// Longer than file systems take, or too deep.
    #[error("a file's name is longer than 1000 bytes, has a part longer than 255, or is over 16 folders deep")]
    TooLong,
    /// `.` or `..`.
    #[error("a file's name has a '.' or '..' folder")]
    Dots,
    /// A control or invisible character, or one that Windows does not take.
    #[error("a file's name has a control character, or one of \\ : * ? \" < > |")]
    Character,
    /// A part that ends in a dot or a space, which Windows drops.
    #[error("a part of a file's name ends in a dot or a space")]
    Ending,
    /// `CON`, `LPT1` and the like.
    #[error("a file's name is a device on Windows: rename it")]
    Device,
    /// The archive's own entry.
    #[error("packhorse-manifest.json is the parcel's own: rename the file")]
    Taken,
}

impl FileName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as case-blind systems compare it.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }

    /// The part behind the last slash.
    #[must_use]
    pub fn last_part(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl FromStr for FileName {
    type Err = FileNameError;

    fn from_str(text: &str) -> Result<Self, FileNameError> {
        if text.len() > NAME_LIMIT || text.split('/').count() > DEPTH_LIMIT {
            return Err(FileNameError::TooLong);
        }
        for part in text.split('/') {
            check_part(part)?;
        }
        if text.eq_ignore_ascii_case(MANIFEST_NAME) {
            return Err(FileNameError::Taken);
        }
        Ok(Self(text.to_owned()))
    }
}

fn check_part(part: &str) -> Result<(), FileNameError> {
    if part.is_empty() {
        return Err(FileNameError::Empty);
    }
    if part.len() > PART_LIMIT {
        return Err(FileNameError::TooLong);
    }
    if part == "." || part == ".." {
        return Err(FileNameError::Dots);
    }
    if part.chars().any(|c| c.is_control() || is_invisible(c) || RESERVED.contains(&c)) {
        return Err(FileNameError::Character);
    }
    if part.ends_with(['.', ' ']) {
        return Err(FileNameError::Ending);
    }
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_lowercase();
    // COM0 to COM9 and LPT0 to LPT9, also with superscript digits, which Windows takes for digits.
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_port = numbered.is_some_and(|rest| {
        let mut digits = rest.chars();
        digits.next().is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c)) && digits.next().is_none()
    });
    if is_port || DEVICES.contains(&stem.as_str()) { Err(FileNameError::Device) } else { Ok(()) }
}

/// Characters that turn or hide text, so that a name looks like another (`gpj.exe`).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl<'de> Deserialize<'de> for FileName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_relative_name_is_one() {
        for name in ["report.pdf", "scans/page 1.tif", "Kündigung.docx", ".hidden", "a/b/c/d", "com10.txt", "console"]
        {
            assert_eq!(name.parse::<FileName>().map(|name| name.to_string()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn names_that_some_system_reads_otherwise_are_none() {
        use FileNameError::{Character, Device, Dots, Empty, Ending, Taken, TooLong};
        let (long, deep) = ("a".repeat(256), "a/".repeat(16) + "a");
        for (name, error) in [
            ("", Empty),
            ("/etc/passwd", Empty),
            ("a//b", Empty),
            ("a/", Empty),
            ("..", Dots),
            ("a/../../b", Dots),
            ("./a", Dots),
            ("..\\a", Character),
            ("C:a", Character),
            ("a\nb", Character),
            ("a\u{202e}fdp.exe", Character),
            ("a.", Ending),
            ("a /b", Ending),
            ("CON", Device),
            ("aux.txt", Device),
            ("folder/LPT1.pdf", Device),
            ("COM²", Device),
            ("nul .txt", Device),
            ("Packhorse-Manifest.json", Taken),
            (long.as_str(), TooLong),
            (deep.as_str(), TooLong),
        ] {
            assert_eq!(name.parse::<FileName>(), Err(error), "{name:?}");
        }
    }
}
