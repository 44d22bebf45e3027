//! One agreement: who said what about it, where it stands, and the policies it becomes.

pub mod compile;
mod policy_text;
pub mod sign;
pub mod state;

pub(crate) use policy_text::narrowed;
