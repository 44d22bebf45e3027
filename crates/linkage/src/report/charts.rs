//! What several sections draw: tables that scroll on their own, bars, and lines. Each picture says the same as the
//! table beside it, so that nothing depends on seeing it.

use std::fmt::Write as _;

use super::escape::text;

/// A table with its caption; wide ones scroll inside their own frame, which the keyboard reaches.
pub(super) fn table(caption: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    let mut body = String::new();
    for row in rows {
        body.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            match column {
                0 => _ = write!(body, "<th scope=\"row\">{cell}</th>"),
                _ => _ = write!(body, "<td>{cell}</td>"),
            }
        }
        body.push_str("</tr>\n");
    }
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\"><table><caption>{caption}</caption>\
         <thead><tr>{heads}</tr></thead><tbody>\n{body}</tbody></table></div>\n"
    )
}

/// A bar from the middle to the right for what is positive, to the left for what is negative.
pub(super) fn bar_both_ways(value: f64, most: f64) -> String {
    let width = if most > 0.0 { (value.abs() / most * 50.0).min(50.0) } else { 0.0 };
    let (class, left) = if value < 0.0 { ("against", 50.0 - width) } else { ("for", 50.0) };
    format!(
        "<span class=\"track both\" aria-hidden=\"true\"><span class=\"{class}\" style=\"left:{left:.2}%;width:{width:.2}%\">\
         </span></span>"
    )
}

/// A bar from the left.
pub(super) fn bar(value: f64, most: f64) -> String {
    let width = if most > 0.0 { (value / most * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    format!(
        "<span class=\"track\" aria-hidden=\"true\"><span class=\"for\" style=\"left:0;width:{width:.2}%\"></span></span>"
    )
}

/// A line of a chart: its name and its points, both axes from 0 to 1.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<(f64, f64)>,
}

/// Lines over each other. `below` and `above` say what the ends of the horizontal axis mean.
pub(super) fn lines(caption: &str, below: [&str; 2], beside: [&str; 2], lines: &[Line<'_>]) -> String {
    let mut drawn = String::new();
    let mut legend = String::new();
    for (number, line) in lines.iter().enumerate() {
        let points: Vec<String> = line
            .points
            .iter()
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|(x, y)| format!("{:.1},{:.1}", 10.0 + x.clamp(0.0, 1.0) * 580.0, 210.0 - y.clamp(0.0, 1.0) * 200.0))
            .collect();
        _ = write!(drawn, "<polyline class=\"line{number}\" points=\"{}\"/>", points.join(" "));
        _ = write!(legend, "<li class=\"line{number}\">{}</li>", text(line.name));
    }
    format!(
        "<figure><svg viewBox=\"0 0 600 220\" role=\"img\" aria-label=\"{caption}\"><path class=\"axis\" \
         d=\"M10 10V210H590M10 10H590M10 110H590\"/>{drawn}</svg><div class=\"ends\"><span>{}</span><span>{}</span></div>\
         <ul class=\"legend\">{legend}</ul><figcaption>{caption}. Top line {}, bottom line {}.</figcaption></figure>\n",
        below[0], below[1], beside[1], beside[0]
    )
}

/// A histogram: counts by lower edge, on a scale on which small counts are still seen.
pub(super) fn histogram(caption: &str, unit: &str, bins: &[(f64, u64)]) -> String {
    let most = bins.iter().map(|(_, count)| height(*count)).fold(0.0, f64::max);
    let width = 580.0 / bins.len().max(1) as f64;
    let mut bars = String::new();
    for (number, (from, count)) in bins.iter().enumerate() {
        let tall = if most > 0.0 { height(*count) / most * 200.0 } else { 0.0 };
        let class = if *from < 0.0 { "against" } else { "for" };
        _ = write!(
            bars,
            "<rect class=\"{class}\" x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{tall:.2}\"><title>from {from:.0} \
             {unit}: {}</title></rect>",
            10.0 + number as f64 * width,
            210.0 - tall,
            (width - 1.0).max(0.5),
            super::escape::count(*count),
        );
    }
    let end = |bin: Option<&(f64, u64)>| bin.map_or_else(String::new, |(from, _)| format!("{from:.0} {unit}"));
    format!(
        "<figure><svg viewBox=\"0 0 600 220\" role=\"img\" aria-label=\"{caption}\"><path class=\"axis\" d=\"M10 210H590\"/>\
         {bars}</svg><div class=\"ends\"><span>{}</span><span>{}</span></div><figcaption>{caption}. Heights grow with the \
         logarithm of the count.</figcaption></figure>\n",
        end(bins.first()),
        end(bins.last())
    )
}

fn height(count: u64) -> f64 {
    (count as f64 + 1.0).log10()
}
