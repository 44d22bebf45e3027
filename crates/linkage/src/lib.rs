//! Linkage: who is the same person across two bodies' data.
//!
//! The only room that compares people and counts them. It takes tables and a [`Spec`] and hands back pairs with
//! probabilities, clusters, a readable [`Model`] and a [`Summary`]. It knows nothing of gateways, agreements or
//! terminals, and no message of it repeats what stands in a cell.

mod advice;
pub mod clean;
mod cluster;
mod compare;
mod data;
mod derive;
mod error;
mod estimate;
mod hash;
mod index;
mod kernel;
mod keys;
mod model;
mod outcome;
mod output;
mod pair;
mod plan;
pub mod recognise;
pub mod report;
pub mod review;
mod run;
mod score;
pub mod spec;
mod splink;
mod store;
mod summarise;
pub mod summary;
pub mod table;
mod watch;
mod work;
mod workers;

pub use error::LinkageError;
pub use index::{Index, open_index};
pub use model::{ComparisonModel, HouseholdModel, LevelModel, Model, RuleModel};
pub use outcome::{Member, Outcome};
pub use output::whole;
pub use pair::Pair;
pub use run::{Options, link};
pub use spec::Spec;
pub use summary::Summary;
pub use table::Table;
pub use watch::{Unwatched, Watch};
pub use workers::{Workers, serve_shards};

/// Shorthand for this room.
pub type Result<T, E = LinkageError> = std::result::Result<T, E>;
