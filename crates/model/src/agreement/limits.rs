//! Bounds on an agreement's counts. Its texts are bounded together, by the size of the whole.

use super::Agreement;

/// Most parties of one agreement; pan-regional agreements have hundreds.
pub const PARTY_LIMIT: usize = 1000;
const GRANT_LIMIT: usize = 200;
const LIST_LIMIT: usize = 1000;
const GLOB_LIMIT: usize = 500;
const FIELD_LIMIT: usize = 200;

/// A list or text of the agreement is longer than a gateway will work through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} has more than {limit}: split the agreement")]
pub struct LimitError {
    /// Which list or text.
    pub what: &'static str,
    /// The most it may have.
    pub limit: usize,
}

/// Checks every count that a gateway loops over when it compiles or decides.
pub(super) fn within_limits(agreement: &Agreement) -> Result<(), LimitError> {
    bounded("title (bytes)", agreement.title.len(), LIST_LIMIT)?;
    bounded("parties", agreement.parties.len(), PARTY_LIMIT)?;
    bounded("grants", agreement.grants.len(), GRANT_LIMIT)?;
    bounded("purposes_permitted", agreement.flow.purposes_permitted.len(), LIST_LIMIT)?;
    bounded("roles_permitted", agreement.flow.roles_permitted.len(), LIST_LIMIT)?;
    for grant in &agreement.grants {
        bounded("operations of a grant", grant.operations.len(), LIST_LIMIT)?;
        bounded("callers of a grant", grant.to.len(), LIST_LIMIT)?;
        bounded("fields of a grant", grant.fields.len(), LIST_LIMIT)?;
        bounded("purposes of a grant", grant.purposes.len(), LIST_LIMIT)?;
        bounded("roles of a grant", grant.roles.len(), LIST_LIMIT)?;
        for operation in &grant.operations {
            bounded("path of an operation (bytes)", operation.path.to_string().len(), GLOB_LIMIT)?;
            bounded("method of an operation (bytes)", operation.method.len(), 32)?;
        }
        for field in &grant.fields {
            bounded("name of a field (bytes)", field.0.len(), FIELD_LIMIT)?;
        }
    }
    Ok(())
}

fn bounded(what: &'static str, count: usize, limit: usize) -> Result<(), LimitError> {
    if count > limit { Err(LimitError { what, limit }) } else { Ok(()) }
}
