//! What a provider says of somebody, and which account that is.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use packhorse_governance::people::{Account, AccountStatus, Accounts, Tier, TurnedAway, day_of};
use packhorse_governance::{GovernanceError, OperatorRole};
use packhorse_keys::constant_time_equal;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::OpenIdSettings;

/// Most groups that are looked at.
const GROUPS: usize = 1000;

/// The claims of an identity token (OpenID Connect Core §2, §5.1).
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    sub: String,
    nonce: Option<String>,
    azp: Option<String>,
    preferred_username: Option<String>,
    name: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    department: Option<String>,
    /// Whatever else: the groups are found there by their claim's name.
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Claims {
    /// That the token answers our own question, and was made for us alone or by us.
    pub(super) fn check(&self, nonce: &str, client_id: &str) -> Result<(), TurnedAway> {
        let answers = self.nonce.as_ref().is_some_and(|given| constant_time_equal(given.as_bytes(), nonce.as_bytes()));
        let is_ours = self.azp.as_ref().is_none_or(|azp| azp == client_id);
        if answers && is_ours { Ok(()) } else { Err(TurnedAway::NotTheProvider) }
    }

    /// The account: known by the provider's own name for it, or entered before by somebody and never used otherwise, or
    /// new. Its name, address and roles are the provider's from now on.
    pub(super) async fn account(
        &self,
        accounts: &Accounts,
        settings: &OpenIdSettings,
        now: Timestamp,
    ) -> Result<Arc<Account>, GovernanceError> {
        let roles = self.roles(settings);
        if roles.is_empty() {
            return Err(TurnedAway::Barred {
                reason: "none of your groups has a role here",
                remedy: "ask for a group that has one: the gateway's operator knows which",
            }
            .into());
        }
        match accounts.of_subject(&self.sub).or_else(|| self.entered_before(accounts)) {
            Some(account) => self.brought_up_to_date(accounts, &account, roles).await,
            None => accounts.add(&self.newcomer(roles, now)?).await,
        }
    }

    /// Somebody of this address was invited, and the provider has seen that the address is theirs.
    fn entered_before(&self, accounts: &Accounts) -> Option<Arc<Account>> {
        let email = self.email.as_ref().filter(|_| self.email_verified)?;
        let account = accounts.named(email)?;
        let waits = account.status == AccountStatus::Invited && account.subject.is_none();
        (waits && account.email.eq_ignore_ascii_case(email)).then_some(account)
    }

    async fn brought_up_to_date(
        &self,
        accounts: &Accounts,
        known: &Arc<Account>,
        roles: Vec<OperatorRole>,
    ) -> Result<Arc<Account>, GovernanceError> {
        let update = |account: &mut Account| {
            account.subject = Some(self.sub.clone());
            account.roles.clone_from(&roles);
            self.name.iter().for_each(|name| account.name.clone_from(name));
            self.email.iter().for_each(|email| account.email.clone_from(email));
        };
        let mut wanted = Account::clone(known);
        update(&mut wanted);
        if wanted == **known { Ok(Arc::clone(known)) } else { accounts.change(&known.id, update).await }
    }

    fn newcomer(&self, roles: Vec<OperatorRole>, now: Timestamp) -> Result<Account, GovernanceError> {
        let missing = "the identity provider names no preferred_username or email: have it send them";
        let id = self.preferred_username.as_ref().or(self.email.as_ref()).ok_or(GovernanceError::People(missing))?;
        let email = self.email.clone().ok_or(GovernanceError::People(missing))?;
        Ok(Account {
            id: id.clone(),
            name: self.name.clone().unwrap_or_else(|| id.clone()),
            email,
            roles,
            tier: Tier::Department,
            department: self.department.clone().unwrap_or_else(|| "not said".to_owned()),
            teams: BTreeSet::new(),
            status: AccountStatus::Invited,
            left_on: None,
            confirmed_on: day_of(now),
            confirmed_by: "identity provider".to_owned(),
            subject: Some(self.sub.clone()),
            acceptable_use: Vec::new(),
            created: now,
        })
    }

    fn roles(&self, settings: &OpenIdSettings) -> Vec<OperatorRole> {
        let groups = self.others.get(&settings.groups_claim);
        let groups = groups.and_then(Value::as_array).into_iter().flatten().take(GROUPS).filter_map(Value::as_str);
        let roles: BTreeSet<OperatorRole> =
            groups.filter_map(|group| settings.roles.get(group)).flatten().copied().collect();
        roles.into_iter().collect()
    }
}
