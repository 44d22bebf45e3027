//! Who lives together: couples, families with twins and with sons called as their fathers, three generations, sharers,
//! care homes. Each household is drawn from a stream of its own, so that the thousandth is the same in any size of file.

use crate::dice::{Dice, Weighted};
use crate::names::{Names, Pool};
use crate::person::{Day, Person, Sex};
use crate::places::Place;

/// The year in which the files are written.
pub(crate) const NOW: i32 = 2026;

/// Of a thousand households, in the order of [`Households::fill`].
const KINDS: [f64; 7] = [290.0, 270.0, 290.0, 95.0, 30.0, 22.0, 3.0];
/// The second child of so many families is a twin of the first.
const TWINS: f64 = 0.03;
/// A twin's name begins as the other's does, beyond chance.
const TWINS_ALLITERATE: f64 = 0.2;

/// Makes households.
pub(crate) struct Households<'a> {
    names: &'a Names,
    kinds: Weighted,
}

/// What all of a household have from it.
struct Home<'a> {
    pool: &'a Pool,
    community: usize,
    place: Place,
    people: Vec<Person>,
    /// The number of the next person.
    next: u64,
}

impl<'a> Households<'a> {
    pub(crate) fn new(names: &'a Names) -> Self {
        Self { names, kinds: Weighted::new(KINDS) }
    }

    /// A household at this place, whose people are numbered from `next` on.
    pub(crate) fn fill(&self, place: Place, next: u64, dice: &mut Dice) -> Vec<Person> {
        let community = self.names.community(dice);
        let mut home = Home { pool: &self.names.communities[community], community, place, people: Vec::new(), next };
        match self.kinds.draw(dice) {
            0 => home.single(dice),
            1 => home.couple(dice.between(22, 90), dice),
            2 => home.family(dice),
            3 => home.lone_parent(dice),
            4 => home.three_generations(dice),
            5 => self.sharers(&mut home, dice),
            _ => self.care_home(&mut home, dice),
        }
        home.people
    }

    /// Young people of any family.
    fn sharers(&self, home: &mut Home<'a>, dice: &mut Dice) {
        for _ in 0..dice.between(2, 6) {
            self.stranger(home, (18, 34), dice);
        }
    }

    fn care_home(&self, home: &mut Home<'a>, dice: &mut Dice) {
        for _ in 0..dice.between(8, 45) {
            self.stranger(home, (72, 101), dice);
        }
    }

    fn stranger(&self, home: &mut Home<'a>, ages: (i32, i32), dice: &mut Dice) {
        home.community = self.names.community(dice);
        home.pool = &self.names.communities[home.community];
        let sex = any_sex(dice);
        let surname = home.pool.surname(dice);
        home.join(sex, &surname, birthday(dice.between(ages.0, ages.1), dice), dice);
    }
}

impl Home<'_> {
    fn single(&mut self, dice: &mut Dice) {
        let (sex, surname) = (any_sex(dice), self.pool.surname(dice));
        self.join(sex, &surname, birthday(dice.between(20, 96), dice), dice);
    }

    fn couple(&mut self, age: i32, dice: &mut Dice) {
        let surname = self.pool.surname(dice);
        self.join(Sex::Man, &surname, birthday(age, dice), dice);
        let hers =
            if dice.chance(self.pool.community.customs.wife_takes_name) { surname } else { self.pool.surname(dice) };
        self.join(Sex::Woman, &hers, birthday((age + dice.between(-6, 4)).max(18), dice), dice);
    }

    fn family(&mut self, dice: &mut Dice) {
        let age = dice.between(24, 62);
        self.couple(age, dice);
        let father = self.people[0].clone();
        // A son of his own surname's form, whatever form the mother's has.
        self.children(&father, age, dice);
    }

    fn lone_parent(&mut self, dice: &mut Dice) {
        let age = dice.between(20, 58);
        let surname = self.pool.surname(dice);
        let sex = if dice.chance(0.87) { Sex::Woman } else { Sex::Man };
        self.join(sex, &surname, birthday(age, dice), dice);
        let mut parent = self.people[0].clone();
        parent.surname = surname;
        self.children(&parent, age, dice);
    }

    fn three_generations(&mut self, dice: &mut Dice) {
        self.family(dice);
        let father = self.people[0].clone();
        let age = NOW - father.born.year;
        let (sex, between) = (any_sex(dice), dice.between(20, 38));
        let surname = father.surname.clone();
        self.join(sex, &surname, birthday((age + between).min(101), dice), dice);
    }

    fn children(&mut self, parent: &Person, parent_age: i32, dice: &mut Dice) {
        let oldest = (parent_age - 18).clamp(0, 30);
        let mut previous: Option<(Day, String)> = None;
        for _ in 0..1 + Weighted::new([40.0, 38.0, 15.0, 5.0, 2.0]).draw(dice) {
            let sex = any_sex(dice);
            let twin = previous.as_ref().filter(|_| dice.chance(TWINS));
            let born = twin.map_or_else(|| birthday(dice.between(0, oldest), dice), |twin| twin.0);
            let initial = twin.filter(|_| dice.chance(TWINS_ALLITERATE)).and_then(|twin| twin.1.chars().next());
            let at = self.people.len();
            self.join(sex, &family_name(parent), born, dice);
            let child = &mut self.people[at];
            for _ in 0..40 {
                // Brothers and sisters are not called the same, twins sometimes alike.
                let taken = previous.as_ref().is_some_and(|it| it.1 == child.first_name);
                let fits = initial.is_none_or(|it| child.first_name.starts_with(it));
                if fits && !taken {
                    break;
                }
                child.first_name = self.pool.given(sex, born.year, dice);
            }
            let customs = &self.pool.community.customs;
            if sex == Sex::Man && parent.sex == Sex::Man && dice.chance(customs.son_as_father) {
                child.first_name.clone_from(&parent.first_name);
            }
            previous = Some((born, child.first_name.clone()));
        }
    }

    /// One more person of the household, with the surname in the form that fits.
    fn join(&mut self, sex: Sex, surname: &str, born: Day, dice: &mut Dice) {
        let customs = &self.pool.community.customs;
        let surname = if dice.chance(customs.singh_and_kaur) {
            if sex == Sex::Man { "Singh".to_owned() } else { "Kaur".to_owned() }
        } else {
            formed(surname, sex, customs.declined)
        };
        let first_name = self.pool.given(sex, born.year, dice);
        self.people.push(Person {
            number: self.next,
            community: self.community,
            sex,
            first_name,
            surname,
            born,
            place: self.place,
        });
        self.next += 1;
    }
}

fn any_sex(dice: &mut Dice) -> Sex {
    if dice.chance(0.5) { Sex::Man } else { Sex::Woman }
}

/// Somebody's birthday who is this old.
fn birthday(age: i32, dice: &mut Dice) -> Day {
    let (year, month) = (NOW - 1 - age, dice.between(1, 12));
    Day { year, month, day: dice.between(1, Day::month_length(year, month)) }
}

/// The name that a parent hands on: in a man's form, and not the one that says only which sex somebody has.
fn family_name(parent: &Person) -> String {
    match parent.surname.strip_suffix("ska") {
        Some(stem) => format!("{stem}ski"),
        None => parent.surname.clone(),
    }
}

fn formed(surname: &str, sex: Sex, declined: bool) -> String {
    match surname
        .strip_suffix("cki")
        .map(|stem| (stem, "cka"))
        .or(surname.strip_suffix("ski").map(|stem| (stem, "ska")))
    {
        Some((stem, end)) if declined && sex == Sex::Woman => format!("{stem}{end}"),
        _ => surname.to_owned(),
    }
}
