//! The formats a column or a key can have: their names, in documents and for people.
//!
//! Knows how a format is called and what it looks like; the families' own files know how to read it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Any text, compared exactly as given.
    #[default]
    Text,
    /// A whole number of at most 64 bits.
    Integer,
    /// A decimal number.
    Number,
    /// True or false, also written yes/no, y/n, t/f, 1/0.
    Boolean,
    /// A calendar day; canonical `YYYY-MM-DD`.
    Date,
    /// A moment (canonical in UTC, ending in `Z`), or a wall-clock time without a zone.
    DateTime,
    /// NHS number of England, Wales and the Isle of Man: 10 digits.
    NhsNumber,
    /// National Insurance number.
    Nino,
    /// Tell Us Once reference: 12 digits.
    TellUsOnce,
    /// Unique pupil number.
    Upn,
    /// Unique learner number.
    Uln,
    /// Unique reference number of a school: 6 digits.
    SchoolUrn,
    /// Local authority and establishment number of a school: 7 digits.
    Laestab,
    /// Police National Computer id.
    PncId,
    /// Vehicle registration mark.
    Vrm,
    /// Driver number of Great Britain: 16 characters.
    DriverNumber,
    /// Blue Badge number: 6 characters.
    BlueBadge,
    /// Unique property reference number.
    Uprn,
    /// Unique street reference number.
    Usrn,
    /// Postcode.
    Postcode,
    /// Office for National Statistics area code.
    GssCode,
    /// Organisation Data Service code of the NHS.
    OdsCode,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 22] = [
        Self::Text,
        Self::Integer,
        Self::Number,
        Self::Boolean,
        Self::Date,
        Self::DateTime,
        Self::NhsNumber,
        Self::Nino,
        Self::TellUsOnce,
        Self::Upn,
        Self::Uln,
        Self::SchoolUrn,
        Self::Laestab,
        Self::PncId,
        Self::Vrm,
        Self::DriverNumber,
        Self::BlueBadge,
        Self::Uprn,
        Self::Usrn,
        Self::Postcode,
        Self::GssCode,
        Self::OdsCode,
    ];

    /// The name used in documents and configuration, such as `nhs-number`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// The name for people, with its article, such as `an NHS number`.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.words().1
    }

    /// What a well-formed value looks like, for people.
    #[must_use]
    pub fn shape(self) -> &'static str {
        self.words().2
    }

    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Text => ("text", "a text", "any text"),
            Self::Integer => ("integer", "a whole number", "digits, with a minus sign if negative"),
            Self::Number => ("number", "a number", "digits, with a decimal point if needed"),
            Self::Boolean => ("boolean", "a yes or no", "true or false"),
            Self::Date => ("date", "a date", "YYYY-MM-DD, YYYYMMDD or DD/MM/YYYY of a real day"),
            Self::DateTime => ("date-time", "a date and time", "YYYY-MM-DDThh:mm:ss, with Z or an offset"),
            Self::NhsNumber => ("nhs-number", "an NHS number", "10 digits"),
            Self::Nino => ("nino", "a National Insurance number", "two letters, 6 digits, a letter A to D"),
            Self::TellUsOnce => ("tell-us-once", "a Tell Us Once reference", "12 digits"),
            Self::Upn => ("upn", "a unique pupil number", "a letter and 12 characters"),
            Self::Uln => ("uln", "a unique learner number", "10 digits"),
            Self::SchoolUrn => ("school-urn", "a school's unique reference number", "6 digits"),
            Self::Laestab => ("laestab", "a school's LAESTAB number", "7 digits"),
            Self::PncId => ("pnc-id", "a PNC id", "YYYY/NNNNNNN and a letter"),
            Self::Vrm => ("vrm", "a vehicle registration mark", "2 to 7 letters and digits"),
            Self::DriverNumber => ("driver-number", "a driver number", "16 letters and digits"),
            Self::BlueBadge => ("blue-badge", "a Blue Badge number", "6 digits or letters A to H, J, K"),
            Self::Uprn => ("uprn", "a unique property reference number", "at most 12 digits"),
            Self::Usrn => ("usrn", "a unique street reference number", "at most 8 digits"),
            Self::Postcode => ("postcode", "a postcode", "such as AA9 9AA"),
            Self::GssCode => ("gss-code", "a GSS code", "a letter and 8 digits"),
            Self::OdsCode => ("ods-code", "an ODS code", "3 to 6 letters and digits"),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No format has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such format")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_the_same_name_in_a_document_and_in_code() {
        for format in Format::ALL {
            let written = serde_json::to_string(&format).unwrap();
            assert_eq!(written, format!("\"{}\"", format.name()));
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert_eq!("nhs".parse::<Format>(), Err(UnknownFormat));
    }
}
