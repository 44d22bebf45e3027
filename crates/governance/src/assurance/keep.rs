//! Assurance as documents of the store, and every change to it.

use std::sync::Arc;

use jiff::civil::Date;
use packhorse_model::AgreementId;
use packhorse_store::{Document, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::incident_route::DRILLS_LIMIT;
use super::roll::{COURSE, Shard, TRAINING};
use super::siro::APPOINTMENTS_LIMIT;
use super::vetting_roll::{VETTING, Vetted};
use super::{
    AcceptableUse, Appointment, Assurance, Charter, Course, Dpia, Drill, Gate, IncidentRoute, Override, Papers,
    RiskPolicy, Settings,
};
use crate::{GovernanceError, Result};

/// Kinds of documents. A charter's and a policy's key is its version, `draft` aside; the rest say themselves.
const CHARTER: &str = "charter";
const RISK_POLICY: &str = "risk-policy";
const ACCEPTABLE_USE: &str = "acceptable-use-policy";
const SIRO: &str = "siro";
const INCIDENT_ROUTE: &str = "incident-route";
const SETTINGS: &str = "assurance-settings";
const DPIA: &str = "dpia";
const OVERRIDE: &str = "gate-override";
const KINDS: [&str; 11] =
    [CHARTER, RISK_POLICY, ACCEPTABLE_USE, SIRO, INCIDENT_ROUTE, SETTINGS, COURSE, TRAINING, VETTING, DPIA, OVERRIDE];
const DRAFT: &str = "draft";
/// The key of what there is one of.
const CURRENT: &str = "current";
const FORMAT: i64 = 1;

impl Assurance {
    /// Changes the intervals.
    ///
    /// # Errors
    /// [`GovernanceError::Unfit`] beyond a bound; else as the store fails.
    pub async fn put_settings(&self, settings: &Settings) -> Result<()> {
        settings.check()?;
        self.put(SETTINGS, CURRENT, settings).await
    }

    /// Keeps a draft of the charter.
    ///
    /// # Errors
    /// As [`Assurance::put_settings`].
    pub async fn put_charter_draft(&self, charter: &Charter) -> Result<()> {
        charter.check_draft()?;
        self.put(CHARTER, DRAFT, charter).await
    }

    /// Publishes a charter as the next version; drops the draft.
    ///
    /// # Errors
    /// As [`Assurance::put_settings`].
    pub async fn publish_charter(&self, mut charter: Charter, today: Date) -> Result<()> {
        let papers = self.papers();
        charter.check(&papers.settings, today)?;
        charter.version = papers.charter.as_ref().map_or(1, |former| former.version + 1);
        charter.published_on = Some(today);
        self.insert(CHARTER, &version_key(charter.version), &charter).await?;
        self.store.documents().delete(CHARTER, DRAFT, None).await?;
        self.refresh().await
    }

    /// Enters a risk policy as the next version.
    ///
    /// # Errors
    /// As [`Assurance::put_settings`].
    pub async fn put_risk_policy(&self, mut policy: RiskPolicy, today: Date) -> Result<()> {
        let papers = self.papers();
        policy.check(&papers.settings, today)?;
        policy.version = papers.risk_policy.as_ref().map_or(1, |former| former.version + 1);
        self.insert(RISK_POLICY, &version_key(policy.version), &policy).await?;
        self.refresh().await
    }

    /// Publishes an acceptable use policy as the next version, and says which that is. A version is not taken back:
    /// the next takes its place.
    ///
    /// # Errors
    /// As [`Assurance::put_settings`].
    pub async fn publish_acceptable_use(&self, mut policy: AcceptableUse, today: Date) -> Result<u32> {
        let papers = self.papers();
        policy.check(&papers.settings, today)?;
        policy.version = papers.acceptable_use.last_key_value().map_or(1, |(version, _)| version + 1);
        policy.published_on = Some(today);
        self.insert(ACCEPTABLE_USE, &version_key(policy.version), &policy).await?;
        self.refresh().await.map(|()| policy.version)
    }

    /// Appoints a SIRO; whoever holds the post without an end holds it until the day before.
    ///
    /// # Errors
    /// As [`Assurance::put_settings`].
    pub async fn appoint(&self, appointment: Appointment) -> Result<()> {
        appointment.check()?;
        let first = appointment.start;
        self.change_posts(|posts| {
            posts.retain(|one| one.start != first);
            for earlier in posts.iter_mut().filter(|one| one.start < first) {
                let day_before = first.yesterday().unwrap_or(first);
                earlier.end = Some(earlier.end.map_or(day_before, |end| end.min(day_before)));
            }
            posts.push(appointment.clone());
        })
        .await
    }

    /// Ends the appointment that holds on a day.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when the post is empty; else as the store fails.
    pub async fn end_appointment(&self, last: Date, today: Date) -> Result<()> {
        let Some(start) = self.papers().siro(today).map(|siro| siro.start) else {
            return Err(GovernanceError::act("nobody is senior information risk owner", "appoint somebody first"));
        };
        if last < start {
            return Err(GovernanceError::act("the end is before the start", "put the days in order"));
        }
        self.change_posts(|posts| {
            posts.iter_mut().filter(|one| one.start == start).for_each(|one| one.end = Some(last));
        })
        .await
    }

    async fn change_posts(&self, mut change: impl FnMut(&mut Vec<Appointment>)) -> Result<()> {
        self.amend(SIRO, CURRENT, Vec::new, |posts: &mut Vec<Appointment>| {
            change(posts);
            posts.sort_by_key(|one| one.start);
            let surplus = posts.len().saturating_sub(APPOINTMENTS_LIMIT);
            posts.drain(..surplus);
            Ok(())
        })
        .await
        .map(|_| ())
    }

    /// Writes the incident route down; drills that were entered stay.
    ///
    /// # Errors
    /// As [`Assurance::put_settings`].
    pub async fn put_incident_route(&self, route: IncidentRoute, today: Date) -> Result<()> {
        route.check(today)?;
        self.amend(INCIDENT_ROUTE, CURRENT, IncidentRoute::default, |kept: &mut IncidentRoute| {
            let mut drills = std::mem::take(&mut kept.drills);
            drills.extend(route.drills.iter().filter(|drill| !drills.contains(drill)).cloned().collect::<Vec<_>>());
            *kept = IncidentRoute { drills, ..route.clone() };
            latest_drills(kept);
            Ok(())
        })
        .await
        .map(|_| ())
    }

    /// Enters a drill.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when there is no route to test; else as [`Assurance::put_settings`].
    pub async fn enter_drill(&self, drill: &Drill, today: Date) -> Result<()> {
        if self.papers().incident_route.is_none() {
            return Err(GovernanceError::act("there is no incident route yet", "write it down first"));
        }
        self.amend(INCIDENT_ROUTE, CURRENT, IncidentRoute::default, |route: &mut IncidentRoute| {
            route.drills.push(drill.clone());
            latest_drills(route);
            route.check(today)
        })
        .await
        .map(|_| ())
    }

    /// Keeps an impact assessment.
    ///
    /// # Errors
    /// As [`Assurance::put_settings`].
    pub async fn put_dpia(&self, dpia: &Dpia, today: Date) -> Result<()> {
        dpia.check(today)?;
        self.put(DPIA, dpia.agreement.as_str(), dpia).await
    }

    /// Keeps an override, in place of the gate's former one.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn put_override(&self, one: &Override) -> Result<()> {
        self.put(OVERRIDE, &Override::key(one.gate, one.agreement.as_ref()), one).await
    }

    /// Ends an override; whether there was one.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn end_override(&self, gate: Gate, agreement: Option<&AgreementId>) -> Result<bool> {
        let there = self.store.documents().delete(OVERRIDE, &Override::key(gate, agreement), None).await?;
        self.refresh().await?;
        Ok(there)
    }

    /// Takes in what another process wrote since; whether anything did. Cheap when nothing did.
    ///
    /// # Errors
    /// As [`Assurance::open`]; the former snapshot stays.
    pub async fn refresh_if_changed(&self) -> Result<bool> {
        self.take_in_changes().await
    }

    pub(super) async fn refresh(&self) -> Result<()> {
        self.take_in_changes().await.map(|_| ())
    }

    /// Makes the first snapshot from everything in the store.
    pub(super) async fn read_all(&self) -> Result<()> {
        let mut seen = self.seen.lock().await;
        // Read first: what is written while we read is taken in by the next refresh.
        let revision = self.store.documents().revision().await?;
        let mut papers = Papers::default();
        for kind in KINDS {
            for document in self.store.documents().all(kind).await? {
                papers.take_in(kind, &document.key, Some(&document))?;
            }
        }
        self.snapshot.store(Arc::new(papers));
        *seen = revision;
        Ok(())
    }

    /// Makes the next snapshot from what was changed in the store since; whether anything was.
    async fn take_in_changes(&self) -> Result<bool> {
        let mut seen = self.seen.lock().await;
        let (revision, changed) = self.store.documents().changed(&KINDS, *seen).await?;
        if !changed.is_empty() {
            let mut papers = Papers::clone(&self.snapshot.load());
            papers.forget_shards(changed.iter().map(|(change, _)| (change.kind.as_str(), change.key.as_str())));
            for (change, document) in &changed {
                papers.take_in(&change.kind, &change.key, document.as_ref())?;
            }
            self.snapshot.store(Arc::new(papers));
        }
        *seen = revision;
        Ok(!changed.is_empty())
    }

    pub(super) async fn put<T: Serialize>(&self, kind: &'static str, key: &str, value: &T) -> Result<()> {
        self.store.documents().put(kind, key, FORMAT, &body(kind, value)?, None).await?;
        self.refresh().await
    }

    /// Two that publish at once do not both become the same version.
    async fn insert<T: Serialize>(&self, kind: &'static str, key: &str, value: &T) -> Result<()> {
        match self.store.documents().insert_new(kind, key, FORMAT, &body(kind, value)?).await {
            Ok(_) => Ok(()),
            Err(StoreError::Conflict) => {
                self.refresh().await?;
                Err(GovernanceError::act(
                    "somebody else has just changed it",
                    "look at the new version, then try again",
                ))
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn amend<T: Serialize + DeserializeOwned, R>(
        &self,
        kind: &'static str,
        key: &str,
        new: impl Fn() -> T,
        change: impl FnMut(&mut T) -> Result<R>,
    ) -> Result<R> {
        let changed = self.amend_quietly(kind, key, new, change).await?;
        self.refresh().await?;
        Ok(changed)
    }

    /// Changes a document as a whole, again if somebody changed it meanwhile.
    pub(super) async fn amend_quietly<T: Serialize + DeserializeOwned, R>(
        &self,
        kind: &'static str,
        key: &str,
        new: impl Fn() -> T,
        mut change: impl FnMut(&mut T) -> Result<R>,
    ) -> Result<R> {
        loop {
            let documents = self.store.documents();
            let found = documents.get(kind, key).await?;
            let mut value = found.as_ref().map_or_else(|| Ok(new()), read)?;
            let changed = change(&mut value)?;
            let body = body(kind, &value)?;
            let written = match found {
                Some(document) => documents.put(kind, key, FORMAT, &body, Some(document.revision)).await,
                None => documents.insert_new(kind, key, FORMAT, &body).await,
            };
            match written {
                Ok(_) => return Ok(changed),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Papers {
    /// Takes in a document as it stands now, or that it is gone.
    fn take_in(&mut self, kind: &str, key: &str, document: Option<&Document>) -> Result<()> {
        match kind {
            CHARTER if key == DRAFT => self.charter_draft = of(document)?,
            // Versions are never changed nor taken back: the latest counts.
            CHARTER => keep_latest(&mut self.charter, of(document)?, |charter: &Charter| charter.version),
            RISK_POLICY => keep_latest(&mut self.risk_policy, of(document)?, |policy: &RiskPolicy| policy.version),
            ACCEPTABLE_USE => {
                self.acceptable_use.extend(of::<AcceptableUse>(document)?.map(|policy| (policy.version, policy.into())))
            }
            SIRO => self.appointments = of(document)?.unwrap_or_default(),
            INCIDENT_ROUTE => self.incident_route = of(document)?,
            SETTINGS => self.settings = of(document)?.unwrap_or_default(),
            COURSE => {
                self.courses.retain(|code, _| code.as_str() != key);
                self.courses.extend(of(document)?.map(|course: Course| (course.code.clone(), course)));
            }
            TRAINING => self.training.extend(of::<Shard>(document)?.unwrap_or_default()),
            VETTING => self.vetting.extend(of::<Vetted>(document)?.unwrap_or_default()),
            DPIA => {
                self.dpias.retain(|agreement, _| agreement.as_str() != key);
                self.dpias.extend(of(document)?.map(|dpia: Dpia| (dpia.agreement.clone(), dpia)));
            }
            _ => {
                let key_of = |one: &Override| Override::key(one.gate, one.agreement.as_ref());
                self.overrides.retain(|one| key_of(one) != key);
                self.overrides.extend(of::<Override>(document)?);
                self.overrides.sort_by_cached_key(key_of);
            }
        }
        Ok(())
    }
}

fn of<T: DeserializeOwned>(document: Option<&Document>) -> Result<Option<T>> {
    document.map(read).transpose()
}

fn keep_latest<T>(kept: &mut Option<T>, found: Option<T>, version: impl Fn(&T) -> u32) {
    if let Some(found) = found
        && kept.as_ref().is_none_or(|kept| version(kept) <= version(&found))
    {
        *kept = Some(found);
    }
}

fn latest_drills(route: &mut IncidentRoute) {
    route.drills.sort_by_key(|drill| std::cmp::Reverse(drill.on));
    route.drills.truncate(DRILLS_LIMIT);
}

/// In the order of the versions.
fn version_key(version: u32) -> String {
    format!("{version:08}")
}

fn body<T: Serialize>(kind: &'static str, value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|_| GovernanceError::Damaged(kind))
}

fn read<T: DeserializeOwned>(document: &Document) -> Result<T> {
    let damaged = || GovernanceError::Damaged("document of assurance");
    if document.format != FORMAT {
        return Err(damaged());
    }
    serde_json::from_slice(&document.body).map_err(|_| damaged())
}
