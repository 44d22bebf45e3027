//! What a specification must keep besides its syntax.

use std::collections::HashSet;

use packhorse_model::identifier::Format;

use crate::spec::expression::{Condition, Derive, Measure, Term, Test, parse_level, parse_rule};
use crate::spec::{Column, Comparison, Kind, Spec};

/// Most columns, comparisons, levels of one, and rules.
const COLUMNS_LIMIT: usize = 64;
const COMPARISONS_LIMIT: usize = 32;
const LEVELS_LIMIT: usize = 24;
const RULES_LIMIT: usize = 64;

/// A rule that is broken, and the words of the text near which.
pub(super) struct Slip {
    pub(super) what: String,
    pub(super) near: Option<String>,
}

impl Slip {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), near: None }
    }

    fn near(near: &str, what: impl Into<String>) -> Self {
        Self { what: what.into(), near: Some(format!("\"{near}\"")) }
    }
}

/// ` (did you mean …)` for the nearest of the known names, if one is near.
pub(crate) fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = known.map(|name| (strsim::damerau_levenshtein(given, name), name)).min();
    match near {
        Some((edits, name)) if edits * 2 <= given.chars().count().max(2) => format!(" (did you mean `{name}`?)"),
        _ => String::new(),
    }
}

/// Checks everything that needs no table.
pub(super) fn check(spec: &Spec) -> Result<(), Slip> {
    let most = [
        ("columns", spec.columns.len(), COLUMNS_LIMIT),
        ("comparisons", spec.comparisons.len(), COMPARISONS_LIMIT),
        ("blocking rules", spec.blocks.len(), RULES_LIMIT),
    ];
    for (what, count, limit) in most {
        match count {
            0 => return Err(Slip::new(format!("there are no {what}: at least one is needed"))),
            count if count > limit => return Err(Slip::new(format!("there are more than {limit} {what}"))),
            _ => {}
        }
    }
    distinct("column", spec.columns.iter().map(|column| column.name.as_str()))?;
    distinct("comparison", spec.comparisons.iter().map(|comparison| comparison.name.as_str()))?;
    spec.columns.iter().try_for_each(column)?;
    spec.comparisons.iter().try_for_each(|one| comparison(spec, one))?;
    spec.input.groups.iter().try_for_each(|name| known(spec, name, name).map(|_| ()))?;
    for on in spec.blocks.iter().map(|block| &block.on).chain(&spec.prior.deterministic) {
        let terms = parse_rule(on).map_err(|what| Slip::near(on, format!("the rule {on:?}: {what}")))?;
        terms.iter().try_for_each(|term| fits(spec, term, on))?;
    }
    numbers(spec)
}

fn distinct<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Slip> {
    let mut seen = HashSet::new();
    for name in names {
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(Slip::near(name, format!("the {what} {name:?}: a name has letters, digits and _ only")));
        }
        if !seen.insert(name) {
            return Err(Slip::near(name, format!("there are two of the {what} {name:?}")));
        }
    }
    Ok(())
}

fn column(column: &Column) -> Result<(), Slip> {
    let name = &column.name;
    match (column.kind, &column.format) {
        (Kind::Identifier, None) => {
            Err(Slip::near(name, format!("the column {name:?}: an identifier needs a format, such as nhs-number")))
        }
        (Kind::Identifier, Some(format)) if format.parse::<Format>().is_err() => {
            let known = Format::ALL.iter().map(|format| format.name());
            Err(Slip::near(format, format!("there is no format {format:?}{}", nearest(format, known))))
        }
        (Kind::Identifier, Some(_)) | (_, None) => Ok(()),
        _ => Err(Slip::near(name, format!("the column {name:?}: only an identifier has a format"))),
    }
}

fn known<'a>(spec: &'a Spec, name: &str, near: &str) -> Result<&'a Column, Slip> {
    spec.columns.iter().find(|column| column.name == name).ok_or_else(|| {
        let hint = nearest(name, spec.columns.iter().map(|column| column.name.as_str()));
        Slip::near(near, format!("there is no column `{name}`{hint}"))
    })
}

fn comparison(spec: &Spec, comparison: &Comparison) -> Result<(), Slip> {
    let name = &comparison.name;
    let Some(first) = comparison.columns.first() else {
        return Err(Slip::near(name, format!("the comparison {name:?} names no column")));
    };
    if comparison.levels.is_empty() || comparison.levels.len() > LEVELS_LIMIT {
        return Err(Slip::near(name, format!("the comparison {name:?} needs 1 to {LEVELS_LIMIT} levels")));
    }
    comparison.columns.iter().try_for_each(|column| known(spec, column, column).map(|_| ()))?;
    for level in &comparison.levels {
        let slip = |what: String| Slip::near(level, format!("the level {level:?} of {name:?}: {what}"));
        for condition in parse_level(level, first).map_err(slip)?.iter().flatten() {
            for column in [&condition.left, &condition.right] {
                if !comparison.columns.contains(column) {
                    let hint = nearest(column, comparison.columns.iter().map(String::as_str));
                    return Err(slip(format!("`{column}` is not among the comparison's columns{hint}")));
                }
                measurable(known(spec, column, level)?, condition).map_err(slip)?;
            }
        }
    }
    Ok(())
}

fn measurable(column: &Column, condition: &Condition) -> Result<(), String> {
    match condition.test {
        Test::Same(derive) => derivable(column, derive),
        Test::Within(measure, bound) => {
            use Measure as M;
            let needed = match measure {
                M::Transposed | M::FirstOfJanuary | M::Days | M::Months | M::Years => Some(Kind::Date),
                M::Difference | M::Relative => Some(Kind::Number),
                M::Kilometres => Some(Kind::Coordinates),
                _ => None,
            };
            if measure.is_similarity() && !(0.0..=1.0).contains(&bound) {
                return Err("a similarity is between 0 and 1".to_owned());
            }
            of_kind(column, needed)
        }
    }
}

fn derivable(column: &Column, derive: Derive) -> Result<(), String> {
    use Derive as D;
    let needed = match derive {
        D::Year | D::Month | D::Day | D::DayMonth => Some(Kind::Date),
        D::Sector | D::District | D::Area => Some(Kind::Postcode),
        D::Round(_) if column.kind == Kind::Coordinates => None,
        D::Round(_) => Some(Kind::Number),
        _ => None,
    };
    of_kind(column, needed)
}

fn of_kind(column: &Column, needed: Option<Kind>) -> Result<(), String> {
    match needed {
        Some(kind) if column.kind != kind => {
            let kind = format!("{kind:?}").to_lowercase();
            Err(format!("the column `{}` must be of the kind {kind:?} for that", column.name))
        }
        _ => Ok(()),
    }
}

fn fits(spec: &Spec, term: &Term, on: &str) -> Result<(), Slip> {
    for name in &term.columns {
        derivable(known(spec, name, on)?, term.derive).map_err(|what| Slip::near(on, what))?;
    }
    Ok(())
}

fn numbers(spec: &Spec) -> Result<(), Slip> {
    let shares = [
        ("prior.recall", spec.prior.recall),
        ("prior.probability", spec.prior.probability.unwrap_or(0.5)),
        ("scoring.keep", spec.scoring.keep),
        ("cluster.threshold", spec.clusters.threshold),
    ];
    for (name, value) in shares {
        if !(value > 0.0 && value <= 1.0) {
            return Err(Slip::new(format!("{name} must be above 0 and at most 1")));
        }
    }
    if !(1..=4096).contains(&spec.limits.shards) {
        return Err(Slip::new("limits.shards must be 1 to 4096"));
    }
    if !(1_000..=100_000_000).contains(&spec.estimate.random_pairs) {
        return Err(Slip::new("estimate.random_pairs must be 1000 to 100000000"));
    }
    if !(1..=10_000).contains(&spec.estimate.rounds_max) {
        return Err(Slip::new("estimate.rounds_max must be 1 to 10000"));
    }
    let Some(household) = &spec.estimate.household else { return Ok(()) };
    if spec.comparisons.iter().any(|comparison| comparison.name == *household) {
        return Ok(());
    }
    let hint = nearest(household, spec.comparisons.iter().map(|comparison| comparison.name.as_str()));
    Err(Slip::near(household, format!("estimate.household: there is no comparison `{household}`{hint}")))
}
