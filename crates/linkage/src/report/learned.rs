//! What was learned: the match weight of each level, and how estimation went.

use super::charts::{Line, bar_both_ways, lines, table};
use super::escape::{count, share, share_or_dash, signed, text};
use crate::Summary;

/// The match-weight chart.
pub(super) fn weights(summary: &Summary) -> String {
    let model = &summary.model;
    let levels = || model.comparisons.iter().flat_map(|it| &it.levels);
    let most = levels().map(|level| level.weight().abs()).filter(|it| it.is_finite()).fold(0.0, f64::max);
    let mut page = format!(
        "<section id=\"weights\"><h2>What agreement is worth</h2>\n<p>Two records drawn at random are the same person with \
         probability {} ({}): {} bits. Each comparison adds the weight of the level that it reaches; one bit doubles the \
         odds. Missing values add nothing.</p>\n",
        share(model.prior),
        text(&model.prior_source),
        signed((model.prior / (1.0 - model.prior)).log2())
    );
    for comparison in &model.comparisons {
        let household = comparison.levels.iter().any(|level| !level.u_household.is_empty());
        let mut heads = vec!["level", "weight", "", "among matches (m)", "among others (u)"];
        if household {
            heads.extend(["u at the same address", "weight there"]);
        }
        let rows: Vec<Vec<String>> = comparison
            .levels
            .iter()
            .map(|level| {
                let weight = level.weight();
                let mut row = vec![
                    text(&level.when),
                    signed(weight),
                    bar_both_ways(weight, most),
                    share(level.m),
                    share(level.u),
                ];
                if household {
                    let nearest = level.u_household.first().copied();
                    row.push(share_or_dash(nearest));
                    row.push(nearest.map_or_else(|| "–".to_owned(), |u| signed((level.m / u).log2())));
                }
                row
            })
            .collect();
        let mut notes = Vec::new();
        if comparison.term_frequency {
            notes.push("An exact agreement counts for more where the value is rare.");
        }
        if !comparison.m_estimated {
            notes
                .push("What is true among matches could not be learned from these blocking rules; these are defaults.");
        }
        page += &table(&text(&comparison.name), &heads, &rows);
        page.extend(notes.iter().map(|note| format!("<p class=\"note\">{note}</p>\n")));
    }
    page + "</section>\n"
}

/// Rounds of estimation.
pub(super) fn training(summary: &Summary) -> String {
    let mut page = "<section id=\"training\"><h2>Estimation</h2>\n".to_owned();
    if summary.training.is_empty() {
        return page + "<p>The model was given, nothing was estimated.</p></section>\n";
    }
    let last = summary.training.len();
    let most = summary.training.iter().map(|round| round.change).fold(0.0, f64::max);
    let points = summary
        .training
        .iter()
        .enumerate()
        .map(|(at, round)| (at as f64 / (last - 1).max(1) as f64, if most > 0.0 { round.change / most } else { 0.0 }))
        .collect();
    let first = count(u64::from(summary.training[0].round));
    let end = count(u64::from(summary.training[last - 1].round));
    page += &lines(
        "The largest change of any m, by round",
        [&format!("round {first}"), &format!("round {end}")],
        ["no change", &share(most)],
        &[Line { name: "change", points }],
    );
    let rows: Vec<Vec<String>> = summary
        .model
        .rules
        .iter()
        .map(|rule| vec![format!("<code>{}</code>", text(&rule.on)), share(rule.prior)])
        .collect();
    page += &table("Share of matches among the pairs of each blocking rule", &["rule", "share"], &rows);
    page + "</section>\n"
}
