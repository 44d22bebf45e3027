//! What differs between the kinds of exchange, one file a kind: the payload and how it is fulfilled.

pub(crate) mod query;
