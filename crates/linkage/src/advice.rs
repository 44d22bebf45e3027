//! Rules that might be added: counted, not run.

use crate::data::Data;
use crate::keys::Keys;
use crate::plan::RulePlan;
use crate::spec::expression::{Derive, Term, parse_rule};
use crate::spec::{Kind, Spec};
use crate::summary::Advice;

/// Pairs for each row that a suggested rule makes at most.
const PAIRS_A_ROW: u128 = 8;
/// Most suggestions, and most combinations that are counted.
const SUGGESTIONS: usize = 8;
const COUNTED: usize = 60;

/// Pairs of keys that no rule of the specification has, and that make few pairs.
pub(crate) fn advice(spec: &Spec, data: &Data) -> Vec<Advice> {
    let keys: Vec<String> = spec.columns.iter().flat_map(|column| keys_of(column.name.as_str(), column.kind)).collect();
    let known: Vec<Vec<Term>> = spec.blocks.iter().filter_map(|block| parse_rule(&block.on).ok()).collect();
    let mut found = Vec::new();
    let candidates = keys.iter().enumerate().flat_map(|(at, first)| {
        let single = std::iter::once(first.clone());
        single.chain(keys[at + 1..].iter().map(move |second| format!("{first}, {second}")))
    });
    for on in candidates.take(COUNTED * 4) {
        let Ok(terms) = parse_rule(&on) else { continue };
        // A rule that asks for all that a known rule asks for finds nothing new.
        if found.len() >= COUNTED || known.iter().any(|rule| rule.iter().all(|term| terms.contains(term))) {
            continue;
        }
        if twice(&terms) {
            continue;
        }
        let one = Keys::new(data, std::slice::from_ref(&terms));
        let plan = RulePlan::new(data, &one, 0, 1);
        let few = plan.pairs > 0 && plan.pairs <= PAIRS_A_ROW * data.rows as u128;
        if few && plan.keyed * 4 > data.rows as u64 {
            found.push((terms, plan.pairs, plan.keyed, on));
        }
    }
    // What leaves most columns free to differ comes first: it finds what the other rules miss.
    found.sort_by_key(|(terms, pairs, ..)| (terms.iter().filter(|term| term.derive == Derive::Whole).count(), *pairs));
    let advice = found.into_iter().take(SUGGESTIONS).map(|(_, pairs, keyed, on)| Advice {
        on,
        pairs: pairs as u64,
        why: format!("{} % of the rows have its keys", 100 * keyed / data.rows.max(1) as u64),
    });
    advice.collect()
}

/// Whether two keys are of one column.
fn twice(terms: &[Term]) -> bool {
    matches!(terms, [first, second] if first.columns == second.columns)
}

fn keys_of(name: &str, kind: Kind) -> Vec<String> {
    let with = |functions: &[&str]| functions.iter().map(|function| format!("{function}({name})")).collect::<Vec<_>>();
    match kind {
        Kind::Name => [vec![name.to_owned()], with(&["metaphone", "soundex"])].concat(),
        Kind::Date => [vec![name.to_owned()], with(&["day_month", "year"])].concat(),
        Kind::Postcode => [vec![name.to_owned()], with(&["sector"])].concat(),
        Kind::Text | Kind::Identifier | Kind::Raw => vec![name.to_owned()],
        Kind::Number | Kind::Coordinates => Vec::new(),
    }
}
