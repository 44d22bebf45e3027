//! What an API takes and answers, said once: a list of routes that a router serves, and the OpenAPI document of the same.
//!
//! It must never know which API: no route, no shape and no handler of any stands here.

mod check;
mod document;
mod member;
mod route;
mod shape;
mod spelled;

pub use check::amiss;
pub use document::document;
pub use route::{Gives, Route, route};
pub use shape::{Case, Shape, either, object, of, words};
