//! What the organisations agree, and how far each agreement is when the story is told.
//!
//! The texts stand in `demo/agreements`; only their dates are counted from the day on which the demo began.

use jiff::ToSpan as _;
use jiff::civil::Date;
use packhorse_governance::document::read_toml;
use packhorse_model::agreement::{Agreement as Text, AgreementText};

use crate::error::{Error, Result};

/// An agreement, and whose officers sign it, the proposer first.
pub(super) struct Agreement {
    pub(super) id: &'static str,
    pub(super) file: &'static str,
    text: &'static str,
    pub(super) parties: &'static [&'static str],
    life: Life,
}

/// When an agreement holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    /// From before the months that lie behind, for a year from the first day.
    Now,
    /// It has run out before those months.
    Over,
}

const PARKING: &str = include_str!("../../../../demo/agreements/parking-keepers.toml");

/// Those in force.
pub(super) static AGREEMENTS: [Agreement; 5] = [
    in_force("parking-keepers-2026", "agreements/parking-keepers.toml", PARKING, &["borough", "vehicles"]),
    in_force(
        "residents-crime-2026",
        "agreements/residents-crime.toml",
        include_str!("../../../../demo/agreements/residents-crime.toml"),
        &["police", "district"],
    ),
    in_force(
        "abandoned-vehicles-2026",
        "agreements/abandoned-vehicles.toml",
        include_str!("../../../../demo/agreements/abandoned-vehicles.toml"),
        &["borough", "vehicles"],
    ),
    in_force(
        "camera-recordings-2026",
        "agreements/camera-recordings.toml",
        include_str!("../../../../demo/agreements/camera-recordings.toml"),
        &["county", "police"],
    ),
    in_force(
        "local-authorities-list-2026",
        "agreements/local-authorities.toml",
        include_str!("../../../../demo/agreements/local-authorities.toml"),
        &["county", "borough", "district", "police", "vehicles"],
    ),
];

/// One that the agency has signed and the borough has not.
pub(super) static AWAITED: Agreement = in_force(
    "bus-lanes-2026",
    "agreements/bus-lanes.toml",
    include_str!("../../../../demo/agreements/bus-lanes.toml"),
    &["vehicles", "borough"],
);

/// One that both have signed, and the borough has suspended.
pub(super) static SUSPENDED: Agreement = in_force(
    "moving-traffic-2026",
    "agreements/moving-traffic.toml",
    include_str!("../../../../demo/agreements/moving-traffic.toml"),
    &["borough", "vehicles"],
);

/// One that has run out.
pub(super) static EXPIRED: Agreement = Agreement {
    id: "parking-keepers-2025",
    file: "agreements/parking-keepers-2025.toml",
    text: PARKING,
    parties: &["borough", "vehicles"],
    life: Life::Over,
};

const fn in_force(
    id: &'static str,
    file: &'static str,
    text: &'static str,
    parties: &'static [&'static str],
) -> Agreement {
    Agreement { id, file, text, parties, life: Life::Now }
}

impl Agreement {
    /// The text with its dates around the day on which the demo began; every other line stays as it is.
    pub(super) fn dated(&self, begun_on: Date) -> Result<String> {
        let first = first_month(begun_on)?;
        let [start, review, end] = match self.life {
            Life::Now => [Ok(first), begun_on.checked_add(6.months()), begun_on.checked_add(1.year())],
            Life::Over => [first.checked_sub(1.year()), first.checked_sub(2.months()), first.yesterday()],
        };
        let (start, review, end) = (start.map_err(beyond)?, review.map_err(beyond)?, end.map_err(beyond)?);
        let line = |line: &str| match line.split_once(" = ").map(|(name, _)| name) {
            Some("title") if self.life == Life::Over => {
                format!("{}, until {}\"\n", line.trim_end_matches('"'), end.year())
            }
            Some("id") => format!("id = \"{}\"\n", self.id),
            Some(name @ ("start_date" | "first_needed_on")) => format!("{name} = \"{start}\"\n"),
            Some(name @ "review_date") => format!("{name} = \"{review}\"\n"),
            Some(name @ "end_date") => format!("{name} = \"{end}\"\n"),
            _ => format!("{line}\n"),
        };
        Ok(self.text.lines().map(line).collect())
    }

    /// The text as it is signed.
    pub(super) fn frozen(&self, begun_on: Date) -> Result<AgreementText> {
        let text = self.read(begun_on)?.to_text();
        text.map_err(|error| Error::NotHeld(format!("{} cannot be frozen: {error}", self.id)))
    }

    /// What it says.
    pub(super) fn read(&self, begun_on: Date) -> Result<Text> {
        Ok(read_toml(&self.dated(begun_on)?)?)
    }
}

/// The first day of the months that lie behind a story which began on a day.
pub(super) fn first_month(begun_on: Date) -> Result<Date> {
    begun_on.first_of_month().checked_sub(5.months()).map_err(beyond)
}

fn beyond(_: jiff::Error) -> Error {
    Error::NotHeld("the calendar does not reach that far".to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use packhorse_model::agreement::check;

    use super::*;
    use crate::demo::cast::in_folder;

    fn all() -> impl Iterator<Item = &'static Agreement> {
        AGREEMENTS.iter().chain([&AWAITED, &SUSPENDED, &EXPIRED])
    }

    #[test]
    fn every_agreement_is_complete_and_between_those_who_sign_it() {
        for agreement in all() {
            let text = agreement.read(date(2026, 11, 29)).unwrap();
            assert_eq!(check(&text), [], "{}", agreement.id);
            assert_eq!(text.id.as_str(), agreement.id);
            let mut named: Vec<String> = text.parties.iter().map(|party| party.organisation.to_string()).collect();
            let mut signing: Vec<&str> =
                agreement.parties.iter().filter_map(|folder| in_folder(folder)).map(|party| party.id).collect();
            named.sort();
            signing.sort_unstable();
            assert_eq!(named, signing, "{}", agreement.id);
        }
    }

    #[test]
    fn an_agreement_holds_from_before_the_months_behind_for_a_year_after_the_first_day() {
        for agreement in &AGREEMENTS {
            let text = agreement.read(date(2031, 3, 31)).unwrap();
            assert_eq!(text.life.start_date, Some(date(2030, 10, 1)));
            assert_eq!(text.life.end_date, Some(date(2032, 3, 31)));
            assert_eq!(text.data.first_needed_on, Some(date(2030, 10, 1)));
        }
        let over = EXPIRED.read(date(2031, 3, 31)).unwrap();
        assert_eq!((over.life.start_date, over.life.end_date), (Some(date(2029, 10, 1)), Some(date(2030, 9, 30))));
    }
}
