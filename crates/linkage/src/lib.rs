//! Linkage: who is the same person across two bodies' data.
//!
//! The only room that compares people and counts them. It takes tables and a [`Spec`] and hands back pairs with
//! probabilities, clusters, a readable [`Model`] and a [`Summary`]. It knows nothing of gateways, agreements or
//! terminals, and no message of it repeats what stands in a cell.

mod error;
mod hash;
mod model;
mod pair;
pub mod spec;
mod summary;
pub mod table;

pub use error::LinkageError;
pub use model::{ComparisonModel, LevelModel, Model, RuleModel};
pub use pair::Pair;
pub use spec::Spec;
pub use summary::Summary;
pub use table::Table;

/// Shorthand for this room.
pub type Result<T, E = LinkageError> = std::result::Result<T, E>;
