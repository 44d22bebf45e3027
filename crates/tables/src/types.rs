//! What a column's values seem to be, from a bounded sample: a proposal that its owner confirms.
//!
//! Keeps counts only; no value of the sample outlives the look at it.

use packhorse_model::identifier::{Format, Rules};
use serde::Serialize;

/// Most rows of a sample.
pub(crate) const SAMPLE_ROWS: u64 = 2_000;

/// Share of the filled cells that must fit a format, in percent: registers have a few bad values.
const ENOUGH: u64 = 95;

/// Formats that a column can be taken for, the most telling first. A check digit or a fixed shape
/// tells much, a row of digits little: those come only with a heading that names them.
const TELLING: [Format; 12] = [
    Format::NhsNumber,
    Format::Upn,
    Format::PncId,
    Format::Nino,
    Format::DriverNumber,
    Format::Postcode,
    Format::GssCode,
    Format::DateTime,
    Format::Date,
    Format::Boolean,
    Format::Integer,
    Format::Number,
];

/// Words of a heading that speak for a format. They decide only between formats that fit.
const HINTS: [(&[&str], Format); 12] = [
    (&["nhs"], Format::NhsNumber),
    (&["uln"], Format::Uln),
    (&["upn"], Format::Upn),
    (&["nino", "insurance"], Format::Nino),
    (&["vrm", "registration", "vrn", "plate"], Format::Vrm),
    (&["uprn"], Format::Uprn),
    (&["usrn"], Format::Usrn),
    (&["badge"], Format::BlueBadge),
    (&["driver", "licence"], Format::DriverNumber),
    (&["ods"], Format::OdsCode),
    (&["urn"], Format::SchoolUrn),
    (&["laestab"], Format::Laestab),
];

/// What a column seems to be, and how sure that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inference {
    /// The column's name in the source.
    pub column: String,
    /// The format proposed.
    pub format: Format,
    /// Cells of the sample that are not empty.
    pub filled: u64,
    /// Those that are valid in the proposed format.
    pub fitting: u64,
    /// Empty cells of the sample.
    pub empty: u64,
}

/// Counts one column's sample.
pub(crate) struct Observer {
    column: String,
    filled: u64,
    empty: u64,
    /// How many cells fit each format of [`Format::ALL`].
    fitting: [u64; Format::ALL.len()],
}

impl Observer {
    pub(crate) fn new(column: &str) -> Self {
        Self { column: column.to_owned(), filled: 0, empty: 0, fitting: [0; Format::ALL.len()] }
    }

    /// Looks at one cell.
    pub(crate) fn see(&mut self, cell: Option<&str>, rules: Rules) {
        let Some(text) = cell.map(str::trim_ascii).filter(|text| !text.is_empty()) else {
            self.empty += 1;
            return;
        };
        self.filled += 1;
        for (format, count) in Format::ALL.into_iter().zip(&mut self.fitting) {
            *count += u64::from(fits(text, format, rules));
        }
    }

    /// What the column seems to be.
    pub(crate) fn conclude(self) -> Inference {
        let heading = self.column.to_ascii_lowercase();
        let words: Vec<&str> = heading.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let hinted = HINTS
            .iter()
            .filter(|(hints, _)| hints.iter().any(|hint| words.contains(hint)))
            .map(|(_, format)| *format)
            .find(|format| self.is_enough(*format));
        let format =
            hinted.or_else(|| TELLING.into_iter().find(|format| self.is_enough(*format))).unwrap_or(Format::Text);
        let fitting = self.count(format);
        Inference { column: self.column, format, filled: self.filled, fitting, empty: self.empty }
    }

    fn count(&self, format: Format) -> u64 {
        Format::ALL.into_iter().zip(self.fitting).find(|(known, _)| *known == format).map_or(0, |(_, count)| count)
    }

    /// Identifiers and dates may have bad values among them; a number or a yes and no may not,
    /// since its place in an answer has that type.
    fn is_enough(&self, format: Format) -> bool {
        let share = if crate::cell::is_strict(format) { 100 } else { ENOUGH };
        self.filled > 0 && self.count(format) * 100 >= self.filled * share
    }
}

fn fits(text: &str, format: Format, rules: Rules) -> bool {
    match format {
        // Zeros and ones are more often a count than an answer.
        Format::Boolean if matches!(text, "0" | "1") => false,
        _ => format.parse(text, rules).is_ok_and(|found| found.is_valid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inferred(heading: &str, cells: &[&str]) -> Format {
        let mut observer = Observer::new(heading);
        let rules = Rules { allow_synthetic: true, this_year: 2026 };
        cells.iter().for_each(|cell| observer.see(Some(cell), rules));
        observer.conclude().format
    }

    #[test]
    fn identifiers_are_recognised_by_their_shape_and_check() {
        assert_eq!(inferred("a", &["9990000018", "999 000 0026", ""]), Format::NhsNumber);
        assert_eq!(inferred("a", &["Y999200026001", "M999200026002"]), Format::Upn);
        assert_eq!(inferred("a", &["QQ123456A", "QQ 12 34 57 B"]), Format::Nino);
        assert_eq!(inferred("a", &["ZZ99 1AB", "zz991ad"]), Format::Postcode);
        assert_eq!(inferred("a", &["1900/0000001A"]), Format::PncId);
    }

    #[test]
    fn a_heading_decides_between_formats_that_fit() {
        assert_eq!(inferred("VRM", &["AA19AAA", "L2 WPS"]), Format::Vrm);
        assert_eq!(inferred("mark", &["AA19AAA", "L2 WPS"]), Format::Text);
        assert_eq!(inferred("uprn", &["999000000001"]), Format::Uprn);
        assert_eq!(inferred("amount", &["999000000001"]), Format::Integer);
        assert_eq!(inferred("nhs_number", &["ada", "grace"]), Format::Text);
    }

    #[test]
    fn a_few_bad_identifiers_do_not_hide_the_rest_but_one_bad_number_does() {
        let mut days = vec!["19151111"; 97];
        days.extend(["19911350", "0", "unknown"]);
        assert_eq!(inferred("date_of_birth", &days), Format::Date);
        let mut numbers = vec!["12"; 99];
        numbers.push("12a");
        assert_eq!(inferred("street_number", &numbers), Format::Text);
    }

    #[test]
    fn codes_with_leading_zeros_stay_text() {
        assert_eq!(inferred("code", &["0012", "0450"]), Format::Text);
        assert_eq!(inferred("flag", &["0", "1"]), Format::Integer);
        assert_eq!(inferred("flag", &["yes", "no"]), Format::Boolean);
        assert_eq!(inferred("rate", &["0.5", "2"]), Format::Number);
        assert_eq!(inferred("nothing", &["", " "]), Format::Text);
    }
}
