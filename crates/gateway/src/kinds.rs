//! What differs between the kinds of exchange, one file a kind: the payload and how it is fulfilled.

pub(crate) mod parcel;
pub(crate) mod query;

use packhorse_model::exchange::Kind;
use packhorse_model::parcel::PARCEL_METHOD;

use query::Question;

/// The operation that an agreement must cover.
pub(crate) fn operation(kind: Kind, question: &Question) -> &str {
    match kind {
        Kind::Parcel => PARCEL_METHOD,
        Kind::Query | Kind::Notice | Kind::Match | Kind::Act => question.method.as_str(),
    }
}

/// What the path of a request between gateways begins with.
pub(crate) fn root(kind: Kind) -> &'static str {
    match kind {
        Kind::Query => "r1",
        Kind::Parcel => "parcels",
        Kind::Notice => "notices",
        Kind::Match => "matches",
        // Never travels; no door serves it.
        Kind::Act => "acts",
    }
}
