//! The parts of pages, after govuk-frontend's own markup: each is a value that a template shows with `{{ name }}`.
//!
//! A field is made from what was typed and what is amiss, so that a form that comes back holds what it held.

mod fields;
mod shown;

pub(crate) use fields::{Area, Check, Choice, Choices, Days, Files, Input, Select};
pub(crate) use shown::{Banner, Cell, Paging, Panel, Summary, Table, Tag, Task, TaskList};
