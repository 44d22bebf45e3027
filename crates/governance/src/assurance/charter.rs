//! The information charter: what the organisation promises to the people whose data it handles.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::wording::{Findings, LONG_TEXT, NAME, TEXT};
use crate::Result;

/// Most laws that a charter names.
const LEGISLATION_LIMIT: usize = 50;
/// The law that several live charters still cite, and what replaced it.
const OLD_LAW: &str = "data protection act 1998";
const NEW_LAW: &str = "data protection act 2018";

/// A version of the charter. In a draft anything may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Charter {
    /// 1 for the first that is published; set when it is.
    pub version: u32,
    /// What it is called.
    pub title: String,
    /// What is promised and asked, in paragraphs.
    pub text: String,
    /// The same in Welsh, where that is owed.
    pub welsh_text: String,
    /// Where else it is published.
    pub url: String,
    /// Whom people write to about their data.
    pub contact: String,
    /// The data protection officer's address.
    pub dpo: String,
    /// Who approved it: a post or a body.
    pub approved_by: String,
    /// The laws that it names.
    pub legislation: Vec<String>,
    /// By when it is looked at again.
    pub review_date: Option<Date>,
    /// When this version was published; set when it is.
    pub published_on: Option<Date>,
}

impl Charter {
    /// A draft is within bounds; it need not be complete.
    pub(super) fn check_draft(&self) -> Result<()> {
        let mut findings = Findings::default();
        self.bounds(&mut findings);
        findings.end("the charter")
    }

    /// It may be published on this day.
    pub(super) fn check(&self, settings: &Settings, today: Date) -> Result<()> {
        let mut findings = Findings::default();
        findings.name("title", &self.title, "give it a title");
        findings.text("text", &self.text, LONG_TEXT, "say what you promise to the people whose data you handle");
        findings.mailbox("contact", &self.contact);
        findings.mailbox("dpo", &self.dpo);
        findings.name("approved_by", &self.approved_by, "name who approved it");
        findings.require(
            !self.legislation.is_empty(),
            "legislation",
            "is missing",
            "name the laws that it rests on, for example UK GDPR and Data Protection Act 2018",
        );
        let cites_old =
            self.legislation.iter().any(|law| spaced(law).contains(OLD_LAW)) || relies_on_old_law(&self.text);
        findings.require(
            !cites_old,
            "legislation",
            "cites the Data Protection Act 1998, which was repealed on 25 May 2018",
            "name the Data Protection Act 2018 and the UK GDPR instead, in the text too",
        );
        match self.review_date {
            None => findings.require(false, "review_date", "is missing", "say by when it is looked at again"),
            Some(day) => {
                let last = today.saturating_add(i32::from(settings.charter_months_max).months());
                findings.between("review_date", day, today.saturating_add(1.day()), last);
            }
        }
        self.bounds(&mut findings);
        findings.end("the charter")
    }

    fn bounds(&self, findings: &mut Findings) {
        findings.bounded("text", &self.text, LONG_TEXT);
        findings.bounded("welsh_text", &self.welsh_text, LONG_TEXT);
        for (field, text) in [("title", &self.title), ("contact", &self.contact), ("dpo", &self.dpo)] {
            findings.bounded(field, text, NAME);
        }
        findings.bounded("approved_by", &self.approved_by, NAME);
        findings.bounded("url", &self.url, TEXT);
        let https = self.url.is_empty() || self.url.starts_with("https://");
        findings.require(https, "url", "is no https address", "write it with https:// or leave it out");
        let few = self.legislation.len() <= LEGISLATION_LIMIT;
        findings.require(few, "legislation", format!("names more than {LEGISLATION_LIMIT} laws"), "name the main ones");
        for law in &self.legislation {
            findings.name("legislation", law, "write one law on each line");
        }
    }
}

/// A text may tell that the new Act replaced the old one; it may not name the old one alone.
fn relies_on_old_law(text: &str) -> bool {
    let text = spaced(text);
    text.contains(OLD_LAW) && !text.contains(NEW_LAW)
}

/// In lower case, with single spaces: a line break or a comma inside the name must not hide it.
fn spaced(text: &str) -> String {
    let plain: String = text.to_lowercase().chars().map(|letter| if letter == ',' { ' ' } else { letter }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GovernanceError;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 29);

    fn charter(text: &str, law: &str) -> Charter {
        Charter {
            title: "Our charter".into(),
            text: text.into(),
            contact: "data@marram.example".into(),
            dpo: "dpo@marram.example".into(),
            approved_by: "Cabinet".into(),
            legislation: vec![law.into()],
            review_date: Some(date(2027, 11, 29)),
            ..Charter::default()
        }
    }

    fn problems(charter: &Charter) -> Vec<String> {
        match charter.check(&Settings::default(), TODAY) {
            Ok(()) => Vec::new(),
            Err(GovernanceError::Unfit { findings, .. }) => findings.iter().map(ToString::to_string).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_charter_that_still_rests_on_the_act_of_1998_is_not_published() {
        for (text, law) in [
            ("We keep to the Data  Protection\nAct, 1998.", "UK GDPR"),
            ("We keep to the law.", "DATA PROTECTION ACT 1998"),
        ] {
            assert!(problems(&charter(text, law)).iter().any(|problem| problem.contains("1998")), "{text}");
        }
        let history = "The Data Protection Act 2018 replaced the Data Protection Act 1998.";
        assert_eq!(problems(&charter(history, "Data Protection Act 2018")), Vec::<String>::new());
    }

    #[test]
    fn a_charter_is_reviewed_within_the_interval_and_names_whom_to_write_to() {
        let never = Charter { review_date: Some(date(2031, 1, 1)), ..charter("x", "UK GDPR") };
        assert!(problems(&never)[0].starts_with("review_date"), "{:?}", problems(&never));
        let nobody = Charter { contact: "the office".into(), ..charter("x", "UK GDPR") };
        assert!(problems(&nobody)[0].starts_with("contact"), "{:?}", problems(&nobody));
    }
}
