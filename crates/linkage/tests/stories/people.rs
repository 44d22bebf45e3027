//! A few invented people, in two tables with slips of the pen.

use packhorse_linkage::spec::Limits;
use packhorse_linkage::table::TableBuilder;
use packhorse_linkage::{Spec, Table};

/// Id, first name, surname, date of birth, postcode, street, truth.
pub(crate) type Record = [String; 7];
/// The columns of a record.
pub(crate) const COLUMNS: [&str; 7] = ["id", "first_name", "surname", "born", "postcode", "street", "person"];

const FIRST: [&str; 24] = [
    "Amelia",
    "William",
    "Priya",
    "Thomas",
    "Zofia",
    "Mohammed",
    "Elizabeth",
    "Siobhan",
    "Rhys",
    "Catherine",
    "Kwame",
    "Margaret",
    "Robert",
    "Ayesha",
    "Daniel",
    "Nicola",
    "Gareth",
    "Ines",
    "Christopher",
    "Grace",
    "Henry",
    "Olivia",
    "Patrick",
    "Susan",
];
const LAST: [&str; 24] = [
    "Ashdown",
    "Birtles",
    "Cawthorne",
    "Dhillon",
    "Eccleston",
    "Farrington",
    "Gwynne",
    "Hallworth",
    "Ibekwe",
    "Jessop",
    "Kaczmarek",
    "Lanyon",
    "Mottershead",
    "Nuttall",
    "Okafor",
    "Penhaligon",
    "Quayle",
    "Ramsbottom",
    "Sutcliffe",
    "Tregenza",
    "Unsworth",
    "Varley",
    "Whitworth",
    "Yarrow",
];
const STREETS: [&str; 12] = [
    "Mill Lane",
    "Chapel Street",
    "Orchard Close",
    "Canal Road",
    "Priory Walk",
    "Weavers Row",
    "Foundry Street",
    "Harbour View",
    "Larch Avenue",
    "Market Place",
    "Quarry Bank",
    "Station Approach",
];

/// The specification of the stories.
pub(crate) const SPEC: &str = r#"
[input]
truth = "person"

[[column]]
name = "first_name"
kind = "name"

[[column]]
name = "surname"
kind = "name"

[[column]]
name = "born"
kind = "date"

[[column]]
name = "postcode"
kind = "postcode"

[[column]]
name = "street"
kind = "text"

[[comparison]]
name = "first_name"
columns = ["first_name"]
levels = ["exact", "nickname", "jaro_winkler >= 0.88"]
term_frequency = true

[[comparison]]
name = "surname"
columns = ["surname"]
levels = ["exact", "metaphone", "jaro_winkler >= 0.88"]
term_frequency = true

[[comparison]]
name = "born"
columns = ["born"]
levels = ["exact", "transposed", "damerau <= 1", "years <= 1"]

[[comparison]]
name = "place"
columns = ["postcode", "street"]
levels = ["exact(postcode) and exact(street)", "exact(postcode)", "sector(postcode)"]

[[block]]
on = "surname, born"

[[block]]
on = "postcode, first_name"

[[block]]
on = "soundex(surname), day_month(born)"

[[block]]
on = "postcode, year(born)"

[estimate]
random_pairs = 20000
household = "place"
"#;

pub(crate) fn spec(text: &str) -> Spec {
    Spec::parse(text).unwrap()
}

pub(crate) fn table(name: &str, records: &[Record]) -> Table {
    let mut builder = TableBuilder::new(name, COLUMNS.map(str::to_owned), &Limits::default());
    for record in records {
        builder.push(record.iter().map(|cell| Some(cell.as_str()))).unwrap();
    }
    builder.finish().unwrap()
}

/// Random numbers that are the same everywhere.
fn dice(place: u64) -> u64 {
    let mut word = place.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995;
    for _ in 0..3 {
        word ^= word >> 29;
        word = word.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    word ^ (word >> 32)
}

/// Two tables that have four in five people in common.
pub(crate) fn invented(people: u64) -> (Vec<Record>, Vec<Record>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for person in 0..people {
        // Three of a household share surname and place.
        let home = person / 3;
        let pick =
            |of: u64, salt: u64, from: &[&str]| from[(dice(of * 31 + salt) % from.len() as u64) as usize].to_owned();
        let number = |of: u64, salt: u64, limit: u64| dice(of * 37 + salt) % limit;
        let born = format!(
            "{}-{:02}-{:02}",
            1930 + number(person, 1, 80),
            1 + number(person, 2, 12),
            1 + number(person, 3, 28)
        );
        let postcode = format!(
            "ZZ{} {}{}{}",
            1 + number(home, 4, 9),
            number(home, 5, 10),
            char::from(b'A' + number(home, 6, 20) as u8),
            char::from(b'A' + number(home, 7, 20) as u8)
        );
        let street = format!("{} {}", 1 + number(home, 8, 90), pick(home, 9, &STREETS));
        let record = |id: String| {
            [
                id,
                pick(person, 10, &FIRST),
                pick(home, 11, &LAST),
                born.clone(),
                postcode.clone(),
                street.clone(),
                person.to_string(),
            ]
        };
        if !number(person, 12, 10).is_multiple_of(10) {
            left.push(record(format!("a{person}")));
        }
        if !number(person, 13, 10).is_multiple_of(9) {
            let mut there = record(format!("b{person}"));
            if number(person, 14, 5) == 0 {
                let column = 1 + number(person, 15, 4) as usize;
                there[column] = slip(&there[column], number(person, 16, 3));
            }
            right.push(there);
        }
    }
    (left, right)
}

/// A slip of the pen.
fn slip(text: &str, how: u64) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    match how {
        0 => letters.swap(1, 2),
        1 => {
            letters.remove(2);
        }
        _ => letters.clear(),
    }
    letters.into_iter().collect()
}
