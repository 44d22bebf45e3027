//! What a table's columns hold, by their headings and by their values, and a specification drafted from that.
//!
//! A draft is a beginning for a person to edit. It must never decide a linkage on its own, and no value of a cell
//! stands in it.

mod draft;
mod heading;
mod values;

pub use draft::draft;

use std::path::Path;

use crate::Result;
use crate::spec::{Column, Input, Kind, Spec};
use crate::table::read::headings;
use crate::table::{Side, Table, read};

/// Values that are looked at, of each column.
const SAMPLE: usize = 2000;
/// The share of them that must be of a kind.
const ENOUGH: f64 = 0.8;

/// What a column seems to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meaning {
    /// What names the record.
    Id,
    /// Who it truly is.
    Truth,
    /// A given name.
    GivenName,
    /// Further given names.
    MiddleName,
    /// A family's name.
    Surname,
    /// All names in one.
    FullName,
    /// A day of birth.
    DateOfBirth,
    /// Sex, or gender.
    Sex,
    /// A postcode.
    Postcode,
    /// House and street.
    Address,
    /// A town.
    Town,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A number of the health service, with its check digit.
    NhsNumber,
    /// A national insurance number.
    Nino,
    /// A property's reference number.
    Uprn,
}

impl Meaning {
    /// What a column of this meaning is called in a draft.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Truth => "truth",
            Self::GivenName => "first_name",
            Self::MiddleName => "middle_name",
            Self::Surname => "surname",
            Self::FullName => "full_name",
            Self::DateOfBirth => "date_of_birth",
            Self::Sex => "sex",
            Self::Postcode => "postcode",
            Self::Address => "address",
            Self::Town => "town",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::NhsNumber => "nhs_number",
            Self::Nino => "nino",
            Self::Uprn => "uprn",
        }
    }
}

/// A column and what it seems to hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    /// Its heading.
    pub heading: String,
    /// What it holds, if anything was recognised.
    pub meaning: Option<Meaning>,
    /// Why, or why not, for the person who edits the draft.
    pub why: String,
    /// The share of rows with a value.
    pub filled: f64,
}

/// Looks at every column of a table. A meaning goes to one column only: the first by heading, then the fullest.
#[must_use]
pub fn columns(table: &Table) -> Vec<Recognised> {
    let headings: Vec<String> = table.column_names().map(str::to_owned).collect();
    let mut found: Vec<Recognised> = headings.into_iter().map(|heading| column(table, heading)).collect();
    for at in 0..found.len() {
        let Some(meaning) = found[at].meaning else { continue };
        let better = found.iter().enumerate().any(|(other, it)| {
            it.meaning == Some(meaning)
                && (it.filled > found[at].filled || (it.filled >= found[at].filled && other < at))
        });
        if better {
            found[at].meaning = None;
            found[at].why = format!("another column was taken as `{}`", meaning.name());
        }
    }
    found
}

/// Reads a file with all its columns as they stand, to be recognised.
///
/// # Errors
/// [`crate::LinkageError::File`] or [`crate::LinkageError::Table`], which says where.
pub fn look(path: &Path) -> Result<Table> {
    let headings = headings(path)?;
    let raw = |name: &String| Column {
        name: name.clone(),
        kind: Kind::Raw,
        from: Vec::new(),
        from_right: Vec::new(),
        separator: None,
        missing: Vec::new(),
        format: None,
    };
    let id = headings.first().cloned().unwrap_or_default();
    let spec = Spec {
        input: Input { id, ..Input::default() },
        columns: headings.iter().map(raw).collect(),
        ..Spec::default()
    };
    read(path, &spec, Side::Left)
}

fn column(table: &Table, heading: String) -> Recognised {
    let rows = table.rows().max(1);
    let mut filled = 0usize;
    let mut sample = Vec::new();
    for value in table.column(&heading).into_iter().flatten().flatten() {
        filled += 1;
        if sample.len() < SAMPLE {
            sample.push(value);
        }
    }
    let (meaning, why) = judged(&heading, &sample);
    Recognised { heading, meaning, why, filled: filled as f64 / rows as f64 }
}

/// Heading and values together: the values decide where they have a shape, the heading where they have none.
fn judged(heading: &str, sample: &[&str]) -> (Option<Meaning>, String) {
    if sample.is_empty() {
        return (None, "it holds no value".to_owned());
    }
    let said = heading::meaning(heading);
    let shaped = values::meaning(sample, said);
    match (said, shaped) {
        (Some(said), Some((shaped, share))) if said == shaped => {
            (Some(said), format!("by its heading, and {:.0} % of the values looked at fit", share * 100.0))
        }
        (Some(said), _) if said.has_shape() => {
            (None, format!("its heading says `{}`, but its values do not", said.name()))
        }
        (Some(said), _) => (Some(said), "by its heading".to_owned()),
        (None, Some((shaped, share))) => {
            (Some(shaped), format!("by its values: {:.0} % of those looked at fit", share * 100.0))
        }
        (None, None) => (None, "neither its heading nor its values say what it holds".to_owned()),
    }
}

impl Meaning {
    /// Whether values of it can be told by their looks.
    fn has_shape(self) -> bool {
        use Meaning as M;
        matches!(self, M::DateOfBirth | M::Sex | M::Postcode | M::Phone | M::Email | M::NhsNumber | M::Nino | M::Uprn)
    }
}
