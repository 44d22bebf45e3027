//! The information asset register: what the organisation holds, who owns it, and the owner's yearly statement.

use std::collections::BTreeSet;

use jiff::civil::Date;
use packhorse_store::{Listing, Order, Store};
use serde::{Deserialize, Serialize};

use crate::filing::{Filed, Filing, Found, Sought, tag, text};
use crate::{GovernanceError, Result};

/// Most bytes of one text.
const TEXT_LIMIT: usize = 5000;
/// Most bytes of a line.
const LINE_LIMIT: usize = 300;
/// Most things of one list.
const LIST_LIMIT: usize = 200;
/// Days for which a statement counts.
const STATEMENT_DAYS: i64 = 366;

/// The owner's word to the SIRO that the asset is looked after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// When.
    pub on: Date,
    /// By whom: an account's id.
    pub by: String,
    /// Risks and how they are dealt with.
    pub text: String,
}

/// What is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Its code, unique.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// What is in it.
    pub description: String,
    /// Its owner: an account's id. Empty: nobody.
    #[serde(default)]
    pub owner: String,
    /// Categories of people.
    #[serde(default)]
    pub people: Vec<String>,
    /// Categories of data.
    #[serde(default)]
    pub data: Vec<String>,
    /// Whether special categories are among them.
    #[serde(default)]
    pub special: bool,
    /// Services that are published from it, as `system/service`.
    #[serde(default)]
    pub services: Vec<String>,
    /// How long it is kept.
    #[serde(default)]
    pub retention: String,
    /// The owner's statements, the newest last.
    #[serde(default)]
    pub statements: Vec<Statement>,
}

impl Filed for Asset {
    const KIND: &'static str = "information-asset";
    const CALLED: &'static str = "information asset";
    const LISTED: i64 = 1;
    const ORDER: Order = Order::Ascending;

    fn listing(&self) -> Listing {
        let Self { code, title, description, owner, .. } = self;
        let tags = BTreeSet::from([tag("owned", !owner.is_empty())]);
        // All in one place: they go by their codes.
        Listing { place: 0, tags, text: format!("{code} {title} {owner} {description}"), ..Listing::default() }
    }
}

impl Asset {
    /// Whether the owner's statement is in date.
    #[must_use]
    pub fn is_stated(&self, today: Date) -> bool {
        let recent = |statement: &Statement| (today - statement.on).get_days() <= STATEMENT_DAYS as i32;
        !self.owner.is_empty() && self.statements.last().is_some_and(recent)
    }

    fn checked(mut self) -> Result<Self> {
        let code = self.code.as_bytes();
        if code.is_empty() || code.len() > 64 || !code.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-') {
            return Err(no("an asset's code has 1 to 64 letters, digits and hyphens", "choose a short one"));
        }
        self.title = text("title", &self.title, LINE_LIMIT, true)?;
        self.description = text("description", &self.description, TEXT_LIMIT, true)?;
        self.owner = text("owner", &self.owner, LINE_LIMIT, false)?;
        self.retention = text("retention", &self.retention, LINE_LIMIT, false)?;
        for list in [&mut self.people, &mut self.data, &mut self.services] {
            if list.len() > LIST_LIMIT {
                return Err(no("a list of the asset has more than 200 entries", "sum some up"));
            }
            for line in list {
                *line = text("entry of a list", line, LINE_LIMIT, true)?;
            }
        }
        Ok(self)
    }
}

/// The assets of an organisation.
#[derive(Debug, Clone, Copy)]
pub struct Assets<'a> {
    filing: Filing<'a>,
}

impl<'a> Assets<'a> {
    /// Assets in a store.
    #[must_use]
    pub fn new(store: &'a Store) -> Self {
        Self { filing: Filing::new(store) }
    }

    /// Enters an asset, or changes one; its statements stay.
    ///
    /// # Errors
    /// When it is not well formed; else as the store fails.
    pub async fn put(&self, asset: Asset) -> Result<Asset> {
        let mut asset = asset.checked()?;
        asset.statements.clear();
        let code = asset.code.clone();
        let changed = self.filing.change(&code, |known: &mut Asset| {
            *known = Asset { statements: std::mem::take(&mut known.statements), ..asset.clone() };
            Ok(())
        });
        match changed.await? {
            Some(changed) => Ok(changed),
            None => {
                self.filing.make(&asset.code, &asset).await?;
                Ok(asset)
            }
        }
    }

    /// The owner states that it is looked after; nothing when there is no such asset.
    ///
    /// # Errors
    /// When somebody else says so, or says nothing; else as the store fails.
    pub async fn state(&self, code: &str, statement: Statement) -> Result<Option<Asset>> {
        let said = text("statement", &statement.text, TEXT_LIMIT, true)?;
        self.filing
            .change(code, |asset: &mut Asset| {
                if asset.owner != statement.by {
                    return Err(no("only the asset's owner makes its statement", "have the owner sign in"));
                }
                // Twenty years of them.
                let surplus = asset.statements.len().saturating_sub(19);
                asset.statements.drain(..surplus);
                asset.statements.push(Statement { text: said.clone(), ..statement.clone() });
                Ok(())
            })
            .await
    }

    /// One asset.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn get(&self, code: &str) -> Result<Option<Asset>> {
        self.filing.get(code).await
    }

    /// A page of the assets, by code. They are sought by whether they are `owned` (true or false). Nothing when there is
    /// no asset `after`.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn find(&self, sought: &Sought, after: Option<&str>, limit: u32) -> Result<Option<Found<Asset>>> {
        self.filing.find(sought, after, limit).await
    }

    /// Every asset, by code.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn each(&self) -> Result<Vec<Asset>> {
        self.filing.each(&Sought::default()).await
    }
}

fn no(problem: &str, remedy: &'static str) -> GovernanceError {
    GovernanceError::act(problem, remedy)
}
