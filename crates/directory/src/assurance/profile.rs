//! Profiles of controls, as data: those that are shipped, and those that an operator adds.
//!
//! Where the texts of a code are its issuer's, a shipped profile holds the topics alone and says so. It must never
//! know who is assessed by it.

use std::collections::HashSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{check_id, check_line, check_statement};
use crate::error::{DirectoryError, Result};
use crate::rules::Rule;

/// The profile that is meant where none is named: the questions that every applicant answers.
pub const CODE_OF_CONNECTION: &str = "code-of-connection";
/// Most controls of a profile: the GCSX code had just under 100.
const MAX_CONTROLS: usize = 300;
/// Longest document of a profile, in bytes.
pub(crate) const MAX_PROFILE_BYTES: usize = 256 * 1024;

/// A code that organisations are assessed by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What it is called in commands and addresses.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Which edition of it.
    pub version: String,
    /// Who publishes it.
    pub issuer: String,
    /// Since when it is in force; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Date>,
    /// The profile that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// For how many months an assessment by it holds at the most.
    pub valid_months: i32,
    /// What a reader must know of it, for example that the control texts are the issuer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What has to be answered.
    #[serde(rename = "control")]
    pub controls: Vec<Control>,
}

/// One thing that an organisation answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Its name within the profile.
    pub id: String,
    /// What it belongs to: technical, procedural, physical, human, …
    pub domain: String,
    /// What is required.
    pub requirement: String,
    /// Whether a certificate needs it.
    pub mandatory: bool,
}

impl Profile {
    /// Reads a profile from TOML.
    ///
    /// # Errors
    /// [`DirectoryError::Malformed`] and [`DirectoryError::TooLarge`] for the format, [`DirectoryError::NotAllowed`]
    /// with the rule that its content breaks.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_PROFILE_BYTES {
            return Err(DirectoryError::TooLarge { what: "assurance profile", limit: MAX_PROFILE_BYTES as u64 });
        }
        let profile: Self = toml::from_str(text).map_err(|_| DirectoryError::Malformed {
            what: "assurance profile",
            why: "it is not the TOML of a profile: name, title, version, issuer, valid_months and [[control]] tables",
        })?;
        let checked = profile.check();
        checked.map_err(|why| DirectoryError::NotAllowed { why, remedy: "correct the profile and add it again" })?;
        Ok(profile)
    }

    /// The control of this name.
    #[must_use]
    pub fn control(&self, id: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.id == id)
    }

    fn check(&self) -> Rule {
        check_id(&self.name)?;
        [&self.title, &self.version, &self.issuer].into_iter().try_for_each(|text| check_line(text))?;
        self.superseded_by.as_deref().map_or(Ok(()), check_id)?;
        self.note.as_deref().map_or(Ok(()), check_statement)?;
        if !(1..=36).contains(&self.valid_months) {
            return Err("an assessment holds for 1 to 36 months");
        }
        if self.controls.is_empty() || self.controls.len() > MAX_CONTROLS {
            return Err("a profile has 1 to 300 controls");
        }
        let mut ids = HashSet::new();
        for control in &self.controls {
            check_id(&control.id)?;
            check_line(&control.domain)?;
            check_statement(&control.requirement)?;
            if control.requirement.trim().is_empty() {
                return Err("a control says what it requires");
            }
            if !ids.insert(&control.id) {
                return Err("a control's id is listed twice");
            }
        }
        Ok(())
    }
}

/// The profiles that are shipped, the network's own code of connection first.
#[must_use]
pub fn shipped() -> &'static [Profile] {
    static SHIPPED: LazyLock<Vec<Profile>> = LazyLock::new(|| {
        // A text that did not parse would be missing here; the test below counts them.
        TEXTS.iter().filter_map(|text| Profile::parse(text).ok()).collect()
    });
    &SHIPPED
}

const TEXTS: [&str; 6] = [
    include_str!("../../profiles/code-of-connection.toml"),
    include_str!("../../profiles/gcsx-coco.toml"),
    include_str!("../../profiles/psn-coco.toml"),
    include_str!("../../profiles/caf-local-government.toml"),
    include_str!("../../profiles/dspt.toml"),
    include_str!("../../profiles/cyber-essentials.toml"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_profile_is_well_formed_and_says_where_its_texts_are_the_issuers() {
        for text in TEXTS {
            Profile::parse(text).unwrap();
        }
        let names: HashSet<&str> = shipped().iter().map(|profile| profile.name.as_str()).collect();
        assert_eq!(names.len(), TEXTS.len());
        assert_eq!(shipped()[0].name, CODE_OF_CONNECTION);
        for profile in &shipped()[1..] {
            assert!(profile.note.as_deref().is_some_and(|note| note.starts_with("Topics only")), "{}", profile.name);
            assert!(profile.superseded_by.as_deref().is_none_or(|next| names.contains(next)));
        }
        let gcsx = shipped().iter().find(|profile| profile.name == "gcsx-coco").unwrap();
        assert_eq!((gcsx.version.as_str(), gcsx.controls.len()), ("4.1", 9));
    }

    #[test]
    fn a_profile_that_names_a_control_twice_or_has_none_is_refused() {
        let head = "name = \"x\"\ntitle = \"X\"\nversion = \"1\"\nissuer = \"Y\"\nvalid_months = 12\n";
        let control = "[[control]]\nid = \"a\"\ndomain = \"d\"\nrequirement = \"r\"\nmandatory = true\n";
        assert!(Profile::parse(&format!("{head}{control}")).is_ok());
        let twice = Profile::parse(&format!("{head}{control}{control}")).unwrap_err().to_string();
        assert!(twice.contains("twice"), "{twice}");
        assert!(Profile::parse(&format!("{head}control = []\n")).is_err());
        assert!(Profile::parse(&format!("{head}surprise = 1\n{control}")).is_err());
    }
}
