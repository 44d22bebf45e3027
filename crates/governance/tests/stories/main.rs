//! Stories of agreements: who signed what, in which order, and what may be asked because of it.

mod bundles;
mod callers;
mod deciding;
mod documents;
mod protocol;
mod standing;
mod town;
