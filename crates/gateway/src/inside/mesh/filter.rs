//! What of an inbox is asked for: how many, from where on, of which workflows.

use packhorse_store::{WorkflowFilter, WorkflowPattern};
use serde::Deserialize;

use super::errors::Failed;

/// Messages of a page: fewest, most, and when nothing is said.
const PAGE: (u32, u32, u32) = (10, 5000, 500);
/// Digits of a place to go on from: clients are promised 24 characters and more.
const PLACE: usize = 24;

/// The query of an inbox.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    max_results: Option<String>,
    continue_from: Option<String>,
    workflow_filter: Option<String>,
}

impl Wanted {
    /// Messages of a page.
    pub(super) fn most(&self) -> Result<u32, Failed> {
        let (fewest, most, usual) = PAGE;
        number("max_results", self.max_results.as_deref(), fewest, most, usual)
    }

    /// The place of the last message seen.
    pub(super) fn after(&self) -> Result<Option<i64>, Failed> {
        let Some(text) = &self.continue_from else { return Ok(None) };
        let digits = text.len() == PLACE && text.bytes().all(|byte| byte.is_ascii_digit());
        let place = digits.then(|| text.parse().ok()).flatten();
        place.map(Some).ok_or_else(|| Failed::field("continue_from", "follow links.next as it was given"))
    }

    /// Which workflows.
    pub(super) fn workflow(&self) -> Result<Option<WorkflowFilter<'_>>, Failed> {
        let Some(text) = self.workflow_filter.as_deref() else { return Ok(None) };
        let wrong =
            || Failed::field("workflow_filter", "write 2 to 255 characters: X, X* or *X*, with ! before for not");
        if !(2..=255).contains(&text.chars().count()) {
            return Err(wrong());
        }
        let (negated, text) = text.strip_prefix('!').map_or((false, text), |text| (true, text));
        let pattern = match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (None, None) => WorkflowPattern::Equals(text),
            (None, Some(begin)) => WorkflowPattern::Prefix(begin),
            (Some(rest), Some(_)) => WorkflowPattern::Contains(rest.strip_suffix('*').ok_or_else(wrong)?),
            (Some(_), None) => return Err(wrong()),
        };
        Ok(Some(WorkflowFilter { pattern, negated }))
    }

    /// The same page's address, or the next one's when the last message's place is given; as a path that clients put
    /// behind their base address.
    pub(super) fn link(&self, mailbox: &str, continue_from: Option<i64>) -> String {
        let place = continue_from.map(|place| format!("{place:0PLACE$}"));
        let pairs = [
            ("max_results", self.max_results.as_deref()),
            ("continue_from", place.as_deref().or(self.continue_from.as_deref())),
            ("workflow_filter", self.workflow_filter.as_deref()),
        ];
        link(&format!("{mailbox}/inbox"), &pairs)
    }
}

/// A path below the API with a query.
pub(super) fn link(path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    use packhorse_model::id::encode_part;
    let path: Vec<String> = path.split('/').map(encode_part).collect();
    let given = pairs.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    // Also what a path may hold and a query may not.
    let encode = |value: &str| encode_part(value).replace('&', "%26").replace('+', "%2B").replace('=', "%3D");
    let query: Vec<String> = given.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/messageexchange/{}{mark}{}", path.join("/"), query.join("&"))
}

/// A number of the query within its bounds.
pub(super) fn number(
    name: &'static str,
    given: Option<&str>,
    fewest: u32,
    most: u32,
    usual: u32,
) -> Result<u32, Failed> {
    let Some(text) = given else { return Ok(usual) };
    let number = text.parse().ok().filter(|number| (fewest..=most).contains(number));
    number.ok_or_else(|| Failed::field(name, format!("must be a number from {fewest} to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(filter: &str) -> Wanted {
        Wanted { workflow_filter: Some(filter.to_owned()), ..Wanted::default() }
    }

    #[test]
    fn the_six_patterns_are_read() {
        use WorkflowPattern::{Contains, Equals, Prefix};
        for (text, pattern, negated) in [
            ("REPORT", Equals("REPORT"), false),
            ("!REPORT", Equals("REPORT"), true),
            ("REP*", Prefix("REP"), false),
            ("!REP*", Prefix("REP"), true),
            ("*POR*", Contains("POR"), false),
            ("!*POR*", Contains("POR"), true),
            ("**", Contains(""), false),
            ("a*b", Equals("a*b"), false),
        ] {
            assert_eq!(wanted(text).workflow().unwrap(), Some(WorkflowFilter { pattern, negated }), "{text}");
        }
        let long = "x".repeat(256);
        for text in ["", "x", "*REPORT", "!*", &long] {
            assert!(wanted(text).workflow().is_err(), "{text}");
        }
        assert_eq!(Wanted::default().workflow().unwrap(), None);
    }

    #[test]
    fn a_link_leads_on_from_the_last_message() {
        let wanted = Wanted { max_results: Some("10".into()), ..wanted("!*A&B*") };
        assert_eq!(wanted.link("A.B.C", None), "/messageexchange/A.B.C/inbox?max_results=10&workflow_filter=!*A%26B*");
        let next = wanted.link("A.B.C", Some(77));
        assert!(next.contains("continue_from=000000000000000000000077&"), "{next}");
        let place = "000000000000000000000077";
        let on = Wanted { continue_from: Some(place.to_owned()), ..Wanted::default() };
        assert_eq!(on.after().unwrap(), Some(77));
        assert!(Wanted { continue_from: Some("77".into()), ..Wanted::default() }.after().is_err());
    }

    #[test]
    fn a_page_has_10_to_5000_messages() {
        let most = |text: &str| Wanted { max_results: Some(text.into()), ..Wanted::default() }.most().ok();
        assert_eq!(Wanted::default().most().ok(), Some(500));
        assert_eq!([most("10"), most("5000")], [Some(10), Some(5000)]);
        assert_eq!([most("9"), most("5001"), most("-1"), most("ten")], [None; 4]);
    }
}
