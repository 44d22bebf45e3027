//! Names by community: a short list of frequent ones each, and a long tail that is made of syllables. Nobody's list was
//! copied; the frequencies are skewed as names are, and follow no register.

use crate::dice::{Dice, Weighted, mixed};
use crate::person::Sex;

/// Shares of the eras in which the first name in a list and the last were fashionable.
const ERAS: usize = 5;

/// What a community calls its children, as a table to be read by [`Names`].
pub(crate) struct Community {
    /// As the column `community` says it.
    pub(crate) label: &'static str,
    /// Of a thousand households.
    pub(crate) share: f64,
    /// From those of the grandparents to those of the grandchildren.
    pub(crate) men: &'static [&'static str],
    pub(crate) women: &'static [&'static str],
    pub(crate) surnames: &'static [&'static str],
    pub(crate) tail: Tail,
    /// Shares of the tail among given names and among surnames.
    pub(crate) tails: [f64; 2],
    /// How many different surnames the tail has.
    pub(crate) surnames_in_tail: usize,
    /// How steeply the frequent surnames fall off.
    pub(crate) slope: f64,
    pub(crate) customs: Customs,
}

/// Syllables of the tail: first, middle, end.
pub(crate) struct Tail {
    pub(crate) given: [&'static [&'static str]; 2],
    pub(crate) men_end: &'static [&'static str],
    pub(crate) women_end: &'static [&'static str],
    pub(crate) surname: [&'static [&'static str]; 2],
}

/// What makes names of a community hard for whoever writes or compares them.
pub(crate) struct Customs {
    /// A wife bears her husband's surname.
    pub(crate) wife_takes_name: f64,
    /// A son is called exactly as his father.
    pub(crate) son_as_father: f64,
    /// Given name and surname change places on a form.
    pub(crate) swapped: f64,
    /// The first of January stands for an unknown day of birth.
    pub(crate) new_year: f64,
    /// How much likelier than elsewhere a clerk misspells the name.
    pub(crate) misspelt: f64,
    /// Singh for men and Kaur for women in place of a family's name.
    pub(crate) singh_and_kaur: f64,
    /// A woman's surname ends in `-ska` where a man's ends in `-ski`.
    pub(crate) declined: bool,
}

/// Every community, ready to draw from.
pub(crate) struct Names {
    pub(crate) communities: Vec<Pool>,
    shares: Weighted,
}

/// The names of one community with their frequencies.
pub(crate) struct Pool {
    pub(crate) community: &'static Community,
    given: [[Weighted; ERAS]; 2],
    given_tail: Weighted,
    surnames: Weighted,
    surname_tail: Weighted,
}

impl Names {
    pub(crate) fn new() -> Self {
        let all = [crate::british::ALL, crate::elsewhere::ALL].concat();
        let shares = Weighted::new(all.iter().map(|it| it.share));
        Self { communities: all.into_iter().map(Pool::new).collect(), shares }
    }

    /// The community of a household, by its number in `communities`.
    pub(crate) fn community(&self, dice: &mut Dice) -> usize {
        self.shares.draw(dice)
    }
}

impl Pool {
    fn new(community: &'static Community) -> Self {
        let given = |list: &'static [&'static str]| std::array::from_fn(|era| fashion(list, era));
        Self {
            community,
            given: [given(community.men), given(community.women)],
            given_tail: Weighted::zipf(3000, 20.0, 0.9),
            surnames: Weighted::zipf(community.surnames.len(), 2.0, community.slope),
            surname_tail: Weighted::zipf(community.surnames_in_tail, 300.0, 1.0),
        }
    }

    /// A given name of somebody born in `year`.
    pub(crate) fn given(&self, sex: Sex, year: i32, dice: &mut Dice) -> String {
        if dice.chance(self.community.tails[0]) {
            return self.given_of_tail(sex, self.given_tail.draw(dice));
        }
        let era = ((year - 1926).max(0) as usize / 20).min(ERAS - 1);
        let list = if sex == Sex::Man { self.community.men } else { self.community.women };
        list[self.given[sex as usize][era].draw(dice)].to_owned()
    }

    /// A family's name, in a man's form.
    pub(crate) fn surname(&self, dice: &mut Dice) -> String {
        if dice.chance(self.community.tails[1]) {
            return self.surname_of_tail(self.surname_tail.draw(dice));
        }
        self.community.surnames[self.surnames.draw(dice)].to_owned()
    }

    fn given_of_tail(&self, sex: Sex, rank: usize) -> String {
        let tail = &self.community.tail;
        let end = if sex == Sex::Man { tail.men_end } else { tail.women_end };
        joined(&[tail.given[0], tail.given[1], end], rank as u64 * 2 + sex as u64)
    }

    fn surname_of_tail(&self, rank: usize) -> String {
        let tail = &self.community.tail;
        joined(&tail.surname, rank as u64 + (1 << 32))
    }
}

/// A syllable of each list, chosen by a number; the same number gives the same name.
fn joined(syllables: &[&[&str]], number: u64) -> String {
    let mut rest = mixed(number);
    let mut name = String::new();
    for list in syllables {
        name += list[(rest % list.len() as u64) as usize];
        rest /= list.len() as u64;
    }
    name
}

/// Frequencies of a list in an era: skewed in an order of its own, and highest where the era's own names stand.
fn fashion(list: &[&str], era: usize) -> Weighted {
    let now = era as f64 / (ERAS - 1) as f64;
    Weighted::new(list.iter().enumerate().map(|(position, name)| {
        let rank = name.bytes().fold(7u64, |sum, byte| mixed(sum ^ u64::from(byte))) % list.len() as u64;
        let away = position as f64 / list.len() as f64 - now;
        (rank as f64 + 3.0).powf(-0.8) * (-(away / 0.4).powi(2)).exp()
    }))
}
