//! A kept index: the records that were linked and the model they were linked by, in a folder.
//!
//! A new file is then linked against them without relinking them.

use std::fs::File;
use std::path::Path;

use crate::Result;
use crate::data::{Data, keep};
use crate::error::LinkageError;
use crate::model::Model;
use crate::outcome::Outcome;
use crate::output::whole;
use crate::run::{Clock, Options, go, in_pool};
use crate::spec::{Cardinality, Spec};
use crate::table::Table;
use crate::watch::Watch;

/// The files of the folder.
const RECORDS: &str = "records.bin";
const MODEL: &str = "model.json";
/// Most bytes of the model.
const MODEL_LIMIT: u64 = 16 << 20;

/// Records and model, ready to link a file against.
#[derive(Debug)]
pub struct Index {
    model: Model,
    data: Data,
}

impl Outcome {
    /// Keeps the records of all tables and the model in a folder.
    ///
    /// # Errors
    /// [`LinkageError::File`].
    pub fn save_index(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).map_err(|error| LinkageError::file("making the index's folder", &error))?;
        whole(&folder.join(RECORDS), |file| keep::write(&self.data, file))?;
        whole(&folder.join(MODEL), |file| file.write_all(self.summary.model.to_json().as_bytes()))
    }
}

/// Reads an index.
///
/// # Errors
/// [`LinkageError::Model`] when it is none or is damaged.
pub fn open_index(folder: &Path) -> Result<Index> {
    let failed = |error: std::io::Error| LinkageError::file("reading the index", &error);
    let model = folder.join(MODEL);
    if std::fs::metadata(&model).map_err(failed)?.len() > MODEL_LIMIT {
        return Err(LinkageError::Model("it is too large".to_owned()));
    }
    let model = Model::from_json(&std::fs::read_to_string(model).map_err(failed)?)?;
    let data = keep::read(File::open(folder.join(RECORDS)).map_err(failed)?)?;
    let named = data.columns.iter().map(|column| (column.name.as_str(), column.kind));
    if !named.eq(model.spec.columns.iter().map(|column| (column.name.as_str(), column.kind))) {
        return Err(LinkageError::Model("the index's records are not those of its model".to_owned()));
    }
    Ok(Index { model, data })
}

impl Index {
    /// The specification by which a new file is read.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.model.spec
    }

    /// Links a new table against the kept records.
    ///
    /// # Errors
    /// As for [`crate::link`].
    pub fn link(self, table: Table, options: &Options, watch: &dyn Watch) -> Result<Outcome> {
        let Self { model, data } = self;
        // A kept record may be the same person as another kept record, so that nothing competes unless asked for.
        let mut spec = model.spec.clone();
        spec.input.within = false;
        if data.ids.len() > 1 {
            spec.scoring.competition = Some(spec.scoring.competition.unwrap_or(false));
            spec.clusters.cardinality = Cardinality::Any;
        }
        let options = Options { model: Some(model), ..options.clone() };
        in_pool(&options, || {
            let mut clock = Clock::new(watch);
            clock.phase("clean", 1);
            let data = data.flatten().extend(&spec, table)?;
            go(&spec, data, &options, clock)
        })
    }
}
