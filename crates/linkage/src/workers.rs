//! Several processes that share the work of one run.
use crate::{Result, run::Compare, spec::Spec, watch::Watch, work::Job};
use std::path::PathBuf;
/// How workers are started.
#[derive(Debug, Clone)]
pub struct Workers {
    /// How many.
    pub count: usize,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}
impl Workers {
    pub(crate) fn compare(&self, _: &Spec, _: &Job<'_>, _: &dyn Watch) -> Result<Compare> {
        Err(crate::LinkageError::Stopped)
    }
}
