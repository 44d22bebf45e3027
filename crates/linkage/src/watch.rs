//! Whoever watches a run: what it is doing, how far it is, whether it should stop.

/// Told what a run does; every method has a do-nothing form.
pub trait Watch: Sync {
    /// A phase begins, with so many steps.
    fn phase(&self, name: &'static str, steps: u64) {
        let _ = (name, steps);
    }

    /// Steps are done.
    fn advance(&self, steps: u64) {
        let _ = steps;
    }

    /// The profile is known, before anything is compared.
    fn profile(&self, tables: &[crate::summary::TableProfile], rules: &[crate::summary::RuleSummary]) {
        let _ = (tables, rules);
    }

    /// Whether to stop.
    fn stopped(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}
