//! How somebody comes to their first password, or to a new one: a link of 256 random bits that counts once and for a
//! while, an app that is shown to work before it is relied on, recovery codes handed over once.

use std::sync::Arc;

use jiff::Timestamp;
use packhorse_keys::TotpSecret;
use packhorse_store::Ticket;
use serde::{Deserialize, Serialize};

use super::account::{Account, AccountStatus};
use super::password_rules;
use super::secrets::recovery_codes;
use super::session::{content, digest, secret, ticket};
use super::sign_in::{Entered, SignIn, TurnedAway};
use super::throttle::Try;
use crate::{GovernanceError, Result};

const INVITATION: &str = "invitation";
/// An invitation lies in somebody's letter box for a week.
const INVITED_MS: i64 = 7 * 24 * 3600 * 1000;
/// Whoever asks to recover is sitting there.
const RECOVERY_MS: i64 = 60 * 60 * 1000;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkPurpose {
    /// The first password.
    Invitation,
    /// A new one; sent to somebody who could read the account's mail.
    Recovery,
}

#[derive(Serialize, Deserialize)]
struct Link {
    purpose: LinkPurpose,
    /// The app's secret that was offered, sealed.
    totp: Option<String>,
}

/// What somebody is offered who opens a link.
pub struct Offered {
    /// Whose account.
    pub account: Arc<Account>,
    /// What for.
    pub purpose: LinkPurpose,
    /// A secret for their app, the same until the link is used; none where no second factor is asked for.
    pub totp: Option<TotpSecret>,
}

/// Somebody who has come in by a link.
pub struct Accepted {
    /// They are signed in.
    pub entered: Entered,
    /// Codes for the day the telephone is lost, shown once.
    pub recovery_codes: Vec<String>,
}

impl SignIn {
    /// A link for somebody, which makes void those given before. The token is shown once.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when they cannot use one; else as the store fails.
    pub async fn invite(&self, account: &Account, purpose: LinkPurpose, now: Timestamp) -> Result<String> {
        self.may_enter(account, now)?;
        if purpose == LinkPurpose::Recovery && account.status != AccountStatus::Active {
            return Err(GovernanceError::act("the account was never used", "send an invitation"));
        }
        let token = secret("phi_")?;
        let lasts = if purpose == LinkPurpose::Invitation { INVITED_MS } else { RECOVERY_MS };
        let link = Link { purpose, totp: None };
        self.store.tickets().remove_of(INVITATION, &account.id).await?;
        let made = ticket(INVITATION, &token, &account.id, &link, now.as_millisecond() + lasts)?;
        self.store.tickets().put(&made).await?;
        Ok(token)
    }

    /// Whether somebody may ask for a letter with a link, for this name: whether or not there is such an account.
    ///
    /// # Errors
    /// [`TurnedAway::Wait`]; else as the store fails.
    pub async fn may_ask_to_recover(&self, name: &str, address: &str, now: Timestamp) -> Result<()> {
        match self.throttle.letter(Try { name, address }, now).await? {
            Ok(()) => Ok(()),
            Err(seconds) => Err(TurnedAway::Wait { seconds }.into()),
        }
    }

    /// What a link offers. Looking at it does not use it up.
    ///
    /// # Errors
    /// [`TurnedAway::Expired`] when it is none; else as the store fails.
    pub async fn look_at(&self, token: &str, now: Timestamp) -> Result<Offered> {
        let (found, mut link, account) = self.link(token, now).await?;
        if self.settings.second_factor && link.totp.is_none() {
            let sealed = self.vault.sealed(&TotpSecret::generate()?)?;
            link.totp = Some(sealed);
            let body = serde_json::to_vec(&link).map_err(|_| GovernanceError::Damaged(INVITATION))?;
            self.store.tickets().put(&Ticket { body, ..found }).await?;
        }
        let totp = link.totp.as_deref().map(|kept| self.vault.opened(kept)).transpose()?;
        Ok(Offered { account, purpose: link.purpose, totp })
    }

    async fn link(&self, token: &str, now: Timestamp) -> Result<(Ticket, Link, Arc<Account>)> {
        let found = self.store.tickets().get(INVITATION, &digest(token), now.as_millisecond()).await?;
        let found = found.ok_or(TurnedAway::Expired)?;
        let link: Link = content(&found)?;
        let account = self.accounts.get(&found.owner).ok_or(TurnedAway::Expired)?;
        self.may_enter(&account, now)?;
        Ok((found, link, account))
    }

    /// Uses a link: the password is theirs from now on, the app was shown to work, and they are in. Every session that
    /// there was has ended.
    ///
    /// # Errors
    /// [`TurnedAway`]; [`GovernanceError::People`] when the password breaks a rule; else as the store fails.
    pub async fn accept(
        &self,
        token: &str,
        password: &str,
        code: Option<&str>,
        address: &str,
        now: Timestamp,
    ) -> Result<Accepted> {
        let (found, link, account) = self.link(token, now).await?;
        let attempt = Try { name: &account.id, address };
        password_rules::check(password, &account)?;
        if self.settings.second_factor {
            // Whoever holds a link may guess at the code no more often than at a password.
            self.may_try(attempt, now).await?;
            let sealed = link.totp.as_deref().ok_or(TurnedAway::Expired)?;
            let totp = self.vault.opened(sealed)?;
            let step = totp.step_of(code.unwrap_or_default().trim(), now.as_second()).ok_or(TurnedAway::Wrong)?;
            self.use_step(&account.id, sealed, step, now).await?;
        }
        let hash = self.hash(password).await?;
        let (codes, kept) = if link.totp.is_some() { recovery_codes()? } else { Default::default() };
        // Of many who send the link at once, one has it.
        self.store.tickets().take(INVITATION, &found.key, now.as_millisecond()).await?.ok_or(TurnedAway::Expired)?;
        self.vault
            .change(&account.id, |secrets| {
                secrets.password = Some(hash.clone());
                secrets.totp.clone_from(&link.totp);
                secrets.recovery.clone_from(&kept);
            })
            .await?;
        self.sessions.end_all(&account.id).await?;
        self.throttle.forgive(attempt, now).await?;
        let activated = self.activated(Arc::clone(&account)).await?;
        let entered = self.enter(attempt, activated, now).await?;
        Ok(Accepted { entered, recovery_codes: codes })
    }

    /// Changes somebody's own password; every other session of theirs ends.
    ///
    /// # Errors
    /// [`TurnedAway::Wrong`] when the old one is not right, or as [`SignIn::accept`].
    pub async fn change_password(
        &self,
        account: &Account,
        old: &str,
        new: &str,
        address: &str,
        now: Timestamp,
    ) -> Result<Entered> {
        let attempt = Try { name: &account.id, address };
        self.may_try(attempt, now).await?;
        let kept = self.vault.get(&account.id).await?;
        if !self.verify(old, kept.password).await? {
            return Err(TurnedAway::Wrong.into());
        }
        password_rules::check(new, account)?;
        let hash = self.hash(new).await?;
        self.vault.change(&account.id, |secrets| secrets.password = Some(hash.clone())).await?;
        self.sessions.end_all(&account.id).await?;
        self.enter(attempt, Arc::new(account.clone()), now).await
    }

    /// New recovery codes in place of those there were, for somebody who shows their password.
    ///
    /// # Errors
    /// As [`SignIn::change_password`].
    pub async fn new_recovery_codes(
        &self,
        account: &Account,
        password: &str,
        address: &str,
        now: Timestamp,
    ) -> Result<Vec<String>> {
        self.may_try(Try { name: &account.id, address }, now).await?;
        let kept = self.vault.get(&account.id).await?;
        if !self.verify(password, kept.password).await? {
            return Err(TurnedAway::Wrong.into());
        }
        let (codes, kept) = recovery_codes()?;
        self.vault.change(&account.id, |secrets| secrets.recovery.clone_from(&kept)).await?;
        Ok(codes)
    }

    /// Whether an account has a password and a second factor, and how many recovery codes are left.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn factors(&self, account: &str) -> Result<(bool, bool, usize)> {
        let kept = self.vault.get(account).await?;
        Ok((kept.password.is_some(), kept.totp.is_some(), kept.recovery.len()))
    }

    /// Everything that could let somebody in goes: sessions, links and, for good, their secrets.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn shut_out(&self, account: &str, for_good: bool) -> Result<()> {
        self.sessions.end_all(account).await?;
        self.store.tickets().remove_of(INVITATION, account).await?;
        if for_good {
            self.vault.forget(account).await?;
        }
        Ok(())
    }
}
