//! Who is to be told of something before it is too late: of accesses and of what ends in the registers, and of an
//! acceptable use policy. Whatever it is, each is told once, whichever process of a cluster comes first.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use packhorse_governance::OperatorRole;
use packhorse_governance::assurance::acceptable_use::{Call, is_accepted};
use packhorse_governance::assurance::{Ending, Papers};
use packhorse_governance::people::{Account, AccountFilter, AccountStatus, day_of};
use packhorse_store::Ticket;

use super::{Notice, Occasion, by_mail, by_webhook, webhook};
use crate::context::{Context, now_ms};
use crate::error::GatewayError;

/// Tickets that tell who was told of what.
const TOLD: &str = "reminded";
const DAY_MS: i64 = 24 * 3600 * 1000;
const WEEK_MS: i64 = 7 * DAY_MS;
/// Telling is another process's for so long, which it does not take; who falls meanwhile has not told.
const CLAIM_MS: i64 = 300_000;
/// How many days before an access ends its owner and the reviewers are told.
const AHEAD_DAYS: i64 = 30;
/// For so many days longer than a policy asks it is remembered who was told: its grace may be lengthened by as much.
const GRACE_DAYS_MAX: i64 = 90;

type Result<T> = std::result::Result<T, GatewayError>;

/// Tells everybody whatever they are to be told now. Where nobody can be told, nothing counts as told.
pub(super) async fn remind(context: &Context, now: Timestamp) -> Result<()> {
    if context.mail.is_none() && webhook(context).await?.is_none() {
        return Ok(());
    }
    let look = Look { context, now_ms: now.as_millisecond(), today: day_of(now), papers: context.assurance.papers() };
    look.accesses().await?;
    look.registers().await?;
    for call in look.papers.calls_to_accept(look.today) {
        look.policy(&call).await?;
    }
    Ok(())
}

/// One look at everything.
struct Look<'a> {
    context: &'a Context,
    now_ms: i64,
    today: Date,
    papers: Arc<Papers>,
}

/// What somebody is told once.
struct Letter<'a> {
    occasion: Occasion,
    path: &'static str,
    /// What tells it from others of the same occasion; each of several is told once.
    about: &'a [String],
    /// Until when it is remembered that they were told.
    until_ms: i64,
    refused_from: Option<Date>,
}

impl Look<'_> {
    /// Once a week: reviewers, and those whose access ends soon.
    async fn accesses(&self) -> Result<()> {
        let soon = self.today.saturating_add(AHEAD_DAYS.days());
        let filter = AccountFilter { due_by: Some(soon), ..AccountFilter::default() };
        let due = self.context.people.accounts().list(&filter, "", usize::MAX, self.today);
        if due.is_empty() {
            return Ok(());
        }
        self.tell_governance(&self.weekly(Occasion::AccessReview, "/access-review", &[])).await?;
        let letter = self.weekly(Occasion::AccessEnding, "/account", &[]);
        for account in due.iter().filter(|account| account.status == AccountStatus::Active) {
            self.tell_once(Some(account), &letter).await?;
        }
        Ok(())
    }

    /// Training and vetting that end soon.
    async fn registers(&self) -> Result<()> {
        let training: Vec<Ending<'_>> = self.papers.training_ending(self.today).collect();
        self.endings(&training, Occasion::TrainingEnding, ["/training", "/training/register?lapsing=true"]).await?;
        let vetting: Vec<Ending<'_>> = self.papers.vetting_ending(self.today).collect();
        self.endings(&vetting, Occasion::VettingEnding, ["/account", "/vetting?lapsing=true"]).await
    }

    /// Told once to whose it is; and once a week to those who keep the register, because not everybody who stands in it
    /// has an account.
    async fn endings(&self, endings: &[Ending<'_>], occasion: Occasion, pages: [&'static str; 2]) -> Result<()> {
        if endings.is_empty() {
            return Ok(());
        }
        let [own, register] = pages;
        let which = [register.to_owned()];
        self.tell_governance(&self.weekly(Occasion::RegisterEnding, register, &which)).await?;
        // One letter tells of several that end at once.
        let mut by_person = BTreeMap::<&str, (Vec<String>, Date)>::new();
        for Ending { person, what, last } in endings {
            let (about, end) = by_person.entry(*person).or_insert_with(|| (Vec::new(), *last));
            about.push(format!("{what} {last}"));
            *end = (*end).max(*last);
        }
        for (person, (about, end)) in by_person {
            let Some(account) = self.context.people.accounts().get(person) else { continue };
            let until_ms = self.days_after(end, 1);
            let letter = Letter { occasion, path: own, about: &about, until_ms, refused_from: None };
            if self.is_here(&account) {
                self.tell_once(Some(&account), &letter).await?;
            }
        }
        Ok(())
    }

    /// Everybody who has not accepted a version; and the webhook, in which nobody is named, for all of them. Whoever comes
    /// in later is led to it by every page.
    async fn policy(&self, call: &Call) -> Result<()> {
        let occasion = if call.is_reminder { Occasion::AcceptableUseReminder } else { Occasion::AcceptableUse };
        let about = [format!("version {}", call.version)];
        let until_ms = self.days_after(call.refused_from, GRACE_DAYS_MAX);
        let refused_from = Some(call.refused_from);
        let letter = Letter { occasion, path: "/acceptable-use", about: &about, until_ms, refused_from };
        if webhook(self.context).await?.is_some() {
            self.tell_once(None, &letter).await?;
        }
        match self.context.mail {
            Some(_) => self.tell_everybody(call.version, &letter).await,
            // Nobody is told by letter, and none counts as told who may be tomorrow.
            None => Ok(()),
        }
    }

    async fn tell_everybody(&self, version: u32, letter: &Letter<'_>) -> Result<()> {
        let all_told = format!("all {:?} version {version}", letter.occasion);
        if self.told(&all_told).await? == Told::Yes {
            return Ok(());
        }
        let mut all = true;
        for account in self.context.people.accounts().all() {
            if self.is_here(&account) && !is_accepted(version, &account.acceptable_use) {
                all &= self.tell_once(Some(&account), letter).await?;
            }
        }
        // Not each is looked at again.
        if all && self.claim(&all_told, None).await? {
            self.context.evidence.store().tickets().extend(TOLD, &all_told, letter.until_ms).await?;
        }
        Ok(())
    }

    async fn tell_governance(&self, letter: &Letter<'_>) -> Result<()> {
        for account in self.context.people.accounts().all() {
            if self.is_here(&account) && account.roles.contains(&OperatorRole::Governance) {
                self.tell_once(Some(&account), letter).await?;
            }
        }
        Ok(())
    }

    /// Tells somebody what they were not told before; nobody in particular means the webhook. False when another process
    /// is about to: if it falls, they have not been told.
    async fn tell_once(&self, to: Option<&Account>, letter: &Letter<'_>) -> Result<bool> {
        let (mut mine, mut known) = (Vec::new(), true);
        for key in letter.keys(to) {
            match self.told(&key).await? {
                Told::Yes => {}
                Told::No if self.claim(&key, to).await? => mine.push(key),
                Told::No | Told::Claimed => known = false,
            }
        }
        if mine.is_empty() {
            return Ok(known);
        }
        let notice = Notice { refused_from: letter.refused_from, ..Notice::new(to, letter.occasion, letter.path) };
        if to.is_some() {
            by_mail(self.context, &notice).await?;
        }
        if to.is_none() || !letter.is_for_everybody() {
            by_webhook(self.context, &notice).await?;
        }
        for key in &mine {
            self.context.evidence.store().tickets().extend(TOLD, key, letter.until_ms).await?;
        }
        Ok(known)
    }

    async fn told(&self, key: &str) -> Result<Told> {
        let ticket = self.context.evidence.store().tickets().get(TOLD, key, now_ms()).await?;
        Ok(match ticket {
            None => Told::No,
            Some(ticket) if ticket.expires_ms <= now_ms() + CLAIM_MS => Told::Claimed,
            Some(_) => Told::Yes,
        })
    }

    async fn claim(&self, key: &str, to: Option<&Account>) -> Result<bool> {
        let claim = Ticket {
            kind: TOLD.to_owned(),
            key: key.to_owned(),
            owner: to.map(|account| account.id.clone()).unwrap_or_default(),
            body: Vec::new(),
            expires_ms: now_ms() + CLAIM_MS,
        };
        Ok(self.context.evidence.store().tickets().put_once(&claim, now_ms()).await?)
    }

    fn weekly<'a>(&self, occasion: Occasion, path: &'static str, about: &'a [String]) -> Letter<'a> {
        Letter { occasion, path, about, until_ms: self.now_ms + WEEK_MS, refused_from: None }
    }

    fn is_here(&self, account: &Account) -> bool {
        account.status_on(self.today) == AccountStatus::Active
    }

    /// So many days after a day has ended.
    fn days_after(&self, day: Date, days: i64) -> i64 {
        let until = i64::from((day - self.today).get_days()) + 1 + days;
        self.now_ms + until * DAY_MS
    }
}

/// What is known of whether somebody was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    No,
    /// Somebody is about to.
    Claimed,
    Yes,
}

impl Letter<'_> {
    /// By what it is remembered, for each that it is about. No account's id is an asterisk.
    fn keys(&self, to: Option<&Account>) -> Vec<String> {
        let whom = to.map_or("*", |account| account.id.as_str());
        let what = format!("{whom} {:?}", self.occasion);
        match self.about {
            [] => vec![what],
            about => about.iter().map(|about| format!("{what} {about}")).collect(),
        }
    }

    fn is_for_everybody(&self) -> bool {
        matches!(self.occasion, Occasion::AcceptableUse | Occasion::AcceptableUseReminder)
    }
}
