//! What was exchanged in the months behind: drawn once, the same seen from either side.
//!
//! Media go down from month to month, because that is what the product is for. It must never know how a record is kept.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use packhorse_model::agreement::AgreementDigest;
use packhorse_model::{ExchangeId, Rule, Side};

use super::Before;
use crate::demo::agreements::{AGREEMENTS, Agreement, first_month};
use crate::demo::cast::{BOROUGH, COUNTY, Organisation, VEHICLES};
use crate::demo::vehicles::Draw;
use crate::error::{Error, Result};

const SEED: u64 = 0x4849_5354_4f52_5931;
/// Of ten parcels so many left on a disc, from the first month on.
const BY_HAND_OF_TEN: [usize; 6] = [7, 5, 4, 3, 2, 1];

/// An exchange, or what was said of a parcel, as one side keeps it.
pub(super) struct Line {
    pub(super) id: ExchangeId,
    pub(super) at: Timestamp,
    pub(super) side: Side,
    /// The two organisations, whoever asks first.
    pub(super) ends: [&'static str; 2],
    pub(super) client: &'static str,
    pub(super) service: &'static str,
    pub(super) agreement: &'static str,
    pub(super) digest: AgreementDigest,
    pub(super) purpose: &'static str,
    pub(super) role: Option<&'static str>,
    pub(super) ended: Ended,
}

/// How it ended.
#[derive(Clone)]
pub(super) enum Ended {
    /// With so many fields given and withheld.
    Answered(u64, u64),
    /// By a rule, with reason and remedy.
    Refused(Rule, &'static str, &'static str),
    /// A parcel set out or came.
    Parcel,
    /// Somebody said something of a parcel: its event, and whether the sender said it.
    Said(ExchangeId, &'static str, bool),
}

/// A kind of exchange that the borough begins.
#[derive(Clone, Copy)]
struct Usual {
    with: &'static Organisation,
    client: &'static str,
    service: &'static str,
    agreement: &'static str,
    purpose: &'static str,
    role: Option<&'static str>,
}

const KEEPER: Usual = Usual {
    with: &VEHICLES,
    client: "PH/LOC/thornbeck/parking",
    service: "PH/GOV/vehicles/register/vehicles",
    agreement: "parking-keepers-2026",
    purpose: "parking-penalty",
    role: Some("parking-officer"),
};
const REFERENCE: Usual = Usual {
    with: &COUNTY,
    client: "PH/LOC/thornbeck/parking",
    service: "PH/LOC/wexmoor/reference/local-authorities",
    agreement: "local-authorities-list-2026",
    purpose: "reference",
    role: None,
};
const REPORT: Usual = Usual {
    with: &VEHICLES,
    client: "PH/LOC/thornbeck/streets",
    service: "PH/GOV/vehicles/post/ABANDONED-VEHICLE",
    agreement: "abandoned-vehicles-2026",
    purpose: "abandoned-vehicle",
    role: Some("street-officer"),
};

/// Refusals, and how they are mended.
const REFUSED: [(Rule, &str, &str); 3] = [
    (Rule::Training, "the user's training is older than the agreement allows", "take the course on data protection"),
    (Rule::Purpose, "the agreement does not serve this purpose", "name the purpose that you ask for"),
    (Rule::Fields, "a field was asked for that the agreement does not give", "ask for the agreed fields"),
];

/// What an organisation has of it, in the order in which it came about.
pub(super) fn of(organisation: &Organisation, before: Before) -> Result<Vec<Line>> {
    let digest = |known: &Agreement| Ok((known.id, known.frozen(before.begun_on)?.digest()));
    let digests = AGREEMENTS.iter().map(digest).collect::<Result<_>>()?;
    let mut drawn = Drawn { draw: Draw::from(SEED), lines: Vec::new(), digests, before };
    let first = first_month(before.begun_on)?;
    let mut day = first;
    while day < before.begun_on {
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            drawn.working_day(day, month_between(first, day))?;
        }
        day = day.tomorrow().map_err(|_| Error::NotHeld("the calendar ends".to_owned()))?;
    }
    let side = |line: &Line| match organisation.id {
        id if id == line.ends[0] => Some(Side::Outbound),
        id if id == line.ends[1] && !matches!(line.ended, Ended::Refused(..)) => Some(Side::Inbound),
        _ => None,
    };
    Ok(drawn.lines.into_iter().filter_map(|line| Some(Line { side: side(&line)?, ..line })).collect())
}

fn month_between(first: Date, day: Date) -> usize {
    let months = (i32::from(day.year()) - i32::from(first.year())) * 12 + i32::from(day.month() - first.month());
    usize::try_from(months).unwrap_or_default()
}

/// What is being drawn.
struct Drawn {
    draw: Draw,
    lines: Vec<Line>,
    /// Of each agreement's text.
    digests: BTreeMap<&'static str, AgreementDigest>,
    before: Before,
}

impl Drawn {
    /// A few questions, fewer about councils, and every other day a parcel.
    fn working_day(&mut self, day: Date, month: usize) -> Result<()> {
        for _ in 0..1 + self.draw.below(2 + month) {
            let refused = self.draw.below(14) == 0;
            let ended = if refused {
                let (rule, reason, remedy) = REFUSED[self.draw.below(REFUSED.len())];
                Ended::Refused(rule, reason, remedy)
            } else {
                Ended::Answered(5, 3)
            };
            self.add(KEEPER, day, ended)?;
        }
        if self.draw.below(3) == 0 {
            self.add(REFERENCE, day, Ended::Answered(8, 0))?;
        }
        if self.draw.below(2) == 0 {
            let most = BY_HAND_OF_TEN.len() - 1;
            let by_hand = self.draw.below(10) < BY_HAND_OF_TEN[month.min(most)];
            self.parcel(day, by_hand)?;
        }
        Ok(())
    }

    /// What both sides say of a parcel, and the exchange by which one that was not carried by hand set out.
    fn parcel(&mut self, day: Date, by_hand: bool) -> Result<()> {
        let parcel = self.id()?;
        let mut said = vec![("accepted", true)];
        said.extend(by_hand.then_some(("exported", true)));
        said.extend([("delivered", false), ("collected", false), ("acknowledged", false)]);
        if !by_hand {
            self.add(REPORT, day, Ended::Parcel)?;
        }
        for (event, by_sender) in said {
            self.add(REPORT, day, Ended::Said(parcel, event, by_sender))?;
        }
        Ok(())
    }

    fn add(&mut self, usual: Usual, day: Date, ended: Ended) -> Result<()> {
        let unheld = || Error::NotHeld("the calendar does not reach back".to_owned());
        let nine = day.at(9, 0, 0, 0).to_zoned(TimeZone::UTC).map_err(|_| unheld())?.timestamp();
        // Later lines of a day come later.
        let last = self.lines.last().map(|line| line.at).filter(|last| *last >= nine);
        let since = last.map_or(Ok(nine), |last| last.checked_add(SignedDuration::from_mins(12)));
        let at = since.map_err(|_| unheld())?;
        let digest = self.digests.get(usual.agreement).copied();
        let digest = digest.ok_or_else(|| Error::NotHeld(format!("{} is not in the story", usual.agreement)))?;
        let line = Line {
            id: self.id()?,
            at,
            side: Side::Outbound,
            ends: [BOROUGH.id, usual.with.id],
            client: usual.client,
            service: usual.service,
            agreement: usual.agreement,
            digest,
            purpose: usual.purpose,
            role: usual.role,
            ended,
        };
        self.lines.push(line);
        Ok(())
    }

    /// An id that is the same on both sides, and in no other story.
    fn id(&mut self) -> Result<ExchangeId> {
        let day = self.before.begun_on.to_string().replace('-', "");
        let [left, right] = [self.draw.next(), self.draw.next()];
        let id = format!(
            "{day}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            left & 0xffff,
            left >> 16 & 0xfff,
            left >> 32 & 0xfff,
            right & 0xffff_ffff_ffff
        );
        id.parse().map_err(|_| Error::NotHeld("an id cannot be drawn".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    fn before() -> Before {
        Before { begun_on: date(2031, 3, 31), now: "2031-03-31T08:00:00Z".parse().unwrap() }
    }

    fn by_hand(lines: &[Line], month: i8) -> (usize, usize) {
        let said = |event: &str| {
            let is_it = |line: &&Line| matches!(&line.ended, Ended::Said(_, said, _) if *said == event);
            let of_month = |line: &&Line| line.at.to_zoned(TimeZone::UTC).month() == month;
            lines.iter().filter(is_it).filter(of_month).count()
        };
        (said("exported"), said("accepted"))
    }

    #[test]
    fn both_sides_have_the_same_and_nothing_lies_ahead() {
        let borough = of(&BOROUGH, before()).unwrap();
        let ids: BTreeSet<String> = borough.iter().map(|line| line.id.to_string()).collect();
        assert_eq!(ids.len(), borough.len());
        assert!(borough.iter().all(|line| line.side == Side::Outbound && line.at < before().now));
        assert!(borough.is_sorted_by_key(|line| line.at), "lists have the newest first");
        let others: Vec<Line> = [&VEHICLES, &COUNTY].into_iter().flat_map(|one| of(one, before()).unwrap()).collect();
        assert!(others.iter().all(|line| line.side == Side::Inbound && ids.contains(&line.id.to_string())));
        let refused = borough.iter().filter(|line| matches!(line.ended, Ended::Refused(..))).count();
        assert_eq!(others.len() + refused, borough.len(), "what one's own gateway refuses goes nowhere");
        assert!(refused > 5);
    }

    #[test]
    fn the_last_month_has_fewer_parcels_on_media_than_the_first() {
        let borough = of(&BOROUGH, before()).unwrap();
        let ((first, all), (last, of_last)) = (by_hand(&borough, 10), by_hand(&borough, 3));
        assert!(first * 2 > all && last * 4 < of_last, "{first} of {all}, then {last} of {of_last}");
    }
}
