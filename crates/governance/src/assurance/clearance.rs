//! The leave to sign or to resume: it exists only where every gate is open, so that neither can be done without asking.

use jiff::civil::Date;
use packhorse_model::agreement::Agreement;

use super::gates::{self, Gate, GateState};
use super::{Assurance, Papers};
use crate::{GovernanceError, Result};

/// The gates are open for an agreement, today. Made by [`Assurance::clear_to_sign`] alone.
#[derive(Debug)]
pub struct Clearance(());

impl Assurance {
    /// Leave to sign an agreement.
    ///
    /// # Errors
    /// [`GovernanceError::Gate`] with the first gate that keeps it from being signed.
    pub fn clear_to_sign(&self, agreement: &Agreement, today: Date) -> Result<Clearance> {
        clear(&self.papers(), agreement, today)
    }

    /// The gate that stops everything at this organisation, if one does. Asked for each exchange.
    #[must_use]
    pub fn stopped(&self, today: Date) -> Option<GateState> {
        let papers = self.papers();
        gates::stopping(&papers, today).map(|gate| gates::explain(gate, &papers, today))
    }
}

/// Leave to sign, by these documents.
///
/// # Errors
/// As [`Assurance::clear_to_sign`].
pub fn clear(papers: &Papers, agreement: &Agreement, today: Date) -> Result<Clearance> {
    if let Some(gate) = gates::blocking(papers, today) {
        return Err(shut(&gates::explain(gate, papers, today)));
    }
    if !gates::dpia_is_open(papers, agreement, today) {
        return Err(shut(&gates::explain_dpia(papers, &agreement.id, today)));
    }
    Ok(Clearance(()))
}

fn shut(state: &GateState) -> GovernanceError {
    let gate: Gate = state.gate;
    GovernanceError::Gate { gate, why: state.why.clone(), remedy: gate.remedy() }
}
