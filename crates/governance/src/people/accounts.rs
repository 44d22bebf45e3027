//! Every account as a document of the store, and all of them in memory: tens of thousands, each read anew only when
//! it changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::civil::Date;
use packhorse_model::{Refusal, Rule, Side};
use packhorse_store::{Document, Store, StoreError};

use super::account::{Account, AccountStatus};
use crate::assurance::Acceptance;
use crate::assurance::acceptable_use::{accept, is_accepted};
use crate::{GovernanceError, Result};

const ACCOUNT: &str = "account";
const FORMAT: i64 = 1;
/// What stands before a team's code where people are listed.
pub const TEAM_PREFIX: &str = "team:";

/// The people who have accounts here.
pub struct Accounts {
    pub(super) store: Store,
    known: RwLock<Known>,
    /// After so many days without being confirmed an access ends; never when there is none.
    review_days: Option<u32>,
}

#[derive(Default)]
struct Known {
    revision: i64,
    by_id: BTreeMap<String, Arc<Account>>,
    /// E-mail address in small letters to id.
    by_email: HashMap<String, String>,
    by_subject: HashMap<String, String>,
}

/// Who of all.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Part of an id, a name, an address or a department, whatever the case.
    pub text: Option<String>,
    /// Only of this status.
    pub status: Option<AccountStatus>,
    /// Only of this team.
    pub team: Option<String>,
    /// Only those who work here and have not accepted this version of the acceptable use policy, or a later one.
    pub not_accepted: Option<u32>,
    /// Only those whose access ends by this day unless somebody confirms it.
    pub due_by: Option<Date>,
}

impl Accounts {
    pub(super) async fn open(store: Store, review_days: Option<u32>) -> Result<Self> {
        let accounts = Self { store, known: RwLock::default(), review_days };
        let mut known = Known { revision: accounts.store.documents().revision().await?, ..Known::default() };
        for document in accounts.store.documents().all(ACCOUNT).await? {
            known.enter(read(&document)?);
        }
        *accounts.writing() = known;
        Ok(accounts)
    }

    /// After how many days without being confirmed an access ends.
    #[must_use]
    pub fn review_days(&self) -> Option<u32> {
        self.review_days
    }

    /// The account with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Account>> {
        self.reading().by_id.get(id).cloned()
    }

    /// The account that somebody means who writes its id or its e-mail address.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Arc<Account>> {
        let known = self.reading();
        let id = known.by_email.get(&name.to_ascii_lowercase()).map_or(name, String::as_str);
        known.by_id.get(id).cloned()
    }

    /// The account of whom the identity provider calls so.
    #[must_use]
    pub fn of_subject(&self, subject: &str) -> Option<Arc<Account>> {
        let known = self.reading();
        known.by_subject.get(subject).and_then(|id| known.by_id.get(id)).cloned()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.reading().by_id.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every account, by id.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Account>> {
        self.reading().by_id.values().cloned().collect()
    }

    /// Those of a filter, by id, from after an id on, at most `limit`.
    #[must_use]
    pub fn list(&self, filter: &AccountFilter, after: &str, limit: usize, today: Date) -> Vec<Arc<Account>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let text = filter.text.as_ref().map(|text| text.to_lowercase());
        let known = self.reading();
        let from = if after.is_empty() { Unbounded } else { Excluded(after) };
        let those = known.by_id.range::<str, _>((from, Unbounded)).map(|(_, account)| account);
        let fits = |account: &&Arc<Account>| {
            text.as_ref().is_none_or(|text| account.mentions(text))
                && filter.status.is_none_or(|status| account.status_on(today) == status)
                && filter.team.as_ref().is_none_or(|team| account.teams.contains(team))
                && filter.not_accepted.is_none_or(|version| {
                    !is_accepted(version, &account.acceptable_use) && account.works_here_on(today)
                })
                && filter.due_by.is_none_or(|day| {
                    account.status_on(today) != AccountStatus::Left
                        && account.review_due(self.review_days).is_some_and(|due| due <= day)
                })
        };
        those.filter(fits).take(limit).cloned().collect()
    }

    /// Whether somebody may act here on a day. Whoever has no account is not known here and not judged.
    ///
    /// # Errors
    /// A refusal by rule role.
    pub fn may_act(&self, id: &str, today: Date) -> std::result::Result<(), Refusal> {
        let Some(account) = self.get(id) else { return Ok(()) };
        account.may_act(today, self.review_days).map_err(|(reason, remedy)| Refusal {
            side: Side::Outbound,
            rule: Rule::Role,
            reason: reason.into(),
            remedy: remedy.into(),
        })
    }

    /// Whether somebody is one of those listed: by id, or by one of their teams, `team:<code>`.
    #[must_use]
    pub fn is_among(&self, id: &str, listed: &BTreeSet<String>) -> bool {
        listed.contains(id)
            || listed
                .iter()
                .filter_map(|entry| entry.strip_prefix(TEAM_PREFIX))
                .any(|team| self.get(id).is_some_and(|account| account.teams.contains(team)))
    }

    /// Enters somebody new.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when the id or the address is taken; [`GovernanceError::People`] when something said is
    /// not well formed; else as the store fails.
    pub async fn add(&self, account: &Account) -> Result<Arc<Account>> {
        account.check()?;
        self.check_unique(account)?;
        let body = serde_json::to_vec(account).map_err(|_| GovernanceError::Damaged(ACCOUNT))?;
        match self.store.documents().insert_new(ACCOUNT, &account.id, FORMAT, &body).await {
            Err(StoreError::Conflict) => Err(taken()),
            Err(other) => Err(other.into()),
            Ok(_) => Ok(self.writing().enter(account.clone())),
        }
    }

    /// Changes an account, again if somebody changed it meanwhile. The id stays.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when there is no such account, or its new address is somebody else's;
    /// [`GovernanceError::People`] when it is not well formed any more; else as the store fails.
    pub async fn change(&self, id: &str, mut change: impl FnMut(&mut Account)) -> Result<Arc<Account>> {
        loop {
            let document = self.store.documents().get(ACCOUNT, id).await?;
            let document =
                document.ok_or_else(|| GovernanceError::act("nobody here has this id", "look for it in the list"))?;
            let mut account = read(&document)?;
            change(&mut account);
            account.id = id.to_owned();
            account.check()?;
            self.check_unique(&account)?;
            let body = serde_json::to_vec(&account).map_err(|_| GovernanceError::Damaged(ACCOUNT))?;
            match self.store.documents().put(ACCOUNT, id, FORMAT, &body, Some(document.revision)).await {
                Err(StoreError::Conflict) => {}
                Err(other) => return Err(other.into()),
                Ok(_) => return Ok(self.writing().enter(account)),
            }
        }
    }

    /// Notes that somebody accepted a version of the acceptable use policy.
    ///
    /// # Errors
    /// As [`Accounts::change`].
    pub async fn accept_use(&self, id: &str, acceptance: Acceptance) -> Result<Arc<Account>> {
        self.change(id, |account| {
            accept(&mut account.acceptable_use, acceptance);
        })
        .await
    }

    fn check_unique(&self, account: &Account) -> Result<()> {
        let known = self.reading();
        let others = |id: Option<&String>| id.is_some_and(|id| *id != account.id);
        if others(known.by_email.get(&account.email.to_ascii_lowercase()))
            || others(account.subject.as_ref().and_then(|subject| known.by_subject.get(subject)))
        {
            return Err(taken());
        }
        Ok(())
    }

    /// Takes in what another process wrote since; whether anything did. Cheap when nothing did.
    ///
    /// # Errors
    /// As the store fails, or `Damaged`; what was known stays.
    pub(super) async fn refresh_if_changed(&self) -> Result<bool> {
        let documents = self.store.documents();
        let mut changed = false;
        loop {
            let known = self.reading().revision;
            if documents.revision().await? == known {
                return Ok(changed);
            }
            let changes = documents.changes_since(known).await?;
            let Some(last) = changes.last() else { return Ok(changed) };
            for change in changes.iter().filter(|change| change.kind == ACCOUNT) {
                let document = documents.get(ACCOUNT, &change.key).await?;
                let account = document.as_ref().map(read).transpose()?;
                let mut known = self.writing();
                known.forget(&change.key);
                account.map(|account| known.enter(account));
                changed = true;
            }
            self.writing().revision = last.revision;
        }
    }

    fn reading(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> std::sync::RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn enter(&mut self, account: Account) -> Arc<Account> {
        self.forget(&account.id);
        let account = Arc::new(account);
        self.by_email.insert(account.email.to_ascii_lowercase(), account.id.clone());
        if let Some(subject) = &account.subject {
            self.by_subject.insert(subject.clone(), account.id.clone());
        }
        self.by_id.insert(account.id.clone(), Arc::clone(&account));
        account
    }

    fn forget(&mut self, id: &str) {
        let Some(former) = self.by_id.remove(id) else { return };
        self.by_email.remove(&former.email.to_ascii_lowercase());
        former.subject.as_ref().map(|subject| self.by_subject.remove(subject));
    }
}

impl Account {
    /// Whether it says this text (in small letters) anywhere that people look.
    fn mentions(&self, text: &str) -> bool {
        [&self.id, &self.name, &self.email, &self.department].iter().any(|said| said.to_lowercase().contains(text))
    }
}

fn taken() -> GovernanceError {
    GovernanceError::act("somebody has this id or this e-mail address already", "choose another, or change theirs")
}

fn read(document: &Document) -> Result<Account> {
    if document.format != FORMAT {
        return Err(GovernanceError::Damaged(ACCOUNT));
    }
    serde_json::from_slice(&document.body).map_err(|_| GovernanceError::Damaged(ACCOUNT))
}

/// The calendar day of a moment, on which rules are judged.
#[must_use]
pub fn day_of(now: Timestamp) -> Date {
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}
