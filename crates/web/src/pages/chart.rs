//! Bar charts as SVG. Each stands beside a table with the same figures: who does not see the bars reads the table.

use askama::Template;
use askama::filters::HtmlSafe;

/// Height of one bar with its gap.
const STEP: u32 = 30;
/// Where bars begin, and how long the longest is.
const LEFT: u32 = 260;
const LENGTH: u32 = 380;

/// One bar.
pub(super) struct Bar {
    pub(super) label: String,
    /// None: nothing was measured, or the group is too small.
    pub(super) value: Option<u64>,
    /// As people read it.
    pub(super) text: String,
    /// The figure that it is held against.
    pub(super) against: bool,
}

/// A bar as it is drawn.
struct Drawn {
    label: String,
    text: String,
    top: u32,
    middle: u32,
    length: u32,
    text_left: u32,
    against: bool,
}

/// A chart of bars from zero to a highest value.
#[derive(Template)]
#[template(path = "components/bars.html")]
pub(super) struct Bars {
    id: String,
    title: String,
    height: u32,
    bars: Vec<Drawn>,
}

impl HtmlSafe for Bars {}

impl Bars {
    pub(super) fn new(id: impl Into<String>, title: impl Into<String>, highest: u64, bars: Vec<Bar>) -> Self {
        let height = STEP * u32::try_from(bars.len()).unwrap_or(0) + 10;
        let drawn = (0..).zip(bars).map(|(index, bar)| {
            let part = bar.value.unwrap_or(0).min(highest) * u64::from(LENGTH) / highest.max(1);
            let length = u32::try_from(part).unwrap_or(LENGTH);
            let top = STEP * index + 5;
            let label = shortened(&bar.label);
            Drawn {
                label,
                text: bar.text,
                top,
                middle: top + 15,
                length,
                text_left: LEFT + length + 8,
                against: bar.against,
            }
        });
        Self { id: id.into(), title: title.into(), height, bars: drawn.collect() }
    }
}

/// A label that fits before the bars; the table has it whole.
fn shortened(label: &str) -> String {
    const MOST: usize = 34;
    match label.chars().count() > MOST {
        true => label.chars().take(MOST - 1).chain(std::iter::once('…')).collect(),
        false => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share_of_the_highest_and_say_their_figure() {
        let bar = |label: &str, value| Bar { label: label.into(), value, text: "x <b>".into(), against: false };
        let chart =
            Bars::new("c", "Charter", 1000, vec![bar("All", Some(500)), bar("None", None), bar("Over", Some(5000))]);
        let lengths: Vec<u32> = chart.bars.iter().map(|bar| bar.length).collect();
        assert_eq!(lengths, [190, 0, 380]);
        let html = chart.render().unwrap();
        assert!(html.contains("role=\"img\"") && html.contains("x &#60;b&#62;"), "{html}");
    }
}
