//! Drafting an agreement as a list of tasks: its sections, what each still lacks, and whether it can be begun.
//!
//! A section is some of the agreement's own parts; saving one replaces those and leaves the rest.

use packhorse_model::AgreementId;
use packhorse_model::agreement::{Agreement, Finding, State, Tier, check};
use packhorse_store::StoreError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Agreements;
use super::drafts::{DRAFT, FORMAT};
use crate::document::{read_toml, write_toml};
use crate::{GovernanceError, Result};

/// A section of the task list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// Its name in addresses.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// The group that it stands in.
    pub group: &'static str,
    /// The agreement's parts that it holds.
    parts: &'static [&'static str],
    /// Sections that must be complete before it can be begun.
    after: &'static [&'static str],
}

/// The sections in the order in which they are filled in; groups are those of the CDDO data marketplace.
pub const SECTIONS: [Section; 10] = [
    section("identity", "Name and kind of agreement", "Purpose", &["title", "instrument", "tier", "parent"], &[]),
    section("parties", "Who shares, and whom to call", "Purpose", &["parties", "control"], &[]),
    section("purpose", "Purpose and benefits", "Purpose", &["purpose"], &[]),
    section("data", "What is shared about whom", "Purpose", &["data"], &[]),
    section("law", "Legal power, lawful basis and necessity", "Legal and data protection", &["law"], &["data"]),
    section("rights", "People's rights and publication", "Legal and data protection", &["rights"], &["data"]),
    section("flow", "How it travels, and who may ask", "Security", &["flow"], &[]),
    section("governance", "How the data is looked after", "Security", &["governance"], &[]),
    section("life", "Dates, review and ending", "Review", &["life"], &[]),
    section("grants", "What may be asked of which service", "Review", &["grants"], &["parties", "data", "flow"]),
];

const fn section(
    name: &'static str,
    title: &'static str,
    group: &'static str,
    parts: &'static [&'static str],
    after: &'static [&'static str],
) -> Section {
    Section { name, title, group, parts, after }
}

/// How far a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Nothing is written yet.
    NotStarted,
    /// Something is written, and something is missing.
    InProgress,
    /// Another section comes first.
    CannotStartYet,
    /// It says all that it must.
    Completed,
    /// This agreement does not need it.
    NotApplicable,
}

/// A task of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    /// The section's name.
    pub section: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// Its group.
    pub group: &'static str,
    /// How far it is.
    pub progress: Progress,
    /// What it lacks.
    pub findings: usize,
}

/// A draft as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it says so far.
    pub agreement: Agreement,
    /// The number of its latest change, to be sent with the next.
    pub revision: i64,
}

impl Section {
    /// The section with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        SECTIONS.iter().find(|section| section.name == name)
    }

    /// What stands in it.
    #[must_use]
    pub fn of(&self, agreement: &Agreement) -> Value {
        let whole = json!(agreement);
        self.parts.iter().filter_map(|part| Some(((*part).to_owned(), whole.get(part)?.clone()))).collect()
    }

    /// What it lacks.
    #[must_use]
    pub fn findings(&self, agreement: &Agreement) -> Vec<Finding> {
        check(agreement).into_iter().filter(|finding| self.has(&finding.field)).collect()
    }

    fn has(&self, field: &str) -> bool {
        let part = field.split(['.', '[']).next().unwrap_or_default();
        self.parts.contains(&part)
    }
}

/// The list of tasks of a draft.
#[must_use]
pub fn tasks(agreement: &Agreement) -> Vec<Task> {
    let findings = check(agreement);
    let empty = blank(&agreement.id, agreement.version);
    let lacks = |section: &Section| findings.iter().filter(|finding| section.has(&finding.field)).count();
    let complete = |name: &&str| Section::named(name).is_some_and(|section| lacks(section) == 0);
    let task = |section: &Section| {
        let missing = lacks(section);
        let untouched = section.of(agreement) == section.of(&empty);
        let needless = section.name == "grants" && agreement.tier == Some(Tier::Overarching) && missing == 0;
        let progress = if needless && untouched {
            Progress::NotApplicable
        } else if untouched && !section.after.iter().all(complete) {
            Progress::CannotStartYet
        } else if untouched {
            Progress::NotStarted
        } else if missing > 0 {
            Progress::InProgress
        } else {
            Progress::Completed
        };
        let (name, title, group) = (section.name, section.title, section.group);
        Task { section: name, title, group, progress, findings: missing }
    };
    SECTIONS.iter().map(task).collect()
}

/// An agreement of which only the name is known.
fn blank(id: &AgreementId, version: u32) -> Agreement {
    Agreement {
        id: id.clone(),
        version,
        title: String::new(),
        instrument: None,
        tier: None,
        parent: None,
        parties: Vec::new(),
        control: Default::default(),
        purpose: Default::default(),
        data: Default::default(),
        law: Default::default(),
        flow: Default::default(),
        governance: Default::default(),
        rights: Default::default(),
        life: Default::default(),
        grants: Vec::new(),
    }
}

impl Agreements {
    /// Begins a draft: empty, or the next version of an agreement that is held.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when there is a draft of it already; else as the store fails.
    pub async fn begin_draft(&self, id: &AgreementId, title: &str) -> Result<Draft> {
        let newest = self.versions(id).pop();
        let agreement = match newest {
            Some(held) => Agreement { version: held.agreement().version + 1, ..held.agreement().clone() },
            None => Agreement { title: title.trim().to_owned(), ..blank(id, 1) },
        };
        let toml = write_toml(&agreement)?;
        read_toml(&toml)?;
        match self.store.documents().insert_new(DRAFT, id.as_str(), FORMAT, toml.as_bytes()).await {
            Ok(revision) => Ok(Draft { agreement, revision }),
            Err(StoreError::Conflict) => {
                Err(GovernanceError::act("there is a draft of this agreement already", "go on with it, or drop it"))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A draft with the number of its latest change.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn open_draft(&self, id: &AgreementId) -> Result<Option<Draft>> {
        let Some(document) = self.store.documents().get(DRAFT, id.as_str()).await? else { return Ok(None) };
        let toml = std::str::from_utf8(&document.body).map_err(|_| GovernanceError::Damaged("agreement draft"))?;
        Ok(Some(Draft { agreement: read_toml(toml)?, revision: document.revision }))
    }

    /// Saves a section in place of what stood in it. It may be incomplete, not unreadable.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when there is no such draft, when somebody changed it since `revision`, or when what
    /// is given is not the section's; [`GovernanceError::Text`] beyond a bound; else as the store fails.
    pub async fn save_section(
        &self,
        id: &AgreementId,
        section: &Section,
        given: Map<String, Value>,
        revision: Option<i64>,
    ) -> Result<Draft> {
        let draft = self.open_draft(id).await?;
        let draft = draft.ok_or_else(|| GovernanceError::act("there is no such draft", "see the list of drafts"))?;
        if revision.is_some_and(|revision| revision != draft.revision) {
            return Err(changed_meanwhile());
        }
        let mut whole = json!(draft.agreement);
        for (part, value) in given {
            if !section.parts.contains(&part.as_str()) {
                let problem = format!("the section {} has no such part", section.name);
                return Err(GovernanceError::act(problem, "send only the parts that the section shows"));
            }
            whole[part] = value;
        }
        let agreement: Agreement = serde_json::from_value(whole).map_err(|error| {
            let said: String = error.to_string().chars().take(300).collect();
            GovernanceError::act(format!("the section cannot be read: {said}"), "correct the field that is named")
        })?;
        let toml = write_toml(&agreement)?;
        read_toml(&toml)?;
        let documents = self.store.documents();
        match documents.put(DRAFT, id.as_str(), FORMAT, toml.as_bytes(), Some(draft.revision)).await {
            Ok(revision) => Ok(Draft { agreement, revision }),
            Err(StoreError::Conflict) => Err(changed_meanwhile()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a draft's agreement stands here in a state in which a draft of a new version makes sense.
    #[must_use]
    pub fn may_be_revised(&self, id: &AgreementId, today: jiff::civil::Date) -> bool {
        self.versions(id).pop().is_some_and(|held| held.state_on(today) != State::Proposed)
    }
}

fn changed_meanwhile() -> GovernanceError {
    GovernanceError::act("somebody else has changed the draft meanwhile", "look at it again, then save your change")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(agreement: &Agreement, section: &str) -> Progress {
        tasks(agreement).into_iter().find(|task| task.section == section).unwrap().progress
    }

    #[test]
    fn a_new_draft_has_nothing_started_and_grants_wait_for_what_they_rest_on() {
        let mut draft = blank(&"badges".parse().unwrap(), 1);
        assert_eq!(progress(&draft, "purpose"), Progress::NotStarted);
        assert_eq!(progress(&draft, "grants"), Progress::CannotStartYet);
        draft.purpose.purpose = "Know who may park".into();
        assert_eq!(progress(&draft, "purpose"), Progress::InProgress);
    }

    #[test]
    fn every_finding_belongs_to_a_section_so_that_nothing_is_missing_unseen() {
        for finding in check(&blank(&"badges".parse().unwrap(), 1)) {
            assert!(SECTIONS.iter().any(|section| section.has(&finding.field)), "{finding}");
        }
    }

    #[test]
    fn a_complete_template_has_every_task_completed() {
        let complete = read_toml(include_str!("../../tests/stories/blue-badge.toml")).unwrap();
        for task in tasks(&complete) {
            assert_eq!(task.progress, Progress::Completed, "{}", task.section);
        }
    }
}
