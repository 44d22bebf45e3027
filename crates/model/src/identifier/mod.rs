//! Identifiers of people, places, vehicles and organisations in UK public data: one canonical form
//! each, and three separate judgements of a value.
//!
//! *Well formed* says that the characters fit, *checked* that the check digit or letter is right,
//! *plausible* that the number can be a real one: no repeated digit, no administrative prefix, and
//! no example number unless [`Rules::allow_synthetic`] is set. Compare, index and hash the
//! canonical form only. This room must never learn whose identifier it reads, nor repeat one in an
//! error.

mod education;
mod format;
mod justice;
mod pattern;
mod person;
mod place;
mod plain;
mod vehicle;

pub use format::{Format, UnknownFormat};
pub use place::is_pseudo_postcode;

/// Most bytes of a value that is read as an identifier, a number or a date; text has no such limit.
pub const VALUE_LIMIT: usize = 64;

/// What a judgement depends on besides the value, so that the same value is always judged the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whether numbers of the reserved example ranges count as plausible: tests and demos only.
    pub allow_synthetic: bool,
    /// The current year, which decides the century of a PNC id's two-digit year.
    pub this_year: i16,
}

/// A well-formed value of some [`Format`], in canonical form.
///
/// Its `Debug` form leaves the value out: it may be personal.
#[derive(Clone, PartialEq, Eq)]
pub struct Identifier {
    format: Format,
    canonical: String,
    checked: bool,
    plausible: bool,
}

impl Identifier {
    /// The format it was read as.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The one form to compare, index and hash.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The canonical form, given away.
    #[must_use]
    pub fn into_canonical(self) -> String {
        self.canonical
    }

    /// Whether the check digit or letter is right; true where the format has none.
    #[must_use]
    pub fn checked(&self) -> bool {
        self.checked
    }

    /// Whether it can be a real one under the [`Rules`] it was read by.
    #[must_use]
    pub fn plausible(&self) -> bool {
        self.plausible
    }

    /// Checked and plausible: fit to ask a register about.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.checked && self.plausible
    }
}

impl std::fmt::Debug for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identifier")
            .field("format", &self.format)
            .field("checked", &self.checked)
            .field("plausible", &self.plausible)
            .finish_non_exhaustive()
    }
}

/// The value is not well formed. Says what is expected, never what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not {}: expected {}", .0.title(), .0.shape())]
pub struct Malformed(pub Format);

impl Format {
    /// Reads one value.
    ///
    /// # Errors
    /// [`Malformed`] when the value is not well formed; the other two judgements are on the result.
    pub fn parse(self, text: &str, rules: Rules) -> Result<Identifier, Malformed> {
        if self != Self::Text && text.len() > VALUE_LIMIT {
            return Err(Malformed(self));
        }
        let reading = self.read(text, rules).ok_or(Malformed(self))?;
        Ok(Identifier {
            format: self,
            canonical: reading.canonical,
            checked: reading.checked,
            plausible: reading.plausible,
        })
    }

    fn read(self, text: &str, rules: Rules) -> Option<Reading> {
        match self {
            Self::Text => Some(Reading::valid(text.to_owned())),
            Self::Integer => plain::integer(text),
            Self::Number => plain::number(text),
            Self::Boolean => plain::boolean(text),
            Self::Date => plain::date(text),
            Self::DateTime => plain::date_time(text),
            Self::NhsNumber => person::nhs_number(text, rules),
            Self::Nino => person::nino(text, rules),
            Self::TellUsOnce => plain::digits(text, 12),
            Self::Upn => education::upn(text, rules),
            Self::Uln => education::uln(text, rules),
            Self::SchoolUrn => plain::digits(text, 6),
            Self::Laestab => plain::digits(text, 7),
            Self::PncId => justice::pnc_id(text, rules),
            Self::Vrm => vehicle::vrm(text),
            Self::DriverNumber => vehicle::driver_number(text, rules),
            Self::BlueBadge => vehicle::blue_badge(text, rules),
            Self::Uprn => place::uprn(text, rules),
            Self::Usrn => place::usrn(text),
            Self::Postcode => place::postcode(text, rules),
            Self::GssCode => place::gss_code(text),
            Self::OdsCode => place::ods_code(text),
        }
    }
}

/// What a family's reader found in a well-formed value.
struct Reading {
    canonical: String,
    checked: bool,
    plausible: bool,
}

impl Reading {
    /// A value of a format that has neither a check nor implausible numbers.
    fn valid(canonical: String) -> Self {
        Self { canonical, checked: true, plausible: true }
    }
}
