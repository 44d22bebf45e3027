//! Teams: people who do the same work, so that a mailbox is delegated to all of them at once. Who belongs to one is
//! said in their account.

use packhorse_store::Document;
use serde::{Deserialize, Serialize};

use super::account::{check_id, check_text};
use super::accounts::Accounts;
use crate::{GovernanceError, Result};

const TEAM: &str = "team";
const FORMAT: i64 = 1;
/// Most teams of an organisation: more than one reading gives.
const MOST: u32 = 1000;

/// People who do the same work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Its code; lists of people name it as `team:<code>`.
    pub code: String,
    /// What people call it.
    pub title: String,
    /// The department.
    pub department: String,
}

impl Accounts {
    /// Every team, by code.
    ///
    /// # Errors
    /// As the store fails, or `Damaged`.
    pub async fn teams(&self) -> Result<Vec<Team>> {
        self.store.documents().list(TEAM, "", MOST).await?.iter().map(read).collect()
    }

    /// Makes a team or changes it.
    ///
    /// # Errors
    /// [`GovernanceError::People`] when it is not well formed, or there are a thousand; else as the store fails.
    pub async fn put_team(&self, team: &Team) -> Result<()> {
        check_id(&team.code)?;
        check_text(&team.title)?;
        check_text(&team.department)?;
        let there = self.store.documents().list(TEAM, "", MOST).await?;
        if there.len() >= MOST as usize && !there.iter().any(|document| document.key == team.code) {
            return Err(GovernanceError::People("an organisation has at most 1000 teams"));
        }
        let body = serde_json::to_vec(team).map_err(|_| GovernanceError::Damaged(TEAM))?;
        self.store.documents().put(TEAM, &team.code, FORMAT, &body, None).await?;
        Ok(())
    }

    /// Removes a team nobody belongs to; whether it was there.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] while somebody belongs to it; else as the store fails.
    pub async fn remove_team(&self, code: &str) -> Result<bool> {
        if self.members(code) > 0 {
            return Err(GovernanceError::act("people belong to the team", "take them out of it first"));
        }
        Ok(self.store.documents().delete(TEAM, code, None).await?)
    }

    /// How many people belong to a team.
    #[must_use]
    pub fn members(&self, code: &str) -> usize {
        self.all().iter().filter(|account| account.teams.contains(code)).count()
    }

    /// Checks that there are teams of these codes.
    ///
    /// # Errors
    /// [`GovernanceError::People`] when there is none of one of them; else as the store fails.
    pub async fn check_teams<'a>(&self, codes: impl IntoIterator<Item = &'a String>) -> Result<()> {
        for code in codes {
            if self.store.documents().get(TEAM, code).await?.is_none() {
                return Err(GovernanceError::People("there is no team of that code: make it first"));
            }
        }
        Ok(())
    }
}

fn read(document: &Document) -> Result<Team> {
    if document.format != FORMAT {
        return Err(GovernanceError::Damaged(TEAM));
    }
    serde_json::from_slice(&document.body).map_err(|_| GovernanceError::Damaged(TEAM))
}
