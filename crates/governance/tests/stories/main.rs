//! Stories of agreements: who signed what, in which order, and what may be asked because of it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the failure report")]

mod bundles;
mod callers;
mod cases;
mod clocks;
mod deciding;
mod documents;
mod gates;
mod protocol;
mod signing_in;
mod standing;
mod town;
