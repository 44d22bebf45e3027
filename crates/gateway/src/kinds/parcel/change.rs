//! A change of a parcel's state, put together before it is made: state, statement and its record, jobs, one transaction.

use packhorse_model::Side;
use packhorse_model::parcel::{ParcelState, SignedStatement};
use packhorse_store::{NewJob, NewStatement, Private, Step};

use super::desk::Result;
use super::jobs::{self, ERASE};
use super::say::{self, About};
use super::webhook;
use crate::context::Context;

/// What is to change, if the parcel stands in one of the states.
pub(crate) struct Change {
    about: About,
    from: Vec<ParcelState>,
    /// None: it stays where it stands.
    to: Option<ParcelState>,
    body: Option<Vec<u8>>,
    private: Cover,
    expires_ms: Option<i64>,
    hold: Option<bool>,
    bytes: Option<u64>,
    list: bool,
    unlist: bool,
    statements: Vec<SignedStatement>,
    jobs: Vec<NewJob>,
}

/// What becomes of the part that tells about persons.
enum Cover {
    Kept,
    Set(Vec<u8>),
    Erased,
}

impl Change {
    /// From one of these states into another, or none. What ends is to be erased. What was sent in vain is listed in its
    /// sender's mailbox, as a report of that, until somebody takes note ([`super::end::noted`]).
    pub(crate) fn new(about: &About, from: &[ParcelState], to: Option<ParcelState>) -> Self {
        Self {
            about: about.clone(),
            from: from.to_vec(),
            to,
            body: None,
            private: Cover::Kept,
            expires_ms: None,
            hold: None,
            bytes: None,
            list: about.side == Side::Outbound && to.is_some_and(ParcelState::is_failure),
            unlist: false,
            statements: Vec::new(),
            jobs: to
                .filter(|to| to.is_final())
                .map(|_| jobs::now(ERASE, about.parcel, about.side))
                .into_iter()
                .collect(),
        }
    }

    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    pub(crate) fn cover(mut self, cover: Vec<u8>) -> Self {
        self.private = Cover::Set(cover);
        self
    }

    pub(crate) fn without_cover(mut self) -> Self {
        self.private = Cover::Erased;
        self
    }

    pub(crate) fn expires_ms(mut self, expires_ms: i64) -> Self {
        self.expires_ms = Some(expires_ms);
        self
    }

    pub(crate) fn hold(mut self, hold: bool) -> Self {
        self.hold = Some(hold);
        self
    }

    pub(crate) fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// It becomes visible in its mailbox.
    pub(crate) fn listed(mut self) -> Self {
        self.list = true;
        self
    }

    /// Nobody needs to see it there any more.
    pub(crate) fn unlisted(mut self) -> Self {
        self.unlist = true;
        self
    }

    /// Something is said: kept with its record, and told to the owner of the mailbox, if that wants to know.
    pub(crate) fn said(mut self, context: &Context, signed: &SignedStatement) -> Result<Self> {
        self.statements.push(signed.clone());
        self.jobs.extend(webhook::job(context, self.about.side, signed.statement())?);
        Ok(self)
    }

    pub(crate) fn job(mut self, job: NewJob) -> Self {
        self.jobs.push(job);
        self
    }

    /// Makes it; false when the parcel stands in none of the states, and nothing has changed.
    pub(crate) async fn make(&self, context: &Context) -> Result<bool> {
        let id = self.about.parcel.to_string();
        let stays = self.to.is_none();
        let statements = self.kept(context)?;
        for state in &self.from {
            let from: Vec<&str> = match stays {
                true => vec![state.word()],
                false => self.from.iter().map(|state| state.word()).collect(),
            };
            let step = Step {
                body: self.body.as_deref(),
                private: match &self.private {
                    Cover::Kept => Private::Keep,
                    Cover::Set(bytes) => Private::Set(bytes),
                    Cover::Erased => Private::Erase,
                },
                expires_ms: self.expires_ms,
                hold: self.hold,
                bytes: self.bytes,
                list: self.list,
                unlist: self.unlist,
                statements: &statements,
                jobs: &self.jobs,
                ..Step::new(&id, self.about.side, &from, self.to.unwrap_or(*state).word())
            };
            if context.parcels.rows().advance(&step).await? {
                return Ok(true);
            }
            if !stays {
                break;
            }
        }
        Ok(false)
    }
    /// What is said, with its records: they are found by whom the cover that is set with it names.
    fn kept(&self, context: &Context) -> Result<Vec<NewStatement>> {
        let private = match &self.private {
            Cover::Set(bytes) => Some(bytes.as_slice()),
            Cover::Kept | Cover::Erased => None,
        };
        self.statements.iter().map(|signed| say::kept(context, self.about.side, signed, private)).collect()
    }
}
