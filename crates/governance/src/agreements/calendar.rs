//! What falls due when, and what could be one: agreements by their review, and agreements for the same purpose.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use packhorse_model::agreement::{Code, State};
use packhorse_model::{AgreementDigest, AgreementId};
use serde::{Deserialize, Serialize};

use super::Agreements;
use super::snapshot::Held;

/// A review that is due by so many days is shown as due.
const DUE_DAYS: i32 = 60;

/// How a review stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewStanding {
    /// Its day has passed.
    Overdue,
    /// Its day comes soon.
    Due,
    /// It has time.
    Later,
}

/// When an agreement is to be looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// Which.
    pub agreement: AgreementId,
    /// Which version.
    pub version: u32,
    /// Which text.
    pub digest: AgreementDigest,
    /// What people call it.
    pub title: String,
    /// How it stands.
    pub state: State,
    /// By when it is reviewed.
    pub review_date: Option<Date>,
    /// Its last day.
    pub end_date: Option<Date>,
    /// How the review stands.
    pub standing: ReviewStanding,
}

/// Agreements that permit the same purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SamePurpose {
    /// The purpose's code.
    pub purpose: Code,
    /// The agreements.
    pub agreements: Vec<AgreementId>,
}

impl Agreements {
    /// Reviews of what runs or soon will, the earliest first.
    #[must_use]
    pub fn reviews(&self, today: Date) -> Vec<Review> {
        let mut reviews: Vec<Review> = self.running(today).iter().map(|held| review(held, today)).collect();
        reviews.sort_by(|one, other| (one.review_date, &one.agreement).cmp(&(other.review_date, &other.agreement)));
        reviews
    }

    /// Purposes that more than one running agreement serves: they could be one text with many signatories.
    #[must_use]
    pub fn same_purposes(&self, today: Date) -> Vec<SamePurpose> {
        let mut by_purpose: BTreeMap<Code, Vec<AgreementId>> = BTreeMap::new();
        for held in self.running(today) {
            for purpose in &held.agreement().flow.purposes_permitted {
                let known = by_purpose.entry(purpose.clone()).or_default();
                if !known.contains(&held.agreement().id) {
                    known.push(held.agreement().id.clone());
                }
            }
        }
        let several = by_purpose.into_iter().filter(|(_, agreements)| agreements.len() > 1);
        several.map(|(purpose, agreements)| SamePurpose { purpose, agreements }).collect()
    }

    fn running(&self, today: Date) -> Vec<Arc<Held>> {
        let runs = |held: &Arc<Held>| {
            matches!(held.state_on(today), State::Proposed | State::Agreed | State::Active | State::Suspended)
        };
        self.list().into_iter().filter(runs).collect()
    }
}

fn review(held: &Held, today: Date) -> Review {
    let agreement = held.agreement();
    let review_date = agreement.life.review_date;
    let standing = match review_date {
        Some(day) if day < today => ReviewStanding::Overdue,
        Some(day) if day <= today.saturating_add(DUE_DAYS.days()) => ReviewStanding::Due,
        _ => ReviewStanding::Later,
    };
    Review {
        agreement: agreement.id.clone(),
        version: agreement.version,
        digest: held.digest(),
        title: agreement.title.clone(),
        state: held.state_on(today),
        review_date,
        end_date: agreement.life.end_date,
        standing,
    }
}
