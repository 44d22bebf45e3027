//! The only room that decides who may share what.
//!
//! It holds an organisation's agreements, folds what the parties said about them into a state,
//! compiles each into a small Cedar policy set, and answers one question for both sides of an
//! exchange and for people: may this be, and by which rule. It also knows the organisation's own
//! callers: systems, the people who use them, and operators.
//!
//! It must never know a socket, a header or a page, nor decide who belongs: that is the
//! directory's, asked through the `Members` trait.

pub mod agreement;
pub mod agreements;
pub mod assets;
pub mod assurance;
pub mod clock;
pub mod decide;
pub mod document;
mod error;
pub mod explain;
pub mod figures;
pub mod filing;
pub mod incident;
pub mod people;
pub mod pulse;
pub mod rights;
pub mod sharing;

pub use agreement::compile::{CompiledAgreement, Compiler};
pub use agreements::{Agreements, Hand, Held, Outcome, Sent};
pub use assurance::{Assurance, Clearance, Gate, GateState, Standing};
pub use decide::{Ask, Decision, RuleOutcome, Verdict};
pub use error::{GovernanceError, Result};
pub use people::{CallingSystem, Mailbox, Operator, OperatorRole, People, Position, Presented};
