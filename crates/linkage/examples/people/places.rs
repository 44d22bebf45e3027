//! Addresses in places that are on no map: postcode areas such as `KK` and `ZZ` are given to nobody.

use crate::dice::{Dice, mixed};

const AREAS: [&str; 17] =
    ["AA", "CC", "EE", "FF", "GG", "HH", "JJ", "KK", "MM", "OO", "PP", "RR", "TT", "UU", "WW", "YY", "ZZ"];
/// Letters of the last two places of a postcode.
const LETTERS: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";
const DISTRICTS: u64 = 18;
/// Dwellings of a postcode in which households live from the beginning; more are built for those who move.
const PER_POSTCODE: u64 = 15;
const BUILT_LATER: u64 = 9;

const STREETS: &[&str] = &[
    "Church",
    "Station",
    "High",
    "Mill",
    "Park",
    "Victoria",
    "Green",
    "Manor",
    "School",
    "Queen",
    "King",
    "London",
    "York",
    "Albert",
    "Chapel",
    "North",
    "South",
    "West",
    "New",
    "Springfield",
    "Grange",
    "Orchard",
    "Windsor",
    "Alexandra",
    "Broad",
    "Cedar",
    "Beech",
    "Oak",
    "Willow",
    "Hawthorn",
    "Meadow",
    "River",
    "Bridge",
    "Castle",
    "Priory",
    "Abbey",
    "Nelson",
    "Wellington",
    "Clarence",
    "Cross",
    "Hollow",
    "Lark",
    "Rook",
    "Heron",
    "Foundry",
    "Tannery",
    "Ropewalk",
    "Quarry",
    "Kiln",
    "Weavers",
    "Saddlers",
    "Coopers",
    "Fuller",
    "Glebe",
    "Rectory",
    "Vicarage",
    "Warren",
    "Copse",
];
const KINDS: &[&str] = &[
    "Road", "Road", "Road", "Street", "Street", "Lane", "Avenue", "Close", "Drive", "Gardens", "Court", "Crescent",
    "Way",
];
const TOWN_STARTS: &[&str] = &[
    "Ald", "Bram", "Cold", "Dun", "East", "Fern", "Great", "Harrow", "Ivel", "Kings", "Long", "Market", "Nether",
    "Old", "Pres", "Quen", "Raven", "Stoke",
];
const TOWN_ENDS: &[&str] =
    &["bury", "chester", "combe", "ford", "ham", "ington", "mouth", "stead", "ton", "wick", "worth"];

/// A dwelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The number of its postcode, from 0.
    postcode: u64,
    /// Its place among the dwellings of that postcode.
    within: u64,
}

impl Place {
    /// Where the household of this number lives at first.
    pub(crate) fn of_household(number: u64) -> Self {
        Self { postcode: number / PER_POSTCODE, within: number % PER_POSTCODE }
    }

    /// A dwelling that was built later, somewhere among the first `households`.
    pub(crate) fn built_later(households: u64, dice: &mut Dice) -> Self {
        let postcode = dice.below((households / PER_POSTCODE + 1) as usize) as u64;
        Self { postcode, within: PER_POSTCODE + dice.below(BUILT_LATER as usize) as u64 }
    }

    /// Area, district and sector; neighbours in number are far apart on the ground.
    fn sector(self) -> (usize, u64, u64) {
        let number = self.postcode;
        let area = number % AREAS.len() as u64;
        let district = number / AREAS.len() as u64 % DISTRICTS;
        (area as usize, district, number / (AREAS.len() as u64 * DISTRICTS) % 10)
    }

    /// Like `KK4 7ZR`.
    pub(crate) fn postcode(self) -> String {
        let (area, district, sector) = self.sector();
        let within = self.postcode / (AREAS.len() as u64 * DISTRICTS * 10);
        // Each sector begins at another letter; 7 has no divisor in common with 400, so that none comes twice.
        let begin = mixed((area as u64 * DISTRICTS + district) * 10 + sector);
        let unit = ((within * 7).wrapping_add(begin % 400) % 400) as usize;
        let letters = [LETTERS[unit / 20], LETTERS[unit % 20]].map(char::from);
        format!("{}{} {sector}{}{}", AREAS[area], district + 1, letters[0], letters[1])
    }

    /// Like `Flat 2, 14 Church Road`.
    pub(crate) fn address(self) -> String {
        let chance = mixed(self.postcode ^ 0x5eed);
        let street = STREETS[(chance % STREETS.len() as u64) as usize];
        let kind = KINDS[(chance >> 16) as usize % KINDS.len()];
        if (chance >> 32).is_multiple_of(6) {
            let house = 1 + (chance >> 40) % 90;
            return format!("Flat {}, {house} {street} {kind}", self.within + 1);
        }
        // One side of the street.
        let first = 1 + (chance >> 40) % 60;
        format!("{} {street} {kind}", first + self.within * 2)
    }

    /// Several districts belong to one town.
    pub(crate) fn town(self) -> String {
        let (area, district, _) = self.sector();
        let start = TOWN_STARTS[area % TOWN_STARTS.len()];
        let end = TOWN_ENDS[(area * 5 + district as usize / 3) % TOWN_ENDS.len()];
        format!("{start}{end}")
    }
}
