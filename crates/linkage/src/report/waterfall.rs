//! Why these two are, or are not, the same: a pair's weight as it adds up, comparison by comparison.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::escape::{share, signed, text, value};
use crate::Summary;
use crate::summary::{Contribution, SamplePair};

/// All pairs of the sample, those that somebody asked for first; the first is open.
pub(super) fn section(summary: &Summary) -> String {
    let mut page = "<section id=\"pairs\"><h2>Why these two are, or are not, the same</h2>\n".to_owned();
    if summary.sample.is_empty() {
        return page + "<p>No pair was compared, so there is none to look at.</p></section>\n";
    }
    _ = write!(
        page,
        "<p>{} pairs: those asked for with <code>--explain</code>, then some of the whole range of weights, the likeliest first. Each begins at the weight of two records drawn at \
         random and adds what each comparison says.</p>\n<form id=\"choose\" hidden><label for=\"left-id\">Id on the left\
         </label><input id=\"left-id\" list=\"left-ids\" autocomplete=\"off\"><label for=\"right-id\">Id on the right</label>\
         <input id=\"right-id\" list=\"right-ids\" autocomplete=\"off\"><label for=\"kind\">Show</label><select id=\"kind\">\
         <option value=\"all\">all of the sample</option><option value=\"unsure\">the uncertain ones</option>\
         <option value=\"wrong\">those that are wrong</option></select><p id=\"found\" role=\"status\"></p></form>\n",
        summary.sample.len()
    );
    let mut order: Vec<&SamplePair> = summary.sample.iter().collect();
    order.sort_by(|one, other| other.asked.cmp(&one.asked).then(other.weight.total_cmp(&one.weight)));
    page += &offered("left-ids", order.iter().map(|pair| pair.left_id.as_str()));
    page += &offered("right-ids", order.iter().map(|pair| pair.right_id.as_str()));
    let threshold = summary.model.spec.clusters.threshold;
    for (number, pair) in order.into_iter().enumerate() {
        page += &one(summary, pair, number == 0, threshold);
    }
    page + "</section>\n"
}

/// The ids that a field offers while somebody types.
fn offered<'a>(name: &str, ids: impl Iterator<Item = &'a str>) -> String {
    let ids: BTreeSet<&str> = ids.collect();
    let options: String = ids.into_iter().map(|id| format!("<option value=\"{}\"></option>", text(id))).collect();
    format!("<datalist id=\"{name}\">{options}</datalist>\n")
}

fn one(summary: &Summary, pair: &SamplePair, open: bool, threshold: f64) -> String {
    let linked = pair.probability >= threshold;
    let wrong = pair.truth.is_some_and(|same| same != linked);
    let judgement = match (linked, pair.truth) {
        (true, None) => "linked",
        (false, None) => "not linked",
        (true, Some(true)) => "linked, rightly",
        (false, Some(false)) => "not linked, rightly",
        (true, Some(false)) => "linked, <strong>wrongly</strong>",
        (false, Some(true)) => "not linked, <strong>wrongly</strong>",
    };
    let unsure = pair.probability > 0.05 && pair.probability < 0.99;
    format!(
        "<details class=\"pair\" data-left=\"{}\" data-right=\"{}\" data-wrong=\"{wrong}\" data-unsure=\"{unsure}\"{}>\
         <summary>{} and {}: p = {}, {} bits, {judgement}</summary>\n{}</details>\n",
        text(&pair.left_id),
        text(&pair.right_id),
        if open { " open" } else { "" },
        value(&pair.left_id),
        value(&pair.right_id),
        share(pair.probability),
        signed(pair.weight),
        steps(summary, pair)
    )
}

fn steps(summary: &Summary, pair: &SamplePair) -> String {
    let fall = Fall::of(pair);
    let mut sum = pair.prior_weight;
    let mut rows = step("Two records drawn at random", ["", "", ""], 0.0, sum, &fall);
    for part in &pair.contributions {
        let [left, right] = [&part.left, &part.right].map(|side| values(side));
        let before = sum;
        sum += part.weight + part.term_frequency;
        rows += &step(&text(&part.comparison), [&left, &right, &said(part)], before, sum, &fall);
    }
    if pair.competition != 0.0 {
        let said = "another record fits nearly as well, or better";
        rows += &step("Competition", ["", "", said], sum, sum + pair.competition, &fall);
    }
    let rule = pair.rule.and_then(|rule| summary.rules.get(rule as usize));
    let made = match rule {
        Some(rule) => format!("Made by the rule <code>{}</code>.", text(&rule.on)),
        None => "No blocking rule made it: whatever it weighs, it could not be linked.".to_owned(),
    };
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Weights of the pair\" tabindex=\"0\"><table class=\"steps\"><thead>\
         <tr><th scope=\"col\">comparison</th><th scope=\"col\">left</th><th scope=\"col\">right</th><th scope=\"col\">level\
         </th><th scope=\"col\">adds</th><td></td><th scope=\"col\">sum</th></tr></thead><tbody>{rows}</tbody>\
         </table></div><p>{made}</p>\n"
    )
}

/// The lowest and the highest that a pair's sum comes to: the ends of its picture. Nothing, 0, is always in it.
struct Fall {
    low: f64,
    high: f64,
}

impl Fall {
    fn of(pair: &SamplePair) -> Self {
        let mut sum = pair.prior_weight;
        let mut fall = Self { low: sum.min(0.0), high: sum.max(0.0) };
        let parts = pair.contributions.iter().map(|part| part.weight + part.term_frequency);
        for part in parts.chain([pair.competition]) {
            sum += part;
            fall = Self { low: fall.low.min(sum), high: fall.high.max(sum) };
        }
        fall
    }

    /// From one sum to the next.
    fn bar(&self, before: f64, after: f64) -> String {
        let place = |sum: f64| (sum - self.low) / (self.high - self.low).max(1e-9) * 100.0;
        let (from, to) = (place(before.min(after)), place(before.max(after)));
        let class = if after < before { "against" } else { "for" };
        format!(
            "<span class=\"track fall\" aria-hidden=\"true\"><i style=\"left:{:.2}%\"></i><span class=\"{class}\" \
             style=\"left:{from:.2}%;width:{:.2}%\"></span></span>",
            place(0.0),
            to - from
        )
    }
}

fn step(name: &str, [left, right, level]: [&str; 3], before: f64, after: f64, fall: &Fall) -> String {
    format!(
        "<tr><th scope=\"row\">{name}</th><td>{left}</td><td>{right}</td><td>{level}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        signed(after - before),
        fall.bar(before, after),
        signed(after)
    )
}

fn values(side: &[Option<String>]) -> String {
    let all: Vec<String> = side
        .iter()
        .map(|it| it.as_deref().map_or_else(|| "<span class=\"missing\">missing</span>".to_owned(), value))
        .collect();
    all.join("<br>")
}

fn said(part: &Contribution) -> String {
    let mut said = text(&part.level);
    if part.term_frequency.abs() > 0.005 {
        _ = write!(said, "<br><small>rarity {}</small>", signed(part.term_frequency));
    }
    if part.household {
        said += "<br><small>within a household</small>";
    }
    said
}
