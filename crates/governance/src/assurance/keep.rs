//! Assurance as documents of the store, and every change to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use packhorse_keys::sha256;
use packhorse_model::AgreementId;
use packhorse_model::agreement::Code;
use packhorse_store::{Document, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::import::check_person;
use super::incident_route::DRILLS_LIMIT;
use super::siro::APPOINTMENTS_LIMIT;
use super::training::{COURSES_LIMIT, Entry, enter};
use super::{
    Appointment, Assurance, Charter, Course, Dpia, Drill, Gate, IncidentRoute, Override, Papers, RiskPolicy, Settings,
};
use crate::{GovernanceError, Result};

/// Kinds of documents. A charter's and a policy's key is its version, `draft` aside; the rest say themselves.
const CHARTER: &str = "charter";
const RISK_POLICY: &str = "risk-policy";
const SIRO: &str = "siro";
const INCIDENT_ROUTE: &str = "incident-route";
const SETTINGS: &str = "assurance-settings";
const COURSE: &str = "training-course";
/// Entries of those people whose id's digest begins with the key's two digits: a file of thousands of rows changes at
/// most 256 documents.
const TRAINING: &str = "training-entries";
const DPIA: &str = "dpia";
const OVERRIDE: &str = "gate-override";
const KINDS: [&str; 9] = [CHARTER, RISK_POLICY, SIRO, INCIDENT_ROUTE, SETTINGS, COURSE, TRAINING, DPIA, OVERRIDE];
const DRAFT: &str = "draft";
/// The key of what there is one of.
const CURRENT: &str = "current";
const FORMAT: i64 = 1;
const PAGE: u32 = 500;

type Shard = BTreeMap<String, Vec<Entry>>;

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

    /// Adds a course or changes it.
    ///
    /// # Errors
    /// As [`Assurance::put_settings`].
    pub async fn put_course(&self, course: &Course) -> Result<()> {
        course.check()?;
        let papers = self.papers();
        if papers.courses.len() >= COURSES_LIMIT && !papers.courses.contains_key(&course.code) {
            return Err(GovernanceError::act("there are 500 courses already", "change one that is no longer held"));
        }
        self.put(COURSE, course.code.as_str(), course).await
    }

    /// Enters that somebody passed a course.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when the entry is not well formed; else as the store fails.
    pub async fn pass(&self, person: &str, course: &Code, passed: Passed, today: Date) -> Result<Entry> {
        let remedy = "correct the entry";
        check_person(person).map_err(|problem| GovernanceError::act(problem, remedy))?;
        let papers = self.papers();
        let course = papers.courses.get(course);
        let course = course.ok_or_else(|| GovernanceError::act("no course has this code", "add the course first"))?;
        let entry = course.passed(passed.on, passed.score, passed.expires_on, today);
        let entry = entry.map_err(|problem| GovernanceError::act(problem, remedy))?;
        self.enter_training(BTreeMap::from([(person.to_owned(), vec![entry.clone()])])).await?;
        Ok(entry)
    }

    /// Takes somebody out of the register; whether they stood in it.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn forget_training(&self, person: &str) -> Result<bool> {
        self.amend(TRAINING, &shard(person), Shard::new, |shard: &mut Shard| Ok(shard.remove(person).is_some())).await
    }

    /// Enters what people passed; how many entries were new.
    pub(super) async fn enter_training(&self, entries: BTreeMap<String, Vec<Entry>>) -> Result<usize> {
        let mut by_shard: BTreeMap<String, Vec<(String, Vec<Entry>)>> = BTreeMap::new();
        for (person, entries) in entries {
            by_shard.entry(shard(&person)).or_default().push((person, entries));
        }
        let mut entered = 0;
        for (key, people) in by_shard {
            let new = self.amend_quietly(TRAINING, &key, Shard::new, |shard: &mut Shard| {
                let mut new = 0;
                for (person, entries) in &people {
                    let known = shard.entry(person.clone()).or_default();
                    new += entries.iter().filter(|entry| enter(known, (*entry).clone())).count();
                }
                Ok(new)
            });
            entered += new.await?;
        }
        self.refresh().await?;
        Ok(entered)
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
        let mut after = self.snapshot.load().revision;
        while self.store.documents().revision().await? != after {
            let changes = self.store.documents().changes_since(after).await?;
            if changes.iter().any(|change| KINDS.contains(&change.kind.as_str())) {
                return self.refresh().await.map(|()| true);
            }
            let Some(last) = changes.last() else { break };
            after = last.revision;
        }
        Ok(false)
    }

    pub(super) async fn refresh(&self) -> Result<()> {
        let _making = self.making.lock().await;
        let documents = self.store.documents();
        let mut papers = Papers { revision: documents.revision().await?, ..Papers::default() };
        for document in self.all(CHARTER).await? {
            let charter = Some(read(&document)?);
            if document.key == DRAFT { papers.charter_draft = charter } else { papers.charter = charter }
        }
        for document in self.all(RISK_POLICY).await? {
            papers.risk_policy = Some(read(&document)?);
        }
        papers.appointments = self.one(SIRO).await?.unwrap_or_default();
        papers.incident_route = self.one(INCIDENT_ROUTE).await?;
        papers.settings = self.one(SETTINGS).await?.unwrap_or_default();
        for document in self.all(COURSE).await? {
            let course: Course = read(&document)?;
            papers.courses.insert(course.code.clone(), course);
        }
        for document in self.all(TRAINING).await? {
            papers.training.extend(read::<Shard>(&document)?);
        }
        for document in self.all(DPIA).await? {
            let dpia: Dpia = read(&document)?;
            papers.dpias.insert(dpia.agreement.clone(), dpia);
        }
        for document in self.all(OVERRIDE).await? {
            papers.overrides.push(read(&document)?);
        }
        self.snapshot.store(Arc::new(papers));
        Ok(())
    }

    async fn put<T: Serialize>(&self, kind: &'static str, key: &str, value: &T) -> Result<()> {
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

    async fn amend<T: Serialize + DeserializeOwned, R>(
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
    async fn amend_quietly<T: Serialize + DeserializeOwned, R>(
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

    async fn one<T: DeserializeOwned>(&self, kind: &str) -> Result<Option<T>> {
        self.store.documents().get(kind, CURRENT).await?.map(|document| read(&document)).transpose()
    }

    async fn all(&self, kind: &str) -> Result<Vec<Document>> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.store.documents().list(kind, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after.clone_from(&last.key);
            all.extend(page);
        }
    }
}

/// When somebody passed, how, and until when it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    /// When.
    #[serde(rename = "passed_on")]
    pub on: Date,
    /// With which score.
    #[serde(default)]
    pub score: Option<u8>,
    /// The last day on which it counts, when sooner than the course says.
    #[serde(default)]
    pub expires_on: Option<Date>,
}

fn latest_drills(route: &mut IncidentRoute) {
    route.drills.sort_by_key(|drill| std::cmp::Reverse(drill.on));
    route.drills.truncate(DRILLS_LIMIT);
}

/// In the order of the versions.
fn version_key(version: u32) -> String {
    format!("{version:08}")
}

fn shard(person: &str) -> String {
    format!("{:02x}", sha256(person.as_bytes())[0])
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
