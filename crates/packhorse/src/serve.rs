//! What runs until it is told to stop: a registry, a gateway. Starts them, and ends them in order.
//!
//! It must never decide what they do.

pub(crate) mod gateway;
pub(crate) mod log;
pub(crate) mod registry;
pub(crate) mod shutdown;
