//! Somebody who works here: what they may do, and whether they still may.
//!
//! Secrets are not here: an account is shown, listed and searched.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::OperatorRole;
use crate::assurance::Acceptance;
use crate::{GovernanceError, Result};

/// Most bytes of a name, a department, a mailbox address.
const TEXT_LIMIT: usize = 200;
/// Most bytes of an id: it stands in paths, headers and lists.
const ID_LIMIT: usize = 64;
/// Most teams of one person.
const TEAMS_LIMIT: usize = 50;

/// Somebody who works here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The user id that systems send for them, too; it never changes.
    pub id: String,
    /// What they are called.
    pub name: String,
    /// Where news is sent; also a name to sign in with, whatever the case of its letters.
    pub email: String,
    /// What they may do at this gateway.
    #[serde(default)]
    pub roles: Vec<OperatorRole>,
    /// Where in the organisation they stand, for the figures by tier.
    pub tier: Tier,
    /// The department, for the figures.
    pub department: String,
    /// Codes of the teams that they belong to.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<String>,
    /// How far the account is.
    pub status: AccountStatus,
    /// First day on which they no longer work here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_on: Option<Date>,
    /// When somebody last confirmed that they need their access.
    pub confirmed_on: Date,
    /// Who did: an account's id or an operator's name.
    pub confirmed_by: String,
    /// The identity provider's name for them (`sub`), when they sign in with OpenID Connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Which versions of the acceptable use policy they have accepted, and when; the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acceptable_use: Vec<Acceptance>,
    /// When the account was made.
    pub created: Timestamp,
}

/// Where in the organisation somebody stands: the survey of 2009 was read by these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Chief executive, councillor, senior corporate officer.
    Corporate,
    /// Head of IT, IT senior.
    Technology,
    /// Front line.
    Department,
}

impl Tier {
    /// The tier's word, as figures have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Corporate => "corporate",
            Self::Technology => "technology",
            Self::Department => "department",
        }
    }
}

/// How far an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountStatus {
    /// Invited, and has not signed in yet.
    Invited,
    /// In use.
    Active,
    /// Stopped for the time being.
    Suspended,
    /// No longer here.
    Left,
}

/// Why somebody may not, and what mends it: for the person themselves.
pub type Barred = (&'static str, &'static str);

impl Account {
    /// Checks everything that is said of somebody.
    ///
    /// # Errors
    /// [`GovernanceError::People`] with the rule that is broken.
    pub fn check(&self) -> Result<()> {
        check_id(&self.id)?;
        check_text(&self.name)?;
        check_text(&self.department)?;
        check_email(&self.email)?;
        if self.teams.len() > TEAMS_LIMIT {
            return Err(GovernanceError::People("somebody belongs to at most 50 teams"));
        }
        self.teams.iter().try_for_each(|team| check_id(team))?;
        if self.subject.as_ref().is_some_and(|subject| subject.is_empty() || subject.len() > 255) {
            return Err(GovernanceError::People("an identity provider's name for somebody has 1 to 255 bytes"));
        }
        Ok(())
    }

    /// Where the account stands on a day: whoever has left by then has left, whatever was written.
    #[must_use]
    pub fn status_on(&self, today: Date) -> AccountStatus {
        if self.left_on.is_some_and(|left| left <= today) { AccountStatus::Left } else { self.status }
    }

    /// Whether they count among the staff on a day: invited or in use.
    #[must_use]
    pub fn works_here_on(&self, today: Date) -> bool {
        matches!(self.status_on(today), AccountStatus::Invited | AccountStatus::Active)
    }

    /// Whether they may do anything here on a day, given the number of days after which an access that nobody
    /// confirms ends.
    ///
    /// # Errors
    /// Why not, and what mends it.
    pub fn may_act(&self, today: Date, review_days: Option<u32>) -> std::result::Result<(), Barred> {
        match self.status_on(today) {
            AccountStatus::Left => {
                return Err(("the user no longer works here", "have an operator take back the leaving date"));
            }
            AccountStatus::Suspended => {
                return Err((
                    "the user's account is suspended",
                    "ask an operator or the information governance officer",
                ));
            }
            AccountStatus::Invited | AccountStatus::Active => {}
        }
        match self.review_due(review_days) {
            Some(due) if due <= today => Err((
                "nobody has confirmed in time that the user needs this access",
                "ask your manager or the information governance officer to confirm it in the access review",
            )),
            _ => Ok(()),
        }
    }

    /// The day on which the access ends unless somebody confirms it.
    #[must_use]
    pub fn review_due(&self, review_days: Option<u32>) -> Option<Date> {
        let days = jiff::Span::new().try_days(i64::from(review_days?)).ok()?;
        self.confirmed_on.checked_add(days).ok()
    }
}

impl fmt::Display for AccountStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// An id of an account or a team: it stands in addresses and headers.
pub(super) fn check_id(id: &str) -> Result<()> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@');
    if id.is_empty() || id.len() > ID_LIMIT || !id.bytes().all(fits) {
        return Err(GovernanceError::People(
            "an id has 1 to 64 letters (a to z, A to Z), digits, dots, underlines, hyphens and @",
        ));
    }
    if id.bytes().all(|byte| byte == b'.') {
        return Err(GovernanceError::People("an id is more than dots"));
    }
    Ok(())
}

/// A name for people. Letters of any script; nothing that hides or turns others around.
pub(super) fn check_text(text: &str) -> Result<()> {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
    };
    if text.trim().is_empty() || text.len() > TEXT_LIMIT || text.chars().any(unseen) {
        return Err(GovernanceError::People(
            "a name or department is empty, over 200 bytes, or has control or invisible characters",
        ));
    }
    Ok(())
}

/// Strict on purpose: it goes into the header of a message.
pub(super) fn check_email(email: &str) -> Result<()> {
    let fits = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
            && !text.starts_with('.')
            && !text.ends_with('.')
            && !text.contains("..")
    };
    let good = email.rsplit_once('@').is_some_and(|(local, domain)| {
        fits(local, b".!#$%&'*+/=?^_`{|}~-") && fits(domain, b".-") && local.len() <= 64
    });
    if !good || email.len() > TEXT_LIMIT {
        return Err(GovernanceError::People("an e-mail address has the form name@example.gov.uk"));
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::civil::date;

    use super::*;

    pub(in crate::people) fn kim() -> Account {
        Account {
            id: "kim".into(),
            name: "Kim Example".into(),
            email: "kim@borough.example".into(),
            roles: vec![OperatorRole::Officer],
            tier: Tier::Department,
            department: "Housing".into(),
            teams: BTreeSet::new(),
            status: AccountStatus::Active,
            left_on: None,
            confirmed_on: date(2026, 1, 1),
            confirmed_by: "operator".into(),
            subject: None,
            acceptable_use: Vec::new(),
            created: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_leaver_may_nothing_from_the_day_they_left() {
        let leaver = Account { left_on: Some(date(2026, 3, 1)), ..kim() };
        assert!(leaver.may_act(date(2026, 2, 28), None).is_ok());
        assert!(leaver.may_act(date(2026, 3, 1), None).is_err());
        assert_eq!(leaver.status_on(date(2026, 3, 1)), AccountStatus::Left);
    }

    #[test]
    fn an_access_that_nobody_confirms_ends() {
        assert!(kim().may_act(date(2026, 12, 31), Some(365)).is_ok());
        assert!(kim().may_act(date(2027, 1, 1), Some(365)).is_err());
        assert!(kim().may_act(date(2029, 1, 1), None).is_ok(), "where no review is asked for, none is due");
    }

    #[test]
    fn what_could_harm_a_page_a_header_or_a_path_is_refused() {
        for id in ["", "a/b", "a b", "é", "..", "a\0", "a\n", &"x".repeat(65)] {
            assert!(Account { id: id.into(), ..kim() }.check().is_err(), "{id:?}");
        }
        for name in ["", " ", "a\u{202e}b", "a\0b", "a\nb", &"x".repeat(201)] {
            assert!(Account { name: name.into(), ..kim() }.check().is_err(), "{name:?}");
        }
        assert!(Account { name: "Ọlá Ní Bhriain 李".into(), ..kim() }.check().is_ok());
        for email in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nBcc: c@d", "<a@b>", "a..b@c", "a@-.", "é@b"] {
            assert!(Account { email: email.into(), ..kim() }.check().is_err(), "{email:?}");
        }
    }
}
