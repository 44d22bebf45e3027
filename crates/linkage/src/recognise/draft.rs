//! A specification for two tables, or one against itself, from what was recognised: TOML with a word beside each choice.

use std::fmt::Write as _;

use super::{Meaning, Recognised, columns};
use crate::Result;
use crate::data::Data;
use crate::keys::Keys;
use crate::plan::RulePlan;
use crate::spec::Spec;
use crate::spec::expression::parse_rule;
use crate::table::Table;

/// Drafts a specification for two tables, or for one against itself. Rules are counted on the tables; those that would make
/// too many pairs are left out, with their count. Nothing when too little was recognised to begin with.
///
/// # Errors
/// Those of cleaning the tables, and [`crate::LinkageError::Spec`] when a draft would not be usable.
pub fn draft(left: &Table, right: Option<&Table>) -> Result<Option<String>> {
    let ours = columns(left);
    let theirs = right.map(columns);
    let draft = Draft { ours: &ours, theirs: theirs.as_deref() };
    let rules: Vec<&str> =
        RULES.iter().filter(|(needs, _)| needs.iter().all(|meaning| draft.has(*meaning))).map(|(_, on)| *on).collect();
    let comparisons = draft.comparisons();
    if comparisons.is_empty() || rules.is_empty() {
        return Ok(None);
    }
    let text = draft.columns(left, right) + &comparisons;
    let all: String = rules.iter().map(|on| format!("[[block]]\non = {}\n", quoted(on))).collect();
    let spec = Spec::parse(&format!("{text}\n{all}"))?;
    let tables: Vec<Table> = std::iter::once(left).chain(right).cloned().collect();
    let data = Data::prepare(&spec, tables)?;
    let counted = rules.iter().map(|on| (*on, pairs(&data, on)));
    let budget = PAIRS_A_ROW * data.rows as u128 + 1000;
    let Some(blocks) = written(counted, budget) else { return Ok(None) };
    let whole = draft.opening(left, right) + &text + &blocks + &draft.closing();
    // What is handed out must be usable as it stands.
    Spec::parse(&whole)?;
    Ok(Some(whole))
}

/// Pairs for each row that a rule makes at most.
const PAIRS_A_ROW: u128 = 10;

fn pairs(data: &Data, on: &str) -> u128 {
    let terms = parse_rule(on).unwrap_or_default();
    let keys = Keys::new(data, std::slice::from_ref(&terms));
    RulePlan::new(data, &keys, 0, 1).pairs
}

/// Rules that the tables can bear, each with what it makes; nothing when there is none.
fn written<'a>(counted: impl Iterator<Item = (&'a str, u128)>, budget: u128) -> Option<String> {
    let mut text =
        "\n# A pair is looked at when any of these rules holds. Beside each: the pairs it makes here.\n".to_owned();
    let mut taken = 0;
    for (on, pairs) in counted {
        if pairs > budget {
            _ = writeln!(text, "# too many: {} would make {pairs} pairs", quoted(on));
        } else {
            _ = write!(text, "[[block]]\non = {}  # {pairs} pairs\n", quoted(on));
            taken += 1;
        }
    }
    (taken > 0).then_some(text)
}

struct Draft<'a> {
    ours: &'a [Recognised],
    theirs: Option<&'a [Recognised]>,
}

/// Every meaning that is compared, in the order in which it is written.
const COMPARED: [Meaning; 14] = [
    Meaning::GivenName,
    Meaning::MiddleName,
    Meaning::Surname,
    Meaning::FullName,
    Meaning::DateOfBirth,
    Meaning::Sex,
    Meaning::Postcode,
    Meaning::Address,
    Meaning::Town,
    Meaning::Phone,
    Meaning::Email,
    Meaning::NhsNumber,
    Meaning::Nino,
    Meaning::Uprn,
];

impl Draft<'_> {
    /// The column of this meaning in the first table, and in the second where there is one; nothing unless both.
    fn of(&self, meaning: Meaning) -> Option<(&Recognised, Option<&Recognised>)> {
        let find = |all: &'_ [Recognised]| all.iter().position(|it| it.meaning == Some(meaning));
        let ours = &self.ours[find(self.ours)?];
        match self.theirs {
            None => Some((ours, None)),
            Some(theirs) => Some((ours, Some(&theirs[find(theirs)?]))),
        }
    }

    fn has(&self, meaning: Meaning) -> bool {
        self.of(meaning).is_some()
    }

    fn opening(&self, left: &Table, right: Option<&Table>) -> String {
        let with = right.map_or_else(|| "itself".to_owned(), |right| comment(right.name()));
        format!(
            "# A first specification for {} against {with}, drafted from headings and values.\n# Read it, change it, run it: \
             packhorse link … --spec this-file.toml\n# A line that begins with # is a remark.\n\n",
            comment(left.name())
        )
    }

    fn columns(&self, left: &Table, right: Option<&Table>) -> String {
        let mut text = "[input]\n".to_owned();
        let id = |all: &[Recognised]| {
            all.iter().find(|it| it.meaning == Some(Meaning::Id)).or(all.first()).map(|it| it.heading.clone())
        };
        let ours = id(self.ours).unwrap_or_default();
        _ = writeln!(text, "id = {}  # names each record", quoted(&ours));
        if let Some(theirs) = self.theirs.and_then(id).filter(|theirs| *theirs != ours) {
            _ = writeln!(text, "id_right = {}", quoted(&theirs));
        }
        if let Some((truth, _)) = self.of(Meaning::Truth) {
            _ = writeln!(text, "truth = {}  # never compared, only used to measure", quoted(&truth.heading));
        }
        let grouped: Vec<String> = [Meaning::Sex, Meaning::DateOfBirth]
            .into_iter()
            .filter(|meaning| self.has(*meaning))
            .map(|meaning| quoted(meaning.name()))
            .collect();
        _ = writeln!(text, "groups = [{}]  # the report says who of them is linked worse", grouped.join(", "));
        for (table, all) in [(Some(left), Some(self.ours)), (right, self.theirs)] {
            for it in all.into_iter().flatten().filter(|it| it.meaning.is_none()) {
                let name = table.map_or("", Table::name);
                _ = writeln!(text, "# not used: {} of {}: {}", comment(&it.heading), comment(name), comment(&it.why));
            }
        }
        for meaning in COMPARED {
            if let Some((ours, theirs)) = self.of(meaning) {
                text += &column(meaning, ours, theirs);
            }
        }
        text
    }

    fn comparisons(&self) -> String {
        let mut text = self.names();
        if self.has(Meaning::DateOfBirth) {
            let levels =
                ["exact", "transposed", "damerau <= 1", "first_of_january", "years <= 10", "months <= 1", "year"];
            let remark = "Turned round, mistyped, or known by its year.";
            text += &comparison(remark, "date_of_birth", &["date_of_birth"], &levels, false);
        }
        if self.has(Meaning::Sex) {
            let remark = "Agrees for half of all pairs, so it says little.";
            text += &comparison(remark, "sex", &["sex"], &["exact"], false);
        }
        text += &self.place();
        for (meaning, levels) in [
            (Meaning::Phone, &["exact", "damerau <= 1"][..]),
            (Meaning::Email, &["exact", "jaro_winkler >= 0.95"]),
            (Meaning::NhsNumber, &["exact"]),
            (Meaning::Nino, &["exact"]),
        ] {
            if self.has(meaning) {
                let remark = "Somebody else's may have been written down.";
                text += &comparison(remark, meaning.name(), &[meaning.name()], levels, false);
            }
        }
        text
    }

    fn names(&self) -> String {
        let mut text = String::new();
        let both = self.has(Meaning::GivenName) && self.has(Meaning::Surname);
        if both {
            let first = [
                "exact",
                "exact(first_name, surname)",
                "nickname",
                "jaro_winkler >= 0.92",
                "jaro_winkler >= 0.85",
                "prefix(first_name, 1)",
            ];
            let last = ["exact", "exact(surname, first_name)", "jaro_winkler >= 0.92", "jaro_winkler >= 0.85"];
            let remark = "The second level finds names that changed places.";
            text += &comparison(remark, "first_name", &["first_name", "surname"], &first, true);
            text += &comparison(RARE, "surname", &["surname", "first_name"], &last, true);
        }
        let alone = ["exact", "jaro_winkler >= 0.92", "jaro_winkler >= 0.85"];
        for meaning in [Meaning::GivenName, Meaning::Surname] {
            if !both && self.has(meaning) {
                text += &comparison(RARE, meaning.name(), &[meaning.name()], &alone, true);
            }
        }
        if self.has(Meaning::FullName) && !both {
            let levels = ["exact", "sorted_tokens", "jaccard >= 0.6", "jaro_winkler >= 0.9"];
            text +=
                &comparison("All names in one: their order may differ.", "full_name", &["full_name"], &levels, true);
        }
        if self.has(Meaning::MiddleName) {
            let levels = ["exact", "prefix(middle_name, 1)"];
            text += &comparison("Often an initial only.", "middle_name", &["middle_name"], &levels, false);
        }
        text
    }

    /// One comparison for the place: address and postcode as two would count the same agreement twice for a household.
    fn place(&self) -> String {
        let (postcode, address) = (self.has(Meaning::Postcode), self.has(Meaning::Address));
        let mut columns = Vec::new();
        let mut levels = Vec::new();
        if self.has(Meaning::Uprn) {
            columns.push("uprn");
            levels.push("exact(uprn)");
        }
        match (postcode, address) {
            (true, true) => {
                columns.extend(["postcode", "address"]);
                levels.extend([
                    "exact(postcode) and exact(address)",
                    "exact(postcode) and jaro_winkler(address) >= 0.9",
                    "exact(postcode)",
                    "exact(address)",
                    "damerau(postcode) <= 1",
                    "district(postcode)",
                ]);
            }
            (true, false) => {
                columns.push("postcode");
                levels.extend(["exact(postcode)", "damerau(postcode) <= 1", "sector(postcode)", "district(postcode)"]);
            }
            (false, true) => {
                columns.push("address");
                levels.extend(["exact(address)", "jaro_winkler(address) >= 0.9", "jaccard(address) >= 0.6"]);
            }
            (false, false) if self.has(Meaning::Town) => {
                columns.push("town");
                levels.push("exact(town)");
            }
            (false, false) => {}
        }
        if columns.is_empty() {
            return String::new();
        }
        let remark = "One comparison for the place: as two they would count a household's agreement twice.";
        comparison(remark, "place", &columns, &levels, false)
    }

    fn closing(&self) -> String {
        let mut text =
            "\n# How common matches are: rules that hold for hardly anybody but the same person, and the share of\n\
                        # all matches that they find.\n[prior]\ndeterministic = ["
                .to_owned();
        let sure: Vec<String> = SURE
            .iter()
            .filter(|(needs, _)| needs.iter().all(|meaning| self.has(*meaning)))
            .map(|(_, on)| quoted(on))
            .collect();
        _ = write!(text, "{}]\nrecall = 0.75\n", sure.join(", "));
        if !self.place().is_empty() {
            text += "\n# People who live together share more than strangers do.\n[estimate]\nhousehold = \"place\"\n";
        }
        text + "\n[cluster]\nthreshold = 0.95\n"
    }
}

const RARE: &str = "A rare name that agrees says more.";

fn comparison(remark: &str, name: &str, columns: &[&str], levels: &[&str], rarity: bool) -> String {
    let columns = columns.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(", ");
    let levels: String = levels.iter().map(|it| format!("  {},\n", quoted(it))).collect();
    let rarity = if rarity { "term_frequency = true\n" } else { "" };
    format!("\n# {remark}\n[[comparison]]\nname = \"{name}\"\ncolumns = [{columns}]\nlevels = [\n{levels}]\n{rarity}")
}

/// Rules with what they need, the most telling first.
const RULES: &[(&[Meaning], &str)] = &[
    (&[Meaning::NhsNumber], "nhs_number"),
    (&[Meaning::Nino], "nino"),
    (&[Meaning::Email], "email"),
    (&[Meaning::Surname, Meaning::DateOfBirth], "surname, date_of_birth"),
    (&[Meaning::GivenName, Meaning::DateOfBirth], "first_name, date_of_birth"),
    (&[Meaning::FullName, Meaning::DateOfBirth], "sorted_tokens(full_name), year(date_of_birth)"),
    (&[Meaning::Postcode, Meaning::DateOfBirth], "postcode, date_of_birth"),
    (&[Meaning::Postcode, Meaning::GivenName], "postcode, first_name"),
    (&[Meaning::Postcode, Meaning::Surname], "postcode, surname"),
    (&[Meaning::Uprn, Meaning::GivenName], "uprn, first_name"),
    (
        &[Meaning::GivenName, Meaning::Surname, Meaning::DateOfBirth],
        "sorted_tokens(first_name, surname), year(date_of_birth)",
    ),
    (
        &[Meaning::GivenName, Meaning::Surname, Meaning::Postcode],
        "sorted_tokens(first_name, surname), district(postcode)",
    ),
    (&[Meaning::Surname, Meaning::DateOfBirth], "date_of_birth, soundex(surname)"),
    (&[Meaning::Postcode, Meaning::DateOfBirth], "date_of_birth, district(postcode)"),
    (&[Meaning::FullName, Meaning::Postcode], "full_name, district(postcode)"),
    (&[Meaning::Phone], "phone"),
];

/// Rules for the prior.
const SURE: &[(&[Meaning], &str)] = &[
    (&[Meaning::NhsNumber], "nhs_number"),
    (&[Meaning::Nino], "nino"),
    (&[Meaning::GivenName, Meaning::Surname, Meaning::DateOfBirth], "first_name, surname, date_of_birth"),
    (&[Meaning::FullName, Meaning::DateOfBirth], "sorted_tokens(full_name), date_of_birth"),
    (&[Meaning::Postcode, Meaning::GivenName, Meaning::DateOfBirth], "postcode, first_name, date_of_birth"),
];

fn column(meaning: Meaning, ours: &Recognised, theirs: Option<&Recognised>) -> String {
    let name = meaning.name();
    let mut text = format!("\n[[column]]  # {}\nname = \"{name}\"\n", comment(&ours.why));
    if ours.heading != name || theirs.is_some_and(|it| it.heading != name) {
        _ = writeln!(text, "from = [{}]", quoted(&ours.heading));
    }
    if let Some(theirs) = theirs.filter(|it| it.heading != ours.heading) {
        _ = writeln!(text, "from_right = [{}]", quoted(&theirs.heading));
    }
    let (kind, format) = kind(meaning);
    _ = writeln!(text, "kind = \"{kind}\"");
    if let Some(format) = format {
        _ = writeln!(text, "format = \"{format}\"");
    }
    if ours.filled < 0.5 {
        _ = writeln!(text, "# only {:.0} % of the rows have it", ours.filled * 100.0);
    }
    text
}

fn kind(meaning: Meaning) -> (&'static str, Option<&'static str>) {
    match meaning {
        Meaning::GivenName | Meaning::MiddleName | Meaning::Surname | Meaning::FullName => ("name", None),
        Meaning::DateOfBirth => ("date", None),
        Meaning::Postcode => ("postcode", None),
        Meaning::NhsNumber => ("identifier", Some("nhs-number")),
        Meaning::Nino => ("identifier", Some("nino")),
        Meaning::Uprn => ("identifier", Some("uprn")),
        _ => ("text", None),
    }
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            _ if letter.is_control() => _ = write!(out, "\\u{:04X}", u32::from(letter)),
            _ => out.push(letter),
        }
    }
    out + "\""
}

/// A heading or a file's name within a remark: it must not end the line.
fn comment(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(120).collect()
}
